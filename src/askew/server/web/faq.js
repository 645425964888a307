/** FAQ tester: a message, the answer or the refusal, and what a threshold costs. */

import { ApiError, ask, place } from "./api.js";
import { fill, h, later, say } from "./dom.js";
import { number, percent, t } from "./i18n.js";
import { aborted, bar, failure } from "./parts.js";
import { marked, wordMarks, words } from "./text.js";

/** @typedef {import("./parts.js").Context} Context */

const WAIT = 120;
const USUAL = 0.5;
const NEAR = 5;
/** Precisions that can be promised; the first place of the slider promises none. */
const PRECISIONS = [0, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99];
/** @type {Map<string, {message: string, threshold: number, promise: number}>} */
const kept = new Map();

/** @param {Context} context */
export function faqView({ name, signal }) {
  const state = kept.get(name) ?? { message: "", threshold: USUAL, promise: 0 };
  kept.set(name, state);
  const answer = h("div", { class: "reply" });
  const near = h("ol", { class: "near" });
  const nearby = h("section", { hidden: true }, h("h2", {}, t("faq.near")), near);
  let asking = new AbortController();
  const soon = later(WAIT, ask_);
  const input = h("textarea", { id: "message", class: "query", rows: 2, placeholder: t("faq.placeholder"), value: state.message, maxlength: 200_000,
    oninput: () => {
      state.message = input.value;
      soon();
    } });

  async function ask_() {
    asking.abort();
    asking = new AbortController();
    const message = state.message.trim();
    nearby.hidden = !message;
    if (!message) return fill(answer);
    const how = state.promise ? { min_confidence: state.promise } : { threshold: state.threshold };
    try {
      const found = await ask("POST", place(name, "/faq"), { message, k: NEAR, ...how }, asking.signal);
      show(found, message);
    } catch (error) {
      if (!aborted(error)) fill(answer, failure(error));
    }
  }

  /** @param {any} found @param {string} message */
  function show(found, message) {
    const wanted = words(message);
    const [hit] = found.hits;
    const told = hit
      ? h("article", { class: "answer" }, h("p", { class: "soft" }, t("faq.answered", { score: number(floored(hit.score), 2) })),
        h("h2", {}, h("bdi", { dir: "auto" }, hit.entry.question)), h("p", {}, marked(hit.entry.answer, wordMarks(hit.entry.answer, wanted))))
      : h("article", { class: "answer refused" }, h("h2", {}, t("faq.refused")), h("p", {}, t("faq.refused.why")));
    // With a promise it is not the score that decides, of which the explanation speaks.
    fill(answer, told, state.promise ? null : h("p", { class: "soft", lang: "en" }, h("bdi", {}, found.explanation)));
    fill(near, found.near.map((/** @type {any} */ one) =>
      h("li", { class: !state.promise && one.score < state.threshold ? "below" : "" },
        h("div", {}, h("strong", {}, h("bdi", { dir: "auto" }, one.entry.question)), h("p", { class: "soft" }, channels(one))), bar(one.score, number(floored(one.score), 2)))));
    say(hit ? t("faq.said", { question: hit.entry.question }) : t("faq.refused"));
  }

  const score = threshold(state, soon);
  const sliders = h("div", { class: "sliders" }, score.element);
  const changed = () => {
    score.slider.disabled = state.promise > 0;
    soon();
  };
  void promise(name, state, changed, signal).then((made) => sliders.append(made), () => undefined);
  if (state.message) soon();
  return h("div", {}, h("div", { class: "ask" }, h("label", { for: "message", class: "unseen" }, t("faq.label")), input), sliders, answer, nearby);
}

/** Round down, so that a score below the threshold never looks like it. @param {number} score */
function floored(score) {
  return Math.floor(score * 100 + 1e-9) / 100;
}

/** @param {any} hit */
function channels(hit) {
  return Object.entries(hit.standings)
    .map(([name, one]) => t(`faq.${name}`, { score: number(/** @type {any} */ (one).score, 2) })).join(" · ");
}

/** @param {{threshold: number, promise: number}} state @param {() => void} changed */
function threshold(state, changed) {
  const shown = h("b", {}, number(state.threshold, 2));  // an output would take the label from the slider
  const slider = h("input", { type: "range", min: 0, max: 1, step: 0.01, value: state.threshold, oninput: () => {
    state.threshold = Number(slider.value);
    shown.textContent = number(state.threshold, 2);
    changed();
  } });
  slider.disabled = state.promise > 0;
  const element = h("label", { class: "slider" }, h("span", {}, t("faq.threshold"), " ", shown), slider, h("span", { class: "soft" }, t("faq.threshold.help")));
  return { element, slider };
}

/**
 * Return the slider of promised precisions with their costs, or why there is none.
 * @param {string} name @param {{threshold: number, promise: number}} state @param {() => void} changed @param {AbortSignal} signal
 */
async function promise(name, state, changed, signal) {
  const asked = PRECISIONS.slice(1).map((one) => `precision=${one}`).join("&");
  /** @type {any} */
  let found;
  try {
    found = await ask("GET", place(name, `/calibration?${asked}`), undefined, signal);
  } catch (error) {
    if (aborted(error) || !(error instanceof ApiError)) throw error;
    return h("div", { class: "slider" }, h("span", {}, t("faq.uncalibrated")), h("span", { class: "soft", lang: "en" }, error.message));
  }
  const cost = h("span", { class: "soft", "aria-live": "polite" });
  const shown = h("b", {});
  const slider = h("input", { type: "range", min: 0, max: PRECISIONS.length - 1, step: 1, value: PRECISIONS.indexOf(state.promise), oninput: () => {
    state.promise = PRECISIONS[Number(slider.value)] ?? 0;
    tell();
    changed();
  } });
  function tell() {
    const one = found.costs.find((/** @type {any} */ each) => each.promise === state.promise);
    shown.textContent = state.promise ? percent(state.promise) : t("faq.promise.none");
    cost.textContent = told(one, found);
    slider.setAttribute("aria-valuetext", `${shown.textContent}. ${cost.textContent}`);
  }
  tell();
  return h("label", { class: "slider" }, h("span", {}, t("faq.promise"), " ", shown), slider, cost);
}

/** @param {any} one @param {any} found */
function told(one, found) {
  if (!one) return t("faq.promise.help", { labels: found.labels, confidence: percent(found.confidence) });
  if (one.threshold === undefined) return one.more ? t("faq.cost.more", { n: one.more }) : t("faq.cost.never");
  const values = { coverage: percent(one.coverage), low: percent(one.low), high: percent(one.high), wrong: one.wrong, above: one.above };
  return t("faq.cost", values) + (found.grown ? ` ${t("faq.grown")}` : "");
}
