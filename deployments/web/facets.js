/** The filters beside a search: what was chosen, and what could be. */

import { el } from "./element.js";
import { count, money, plural, spoken } from "./words.js";

const MICROS = 1e6;
const SHORT = 7; // values shown before "more"

export const noFilters = () => ({ categories: [], brands: [], price: null, rating: null, attributes: {} });

/** As the API takes them. */
export function asked(filters) {
  const request = {};
  if (filters.categories.length) request.categories = filters.categories.map((path) => path.split(" > "));
  if (filters.brands.length) request.brands = filters.brands;
  if (filters.price?.min != null) request.price_min_micros = Math.round(filters.price.min * MICROS);
  if (filters.price?.max != null) request.price_max_micros = Math.round(filters.price.max * MICROS);
  if (filters.rating) request.rating_min = filters.rating;
  const attributes = Object.entries(filters.attributes).filter(([, values]) => values.length);
  if (attributes.length) request.attributes = Object.fromEntries(attributes);
  return request;
}

/** What `asked` wrote, or anybody in an address: what is no filter is none. */
export function filtersIn(given) {
  const filters = noFilters();
  const texts = (value) => Array.isArray(value) && value.every((one) => typeof one === "string");
  const amount = (micros) => (Number.isInteger(micros) && micros >= 0 ? micros / MICROS : null);
  const { categories, brands, price_min_micros: least, price_max_micros: most, rating_min: rating, attributes } = given ?? {};
  if (Array.isArray(categories) && categories.every(texts)) filters.categories = categories.map((path) => path.join(" > "));
  if (texts(brands)) filters.brands = brands;
  const price = { min: amount(least), max: amount(most) };
  if (price.min !== null || price.max !== null) filters.price = price;
  if (Number.isFinite(rating)) filters.rating = rating;
  if (attributes && typeof attributes === "object" && Object.values(attributes).every(texts)) filters.attributes = attributes;
  return filters;
}

/** [words, remove] for each choice. */
export function chosen(filters, currency) {
  const without = (list, value) => list.filter((other) => other !== value);
  const chips = filters.categories.map((path) =>
    [path.split(" > ").at(-1), { ...filters, categories: without(filters.categories, path) }]);
  for (const brand of filters.brands) chips.push([brand, { ...filters, brands: without(filters.brands, brand) }]);
  if (filters.price) chips.push([rangeWords(filters.price, filters.price.currency ?? currency), { ...filters, price: null }]);
  if (filters.rating) chips.push([starsWords(filters.rating), { ...filters, rating: null }]);
  for (const [name, values] of Object.entries(filters.attributes)) {
    for (const value of values) {
      chips.push([value, { ...filters, attributes: { ...filters.attributes, [name]: without(values, value) } }]);
    }
  }
  return chips;
}

/**
 * Draws the panel.
 * @param {Array} facets of the answer: a field's values are counted without its own filter, so that a second one can be chosen.
 */
export function drawFacets(panel, facets, filters, currency, change, close) {
  const groups = facets.map((facet) => group(facet, filters, currency, change)).filter(Boolean);
  panel.hidden = !groups.length;
  panel.replaceChildren(
    el("div", { class: "panel-head" }, el("h2", {}, "Filters"),
      el("button", { type: "button", class: "quiet close", on: { click: close } }, "Done")),
    ...groups,
  );
}

function group(facet, filters, currency, change) {
  if (facet.name === "price") return priceGroup(facet, filters, currency, change);
  if (facet.name === "rating") return ratingGroup(facet, filters, change);
  const picked = pickedOf(facet.name, filters);
  const values = withPickedOnes(facet, picked);
  if (values.length < 2 && !picked.length) return null; // nothing to choose
  const boxes = values.map(({ value, count: number }) => option("checkbox", facet.name, {
    words: facet.name === "category" ? value.split(" > ").at(-1) : value,
    number, checked: picked.includes(value), below: picked.some((other) => value.startsWith(`${other} > `)),
    on: (checked) => change(withPicked(facet.name, filters, value, checked)),
  }));
  return fieldset(spoken(facet.name), list(boxes, picked.length));
}

function priceGroup(facet, filters, currency, change) {
  const ranges = facet.counts.map(({ value, count: number }) => ({ ...parseRange(value), number }));
  if (!ranges.length && !filters.price) return null;
  const picked = filters.price;
  const options = ranges.map((range) => option("radio", "price", {
    words: rangeWords(range, currency), number: range.number,
    checked: picked?.min === range.min && picked?.max === range.max,
    on: () => change({ ...filters, price: { min: range.min, max: range.max, currency: facet.currency } }),
  }));
  return fieldset("Price", el("ul", { class: "options" }, options), priceForm(filters, facet.currency, change));
}

function priceForm(filters, currency, change) {
  const input = (name, label) => el("input", {
    type: "number", name, min: "0", step: "any", inputmode: "decimal", placeholder: label, "aria-label": `${label} price`,
    value: filters.price?.[name] ?? "",
  });
  const form = el("form", { class: "range", on: { submit: (event) => {
    event.preventDefault();
    const [min, max] = ["min", "max"].map((name) => (form.elements[name].value === "" ? null : Number(form.elements[name].value)));
    change({ ...filters, price: min === null && max === null ? null : { min, max, currency } });
  } } }, input("min", "Least"), el("span", { "aria-hidden": "true" }, "–"), input("max", "Most"), el("button", { type: "submit", class: "quiet" }, "Set"));
  return form;
}

function ratingGroup(facet, filters, change) {
  if (!facet.counts.length && !filters.rating) return null;
  const options = facet.counts.map(({ value, count: number }) => {
    const least = Number.parseFloat(value);
    return option("radio", "rating", {
      words: starsWords(least), number, checked: filters.rating === least,
      on: () => change({ ...filters, rating: least }),
    });
  });
  return fieldset("Rating", el("ul", { class: "options" }, options));
}

function fieldset(title, ...content) {
  return el("fieldset", {}, el("legend", {}, title), ...content);
}

function option(type, name, { words, number, checked, below, on }) {
  const box = el("input", { type, name: `facet-${name}`, checked, on: { change: () => on(box.checked) } });
  return el("li", { class: below && "below" }, el("label", {}, box, el("span", { class: "value" }, words),
    el("span", { class: "count" }, count(number))));
}

function list(options, numPicked) {
  const short = options.slice(0, Math.max(SHORT, numPicked));
  const rest = options.slice(short.length);
  if (!rest.length) return el("ul", { class: "options" }, short);
  return [el("ul", { class: "options" }, short),
    el("details", {}, el("summary", {}, `${rest.length} more`), el("ul", { class: "options" }, rest))];
}

/** What is chosen stays in sight, also where nothing has it. */
function withPickedOnes(facet, picked) {
  const counts = new Map(facet.counts.map(({ value, count: number }) => [value, number]));
  return [...new Set([...picked, ...counts.keys()])].map((value) => ({ value, count: counts.get(value) ?? 0 }));
}

function pickedOf(name, filters) {
  if (name === "category") return filters.categories;
  if (name === "brand") return filters.brands;
  return filters.attributes[name] ?? [];
}

function withPicked(name, filters, value, checked) {
  const before = pickedOf(name, filters).filter((other) => other !== value && !(name === "category" && related(other, value)));
  const values = checked ? [...before, value] : before;
  if (name === "category") return { ...filters, categories: values };
  if (name === "brand") return { ...filters, brands: values };
  return { ...filters, attributes: { ...filters.attributes, [name]: values } };
}

/** One category holds the other: choosing both would mean the larger one. */
const related = (a, b) => a.startsWith(`${b} > `) || b.startsWith(`${a} > `);

function parseRange(value) {
  const [min, max] = value.split("-").map(Number);
  return { min, max };
}

const starsWords = (least) => `${plural(least, "star", "stars")} and up`;

function rangeWords({ min, max }, currency) {
  const words = (amount) => money(amount * MICROS, currency);
  if (max == null) return `${words(min)} and up`;
  return min == null ? `Up to ${words(max)}` : `${words(min)} – ${words(max)}`;
}
