/** Rows of recommendations: what each asks for, and how it is drawn. An item stands in one row only. */

import { itemOf, recommend } from "./api.js";
import { card } from "./cards.js";
import { el } from "./element.js";

const SIZE = 20;
const SHOWN = 12;
const LEAST = 3; // fewer items are no row
const ANCHORS = 2;
const PERSONAL = ["chosen_together", "similar"];

/** @param {{title: string, items: Array}} row; @param {Function} open called with an item that is chosen. */
export function drawRow({ title, items }, open, heading = "h2") {
  return el("section", { class: "row", "aria-label": title }, el(heading, {}, title),
    el("ul", { class: "strip" }, items.map((item) => card(item, open))));
}

/**
 * Rows under "For you", one after the other.
 * @param {Array} items of "For you"; @param {Array} sorts orders that the shop knows.
 */
export async function* homeRows(items, sorts, stamp, signal) {
  const taken = new Set(items.map((item) => item.item_id));
  for (const anchor of anchors(items)) {
    const liked = await itemOf(anchor, signal).catch(() => null); // no longer in the shop
    if (liked) yield* row(`Because you looked at “${liked.title}”`, { surface: "item", item_id: anchor }, "item", taken, stamp, signal);
  }
  if (sorts.includes("newest")) yield* row("New in the shop", { surface: "home", sort: "newest" }, "home", taken, stamp, signal);
  yield* row("Popular", { surface: "home", personal: false }, "home", taken, stamp, signal);
}

/** Rows of an item's page. */
export async function* itemRows(item, stamp, signal) {
  const taken = new Set([item.item_id]);
  const asked = { surface: "item", item_id: item.item_id, size: SIZE };
  const [alike, near] = await Promise.all([likes(asked, item.category, signal), recommend(asked, signal)]);
  const nearby = stamp(near, "item");
  const together = nearby.filter(({ sponsored, sources, category }) =>
    !sponsored && sources.includes("covisit") && category.join() !== item.category.join());
  yield* kept("Bought together", near, together, taken);
  yield* kept("More like this", alike, stamp(alike, "item"), taken);
  yield* kept("You may also like", near, nearby, taken);
}

/** Items of the same category, or, where these are few, of the one around it. */
async function likes(asked, category, signal) {
  const answer = await recommend({ ...asked, filters: { categories: category.length ? [category] : [] } }, signal);
  return answer.items.length < SHOWN && category.length ? likes(asked, category.slice(0, -1), signal) : answer;
}

async function* row(title, request, surface, taken, stamp, signal) {
  const slate = await recommend({ size: SIZE, ...request }, signal);
  yield* kept(title, slate, stamp(slate, surface), taken);
}

function* kept(title, slate, items, taken) {
  const fresh = items.filter((item) => !taken.has(item.item_id)).slice(0, SHOWN);
  if (fresh.length < LEAST) return;
  for (const item of fresh) taken.add(item.item_id);
  const first = fresh.findIndex((item) => !item.sponsored); // no row begins with an advertisement
  if (first < 0) return;
  yield { title, slate, items: [...fresh.splice(first, 1), ...fresh] };
}

/** What the items of the past are that most of "For you" is there for. */
function anchors(items) {
  const counts = new Map();
  for (const { reason } of items) {
    if (reason.item_id && PERSONAL.includes(reason.code)) counts.set(reason.item_id, (counts.get(reason.item_id) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]).slice(0, ANCHORS).map(([id]) => id);
}
