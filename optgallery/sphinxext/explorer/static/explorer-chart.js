/* The explorer's charts: a quantity of each run against its gradient evaluations. */
(() => {
  "use strict";

  const { DASHES, MARKERS, mark, numberAt, stepAtCost } = globalThis.optgallery;
  const LEFT = 46; // pixels for the tick labels of the vertical axis
  const BELOW = 20;
  const ABOVE = 6;
  const RIGHT = 10;
  const HIGHEST = 1e3; // the axis ends at this multiple of the highest start

  const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

  /* Format a power of ten. */
  function power(exponent) {
    if (exponent >= 0 && exponent <= 3) return String(10 ** exponent);
    if (exponent < 0 && exponent >= -2) return (10 ** exponent).toFixed(-exponent);
    return `10${[...String(exponent)].map((sign) => RAISED[sign] ?? "⁻").join("")}`;
  }

  /* Return a round tick spacing that divides a length into a few parts. */
  function roundStep(length, parts) {
    const rough = length / parts;
    const decade = 10 ** Math.floor(Math.log10(rough));
    return decade * [1, 2, 5, 10].find((factor) => factor * decade >= rough);
  }

  class Chart {
    /* pick(run) returns the quantity, which is drawn on a logarithmic axis. */
    constructor(canvas, pick) {
      this.canvas = canvas;
      this.context = canvas.getContext("2d");
      this.pick = pick;
      this.width = this.height = 0; // in CSS pixels
      this.ratio = 1; // device pixels per CSS pixel
      this.wanted = null; // the scene to be shown
      this.shown = null; // the time shown and whether the paths are playing: "57 true"
      this.base = document.createElement("canvas"); // the axes and the lines up to the last step
      this.based = null; // the scene and the step on it
      this.most = 1; // evaluations at the right end
      this.x = this.y = null; // functions from evaluations and from the quantity to canvas coordinates
    }

    fit(width, height) {
      const ratio = Math.min(3, window.devicePixelRatio || 1);
      this.width = width;
      this.height = height;
      this.ratio = ratio;
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
      this.based = this.shown = null;
    }

    limits(runs, floor) {
      let [low, high, start, most] = [Infinity, 0, 0, 1];
      for (const { run } of runs) {
        const numbers = this.pick(run);
        for (let i = 0; i < run.rows; i++) {
          const number = numbers[i];
          if (!Number.isFinite(number)) continue;
          low = Math.min(low, Math.max(number, floor));
          high = Math.max(high, number);
          if (!i) start = Math.max(start, number);
        }
        most = Math.max(most, run.evaluations[run.rows - 1]);
      }
      high = Math.min(high, Math.max(start, floor) * HIGHEST);
      if (!(high > 0)) [low, high] = [0.1, 1];
      low = Math.min(low, high / 10);
      const [bottom, top] = [Math.log10(low), Math.log10(high)];
      const air = (top - bottom) * 0.05;
      return { bottom: bottom - air, top: top + air, most };
    }

    /* Show a scene, { runs, colors, floor }, at a time. A new scene waits for the next frame, so that
       the picture appears sooner and no frame takes long. Returns false if it has to wait. Without a
       size, as before the page is laid out, nothing is shown. */
    show(scene, time, playing) {
      if (!(this.canvas.width && this.canvas.height)) return true;
      const moment = `${time} ${playing}`;
      if (this.wanted !== scene) {
        this.wanted = scene;
        this.shown = null;
        return false;
      }
      if (this.shown !== moment) this.draw(scene, time, playing);
      this.shown = moment;
      return true;
    }

    /* Draw everything; while paths are playing, only extend the lines. */
    draw(scene, time, playing) {
      const { context, width, height, ratio, base } = this;
      const { runs, colors } = scene;
      const whole = Math.floor(time);
      if (!(playing && this.based?.scene === scene && this.based.step <= whole)) {
        this.begin(scene);
      }
      const drawn = base.getContext("2d");
      for (const { run, slot } of runs) {
        this.curve(drawn, run, slot, this.based.step, whole, colors);
      }
      this.based.step = whole;
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, this.canvas.width, this.canvas.height);
      context.drawImage(base, 0, 0);
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.save();
      context.beginPath();
      context.rect(LEFT, 0, width - LEFT, height - BELOW + 6);
      context.clip();
      for (const { run, slot } of runs) {
        this.curve(context, run, slot, whole, time, colors);
        const { cost, number } = numberAt(run, this.pick(run), time);
        if (!Number.isFinite(number)) continue;
        context.save();
        context.translate(this.x(cost), Math.max(5, this.y(number)));
        context.fillStyle = colors.runs[slot];
        context.strokeStyle = colors.ground;
        context.lineWidth = 3;
        mark(context, MARKERS[slot], 4.2);
        context.restore();
      }
      context.restore();
    }

    /* Draw the axes, and the whole lines faintly. */
    begin(scene) {
      const { width, height, ratio, base } = this;
      const { runs, colors, floor } = scene;
      const { bottom, top, most } = this.limits(runs, floor);
      this.most = most;
      this.x = (cost) => LEFT + (cost / most) * (width - LEFT - RIGHT);
      this.y = (number) => {
        const up = (Math.log10(Math.max(number, floor, 1e-300)) - bottom) / (top - bottom);
        return height - BELOW - Math.min(2, Math.max(-1, up)) * (height - BELOW - ABOVE);
      };
      base.width = this.canvas.width; // this clears it, too
      base.height = this.canvas.height;
      const context = base.getContext("2d");
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      this.axes(context, bottom, top, colors);
      context.beginPath();
      context.rect(LEFT, 0, width - LEFT, height - BELOW + 1);
      context.clip();
      for (const { run, slot } of runs) this.curve(context, run, slot, 0, Infinity, colors, 0.28);
      this.based = { scene, step: 0 };
    }

    axes(context, bottom, top, colors) {
      const { width, height } = this;
      const room = height - BELOW - ABOVE;
      const y = (up) => height - BELOW - ((up - bottom) / (top - bottom)) * room;
      context.font = `11px ${colors.font}`;
      context.lineWidth = 1;
      context.fillStyle = colors.words;
      context.strokeStyle = colors.grid;
      context.textAlign = "right";
      context.textBaseline = "middle";
      const lines = room / 22;
      const step = Math.max(1, Math.ceil((top - bottom) / lines));
      for (let exponent = Math.ceil(bottom / step) * step; exponent <= top; exponent += step) {
        const py = Math.round(y(exponent)) + 0.5;
        context.beginPath();
        context.moveTo(LEFT, py);
        context.lineTo(width - RIGHT, py);
        context.stroke();
        context.fillText(power(exponent), LEFT - 6, py);
      }
      context.textAlign = "center";
      context.textBaseline = "alphabetic";
      const across = Math.max(1, roundStep(this.most, width / 90));
      for (let cost = 0; cost <= this.most; cost += across) {
        context.fillText(String(cost), this.x(cost), height - 5);
      }
    }

    /* Draw a run's line from a step to a time. */
    curve(context, run, slot, first, time, colors, alpha = 1) {
      if (first >= time || first >= run.rows - 1) return;
      const numbers = this.pick(run);
      const points = [];
      for (let i = first; i <= Math.min(run.rows - 1, time); i++) {
        if (Number.isFinite(numbers[i])) {
          points.push([this.x(run.evaluations[i]), this.y(numbers[i])]);
        }
      }
      if (time < run.rows - 1 && time % 1) {
        const { cost, number } = numberAt(run, numbers, time);
        if (Number.isFinite(number)) points.push([this.x(cost), this.y(number)]);
      }
      context.globalAlpha = alpha;
      context.strokeStyle = colors.runs[slot];
      context.lineWidth = alpha < 1 ? 1.2 : 2;
      context.lineJoin = "round";
      if (alpha === 1) {
        context.setLineDash(DASHES[slot].map((length) => length * 0.7));
        context.lineDashOffset = points.length ? points[0][0] : 0; // dashes continue along the line
      }
      context.beginPath();
      for (const point of points) context.lineTo(...point);
      context.stroke();
      context.setLineDash([]);
      context.globalAlpha = 1;
    }

    /* Return the step of these runs at a position on the canvas. */
    stepAt(px, runs) {
      const share = (px - LEFT) / (this.width - LEFT - RIGHT);
      const cost = Math.min(1, Math.max(0, share)) * this.most;
      return Math.max(0, ...runs.map(({ run }) => stepAtCost(run, cost)));
    }
  }

  Object.assign(globalThis.optgallery, { Chart, power, roundStep });
})();
