
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const by = (id) => document.getElementById(id);
  const canvas = by("map"), stage = by("stage"), tip = by("tip");
  const pen = canvas.getContext("2d");
  const count = data.x.length;
  const slots = new Map(data.clusters.map((cluster, slot) => [cluster.number, slot]));
  const slot = Uint16Array.from(data.cluster, (number) => slots.get(number));
  const hidden = new Array(data.clusters.length).fill(false);
  const lower = data.text.map((text, i) => (text + " " + data.id[i]).toLowerCase());
  let matches = null;      // texts that match the search; null without a search
  let chosen = -1;         // the text under the pointer
  let view = { x: 0, y: 0, scale: 1 };
  let fitted = 1, ratio = 1, waiting = false, whole = true;

  // A grid for fast lookup of the point under the pointer.
  const CELLS = 128;
  const side = Math.max(1, ...bounds().slice(2)) / CELLS;
  const grid = new Map();
  for (let i = 0; i < count; i++) {
    const key = cell(data.x[i]) * 4096 + cell(data.y[i]);
    grid.has(key) ? grid.get(key).push(i) : grid.set(key, [i]);
  }

  function cell(value) { return Math.floor(value / side); }

  function bounds() {
    let right = 1, bottom = 1;
    for (let i = 0; i < count; i++) {
      if (data.x[i] > right) right = data.x[i];
      if (data.y[i] > bottom) bottom = data.y[i];
    }
    return [0, 0, right, bottom];
  }

  const shown = (i) => !hidden[slot[i]] && (matches === null || matches[i] === 1);
  const screenX = (i) => (data.x[i] - view.x) * view.scale;
  const screenY = (i) => (data.y[i] - view.y) * view.scale;
  const wide = () => stage.clientWidth, high = () => stage.clientHeight;
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function mark(on, shape, x, y, r) {
    on.beginPath();
    if (shape === "circle") on.arc(x, y, r, 0, 2 * Math.PI);
    else if (shape === "square") on.rect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8);
    else {
      const corners = {
        triangle: [[0, -1.15], [1.05, 0.8], [-1.05, 0.8]],
        diamond: [[0, -1.25], [1.05, 0], [0, 1.25], [-1.05, 0]],
        cross: star(Math.PI / 4),
        plus: star(0),
      }[shape];
      corners.forEach(([dx, dy], n) => on[n ? "lineTo" : "moveTo"](x + dx * r, y + dy * r));
      on.closePath();
    }
    on.fill();
  }

  function star(turn) {
    const arm = 1.2, half = 0.38;
    const corners = [[half, -half], [arm, -half], [arm, half], [half, half], [half, arm], [-half, arm],
      [-half, half], [-arm, half], [-arm, -half], [-half, -half], [-half, -arm], [half, -arm]];
    return corners.map(([x, y]) => [x * Math.cos(turn) - y * Math.sin(turn), x * Math.sin(turn) + y * Math.cos(turn)]);
  }

  function radius() {
    const crowded = count > 20000 ? 1.6 : count > 4000 ? 2.2 : count > 600 ? 3.2 : 4.5;
    return Math.min(7, crowded * Math.sqrt(Math.max(1, view.scale / fitted)));
  }

  // Draws each cluster's marker once; its pixels are then copied to every point, which keeps 50,000 points fast without
  // a graphics card.
  function stamps(r, faded) {
    return data.clusters.map((cluster) => {
      const stamp = document.createElement("canvas");
      const half = Math.ceil((r * 1.3 + 1) * ratio), size = half * 2 + 1;
      stamp.width = stamp.height = size;
      const on = stamp.getContext("2d");
      on.translate(half + 0.5, half + 0.5);
      on.scale(ratio, ratio);
      mark(on, cluster.shape, 0, 0, r);
      const seen = on.getImageData(0, 0, size, size).data, dx = [], dy = [], share = [];
      const opaque = (cluster.number < 0 ? 0.45 : 0.82) * (faded ? 0.13 : 1);
      for (let n = 0; n < size * size; n++) {
        if (seen[n * 4 + 3]) {
          dx.push(n % size - half);
          dy.push(Math.floor(n / size) - half);
          share.push(seen[n * 4 + 3] / 255 * opaque);
        }
      }
      const rgb = [1, 3, 5].map((at) => parseInt(cluster.colour.slice(at, at + 2), 16));
      return { half, rgb, dx: Int16Array.from(dx), dy: Int16Array.from(dy), share: Float32Array.from(share) };
    });
  }

  function draw() {
    waiting = false;
    if (!canvas.width || !canvas.height) return;
    const r = radius(), image = pen.createImageData(canvas.width, canvas.height);
    const paper = colour("--paper"), long = paper.length > 4 ? paper : "#" + [...paper.slice(1)].map((c) => c + c).join("");
    new Uint32Array(image.data.buffer).fill(0xff000000 + parseInt(long.slice(5, 7) + long.slice(3, 5) + long.slice(1, 3), 16));
    if (matches !== null) set(image, stamps(r, true), (i) => !hidden[slot[i]] && matches[i] === 0);
    set(image, stamps(r, false), shown);
    pen.putImageData(image, 0, 0);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    names();
    if (chosen >= 0 && !hidden[slot[chosen]]) ring(r);
  }

  function set(image, made, wanted) {
    const pixels = image.data, right = image.width, bottom = image.height;
    for (let i = 0; i < count; i++) {
      if (!wanted(i)) continue;
      const { half, rgb: [red, green, blue], dx, dy, share } = made[slot[i]];
      const x = Math.round(screenX(i) * ratio), y = Math.round(screenY(i) * ratio);
      if (x < -half || y < -half || x > right + half || y > bottom + half) continue;
      for (let n = 0; n < share.length; n++) {
        const across = x + dx[n], down = y + dy[n];
        if (across < 0 || down < 0 || across >= right || down >= bottom) continue;
        const at = (down * right + across) * 4;
        pixels[at] += (red - pixels[at]) * share[n];
        pixels[at + 1] += (green - pixels[at + 1]) * share[n];
        pixels[at + 2] += (blue - pixels[at + 2]) * share[n];
      }
    }
  }

  function ring(r) {
    pen.strokeStyle = colour("--ink");
    pen.lineWidth = 2;
    pen.beginPath();
    pen.arc(screenX(chosen), screenY(chosen), r + 4, 0, 2 * Math.PI);
    pen.stroke();
  }

  // Labels each cluster at the median of its visible points, largest first, without overlap.
  function names() {
    const places = data.clusters.map((cluster) => [new Float32Array(cluster.size), new Float32Array(cluster.size)]);
    const held = new Uint32Array(data.clusters.length);
    const right = wide(), bottom = high();
    for (let i = 0; i < count; i++) {
      if (!shown(i)) continue;
      const x = screenX(i), y = screenY(i);
      if (x >= 0 && y >= 0 && x <= right && y <= bottom) {
        places[slot[i]][0][held[slot[i]]] = x;
        places[slot[i]][1][held[slot[i]]++] = y;
      }
    }
    const taken = [];
    pen.font = "600 13px system-ui, sans-serif";
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.lineJoin = "round";
    data.clusters.forEach((cluster, s) => {
      if (cluster.number < 0 || !held[s]) return;
      const text = cluster.name.length > 44 ? cluster.name.slice(0, 43) + "…" : cluster.name;
      const half = pen.measureText(text).width / 2 + 4;
      const x = Math.min(Math.max(middle(places[s][0].subarray(0, held[s])), half), right - half);
      const y = Math.min(Math.max(middle(places[s][1].subarray(0, held[s])), 12), bottom - 12);
      const free = [0, -18, 18, -36, 36].map((dy) => [x - half, y + dy - 9, x + half, y + dy + 9])
        .find((box) => taken.every((other) => box[2] < other[0] || box[0] > other[2] || box[3] < other[1] || box[1] > other[3]));
      if (!free) return;
      taken.push(free);
      pen.lineWidth = 4;
      pen.strokeStyle = colour("--paper");
      pen.strokeText(text, x, (free[1] + free[3]) / 2);
      pen.fillStyle = colour("--ink");
      pen.fillText(text, x, (free[1] + free[3]) / 2);
    });
  }

  function middle(values) {
    values.sort();
    return values[values.length >> 1];
  }

  function later() {
    if (!waiting) {
      waiting = true;
      requestAnimationFrame(draw);
    }
  }

  function size() {
    ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(wide() * ratio);
    canvas.height = Math.round(high() * ratio);
    whole ? fit() : later();
  }

  function fit() {
    const [, , right, bottom] = bounds(), edge = 40;
    fitted = Math.max(1e-6, Math.min((wide() - 2 * edge) / right, (high() - 2 * edge) / bottom));
    view = { scale: fitted, x: right / 2 - wide() / 2 / fitted, y: bottom / 2 - high() / 2 / fitted };
    whole = true;
    hide();
    later();
  }

  function zoom(factor, x = wide() / 2, y = high() / 2) {
    const scale = Math.min(fitted * 200, Math.max(fitted * 0.5, view.scale * factor));
    view = { scale, x: view.x + x / view.scale - x / scale, y: view.y + y / view.scale - y / scale };
    whole = false;
    hide();
    later();
  }

  function move(dx, dy) {
    view = { ...view, x: view.x - dx / view.scale, y: view.y - dy / view.scale };
    whole = false;
    hide();
    later();
  }

  function nearest(x, y) {
    const reach = radius() + 6, px = view.x + x / view.scale, py = view.y + y / view.scale, far = reach / view.scale;
    let found = -1, least = far * far;
    for (let cx = cell(px - far); cx <= cell(px + far); cx++) {
      for (let cy = cell(py - far); cy <= cell(py + far); cy++) {
        for (const i of grid.get(cx * 4096 + cy) || []) {
          const off = (data.x[i] - px) ** 2 + (data.y[i] - py) ** 2;
          if (off <= least && shown(i)) { least = off; found = i; }
        }
      }
    }
    return found;
  }

  function line(tag, text) {
    const made = document.createElement(tag);
    made.textContent = text;
    return made;
  }

  function point(i, say = false) {
    if (i === chosen && (i < 0 || !tip.hidden)) return;
    chosen = i;
    later();
    if (i < 0) return hide();
    const cluster = data.clusters[slot[i]];
    tip.replaceChildren(line("b", cluster.name), line("span", data.text[i] + " "), line("small", data.id[i]));
    tip.hidden = false;
    const x = screenX(i), y = screenY(i), w = tip.offsetWidth, h = tip.offsetHeight;
    tip.style.left = Math.max(4, x + 14 + w > wide() ? x - 14 - w : x + 14) + "px";
    tip.style.top = Math.max(4, Math.min(y + 14, high() - h - 6)) + "px";
    if (say) by("said").textContent = cluster.name + ": " + data.text[i];
  }

  function hide() {
    tip.hidden = true;
    chosen = -1;
  }

  function centre(i) {
    const scale = Math.max(view.scale, fitted * 3);
    view = { scale, x: data.x[i] - wide() / 2 / scale, y: data.y[i] - high() / 2 / scale };
    whole = false;
    hide();
    point(i, true);
  }

  function step(way) {
    const inView = (i) => shown(i) && screenX(i) >= 0 && screenX(i) <= wide() && screenY(i) >= 0 && screenY(i) <= high();
    for (let n = 1, i = chosen; n <= count; n++) {
      i = i < 0 ? (way > 0 ? 0 : count - 1) : (i + way + count) % count;
      if (inView(i)) return point(i, true);
    }
  }

  function search() {
    const words = by("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const results = by("results");
    results.replaceChildren();
    matches = words.length ? Uint8Array.from(lower, (text) => (words.every((word) => text.includes(word)) ? 1 : 0)) : null;
    by("results-panel").hidden = matches === null;
    hide();
    tell();
    later();
    if (matches === null) return;
    for (let i = 0, listed = 0; i < count && listed < 60; i++) {
      if (!shown(i)) continue;
      listed++;
      const button = line("button", data.text[i].length > 110 ? data.text[i].slice(0, 109) + "…" : data.text[i]);
      button.type = "button";
      button.addEventListener("click", () => centre(i));
      const item = document.createElement("li");
      item.append(button);
      results.append(item);
    }
  }

  function tell() {
    let visible = 0;
    for (let i = 0; i < count; i++) if (shown(i)) visible++;
    const all = count.toLocaleString("en");
    by("count").textContent = matches === null
      ? (visible === count ? all + " texts" : visible.toLocaleString("en") + " of " + all + " texts shown")
      : visible.toLocaleString("en") + " of " + all + " texts found" + (visible > 60 ? ", the first 60 listed" : "");
  }

  function legend() {
    data.clusters.forEach((cluster, s) => {
      const item = document.createElement("li"), button = document.createElement("button");
      const sign = document.createElement("canvas");
      sign.width = sign.height = 32;
      const on = sign.getContext("2d");
      on.fillStyle = cluster.colour;
      mark(on, cluster.shape, 16, 16, 10);
      button.type = "button";
      button.append(sign, line("span", cluster.name), line("small", cluster.size.toLocaleString("en")));
      button.setAttribute("aria-pressed", "true");
      button.addEventListener("click", () => toggle(s, !hidden[s]));
      item.append(button);
      by("legend").append(item);
    });
  }

  function toggle(s, off) {
    hidden[s] = off;
    by("legend").children[s].firstChild.setAttribute("aria-pressed", String(!off));
    search();
  }

  function every(off) {
    data.clusters.forEach((_, s) => {
      hidden[s] = off;
      by("legend").children[s].firstChild.setAttribute("aria-pressed", String(!off));
    });
    search();
  }

  function theme(dark) {
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    by("theme").textContent = dark ? "Light" : "Dark";
    later();
  }

  const KEYS = {
    ArrowLeft: () => move(60, 0), ArrowRight: () => move(-60, 0), ArrowUp: () => move(0, 60), ArrowDown: () => move(0, -60),
    "+": () => zoom(1.3), "=": () => zoom(1.3), "-": () => zoom(1 / 1.3), "0": fit,
    n: () => step(1), p: () => step(-1), Escape: () => { hide(); later(); },
  };
  let drag = null;
  canvas.addEventListener("keydown", (event) => {
    if (KEYS[event.key] && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      KEYS[event.key]();
    }
  });
  canvas.addEventListener("pointerdown", (event) => {
    drag = { x: event.clientX, y: event.clientY };
    canvas.setPointerCapture(event.pointerId);
    canvas.classList.add("moving");
  });
  canvas.addEventListener("pointermove", (event) => {
    if (drag) {
      move(event.clientX - drag.x, event.clientY - drag.y);
      drag = { x: event.clientX, y: event.clientY };
    } else {
      const box = canvas.getBoundingClientRect();
      point(nearest(event.clientX - box.left, event.clientY - box.top));
    }
  });
  const end = (event) => {
    drag = null;
    canvas.classList.remove("moving");
    if (event.type === "pointerup") {
      const box = canvas.getBoundingClientRect();
      point(nearest(event.clientX - box.left, event.clientY - box.top));
    }
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  canvas.addEventListener("pointerleave", () => { if (!drag) { hide(); later(); } });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const box = canvas.getBoundingClientRect();
    zoom(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.0015)), event.clientX - box.left, event.clientY - box.top);
  }, { passive: false });
  by("in").addEventListener("click", () => zoom(1.5));
  by("out").addEventListener("click", () => zoom(1 / 1.5));
  by("fit").addEventListener("click", fit);
  by("search").addEventListener("input", search);
  by("all").addEventListener("click", () => every(false));
  by("none").addEventListener("click", () => every(true));
  by("theme").addEventListener("click", () => theme(document.documentElement.dataset.theme !== "dark"));
  new ResizeObserver(size).observe(stage);
  legend();
  theme(window.matchMedia("(prefers-color-scheme: dark)").matches);
  size();
  tell();
})();
