/** The page: what is asked, what is shown, and who listens to what. */

import { about, become, newVisitor, recommend, search, session } from "./api.js";
import { card, skeletons } from "./cards.js";
import { Cart } from "./cart.js";
import { showDetail } from "./detail.js";
import { byId, el } from "./element.js";
import { flush, happened } from "./events.js";
import { asked, chosen, drawFacets, noFilters } from "./facets.js";
import { plural, spoken } from "./words.js";
import { drawWhy } from "./why.js";

const PAGE = 24;
const FACETS = ["category", "brand", "price", "rating"];
const NEW_VISITOR = "+";

const cart = new Cart(cartChanged);
const view = { query: "", filters: noFilters(), seen: new Map(), slate: null, items: [], asking: null };
let facetNames = FACETS;

/* ---- asking ---- */

async function show({ focus = false } = {}) {
  view.asking?.abort();
  const asking = (view.asking = new AbortController());
  draw.waiting();
  try {
    const slate = await ask(null, asking.signal);
    view.slate = slate;
    view.items = stamp(slate, surface());
    draw.page();
    if (focus) byId("results").focus({ preventScroll: true });
  } catch (problem) {
    if (!asking.signal.aborted) draw.problem(problem, () => show({ focus }));
  }
}

async function showMore() {
  const button = byId("more");
  button.disabled = true;
  try {
    const slate = await ask(view.slate.cursor, view.asking.signal);
    const fresh = stamp(slate, surface());
    view.slate = { ...slate, facets: view.slate.facets };
    view.items.push(...fresh);
    const cards = fresh.map((item) => card(item, open));
    byId("grid").append(...cards);
    cards[0]?.querySelector("button").focus();
    draw.edges();
  } catch (problem) {
    if (!view.asking.signal.aborted) draw.problem(problem, showMore);
  } finally {
    button.disabled = false;
  }
}

const surface = () => (view.query ? "search" : "home");

function ask(cursor, signal) {
  const page = { size: PAGE, ...(cursor && { cursor }) };
  if (!view.query) return recommend({ ...page, surface: "home" }, signal);
  return search({ ...page, query: view.query, filters: asked(view.filters), facets: facetNames }, signal);
}

/** Items remember the slate they were on, for the events about them. */
function stamp(slate, where) {
  const origin = { slate_id: slate.slate_id, surface: where, query: where === "search" ? view.query : "" };
  return slate.items.map((item) => ({ ...item, slate: origin }));
}

/* ---- drawing ---- */

const draw = {
  waiting() {
    byId("notice").hidden = true;
    byId("grid").setAttribute("aria-busy", "true");
    if (!view.items.length) byId("grid").replaceChildren(...skeletons(12));
    byId("more").hidden = true;
    draw.heading();
  },

  page() {
    const { items } = view;
    byId("grid").removeAttribute("aria-busy");
    byId("grid").replaceChildren(...(items.length ? items.map((item) => card(item, open)) : [empty()]));
    draw.heading();
    draw.filters();
    draw.edges();
  },

  heading() {
    document.title = view.query ? `${view.query} · vitrine` : "vitrine";
    byId("eyebrow").textContent = view.query ? "Results for" : "";
    byId("title").textContent = view.query ? `“${view.query}”` : "For you";
    byId("summary").textContent = summary();
  },

  filters() {
    const searching = Boolean(view.query);
    byId("layout").classList.toggle("searching", searching);
    byId("filters").hidden = !searching;
    byId("open-filters").hidden = !searching;
    byId("chips").replaceChildren(...(searching ? chosen(view.filters, currency()).map(chip) : []));
    if (searching && view.slate) drawFacets(byId("filters"), view.slate.facets, view.seen, view.filters, currency(), refine, () => sheet(false));
  },

  edges() {
    byId("more").hidden = !view.slate?.cursor;
    if (!byId("why").hidden) draw.why();
  },

  why() {
    drawWhy(byId("why"), view.slate, view.items, point, () => toggleWhy(false));
  },

  problem(problem, again) {
    byId("grid").removeAttribute("aria-busy");
    if (!view.items.length) byId("grid").replaceChildren();
    byId("notice").replaceChildren(problem.message, " ", el("button", { type: "button", class: "quiet", on: { click: again } }, "Try again"));
    byId("notice").hidden = false;
  },
};

function summary() {
  if (!view.slate) return "";
  if (!view.query) return session.user.startsWith("visitor-") ? "You are new here, so this is what others like. Look at a few things and come back." : "Chosen from what you looked at and bought.";
  const { num_matches: matches, matches_exact: exact } = view.slate;
  return `${exact ? "" : "About "}${plural(matches, "match", "matches")}`;
}

const currency = () => view.items.find((item) => item.currency)?.currency ?? null;

function chip([words, without]) {
  return el("li", {}, el("button", { type: "button", "aria-label": `Remove filter ${words}`, on: { click: () => refine(without) } }, words, el("span", { "aria-hidden": "true" }, " ✕")));
}

function empty() {
  return el("li", { class: "empty" }, view.query ? "Nothing here fits. Try other words, or fewer filters." : "The shop has nothing to show yet.");
}

/** Choosing a filter redraws its box: the keyboard stays where it was. */
async function refine(filters) {
  const { name, labels } = document.activeElement ?? {};
  const words = labels?.[0]?.querySelector(".value")?.textContent;
  view.filters = filters;
  await show();
  const boxes = [...byId("filters").querySelectorAll(`input[name="${CSS.escape(name ?? "")}"]`)];
  boxes.find((box) => box.labels[0]?.querySelector(".value").textContent === words)?.focus();
}

/* ---- doing ---- */

function open(item) {
  happened("click", item, { atOnce: true });
  happened("view", item);
  showDetail(byId("detail"), item, { addToCart, buy, open, stamp });
}

async function addToCart(item) {
  await cart.add(item);
  toast(`“${item.title}” is in your cart.`);
}

async function buy(item) {
  await happened("purchase", item, { quantity: 1, atOnce: true });
  toast(`Bought “${item.title}”.`);
  byId("detail").close();
}

async function cartChanged() {
  byId("cart-count").textContent = cart.size;
  const row = byId("cart-row");
  row.hidden = !cart.size;
  if (!cart.size) return;
  const answer = await recommend({ surface: "cart", cart_item_ids: cart.itemIds, size: 12 }).catch(() => null);
  row.hidden = !answer?.items.length || !cart.size;
  if (answer) byId("cart-strip").replaceChildren(...stamp(answer, "cart").map((item) => card(item, open)));
}

function toast(words) {
  const place = byId("toast");
  place.textContent = words;
  place.classList.add("shown");
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => place.classList.remove("shown"), 3200);
}

function point(item) {
  const button = document.querySelector(`#grid [data-item="${CSS.escape(item.item_id)}"]`);
  if (matchMedia("(max-width: 60rem)").matches) toggleWhy(false);
  button?.scrollIntoView({ block: "center", behavior: "smooth" });
  button?.focus({ preventScroll: true });
}

function toggleWhy(shown) {
  byId("why").hidden = !shown;
  byId("layout").classList.toggle("explained", shown);
  byId("toggle-why").setAttribute("aria-expanded", String(shown));
  if (shown) {
    draw.why();
    byId("why").focus({ preventScroll: true });
  } else {
    byId("toggle-why").focus({ preventScroll: true });
  }
}

function sheet(shown) {
  byId("filters").classList.toggle("open", shown);
  byId("open-filters").setAttribute("aria-expanded", String(shown));
  (shown ? byId("filters").querySelector("button") : byId("open-filters"))?.focus();
}

/* ---- going ---- */

function go(query, { push = true } = {}) {
  Object.assign(view, { query, filters: noFilters(), seen: new Map(), slate: null, items: [] });
  byId("query").value = query;
  if (push) history.pushState({}, "", query ? `/?q=${encodeURIComponent(query)}` : "/");
  byId("filters").classList.remove("open");
  draw.filters();
  scrollTo(0, 0);
  return show({ focus: push });
}

function users(known) {
  const visitor = session.user.startsWith("visitor-") ? [session.user] : [];
  const option = (value, words) => el("option", { value, selected: value === session.user }, words);
  byId("user").replaceChildren(
    ...visitor.map((id) => option(id, "New visitor")),
    el("optgroup", { label: "People of this shop", hidden: !known.length }, known.map((id) => option(id, id))),
    option(NEW_VISITOR, visitor.length ? "Another visitor" : "New visitor"),
  );
}

async function changeUser(known) {
  await flush();
  const wanted = byId("user").value;
  become(wanted === NEW_VISITOR ? newVisitor() : wanted);
  users(known);
  cart.empty();
  Object.assign(view, { slate: null, items: [] });
  await show();
}

function listen() {
  byId("search").addEventListener("submit", (event) => {
    event.preventDefault();
    go(byId("query").value.trim());
  });
  byId("home").addEventListener("click", (event) => {
    event.preventDefault();
    go("");
  });
  byId("more").addEventListener("click", showMore);
  byId("open-filters").addEventListener("click", () => sheet(true));
  byId("toggle-why").addEventListener("click", () => toggleWhy(byId("why").hidden));
  byId("open-cart").addEventListener("click", () => {
    cart.draw(byId("cart"), () => toast("Bought. Thank you."));
    byId("cart").showModal();
  });
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  }
  addEventListener("popstate", () => go(queryOfAddress(), { push: false }));
  addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.matches("input, select, textarea")) {
      event.preventDefault();
      byId("query").focus();
    }
    if (event.key === "Escape" && byId("filters").classList.contains("open")) sheet(false);
  });
}

const queryOfAddress = () => (new URLSearchParams(location.search).get("q") ?? "").trim();

async function start() {
  listen();
  const { users: known = [], shop = "vitrine", notes = [], facets } = await about().catch(() => ({}));
  facetNames = facets ?? FACETS;
  users(known);
  byId("user").addEventListener("change", () => changeUser(known));
  byId("notes").replaceChildren(el("p", {}, spoken(shop)), ...notes.map((note) => el("p", {}, note)));
  await go(queryOfAddress(), { push: false });
}

start();
