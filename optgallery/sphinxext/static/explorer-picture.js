/* The explorer's picture: a surface that stays sharp at every magnification, and paths on it.
   Positions are shares of the domain, from its lower left corner. */
(() => {
  "use strict";

  const SHADES = 1024;
  const CONTOUR = 0.5; // how white a contour line is
  const QUICK = 260; // pixels of a side while the view changes
  const LEAST_ZOOM = 0.25;
  const MOST_ZOOM = 1024;
  const MARKERS = ["disc", "square", "up", "diamond", "down", "star", "cross", "ring"];
  const DASHES = [[], [9, 4], [], [9, 4], [2.5, 3.5], [], [9, 4, 2.5, 4], [2.5, 3.5]];

  /* What part of the domain is seen: its centre, and how many times the whole would fill it. */
  class View {
    constructor(x = 0.5, y = 0.5, zoom = 1) {
      this.zoom = Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, zoom));
      this.x = Math.min(2, Math.max(-1, x));
      this.y = Math.min(2, Math.max(-1, y));
    }

    get whole() {
      return this.zoom === 1 && this.x === 0.5 && this.y === 0.5;
    }

    /* Pixels of a square picture, from its upper left corner. */
    toPixels(x, y, size) {
      return [((x - this.x) * this.zoom + 0.5) * size, ((this.y - y) * this.zoom + 0.5) * size];
    }

    toShares(px, py, size) {
      return [this.x + (px / size - 0.5) / this.zoom, this.y - (py / size - 0.5) / this.zoom];
    }

    moved(dx, dy, size) {
      return new View(this.x - dx / size / this.zoom, this.y + dy / size / this.zoom, this.zoom);
    }

    /* Magnified around a point that stays where it is. */
    zoomed(factor, px, py, size) {
      const [x, y] = this.toShares(px, py, size);
      const zoom = Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, this.zoom * factor));
      const kept = this.zoom / zoom;
      return new View(x + (this.x - x) * kept, y + (this.y - y) * kept, zoom);
    }
  }

  /* A palette of three bytes for each of a few colours, spread over all shades. */
  function spreadPalette(palette) {
    const last = palette.length / 3 - 1;
    const shades = new Uint8ClampedArray(3 * SHADES);
    for (let i = 0; i < SHADES; i++) {
      const at = (i / (SHADES - 1)) * last;
      const low = Math.min(Math.floor(at), last - 1);
      for (let c = 0; c < 3; c++) {
        const [from, to] = [palette[3 * low + c], palette[3 * low + 3 + c]];
        shades[3 * i + c] = from + (to - from) * (at - low);
      }
    }
    return shades;
  }

  /* Where pixels fall between grid points, and the weights of the four points around them
     (Catmull and Rom's cubic, which passes through the points). Outside of the grid: -1. */
  function taps(centre, zoom, count, side) {
    const starts = new Int32Array(count);
    const weights = new Float32Array(4 * count);
    for (let i = 0; i < count; i++) {
      const share = centre + ((i + 0.5) / count - 0.5) / zoom;
      if (share < 0 || share > 1) {
        starts[i] = -1;
        continue;
      }
      const at = share * (side - 1);
      const low = Math.min(Math.floor(at), side - 2);
      starts[i] = low;
      weights.set(cubic(at - low), 4 * i);
    }
    return { starts, weights };
  }

  function cubic(t) {
    return [
      t * (t * (1 - t / 2) - 0.5),
      1 + t * t * (1.5 * t - 2.5),
      t * (0.5 + t * (2 - 1.5 * t)),
      (t * t * (t - 1)) / 2,
    ];
  }

  /* The tone of the surface at a point of the domain; null outside of it. */
  function toneAt({ side, tones }, x, y) {
    if (!(x >= 0 && x <= 1 && y >= 0 && y <= 1)) return null;
    const [column, row] = [x, y].map((share) => Math.min(Math.floor(share * (side - 1)), side - 2));
    const [across, up] = [cubic(x * (side - 1) - column), cubic(y * (side - 1) - row)];
    const inside = (index) => Math.min(side - 1, Math.max(0, index));
    let tone = 0;
    for (let j = 0; j < 4; j++) {
      for (let i = 0; i < 4; i++) {
        const at = inside(row + j - 1) * side + inside(column + i - 1);
        tone += up[j] * across[i] * tones[at];
      }
    }
    return Math.min(1, Math.max(0, tone));
  }

  function valueAt(surface, x, y) {
    const tone = toneAt(surface, x, y);
    if (tone === null) return null;
    const { value, span, rise } = surface;
    return value + span * (rise ? Math.expm1(rise * tone) / Math.expm1(rise) : tone);
  }

  /* Tones of all pixels of a square, NaN outside of the domain: first along x, then along y. */
  function sample({ side, tones }, view, count) {
    const across = taps(view.x, view.zoom, count, side);
    const down = taps(1 - view.y, view.zoom, count, side);
    const inside = (index) => Math.min(side - 1, Math.max(0, index));
    const rows = new Map();
    const row = (index) => {
      const at = inside(index);
      if (!rows.has(at)) rows.set(at, alongX(tones.subarray(at * side, (at + 1) * side), across));
      return rows.get(at);
    };
    const sampled = new Float32Array(count * count);
    for (let py = 0; py < count; py++) {
      const start = down.starts[py];
      const line = sampled.subarray(py * count, (py + 1) * count);
      if (start < 0) {
        line.fill(NaN);
        continue;
      }
      // pixels run downwards, rows of the grid upwards
      const [a, b, c, d] = [-1, 0, 1, 2].map((step) => row(side - 1 - start - step));
      const [wa, wb, wc, wd] = down.weights.subarray(4 * py, 4 * py + 4);
      for (let px = 0; px < count; px++) {
        line[px] = wa * a[px] + wb * b[px] + wc * c[px] + wd * d[px];
      }
    }
    return sampled;
  }

  function alongX(row, { starts, weights }) {
    const last = row.length - 1;
    const line = new Float32Array(starts.length);
    for (let i = 0; i < line.length; i++) {
      const low = starts[i];
      const w = 4 * i;
      line[i] =
        low < 0
          ? NaN
          : weights[w] * row[low ? low - 1 : 0] +
            weights[w + 1] * row[low] +
            weights[w + 2] * row[low + 1] +
            weights[w + 3] * row[low + 2 > last ? last : low + 2];
    }
    return line;
  }

  /* The distance between contour lines where the view shows only a part of the tones, a power of
     two, so that lines stay when others come; null where it shows most of them. */
  function lineStep(tones) {
    let [low, high] = [1, 0];
    for (let i = 0; i < tones.length; i += 7) {
      if (tones[i] < low) low = tones[i];
      if (tones[i] > high) high = tones[i];
    }
    if (!(high > low && high - low < 0.5)) return null;
    return 2 ** -Math.min(12, Math.floor(Math.log2(16 / (high - low))));
  }

  function paintGround(surface, view, count, shades, contours, ratio) {
    const tones = sample(surface, view, count);
    const image = new ImageData(count, count);
    const { data } = image;
    const step = lineStep(tones);
    // of each shade, the nearest of the lines that the gallery's pictures have
    const nearest = Float32Array.from({ length: SHADES }, (_, shade) => {
      const away = (line) => Math.abs(line - shade / (SHADES - 1));
      return contours.reduce((best, line) => (away(line) < away(best) ? line : best));
    });
    const reach = 0.5 + ratio / 2;
    for (let py = 0, i = 0; py < count; py++) {
      const up = py ? -count : 0;
      const down = py < count - 1 ? count : 0;
      for (let px = 0; px < count; px++, i++) {
        const tone = tones[i];
        if (tone !== tone) continue; // NaN: it stays transparent
        const shade = Math.min(SHADES - 1, Math.max(0, (tone * (SHADES - 1) + 0.5) | 0));
        const right = px < count - 1 ? 1 : 0;
        const left = px ? -1 : 0;
        const dx = (tones[i + right] - tones[i + left]) / (right - left || 1);
        const dy = (tones[i + down] - tones[i + up]) / ((down - up) / count || 1);
        const slope = Math.max(1e-5, Math.sqrt(dx * dx + dy * dy));
        const line = step ? Math.max(step, Math.round(tone / step) * step) : nearest[shade];
        const away = Math.abs(tone - line) / slope;
        const white = away < reach ? CONTOUR * Math.min(1, reach - away) : 0;
        const s = 3 * shade;
        const d = 4 * i;
        data[d] = shades[s] + (255 - shades[s]) * white;
        data[d + 1] = shades[s + 1] + (255 - shades[s + 1]) * white;
        data[d + 2] = shades[s + 2] + (255 - shades[s + 2]) * white;
        data[d + 3] = 255;
      }
    }
    return image;
  }

  /* The picture's canvas. Its ground is painted once and kept; while the view moves it is painted
     coarsely, and sharply as soon as it rests. */
  class Picture {
    constructor(canvas, palette, contours) {
      this.canvas = canvas;
      this.context = canvas.getContext("2d");
      this.shades = spreadPalette(palette);
      this.contours = contours;
      this.ground = document.createElement("canvas");
      this.painted = "";
    }

    /* Fit the canvas to its place on the page. */
    fit() {
      const ratio = Math.min(3, window.devicePixelRatio || 1);
      const size = Math.max(1, Math.round(this.canvas.clientWidth * ratio));
      this.ratio = ratio;
      if (this.canvas.width !== size) this.canvas.width = this.canvas.height = size;
      this.size = size;
    }

    /* Draw everything; `quick` asks for a coarse ground. */
    draw({ surface, fn, view, runs, time, colors, quick }) {
      const { context, size, ratio } = this;
      const count = quick ? Math.min(size, QUICK) : size;
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.fillStyle = colors.outside;
      context.fillRect(0, 0, size, size);
      if (surface) {
        const wanted = [fn.name, view.x, view.y, view.zoom, count].join(" ");
        if (wanted !== this.painted) {
          this.ground.width = this.ground.height = count;
          const lines = (ratio * count) / size;
          const image = paintGround(surface, view, count, this.shades, this.contours, lines);
          this.ground.getContext("2d").putImageData(image, 0, 0);
          this.painted = wanted;
        }
        context.imageSmoothingQuality = "high";
        context.drawImage(this.ground, 0, 0, size, size);
      }
      context.lineJoin = context.lineCap = "round";
      for (const [x, y] of fn.minima) this.ring(...view.toPixels(x, y, size));
      this.start(runs, view, colors);
      runs.forEach((run) => this.path(run, view, time, colors));
      runs.forEach((run) => this.head(run, view, time, colors));
    }

    ring(px, py) {
      const { context, ratio, size } = this;
      const radius = ratio * (2.2 + size / ratio / 160);
      for (const [color, width] of [
        ["rgb(0 0 0 / 45%)", 3.2],
        ["rgb(255 255 255 / 95%)", 1.6],
      ]) {
        context.beginPath();
        context.arc(px, py, radius, 0, 2 * Math.PI);
        context.strokeStyle = color;
        context.lineWidth = width * ratio;
        context.stroke();
      }
    }

    /* Where all of them began. */
    start([first], view, { casing, start }) {
      if (!first) return;
      const { context, size, ratio } = this;
      const [x, y] = view.toPixels(first.run.x[0], first.run.y[0], size);
      context.beginPath();
      context.arc(x, y, 7 * ratio, 0, 2 * Math.PI);
      context.fillStyle = start;
      context.strokeStyle = casing;
      context.lineWidth = 1.2 * ratio;
      context.fill();
      context.stroke();
    }

    path({ run, slot }, view, time, colors) {
      const { context, size, ratio } = this;
      const points = pointsUntil(run, time).map(([x, y]) => view.toPixels(x, y, size));
      const line = new Path2D();
      const margin = 20 * ratio;
      let pen = null;
      for (let i = 1; i < points.length; i++) {
        const piece = clipped(points[i - 1], points[i], -margin, size + margin);
        if (!piece) continue;
        const [from, to] = piece;
        if (pen !== points[i - 1] || from !== points[i - 1]) line.moveTo(...from);
        line.lineTo(...to);
        pen = to === points[i] ? points[i] : null;
      }
      context.strokeStyle = colors.casing;
      context.lineWidth = 4.4 * ratio;
      context.setLineDash([]);
      context.stroke(line);
      context.strokeStyle = colors.runs[slot];
      context.lineWidth = 2.2 * ratio;
      context.setLineDash(DASHES[slot].map((length) => length * ratio));
      context.stroke(line);
      context.setLineDash([]);
      this.steps(points, colors.runs[slot], colors.casing);
    }

    /* A dot at each step that lies far enough from the dot before. */
    steps(points, color, casing) {
      const { context, size, ratio } = this;
      const dots = new Path2D();
      const least = (7 * ratio) ** 2;
      let [lastX, lastY] = [Infinity, Infinity];
      for (const [x, y] of points.slice(0, -1)) {
        if (!((x - lastX) ** 2 + (y - lastY) ** 2 >= least)) continue;
        [lastX, lastY] = [x, y];
        if (x < -9 || y < -9 || x > size + 9 || y > size + 9) continue;
        dots.moveTo(x + 2.1 * ratio, y);
        dots.arc(x, y, 2.1 * ratio, 0, 2 * Math.PI);
      }
      context.fillStyle = color;
      context.fill(dots);
      context.strokeStyle = casing;
      context.lineWidth = 0.9 * ratio;
      context.stroke(dots);
    }

    /* Where an optimizer stands; beyond the edge, an arrowhead that points to it. */
    head({ run, slot }, view, time, colors) {
      const { context, size, ratio } = this;
      const point = pointsUntil(run, time).at(-1);
      const [px, py] = view.toPixels(point[0], point[1], size);
      const edge = 11 * ratio;
      const x = Math.min(size - edge, Math.max(edge, px));
      const y = Math.min(size - edge, Math.max(edge, py));
      context.save();
      context.translate(x, y);
      context.fillStyle = colors.runs[slot];
      context.strokeStyle = colors.casing;
      context.lineWidth = 1.6 * ratio;
      const outside = px < 0 || py < 0 || px > size || py > size;
      if (outside) context.rotate(Math.atan2(py - y, px - x) + Math.PI / 2);
      mark(context, outside ? "arrow" : MARKERS[slot], 6.2 * ratio);
      context.restore();
    }
  }

  /* The points of a run until a moment between two steps, where the last one is on its way. */
  function pointsUntil({ x, y, rows }, time) {
    const whole = Math.min(Math.floor(time), rows - 1);
    const points = [];
    for (let i = 0; i <= whole; i++) points.push([x[i], y[i]]);
    const part = time - whole;
    if (part > 0 && whole < rows - 1) {
      const between = (values) => values[whole] + (values[whole + 1] - values[whole]) * part;
      points.push([between(x), between(y)]);
    }
    return points;
  }

  /* The part of a piece of path within a square, or null: very long ones would stall the dashes. */
  function clipped(from, to, low, high) {
    let [first, last] = [0, 1];
    const along = [to[0] - from[0], to[1] - from[1]];
    for (const axis of [0, 1]) {
      if (along[axis] === 0) {
        if (from[axis] < low || from[axis] > high) return null;
        continue;
      }
      const cuts = [low, high].map((edge) => (edge - from[axis]) / along[axis]);
      first = Math.max(first, Math.min(...cuts));
      last = Math.min(last, Math.max(...cuts));
    }
    if (!(first <= last)) return null;
    const at = (share) => from.map((start, axis) => start + along[axis] * share);
    return [first > 0 ? at(first) : from, last < 1 ? at(last) : to];
  }

  const CORNERS = {
    square: [-0.85, -0.85, 0.85, -0.85, 0.85, 0.85, -0.85, 0.85],
    up: [0, -1.1, 1.05, 0.8, -1.05, 0.8],
    down: [0, 1.1, 1.05, -0.8, -1.05, -0.8],
    diamond: [0, -1.25, 1.25, 0, 0, 1.25, -1.25, 0],
    arrow: [0, -1.3, 1.15, 0.9, 0, 0.35, -1.15, 0.9],
    cross: [
      ...[-0.4, -1.1, 0.4, -1.1, 0.4, -0.4, 1.1, -0.4, 1.1, 0.4, 0.4, 0.4],
      ...[0.4, 1.1, -0.4, 1.1, -0.4, 0.4, -1.1, 0.4, -1.1, -0.4, -0.4, -0.4],
    ],
    star: Array.from({ length: 10 }, (_, i) => {
      const [angle, radius] = [(i * Math.PI) / 5, i % 2 ? 0.55 : 1.3];
      return [radius * Math.sin(angle), -radius * Math.cos(angle)];
    }).flat(),
  };

  /* A marker around the origin, filled and with an outline. */
  function mark(context, shape, radius) {
    context.beginPath();
    const corners = CORNERS[shape];
    if (corners) {
      for (let i = 0; i < corners.length; i += 2) {
        context.lineTo(corners[i] * radius, corners[i + 1] * radius);
      }
      context.closePath();
    } else {
      context.arc(0, 0, radius, 0, 2 * Math.PI);
    }
    context.stroke();
    context.fill();
    if (shape === "ring") {
      context.beginPath();
      context.arc(0, 0, radius * 0.45, 0, 2 * Math.PI);
      context.fillStyle = context.strokeStyle;
      context.fill();
    }
  }

  Object.assign(window.optgallery, { DASHES, MARKERS, Picture, View, mark, valueAt });
})();
