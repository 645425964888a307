/** Languages: messages by name in two catalogues, numbers and shares as they are written there. */

import { english } from "./english.js";
import { german } from "./german.js";

const KEPT = "askew.language";
/** @type {Record<string, Record<string, string>>} */
const catalogues = { en: english, de: german };
export const LANGUAGES = Object.keys(catalogues);

/** @type {string} */
export let language = chosen();
document.documentElement.lang = language;

function chosen() {
  const kept = localStorage.getItem(KEPT);
  const wanted = [kept, ...navigator.languages].map((one) => (one ?? "").slice(0, 2).toLowerCase());
  return wanted.find((one) => one in catalogues) ?? "en";
}

/** @param {string} name */
export function setLanguage(name) {
  language = name in catalogues ? name : "en";
  localStorage.setItem(KEPT, language);
  document.documentElement.lang = language;
}

/**
 * Return a message with its values. "one|many" is chosen by the value `n`.
 * @param {string} name
 * @param {Record<string, string | number>} [values]
 */
export function t(name, values = {}) {
  const found = catalogues[language]?.[name] ?? name;
  const forms = found.split("|");
  const form = forms.length > 1 && values["n"] !== 1 ? forms[1] : forms[0];
  return (form ?? "").replace(/\{(\w+)\}/g, (_, part) => {
    const value = values[part] ?? "";
    return typeof value === "number" ? number(value) : value;
  });
}

/**
 * @param {number} value
 * @param {number} [digits] after the point
 */
export function number(value, digits) {
  const how = digits === undefined ? {} : { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat(language, how).format(value);
}

/**
 * @param {number} share from 0 to 1
 * @param {number} [digits]
 */
export function percent(share, digits = 0) {
  const how = { style: /** @type {const} */ ("percent"), maximumFractionDigits: digits };
  return new Intl.NumberFormat(language, how).format(share);
}
