/** A list of items: what matches a search, then, under a heading of its own, what only comes close to it. */

import { card } from "./cards.js";
import { el } from "./element.js";
import { plural } from "./words.js";

/**
 * @param {Function} open called with an item that is chosen.
 * @param {Object} before the last item of the page before this one, if there is one.
 */
export function listed(items, open, before = null) {
  return items.flatMap((item, place) => {
    const last = place ? items[place - 1] : before;
    const begins = isClose(item) && !(last && isClose(last));
    return begins ? [apart(item, last !== null), card(item, open)] : [card(item, open)];
  });
}

/** What a search found in words. */
export function foundWords({ num_matches: matches, matches_exact: exact }) {
  return matches ? `${exact ? "" : "About "}${plural(matches, "match", "matches")}` : "Nothing has all that you asked for.";
}

/** The query without the words that could not be followed; null where nothing would change, or nothing is left. */
export function followed(query, understood) {
  const left = (understood?.ignored ?? []).reduce((text, { words }) => text.replace(new RegExp(escaped(words), "iu"), " "), query);
  const rest = left.split(/\s+/u).filter(Boolean).join(" ");
  return rest && rest !== query ? rest : null;
}

const isClose = ({ match }) => Boolean(match) && match !== "all";

function apart(item, hasMatches) {
  const title = item.match === "far" ? "The nearest that the shop has" : "Close to what you asked for";
  const said = hasMatches ? "These have a part of it, or mean about the same. They are not counted above." : "These have a part of it, or mean about the same.";
  return el("li", { class: "apart" }, el("h2", {}, title), item.match !== "far" && el("p", {}, said));
}

const escaped = (words) => words.replace(/[.*+?^${}()|[\]\\]/gu, "\\$&");
