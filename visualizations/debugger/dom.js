/** Makes and finds elements. */

/**
 * The element with an id; each id that is asked for is in index.html.
 *
 * @param {string} id
 * @returns {any}
 */
export const at = (id) => document.getElementById(id);

/**
 * Makes an element. Texts stay texts, never markup, because they may come from a peer.
 *
 * @param {string} name
 * @param {Record<string, unknown>} properties
 * @param {...(Node | string)} children
 * @returns {any}
 */
export function element(name, properties = {}, ...children) {
  const { dataset, ...others } = properties;
  const made = Object.assign(document.createElement(name), others);
  Object.assign(made.dataset, dataset ?? {});
  made.append(...children);
  return made;
}

/**
 * Sets a text if it differs, so that a screen reader does not read it again.
 *
 * @param {string} id
 * @param {string} text
 */
export function show(id, text) {
  if (at(id).textContent !== text) at(id).textContent = text;
}

const SVG = 'http://www.w3.org/2000/svg';

/**
 * Makes an element of a picture.
 *
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 * @param {...(Node | string)} children
 * @returns {SVGElement}
 */
export function drawn(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.append(...children);
  return made;
}

/** @param {number} ms */
export const seconds = (ms) => (ms / 1_000).toFixed(3);
