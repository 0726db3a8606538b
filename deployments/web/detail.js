/** The panel of one item: what it is, what goes with it, and the buttons that matter. */

import { recommend } from "./api.js";
import { card, priceOf, rating } from "./cards.js";
import { el } from "./element.js";
import { happened } from "./events.js";
import { tile } from "./tiles.js";
import { spoken } from "./words.js";

const NUM_RELATED = 12;
const ROWS = [["chosen_together", "Often chosen together"], ["similar", "Similar"], ["", "You may also like"]];

/** @param {HTMLDialogElement} dialog; @param {Object} doing what the buttons do: addToCart, buy, open, stamp. */
export function showDetail(dialog, item, doing) {
  const related = el("div", { class: "related", "aria-busy": "true" });
  dialog.replaceChildren(
    el("button", { type: "button", class: "quiet close", "aria-label": "Close", on: { click: () => dialog.close() } }, "✕"),
    el("div", { class: "item" },
      el("div", { class: "window large" }, tile(item)),
      el("div", { class: "about" },
        el("p", { class: "path" }, item.category.join(" › ")),
        el("h2", { id: "detail-title" }, item.title),
        el("p", { class: "line" }, priceOf(item), rating(item)),
        el("p", { class: item.in_stock ? "stock" : "stock out" }, item.in_stock ? "In stock" : "Out of stock"),
        item.description && el("p", { class: "description" }, item.description),
        attributes(item),
        buttons(item, doing),
        el("p", { class: "reason" }, item.sponsored ? "Sponsored" : item.reason?.text),
      ),
    ),
    related,
  );
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
  fillRelated(related, item, doing);
}

function attributes(item) {
  const rows = [["Brand", item.brand], ...Object.entries(item.attributes).map(([name, value]) => [spoken(name), value])];
  return el("dl", { class: "attributes" }, rows.filter(([, value]) => value).map(([name, value]) =>
    el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

function buttons(item, doing) {
  const favourite = el("button", { type: "button", class: "quiet", "aria-pressed": "false", on: { click: () => {
    if (favourite.getAttribute("aria-pressed") === "true") return;
    favourite.setAttribute("aria-pressed", "true");
    favourite.textContent = "♥ Liked";
    happened("favourite", item);
  } } }, "♡ Like");
  return el("div", { class: "buttons" },
    el("button", { type: "button", class: "primary", disabled: !item.in_stock, on: { click: () => doing.addToCart(item) } }, "Add to cart"),
    el("button", { type: "button", disabled: !item.in_stock, on: { click: () => doing.buy(item) } }, "Buy now"),
    favourite,
  );
}

async function fillRelated(place, item, doing) {
  let answer;
  try {
    answer = await recommend({ surface: "item", item_id: item.item_id, size: NUM_RELATED });
  } catch {
    place.remove(); // the item itself is here; what goes with it is a courtesy
    return;
  }
  const items = doing.stamp(answer, "item");
  const known = ROWS.slice(0, -1).map(([code]) => code);
  const rows = ROWS.map(([code, title]) =>
    [title, items.filter((other) => (code ? other.reason.code === code : !known.includes(other.reason.code)))]);
  place.removeAttribute("aria-busy");
  place.replaceChildren(...rows.filter(([, some]) => some.length).map(([title, some]) =>
    el("section", { class: "row" }, el("h3", {}, title), el("ul", { class: "strip" }, some.map((other) => card(other, doing.open))))));
}
