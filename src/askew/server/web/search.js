/** Search as you type: one reading, or two side by side. */

import { ask, place } from "./api.js";
import { fill, h, later, say } from "./dom.js";
import { explain } from "./explain.js";
import { filters } from "./filters.js";
import { number, t } from "./i18n.js";
import { aborted, chooser, failure, OWN_VECTORS } from "./parts.js";
import { article, passage } from "./results.js";

/** @typedef {import("./parts.js").Context} Context */
/** @typedef {import("./results.js").Hit} Hit */

const WAIT = 20;
const QUIET = 450;
const HITS = 10;
/** What was searched for last, by index, so that a change of language or view loses nothing. @type {Map<string, Kept>} */
const kept = new Map();
/** @typedef {{query: string, readings: [string, string]}} Kept */

/**
 * Return the ways in which this index can be read, by name. `document` encodes the query as a document, which is
 * another reading only where the model's roles differ.
 * @param {any} about
 */
export function readings(about) {
  const { encoder, sparse } = about.contract;
  const { query = "", document = "" } = encoder.prompts ?? {};
  const differ = query !== document || Object.keys(encoder.weights ?? {}).length > 1;
  if (encoder.architecture === OWN_VECTORS) return ["lexical"];
  return ["hybrid", "dense", "lexical", ...(sparse ? ["sparse"] : []), ...(differ ? ["document"] : [])];
}

/** @param {Context} context */
export function searchView({ name, about, signal }) {
  const ways = readings(about);
  const usual = ways.includes(about.mode) ? about.mode : (ways[0] ?? "lexical");
  const state = kept.get(name) ?? { query: "", readings: [usual, ""] };
  kept.set(name, state);
  const input = h("input", { type: "search", id: "query", class: "query", autocomplete: "off", spellcheck: "false",
    placeholder: t("search.placeholder"), value: state.query, maxlength: 200_000, "aria-describedby": "search-help" });
  const filter = filters(name, () => run(true), signal);
  const columns = [0, 1].map((side) => column(side));
  const controls = h("div", { class: "readings" });
  const area = h("div", { class: "columns" });
  const fast = later(WAIT, () => run(false));
  const slow = later(QUIET, refine);
  input.addEventListener("input", () => {
    state.query = input.value;
    fast();
    slow();
  });

  /** @param {boolean} all also what is only made once the typing ends */
  function run(all) {
    for (const one of columns) one.start(state.query.trim(), filter.where());
    if (all) slow();
  }

  async function refine() {
    const query = state.query.trim();
    await Promise.all(columns.map((one) => one.searched()));
    if (!query || query !== state.query.trim() || signal.aborted) return;
    say(columns.filter((one) => one.reading()).map((one) => `${one.label()}: ${t("search.found", { n: one.count() })}`).join(". "));
    for (const one of columns) void one.refine(query, filter.where());
  }

  /** @param {number} side */
  function column(side) {
    const heading = h("h2", {});
    const told = h("p", { class: "soft status" });
    const list = h("ol", { class: "hits" });
    const element = h("section", { class: "column" }, h("header", {}, heading, told), list);
    /** @type {Hit[]} */
    let hits = [];
    let asking = new AbortController();
    let searching = Promise.resolve();
    const reading = () => state.readings[side] ?? "";

    /** @param {string} query @param {unknown} where @param {number} highlight */
    function request(query, where, highlight) {
      const filtered = where ? { where } : {};
      if (reading() === "document") return ask("POST", place(name, "/similar"), { text: query, k: HITS, ...filtered }, asking.signal);
      const body = { query, k: HITS, mode: reading(), highlight, ...filtered };
      return ask("POST", place(name, "/search"), body, asking.signal);
    }

    /** @param {string} query @param {unknown} where */
    async function run(query, where) {
      asking.abort();
      if (!reading()) return;
      asking = new AbortController();
      if (!query) {
        hits = [];
        fill(told, "");
        return fill(list);
      }
      const start = performance.now();
      try {
        const found = await request(query, where, 0);
        hits = found.hits;
        const parts = [t("search.found", { n: hits.length }), t("search.took", { ms: number(performance.now() - start, 0) })];
        if (found.lost) parts.push(t("search.lost", { n: found.lost }));
        for (const { part } of found.degraded ?? []) parts.push(t("search.degraded", { part }));
        fill(told, parts.join(" · "));
        draw(query);
        for (const one of columns) if (one !== self) one.draw(query);
      } catch (error) {
        if (aborted(error)) return;
        hits = [];
        fill(told, failure(error));
        fill(list);
      }
    }

    /** @param {string} query */
    function draw(query) {
      if (!reading()) return;
      const [other] = columns.filter((one) => one !== self && one.reading());
      const best = hits[0]?.score ?? 0;
      fill(list, hits.map((hit) => article(hit, query, {
        best,
        other: other ? other.rank(hit.id) : null,
        more: [h("button", { type: "button", class: "quiet", "aria-label": t("explain.of", { title: hit.title || hit.id }),
          onclick: () => explain(name, query, hit.id, filter.where()) }, t("explain.button"))],
      })));
      list.setAttribute("data-query", query);
      if (!hits.length && query) fill(list, h("li", { class: "empty" }, t("search.nothing")));
    }

    /** Mark the best sentence of each hit, which takes longer than the search. @param {string} query @param {unknown} where */
    async function refine(query, where) {
      if (!query || !hits.length || !reading() || reading() === "document") return;
      try {
        const found = await request(query, where, HITS);
        for (const hit of /** @type {Hit[]} */ (found.hits)) {
          const text = list.querySelector(`li[data-id="${CSS.escape(hit.id)}"] .text`);
          if (text) fill(text, passage(hit, query));
        }
      } catch {
        // The hits are there; only their sentences are not marked.
      }
    }

    function title() {
      element.hidden = !reading();
      heading.textContent = label();
    }

    const label = () => (reading() ? t(`reading.${reading()}`) : "");
    /** @param {string} id */
    const rank = (id) => hits.find((hit) => hit.id === id)?.rank ?? 0;
    /** @param {string} query @param {unknown} where */
    const start = (query, where) => {
      searching = run(query, where);
    };
    const self = { element, start, searched: () => searching, refine, draw, title, reading, label, rank, count: () => hits.length };
    return self;
  }

  function arrange() {
    /** @param {number} side */
    const choose = (side) => (/** @type {string} */ value) => {
      state.readings[side] = value;
      arrange();
      run(true);
    };
    const options = ways.map((way) => /** @type {[string, string]} */ ([way, t(`reading.${way}`)]));
    const [left, right] = state.readings;
    const swap = h("button", { type: "button", class: "swap", disabled: !right, title: t("search.swap"), "aria-label": t("search.swap"),
      onclick: () => {
        state.readings = [right, left];
        arrange();
        run(true);
        /** @type {HTMLElement | null} */ (controls.querySelector(".swap"))?.focus();
      } }, "⇄");
    fill(controls, chooser(t("search.reading"), options, left, choose(0)), swap,
      chooser(t("search.beside"), [["", t("search.alone")], ...options], right, choose(1)));
    for (const one of columns) one.title();
    area.classList.toggle("two", Boolean(right));
  }

  fill(area, columns.map((one) => one.element));
  arrange();
  if (state.query) run(true);
  return h("div", {},
    h("div", { class: "ask" }, h("label", { for: "query", class: "unseen" }, t("search.label")), input,
      h("p", { id: "search-help", class: "unseen" }, t("search.help"))),
    controls, h("div", { class: "options" }, filter.panel, readingsHelp(ways)), area);
}

/** @param {string[]} ways */
function readingsHelp(ways) {
  return h("details", { class: "help" }, h("summary", {}, t("search.what")),
    h("dl", {}, ways.flatMap((way) => [h("dt", {}, t(`reading.${way}`)), h("dd", {}, t(`reading.${way}.help`))])));
}
