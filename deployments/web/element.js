/** Making elements. Text is always text: nothing from the server is ever parsed as HTML. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {string} tag
 * @param {Object} settings attributes; `on` holds listeners by event name; null, undefined and false leave one out.
 * @param {...(Node|string|number|null|false|Array)} children
 */
export function el(tag, settings = {}, ...children) {
  return fill(document.createElement(tag), settings, children);
}

export function svg(tag, settings = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), settings, children);
}

export const byId = (id) => document.getElementById(id);

function fill(node, { on = {}, ...attributes }, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    node.setAttribute(name, value === true ? "" : value);
  }
  for (const [name, listener] of Object.entries(on)) node.addEventListener(name, listener);
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}
