/** Parts that several views have: errors, progress, score bars, tables, switches. */

import { ApiError, job } from "./api.js";
import { fill, h, say } from "./dom.js";
import { number, percent, t } from "./i18n.js";

/**
 * What a view is given. name: of the index. about: its description. signal: of the end of the view.
 * @typedef {{name: string, about: any, signal: AbortSignal}} Context
 */

/** The architecture of a contract without a model: the vectors are the user's own. */
export const OWN_VECTORS = "own vectors";

/**
 * Return an error in words: what it means in the language of the page, then what the server says.
 * @param {unknown} error
 */
export function failure(error) {
  const known = error instanceof ApiError ? error : new ApiError(0, "", String(error), 0);
  const heading = known.words;
  return h("div", { class: "failure", role: "alert" }, h("p", {}, h("strong", {}, heading)),
    known.message ? h("p", { lang: "en" }, h("bdi", {}, known.message)) : null);
}

/** @param {unknown} error */
export function aborted(error) {
  return error instanceof DOMException && error.name === "AbortError";
}

/**
 * A bar for a share from 0 to 1, with its figure in words beside it.
 * @param {number} share
 * @param {string} [label]
 */
export function bar(share, label = number(share, 3)) {
  const width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  return h("span", { class: "score" }, h("span", { class: "bar", "aria-hidden": true }, h("i", { style: { width } })),
    h("span", { class: "figure" }, label));
}

/**
 * A group of buttons of which one is pressed.
 * @param {string} label
 * @param {[string, string][]} options value and text
 * @param {string} value
 * @param {(value: string) => void} choose
 */
export function chooser(label, options, value, choose) {
  const select = h("select", { onchange: () => choose(select.value) },
    options.map(([one, text]) => h("option", { value: one, selected: one === value }, text)));
  return h("label", { class: "field" }, h("span", {}, label), select);
}

/**
 * A table of figures.
 * @param {string} caption
 * @param {string[]} head
 * @param {(Node | string)[][]} rows the first cell of each is its name
 */
export function table(caption, head, rows) {
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h("table", {}, h("caption", { class: "unseen" }, caption),
      h("thead", {}, h("tr", {}, head.map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, rows.map(([first, ...rest]) =>
        h("tr", {}, h("th", { scope: "row" }, first ?? ""), rest.map((one) => h("td", {}, one)))))));
}

/**
 * A button that runs a job of the server, with its progress and a way to stop it. then: receives the result.
 * @param {string} text
 * @param {() => {path: string, body: unknown}} request
 * @param {(result: any) => void} then
 * @param {AbortSignal} signal
 */
export function runner(text, request, then, signal) {
  const told = h("div", { class: "progress", "aria-live": "polite" });
  const start = h("button", { type: "button", class: "primary", onclick: run }, text);
  async function run() {
    const ending = new AbortController();
    signal.addEventListener("abort", () => ending.abort());
    const bar = h("progress", { "aria-label": text });
    const step = h("span", {}, t("job.queued"));
    fill(told, bar, step, h("button", { type: "button", onclick: () => ending.abort() }, t("job.stop")));
    start.disabled = true;
    try {
      const { path, body } = request();
      const found = await job(path, body, (what, done, of) => {
        if (of) Object.assign(bar, { value: done, max: of });
        else bar.removeAttribute("value");
        step.textContent = of ? t("job.step", { what, share: percent(done / of) }) : what;
      }, ending.signal);
      fill(told);
      say(t("job.done"));
      then(found);
    } catch (error) {
      fill(told, aborted(error) ? t("job.stopped") : failure(error));
    } finally {
      start.disabled = false;
    }
  }
  return { start, told };
}

/**
 * A sentence for where there is nothing yet.
 * @param {string} text
 * @param {string} [command]
 */
export function empty(text, command) {
  return h("div", { class: "empty" }, h("p", {}, text), command ? h("pre", { tabindex: "0" }, command) : null);
}
