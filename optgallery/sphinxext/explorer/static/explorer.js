/* The explorer: what is chosen, the moment that is shown, and what visitors do with both. */
(() => {
  "use strict";

  const { MOST_RUNS, Panel, Picture, View } = window.optgallery;
  const { holds, listenTo, readState, request, spellState, spelled, toFunction, valueAt } =
    window.optgallery;
  const PACE = 36; // steps in a second, at speed 1
  const NEAR = 12; // pixels from the pointer
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");

  /* Whether paths may start to move by themselves: the switch of optgallery.js counts, too. */
  function mayMove() {
    try {
      return !still.matches && localStorage.getItem("optgallery-motion") !== "stopped";
    } catch {
      return !still.matches; // a browser that keeps nothing
    }
  }

  /* Wait until the browser has shown what there is. */
  function rendered() {
    return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  }

  class Explorer {
    constructor(root) {
      this.root = root;
      this.index = JSON.parse(root.querySelector("script").textContent);
      this.files = new Map(); // what has come, by name
      this.faults = new Map(); // why something did not come, by name
      this.sizes = new Map(); // of the canvases on the page, once they are told
      this.panel = new Panel(root, this.index, this);
      const { palette, contours } = this.index;
      this.picture = new Picture(this.panel.canvas, palette, contours, () => this.refresh());
      this.recall();
    }

    /* Put everything on the page, and begin. */
    async open() {
      this.followTheme();
      this.watch();
      this.panel.say(this.warning);
      for (const _ of this.panel.parts()) {
        this.adding = true;
        await rendered();
        this.adding = false;
        if (this.frame) await rendered();
      }
      this.opened = true;
      this.showChoice();
      this.listen();
    }

    // The address.

    get address() {
      const { fn, runs, speed, view } = this;
      // of what plays, or is at its end, no step is named: whoever comes sees it play
      const resting = !this.playing && this.time < this.index.steps;
      return spellState({ fn, runs, speed, view, step: resting ? this.wholeStep : null });
    }

    link() {
      history.replaceState(null, "", this.address);
      return location.href;
    }

    /* A choice is a new entry of the history; anything else only changes the present one. */
    note(choice = false) {
      clearTimeout(this.noting);
      if (choice && this.address !== location.hash) history.pushState(null, "", this.address);
      // browsers allow only so many changes in a while
      else this.noting = setTimeout(() => history.replaceState(null, "", this.address), 200);
    }

    recall() {
      clearTimeout(this.noting);
      const place = location.hash.slice(1);
      const given = /^(fn|run|step|speed|view)=/.test(place) ? place : "";
      const { state, said } = readState(given, this.index);
      Object.assign(this, { fn: state.fn, runs: state.runs, speed: state.speed });
      this.playing = state.step === null && mayMove();
      this.time = state.step ?? (this.playing ? 0 : this.index.steps);
      this.warning = said;
      this.setView(state.view);
      this.load();
    }

    // The numbers.

    /* Ask for what is chosen, and show it as it comes. */
    load() {
      const wanted = new Set(this.runs.map((run) => this.fileOf(run)));
      this.wanted = [`${this.fn.file}/-surface`, ...wanted];
      this.wanted.forEach((file) => this.fetch(file));
      this.showChoice();
    }

    async fetch(file) {
      if (this.files.has(file)) return;
      this.faults.delete(file);
      try {
        this.files.set(file, await request(this.root.dataset.root, file));
      } catch (error) {
        this.faults.set(file, error.message);
      }
      if (!this.wanted.includes(file)) return;
      this.outdated = true; // files often come together
      this.refresh();
    }

    get complete() {
      return this.wanted.every((file) => this.files.has(file) || this.faults.has(file));
    }

    get surface() {
      return this.files.get(`${this.fn.file}/-surface`);
    }

    /* The file that holds the runs of an optimizer: names are quoted there. */
    fileOf({ optimizer }) {
      return `${this.fn.file}/${this.panel.optimizers.get(optimizer).file}`;
    }

    /* What came of the file that holds a run. */
    loaded({ optimizer, lr }) {
      const file = this.fileOf({ optimizer });
      const all = this.files.get(file);
      return { all, run: all?.[this.index.rates.indexOf(lr)], fault: this.faults.get(file) };
    }

    /* The runs that are there, each with its place in the list. */
    get shown() {
      return this.runs
        .map((chosen, slot) => ({ run: this.loaded(chosen).run, slot }))
        .filter(({ run }) => run);
    }

    showChoice() {
      if (!this.opened) return;
      this.outdated = false;
      this.panel.showChoice(this, (run) => this.loaded(run), this.code);
      const faults = this.wanted.map((file) => this.faults.get(file)).filter(Boolean);
      this.panel.say([this.warning, ...faults].filter(Boolean).join(" "), faults.length > 0);
      this.renewed = true;
      this.refresh();
    }

    get code() {
      const calls = this.runs.map(({ optimizer, lr }) => {
        const [runner, fn] = [optimizer, this.fn.name].map((name) => JSON.stringify(name));
        return `    og.run(${runner}, ${fn}, lr=${lr}),\n`;
      });
      return `import optgallery as og\n\nruns = [\n${calls.join("")}]\nog.animate(runs).show()`;
    }

    // Time.

    get wholeStep() {
      return Math.floor(this.time + 1e-9);
    }

    refresh() {
      this.frame ??= requestAnimationFrame((now) => this.tick(now));
    }

    tick(now) {
      this.frame = null;
      if (this.adding) {
        this.refresh(); // what is new on the page takes its time: one after the other
        return;
      }
      if (this.outdated) this.showChoice();
      if (!this.visible || !this.sizes.size) return;
      const { steps } = this.index;
      const moving = this.playing && this.ready;
      if (moving) {
        const passed = Math.min(100, now - (this.before ?? now)); // while a tab is hidden, it waits
        this.time = Math.min(steps, this.time + (passed / 1000) * PACE * this.speed);
        if (this.time >= steps) {
          this.playing = false;
          this.announce("At the end.");
          this.note();
        }
      }
      this.before = moving ? now : null;
      this.draw();
      if (moving) this.refresh();
    }

    /* Whether paths may set out: all is there, and the ground has been painted sharply once. */
    get ready() {
      if (!this.opened || !this.complete) return false;
      this.begun ||= !this.surface || this.picture.sharp;
      return this.begun;
    }

    draw() {
      const { charts, colors } = this.panel;
      const { fn, picture, playing, quick, shown: runs, surface, time, view } = this;
      if (this.unfitted) {
        this.unfitted = false;
        for (const drawing of [picture, ...charts]) {
          if (this.sizes.has(drawing.canvas)) drawing.fit(...this.sizes.get(drawing.canvas));
        }
      }
      // as long as this is the same, pictures differ by the steps that were taken
      const files = this.wanted.filter((file) => this.files.has(file));
      const chosen = this.runs.map(({ optimizer, lr }) => `${optimizer}@${lr}`);
      const content = [...files, ...chosen, colors.ground].join(" ");
      const id = [content, ...Object.values(view), quick].join(" ");
      picture.draw({ id, surface, fn, view, runs, time, playing, colors, quick });
      if (!this.opened) return;
      this.drawCharts({ id: content, runs, time, playing, colors });
      this.showTime();
    }

    /* Draw the charts. Anew, they wait for the next picture, and each for the one before it: so
       what is chosen shows sooner, and no picture takes long. */
    drawCharts({ id, runs, time, playing, colors }) {
      // values that differ by no more than rounding are equal
      const floors = [2.2e-16 * Math.max(1, Math.abs(this.fn.least ?? 0)), 1e-16];
      const content = `${id} ${playing}`;
      const moment = `${content} ${time}`;
      for (const [i, chart] of this.panel.charts.entries()) {
        if (chart.moment === moment) continue;
        if (chart.content !== content) {
          chart.content = content;
          this.refresh();
          return;
        }
        chart.moment = moment;
        chart.draw({ id, runs, time, playing, colors, floor: floors[i] });
      }
    }

    showTime() {
      const step = this.wholeStep;
      const state = `${step} ${this.playing}`;
      if (state === this.shownState && !this.renewed) return;
      this.shownState = state;
      this.renewed = false;
      this.panel.showTime(step, this.playing);
      // numbers that change too fast cannot be read
      const now = performance.now();
      if (!this.playing || !(now - this.numbersAt < 120)) {
        this.numbersAt = now;
        this.panel.showNumbers(this.shown, step);
      }
      if (!this.playing) this.panel.describe(this, step);
    }

    announce(words) {
      this.panel.live.textContent = `${words} Step ${this.wholeStep} of ${this.index.steps}`;
    }

    toggle() {
      if (!this.playing && this.time >= this.index.steps) this.time = 0;
      this.playing = !this.playing;
      this.announce(this.playing ? "Playing." : "Paused.");
      this.note();
      this.refresh();
    }

    seek(step) {
      this.playing = false;
      this.time = Math.min(this.index.steps, Math.max(0, step));
      this.note();
      this.refresh();
    }

    step(by) {
      this.seek(by > 0 ? this.wholeStep + 1 : Math.ceil(this.time - 1e-9) - 1);
    }

    seekInChart(chart, x) {
      this.seek(chart.stepAt(x, this.shown));
    }

    setSpeed(speed) {
      this.speed = speed;
      this.note();
    }

    // Choices.

    choose() {
      if (this.time >= this.index.steps && mayMove()) {
        this.time = 0;
        this.playing = true;
      }
      this.warning = "";
      this.load();
      this.note(true);
    }

    chooseFunction(name) {
      this.fn = this.index.functions.find((fn) => fn.name === name);
      this.setView(new View());
      this.soften();
      this.choose();
    }

    chooseRun(slot, run) {
      if (holds(this.runs, run)) {
        this.warning = `${this.panel.titleOf(run)} is shown already.`;
        this.showChoice();
        return;
      }
      this.runs = this.runs.map((known, i) => (i === slot ? run : known));
      this.choose();
    }

    /* One more run: the last one's optimizer at a rate that is not shown, or else the next one. */
    add() {
      const { optimizers, rates } = this.index;
      const last = this.runs.at(-1);
      const from = optimizers.findIndex(({ name }) => name === last.optimizer);
      const candidates = [...optimizers.slice(from), ...optimizers.slice(0, from)].flatMap(
        ({ name }) => rates.map((lr) => ({ optimizer: name, lr })),
      );
      this.runs = [...this.runs, candidates.find((run) => !holds(this.runs, run))];
      this.choose();
      this.panel.list.lastChild?.querySelector("select").focus();
    }

    remove(slot) {
      this.runs = this.runs.filter((_, i) => i !== slot);
      this.choose();
      const row = this.panel.list.children[Math.min(slot, this.runs.length - 1)];
      row?.querySelector("select").focus();
    }

    allRates() {
      const { optimizer } = this.runs[0];
      this.runs = this.index.rates.map((lr) => ({ optimizer, lr })).slice(0, MOST_RUNS);
      this.choose();
    }

    // The view.

    setView(view) {
      this.view = view;
      this.panel.canvas.classList.toggle("og-x-near", !view.whole);
    }

    /* Look at another part, coarsely as long as it goes on changing. */
    look(view, resting = true) {
      this.setView(view);
      if (!resting) this.soften();
      this.note();
      this.refresh();
    }

    /* Paint the ground coarsely for a moment: what is done shows at once. */
    soften() {
      this.quick = true;
      clearTimeout(this.sharpening);
      this.sharpening = setTimeout(() => {
        this.quick = false;
        this.refresh();
      }, 140);
    }

    /* Magnify around a place on the canvas, its middle if none is given; by 0: show all. */
    zoom(factor, place = null, resting = true) {
      const size = this.panel.canvas.clientWidth;
      const [x, y] = place ?? [size / 2, size / 2];
      this.look(factor ? this.view.zoomed(factor, x, y, size) : new View(), resting);
    }

    move(dx, dy) {
      this.look(this.view.moved(dx, dy, this.panel.canvas.clientWidth), false);
    }

    /* Say where the pointer is, what the function is worth there, and whose step is near. */
    point(x, y) {
      const size = this.panel.canvas.clientWidth;
      const shares = this.view.toShares(x, y, size);
      const value = this.surface ? valueAt(this.surface, ...shares) : null;
      const [fx, fy] = toFunction(this.fn, ...shares);
      const words = [`x ${spelled(fx, 3)}`, `y ${spelled(fy, 3)}`];
      if (value !== null) words.push(`f ≈ ${spelled(value, 3)}`);
      const near = this.nearest(x, y, size);
      this.panel.readout.textContent = [...words, ...(near ? [near] : [])].join("   ");
    }

    nearest(px, py, size) {
      let [best, words] = [NEAR ** 2, null];
      for (const { run, slot } of this.shown) {
        const last = Math.min(run.rows - 1, this.wholeStep);
        for (let i = 0; i <= last; i++) {
          const [x, y] = this.view.toPixels(run.x[i], run.y[i], size);
          const away = (x - px) ** 2 + (y - py) ** 2;
          if (away < best) {
            best = away;
            words = `${this.panel.titleOf(this.runs[slot])}: step ${i}`;
          }
        }
      }
      return words;
    }

    // What visitors do.

    listen() {
      addEventListener("popstate", () => this.recall());
      document.addEventListener("og-motion", () => this.playing && !mayMove() && this.toggle());
      listenTo(this);
    }

    /* Be told whether all this is in view, and how large the canvases are: to ask for it would make
       the browser lay out the page. */
    watch() {
      new IntersectionObserver(([{ isIntersecting }]) => {
        this.visible = isIntersecting;
        this.before = null;
        if (isIntersecting) this.refresh();
      }).observe(this.root);
      const measure = new ResizeObserver((entries) => {
        for (const { target, contentRect } of entries) {
          this.sizes.set(target, [contentRect.width, contentRect.height].map(Math.round));
        }
        this.unfitted = true;
        this.refresh();
      });
      for (const { canvas } of [this.panel, ...this.panel.charts]) measure.observe(canvas);
    }

    followTheme() {
      this.panel.readColors();
      new MutationObserver(() => {
        this.panel.readColors();
        this.refresh();
      }).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    }
  }

  for (const root of document.querySelectorAll(".og-explorer")) {
    if ("DecompressionStream" in window) {
      const explorer = new Explorer(root);
      // the page is shown first, in the theme that a script that comes later gives to it
      addEventListener("DOMContentLoaded", () => setTimeout(() => explorer.open()));
    } else {
      root.replaceChildren("The explorer needs a newer browser, one that can inflate streams.");
    }
  }
})();
