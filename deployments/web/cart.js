/** What the shopper is about to buy. Kept in this browser; the shop knows it from the events. */

import { recommend } from "./api.js";
import { priceOf } from "./cards.js";
import { el } from "./element.js";
import { happened } from "./events.js";
import { keep, kept } from "./kept.js";
import { drawRow } from "./rows.js";
import { tile } from "./tiles.js";
import { money } from "./words.js";

const PLACE = "vitrine-cart";
const MOST = 99;
const NUM_BESIDE = 8;

export class Cart {
  #lines = new Map(); // item_id -> { item, quantity }
  #dialog;
  #doing;
  #drawn = 0;

  /** @param {Object} doing `changed()`, `bought(items)`, `open(item)` and `stamp(slate, surface)`. */
  constructor(dialog, doing) {
    this.#dialog = dialog;
    this.#doing = doing;
    for (const line of remembered()) this.#lines.set(line.item.item_id, line);
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
    this.#changed();
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

  async #buy() {
    const lines = [...this.#lines.values()];
    this.#dialog.close();
    this.empty();
    await Promise.all(lines.map(({ item, quantity }) => happened("purchase", item, { quantity, atOnce: true })));
    this.#doing.bought(lines.map(({ item }) => item));
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
      lines.length > 0 && el("button", { type: "button", class: "primary wide", "data-does": "buy", on: { click: () => this.#buy() } }, "Buy"),
      beside,
    ].filter(Boolean));
    const again = focused && this.#dialog.querySelector(`[data-does="${CSS.escape(focused)}"]:not(:disabled)`);
    (again || (focused && this.#dialog.querySelector("[data-does]")))?.focus();
    this.#fill(beside);
  }

  async #fill(beside) {
    const drawn = (this.#drawn += 1);
    if (!this.#lines.size) return;
    const answer = await recommend({ surface: "cart", cart_item_ids: [...this.#lines.keys()], size: NUM_BESIDE }).catch(() => null);
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
      disabled: number < 1 || number > MOST, on: { click: () => this.#set(item, number) },
    }, sign);
    return el("li", { "data-line": item.item_id }, el("span", { class: "window small" }, tile(item)),
      el("div", { class: "facts" }, el("span", { class: "name" }, item.title), priceOf(item),
        el("div", { class: "quantity" },
          step("less", "−", "One less of", quantity - 1),
          el("output", { "aria-label": "Quantity" }, quantity),
          step("more", "+", "One more of", quantity + 1),
          el("button", { type: "button", class: "quiet", "aria-label": `Remove ${item.title}`, "data-does": `remove-${item.item_id}`,
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

function remembered() {
  try {
    const lines = JSON.parse(kept(localStorage, PLACE) ?? "[]");
    return lines.filter(({ item, quantity }) => item?.item_id && item.category && quantity >= 1 && quantity <= MOST);
  } catch {
    return []; // switched off, or of another time
  }
}
