/** What a person chooses for this page: light or dark, language, key. */

import { key } from "./api.js";
import { h } from "./dom.js";
import { language, LANGUAGES, setLanguage, t } from "./i18n.js";

const KEPT = "askew.theme";

/** Take up the theme that was chosen before; without one the system's is used. */
export function applyTheme() {
  const kept = localStorage.getItem(KEPT);
  if (kept === "light" || kept === "dark") document.documentElement.dataset["theme"] = kept;
}

function isDark() {
  const chosen = document.documentElement.dataset["theme"];
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

export function themeButton() {
  const name = () => t(isDark() ? "theme.light" : "theme.dark");
  const button = h("button", { type: "button", class: "icon", title: name(), "aria-label": name(), onclick: () => {
    const chosen = isDark() ? "light" : "dark";
    document.documentElement.dataset["theme"] = chosen;
    localStorage.setItem(KEPT, chosen);
    button.setAttribute("aria-label", name());
    button.title = name();
    window.dispatchEvent(new CustomEvent("askew-theme"));
  } }, h("span", { "aria-hidden": true }, "◐"));
  return button;
}

/** @param {() => void} changed */
export function languageChoice(changed) {
  const select = h("select", { "aria-label": t("language"), onchange: () => {
    setLanguage(select.value);
    changed();
  } }, LANGUAGES.map((name) => h("option", { value: name, lang: name, selected: name === language }, name.toUpperCase())));
  return select;
}

/** A button that opens the dialog for the key. */
export function keyButton() {
  const text = key.get() ? t("key.given") : t("key.button");
  return h("button", { type: "button", class: key.get() ? "given" : "", onclick: () => keyDialog() }, text);
}

/**
 * Ask for the key, which is kept until the tab is closed. With another key the page begins anew, so that nothing that the
 * former one was shown is left.
 * @param {string} [why]
 */
export function keyDialog(why) {
  if (document.querySelector("dialog.key")) return;
  const input = h("input", { type: "password", id: "key", autocomplete: "off", spellcheck: "false", value: key.get() });
  /** @param {string} secret */
  const take = (secret) => {
    key.set(secret);
    location.reload();
  };
  const dialog = h("dialog", { class: "key", "aria-labelledby": "key-title", onclose: () => dialog.remove() },
    h("form", { method: "dialog", onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      take(input.value.trim());
    } }, h("h2", { id: "key-title" }, t("key.title")), why ? h("p", { class: "failure" }, why) : null, h("p", { class: "soft" }, t("key.help")),
    h("label", { for: "key" }, t("key.label")), input,
    h("div", { class: "row" }, h("button", { class: "primary" }, t("key.use")),
      key.get() ? h("button", { type: "button", onclick: () => take("") }, t("key.forget")) : null,
      h("button", { type: "button", onclick: () => dialog.close() }, t("close")))));
  document.body.append(dialog);
  dialog.showModal();
  input.focus();
}
