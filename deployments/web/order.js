/** What decided the order of a page, where it was not the models alone. */

import { SORTS } from "./words.js";

export function orderWords(slate) {
  if (slate.shuffled) return "Shuffled: chance has put the best of this page in another order, so that the shop learns what it would not have shown.";
  if (slate.sort !== "relevance") return `Sorted: ${SORTS[slate.sort] ?? slate.sort}. The models had no say, and no place is sold.`;
  return slate.ignored.find(({ field }) => field === "sort") && "Not sorted: only what has all that was asked for is.";
}
