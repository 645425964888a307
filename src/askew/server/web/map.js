/** The map: documents as points, and the same as a list of clusters, searched together. */

import { place } from "./api.js";
import { plane, shape } from "./canvas.js";
import { fill, h, later, say } from "./dom.js";
import { number, t } from "./i18n.js";
import { empty, runner } from "./parts.js";
import { line } from "./text.js";

/** @typedef {import("./parts.js").Context} Context */
/** @typedef {import("./canvas.js").Points} Points */

const LISTED = 100;
/** @type {Map<string, {points: Points, reasons: string[]}>} */
const kept = new Map();

/** @param {Context} context */
export function mapView({ name, signal }) {
  const clusters = h("input", { type: "number", min: 1, max: 1000, step: 1, placeholder: t("map.auto") });
  const area = h("div", {});
  const { start, told } = runner(t("map.draw"), () => ({ path: place(name, "/clusters"),
    body: { projection: "auto", ...(clusters.value ? { clusters: Number(clusters.value) } : {}) } }), (found) => {
    kept.set(name, { points: found.map, reasons: found.reasons });
    draw();
  }, signal);

  function draw() {
    const found = kept.get(name);
    fill(area, found ? atlas(found.points, signal) : empty(t("map.intro")));
  }

  draw();
  return h("div", {}, h("div", { class: "row" }, h("label", { class: "field" }, h("span", {}, t("map.clusters")), clusters), start), told, area);
}

/**
 * @param {Points} points
 * @param {AbortSignal} signal
 */
function atlas(points, signal) {
  const shown = h("div", { class: "chosen", hidden: true });
  const list = h("div", { class: "clusters", id: "map-list" });
  const status = h("p", { class: "soft status", role: "status" });
  const lower = points.text.map((text, n) => `${text} ${points.id[n]}`.toLowerCase());
  const drawn = plane(points, t("map.label", { n: points.x.length, clusters: points.clusters.length }), pick);
  drawn.canvas.setAttribute("aria-describedby", "map-help");

  /** @param {number} n */
  function pick(n) {
    drawn.show(n);
    shown.hidden = n < 0;
    if (n < 0) return;
    const cluster = points.clusters.find((one) => one.number === points.cluster[n]);
    fill(shown, h("h2", {}, h("bdi", {}, points.id[n])), h("p", { class: "soft" }, h("bdi", {}, cluster?.name ?? "")),
      h("p", {}, h("bdi", { dir: "auto" }, points.text[n])));
    say(line(points.text[n] ?? ""));
  }

  const search = h("input", { type: "search", "aria-label": t("map.search"), placeholder: t("map.search"), oninput: later(80, find) });
  function find() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const places = words.length ? new Set(lower.flatMap((text, n) => (words.every((word) => text.includes(word)) ? [n] : []))) : null;
    drawn.find(places);
    status.textContent = places ? t("map.found", { n: places.size }) : t("map.all", { n: points.x.length });
    fill(list, points.clusters.map((one) => group(points, one, places, pick)));
  }

  find();
  const watch = matchMedia("(prefers-color-scheme: dark)");
  watch.addEventListener("change", drawn.redraw, { signal });
  window.addEventListener("askew-theme", drawn.redraw, { signal });
  const buttons = h("div", { class: "zoom" },
    h("button", { type: "button", "aria-label": t("map.in"), onclick: () => drawn.zoom(1.5) }, "+"),
    h("button", { type: "button", "aria-label": t("map.out"), onclick: () => drawn.zoom(1 / 1.5) }, "−"),
    h("button", { type: "button", onclick: drawn.fit }, t("map.fit")));
  return [h("div", { class: "row" }, search, status), h("p", { id: "map-help", class: "unseen" }, t("map.help")),
    h("div", { class: "atlas" }, h("div", { class: "stage" }, drawn.canvas, buttons), h("div", { class: "beside" }, shown, list))];
}

/**
 * A cluster as a list of its documents, those that are found if something is searched.
 * @param {Points} points
 * @param {import("./canvas.js").Cluster} cluster
 * @param {Set<number> | null} places
 * @param {(n: number) => void} pick
 */
function group(points, cluster, places, pick) {
  const mine = points.cluster.flatMap((one, n) => (one === cluster.number && (!places || places.has(n)) ? [n] : []));
  const sign = h("canvas", { width: 18, height: 18, "aria-hidden": true });
  const pen = sign.getContext("2d");
  if (pen) {
    pen.fillStyle = cluster.colour;
    shape(pen, cluster.shape, 9, 9, 6);
  }
  const items = h("ol", {});
  const title = cluster.number < 0 ? t("map.outliers") : cluster.name;
  const made = h("details", { open: places !== null && mine.length > 0 && mine.length <= LISTED, ontoggle: open },
    h("summary", {}, sign, h("bdi", {}, title), h("span", { class: "soft" }, ` ${number(mine.length)}`)), items);
  function open() {
    if (!made.open || items.childElementCount) return;
    fill(items, mine.slice(0, LISTED).map((n) =>
      h("li", {}, h("button", { type: "button", class: "quiet", onclick: () => pick(n) }, h("bdi", { dir: "auto" }, line(points.text[n] ?? "", 110))))));
    if (mine.length > LISTED) items.append(h("li", { class: "soft" }, t("map.more", { n: mine.length - LISTED })));
  }
  open();
  return made;
}
