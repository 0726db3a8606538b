/** Rows of recommendations: what each asks for, and how it is drawn. An item stands in one row only. */

import { recommend } from "./api.js";
import { card } from "./cards.js";
import { el } from "./element.js";

const SIZE = 20;
const SHOWN = 12;
const LEAST = 3; // fewer items are no row
const ANCHORS = 2;
const TOGETHER = ["chosen_together", "chosen_nearby", "chosen_alike"];
const ANCHORED = [...TOGETHER, "similar"]; // reasons that name an item
const FROM_ANCHOR = [...ANCHORED, "taste"]; // reasons that an item's own page gives for what goes with it

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
  for (const { id, title } of anchors(items)) {
    yield* row(title, { surface: "item", item_id: id }, "item", taken, stamp, signal, ({ reason }) => FROM_ANCHOR.includes(reason?.code));
  }
  if (sorts.includes("newest")) yield* row("Newest in the shop", { surface: "home", sort: "newest" }, "home", taken, stamp, signal);
  yield* row("Popular", { surface: "home", personal: false }, "home", taken, stamp, signal, ({ reason }) => reason?.code === "popular");
}

/** Rows of an item's page. */
export async function* itemRows(item, stamp, signal) {
  const taken = new Set([item.item_id]);
  const asked = { surface: "item", item_id: item.item_id, size: SIZE };
  const [alike, near] = await Promise.all([likes({ ...asked, ads: false }, item.category, signal), recommend(asked, signal)]);
  const nearby = stamp(near, "item");
  const together = nearby.filter(({ sponsored, reason, category }) =>
    !sponsored && reason?.code === "chosen_together" && category.join() !== item.category.join());
  yield* kept("Often chosen together", near, together, taken);
  yield* kept("More like this", alike, stamp(alike, "item"), taken);
  yield* kept("You may also like", near, nearby, taken);
}

/** Items of the same category, or, where these are few, of the one around it. */
async function likes(asked, category, signal) {
  const answer = await recommend({ ...asked, filters: { categories: category.length ? [category] : [] } }, signal);
  return answer.items.length < SHOWN && category.length ? likes(asked, category.slice(0, -1), signal) : answer;
}

/** A row whose title is a reason holds only what it is true of, and nothing that was paid for. */
async function* row(title, request, surface, taken, stamp, signal, isTrue = () => true) {
  const slate = await recommend({ size: SIZE, ads: false, ...request }, signal);
  yield* kept(title, slate, stamp(slate, surface).filter(isTrue), taken);
}

function* kept(title, slate, items, taken) {
  const fresh = items.filter((item) => !taken.has(item.item_id)).slice(0, SHOWN);
  if (fresh.length < LEAST) return;
  for (const item of fresh) taken.add(item.item_id);
  const first = fresh.findIndex((item) => !item.sponsored); // no row begins with an advertisement
  if (first < 0) return;
  yield { title, slate, items: [...fresh.splice(first, 1), ...fresh] };
}

/** What the items of the past are that most of "For you" is there for, and how the shop says so. */
function anchors(items) {
  const found = new Map();
  for (const { reason } of items) {
    if (!reason?.item_id || !ANCHORED.includes(reason.code)) continue;
    const known = found.get(reason.item_id) ?? { id: reason.item_id, count: 0, title: reason.text };
    found.set(known.id, { ...known, count: known.count + 1, title: TOGETHER.includes(reason.code) ? reason.text : known.title });
  }
  return [...found.values()].sort((a, b) => b.count - a.count).slice(0, ANCHORS);
}
