/** The page: which index and which view are shown, and the frame around them. */

import { aboutView } from "./about.js";
import { ask, key, place } from "./api.js";
import { duplicatesView } from "./duplicates.js";
import { fill, h } from "./dom.js";
import { evaluateView } from "./evaluate.js";
import { faqView } from "./faq.js";
import { t } from "./i18n.js";
import { mapView } from "./map.js";
import { aborted, empty, failure } from "./parts.js";
import { searchView } from "./search.js";
import { applyTheme, keyButton, keyDialog, languageChoice, themeButton } from "./settings.js";

/** @type {Record<string, (context: import("./parts.js").Context) => HTMLElement>} */
const VIEWS = { search: searchView, faq: faqView, evaluate: evaluateView, duplicates: duplicatesView, map: mapView, about: aboutView };
const OF_FAQ = ["faq", "about"];
const OF_INDEX = ["search", "evaluate", "duplicates", "map", "about"];

const header = h("header", { class: "top" });
const main = h("main", { id: "main", tabindex: "-1" });
const skip = h("a", { class: "skip", href: "#main", onclick: (/** @type {Event} */ event) => {
  event.preventDefault();
  main.focus();
} });
/** @type {string[]} */
let names = [];
let ending = new AbortController();

/** Return the index and the view that the address names. */
function where() {
  const [, name = "", view = ""] = location.hash.split("/"); // names need no escapes
  return { name, view };
}

/** @param {string} name @param {string} [view] */
function address(name, view = "") {
  return `#/${name}/${view}`;
}

async function start() {
  skip.textContent = t("skip");
  try {
    names = (await ask("GET", "v1/indexes")).indexes;
  } catch (error) {
    names = [];
    frame([], "", "");
    return fill(main, failure(error));
  }
  if (!names.length) {
    frame([], "", "");
    return fill(main, empty(t("none"), "askew index NAME FILES… --task question-answering"));
  }
  const { name } = where();
  if (!names.includes(name)) history.replaceState(null, "", address(names[0] ?? ""));
  await show(false);
}

/** Show what the address names. moved: a person went there, so the focus follows. @param {boolean} moved */
async function show(moved) {
  ending.abort();
  ending = new AbortController();
  const { signal } = ending;
  const { name, view } = where();
  const { hash } = location;
  main.inert = true; // what is typed into a view that is about to go would be lost
  try {
    const about = await ask("GET", place(name), undefined, signal);
    const views = about.task === "faq" ? OF_FAQ : OF_INDEX;
    const chosen = views.includes(view) ? view : (views[0] ?? "about");
    frame(views, name, chosen);
    document.title = `${t(`view.${chosen}`)} · ${name} · askew`;
    const make = VIEWS[chosen];
    if (make) fill(main, h("h1", {}, t(`view.${chosen}`)), make({ name, about, signal }));
    main.setAttribute("data-address", hash);
    if (moved) main.focus();
    else /** @type {HTMLElement | null} */ (main.querySelector(".query"))?.focus();
  } catch (error) {
    if (aborted(error)) return;
    frame([], name, "");
    fill(main, failure(error));
  }
}

/** @param {string[]} views @param {string} name @param {string} chosen */
function frame(views, name, chosen) {
  main.inert = false;
  const select = h("select", { onchange: () => {
    location.hash = address(select.value, views.includes(chosen) ? chosen : "");
  } }, names.map((one) => h("option", { value: one, selected: one === name }, one)));
  fill(header,
    h("a", { class: "brand", href: "#/", "aria-label": "askew" }, "askew"),
    names.length ? h("label", { class: "index" }, h("span", { class: "unseen" }, t("index")), select) : null,
    h("nav", { "aria-label": t("views") }, views.map((view) =>
      h("a", { href: address(name, view), "aria-current": view === chosen ? "page" : null }, t(`view.${view}`)))),
    h("div", { class: "tools" }, keyButton(), languageChoice(restart), themeButton()));
}

function restart() {
  void start();
}

applyTheme();
document.body.prepend(skip, header, main);
window.addEventListener("hashchange", () => void (names.includes(where().name) ? show(true) : start()));
window.addEventListener("askew-locked", () => keyDialog(t(key.get() ? "key.wrong" : "key.needed")));
void start();
