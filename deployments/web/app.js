/** The page: where one is, what is asked, what is shown, and who listens to what. */

import { addressOf, home, itemPlace, placeOf, results } from "./address.js";
import { about, browse, demo, itemOf, newId, recommend, search, suggest } from "./api.js";
import { ALL, drawBrowse, link } from "./browse_page.js";
import { skeletons } from "./cards.js";
import { Cart } from "./cart.js";
import { byId, el } from "./element.js";
import { flush, happened, resume } from "./events.js";
import { asked, chosen, drawFacets, noFilters } from "./facets.js";
import { used } from "./first.js";
import { readChips, unreadWords } from "./understood.js";
import { drawItem } from "./item_page.js";
import { followed, foundWords, listed } from "./listed.js";
import { become, person } from "./person.js";
import { drawRow, homeRows, itemRows } from "./rows.js";
import { typeahead } from "./typeahead.js";
import { drawWhy } from "./why.js";
import { plural, SORTS, spoken } from "./words.js";

const RESULTS = 24;
const FOR_YOU = 12; // full rows in most windows, and the other rows in sight
const PERSONAL = ["chosen_together", "chosen_nearby", "chosen_alike", "similar", "taste"];
const NEW_VISITOR = "+";

const blank = () => ({ slate: null, category: null, items: [], rows: [], item: null, complete: false });
const view = { place: home(), asking: null, ...blank() };
const pages = new Map(); // key of a place in the history -> what was there, for the way back
const shop = { facets: ["category", "brand", "price", "rating"], sorts: ["relevance"], users: [] };
let here = null;
let closeSuggestions = () => {};

const cart = new Cart(byId("cart"), { changed: () => drawCount(), bought, open, stamp });

/* ---- asking ---- */

async function show({ focus = false } = {}) {
  view.asking?.abort();
  const asking = (view.asking = new AbortController());
  draw.waiting();
  try {
    await { item: showItem, category: showCategory, home: showList, search: showList }[view.place.kind](asking.signal, focus);
    view.complete = true;
  } catch (problem) {
    if (!asking.signal.aborted) draw.problem(problem, () => show({ focus }));
  }
}

async function showList(signal, focus) {
  const slate = await ask(null, signal);
  Object.assign(view, { slate, items: stamp(slate, view.place.kind), rows: [] });
  draw.page();
  if (focus) toTheTop();
  if (view.place.kind === "home") await fillRows(homeRows(view.items, shop.sorts, stamp, signal));
}

async function showCategory(signal, focus) {
  const category = await browse(view.place, 0, signal);
  Object.assign(view, { category, items: category.items, rows: [] });
  draw.page();
  if (focus) toTheTop();
}

async function showItem(signal, focus) {
  const { id } = view.place;
  const opened = history.state?.item; // with the slate it was on, for the events about it
  view.item = opened?.item_id === id ? opened : await itemOf(id, signal);
  view.rows = [];
  draw.page();
  if (focus) toTheTop();
  await fillRows(itemRows(view.item, stamp, signal));
}

/** Rows appear one after the other; without one, the page is still a page. */
async function fillRows(rows) {
  const { signal } = view.asking;
  try {
    for await (const row of rows) {
      if (signal.aborted) return;
      view.rows.push(row);
      byId("rows").append(drawRow(row, open));
      if (!byId("why").hidden) draw.why();
    }
  } catch (problem) {
    if (problem.status === undefined) throw problem; // no refusal of the shop: given up, or the network
  } finally {
    if (!signal.aborted) byId("rows").removeAttribute("aria-busy");
  }
}

async function showMore() {
  const button = byId("more");
  button.disabled = true;
  try {
    const fresh = await (view.place.kind === "category" ? moreOfCategory() : moreOfSlate());
    const cards = listed(fresh, open, view.items.at(-1) ?? null);
    view.items.push(...fresh);
    byId("grid").append(...cards);
    cards.find((one) => one.querySelector("a"))?.querySelector("a").focus();
    draw.edges();
  } catch (problem) {
    if (!view.asking.signal.aborted) draw.problem(problem, showMore);
  } finally {
    button.disabled = false;
  }
}

async function moreOfSlate() {
  const slate = await ask(view.slate.cursor, view.asking.signal);
  view.slate = { ...slate, facets: view.slate.facets };
  return stamp(slate, view.place.kind);
}

async function moreOfCategory() {
  view.category = await browse(view.place, view.category.next_offset, view.asking.signal);
  return view.category.items;
}

function ask(cursor, signal) {
  const { kind, query, filters, written } = view.place;
  const sort = sortOf(view.place);
  const more = cursor && { cursor };
  if (kind === "home") return recommend({ surface: "home", size: FOR_YOU, ...more }, signal);
  return search({ query, as_written: written, sort, currency: filters.price?.currency ?? null, filters: asked(filters), facets: shop.facets, size: RESULTS, ...more }, signal);
}

/** An order that this shop cannot make is none. */
const sortOf = ({ kind, sort }) => (kind === "category" ? (view.category?.sort ?? sort) : shop.sorts.includes(sort) ? sort : "relevance");

/** Items remember the slate they were on, for the events about them. */
function stamp(slate, where) {
  const origin = { slate_id: slate.slate_id, surface: where, query: where === "search" ? view.place.query : "" };
  return slate.items.map((item) => ({ ...item, slate: origin }));
}

/* ---- drawing ---- */

const draw = {
  waiting() {
    byId("notice").hidden = true;
    byId("more").hidden = true;
    const listed = view.place.kind !== "item";
    if (listed) byId("grid").setAttribute("aria-busy", "true");
    if (listed && !view.items.length) byId("grid").replaceChildren(...skeletons(FOR_YOU));
    if (["home", "item"].includes(view.place.kind)) byId("rows").setAttribute("aria-busy", "true");
    draw.frame();
  },

  page() {
    const { items, rows, item } = view;
    byId("grid").removeAttribute("aria-busy");
    draw.frame();
    byId("rows").replaceChildren(...rows.map((row) => drawRow(row, open)));
    if (item) drawItem(byId("item"), item, { addToCart, buy, go });
    else byId("grid").replaceChildren(...(items.length ? listed(items, open) : [empty()]));
    draw.filters();
    draw.edges();
  },

  /** What this kind of page has, and what it is called. */
  frame() {
    const { kind, query } = view.place;
    for (const id of ["heading", "grid", "chips"]) byId(id).hidden = kind === "item";
    byId("item").hidden = kind !== "item" || !view.item;
    byId("rows").hidden = !["home", "item"].includes(kind);
    byId("browse").hidden = kind !== "category" || !view.category;
    if (kind === "category" && view.category) drawBrowse(byId("browse"), view.category, go);
    const category = kind === "category" && (view.category?.path ?? view.place.path).at(-1);
    if (!view.rows.length) byId("rows").replaceChildren();
    const title = { search: `“${query}”`, category: category || ALL }[kind] ?? "For you";
    document.title = { home: "vitrine", category: `${title} · vitrine`, search: `${query} · vitrine`, item: `${view.item?.title ?? "Item"} · vitrine` }[kind];
    byId("eyebrow").replaceChildren(kind === "home" ? link(go) : { search: "Results for" }[kind] ?? "");
    byId("title").textContent = title;
    byId("summary").textContent = summary();
    byId("sorting").hidden = !["search", "category"].includes(kind) || shop.sorts.length < 2;
    byId("sort").value = sortOf(view.place);
    byId("layout").classList.toggle("searching", kind === "search");
    byId("filters").hidden = byId("open-filters").hidden = kind !== "search";
  },

  filters() {
    const { kind, filters } = view.place;
    if (kind !== "search") return [byId("chips"), byId("unread")].forEach((place) => place.replaceChildren());
    byId("chips").replaceChildren(...chosen(filters, currency()).map(chip), ...readChips(view.slate?.understood, currency(), refuse));
    byId("unread").replaceChildren(unreadWords(view.slate), ...without());
    if (view.slate) drawFacets(byId("filters"), view.slate.facets, filters, currency(), refine, () => sheet(false));
    byId("open-filters").hidden = byId("filters").hidden;
  },

  edges() {
    const more = view.place.kind === "category" ? view.category?.next_offset : view.slate?.cursor;
    byId("more").hidden = view.place.kind === "item" || !more;
    if (!byId("why").hidden) draw.why();
  },

  why() {
    const first = view.slate ? [{ title: view.place.kind === "home" ? "For you" : "Results", slate: view.slate, items: view.items }] : [];
    drawWhy(byId("why"), [...first, ...view.rows], point, () => toggleWhy(false));
  },

  problem(problem, again) {
    byId("grid").removeAttribute("aria-busy");
    byId("rows").removeAttribute("aria-busy");
    if (!view.items.length) byId("grid").replaceChildren();
    const gone = problem.status === 404 && view.place.kind === "item";
    const way = gone ? el("button", { type: "button", class: "quiet", on: { click: () => go(home()) } }, "To the shop")
      : el("button", { type: "button", class: "quiet", on: { click: again } }, "Try again");
    byId("notice").replaceChildren(gone ? "This item is not in the shop." : problem.message, " ", way);
    byId("notice").hidden = false;
  },
};

function summary() {
  if (view.place.kind === "category") return view.category ? plural(view.category.num_items, "item", "items") : "";
  if (!view.slate) return "";
  if (view.place.kind === "home") {
    const personal = view.items.some(({ reason }) => PERSONAL.includes(reason?.code));
    return personal ? "Chosen from what you did here." : "You are new here, so this is what others like. Look at a few things and come back.";
  }
  return foundWords(view.slate);
}

/** Where nothing matches, a way to leave out what could not be followed. */
function without() {
  const rest = view.slate?.num_matches === 0 && followed(view.place.query, view.slate.understood);
  return rest ? [" ", el("button", { type: "button", class: "quiet", on: { click: () => go(results(rest)) } }, `Search for “${rest}”`)] : [];
}

/** In which prices are limited. */
const currency = () => view.slate?.facets.find(({ name }) => name === "price")?.currency ?? view.items.find((item) => item.currency)?.currency ?? null;

function chip([words, without]) {
  return el("li", {}, el("button", { type: "button", "aria-label": `Remove filter ${words}`, on: { click: () => refine(without) } }, words, el("span", { "aria-hidden": "true" }, " ✕")));
}

function empty() {
  if (view.place.kind === "home") return el("li", { class: "empty" }, "The shop has nothing to show yet.");
  if (view.place.kind === "category") return el("li", { class: "empty" }, "Nothing is in stock here now.");
  const filtered = chosen(view.place.filters, null).length > 0;
  if (!filtered && readChips(view.slate?.understood, null, null).length) {
    return el("li", { class: "empty" }, "Nothing matches all of what you asked for. Take something above away.");
  }
  return el("li", { class: "empty" }, filtered ? "Nothing fits all of these filters." : "Nothing here fits. Try other words.",
    filtered && el("button", { type: "button", on: { click: () => refine(noFilters()) } }, "Remove all filters"));
}

function drawCount() {
  byId("cart-count").textContent = cart.size;
}

/* ---- doing ---- */

function open(item) {
  happened("click", item, { atOnce: true });
  happened("view", item);
  go(itemPlace(item.item_id), { item });
}

async function addToCart(item) {
  toast(`“${item.title}” is in your cart.`);
  await cart.add(item);
}

const buy = (item) => cart.buy([{ item, quantity: 1 }]);

/** The shop has it: what was bought is said. What was shown before may hold it. */
function bought(lines, sum) {
  byId("order").replaceChildren(
    el("h2", {}, "Bought. Thank you."),
    el("ul", {}, lines.map(({ item, quantity }) => el("li", {}, `${quantity} × ${item.title}`))),
    sum && el("p", {}, `Together ${sum}`),
    el("button", { type: "button", class: "quiet", on: { click: () => (byId("order").hidden = true) } }, "Close"),
  );
  byId("order").hidden = false;
  byId("order").focus();
  pages.clear();
  if (view.place.kind === "home") show();
}

function toast(words) {
  const place = byId("toast");
  place.textContent = words;
  place.classList.add("shown");
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => place.classList.remove("shown"), 3200);
}

/** What could not be sent is said, with a way to send it. */
function unsent({ detail: number }) {
  byId("unsent").hidden = !number;
  if (!number) return;
  const why = navigator.onLine ? "The shop does not answer." : "You are offline.";
  byId("unsent").replaceChildren(`${why} ${plural(number, "thing that you did is", "things that you did are")} kept on this device and sent again by itself. `,
    el("button", { type: "button", class: "quiet", on: { click: () => flush() } }, "Try again"));
}

function point(item) {
  const found = cardOf(item.item_id);
  if (matchMedia("(max-width: 60rem)").matches) toggleWhy(false);
  found?.scrollIntoView({ block: "center", behavior: "smooth" });
  found?.focus({ preventScroll: true });
}

const cardOf = (id) => document.querySelector(`#results [data-item="${CSS.escape(id)}"]`);

function toggleWhy(shown) {
  byId("why").hidden = !shown;
  byId("layout").classList.toggle("explained", shown);
  byId("toggle-why").setAttribute("aria-expanded", String(shown));
  if (shown) draw.why();
  byId(shown ? "why" : "toggle-why").focus({ preventScroll: true });
}

function sheet(shown) {
  byId("filters").classList.toggle("open", shown);
  byId("open-filters").setAttribute("aria-expanded", String(shown));
  (shown ? byId("filters").querySelector("button") : byId("open-filters"))?.focus();
}

/* ---- going ---- */

function go(place, { item = null } = {}) {
  leave();
  history.pushState({ key: newId(), item }, "", addressOf(place));
  return arrive(place, { focus: true });
}

/** Another choice in the same search: the items stay until the new ones are here, and so does the keyboard. */
async function turn(place) {
  leave();
  history.pushState({ key: newId() }, "", addressOf(place));
  here = history.state.key;
  view.place = place;
  await show();
}

/** Choosing a filter redraws its box. */
async function refine(filters) {
  const { name, labels } = document.activeElement ?? {};
  const words = labels?.[0]?.querySelector(".value")?.textContent;
  await turn({ ...view.place, filters });
  const boxes = [...byId("filters").querySelectorAll(`input[name="${CSS.escape(name ?? "")}"]`)];
  boxes.find((box) => box.labels[0]?.querySelector(".value").textContent === words)?.focus();
}

/** What the shop took these words for is refused: they are only words now. The keyboard stays among the chips. */
async function refuse(words) {
  await turn({ ...view.place, written: [...view.place.written, words] });
  (byId("chips").querySelector("button") ?? byId("results")).focus({ preventScroll: true });
}

function leave() {
  view.asking?.abort();
  closeSuggestions();
  byId("filters").classList.remove("open");
  byId("order").hidden = true;
  const { slate, category, items, rows, item, complete } = view;
  const focus = document.activeElement?.dataset.item;
  if (here && complete) pages.set(here, { page: { slate, category, items, rows, item, complete }, scroll: scrollY, focus });
}

/** A place that was left is found as it was. */
function arrive(place, { focus = false } = {}) {
  if (!history.state?.key) history.replaceState({ key: newId() }, "");
  here = history.state.key;
  const known = pages.get(here);
  Object.assign(view, { place }, known?.page ?? blank());
  byId("query").value = place.kind === "search" ? place.query : "";
  if (!known) {
    scrollTo(0, 0);
    return show({ focus });
  }
  byId("notice").hidden = true;
  byId("rows").removeAttribute("aria-busy");
  view.asking = new AbortController();
  draw.page();
  scrollTo(0, known.scroll);
  (cardOf(known.focus ?? "") ?? byId("results")).focus({ preventScroll: true });
  return undefined;
}

function toTheTop() {
  byId("results").focus({ preventScroll: true });
}

function users(who) {
  const option = (value, words) => el("option", { value, selected: value === (who.user ?? who.session) }, words);
  byId("user").replaceChildren(
    ...(who.user ? [] : [option(who.session, "New visitor")]),
    el("optgroup", { label: "People of this shop", hidden: !shop.users.length }, shop.users.map((id) => option(id, id))),
    option(NEW_VISITOR, who.user ? "New visitor" : "Another visitor"),
  );
}

async function changeUser() {
  await flush();
  const wanted = byId("user").value;
  try {
    users(await become(wanted === NEW_VISITOR ? null : wanted));
  } catch (problem) {
    users(await person());
    return draw.problem(problem, changeUser);
  }
  cart.empty();
  pages.clear();
  Object.assign(view, blank());
  return show();
}

async function pick(suggestion) {
  byId("query").value = suggestion.text;
  go(suggestion.item_id ? itemPlace(suggestion.item_id) : results(suggestion.text));
}

function listen() {
  history.scrollRestoration = "manual";
  closeSuggestions = typeahead(
    { input: byId("query"), list: byId("suggestions"), status: byId("suggestions-status") }, suggest, pick,
  );
  byId("search").addEventListener("submit", (event) => {
    event.preventDefault();
    go(results(byId("query").value.trim()));
  });
  byId("home").addEventListener("click", (event) => {
    event.preventDefault();
    go(home());
  });
  byId("sort").addEventListener("change", () => turn({ ...view.place, sort: byId("sort").value }));
  byId("more").addEventListener("click", showMore);
  byId("open-filters").addEventListener("click", () => sheet(true));
  byId("toggle-why").addEventListener("click", () => toggleWhy(byId("why").hidden));
  byId("open-cart").addEventListener("click", () => cart.show());
  byId("user").addEventListener("change", changeUser);
  byId("cart").addEventListener("click", (event) => event.target === byId("cart") && byId("cart").close());
  addEventListener("unsent", unsent);
  addEventListener("popstate", () => {
    leave();
    arrive(placeOf(location));
  });
  addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.matches("input, select, textarea") && !byId("cart").open) {
      event.preventDefault();
      byId("query").focus();
    }
    if (event.key === "Escape" && byId("filters").classList.contains("open")) sheet(false);
    else if (event.key === "Escape" && byId("why").contains(document.activeElement)) toggleWhy(false);
  });
}

async function start() {
  listen();
  const asked = [about(), demo(), person()].map((answer) => answer.catch(() => ({})));
  const [{ shop: name = "vitrine", notes = [], ...known }, people, who] = await Promise.all(asked);
  Object.assign(shop, known, people);
  users(who);
  drawCount();
  byId("sort").replaceChildren(...shop.sorts.map((sort) => el("option", { value: sort }, SORTS[sort] ?? spoken(sort))));
  byId("notes").replaceChildren(el("p", {}, spoken(name)), ...notes.map((note) => el("p", {}, note)));
  const sending = resume();
  cart.resume();
  await arrive(placeOf(location));
  used();
  await sending;
}

start();
