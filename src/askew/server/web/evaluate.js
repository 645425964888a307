/** Evaluation: results judged by click, and what the judgements say of each mode. */

import { ask, place } from "./api.js";
import { csv, download, fill, h, later, say } from "./dom.js";
import { number, t } from "./i18n.js";
import { aborted, empty, failure, table } from "./parts.js";
import { article } from "./results.js";
import { readings } from "./search.js";

/** @typedef {import("./parts.js").Context} Context */
/** @typedef {import("./results.js").Hit} Hit */
/** Grades by query and document: 1 for relevant, 0 for not. @typedef {Map<string, Map<string, 0 | 1>>} Judged */

const HITS = 10;
const MEASURES = ["nDCG@10", "RR@10", "P@5"];
/** @type {Map<string, Judged>} */
const kept = new Map();

/** @param {Context} context */
export function evaluateView({ name, about }) {
  /** @type {Judged} */
  const judged = kept.get(name) ?? new Map();
  kept.set(name, judged);
  const modes = readings(about).filter((way) => way !== "document");
  const usual = modes.includes(about.mode) ? about.mode : modes[0];
  const input = h("input", { type: "search", id: "judge-query", class: "query", autocomplete: "off", placeholder: t("search.placeholder"), maxlength: 10_000 });
  const list = h("ol", { class: "hits" });
  const figures = h("section", { class: "figures", "aria-live": "polite" });
  const queries = h("ul", { class: "queries" });
  let query = "";
  let asking = new AbortController();
  let measuring = new AbortController();

  async function search() {
    query = input.value.trim();
    if (!query) return fill(list);
    asking.abort();
    asking = new AbortController();
    try {
      const found = await ask("POST", place(name, "/search"), { query, k: HITS, highlight: HITS, mode: usual }, asking.signal);
      const best = found.hits[0]?.score ?? 0;
      fill(list, found.hits.map((/** @type {Hit} */ hit) => article(hit, query, { best, more: [judge(hit)] })));
      say(t("search.found", { n: found.hits.length }));
    } catch (error) {
      if (!aborted(error)) fill(list, h("li", {}, failure(error)));
    }
  }

  /** Two buttons for a hit, of which one may be pressed. @param {Hit} hit */
  function judge(hit) {
    const asked = query;
    const title = hit.title || hit.id;
    const buttons = /** @type {(0 | 1)[]} */ ([1, 0]).map((grade) => {
      const button = h("button", { type: "button", class: grade ? "relevant" : "irrelevant", onclick: () => give(grade) }, t(grade ? "judge.yes" : "judge.no"));
      button.setAttribute("aria-label", `${t(grade ? "judge.yes" : "judge.no")}: ${title}`);
      return { grade, button };
    });
    function press() {
      const given = judged.get(asked)?.get(hit.id);
      for (const { grade, button } of buttons) button.setAttribute("aria-pressed", String(given === grade));
    }
    /** @param {0 | 1} grade */
    function give(grade) {
      const mine = judged.get(asked) ?? new Map();
      if (mine.get(hit.id) === grade) mine.delete(hit.id);
      else mine.set(hit.id, grade);
      if (mine.size) judged.set(asked, mine);
      else judged.delete(asked);
      press();
      measure();
      listQueries();
    }
    press();
    return h("span", { class: "judge", role: "group", "aria-label": t("judge.group") }, buttons.map(({ button }) => button));
  }

  const measure = later(150, measured);
  async function measured() {
    measuring.abort();
    measuring = new AbortController();
    const useful = [...judged].filter(([, grades]) => [...grades.values()].includes(1));
    if (!useful.length) return fill(figures, h("h2", {}, t("judge.measures")), empty(t("judge.intro")));
    const ids = useful.map((_, n) => `q${n + 1}`);
    const body = {
      queries: Object.fromEntries(useful.map(([text], n) => [ids[n], text])),
      qrels: Object.fromEntries(useful.map(([, grades], n) => [ids[n], Object.fromEntries(grades)])),
      measures: MEASURES, mode: modes,
    };
    try {
      const found = await ask("POST", place(name, "/evaluate"), body, measuring.signal);
      fill(figures, h("h2", {}, t("judge.measures")), h("p", { class: "soft" }, t("judge.queries", { n: found.queries })), summary(found), legend());
    } catch (error) {
      if (!aborted(error)) fill(figures, failure(error));
    }
  }

  /** @param {any} found */
  function summary(found) {
    const rows = found.systems.map((/** @type {string} */ system, /** @type {number} */ n) => [
      t(`reading.${modes[n]}`),
      ...MEASURES.map((name_) => interval(found.summaries.find((/** @type {any} */ one) => one.system === system && one.measure === name_))),
    ]);
    return table(t("judge.measures"), [t("search.reading"), ...MEASURES], rows);
  }

  function listQueries() {
    fill(queries, [...judged].map(([text, grades]) => {
      const good = [...grades.values()].filter(Boolean).length;
      return h("li", {}, h("button", { type: "button", class: "quiet", onclick: () => {
        input.value = text;
        void search();
      } }, h("bdi", {}, text)), h("span", { class: "soft" }, t("judge.counts", { good, bad: grades.size - good })));
    }));
    for (const button of [saveQueries, saveQrels]) button.disabled = !judged.size;
  }

  const saveQueries = h("button", { type: "button", onclick: () => download(`${name}-queries.csv`,
    csv(["id", "text"], [...judged.keys()].map((text, n) => [`q${n + 1}`, text])), "text/csv;charset=utf-8") }, t("judge.save.queries"));
  const saveQrels = h("button", { type: "button", onclick: () => download(`${name}-qrels.tsv`,
    [...judged.values()].flatMap((grades, n) => [...grades].map(([id, grade]) => `q${n + 1}\t${id}\t${grade}\n`)).join(""), "text/tab-separated-values;charset=utf-8") }, t("judge.save.qrels"));
  listQueries();
  void measured();
  const form = h("form", { class: "ask", onsubmit: (/** @type {Event} */ event) => {
    event.preventDefault();
    void search();
  } }, h("label", { for: "judge-query", class: "unseen" }, t("search.label")), input, h("button", { class: "primary" }, t("judge.search")));
  return h("div", {}, form, h("div", { class: "columns judged" }, h("section", { class: "column" }, list),
    h("div", { class: "column side" }, figures, h("section", {}, h("h2", {}, t("judge.judged")), queries, h("div", { class: "row" }, saveQueries, saveQrels)))));
}

/**
 * A mean with its confidence interval, as a figure and as a line.
 * @param {{mean: number, interval: {low: number, high: number}}} summary
 */
function interval({ mean, interval: { low, high } }) {
  const place_ = (/** @type {number} */ share) => `${share * 100}%`;
  return h("span", { class: "interval" }, h("strong", {}, number(mean, 3)), h("span", { class: "soft" }, `${number(low, 2)} – ${number(high, 2)}`),
    h("span", { class: "whisker", "aria-hidden": true }, h("i", { style: { left: place_(low), width: place_(Math.max(0.01, high - low)) } }), h("b", { style: { left: place_(mean) } })));
}

function legend() {
  return h("details", { class: "help" }, h("summary", {}, t("judge.what")),
    h("dl", {}, MEASURES.flatMap((name) => [h("dt", {}, name), h("dd", {}, t(`measure.${name}`))])));
}
