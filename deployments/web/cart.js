/** What the shopper is about to buy. Kept on this page only; the shop knows it from the events. */

import { priceOf } from "./cards.js";
import { el } from "./element.js";
import { happened } from "./events.js";
import { tile } from "./tiles.js";
import { money } from "./words.js";

export class Cart {
  #lines = new Map(); // item_id -> { item, quantity }
  #changed;

  constructor(changed) {
    this.#changed = changed;
  }

  get itemIds() {
    return [...this.#lines.keys()];
  }

  get size() {
    return [...this.#lines.values()].reduce((sum, line) => sum + line.quantity, 0);
  }

  async add(item) {
    const quantity = (this.#lines.get(item.item_id)?.quantity ?? 0) + 1;
    this.#lines.set(item.item_id, { item, quantity });
    await happened("cart", item, { atOnce: true, quantity: 1 });
    this.#changed();
  }

  remove(itemId) {
    this.#lines.delete(itemId);
    this.#changed();
  }

  async buyAll() {
    const sent = [...this.#lines.values()].map(({ item, quantity }) => happened("purchase", item, { quantity, atOnce: true }));
    this.empty();
    await Promise.all(sent);
  }

  empty() {
    this.#lines.clear();
    this.#changed();
  }

  draw(dialog, bought) {
    const lines = [...this.#lines.values()];
    const total = lines.reduce((sum, { item, quantity }) => sum + (item.price_micros ?? 0) * quantity, 0);
    dialog.replaceChildren(...[
      el("div", { class: "panel-head" }, el("h2", { id: "cart-title" }, "Your cart"),
        el("button", { type: "button", class: "quiet", on: { click: () => dialog.close() } }, "Close")),
      lines.length ? el("ul", { class: "lines" }, lines.map((line) => this.#line(line, dialog, bought)))
        : el("p", { class: "empty" }, "Nothing here yet."),
      lines.length > 0 && el("div", { class: "sum" }, el("span", {}, "Together"), el("strong", {}, money(total, lines[0].item.currency))),
      lines.length > 0 && el("button", { type: "button", class: "primary wide", on: { click: async () => {
        dialog.close();
        await this.buyAll();
        bought();
      } } }, "Buy"),
    ].filter(Boolean));
  }

  #line({ item, quantity }, dialog, bought) {
    return el("li", {}, el("span", { class: "window small" }, tile(item)),
      el("span", { class: "facts" }, el("span", { class: "name" }, item.title), el("span", { class: "line" }, priceOf(item), quantity > 1 && ` × ${quantity}`)),
      el("button", { type: "button", class: "quiet", "aria-label": `Remove ${item.title}`, on: { click: () => {
        this.remove(item.item_id);
        this.draw(dialog, bought);
      } } }, "Remove"));
  }
}
