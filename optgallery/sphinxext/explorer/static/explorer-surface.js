/* The explorer's surface, which stays sharp at every zoom level, and its view. Positions are
   fractions of the domain, from its lower left corner. */
(() => {
  "use strict";

  const SHADES = 1024;
  const CONTOUR = 0.5; // opacity of the white contour lines
  const LEAST_ZOOM = 0.25;
  const MOST_ZOOM = 1024;

  /* The visible part of the domain: its centre, and the zoom factor. */
  class View {
    constructor(x = 0.5, y = 0.5, zoom = 1) {
      this.zoom = Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, zoom));
      this.x = Math.min(2, Math.max(-1, x));
      this.y = Math.min(2, Math.max(-1, y));
    }

    get whole() {
      return this.zoom === 1 && this.x === 0.5 && this.y === 0.5;
    }

    /* Convert to pixels of a square picture, from its upper left corner. */
    toPixels(x, y, size) {
      return [((x - this.x) * this.zoom + 0.5) * size, ((this.y - y) * this.zoom + 0.5) * size];
    }

    toShares(px, py, size) {
      return [this.x + (px / size - 0.5) / this.zoom, this.y - (py / size - 0.5) / this.zoom];
    }

    moved(dx, dy, size) {
      return new View(this.x - dx / size / this.zoom, this.y + dy / size / this.zoom, this.zoom);
    }

    /* Return the view zoomed around a fixed point. */
    zoomed(factor, px, py, size) {
      const [x, y] = this.toShares(px, py, size);
      const zoom = Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, this.zoom * factor));
      const kept = this.zoom / zoom;
      return new View(x + (this.x - x) * kept, y + (this.y - y) * kept, zoom);
    }
  }

  /* Interpolate a palette of a few colours, three bytes each, to all shades. */
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

  /* For each pixel, return the grid point before it (-1 outside the grid) and the weights of the four
     points around it, by Catmull-Rom interpolation. */
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

  /* Return the tone of the surface at a point; null outside the domain. */
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

  /* Interpolate the tones of all pixels of a square, first along x, then along y, row by row; NaN
     outside the domain. */
  function* sample({ side, tones }, view, count) {
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
      // pixels are counted downwards, rows of the grid upwards
      const [a, b, c, d] = [-1, 0, 1, 2].map((step) => row(side - 1 - start - step));
      const [wa, wb, wc, wd] = down.weights.subarray(4 * py, 4 * py + 4);
      for (let px = 0; px < count; px++) {
        line[px] = wa * a[px] + wb * b[px] + wc * c[px] + wd * d[px];
      }
      yield;
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
            weights[w + 3] * row[Math.min(low + 2, last)];
    }
    return line;
  }

  /* Return the spacing of contour lines if the view shows a small range of tones: a power of two, so
     that lines remain when others are added. Null if the view shows most tones. */
  function lineStep(tones) {
    let [low, high] = [1, 0];
    for (let i = 0; i < tones.length; i += 7) {
      if (tones[i] < low) low = tones[i];
      if (tones[i] > high) high = tones[i];
    }
    if (!(high > low && high - low < 0.5)) return null;
    return 2 ** -Math.min(12, Math.floor(Math.log2(16 / (high - low))));
  }

  /* Paint a square of the surface row by row; the last value is the image. */
  function* groundRows(surface, view, count, shades, contours, ratio) {
    const tones = yield* sample(surface, view, count);
    const image = new ImageData(count, count);
    const { data } = image;
    const step = lineStep(tones);
    // the nearest contour line of the gallery's pictures, for each shade
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
        if (Number.isNaN(tone)) continue; // leave it transparent
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
      yield;
    }
    return image;
  }

  /* Run a generator to its end, and return the last value. */
  function finished(parts) {
    let last = parts.next();
    while (!last.done) last = parts.next();
    return last.value;
  }

  Object.assign(globalThis.optgallery, {
    View,
    finished,
    groundRows,
    sample,
    spreadPalette,
    valueAt,
  });
})();
