/** What the shopper sees and does, reported in small batches. */

import { newId, report, session } from "./api.js";

const FLUSH_MS = 1500;
const SEEN_MS = 500; // half of a card on the screen for half a second is a view
const MAX_BATCH = 200;
const MAX_WAITING = 2000;

let waiting = [];
let timer = 0;

/** Queue one event on an item of a slate; `at once` for those that change what is shown next. */
export function happened(kind, item, { atOnce = false, quantity = null } = {}) {
  waiting.push({
    event_id: newId(),
    user_id: session.user,
    session_id: session.id,
    kind,
    item_id: item.item_id,
    slate_id: item.slate?.slate_id,
    surface: item.slate?.surface,
    query: item.slate?.query || undefined,
    position: item.position,
    at: Date.now() / 1000,
    platform: "web",
    price_micros: item.price_micros ?? undefined,
    quantity: quantity ?? undefined,
    ad_token: (kind === "click" && item.ad_token) || undefined,
  });
  if (atOnce) return flush();
  timer ||= setTimeout(flush, FLUSH_MS);
  return Promise.resolve();
}

/** Sends what waits. What could not be sent stays, under the same ids: the shop counts each once. */
export async function flush(last = false) {
  clearTimeout(timer);
  timer = 0;
  const batch = waiting.splice(0, MAX_BATCH);
  if (!batch.length) return;
  try {
    await report(batch, last === true);
  } catch (problem) {
    if (!isRefusal(problem)) waiting = [...batch, ...waiting].slice(-MAX_WAITING);
    else if (batch.length > 1) await Promise.allSettled(batch.map((event) => report([event]))); // one wrong event refuses its batch
  }
  if (waiting.length && !last) timer ||= setTimeout(flush, FLUSH_MS);
}

const isRefusal = ({ status }) => status >= 400 && status < 500 && status !== 408;

const timers = new WeakMap();
const items = new WeakMap();
const observer = new IntersectionObserver((entries) => entries.forEach(looked), { threshold: 0.5 });

/** Report a view of this card when it has been on the screen long enough. */
export function watch(card, item) {
  if (item.seen) return; // a page that is shown again
  items.set(card, item);
  observer.observe(card);
}

function looked({ target, isIntersecting }) {
  clearTimeout(timers.get(target));
  if (!isIntersecting) return;
  timers.set(target, setTimeout(() => seen(target), SEEN_MS));
}

function seen(card) {
  observer.unobserve(card);
  if (!card.isConnected) return;
  items.get(card).seen = true;
  happened("view", items.get(card));
}

document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && flush(true));
