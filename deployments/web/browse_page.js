/** A category: the way to it, and what lies below. */

import { addressOf, categoryPlace } from "./address.js";
import { el } from "./element.js";
import { count } from "./words.js";

export const ALL = "All categories";

/** @param {Object} page an answer of `/v1/browse`; @param {Function} go called with the place that is chosen. */
export function drawBrowse(place, page, go) {
  const link = ({ name, path }, ...more) => el("a", { href: addressOf(categoryPlace(path)), on: { click: (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return; // in a tab of its own
    event.preventDefault();
    go(categoryPlace(path));
  } } }, name || ALL, ...more);
  const way = page.breadcrumb.slice(0, -1).map((step) => el("li", {}, link(step)));
  const here = page.breadcrumb.at(-1);
  place.replaceChildren(...[
    way.length > 0 && el("nav", { class: "path", "aria-label": "Breadcrumb" },
      el("ol", {}, way, el("li", { "aria-current": "page" }, here.name))),
    page.ignored.some(({ field }) => field.startsWith("path")) && el("p", { class: "notice" },
      "This category is not in the shop (any more). This is what is nearest to it."),
    page.children.length > 0 && el("nav", { "aria-label": "Categories below" },
      el("ul", { class: "chips" }, page.children.map((child) =>
        el("li", {}, link(child, el("span", { class: "count" }, ` ${count(child.count)}`)))))),
  ].filter(Boolean));
}

export const link = (go) => el("a", { href: addressOf(categoryPlace([])), on: { click: (event) => {
  event.preventDefault();
  go(categoryPlace([]));
} } }, ALL);
