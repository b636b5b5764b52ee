/* The explorer: its state, the events that change it, and the rendering of the page from it. */
(() => {
  "use strict";

  const { Chart, INITIAL, Panel, Picture, Strip, View, motion, request } = globalThis.optgallery;
  const { atAllRates, codeOf, formatState, holds, neighbour, onFunction } = globalThis.optgallery;
  const { bestPosition, namesToTry, Saver } = globalThis.optgallery;
  const { embed, embedded, iframeOf, leave, listenToPresentation, present } = globalThis.optgallery;
  const { parseState, placeOf, played, ratesOf } = globalThis.optgallery;
  const { copy, formatNumber, listenTo, toFunction, valueAt, wholeStep } = globalThis.optgallery;
  const NEAR = 12; // maximum distance from the pointer, in pixels
  const AT_ONCE = 100; // maximum milliseconds played in one frame, as after a tab was hidden

  /* Memoize: return the previous result if all inputs are the same. */
  function stable(before, now) {
    const same = before && Object.keys(now).every((key) => Object.is(before[key], now[key]));
    return same ? before : now;
  }

  class Explorer {
    constructor(root) {
      this.root = root;
      this.index = JSON.parse(root.querySelector("script").textContent);
      this.panel = new Panel(root, this.index);
      const { palette, contours } = this.index;
      this.picture = new Picture(this.panel.canvas, palette, contours, () => this.schedule());
      const picks = [(run) => run.heights, (run) => run.gradients];
      this.strip = new Strip(this.panel.strip);
      this.charts = this.panel.charts.map((canvas, i) => new Chart(canvas, picks[i]));
      this.saver = new Saver(this);
      this.state = { ...INITIAL, embedded: embedded() };
      // the inputs of the last rendering of each part
      this.shown = {
        sizes: null,
        choice: null,
        runs: [],
        picture: null,
        strip: null,
        charts: [],
        moment: null,
      };
      this.started = false; // whether the surface has been painted, for which paths wait
      this.frame = null; // the requested animation frame
      this.before = null; // time of the last frame while paths are playing
      this.numbersAt = null; // time of the last update of the table's numbers
      this.timers = { address: null, sharp: null };
      Object.seal(this); // no undeclared properties
      this.recall();
    }

    /* Begin after the browser has shown the page and the theme is set. */
    open() {
      this.followTheme();
      this.watch();
      listenTo(this);
      listenToPresentation(this);
      addEventListener("popstate", () => this.recall());
      document.addEventListener("og-motion", () => {
        if (this.state.playing && !motion.allowed) this.toggle();
      });
      this.set({ open: true });
    }

    // The state.

    set(changes) {
      this.state = { ...this.state, ...changes };
      this.schedule();
    }

    get address() {
      return formatState(this.state, this.index.steps);
    }

    /* A choice adds an entry to the history; other changes replace the current entry. */
    note(choice = false) {
      clearTimeout(this.timers.address);
      const { address } = this;
      if (choice && address !== location.hash) history.pushState(null, "", address);
      // browsers limit the rate of changes
      else this.timers.address = setTimeout(() => this.noteNow(), 200);
    }

    noteNow() {
      history.replaceState(null, "", this.address);
    }

    /* Set the state from the address. */
    recall() {
      clearTimeout(this.timers.address);
      const place = location.hash.slice(1);
      const given = /^(embed(&|$)|(fn|run|step|speed|view)=)/.test(place) ? place : "";
      const { step, ...state } = parseState(given, this.index);
      const playing = step === null && motion.allowed;
      this.set({ ...state, playing, time: step ?? (playing ? 0 : this.index.steps) });
      this.load();
    }

    // The numbers.

    /* Return the names of the files that are needed. */
    get wanted() {
      const { fn, runs } = this.state;
      return [`${fn.file}/-surface`, ...new Set(runs.map((run) => this.fileOf(run)))];
    }

    /* Return the file name of an optimizer's runs, in which names are quoted. */
    fileOf(run) {
      const { fn } = this.state;
      const axis = placeOf(run, fn, this.index)?.axis.file ?? "";
      return `${fn.file}/${this.panel.optimizers.get(run.optimizer).file}${axis}`;
    }

    /* Request the files that are needed and not loaded. */
    load() {
      for (const name of this.wanted) {
        const known = this.state.files.get(name);
        if (!known || known instanceof Error) this.fetch(name);
      }
    }

    async fetch(name) {
      const content = await request(this.root.dataset.root, name).catch((error) => error);
      this.set({ files: new Map(this.state.files).set(name, content) });
    }

    /* Return the data of a run, those of all rates, or an error. */
    loaded(run) {
      const content = this.state.files.get(this.fileOf(run));
      if (content instanceof Error) return { fault: content.message };
      const rates = ratesOf(run, this.index);
      // a file of a further axis holds value after value
      const first = rates.length * (placeOf(run, this.state.fn, this.index)?.position ?? 0);
      const all = content?.slice(first, first + rates.length);
      return { all, run: all?.[rates.indexOf(run.lr)] };
    }

    get surface() {
      const content = this.state.files.get(`${this.state.fn.file}/-surface`);
      return content instanceof Error ? undefined : content;
    }

    // The page.

    schedule() {
      this.frame ??= requestAnimationFrame((now) => this.render(now));
    }

    /* Render the state: update each part of the page whose inputs have changed. */
    render(now) {
      this.frame = null;
      if (!this.state.open) return;
      this.renderChoice();
      if (!(this.state.visible && this.state.sizes.size)) return;
      this.play(now);
      this.renderPicture();
      this.renderStrip();
      this.renderCharts();
      this.renderMoment();
    }

    /* Show the choices and the loaded runs, if they have changed. */
    renderChoice() {
      const { fn, runs, speed, files, message, colors, adding } = this.state;
      const inputs = { fn, runs, speed, files, message, colors, adding };
      const choice = stable(this.shown.choice, inputs);
      if (choice === this.shown.choice) return false;
      this.shown.choice = choice;
      const loaded = runs.map((run) => this.loaded(run));
      const shown = loaded.flatMap(({ run }, slot) => (run ? [{ run, slot }] : []));
      const kept = this.shown.runs;
      const same = shown.length === kept.length && shown.every(({ run }, i) => run === kept[i].run);
      if (!same || shown.some(({ slot }, i) => slot !== kept[i].slot)) {
        this.shown.runs = shown;
        this.panel.showStrip(this.state, shown);
      }
      const contents = this.wanted.map((name) => files.get(name));
      const faults = contents.filter((content) => content instanceof Error);
      this.panel.show(this.state, loaded, codeOf(this.state, this.index), faults);
      return true;
    }

    renderPicture() {
      const { fn, view, coarse, colors, sizes, time, playing, weight } = this.state;
      if (sizes !== this.shown.sizes) {
        this.shown.sizes = sizes;
        for (const drawing of [this.picture, this.strip, ...this.charts]) {
          if (sizes.has(drawing.canvas)) drawing.fit(...sizes.get(drawing.canvas));
        }
      }
      this.panel.canvas.classList.toggle("og-x-near", !view.whole);
      const { surface } = this;
      const { runs } = this.shown;
      const scene = { surface, fn, view, runs, colors, coarse, weight };
      this.shown.picture = stable(this.shown.picture, scene);
      this.picture.draw(this.shown.picture, time, playing);
    }

    renderStrip() {
      const { colors, time } = this.state;
      const scene = { runs: this.shown.runs, colors, steps: this.index.steps };
      this.shown.strip = stable(this.shown.strip, scene);
      this.strip.show(this.shown.strip, time);
    }

    renderCharts() {
      const { fn, colors, time, playing } = this.state;
      const { runs } = this.shown;
      // values are equal if they differ only by rounding
      const floors = [2.2e-16 * Math.max(1, Math.abs(fn.least ?? 0)), 1e-16];
      for (const [i, chart] of this.charts.entries()) {
        const scene = stable(this.shown.charts[i], { runs, colors, floor: floors[i] });
        this.shown.charts[i] = scene;
        if (!chart.show(scene, time, playing)) {
          this.schedule();
          return;
        }
      }
    }

    renderMoment() {
      const { playing, time } = this.state;
      const step = wholeStep(time);
      const moment = stable(this.shown.moment, { step, playing, choice: this.shown.choice });
      if (moment === this.shown.moment) return;
      this.shown.moment = moment;
      this.panel.showTime(step, playing);
      // update less often, so that the numbers can be read
      const now = performance.now();
      if (!(playing && now - this.numbersAt < 120)) {
        this.numbersAt = now;
        this.panel.showNumbers(this.shown.runs, step);
      }
      if (!playing) this.panel.describe(this.state, step);
    }

    announce(words) {
      const step = wholeStep(this.state.time);
      this.panel.live.textContent = `${words} Step ${step} of ${this.index.steps}`;
    }

    /* Observe visibility and canvas sizes; reading them would force a layout. */
    watch() {
      new IntersectionObserver(([{ isIntersecting }]) => {
        this.before = null;
        this.set({ visible: isIntersecting });
      }).observe(this.root);
      const measure = new ResizeObserver((entries) => {
        const sizes = new Map(this.state.sizes);
        for (const { target, contentRect } of entries) {
          sizes.set(target, [contentRect.width, contentRect.height].map(Math.round));
        }
        this.set({ sizes });
      });
      for (const { canvas } of [this.panel, this.strip, ...this.charts]) measure.observe(canvas);
    }

    followTheme() {
      const read = () => this.set({ colors: this.panel.readColors() });
      const observer = new MutationObserver(read);
      for (const node of [document.documentElement, document.body]) {
        observer.observe(node, { attributeFilter: ["data-theme"] });
      }
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", read);
      read();
    }

    // Time.

    /* Advance the paths if they are playing. */
    play(now) {
      const moving = this.state.playing && this.ready;
      if (moving) {
        const passed = Math.min(AT_ONCE, now - (this.before ?? now));
        this.set(played(this.state, passed, this.index.steps)); // this requests the next frame
        if (!this.state.playing) {
          this.announce("At the end.");
          this.note();
        }
      }
      this.before = moving ? now : null;
    }

    /* Whether paths may start: everything is loaded, and the surface has been painted sharply. */
    get ready() {
      if (!this.wanted.every((name) => this.state.files.has(name))) return false;
      this.started ||= !this.surface || this.picture.sharp;
      return this.started;
    }

    toggle() {
      const { playing, time } = this.state;
      const again = !playing && time >= this.index.steps;
      this.set({ playing: !playing, time: again ? 0 : time });
      this.announce(playing ? "Paused." : "Playing.");
      this.note();
    }

    seek(step) {
      this.set({ playing: false, time: Math.min(this.index.steps, Math.max(0, step)) });
      this.note();
    }

    step(by) {
      this.seek(neighbour(this.state.time, by));
    }

    seekInChart(chart, x) {
      this.seek(chart.stepAt(x, this.shown.runs));
    }

    seekInStrip(x) {
      this.seek(this.strip.stepAt(x, this.index.steps));
    }

    setSpeed(speed) {
      this.set({ speed });
      this.note();
    }

    // Choices.

    choose(changes) {
      const again = this.state.time >= this.index.steps && motion.allowed;
      this.set({ ...changes, message: "", ...(again ? { time: 0, playing: true } : {}) });
      this.load();
      this.note(true);
    }

    chooseFunction(name) {
      const fn = this.index.functions.find((known) => known.name === name);
      this.soften();
      this.choose({ fn, runs: onFunction(this.state.runs, fn, this.index), view: new View() });
    }

    chooseRun(slot, chosen) {
      const { fn, runs } = this.state;
      const rates = ratesOf(chosen, this.index);
      // another optimizer may have an axis of its own, without this value
      const lr = rates.includes(chosen.lr) ? chosen.lr : rates[Math.floor(rates.length / 2)];
      const [run] = onFunction([{ ...chosen, lr }], fn, this.index);
      if (holds(runs, run)) {
        this.shown.choice = null; // restore the lists
        this.set({ message: `${this.panel.titleOf(run)} is shown already.` });
      } else {
        this.choose({ runs: runs.map((known, i) => (i === slot ? run : known)) });
      }
    }

    /* Add a run that moves and differs from those shown: of the next optimizer, at its best rate. */
    async add() {
      if (this.state.adding) return;
      const { fn, runs } = this.state;
      this.set({ adding: true });
      const further = await this.furtherRun(fn, runs);
      this.set({ adding: false });
      if (fn !== this.state.fn || runs !== this.state.runs) return; // another choice was made
      if (further) {
        this.choose({ runs: [...runs, further] });
        this.focusOn(runs.length);
      } else {
        this.set({ message: `No other run on ${fn.title} moves and differs from these.` });
      }
    }

    async furtherRun(fn, runs) {
      const shown = this.shown.runs.map(({ run }) => run);
      for (const optimizer of namesToTry(runs, this.index)) {
        const file = `${fn.file}/${this.panel.optimizers.get(optimizer).file}`;
        const all = await request(this.root.dataset.root, file).catch(() => []);
        const lr = ratesOf({ optimizer }, this.index)[bestPosition(all, shown)];
        const further = { optimizer, lr, setting: "" };
        if (lr && !holds(runs, further)) return further;
      }
      return null;
    }

    remove(slot) {
      this.choose({ runs: this.state.runs.filter((_, i) => i !== slot) });
      this.focusOn(Math.min(slot, this.state.runs.length - 1));
    }

    allRates() {
      this.choose({ runs: atAllRates(this.state.runs[0], this.index) });
    }

    focusOn(slot) {
      this.renderChoice();
      this.panel.list.children[slot].querySelector("select").focus();
    }

    async copyCode() {
      await this.copy(codeOf(this.state, this.index), "The code is copied");
    }

    async copyLink() {
      this.noteNow();
      await this.copy(location.href, "The link is copied");
    }

    /* Copy the HTML that shows what is shown within another page. */
    async copyIframe() {
      const { fn, runs } = this.state;
      const address = formatState({ ...this.state, embedded: true }, this.index.steps);
      const names = runs.map((run) => this.panel.titleOf(run)).join("; ");
      const { origin, pathname, protocol } = location;
      const local = protocol === "file:";
      const page = local ? `file://${pathname}` : `${origin}${pathname}`;
      const said = local
        ? "This page is a file, which only this computer can show: copy the iframe from the published site."
        : "The iframe is copied";
      await this.copy(iframeOf(`${page}${address}`, `${names} on ${fn.title}`), said);
      if (local) this.panel.copied.textContent = said;
    }

    present() {
      present(this);
    }

    leave() {
      leave(this);
    }

    async copy(text, done) {
      this.panel.copied.textContent = await copy(text, () => this.panel.lay(text), done);
    }

    // The view.

    /* Change the view, painting coarsely while it changes. */
    look(view, resting = true) {
      if (!resting) this.soften();
      this.set({ view });
      this.note();
    }

    /* Paint the surface coarsely for a moment, to respond at once. */
    soften() {
      clearTimeout(this.timers.sharp);
      this.timers.sharp = setTimeout(() => this.set({ coarse: false }), 140);
      this.set({ coarse: true });
    }

    /* Zoom around a position on the canvas, by default its centre; a factor of 0 shows everything. */
    zoom(factor, place = null, resting = true) {
      const size = this.panel.canvas.clientWidth;
      const [x, y] = place ?? [size / 2, size / 2];
      this.look(factor ? this.state.view.zoomed(factor, x, y, size) : new View(), resting);
    }

    move(dx, dy) {
      this.look(this.state.view.moved(dx, dy, this.panel.canvas.clientWidth), false);
    }

    /* Show the pointer's coordinates, the function's value there, and the nearest step of a run. */
    point(x, y) {
      const { fn, view } = this.state;
      const size = this.panel.canvas.clientWidth;
      const shares = view.toShares(x, y, size);
      const value = this.surface ? valueAt(this.surface, ...shares) : null;
      const [fx, fy] = toFunction(fn, ...shares);
      const words = [`x ${formatNumber(fx, 3)}`, `y ${formatNumber(fy, 3)}`];
      if (value !== null) words.push(`f ≈ ${formatNumber(value, 3)}`);
      const near = this.nearest(x, y, size);
      this.panel.readout.textContent = [...words, ...(near ? [near] : [])].join("   ");
    }

    nearest(px, py, size) {
      const { runs, time, view } = this.state;
      let [best, words] = [NEAR ** 2, null];
      for (const { run, slot } of this.shown.runs) {
        const last = Math.min(run.rows - 1, wholeStep(time));
        for (let i = 0; i <= last; i++) {
          const [x, y] = view.toPixels(run.x[i], run.y[i], size);
          const away = (x - px) ** 2 + (y - py) ** 2;
          if (away < best) {
            best = away;
            words = `${this.panel.titleOf(runs[slot])}: step ${i}`;
          }
        }
      }
      return words;
    }
  }

  for (const root of document.querySelectorAll(".og-explorer")) {
    if (embedded()) embed(root);
    if ("DecompressionStream" in window) {
      const explorer = new Explorer(root);
      // let the browser show the page first, in the theme that a later script sets
      addEventListener("DOMContentLoaded", () => setTimeout(() => explorer.open()));
    } else {
      root.replaceChildren("The explorer needs a newer browser, one that can inflate streams.");
    }
  }
})();
