/** Filters, made from the fields that the documents have. */

import { ask, place } from "./api.js";
import { h, later } from "./dom.js";
import { number, t } from "./i18n.js";

/** @typedef {{name: string, documents: number, types: string[], least: string | number, most: string | number}} Field */

const MOST = 24;

/**
 * Return a panel of filters that fills itself, and a way to read the filter: null if nothing is filtered.
 * @param {string} index
 * @param {() => void} changed
 * @param {AbortSignal} signal
 */
export function filters(index, changed, signal) {
  /** @type {(() => Record<string, unknown> | null)[]} */
  const readers = [];
  const soon = later(200, () => {
    count();
    changed();
  });
  const shown = h("span", { class: "count" });
  const form = h("form", { class: "filters", oninput: soon, onsubmit: (/** @type {Event} */ event) => event.preventDefault(),
    onreset: () => setTimeout(soon) });
  const panel = h("details", { class: "filter", hidden: true }, h("summary", {}, t("filter.title"), " ", shown), form);

  function where() {
    const parts = readers.map((read) => read()).filter((one) => one !== null);
    return parts.length ? Object.assign({}, ...parts) : null;
  }

  function count() {
    const active = readers.filter((read) => read() !== null).length;
    shown.textContent = active ? t("filter.active", { n: active }) : "";
  }

  void ask("GET", place(index, "/fields"), undefined, signal).then(({ fields }) => {
    for (const field of /** @type {Field[]} */ (fields).slice(0, MOST)) {
      const made = control(field);
      if (!made) continue;
      readers.push(made.read);
      form.append(made.element);
    }
    form.append(h("button", { type: "reset" }, t("filter.clear")));
    panel.hidden = !readers.length;
  }, () => undefined);
  return { panel, where };
}

/** @param {Field} field */
function control(field) {
  const [type = ""] = field.types;
  if (type === "number") return range(field, "number");
  if (type === "date") return range(field, "date");
  if (type === "true or false") return yesOrNo(field);
  return type === "string" ? part(field) : null;
}

/**
 * From and to, both included.
 * @param {Field} field
 * @param {"number" | "date"} type
 */
function range(field, type) {
  const ends = [field.least, field.most].map((end) => (type === "date" ? String(end).slice(0, 10) : number(Number(end))));
  const [from, to] = ["filter.from", "filter.to"].map((name, n) => {
    const hint = { placeholder: ends[n] ?? "", "aria-label": `${field.name}: ${t(name)}`, title: t(name) };
    return h("input", { type, step: "any", ...hint });
  });
  const read = () => {
    /** @type {Record<string, unknown>} */
    const found = {};
    for (const [operator, input] of /** @type {[string, HTMLInputElement | undefined][]} */ ([["$gte", from], ["$lte", to]])) {
      if (input?.value) found[operator] = type === "number" ? Number(input.value) : input.value;
    }
    return Object.keys(found).length ? { [field.name]: found } : null;
  };
  const legend = h("legend", {}, h("bdi", {}, field.name));
  return { element: h("fieldset", {}, legend, h("span", { class: "pair" }, from, h("span", { "aria-hidden": true }, "–"), to)), read };
}

/** @param {Field} field */
function part(field) {
  const input = h("input", { type: "text", placeholder: t("filter.contains"), maxlength: 1000 });
  const read = () => (input.value ? { [field.name]: { $contains: input.value } } : null);
  return { element: h("label", {}, h("bdi", {}, field.name), input), read };
}

/** @param {Field} field */
function yesOrNo(field) {
  const options = [["", t("filter.any")], ["true", t("filter.yes")], ["false", t("filter.no")]];
  const select = h("select", {}, options.map(([value, text]) => h("option", { value }, text)));
  const read = () => (select.value ? { [field.name]: select.value === "true" } : null);
  return { element: h("label", {}, h("bdi", {}, field.name), select), read };
}
