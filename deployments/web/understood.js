/** What the shop took the words of a search for: chips that can be removed, and what could not be followed. */

import { el } from "./element.js";
import { money } from "./words.js";

/** [what it was taken for, the words] of each thing understood. */
export function readings(understood, currency) {
  if (!understood) return [];
  const { filters, excluded, phrases, wishes, synonyms } = understood;
  return [
    ...filters.map((one) => [limitWords(one, currency), one.words]),
    ...excluded.map((one) => [`without ${one.value}`, one.words]),
    ...phrases.map((one) => [`exactly “${one.value}”`, one.words]),
    ...wishes.map((one) => [`${one.value} first`, one.words]),
    ...sameWords(synonyms).map(([words, values]) => [`${words} or ${values.join(" or ")}`, words]),
  ];
}

/** A chip for each thing understood. `refuse` is called with its words. */
export function readChips(understood, currency, refuse) {
  return readings(understood, currency).map(([text, words]) => el("li", {}, el("button", {
    type: "button", class: "read", title: `Understood from “${words}”`,
    "aria-label": `${text}, understood from “${words}”: take as written`, on: { click: () => refuse(words) },
  }, text, el("span", { "aria-hidden": "true" }, " ✕"))));
}

/** What was read otherwise than it was written, or not followed, in a sentence each. */
export function unreadWords(slate) {
  if (!slate?.understood) return "";
  const { understood, ignored } = slate;
  return [
    ...understood.corrected.map(({ words, value }) => `Searched for “${value}” instead of “${words}”.`),
    ...understood.ignored.map(({ words, why }) => `“${words}” was ignored: ${why}.`),
    ...ignored.filter(({ field }) => field === "currency").map(({ value, why }) => `Prices are compared in ${value}: ${why}.`),
  ].join(" ");
}

/** Words that are searched for, each with all that may stand for it. */
function sameWords(synonyms) {
  const found = new Map();
  for (const { words, value } of synonyms) found.set(words, [...(found.get(words) ?? []), value]);
  return [...found];
}

function limitWords(one, currency) {
  if (one.field !== "price") return one.values.map((value) => value.split(" > ").at(-1)).join(" or ");
  const [least, most] = [one.price_min_micros, one.price_max_micros].map((micros) => micros !== null && money(micros, one.currency ?? currency));
  if (least && most) return `${least} – ${most}`;
  return most ? `up to ${most}` : `${least} and up`;
}
