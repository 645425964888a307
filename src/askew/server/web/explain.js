/** Why a document has its rank: the panel of an explanation. */

import { ask, place } from "./api.js";
import { fill, h } from "./dom.js";
import { number, percent, t } from "./i18n.js";
import { bar, failure, table } from "./parts.js";
import { marked } from "./text.js";

/** @typedef {{word: string, start: number, end: number, effect: number}} Word */

const WORDS = 6;

/**
 * Open the panel for a document. It closes by its button or Escape, and the focus goes back to where it was.
 * @param {string} index
 * @param {string} query
 * @param {string} document_
 * @param {unknown} where
 */
export function explain(index, query, document_, where) {
  const body = h("div", { class: "panel-body" }, h("p", { role: "status" }, t("explain.wait")));
  const close = h("button", { type: "button", class: "close", onclick: () => panel.close() }, t("close"));
  const panel = h("dialog", { class: "panel", "aria-labelledby": "explain-title", onclose: () => panel.remove() },
    h("header", {}, h("h2", { id: "explain-title", tabindex: "-1" }, t("explain.title")), close), body);
  panel.addEventListener("click", (event) => {
    if (event.target === panel) panel.close();
  });
  document.body.append(panel);
  panel.showModal();
  const filtered = where ? { where } : {};
  ask("POST", place(index, "/explain"), { query, document: document_, ...filtered }).then(
    (found) => fill(body, sections(found)), (error) => fill(body, failure(error)));
}

/** @param {any} found */
function sections(found) {
  return [
    h("p", { class: "lead" }, h("bdi", {}, found.document), " · ", t("explain.query", { query: "" }), h("q", {}, h("bdi", {}, found.query))),
    found.filtered_out ? h("p", { class: "failure" }, t("explain.filtered")) : null,
    h("section", {}, h("h3", {}, t("explain.ranks")), ranks(found), h("p", { class: "soft" }, t("explain.share")), evidence(found)),
    h("section", {}, h("h3", {}, t("explain.words")), h("p", { class: "soft" }, t("explain.words.help")), effects(found.query_words)),
    h("section", {}, h("h3", {}, t("explain.sentence")), h("p", { class: "text" }, strongest(found.sentence_words))),
    h("section", {}, h("h3", {}, t("explain.level")), h("p", {}, t("explain.among", {
      percent: number(found.among_passages.percent, 1), among: found.among_passages.among, median: number(found.among_passages.median, 3),
      score: number(found.dense.score, 3) }))),
    h("section", {}, h("h3", {}, t("explain.roles")), roles(found.roles)),
    h("section", {}, h("h3", {}, t("explain.seen")), given(found)),
  ];
}

/** @param {any} found */
function ranks(found) {
  const rows = ["dense", "lexical", "hybrid"].map((channel) => {
    const { rank, of, score, least_k: least } = found[channel];
    return [t(`reading.${channel}`), rank ? t("explain.rank", { rank, of }) : t("explain.none"), rank ? number(score, 3) : "–", least ? number(least) : "–"];
  });
  return table(t("explain.ranks"), [t("explain.channel"), t("explain.rank.head"), t("explain.score"), t("explain.least")], rows);
}

/** @param {any} found */
function evidence(found) {
  const score = found.evidence.reduce((/** @type {number} */ sum, /** @type {any} */ one) => sum + one.share, 0) || 1;
  return h("ul", { class: "bars" }, found.evidence.map((/** @type {any} */ one) =>
    h("li", {}, h("span", { class: "name" }, t(`reading.${one.channel}`)), bar(one.share / score, percent(one.share / score)))));
}

/** @param {{words: Word[]}} found */
function effects({ words }) {
  if (!words.length) return h("p", {}, t("explain.one"));
  const most = Math.max(...words.map((word) => Math.abs(word.effect)), 1e-9);
  return h("ul", { class: "bars" }, words.slice(0, WORDS).map((word) =>
    h("li", { class: word.effect < 0 ? "less" : "" }, h("span", { class: "name" }, h("bdi", {}, word.word)),
      bar(Math.abs(word.effect) / most, `${word.effect < 0 ? "−" : "+"}${number(Math.abs(word.effect), 3)}`))));
}

/** @param {{text: string, words: Word[]}} found */
function strongest({ text, words }) {
  const top = words.filter((word) => word.effect > 0).slice(0, WORDS);
  return marked(text, top.map(({ start, end }, n) => ({ start, end, name: n < 2 ? "sentence" : "word" })));
}

/** @param {any} roles */
function roles({ alike, reason, query, document: other }) {
  if (alike) return h("p", {}, t("explain.alike"), " ", h("span", { lang: "en", class: "soft" }, reason, "."));
  const rows = [[t("explain.as.query"), number(query.rank), number(query.score, 3)], [t("explain.as.document"), number(other.rank), number(other.score, 3)]];
  return h("div", {}, h("p", { lang: "en", class: "soft" }, h("bdi", {}, reason), "."),
    table(t("explain.roles"), [t("explain.role"), t("explain.rank.head"), t("explain.score")], rows));
}

/** @param {any} found */
function given(found) {
  const { query_given: query, document_given: document_, ledger } = found;
  return h("dl", { class: "facts" },
    h("dt", {}, t("explain.given.query")), h("dd", {}, h("bdi", {}, query.given)),
    h("dt", {}, t("explain.given.document")), h("dd", { class: "long", tabindex: "0" }, h("bdi", {}, document_.given)),
    h("dt", {}, t("explain.tokens")), h("dd", {}, t("explain.tokens.seen", { seen: ledger.seen, tokens: ledger.tokens })));
}
