/** Points in a plane on a canvas: zoom, pan, and the point under the pointer. */

import { h } from "./dom.js";

/** @typedef {{number: number, name: string, size: number, colour: string, shape: string}} Cluster */
/** @typedef {{clusters: Cluster[], x: number[], y: number[], cluster: number[], id: string[], text: string[]}} Points */

const EDGE = 28;
const MOST = 200;
const REACH = 12;
const STEP = 60;
/** Names that are set where all of the map is seen; closer there are more. */
const NAMED = 9;

/**
 * Return a canvas with points, and ways to move it. choose: receives the point that is clicked, -1 for none.
 * @param {Points} points
 * @param {string} label
 * @param {(place: number) => void} choose
 */
export function plane(points, label, choose) {
  const canvas = h("canvas", { tabindex: "0", role: "img", "aria-label": label });
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const colours = new Map(points.clusters.map((one) => [one.number, one]));
  const wide = Math.max(1, ...points.x);
  const high = Math.max(1, ...points.y);
  /** @type {Set<number> | null} */
  let found = null;
  let chosen = -1;
  let fitted = 1;
  let whole = true;
  let view = { x: 0, y: 0, scale: 1 };
  let waiting = false;

  const screenX = (/** @type {number} */ n) => ((points.x[n] ?? 0) - view.x) * view.scale;
  const screenY = (/** @type {number} */ n) => ((points.y[n] ?? 0) - view.y) * view.scale;

  function fit() {
    const { clientWidth: across, clientHeight: down } = canvas;
    fitted = Math.max(1e-9, Math.min((across - 2 * EDGE) / wide, (down - 2 * EDGE) / high));
    view = { scale: fitted, x: wide / 2 - across / 2 / fitted, y: high / 2 - down / 2 / fitted };
    whole = true;
    soon();
  }

  /** @param {number} factor @param {number} [x] @param {number} [y] */
  function zoom(factor, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2) {
    const scale = Math.min(fitted * MOST, Math.max(fitted / 2, view.scale * factor));
    view = { scale, x: view.x + x / view.scale - x / scale, y: view.y + y / view.scale - y / scale };
    whole = false;
    soon();
  }

  /** @param {number} dx @param {number} dy */
  function move(dx, dy) {
    view = { ...view, x: view.x - dx / view.scale, y: view.y - dy / view.scale };
    whole = false;
    soon();
  }

  function soon() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(draw);
  }

  function draw() {
    waiting = false;
    const ratio = window.devicePixelRatio || 1;
    const { clientWidth: across, clientHeight: down } = canvas;
    canvas.width = Math.round(across * ratio);
    canvas.height = Math.round(down * ratio);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    const radius = Math.min(9, (points.x.length > 5000 ? 2 : 4.5) * Math.sqrt(Math.max(1, view.scale / fitted)));
    for (let n = 0; n < points.x.length; n++) {
      const x = screenX(n);
      const y = screenY(n);
      if (x < -radius || y < -radius || x > across + radius || y > down + radius) continue;
      const one = colours.get(points.cluster[n] ?? -1);
      pen.globalAlpha = found && !found.has(n) ? 0.12 : 0.85;
      pen.fillStyle = one?.colour ?? "#999";
      shape(pen, one?.shape ?? "circle", x, y, radius);
    }
    pen.globalAlpha = 1;
    if (chosen >= 0) ring(radius);
    names();
  }

  /** @param {number} radius */
  function ring(radius) {
    pen.strokeStyle = getComputedStyle(canvas).color;
    pen.lineWidth = 2;
    pen.beginPath();
    pen.arc(screenX(chosen), screenY(chosen), radius + 4, 0, 2 * Math.PI);
    pen.stroke();
  }

  /** Set the name of each cluster at the middle of its points, the largest first, where there is room. */
  function names() {
    /** @type {[number, number, number, number][]} */
    const taken = [];
    const room = (NAMED * view.scale) / fitted;
    const style = getComputedStyle(canvas);
    pen.font = `600 13px ${style.fontFamily}`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    for (const { number: cluster, name } of points.clusters) {
      if (cluster < 0 || taken.length >= room) continue;
      const mine = points.cluster.flatMap((one, n) => (one === cluster ? [n] : []));
      const middle = (/** @type {number[]} */ values) => values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
      const text = name.length > 28 ? `${name.slice(0, 27)}…` : name;
      const half = pen.measureText(text).width / 2 + 5;
      const centre = middle(mine.map(screenX));
      if (centre < 0 || centre > canvas.clientWidth) continue;
      const x = Math.min(Math.max(centre, half), canvas.clientWidth - half);
      const y = middle(mine.map(screenY));
      /** @type {[number, number, number, number]} */
      const box = [x - half, y - 10, x + half, y + 10];
      if (y < 0 || y > canvas.clientHeight || taken.some((b) => box[0] < b[2] && box[2] > b[0] && box[1] < b[3] && box[3] > b[1])) continue;
      taken.push(box);
      pen.lineWidth = 4;
      pen.lineJoin = "round";
      pen.strokeStyle = style.backgroundColor;
      pen.strokeText(text, x, y);
      pen.fillStyle = style.color;
      pen.fillText(text, x, y);
    }
  }

  /** @param {number} x @param {number} y */
  function nearest(x, y) {
    let best = -1;
    let least = REACH * REACH;
    for (let n = 0; n < points.x.length; n++) {
      const away = (screenX(n) - x) ** 2 + (screenY(n) - y) ** 2;
      if (away <= least) [best, least] = [n, away];
    }
    return best;
  }

  pointers(canvas, { zoom, move, tap: (x, y) => choose(nearest(x, y)) });
  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowLeft: () => move(STEP, 0), ArrowRight: () => move(-STEP, 0), ArrowUp: () => move(0, STEP), ArrowDown: () => move(0, -STEP),
    "+": () => zoom(1.3), "=": () => zoom(1.3), "-": () => zoom(1 / 1.3), 0: fit,
  };
  canvas.addEventListener("keydown", (event) => {
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]?.();
  });
  new ResizeObserver(() => (whole ? fit() : soon())).observe(canvas);
  return {
    canvas, fit, zoom,
    /** @param {Set<number> | null} places */
    find(places) {
      found = places;
      soon();
    },
    /** @param {number} place */
    show(place) {
      chosen = place;
      if (place < 0) return soon();
      const scale = Math.max(view.scale, fitted * 2.5);
      view = { scale, x: (points.x[place] ?? 0) - canvas.clientWidth / 2 / scale, y: (points.y[place] ?? 0) - canvas.clientHeight / 2 / scale };
      whole = false;
      soon();
    },
    redraw: soon,
  };
}

/**
 * Drag, pinch, wheel and tap.
 * @param {HTMLCanvasElement} canvas
 * @param {{zoom: (factor: number, x: number, y: number) => void, move: (dx: number, dy: number) => void, tap: (x: number, y: number) => void}} acts
 */
function pointers(canvas, { zoom, move, tap }) {
  /** @type {Map<number, {x: number, y: number}>} */
  const down = new Map();
  let moved = 0;
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    down.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    moved = 0;
  });
  canvas.addEventListener("pointermove", (event) => {
    const last = down.get(event.pointerId);
    if (!last) return;
    const now = { x: event.offsetX, y: event.offsetY };
    const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
    if (other) zoom(Math.hypot(now.x - other.x, now.y - other.y) / Math.max(1, Math.hypot(last.x - other.x, last.y - other.y)), other.x, other.y);
    else move(now.x - last.x, now.y - last.y);
    moved += Math.abs(now.x - last.x) + Math.abs(now.y - last.y);
    down.set(event.pointerId, now);
  });
  canvas.addEventListener("pointerup", (event) => {
    down.delete(event.pointerId);
    if (moved < 4) tap(event.offsetX, event.offsetY);
  });
  canvas.addEventListener("pointercancel", (event) => down.delete(event.pointerId));
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), event.offsetX, event.offsetY);
  }, { passive: false });
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {string} name
 * @param {number} x
 * @param {number} y
 * @param {number} r
 */
export function shape(pen, name, x, y, r) {
  pen.beginPath();
  if (name === "square") pen.rect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8);
  else if (name === "triangle") polygon(pen, x, y, r * 1.2, 3, -Math.PI / 2);
  else if (name === "diamond") polygon(pen, x, y, r * 1.25, 4, 0);
  else if (name === "cross" || name === "plus") star(pen, x, y, r * 1.25, name === "plus" ? 0 : Math.PI / 4);
  else pen.arc(x, y, r, 0, 2 * Math.PI);
  pen.fill();
}

/** @param {CanvasRenderingContext2D} pen @param {number} x @param {number} y @param {number} r @param {number} corners @param {number} turn */
function polygon(pen, x, y, r, corners, turn) {
  for (let n = 0; n < corners; n++) {
    const angle = turn + (2 * Math.PI * n) / corners;
    pen.lineTo(x + r * Math.cos(angle), y + r * Math.sin(angle));
  }
  pen.closePath();
}

/** @param {CanvasRenderingContext2D} pen @param {number} x @param {number} y @param {number} r @param {number} turn */
function star(pen, x, y, r, turn) {
  const half = 0.34;
  const arm = [[half, -half], [1, -half], [1, half]];
  for (let n = 0; n < 4; n++) {
    const angle = turn + (Math.PI / 2) * n;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    for (const [dx = 0, dy = 0] of arm) pen.lineTo(x + r * (dx * cos - dy * sin), y + r * (dx * sin + dy * cos));
  }
  pen.closePath();
}
