/** Stored texts as they are shown: the words of the query and given spans marked, long ones cut. */

import { h } from "./dom.js";

/** @typedef {{start: number, end: number, name: string}} Mark places in code points, and a class */

const WORD = /[\p{L}\p{N}]+/gu;
const ROOT = 3;
const ENDING = /(?:es|en|e|s|n)$/;
const LONG = 420;
const BEFORE = 140;
/** Words that say nothing of what is sought. */
const SMALL = new Set(
  ("the and for are can you your our its this that with from have has was what when where how who why not but all any may " +
  "der die das den dem des ein eine einen und oder ist sind kann man mit von für auf wie was wann wer ich mein meine nicht auch zum zur").split(" "),
);

/**
 * Return the words of a query without small ones, folded.
 * @param {string} query
 */
export function words(query) {
  const found = (query.toLowerCase().match(WORD) ?? []).filter((word) => word.length >= ROOT && !SMALL.has(word));
  return [...new Set(found.map(folded))];
}

/**
 * Fold case and the commonest endings, so that dogs are marked for dog.
 * @param {string} word
 */
function folded(word) {
  const lower = word.toLowerCase();
  const root = lower.replace(ENDING, "");
  return root.length >= ROOT ? root : lower;
}

/**
 * Return where these words are in a text.
 * @param {string} text
 * @param {string[]} wanted
 * @returns {Mark[]}
 */
export function wordMarks(text, wanted) {
  if (!wanted.length) return [];
  /** @type {Mark[]} */
  const found = [];
  let units = 0;
  let points = 0;
  for (const match of text.matchAll(WORD)) {
    points += [...text.slice(units, match.index)].length;
    const length = [...match[0]].length;
    if (wanted.includes(folded(match[0]))) {
      found.push({ start: points, end: points + length, name: "word" });
    }
    units = match.index + match[0].length;
    points += length;
  }
  return found;
}

/**
 * Return a text with marks, isolated so that its direction changes nothing around it. Marks may overlap.
 * @param {string} text
 * @param {Mark[]} marks
 */
export function marked(text, marks) {
  const points = [...text];
  const ends = new Set([0, points.length]);
  for (const { start, end } of marks) ends.add(Math.max(0, start)).add(Math.min(points.length, end));
  const places = [...ends].sort((a, b) => a - b);
  const parts = places.slice(0, -1).map((start, n) => {
    const end = places[n + 1] ?? points.length;
    const part = points.slice(start, end).join("");
    const names = marks.filter((mark) => mark.start <= start && mark.end >= end).map((mark) => mark.name);
    return names.length ? h("mark", { class: [...new Set(names)].join(" ") }, part) : part;
  });
  return h("bdi", { dir: "auto" }, parts);
}

/**
 * Cut a text to what can be read at a glance, around a place, and move the marks with it.
 * @param {string} text
 * @param {Mark[]} marks
 * @param {number} around
 */
export function excerpt(text, marks, around) {
  const points = [...text];
  if (points.length <= LONG) return { text, marks, cut: false };
  let start = Math.max(0, Math.min(around - BEFORE, points.length - LONG));
  while (start > 0 && start < around && !/\s/.test(points[start - 1] ?? " ")) start++;
  const head = start > 0 ? "… " : "";
  const shift = head.length - start;
  let end = Math.min(points.length, start + LONG);
  const whole = end;
  while (end < points.length && end > start + LONG / 2 && !/\s/.test(points[end] ?? " ")) end--;
  if (end === start + LONG / 2) end = whole;
  const tail = end < points.length ? " …" : "";
  const moved = marks
    .filter((mark) => mark.end > start && mark.start < end)
    .map((mark) => ({ ...mark, start: Math.max(mark.start + shift, head.length), end: Math.min(mark.end, end) + shift }));
  return { text: head + points.slice(start, end).join("") + tail, marks: moved, cut: true };
}

/**
 * Return one line of a text, for lists.
 * @param {string} text
 * @param {number} [most]
 */
export function line(text, most = 140) {
  const points = [...text.replace(/\s+/g, " ").trim()];
  return points.length > most ? `${points.slice(0, most - 1).join("")}…` : points.join("");
}
