/** What the shopper is about to buy. Kept in this browser; the shop knows it from the events. */

import { newId, recommend } from "./api.js";
import { priceOf } from "./cards.js";
import { el } from "./element.js";
import { flush, happened, whenSettled } from "./events.js";
import { keep, kept } from "./kept.js";
import { isWaiting } from "./outbox.js";
import { drawRow } from "./rows.js";
import { tile } from "./tiles.js";
import { money } from "./words.js";

const PLACE = "vitrine-cart";
const ORDER = "vitrine-order";
const MOST = 99;
const NUM_BESIDE = 8;

export class Cart {
  #lines = new Map(); // item_id -> { item, quantity }
  #order = new Map(); // event id -> { item, quantity, inCart }: bought, and the shop has not said that it has it
  #done = []; // of the order, what the shop has
  #trouble = "";
  #dialog;
  #doing;
  #drawn = 0;

  /** @param {Object} doing `changed()`, `bought(lines, sum)`, `open(item)` and `stamp(slate, surface)`. */
  constructor(dialog, doing) {
    this.#dialog = dialog;
    this.#doing = doing;
    for (const line of remembered(PLACE)) this.#lines.set(line.item.item_id, line);
    whenSettled((event, outcome) => this.#settled(event, outcome));
  }

  /** After what waits was read: an order of an earlier visit goes on. */
  resume() {
    for (const line of remembered(ORDER)) if (isWaiting(line.id)) this.#order.set(line.id, line);
    this.#keepOrder();
  }

  get size() {
    return [...this.#lines.values()].reduce((sum, line) => sum + line.quantity, 0);
  }

  async add(item) {
    const quantity = Math.min(MOST, (this.#lines.get(item.item_id)?.quantity ?? 0) + 1);
    this.#lines.set(item.item_id, { item, quantity });
    this.#changed();
    await happened("cart", item, { atOnce: true, quantity: 1 });
  }

  empty() {
    this.#lines.clear();
    this.#order.clear();
    this.#keepOrder();
    this.#changed();
  }

  /** Buys something that need not be in the cart. Where the shop does not answer, the cart says so. */
  async buy(lines, inCart = false) {
    if (this.#order.size) return this.#again(); // one order at a time: nothing is bought twice
    this.#trouble = "";
    for (const { item, quantity } of lines) this.#order.set(newId(), { item, quantity, inCart });
    this.#keepOrder();
    await Promise.all([...this.#order].map(([id, { item, quantity }]) => happened("purchase", item, { id, quantity, atOnce: true })));
    return this.#say();
  }

  show() {
    this.#draw();
    this.#dialog.showModal();
  }

  #set(item, quantity) {
    if (quantity > (this.#lines.get(item.item_id)?.quantity ?? 0)) happened("cart", item, { quantity: 1 });
    if (quantity < 1) this.#lines.delete(item.item_id);
    else this.#lines.set(item.item_id, { item, quantity: Math.min(MOST, quantity) });
    this.#changed();
    this.#draw();
  }

  async #again() {
    await flush();
    this.#say();
  }

  #settled({ event_id: id }, outcome) {
    const line = this.#order.get(id);
    if (!line) return;
    this.#order.delete(id);
    this.#keepOrder();
    if (outcome === "kept") {
      this.#done.push(line);
      if (line.inCart) this.#take(line);
    } else this.#trouble = `The shop did not take “${line.item.title}”. Nothing was bought of it.`;
    if (!this.#order.size) this.#finish();
  }

  #take({ item, quantity }) {
    const left = (this.#lines.get(item.item_id)?.quantity ?? 0) - quantity;
    if (left < 1) this.#lines.delete(item.item_id);
    else this.#lines.set(item.item_id, { item, quantity: left });
    this.#changed();
  }

  #finish() {
    const done = this.#done.splice(0);
    if (!this.#trouble) this.#dialog.close();
    if (done.length) this.#doing.bought(done, together(done));
    this.#say();
  }

  /** What became of the order, where it is not good news. */
  #say() {
    if (this.#dialog.open) this.#draw();
    else if (this.#order.size || this.#trouble) this.show();
  }

  #keepOrder() {
    keep(localStorage, ORDER, JSON.stringify([...this.#order].map(([id, line]) => ({ id, ...line }))));
  }

  #changed() {
    keep(localStorage, PLACE, JSON.stringify([...this.#lines.values()]));
    this.#doing.changed();
  }

  /** Redrawn at every change: the keyboard stays on the button it was on, or goes to the next that is there. */
  #draw() {
    const focused = this.#dialog.contains(document.activeElement) ? document.activeElement.dataset.does : undefined;
    const lines = [...this.#lines.values()];
    const beside = el("div", { class: "beside" });
    this.#dialog.replaceChildren(...[
      el("div", { class: "panel-head" }, el("h2", { id: "cart-title" }, "Your cart"),
        el("button", { type: "button", class: "quiet", "data-does": "close", on: { click: () => this.#dialog.close() } }, "Close")),
      lines.length ? el("ul", { class: "lines" }, lines.map((line) => this.#line(line)))
        : el("p", { class: "empty" }, "Nothing here yet."),
      lines.length > 0 && el("div", { class: "sum" }, el("span", {}, "Together"), el("strong", {}, together(lines))),
      ...(this.#order.size ? this.#pending() : []),
      this.#trouble && el("p", { class: "notice", role: "alert" }, this.#trouble),
      lines.length > 0 && !this.#order.size && el("button", { type: "button", class: "primary wide", "data-does": "buy",
        on: { click: () => this.buy(lines, true) } }, "Buy"),
      beside,
    ].filter(Boolean));
    const again = focused && this.#dialog.querySelector(`[data-does="${CSS.escape(focused)}"]:not(:disabled)`);
    (again || (focused && this.#dialog.querySelector("[data-does]")))?.focus();
    this.#fill(beside);
  }

  /** An order that the shop has not confirmed: it is not bought twice, and it is not thanked for. */
  #pending() {
    const things = [...this.#order.values()].map(({ item, quantity }) => `${quantity} × ${item.title}`).join(", ");
    return [el("p", { class: "notice", role: "alert" },
      `Not bought yet: ${things}. The shop has not confirmed it. Your order is kept on this device and is sent again by itself; it counts once.`),
      el("button", { type: "button", class: "primary wide", "data-does": "again", on: { click: () => this.#again() } }, "Try again")];
  }

  async #fill(beside) {
    const drawn = (this.#drawn += 1);
    if (!this.#lines.size) return;
    const answer = await recommend({ surface: "cart", cart_item_ids: [...this.#lines.keys()], size: NUM_BESIDE, ads: false }).catch(() => null);
    if (drawn !== this.#drawn || !answer?.items.length) return;
    const items = this.#doing.stamp(answer, "cart");
    beside.replaceChildren(drawRow({ title: "Goes with your cart", items }, (item) => {
      this.#dialog.close();
      this.#doing.open(item);
    }, "h3"));
  }

  #line({ item, quantity }) {
    const step = (does, sign, words, number) => el("button", {
      type: "button", class: "step", "aria-label": `${words} ${item.title}`, "data-does": `${does}-${item.item_id}`,
      disabled: this.#order.size > 0 || number < 1 || number > MOST, on: { click: () => this.#set(item, number) },
    }, sign);
    return el("li", { "data-line": item.item_id }, el("span", { class: "window small" }, tile(item)),
      el("div", { class: "facts" }, el("span", { class: "name" }, item.title), priceOf(item),
        el("div", { class: "quantity" },
          step("less", "−", "One less of", quantity - 1),
          el("output", { "aria-label": "Quantity" }, quantity),
          step("more", "+", "One more of", quantity + 1),
          el("button", { type: "button", class: "quiet", "aria-label": `Remove ${item.title}`, "data-does": `remove-${item.item_id}`, disabled: this.#order.size > 0,
            on: { click: () => this.#set(item, 0) } }, "Remove"))));
  }
}

/** One sum for each currency; what has no price is said. */
function together(lines) {
  const sums = new Map();
  for (const { item, quantity } of lines) {
    if (item.price_micros !== null) sums.set(item.currency, (sums.get(item.currency) ?? 0) + item.price_micros * quantity);
  }
  const words = [...sums].map(([currency, micros]) => money(micros, currency));
  if (lines.some(({ item }) => item.price_micros === null)) words.push("price on request");
  return words.join(" + ");
}

function remembered(place) {
  try {
    const lines = JSON.parse(kept(localStorage, place) ?? "[]");
    return lines.filter(({ item, quantity }) => item?.item_id && item.category && quantity >= 1 && quantity <= MOST);
  } catch {
    return []; // switched off, or of another time
  }
}
