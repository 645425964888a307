/** The index itself: its contract, what the model did not see, and its health. */

import { ask, place } from "./api.js";
import { fill, h } from "./dom.js";
import { number, percent, t } from "./i18n.js";
import { failure, OWN_VECTORS, runner, table } from "./parts.js";

/** @typedef {import("./parts.js").Context} Context */

const LOSERS = 10;

/** @param {Context} context */
export function aboutView({ name, about, signal }) {
  const halves = about.contract ? [["", about]] : [["questions", about.questions], ["answers", about.answers]];
  const truncation = h("div", {}, t("wait"));
  const health = h("div", {});
  ask("GET", place(name, `/truncation?limit=${LOSERS}`), undefined, signal).then((found) => {
    const parts = found.documents === undefined ? [["questions", found.questions], ["answers", found.answers]] : [["", found]];
    fill(truncation, parts.map(([half, one]) => report(half, one)));
  }, (error) => fill(truncation, failure(error)));
  const { start, told } = runner(t("health.run"), () => ({ path: place(name, "/check"), body: {} }), (found) => fill(health, findings(found)), signal);
  return h("div", { class: "about" },
    h("section", {}, h("h2", {}, t("about.contract")), h("p", { class: "soft" }, t("about.contract.help")), halves.map(([half, one]) => contract(half, one))),
    h("section", {}, h("h2", {}, t("about.truncation")), h("p", { class: "soft" }, t("about.truncation.help")), truncation),
    h("section", {}, h("h2", {}, t("about.health")), h("p", { class: "soft" }, t("about.health.help")), start, told, health));
}

/** @param {string} half @param {any} about */
function contract(half, { contract: sealed, sizes, search, mode }) {
  const { encoder } = sealed;
  const prompts = Object.entries(encoder.prompts ?? {}).map(([role, text]) => `${t(`role.${role}`)}: “${text}”`).join(", ");
  /** @type {[string, string][]} */
  const facts = [
    [t("about.task"), sealed.task], [t("about.model"), encoder.architecture === OWN_VECTORS ? t("about.vectors") : encoder.model],
    [t("about.form"), t("about.form.is", { dim: encoder.dim, precision: encoder.precision, similarity: encoder.similarity })],
    [t("about.prompts"), prompts || t("about.none")], [t("about.sees"), t("about.sees.is", { n: encoder.max_tokens })],
    [t("about.long"), t(`policy.${sealed.policy}`, { tokens: sealed.chunk_tokens, overlap: sealed.overlap })],
    ...(sealed.sparse ? [/** @type {[string, string]} */ ([t("reading.sparse"), sealed.sparse.model])] : []),
    [t("about.mode"), t(`reading.${mode}`)], [t("about.search"), method(search)],
    [t("about.access"), t(sealed.access ? "about.access.yes" : "about.access.no")],
    [t("about.size"), t("about.size.is", { documents: sizes.documents, passages: sizes.passages, mb: number(sizes.bytes / 1e6, 1) })],
    [t("about.fingerprint"), sealed.fingerprint.slice(0, 16)],
  ];
  return h("div", {}, half ? h("h3", {}, t(`half.${half}`)) : null,
    h("dl", { class: "facts" }, facts.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, h("bdi", {}, value))])));
}

/** @param {{method: string, recall?: number}} search */
function method({ method: name, recall }) {
  if (name === "exact") return t("about.exact");
  return t("about.approximate", { recall: recall === undefined ? "–" : percent(recall, 2) });
}

/** @param {string} half @param {any} found */
function report(half, found) {
  const share = found.tokens ? found.seen / found.tokens : 1;
  return h("div", {}, half ? h("h3", {}, t(`half.${half}`)) : null,
    h("p", {}, h("span", { class: "meter" }, h("i", { style: { width: `${share * 100}%` } })),
      t("truncation.is", { tokens: found.tokens, seen: found.seen, lost: found.lost, share: percent(share, 2), n: found.truncated })),
    found.losers.length ? table(t("truncation.losers"), [t("truncation.document"), t("truncation.tokens"), t("truncation.seen"), t("truncation.lost")],
      found.losers.map((/** @type {any} */ one) => [h("bdi", {}, one.document), number(one.tokens), number(one.seen), number(one.lost)])) : null);
}

/** @param {any} found */
function findings(found) {
  const parts = Array.isArray(found.findings) ? [["", found.findings]] : Object.entries(found.findings);
  const faults = found.faults.map((/** @type {string} */ text) => h("li", { class: "finding fault" }, h("strong", {}, t("level.fault")), " ", h("span", { lang: "en" }, text)));
  return [
    h("p", { role: "status" }, t(found.faults.length ? "health.damaged" : "health.intact")),
    h("ul", { class: "findings" }, faults, parts.flatMap(([half, list]) => list.map((/** @type {any} */ one) => finding(half, one)))),
  ];
}

/** @param {string} half @param {{name: string, sentence: string, remedy: string, level: string}} one */
function finding(half, { name, sentence, remedy, level }) {
  return h("li", { class: `finding ${level}` }, h("strong", {}, t(`level.${level}`)), " ",
    h("span", { lang: "en" }, half ? `${half}: ` : "", name, ": ", h("bdi", {}, sentence)), remedy ? h("pre", { tabindex: "0" }, remedy) : null);
}
