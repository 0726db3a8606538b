/** How much a page holds of what matches, and what decided its order where it was not the models alone. */

import { plural, SORTS } from "./words.js";

export function countedWords(slate, items) {
  const close = items.filter(({ match }) => match && match !== "all").length;
  const sold = items.filter(({ sponsored }) => sponsored).length;
  const shown = `${plural(items.length, "item", "items")} shown${close ? `, ${close} of them only close` : ""}`;
  return `${shown}; ${slate.matches_exact ? "" : "about "}${plural(slate.num_matches, "match", "matches")} in all; ${sold} sponsored.`;
}

export function orderWords(slate) {
  if (slate.shuffled) return "Shuffled: chance has put the best of this page in another order, so that the shop learns what it would not have shown.";
  if (slate.sort !== "relevance") return `Sorted: ${SORTS[slate.sort] ?? slate.sort}. The models had no say, and no place is sold.`;
  return slate.ignored.find(({ field }) => field === "sort") && "Not sorted: only what has all that was asked for is.";
}
