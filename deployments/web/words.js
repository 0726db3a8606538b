/** Numbers as people read them. */

const MICROS = 1e6;

export function money(micros, currency) {
  if (micros === null || micros === undefined) return "";
  const amount = micros / MICROS;
  if (!currency) return amount.toFixed(2);
  try {
    return new Intl.NumberFormat(undefined, { style: "currency", currency }).format(amount);
  } catch {
    return `${amount.toFixed(2)} ${currency}`; // a code that is no currency
  }
}

export const count = (number) => new Intl.NumberFormat().format(number);

export const plural = (number, one, many) => `${count(number)} ${number === 1 ? one : many}`;

/** Probabilities keep two significant digits: 0.31 %, 4.2 %, 31 %. */
export function percent(share) {
  if (share === null || share === undefined) return "–";
  return `${Number((100 * share).toPrecision(2))} %`;
}

export function milliseconds(ms) {
  return ms >= 10 ? `${Math.round(ms)} ms` : `${Number(ms.toPrecision(2))} ms`;
}

/** "chosen_together" -> "Chosen together". */
export function spoken(code) {
  const words = String(code).replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Orders by their names in the API. */
export const SORTS = {
  relevance: "Relevance", price_asc: "Price, low to high", price_desc: "Price, high to low", rating: "Rating", newest: "Newest first",
};
