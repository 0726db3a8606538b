/** What the shop must still be told: kept on this device under its id until the shop says that it has it. */

import { forget, keep, kept, keysOf } from "./kept.js";

const PLACE = "vitrine-unsent:"; // a key for each event, so that two tabs do not write over each other
const MOST_KEPT = 500;
const OLDEST_S = 30 * 86_400; // a visitor's session is over by then

/** null: of whoever comes next, for the shop was away when it happened. */
const nameOf = (who) => who?.user ?? who?.session ?? null;

/** Events by id: { event, who, owner }; `who` is null for those of an earlier visit of this page. */
const waiting = new Map();

export function put(event, who) {
  const owner = nameOf(who);
  waiting.set(event.event_id, { event, who, owner });
  if (event.kind !== "view" && waiting.size <= MOST_KEPT) keep(localStorage, PLACE + event.event_id, JSON.stringify({ event, owner }));
}

export function settled(id) {
  waiting.delete(id);
  forget(localStorage, PLACE + id);
}

export const isWaiting = (id) => waiting.has(id);

/** How many things somebody did, other than looking, that wait. */
export const numWaiting = () => [...waiting.values()].filter(({ event }) => event.kind !== "view").length;

/** Of one person, the oldest first; `now` is who shops here, and may send what they did in an earlier visit. */
export function next(now, busy, most) {
  const free = [...waiting.values()].filter(({ event }) => !busy.has(event.event_id));
  for (const one of free) if (!one.who && now && [null, nameOf(now)].includes(one.owner)) one.who = now;
  const who = free.find((one) => one.who)?.who;
  return { who, events: free.filter((one) => who && one.who === who).slice(0, most).map(({ event }) => event) };
}

/** What an earlier visit left. */
export function restore() {
  for (const key of keysOf(localStorage, PLACE)) {
    const found = read(key);
    if (found) waiting.set(found.event.event_id, { ...found, who: null });
    else forget(localStorage, key);
  }
}

function read(key) {
  try {
    const { event, owner } = JSON.parse(kept(localStorage, key));
    return event.event_id && event.at > Date.now() / 1000 - OLDEST_S ? { event, owner } : null;
  } catch {
    return null; // of another time
  }
}
