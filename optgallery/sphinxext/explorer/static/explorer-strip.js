/* The stability strip: the largest curvature along each path, on a logarithmic axis, against the
   threshold above which steps of that size overshoot more and more. Curves are drawn as multiples of
   their thresholds, so that runs share one line. */
(() => {
  "use strict";

  const { formatNumber } = globalThis.optgallery;
  const AIR = 4; // pixels above and below the curves
  const LEAST = 0.3; // decades shown at least on either side of the threshold
  const BELOW = 3; // decades shown at most
  const ABOVE = 2;
  const MOST_WITHOUT = 6; // decades shown if there is no threshold

  /* Return the curvature at each iterate in multiples of the threshold, or as it is without one. */
  function multiples({ sharpness, threshold }) {
    return Float64Array.from(sharpness, (number) => number / (threshold ?? 1));
  }

  /* Return the runs whose curves are drawn: those with a threshold, or else all. */
  function comparable(runs) {
    const known = runs.filter(({ run }) => run.threshold !== null);
    return known.length ? known : runs;
  }

  /* Return the limits of the axis in decades. */
  function limits(curves, bounded) {
    let [low, high] = [Infinity, -Infinity];
    for (const numbers of curves) {
      for (const number of numbers) {
        if (!(number > 0 && number < Infinity)) continue;
        low = Math.min(low, Math.log10(number));
        high = Math.max(high, Math.log10(number));
      }
    }
    if (bounded) {
      return [Math.min(-LEAST, Math.max(-BELOW, low)), Math.max(LEAST, Math.min(ABOVE, high))];
    }
    if (!(low <= high)) return [-1, 1];
    return [Math.max(Math.min(low, high - 1), high - MOST_WITHOUT), high];
  }

  /* Describe a run's curve in words. */
  function describe(run) {
    const numbers = multiples(run);
    const highest = Math.max(...numbers.filter((number) => !Number.isNaN(number)));
    if (run.threshold === null) {
      return `largest curvature at most ${formatNumber(highest, 2)}; no threshold is known`;
    }
    const above = numbers.filter((number) => number > 1).length;
    const most = `at most ${formatNumber(highest, 2)} times the threshold`;
    if (!above) return `never above the threshold of ${formatNumber(run.threshold, 3)}, ${most}`;
    const first = numbers.findIndex((number) => number > 1);
    return (
      `above the threshold of ${formatNumber(run.threshold, 3)} at ${above} of ` +
      `${numbers.length} iterates, first at step ${first}; ${most}`
    );
  }

  /* Return the legend of a strip. */
  function legend(runs) {
    const drawn = comparable(runs);
    if (!drawn.length) return "Largest curvature along the path";
    const scaled = drawn.filter(({ run }) => run.preconditioned);
    const as = scaled.length ? ` (preconditioned for ${names(scaled)})` : "";
    const curve = `Largest curvature along the ${drawn.length > 1 ? "paths" : "path"}${as}`;
    if (drawn[0].run.threshold === null) {
      return `${curve}. No threshold is known for ${names(runs)}, so there is no line.`;
    }
    const without = runs.filter((shown) => !drawn.includes(shown));
    const lacking = without.length ? ` Not drawn: ${names(without)}, without a threshold.` : "";
    return `${curve}; above the line, a step of this size overshoots.${lacking}`;
  }

  function names(runs) {
    const titles = [...new Set(runs.map(({ run }) => run.optimizer))];
    const last = titles.pop();
    return titles.length ? `${titles.join(", ")} and ${last}` : last;
  }

  class Strip {
    constructor(canvas) {
      this.canvas = canvas;
      this.context = canvas.getContext("2d");
      this.width = this.height = 0; // in CSS pixels
      this.ratio = 1; // device pixels per CSS pixel
      this.base = document.createElement("canvas"); // everything except the cursor
      this.based = null; // the scene on it
      this.shown = null; // the time shown
      this.x = this.y = null; // functions from steps and from multiples to canvas coordinates
      this.curves = []; // { run, color, numbers }
    }

    fit(width, height) {
      const ratio = Math.min(3, window.devicePixelRatio || 1);
      Object.assign(this, { width, height, ratio, based: null, shown: null });
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
    }

    /* Show a scene, { runs, colors, steps }, at a time; without a time there is no cursor. */
    show(scene, time) {
      if (
        !(this.canvas.width && this.canvas.height) ||
        (this.based === scene && this.shown === time)
      )
        return;
      if (this.based !== scene) this.begin(scene);
      this.shown = time;
      const { context, ratio } = this;
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, this.canvas.width, this.canvas.height);
      context.drawImage(this.base, 0, 0);
      if (time === null) return;
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      this.cursor(scene.colors, time);
    }

    cursor(colors, time) {
      const { context, height } = this;
      const px = Math.min(this.width - 1, Math.max(1, this.x(time)));
      context.fillStyle = colors.text;
      context.fillRect(px - 0.75, 0, 1.5, height);
      for (const { run, color, numbers } of this.curves) {
        const step = Math.min(run.rows - 1, Math.floor(time + 1e-9));
        if (Number.isNaN(numbers[step])) continue;
        context.beginPath();
        context.arc(this.x(Math.min(time, run.rows - 1)), this.y(numbers[step]), 3.2, 0, 7);
        context.fillStyle = numbers[step] > 1 && run.threshold !== null ? colors.danger : color;
        context.strokeStyle = colors.ground;
        context.lineWidth = 1.5;
        context.fill();
        context.stroke();
      }
    }

    begin(scene) {
      const { width, height, ratio, base } = this;
      const { runs, colors, steps } = scene;
      const drawn = comparable(runs);
      this.curves = drawn.map(({ run, slot }) => ({
        run,
        color: colors.runs[slot],
        numbers: multiples(run),
      }));
      const bounded = drawn.some(({ run }) => run.threshold !== null);
      const numbers = this.curves.map((curve) => curve.numbers);
      const [bottom, top] = limits(numbers, bounded);
      this.x = (step) => (step / steps) * width;
      this.y = (number) => {
        const up = number > 0 ? (Math.log10(number) - bottom) / (top - bottom) : 0;
        return height - AIR - Math.min(1, Math.max(0, up)) * (height - 2 * AIR);
      };
      base.width = this.canvas.width; // this clears it, too
      base.height = this.canvas.height;
      const context = base.getContext("2d");
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.fillStyle = colors.surface;
      context.fillRect(0, 0, width, height);
      const line = this.y(1);
      if (bounded) {
        for (const curve of this.curves) this.fillAbove(context, curve, line, colors);
        context.strokeStyle = colors.text;
        context.lineWidth = 1;
        context.setLineDash([4, 3]);
        context.beginPath();
        context.moveTo(0, Math.round(line) + 0.5);
        context.lineTo(width, Math.round(line) + 0.5);
        context.stroke();
        context.setLineDash([]);
      }
      for (const curve of this.curves) {
        this.trace(context, curve, false);
        context.strokeStyle = colors.surface; // an outline
        context.lineWidth = 3.5;
        context.lineJoin = "round";
        context.stroke();
        context.strokeStyle = curve.color;
        context.lineWidth = 1.8;
        context.stroke();
        // the colours of several runs tell them apart
        if (bounded && drawn.length === 1) this.strokeAbove(context, curve, line, colors);
      }
      this.based = scene;
    }

    /* Fill between the line and the parts of a curve above it. */
    fillAbove(context, curve, line, colors) {
      context.save();
      this.clipAbove(context, line);
      this.trace(context, curve, true);
      context.globalAlpha = 0.45;
      context.fillStyle = colors.danger;
      context.fill();
      context.restore();
    }

    /* Draw the parts of a curve above the line in the colour of danger. */
    strokeAbove(context, curve, line, colors) {
      context.save();
      this.clipAbove(context, line);
      this.trace(context, curve, false);
      context.strokeStyle = colors.danger;
      context.stroke();
      context.restore();
    }

    clipAbove(context, line) {
      context.beginPath();
      context.rect(0, 0, this.width, line);
      context.clip();
    }

    /* Make a curve the current path; it is interrupted where the curvature is not a number. If it is
       closed, it encloses everything down to the lower edge. */
    trace(context, { numbers }, closed) {
      const { height } = this;
      context.beginPath();
      let last = null; // position of the last number, if the curve is not interrupted
      for (const [step, number] of [...numbers, NaN].entries()) {
        const [px, py] = [this.x(step), this.y(number)];
        if (!Number.isNaN(number)) {
          if (last === null) context.moveTo(px, closed ? height : py);
          context.lineTo(px, py);
          last = px;
        } else if (last !== null) {
          if (closed) context.lineTo(last, height);
          last = null;
        }
      }
    }

    /* Return the step at a position on the canvas. */
    stepAt(px, steps) {
      return Math.round(Math.min(1, Math.max(0, px / this.width)) * steps);
    }
  }

  Object.assign(globalThis.optgallery, { Strip, comparable, describe, legend, limits, multiples });
})();
