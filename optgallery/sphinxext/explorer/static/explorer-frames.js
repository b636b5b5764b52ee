/* The frames of a download: the picture, and below it the function, the runs with their settings and
   values, the step, and the credit line; and the time that each frame is shown. */
(() => {
  "use strict";

  const { DASHES, MARKERS, PACE, Picture, formatNumber, mark, wholeStep } = globalThis.optgallery;
  const USUAL = 480; // pixels: the width at which lines are as wide as on the page
  const RATE = 18; // frames per second at most, about
  const HOLD = 1.5; // seconds that the last frame is shown

  /* Return the frames of paths of so many steps, { time, seconds }: every step, or as many of them as
     can be shown, at the speed of the page. */
  function planned(steps, speed) {
    const stride = Math.max(1, Math.round((PACE * speed) / RATE));
    const times = [];
    for (let time = 0; time < steps; time += stride) times.push(time);
    const ends = [...times.slice(1), steps];
    const frames = times.map((time, i) => ({ time, seconds: (ends[i] - time) / (PACE * speed) }));
    return [...frames, { time: steps, seconds: HOLD }];
  }

  /* Return when each frame ends, in whole units after the start: rounding must not add up. */
  function durations(frames, unit) {
    let [elapsed, before] = [0, 0];
    return frames.map(({ seconds }) => {
      elapsed += seconds;
      const end = Math.round(elapsed / unit);
      const duration = end - before;
      before = end;
      return duration;
    });
  }

  function even(number) {
    return 2 * Math.ceil(number / 2);
  }

  class Film {
    /* The scene is that of the page's picture; the words are { subject, names, steps, credit }. */
    constructor(scene, words, width, { palette, contours }, speed) {
      this.scene = { ...scene, coarse: false, weight: 1 };
      this.words = words;
      this.width = width;
      const scale = Math.max(0.75, width / USUAL);
      this.scale = scale;
      this.size = Math.max(11, 14 * scale); // of the text
      this.row = Math.round(1.5 * this.size);
      this.columns = scene.runs.length > 3 && width >= USUAL ? 2 : 1;
      const rows = Math.ceil(scene.runs.length / this.columns);
      this.height = even(width + this.row * (rows + 2) + this.size);
      this.canvas = document.createElement("canvas");
      this.canvas.width = width;
      this.canvas.height = this.height;
      this.context = this.canvas.getContext("2d", { alpha: false, willReadFrequently: true });
      this.picture = new Picture(document.createElement("canvas"), palette, contours, () => null);
      this.picture.fit(width / scale, width / scale, scale);
      if (scene.surface) this.picture.sharpen(this.scene);
      // names are needed more than values, which are shown if there is room for all
      const gap = (this.columns > 1 ? 1.2 : 0.6) * this.size;
      this.room = (width - 0.6 * this.size) / this.columns - gap;
      this.context.font = `${this.size}px ${scene.colors.font}`;
      const wide = (name) => this.context.measureText(`${name}  f −0.00e−00`).width;
      const free = this.room - 2.5 * this.size;
      this.valued = scene.runs.every(({ slot }) => wide(words.names[slot]) <= free);
      const last = Math.max(1, ...scene.runs.map(({ run }) => run.rows - 1));
      this.frames = planned(last, speed);
    }

    get seconds() {
      return this.frames.reduce((sum, frame) => sum + frame.seconds, 0);
    }

    /* Draw what is shown at a time. */
    draw(time) {
      const { context, height, picture, scene, size, width } = this;
      const { colors, runs } = scene;
      picture.draw(scene, time, true);
      context.fillStyle = colors.ground;
      context.fillRect(0, 0, width, height);
      context.drawImage(picture.canvas, 0, 0);
      context.textBaseline = "middle";
      const margin = 0.6 * size;
      const line = (row) => width + margin + (row + 0.5) * this.row;
      context.fillStyle = colors.text;
      this.write(`bold ${1.08 * size}px`, this.words.subject, margin, line(0), width - 2 * margin);
      const rows = Math.ceil(runs.length / this.columns);
      const column = (width - margin) / this.columns;
      for (const [i, shown] of runs.entries()) {
        this.name(shown, time, margin + column * Math.floor(i / rows), line(1 + (i % rows)));
      }
      const foot = line(1 + rows);
      context.fillStyle = colors.words;
      const { credit, steps } = this.words;
      this.write(`${0.9 * size}px`, `step ${wholeStep(time)} of ${steps}`, margin, foot, width / 2);
      context.textAlign = "right";
      this.write(`${0.9 * size}px`, credit, width - margin, foot, width / 2 - 2 * margin);
      context.textAlign = "left";
      return context.getImageData(0, 0, width, height);
    }

    write(font, text, x, y, room) {
      this.context.font = `${font} ${this.scene.colors.font}`;
      this.context.fillText(text, x, y, room);
    }

    /* Write a run's name and value, after its line and marker. */
    name({ run, slot }, time, left, y) {
      const { context, room, scale, size } = this;
      const { colors } = this.scene;
      const length = 2 * size;
      context.strokeStyle = context.fillStyle = colors.runs[slot];
      context.lineWidth = 2.2 * scale;
      context.setLineDash(DASHES[slot].map((part) => part * 0.7 * scale));
      context.beginPath();
      context.moveTo(left, y);
      context.lineTo(left + length, y);
      context.stroke();
      context.setLineDash([]);
      context.save();
      context.translate(left + length / 2, y);
      context.strokeStyle = colors.ground;
      context.lineWidth = 2 * scale;
      mark(context, MARKERS[slot], 0.36 * size);
      context.restore();
      context.fillStyle = colors.text;
      const start = left + length + 0.5 * size;
      const rest = room - length - 0.5 * size;
      const at = Math.min(wholeStep(time), run.rows - 1);
      const value = `f ${formatNumber(run.base + run.heights[at], 3)}`;
      context.font = `${size}px ${colors.font}`;
      const name = this.words.names[slot];
      this.write(`${size}px`, name, start, y, rest);
      if (!this.valued) return;
      context.textAlign = "right";
      context.fillStyle = colors.words;
      context.fillText(value, left + room, y);
      context.textAlign = "left";
    }
  }

  Object.assign(globalThis.optgallery, { Film, durations, planned });
})();
