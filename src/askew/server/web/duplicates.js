/** Duplicate review: pairs with labels and evidence, decided by keys, and written as a table of labels. */

import { place } from "./api.js";
import { csv, download, fill, h, say } from "./dom.js";
import { number, t } from "./i18n.js";
import { empty, runner } from "./parts.js";
import { line, marked } from "./text.js";

/** @typedef {import("./parts.js").Context} Context */
/** @typedef {{id: string, text: string, evidence: [number, number][]}} Side */
/** @typedef {{score: number, verdict: {kind: string, reason: string}, a: Side, b: Side}} Pair */
/** label: 1 for the same, 0 for different, null for undecided. @typedef {{pairs: Pair[], labels: (0 | 1 | null)[], done: number[], at: number}} Review */

const LISTED = 200;
const COLUMNS = ["text1", "text2", "label", "a", "b", "score"];
/** @type {Map<string, Review>} */
const kept = new Map();

/** @param {Context} context */
export function duplicatesView({ name, signal }) {
  const threshold = h("input", { type: "number", min: 0, max: 1, step: 0.01, placeholder: t("pairs.auto") });
  const area = h("div", {});
  const { start, told } = runner(t("pairs.find"), () => ({ path: place(name, "/duplicates"),
    body: threshold.value ? { threshold: Number(threshold.value) } : {} }), (found) => {
    kept.set(name, { pairs: found.pairs, labels: found.pairs.map(() => null), done: [], at: 0 });
    review();
  }, signal);

  function review() {
    const found = kept.get(name);
    if (!found) return fill(area, empty(t("pairs.intro")));
    if (!found.pairs.length) return fill(area, empty(t("pairs.none")));
    fill(area, reviewer(name, found, signal));
  }

  review();
  return h("div", {}, h("div", { class: "row" }, h("label", { class: "field" }, h("span", {}, t("pairs.threshold")), threshold), start), told, area);
}

/**
 * @param {string} name
 * @param {Review} found
 * @param {AbortSignal} signal
 */
function reviewer(name, found, signal) {
  const card = h("div", { class: "card", tabindex: "-1" });
  const list = h("ol", { class: "pairs", "aria-label": t("pairs.list") });
  const status = h("p", { class: "status", role: "status" });
  const acts = {
    same: h("button", { type: "button", class: "same", onclick: () => decide(1) }, t("pairs.same"), " ", h("kbd", {}, "S")),
    different: h("button", { type: "button", class: "different", onclick: () => decide(0) }, t("pairs.different"), " ", h("kbd", {}, "D")),
    undo: h("button", { type: "button", onclick: undo }, t("pairs.undo"), " ", h("kbd", {}, "U")),
    before: h("button", { type: "button", onclick: () => go(found.at - 1), "aria-label": t("pairs.before") }, "←"),
    after: h("button", { type: "button", onclick: () => go(found.at + 1), "aria-label": t("pairs.after") }, "→"),
  };
  const save = h("button", { type: "button", onclick: write }, t("pairs.export"));

  /** @param {0 | 1} label */
  function decide(label) {
    found.labels[found.at] = label;
    found.done.push(found.at);
    say(t(label ? "pairs.said.same" : "pairs.said.different"));
    const open = found.labels.findIndex((one, n) => n > found.at && one === null);
    const next = open >= 0 ? open : found.labels.indexOf(null);
    go(next >= 0 ? next : found.at);
  }

  function undo() {
    const last = found.done.pop();
    if (last === undefined) return;
    found.labels[last] = null;
    say(t("pairs.said.undone"));
    go(last);
  }

  /** @param {number} place_ */
  function go(place_) {
    found.at = Math.max(0, Math.min(found.pairs.length - 1, place_));
    draw();
  }

  function write() {
    const rows = found.pairs.flatMap((pair, n) => {
      const label = found.labels[n];
      return typeof label === "number" ? [[pair.a.text, pair.b.text, label, pair.a.id, pair.b.id, pair.score]] : [];
    });
    download(`${name}-labels.csv`, csv(COLUMNS, rows), "text/csv;charset=utf-8");
  }

  function draw() {
    const pair = found.pairs[found.at];
    if (!pair) return;
    const decided = found.labels.filter((one) => one !== null).length;
    status.textContent = t("pairs.status", { at: found.at + 1, of: found.pairs.length, decided });
    fill(card, h("header", {}, chip(pair.verdict.kind), h("span", { class: "figure" }, number(pair.score, 3)), found.labels[found.at] === null ? null : stamp(found.labels[found.at])),
      h("p", { class: "soft", lang: "en" }, h("bdi", {}, pair.verdict.reason)),
      h("div", { class: "columns two" }, side(pair.a), side(pair.b)));
    acts.undo.disabled = !found.done.length;
    acts.before.disabled = found.at === 0;
    acts.after.disabled = found.at === found.pairs.length - 1;
    save.disabled = !decided;
    const first = Math.max(0, Math.min(found.at - LISTED / 2, found.pairs.length - LISTED));
    list.start = first + 1;
    fill(list, found.pairs.slice(first, first + LISTED).map((one, n) => item(one, first + n)));
    const current = list.querySelector("[aria-current]");
    if (current && list.scrollHeight > list.clientHeight) list.scrollTop = /** @type {HTMLElement} */ (current).offsetTop - list.clientHeight / 2;
  }

  /** @param {Pair} pair @param {number} n */
  function item(pair, n) {
    const label = found.labels[n] ?? null;
    return h("li", {}, h("button", { type: "button", class: "quiet", "aria-current": n === found.at ? "true" : null, onclick: () => {
      go(n);
      card.focus();
    } }, verdict(label), chip(pair.verdict.kind), h("bdi", {}, line(pair.a.text, 70)), h("bdi", {}, line(pair.b.text, 70))));
  }

  /** @type {Record<string, () => void>} */
  const keys = { s: () => decide(1), d: () => decide(0), u: undo, ArrowLeft: () => go(found.at - 1), ArrowRight: () => go(found.at + 1) };
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof Element && event.target.closest("input, textarea, select, dialog");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !card.isConnected) return;
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }, { signal });
  draw();
  return [status, card, h("div", { class: "row acts" }, acts.same, acts.different, acts.undo, acts.before, acts.after, save),
    h("p", { class: "soft" }, t("pairs.keys")), list];
}

/** @param {Side} one */
function side(one) {
  return h("section", { class: "side" }, h("h2", {}, h("bdi", {}, one.id)),
    h("p", { class: "text" }, marked(one.text, one.evidence.map(([start, end]) => ({ start, end, name: "evidence" })))));
}

/** @param {string} kind */
function chip(kind) {
  return h("span", { class: `chip ${kind}` }, t(`label.${kind}`));
}

/** @param {0 | 1 | null | undefined} label */
function stamp(label) {
  return h("span", { class: `decided ${label ? "same" : "different"}` }, t(label ? "pairs.is.same" : "pairs.is.different"));
}

/** @param {0 | 1 | null} label */
function verdict(label) {
  const name = label === 1 ? "same" : label === 0 ? "different" : "open";
  const sign = { same: "=", different: "≠", open: "·" }[name];
  return h("span", { class: `decided ${name}` }, h("span", { "aria-hidden": true }, sign), h("span", { class: "unseen" }, t(`pairs.is.${name}`)));
}
