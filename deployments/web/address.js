/**
 * Where in the shop one is, and its address: `/`, `/?q=...&sort=...&filters=...&written=...`, `/item/ID`,
 * `/browse/CATEGORY/CATEGORY?sort=...`. `filters` are JSON as the API takes them; `written` are words that the shop took for something and that are only words this
 * time.
 */

import { asked, filtersIn, noFilters } from "./facets.js";

const ITEM = "/item/";
const BROWSE = "/browse";
export const RELEVANCE = "relevance";

export const home = () => ({ kind: "home" });
export const results = (query, sort = RELEVANCE, filters = noFilters(), written = []) =>
  (query ? { kind: "search", query, sort, filters, written } : home());
export const categoryPlace = (path, sort = "") => ({ kind: "category", path, sort });
export const itemPlace = (id) => ({ kind: "item", id });

export function addressOf(place) {
  if (place.kind === "item") return ITEM + encodeURIComponent(place.id);
  if (place.kind === "home") return "/";
  if (place.kind === "category") {
    const sort = place.sort ? `?${new URLSearchParams({ sort: place.sort })}` : "";
    return [BROWSE, ...place.path.map(encodeURIComponent)].join("/") + sort;
  }
  const words = new URLSearchParams({ q: place.query });
  if (place.sort !== RELEVANCE) words.set("sort", place.sort);
  const filters = asked(place.filters);
  if (Object.keys(filters).length) words.set("filters", JSON.stringify(filters));
  if (place.filters.price?.currency) words.set("currency", place.filters.price.currency);
  for (const one of place.written) words.append("written", one);
  return `/?${words}`;
}

export function placeOf({ pathname, search }) {
  if (pathname.startsWith(ITEM)) return itemPlace(decoded(pathname.slice(ITEM.length)));
  const words = new URLSearchParams(search);
  if (pathname === BROWSE || pathname.startsWith(`${BROWSE}/`)) {
    return categoryPlace(pathname.slice(BROWSE.length).split("/").filter(Boolean).map(decoded), words.get("sort") ?? "");
  }
  return results((words.get("q") ?? "").trim(), words.get("sort") ?? RELEVANCE, filtersOf(words.get("filters"), words.get("currency")),
    words.getAll("written"));
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a stray percent sign
  }
}

/** Addresses are written by anybody. */
function filtersOf(text, currency) {
  try {
    const filters = filtersIn(JSON.parse(text ?? "{}"));
    return filters.price ? { ...filters, price: { ...filters.price, currency } } : filters;
  } catch {
    return noFilters(); // no JSON
  }
}
