/** What the shopper sees and does, reported in small batches. */

import { newId, report } from "./api.js";
import { person } from "./person.js";

const FLUSH_MS = 1500;
const SEEN_MS = 500; // half of a card on the screen for half a second is a view
const MAX_BATCH = 200;
const MAX_WAITING = 2000;

let waiting = [];
let timer = 0;

/** Queue one event on an item of a slate; `at once` for those that change what is shown next. */
export async function happened(kind, item, { atOnce = false, quantity = null } = {}) {
  const at = Date.now() / 1000;
  const who = await person();
  waiting.push({ who, event: {
    event_id: newId(),
    kind,
    item_id: item.item_id,
    slate_id: item.slate?.slate_id,
    surface: item.slate?.surface,
    query: item.slate?.query || undefined,
    position: item.position,
    at,
    platform: "web",
    price_micros: item.price_micros ?? undefined,
    quantity: quantity ?? undefined,
    ad_token: (kind === "click" && item.ad_token) || undefined,
  } });
  if (atOnce) return flush();
  timer ||= setTimeout(flush, FLUSH_MS);
  return undefined;
}

/** Sends what waits, of one person at a time. What could not be sent stays, under the same ids: each counts once. */
export async function flush(last = false) {
  clearTimeout(timer);
  timer = 0;
  const who = waiting[0]?.who;
  const batch = waiting.filter((one) => one.who === who).slice(0, MAX_BATCH);
  if (!batch.length) return;
  waiting = waiting.filter((one) => !batch.includes(one));
  const events = batch.map(({ event }) => event);
  try {
    await report(who, events, last === true);
  } catch (problem) {
    if (!isRefusal(problem)) waiting = [...batch, ...waiting].slice(-MAX_WAITING);
    else if (batch.length > 1) await Promise.allSettled(events.map((event) => report(who, [event]))); // one wrong event refuses its batch
  }
  if (waiting.length && !last) timer ||= setTimeout(flush, FLUSH_MS);
}

const isRefusal = ({ status }) => status >= 400 && status < 500 && ![408, 429].includes(status);

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
