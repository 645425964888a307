/** Elements: made from tag, properties and children. Texts become text nodes and never markup. */

/** @typedef {Node | string | number | null | undefined | false} Child */
/** @typedef {Record<string, unknown>} Props */

/**
 * Make an element. Properties that begin with "on" are listeners, `class` and `style` are what they say, `value` and
 * `checked` are set as properties; of the others `true` is an empty attribute, and false, null and undefined are none.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Props} [props]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) set(made, name, value);
  made.append(...nodes(children));
  return made;
}

/**
 * @param {HTMLElement} element
 * @param {string} name
 * @param {unknown} value
 */
function set(element, name, value) {
  if (value === false || value === null || value === undefined) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
  else if (name === "style") {
    for (const [property, one] of Object.entries(/** @type {Record<string, string>} */ (value))) {
      element.style.setProperty(property, one);
    }
  } else if (name === "value" || name === "checked") Object.assign(element, { [name]: value });
  else if (name.startsWith("aria-")) element.setAttribute(name, String(value)); // an empty one would say nothing
  else element.setAttribute(name, value === true ? "" : String(value));
}

/**
 * @param {(Child | Child[])[]} children
 * @returns {(Node | string)[]}
 */
function nodes(children) {
  return children
    .flat()
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : String(child)));
}

/**
 * Replace what is in an element.
 * @param {Element} element
 * @param {...(Child | Child[])} children
 */
export function fill(element, ...children) {
  element.replaceChildren(...nodes(children));
}

/**
 * Return a function that calls another once nothing has called it for some milliseconds.
 * @template {unknown[]} A
 * @param {number} wait
 * @param {(...given: A) => void} then
 */
export function later(wait, then) {
  let timer = 0;
  /** @param {A} given */
  const call = (...given) => {
    clearTimeout(timer);
    timer = window.setTimeout(() => then(...given), wait);
  };
  call.cancel = () => clearTimeout(timer);
  return call;
}

/**
 * Offer a text as a file.
 * @param {string} name
 * @param {string} text
 * @param {string} type
 */
export function download(name, text, type) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = h("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  window.setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/**
 * Write rows as CSV (RFC 4180), with a line of names.
 * @param {string[]} names
 * @param {(string | number)[][]} rows
 */
export function csv(names, rows) {
  /** @param {string | number} value */
  const cell = (value) => {
    const text = String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [names, ...rows].map((row) => row.map(cell).join(",") + "\r\n").join("");
}

const said = h("p", { class: "unseen", role: "status", "aria-live": "polite", id: "said" });
document.body.append(said);

/**
 * Tell those who hear the page what has changed on it.
 * @param {string} text
 */
export function say(text) {
  said.textContent = text;
}
