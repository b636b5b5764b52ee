/* The explorer's picture: the surface and the paths on it. */
(() => {
  "use strict";

  const { clipped, finished, groundRows, pointAt, pointsUntil, spreadPalette } =
    globalThis.optgallery;
  const ROUGH = 260; // pixels per side of the coarse background
  const SLICE = 6; // milliseconds of painting before yielding to other tasks
  const OPAQUE = { alpha: false }; // opaque canvases are copied faster
  const MARKERS = ["disc", "square", "up", "diamond", "down", "star", "cross", "ring"];
  const DASHES = [[], [9, 4], [], [9, 4], [2.5, 3.5], [], [9, 4, 2.5, 4], [2.5, 3.5]];

  /* The picture's canvas. The background is painted once and kept: coarsely at first and while the view
     changes, then at full resolution in slices. While paths are playing, only new steps are drawn. */
  class Picture {
    constructor(canvas, palette, contours, changed) {
      this.changed = changed; // called when there is a new background
      this.canvas = canvas;
      this.context = null;
      this.size = 0; // in device pixels
      this.ratio = 1; // device pixels per CSS pixel
      this.weight = 1; // how much wider lines and markers are than usual
      this.shades = spreadPalette(palette);
      this.contours = contours;
      this.ground = document.createElement("canvas");
      this.painted = null; // the background that is painted
      this.coming = null; // the background that is being painted
      this.track = document.createElement("canvas"); // the background and all completed steps
      this.tracked = null; // the scene, the step and the paths on it
      this.spots = []; // regions where the picture differs from the track
    }

    /* Fit the canvas to its size on the page. */
    fit(width, _height, ratio = Math.min(3, window.devicePixelRatio || 1)) {
      const size = Math.max(1, Math.round(width * ratio));
      this.ratio = ratio;
      this.size = size;
      for (const canvas of [this.canvas, this.track]) {
        if (canvas.width !== size) canvas.width = canvas.height = size;
      }
      this.context = this.canvas.getContext("2d", OPAQUE); // resizing has made it black
      this.tracked = null;
    }

    get sharp() {
      return this.canvas.dataset.ground === "sharp";
    }

    /* Device pixels for a CSS pixel of lines and markers. */
    get pen() {
      return this.ratio * this.weight;
    }

    /* Draw a scene, { surface, fn, view, runs, colors, coarse, weight }, at a time. While paths are playing,
       only what has changed in the same scene is drawn. */
    draw(scene, time, playing) {
      const { context, track } = this;
      if (!context) return; // before the page is laid out
      const { runs } = scene;
      this.weight = scene.weight;
      const whole = Math.floor(time);
      const goesOn = playing && this.tracked?.scene === scene && this.tracked.step <= whole;
      if (goesOn) {
        for (const item of this.tracked.paths) this.extend(item, whole, scene);
        for (const [x, y, w, h] of this.spots) {
          context.drawImage(track, x, y, w, h, x, y, w, h);
        }
        this.tracked.step = whole;
      } else {
        this.begin(scene, whole);
        context.drawImage(track, 0, 0);
      }
      this.spots = [];
      for (const { run, slot } of runs) this.underWay(run, slot, time, scene);
      for (const { run, slot } of runs) this.head(run, slot, time, scene);
    }

    /* Draw the track from its beginning. */
    begin(scene, whole) {
      const { pen, size, track } = this;
      const { colors, fn, runs, surface, view } = scene;
      const context = track.getContext("2d", OPAQUE);
      context.fillStyle = colors.outside;
      context.fillRect(0, 0, size, size);
      if (surface) {
        this.paint(scene);
        context.drawImage(this.ground, 0, 0, size, size);
      }
      const [xmin, xmax, ymin, ymax] = fn.domain;
      for (const [x, y] of fn.minima) {
        const shares = [(x - xmin) / (xmax - xmin), (y - ymin) / (ymax - ymin)];
        ring(context, ...view.toPixels(...shares, size), size, pen);
      }
      if (runs.length) this.start(context, runs[0].run, view, colors);
      const paths = runs.map(({ run, slot }) => this.path(context, run, slot, whole, scene));
      this.tracked = { scene, step: whole, paths };
    }

    /* Paint the background of a scene at full resolution, before it is drawn: what is downloaded has no
       time to become sharp. */
    sharpen({ surface, fn, view }) {
      const { size, ratio, shades, contours } = this;
      const rows = groundRows(surface, view, size, shades, contours, ratio);
      this.keep(finished(rows), [fn.name, view.x, view.y, view.zoom, size].join(" "), size);
    }

    paint({ surface, fn, view, coarse }) {
      const { size, ratio, shades, contours } = this;
      const place = [fn.name, view.x, view.y, view.zoom];
      const count = Math.min(size, ROUGH);
      const [rough, sharp] = [count, size].map((side) => [...place, side].join(" "));
      const rows = (side) =>
        groundRows(surface, view, side, shades, contours, (ratio * side) / size);
      // showing no background for a moment is better than showing a wrong one
      if ((coarse || this.painted) && ![rough, sharp].includes(this.painted)) {
        this.keep(finished(rows(count)), rough, count);
      }
      const next = this.painted ? sharp : rough;
      if (coarse || this.painted === sharp) this.coming = null;
      else if (this.coming !== next) {
        this.coming = next;
        const side = this.painted ? size : count;
        this.paintInSlices(rows(side), next, side);
      }
    }

    /* Continue painting a background, unless another one is wanted by now. */
    paintInSlices(rows, wanted, side) {
      setTimeout(() => {
        if (this.coming !== wanted) return;
        const until = performance.now() + SLICE;
        let next = rows.next();
        while (!next.done && performance.now() < until) next = rows.next();
        if (!next.done) {
          this.paintInSlices(rows, wanted, side);
          return;
        }
        this.coming = null;
        this.keep(next.value, wanted, side);
        this.tracked = null;
        this.changed();
      });
    }

    keep(image, name, side) {
      this.canvas.dataset.ground = side === this.size ? "sharp" : "coarse";
      this.ground.width = this.ground.height = image.width;
      this.ground.getContext("2d").putImageData(image, 0, 0);
      this.painted = name;
    }

    /* Draw the start of all paths. */
    start(context, run, view, { casing, start }) {
      const { size, pen } = this;
      const [x, y] = view.toPixels(run.x[0], run.y[0], size);
      context.beginPath();
      context.arc(x, y, 7 * pen, 0, 2 * Math.PI);
      context.fillStyle = start;
      context.strokeStyle = casing;
      context.lineWidth = 1.2 * pen;
      context.fill();
      context.stroke();
    }

    /* Draw a path up to a step, and return what is needed to continue it. */
    path(context, run, slot, step, { view, colors }) {
      const points = pointsUntil(run, step).map(([x, y]) => view.toPixels(x, y, this.size));
      const dots = this.dots(points.slice(0, -1), [Infinity, Infinity]);
      const item = { run, slot, points, dot: dots.at(-1) ?? [Infinity, Infinity], length: 0 };
      this.stroke(context, slot, points, 0, 0, colors);
      this.dotted(context, dots, slot, colors);
      for (let i = 1; i < points.length; i++) item.length += distance(points[i - 1], points[i]);
      return item;
    }

    /* Draw the new steps of a path. */
    extend(item, step, { view, colors }) {
      const { run, slot, points } = item;
      const context = this.track.getContext("2d", OPAQUE);
      const last = Math.min(step, run.rows - 1);
      while (points.length <= last) {
        const next = view.toPixels(run.x[points.length], run.y[points.length], this.size);
        const from = points.at(-1);
        points.push(next);
        // the round end of the outline has covered the end of the path: draw that again
        let [first, before] = [points.length - 2, 0];
        while (first > 0 && before < 8 * this.pen && points.length - first < 12) {
          before += distance(points[first - 1], points[first]);
          first -= 1;
        }
        const again = points.slice(first);
        this.stroke(context, slot, again, again.length - 2, item.length - before, colors);
        item.length += distance(from, next);
        const dots = this.dots([from], item.dot);
        if (dots.length) item.dot = from;
        this.dotted(context, dots, slot, colors);
        this.spot(again);
      }
    }

    /* Draw the unfinished step between two points. */
    underWay(run, slot, time, { view, colors }) {
      const whole = Math.floor(time);
      if (time === whole || whole >= run.rows - 1) return;
      const ends = [pointAt(run, whole), pointAt(run, time)];
      const points = ends.map(([x, y]) => view.toPixels(x, y, this.size));
      const length = this.tracked.paths.find((item) => item.slot === slot)?.length ?? 0;
      this.stroke(this.context, slot, points, 0, length, colors);
      this.spot(points);
    }

    /* Draw a line through points: its outline from a given point, its colour from the first. */
    stroke(context, slot, points, cased, offset, colors) {
      const { size, pen } = this;
      const margin = 20 * pen;
      context.lineJoin = context.lineCap = "round";
      context.setLineDash([]);
      context.strokeStyle = colors.casing;
      context.lineWidth = 4.4 * pen;
      context.stroke(lineThrough(points.slice(cased), -margin, size + margin));
      context.strokeStyle = colors.runs[slot];
      context.lineWidth = 2.2 * pen;
      context.setLineDash(DASHES[slot].map((length) => length * pen));
      context.lineDashOffset = offset % 1e6;
      context.stroke(lineThrough(points, -margin, size + margin));
      context.setLineDash([]);
      context.lineDashOffset = 0;
    }

    /* Return the points of a path that are far enough from the previous dot. */
    dots(points, [x, y]) {
      const least = 7 * this.pen;
      const chosen = [];
      for (const point of points) {
        const away = distance(point, chosen.at(-1) ?? [x, y]);
        if (!(away < least)) chosen.push(point);
      }
      return chosen;
    }

    dotted(context, dots, slot, { runs, casing }) {
      const { size, pen } = this;
      const radius = 2.1 * pen;
      const inside = dots.filter((dot) => dot.every((c) => c > -9 && c < size + 9));
      if (!inside.length) return;
      context.beginPath();
      for (const [x, y] of inside) {
        context.moveTo(x + radius, y);
        context.arc(x, y, radius, 0, 2 * Math.PI);
      }
      context.fillStyle = runs[slot];
      context.fill();
      context.strokeStyle = casing;
      context.lineWidth = 0.9 * pen;
      context.stroke();
    }

    /* Record that the picture differs from the track around these points. */
    spot(points) {
      const margin = 14 * this.pen;
      const [x0, y0, x1, y1] = [0, 1, 0, 1].map((axis, i) => {
        const along = points.map((point) => point[axis]);
        const edge = i < 2 ? Math.min(...along) - margin : Math.max(...along) + margin;
        return Math.round(Math.min(this.size, Math.max(0, edge)));
      });
      if (x1 > x0 && y1 > y0) this.spots.push([x0, y0, x1 - x0, y1 - y0]);
    }

    /* Draw an optimizer's position, or an arrowhead at the edge that points to it. */
    head(run, slot, time, { view, colors }) {
      const { context, size, pen } = this;
      const [px, py] = view.toPixels(...pointAt(run, time), size);
      const edge = 11 * pen;
      const x = Math.min(size - edge, Math.max(edge, px));
      const y = Math.min(size - edge, Math.max(edge, py));
      context.save();
      context.translate(x, y);
      context.fillStyle = colors.runs[slot];
      context.strokeStyle = colors.casing;
      context.lineWidth = 3 * pen;
      const outside = px < 0 || py < 0 || px > size || py > size;
      if (outside) context.rotate(Math.atan2(py - y, px - x) + Math.PI / 2);
      mark(context, outside ? "arrow" : MARKERS[slot], 6.2 * pen);
      context.restore();
      this.spot([[x, y]]);
    }
  }

  function ring(context, px, py, size, ratio) {
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

  function distance([x0, y0], [x1, y1]) {
    return Math.hypot(x1 - x0, y1 - y0);
  }

  function lineThrough(points, low, high) {
    const line = new Path2D();
    let pen = null;
    for (let i = 1; i < points.length; i++) {
      const piece = clipped(points[i - 1], points[i], low, high);
      if (!piece) continue;
      const [from, to] = piece;
      if (pen !== points[i - 1] || from !== points[i - 1]) line.moveTo(...from);
      line.lineTo(...to);
      pen = to === points[i] ? points[i] : null;
    }
    return line;
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

  /* Draw a filled and outlined marker at the origin. */
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

  Object.assign(globalThis.optgallery, { DASHES, MARKERS, Picture, mark });
})();
