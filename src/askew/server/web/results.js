/** Hits of a search as a list of articles. */

import { h } from "./dom.js";
import { number, t } from "./i18n.js";
import { bar } from "./parts.js";
import { excerpt, marked, wordMarks, words } from "./text.js";

/** @typedef {{start: number, end: number, text: string}} Span */
/**
 * @typedef {{rank: number, score: number, id: string, title: string, page: number, metadata: Record<string, unknown>,
 *   passage: Span & {heading: string}, shown: Span, sentence: Span, copies: unknown[]}} Hit
 */

const CHIPS = 4;
const MOMENT = /^\d{4}-\d\d-\d\dT/;

/**
 * Return a list item for a hit. more: what is below its text, such as buttons. other: the rank of the document in the
 * other reading, 0 if it is not there, null without another.
 * @param {Hit} hit
 * @param {string} query
 * @param {{best: number, other?: number | null, more?: Node[]}} how
 */
export function article(hit, query, { best, other = null, more = [] }) {
  const title = hit.title || hit.id;
  const text = h("p", { class: "text" }, passage(hit, query));
  const under = [hit.passage.heading && hit.passage.heading !== hit.title ? hit.passage.heading : "", hit.page ? t("hit.page", { n: hit.page }) : ""];
  const share = best > 0 ? hit.score / best : 0;
  return h("li", { "data-id": hit.id },
    h("article", {},
      h("header", {}, h("span", { class: "rank", "aria-hidden": true }, number(hit.rank)),
        h("div", { class: "names" }, h("h3", {}, h("bdi", { dir: "auto" }, title)),
          h("p", { class: "soft" }, h("bdi", { dir: "auto" }, under.filter(Boolean).join(" · ")))),
        bar(share, number(hit.score, 3))),
      text,
      h("footer", {}, other === null ? null : elsewhere(hit.rank, other), more, chips(hit))));
}

/**
 * Where the other reading has this document.
 * @param {number} rank
 * @param {number} other
 */
function elsewhere(rank, other) {
  const name = !other ? "only" : other === rank ? "same" : other > rank ? "up" : "down";
  const sign = { only: "◆", same: "=", up: "▲", down: "▼" }[name];
  return h("span", { class: `moved ${name}` }, h("span", { "aria-hidden": true }, sign), " ", t(`moved.${name}`, { n: other, rank: number(other) }));
}

/** @param {Hit} hit */
function chips(hit) {
  const simple = Object.entries(hit.metadata).filter(([, value]) => ["string", "number", "boolean"].includes(typeof value));
  const shown = simple.slice(0, CHIPS).map(([name, value]) => {
    const text = MOMENT.test(String(value)) ? String(value).slice(0, 10) : [...String(value)].slice(0, 40).join("");
    return h("li", {}, h("bdi", {}, `${name}: ${text}`));
  });
  if (hit.copies.length) shown.push(h("li", {}, t("hit.copies", { n: hit.copies.length })));
  return shown.length ? h("ul", { class: "chips", "aria-label": t("hit.fields") }, shown) : null;
}

/**
 * The passage of a hit, with its best sentence and the words of the query marked.
 * @param {Hit} hit
 * @param {string} query
 */
export function passage(hit, query) {
  const inside = hit.sentence.start >= hit.passage.start && hit.sentence.end <= hit.passage.end;
  const frame = inside || hit.sentence.start === hit.sentence.end ? hit.passage : hit.shown;
  const { text, offset } = body(frame.text);
  const marks = wordMarks(text, words(query));
  let around = marks[0]?.start ?? 0;
  if (hit.sentence.end > hit.sentence.start && hit.sentence.text !== frame.text) {
    const start = hit.sentence.start - frame.start - offset;
    marks.push({ start, end: start + hit.sentence.end - hit.sentence.start, name: "sentence" });
    around = start;
  }
  const short = excerpt(text, marks, around);
  return marked(short.text, short.marks);
}

/**
 * A text without the heading that it begins with, which is shown above it, and how many code points that took.
 * @param {string} text
 */
function body(text) {
  const heading = /^#{1,6} [^\n]*\n+/.exec(text);
  if (!heading || heading[0].length === text.length) return { text, offset: 0 };
  return { text: text.slice(heading[0].length), offset: [...heading[0]].length };
}
