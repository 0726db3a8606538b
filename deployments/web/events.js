/** What the shopper sees and does, reported in small batches, and again until the shop has it: each counts once. */

import { newId, report } from "./api.js";
import { isWaiting, next, numWaiting, put, restore, settled } from "./outbox.js";
import { person } from "./person.js";

const FLUSH_MS = 1500;
const AGAIN_MS = [3_000, 10_000, 30_000, 60_000];
const SEEN_MS = 500; // half of a card on the screen for half a second is a view
const MAX_BATCH = 200;
const FINAL = [404, 413, 422]; // what the shop will never take

const busy = new Set(); // ids under way
const listeners = [];
let timer = 0;
let failures = 0;

/** Told `(event, outcome)` when the shop has an event ("kept") or will never take it ("refused"). */
export const whenSettled = (listener) => listeners.push(listener);

/**
 * Queue one event on an item of a slate; `at once` for those that change what is shown next.
 * @returns {Promise<string>} of those: "kept", "refused", or "waiting" where the shop has not said that it has it.
 */
export async function happened(kind, item, { atOnce = false, quantity = null, id = newId() } = {}) {
  const at = Date.now() / 1000;
  const who = await person().catch(() => null);
  const event = {
    event_id: id,
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
  };
  put(event, who);
  if (atOnce) return (await flush()).get(id) ?? "waiting";
  timer ||= setTimeout(flush, FLUSH_MS);
  return "waiting";
}

/** Sends what waits, of one person at a time. @returns {Promise<Map>} id -> what became of it. */
export async function flush(last = false) {
  clearTimeout(timer);
  timer = 0;
  const now = await person().catch(() => null);
  const { who, events } = next(now, busy, MAX_BATCH);
  const outcomes = new Map();
  if (!events.length) return tellWaiting(outcomes);
  for (const { event_id: id } of events) busy.add(id);
  try {
    const { ignored = [] } = await report(who, events, last === true);
    const wrong = new Set(ignored.map(({ field }) => Number(/^events\.(\d+)/.exec(field)?.[1] ?? -1)));
    events.forEach((event, number) => settle(event, wrong.has(number) ? "refused" : "kept", outcomes));
    failures = 0;
  } catch (problem) {
    if (FINAL.includes(problem.status)) for (const event of events) settle(event, "refused", outcomes);
    else failures += 1;
  } finally {
    for (const { event_id: id } of events) busy.delete(id);
  }
  if (next(now, busy, 1).events.length && last !== true) timer ||= setTimeout(flush, failures ? AGAIN_MS[Math.min(failures, AGAIN_MS.length) - 1] : FLUSH_MS);
  return tellWaiting(outcomes);
}

function settle(event, outcome, outcomes) {
  if (!isWaiting(event.event_id)) return;
  settled(event.event_id);
  outcomes.set(event.event_id, outcome);
  for (const listener of listeners) listener(event, outcome);
}

/** The page says what waits once sending it failed. */
function tellWaiting(outcomes) {
  dispatchEvent(new CustomEvent("unsent", { detail: failures ? numWaiting() : 0 }));
  return outcomes;
}

/** What an earlier visit could not send is sent now, and whenever there is a connection again. */
export function resume() {
  restore();
  addEventListener("online", () => flush());
  return flush();
}

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
