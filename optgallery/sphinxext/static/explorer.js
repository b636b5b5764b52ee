/* The explorer: what is chosen, what is shown of it, and the address that says so. */
(() => {
  "use strict";

  const { Chart, MARKERS, Picture, View, mark, request, valueAt } = window.optgallery;
  const MOST_RUNS = 8;
  const PACE = 36; // steps in a second, at speed 1
  const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 4];
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");

  function element(name, properties = {}, ...children) {
    const { aria = {}, ...own } = properties;
    const node = Object.assign(document.createElement(name), own);
    for (const [key, value] of Object.entries(aria)) node.setAttribute(`aria-${key}`, value);
    node.append(...children);
    return node;
  }

  /* A number in a few digits, with a sign that does not break off it. */
  function spelled(number, digits = 4) {
    if (!Number.isFinite(number)) return number > 0 ? "∞" : number < 0 ? "−∞" : "not a number";
    return String(Number(number.toPrecision(digits))).replaceAll("-", "−");
  }

  function options(entries, chosen) {
    const groups = new Map();
    for (const { name, title, group } of entries) {
      const option = element("option", { value: name, textContent: title });
      option.selected = name === chosen;
      if (!groups.has(group)) groups.set(group, element("optgroup", { label: group }));
      groups.get(group).append(option);
    }
    return [...groups.values()];
  }

  class Explorer {
    constructor(root) {
      this.root = root;
      this.index = JSON.parse(root.querySelector("script").textContent);
      this.functions = new Map(this.index.functions.map((fn) => [fn.name, fn]));
      this.optimizers = new Map(this.index.optimizers.map((spec) => [spec.name, spec]));
      this.files = new Map(); // what has come, by name
      this.faults = new Map(); // what did not come, by name
      this.playing = false;
      this.quick = false;
      this.build();
      this.listen();
      this.recall();
    }

    // The state: fn, runs, time, speed and view.

    /* Read a state, and say what in it is not understood. */
    parse(text) {
      const said = [];
      const { steps, rates } = this.index;
      const given = new URLSearchParams(text);
      const usual = new URLSearchParams(this.index.opens);
      const state = { fn: usual.get("fn"), runs: [], time: null, speed: 1, view: new View() };
      const name = given.get("fn");
      if (this.functions.has(name)) state.fn = name;
      else if (name !== null) said.push(`There is no function “${name}” here.`);
      const readRun = (run) => {
        const [optimizer, lr] = run.split("@");
        const rate = rates.find((known) => Number(known) === Number(lr || NaN));
        if (!this.optimizers.has(optimizer)) {
          said.push(`There is no optimizer “${optimizer}” here.`);
        } else if (rate === undefined) {
          said.push(`“${lr ?? ""}” is none of the learning rates ${rates.join(", ")}.`);
        } else if (!state.runs.some((known) => known.optimizer === optimizer && known.lr === rate)) {
          state.runs.push({ optimizer, lr: rate });
        }
      };
      given.getAll("run").forEach(readRun);
      if (state.runs.length > MOST_RUNS) {
        said.push(`Only the first ${MOST_RUNS} of ${state.runs.length} runs are shown.`);
        state.runs.length = MOST_RUNS;
      }
      if (!state.runs.length) {
        if (given.has("run")) said.push("These are shown instead.");
        usual.getAll("run").forEach(readRun);
      }
      if (given.has("step")) {
        const step = Number(given.get("step") || NaN);
        if (step >= 0 && step <= steps) state.time = Math.round(step);
        else said.push(`Steps go from 0 to ${steps}.`);
      }
      if (given.has("speed")) {
        const speed = Number(given.get("speed"));
        if (SPEEDS.includes(speed)) state.speed = speed;
        else said.push(`Speeds are ${SPEEDS.join(", ")}.`);
      }
      if (given.has("view")) {
        const numbers = given.get("view").split(",").map((part) => Number(part || NaN));
        if (numbers.length === 3 && numbers.every(Number.isFinite) && numbers[2] > 0) {
          const [xmin, xmax, ymin, ymax] = this.functions.get(state.fn).domain;
          const [x, y, zoom] = numbers;
          state.view = new View((x - xmin) / (xmax - xmin), (y - ymin) / (ymax - ymin), zoom);
        } else {
          said.push("The view is given as x,y,zoom.");
        }
      }
      return { state, said };
    }

    /* The address of what is shown; of the step only while it rests. */
    get address() {
      const parts = [`fn=${this.fn.name}`];
      for (const { optimizer, lr } of this.runs) parts.push(`run=${optimizer}@${lr}`);
      if (!this.playing && this.time < this.index.steps) parts.push(`step=${Math.round(this.time)}`);
      if (this.speed !== 1) parts.push(`speed=${this.speed}`);
      if (!this.view.whole) {
        const [x, y] = this.toFunction(this.view.x, this.view.y);
        parts.push(`view=${[x, y, this.view.zoom].map((n) => Number(n.toPrecision(6))).join(",")}`);
      }
      return `#${parts.join("&")}`;
    }

    /* A choice is a new entry of the history; what moves on only changes the present one. */
    note(choice = false) {
      clearTimeout(this.noting);
      const { address } = this;
      if (address === location.hash) return;
      if (choice) history.pushState(null, "", address);
      // browsers allow only so many changes in a while
      else this.noting = setTimeout(() => history.replaceState(null, "", address), 200);
    }

    /* Show what the address says. */
    recall() {
      clearTimeout(this.noting);
      let hash = location.hash.slice(1);
      if (!/^(fn|run|step|speed|view)=/.test(hash)) hash = ""; // a place on the page
      const { state, said } = this.parse(hash);
      this.fn = this.functions.get(state.fn);
      this.runs = state.runs;
      this.speed = state.speed;
      this.view = state.view;
      this.time = state.time ?? (still.matches ? this.index.steps : 0);
      this.playing = state.time === null && !still.matches;
      this.say(said.join(" "));
      this.chosen();
    }

    /* Other things are chosen than before: ask for their numbers and show them. */
    chosen() {
      this.showControls();
      const { name } = this.fn;
      const wanted = new Set([`${name}/-surface`]);
      for (const { optimizer } of this.runs) wanted.add(`${name}/${optimizer}`);
      for (const file of wanted) this.want(file);
      this.refresh();
    }

    async want(file) {
      if (this.files.has(file)) return;
      this.faults.delete(file);
      try {
        this.files.set(file, await request(this.root.dataset.root, file));
      } catch (error) {
        this.faults.set(file, error.message);
      }
      if (file.startsWith(`${this.fn.name}/`)) {
        this.showControls();
        this.refresh();
      }
    }

    /* The chosen runs whose numbers are there, each with its place in the list. */
    get shown() {
      return this.runs.flatMap(({ optimizer, lr }, slot) => {
        const runs = this.files.get(`${this.fn.name}/${optimizer}`);
        return runs ? [{ run: runs[this.index.rates.indexOf(lr)], slot }] : [];
      });
    }

    get complete() {
      const names = ["-surface", ...this.runs.map(({ optimizer }) => optimizer)];
      return names.every((name) => {
        const file = `${this.fn.name}/${name}`;
        return this.files.has(file) || this.faults.has(file);
      });
    }

    toFunction(x, y) {
      const [xmin, xmax, ymin, ymax] = this.fn.domain;
      return [xmin + x * (xmax - xmin), ymin + y * (ymax - ymin)];
    }

    titleOf({ optimizer, lr }) {
      return `${this.optimizers.get(optimizer).title}, lr ${lr}`;
    }

    // The page.

    build() {
      const button = (label, sign, act) => {
        const node = element("button", { type: "button", title: label, aria: { label } }, sign);
        node.addEventListener("click", act);
        return node;
      };
      const worded = (words, act) => {
        const node = element("button", { type: "button", textContent: words });
        node.addEventListener("click", act);
        return node;
      };
      const { steps } = this.index;

      this.canvas = element("canvas", { tabIndex: 0, className: "og-x-picture" });
      this.canvas.setAttribute("role", "img");
      this.readout = element("p", { className: "og-x-readout", aria: { hidden: true } });
      this.hint = element("p", { className: "og-x-hint", aria: { hidden: true } });
      const zoom = element(
        "div",
        { className: "og-x-zoom" },
        button("Zoom in", "+", () => this.zoom(2)),
        button("Zoom out", "−", () => this.zoom(0.5)),
        button("Show the whole domain", "⤢", () => this.look(new View())),
      );
      const stage = element("div", { className: "og-x-stage" }, this.canvas, this.readout, this.hint, zoom);

      this.play = button("Play", "▶", () => this.toggle());
      this.play.className = "og-x-play";
      this.scrubber = element("input", { type: "range", min: 0, max: steps, step: 1 });
      this.scrubber.setAttribute("aria-label", "Step");
      this.scrubber.addEventListener("input", () => this.seek(Number(this.scrubber.value)));
      this.counter = element("output", { className: "og-x-step" });
      this.speeds = element(
        "select",
        {},
        ...SPEEDS.map((speed) => element("option", { value: speed, textContent: `${speed} ×` })),
      );
      this.speeds.addEventListener("change", () => {
        this.speed = Number(this.speeds.value);
        this.note();
      });
      const transport = element(
        "div",
        { className: "og-x-transport", aria: { label: "Playback" } },
        button("To the start", "⏮", () => this.seek(0)),
        button("One step back", "‹", () => this.step(-1)),
        this.play,
        button("One step on", "›", () => this.step(1)),
        button("To the end", "⏭", () => this.seek(steps)),
        this.scrubber,
        this.counter,
        element("label", { className: "og-x-speed" }, element("span", { textContent: "Speed" }), this.speeds),
      );
      transport.setAttribute("role", "group");

      this.chooser = element("select", {}, ...options(this.index.functions));
      this.chooser.addEventListener("change", () => this.chooseFunction(this.chooser.value));
      this.about = element("p", { className: "og-x-about" });
      this.list = element("ol", { className: "og-x-runs" });
      this.adder = worded("Add a run", () => this.add());
      this.filler = worded("All seven rates", () => this.allRates());
      const choice = element(
        "div",
        { className: "og-x-choice" },
        element("label", { className: "og-x-function" }, element("span", { textContent: "Function" }), this.chooser),
        this.about,
        element("h2", { textContent: "Runs" }),
        this.list,
        element("div", { className: "og-x-buttons" }, this.adder, this.filler),
      );

      const chart = (words, pick) => {
        const canvas = element("canvas");
        canvas.setAttribute("role", "img");
        const title = element("figcaption", { textContent: words });
        const drawn = new Chart(canvas, pick);
        drawn.words = title;
        this.scrubOn(canvas, drawn);
        return [drawn, element("figure", { className: "og-x-chart" }, title, canvas)];
      };
      const [values, valuesFigure] = chart("", (run) => run.heights);
      const [gradients, gradientsFigure] = chart("Norm of the gradient", (run) => run.gradients);
      this.charts = [values, gradients];

      this.rows = element("tbody");
      const heads = ["Run", "Value", "Gradient norm", "Gradients", "What happened", ""];
      this.caption = element("caption");
      const table = element(
        "table",
        {},
        this.caption,
        element("thead", {}, element("tr", {}, ...heads.map((head) => {
          const cell = element("th", { scope: "col", textContent: head });
          if (!head) cell.append(element("span", { className: "og-x-hidden", textContent: "Picture" }));
          return cell;
        }))),
        this.rows,
      );
      this.code = element("pre", { tabIndex: 0 });
      this.copied = element("span", { className: "og-copied" });
      this.copied.setAttribute("role", "status");
      this.shownCode = element(
        "details",
        {},
        element("summary", { textContent: "Show the code" }),
        this.code,
      );
      const actions = element(
        "div",
        { className: "og-x-buttons" },
        worded("Copy the code", () => this.copy(this.pythonCode, "The code is copied")),
        worded("Copy the link", () => {
          history.replaceState(null, "", this.address);
          this.copy(location.href, "The link is copied");
        }),
        this.copied,
      );

      this.said = element("p", { className: "og-x-said" });
      this.said.setAttribute("role", "status");
      this.live = element("p", { className: "og-x-hidden" });
      this.live.setAttribute("role", "status");
      this.picture = new Picture(this.canvas, this.index.palette, this.index.contours);
      this.root.replaceChildren(
        this.said,
        element(
          "div",
          { className: "og-x-desk" },
          element("div", { className: "og-x-left" }, stage, transport),
          element("div", { className: "og-x-right" }, choice, valuesFigure, gradientsFigure),
        ),
        element("div", { className: "og-x-table" }, table),
        actions,
        this.shownCode,
        element("p", {
          className: "og-x-keys",
          textContent:
            "Keys: space plays and pauses, ← and → step, Home and End jump, + and − zoom, 0 shows " +
            "the whole domain, Shift with an arrow moves the picture. In the picture, drag to move, " +
            "pinch or turn the wheel with Ctrl to zoom.",
        }),
        this.live,
      );
    }

    say(words) {
      this.said.textContent = words;
      this.said.hidden = !words;
    }

    /* Controls, links and words: what depends on the choice, not on the step. */
    showControls() {
      const { fn, index } = this;
      const { pages } = index;
      this.chooser.value = fn.name;
      this.speeds.value = this.speed;
      const page = pages[`function/${fn.name}`];
      const link = page ? [" ", element("a", { href: page, textContent: `More on ${fn.title}` })] : [];
      this.about.replaceChildren(fn.about, ...link);
      this.showRuns();
      this.adder.disabled = this.runs.length >= MOST_RUNS;
      const gap = fn.least !== null;
      this.charts[0].words.textContent = gap ? "Value above the least one" : "Value";
      this.code.textContent = this.pythonCode;
      const faults = [...this.faults]
        .filter(([name]) => name.startsWith(`${fn.name}/`))
        .map(([, words]) => words);
      this.root.classList.toggle("og-x-faulty", faults.length > 0);
      if (faults.length) this.say(`${faults.join("; ")}.`.replace(/^./, (c) => c.toUpperCase()));
      this.showTable();
    }

    /* Rows are kept where they can be, so that the focus stays where it is. */
    showRuns() {
      while (this.list.children.length > this.runs.length) this.list.lastChild.remove();
      this.runs.forEach((chosen, slot) => {
        const row = this.list.children[slot] ?? this.list.appendChild(this.runRow(slot));
        const [optimizer, rate] = row.querySelectorAll("select");
        optimizer.value = chosen.optimizer;
        const runs = this.files.get(`${this.fn.name}/${chosen.optimizer}`);
        [...rate.options].forEach((option, i) => {
          option.textContent = runs ? `${option.value}  ${runs[i].note}` : option.value;
        });
        rate.value = chosen.lr;
        const title = this.titleOf(chosen);
        row.querySelector("button").setAttribute("aria-label", `Remove ${title}`);
        row.querySelector("button").disabled = this.runs.length === 1;
      });
    }

    runRow(slot) {
      const optimizer = element("select", { aria: { label: `Optimizer of run ${slot + 1}` } });
      optimizer.append(...options(this.index.optimizers));
      const rate = element(
        "select",
        { aria: { label: `Learning rate of run ${slot + 1}` } },
        ...this.index.rates.map((value) => element("option", { value, textContent: value })),
      );
      const change = () => this.chooseRun(slot, { optimizer: optimizer.value, lr: rate.value });
      optimizer.addEventListener("change", change);
      rate.addEventListener("change", change);
      const remove = element("button", { type: "button", title: "Remove", textContent: "×" });
      remove.addEventListener("click", () => this.remove(slot));
      return element("li", {}, this.swatch(slot), optimizer, rate, remove);
    }

    /* A run's colour and marker. */
    swatch(slot) {
      const canvas = element("canvas", { className: "og-x-swatch", aria: { hidden: true } });
      canvas.dataset.slot = slot;
      return canvas;
    }

    showTable() {
      const { fn, index, runs, files } = this;
      this.caption.textContent = `What happened on ${fn.title}`;
      this.rows.replaceChildren(
        ...runs.map((chosen, slot) => {
          const { optimizer, lr } = chosen;
          const title = this.titleOf(chosen);
          const loaded = files.get(`${fn.name}/${optimizer}`);
          const run = loaded?.[index.rates.indexOf(lr)];
          const page = index.pages[`optimizer/${optimizer}`];
          const name = page ? element("a", { href: page, textContent: title }) : title;
          const cells = ["Value", "Gradient norm", "Gradients"].map((label) => {
            const cell = element("td");
            cell.dataset.label = label;
            return cell;
          });
          const fault = this.faults.get(`${fn.name}/${optimizer}`);
          const outcome = element("td", {
            className: `og-x-outcome og-${run?.verdict ?? "failed"}`,
            textContent: run?.outcome ?? fault ?? "loading",
          });
          outcome.dataset.label = "What happened";
          const gif = element("td");
          if (page || index.pages[`function/${fn.name}`]) {
            const words = `Download the GIF of ${title} on ${fn.title}`;
            const href = `${this.root.dataset.cells}${optimizer}/${fn.name}/${lr}.gif`;
            gif.append(element("a", { href, download: `${optimizer}-${fn.name}-${lr}.gif`,
              textContent: "Download GIF", title: words, aria: { label: words } }));
          }
          return element(
            "tr",
            {},
            element("th", { scope: "row" }, this.swatch(slot), name),
            ...cells,
            outcome,
            gif,
          );
        }),
      );
      this.paintSwatches();
      this.showNumbers();
    }

    /* The numbers of the table, which follow the step. */
    showNumbers() {
      const step = Math.floor(this.time + 1e-9);
      for (const { run, slot } of this.shown) {
        const at = Math.min(step, run.rows - 1);
        const [value, gradient, cost] = this.rows.children[slot].querySelectorAll("td");
        value.textContent = spelled(run.base + run.heights[at]);
        gradient.textContent = spelled(run.gradients[at], 2);
        cost.textContent = String(run.evaluations[at]);
      }
    }

    /* Colours are those of the page's theme. */
    readColors() {
      const style = getComputedStyle(this.root);
      const variable = (name) => style.getPropertyValue(name).trim();
      this.colors = {
        runs: Array.from({ length: MOST_RUNS }, (_, slot) => variable(`--og-run-${slot + 1}`)),
        casing: variable("--og-x-casing"),
        outside: variable("--og-x-outside"),
        ground: variable("--pst-color-background"),
        words: variable("--pst-color-text-muted"),
        grid: variable("--pst-color-border"),
        font: style.fontFamily,
      };
    }

    paintSwatches() {
      const ratio = Math.min(3, window.devicePixelRatio || 1);
      for (const canvas of this.root.querySelectorAll(".og-x-swatch")) {
        const slot = Number(canvas.dataset.slot);
        canvas.width = 30 * ratio;
        canvas.height = 18 * ratio;
        const context = canvas.getContext("2d");
        context.scale(ratio, ratio);
        context.strokeStyle = context.fillStyle = this.colors.runs[slot];
        context.lineWidth = 2.2;
        context.setLineDash(window.optgallery.DASHES[slot].map((length) => length * 0.7));
        context.beginPath();
        context.moveTo(1, 9);
        context.lineTo(29, 9);
        context.stroke();
        context.setLineDash([]);
        context.translate(15, 9);
        context.strokeStyle = this.colors.ground;
        context.lineWidth = 1.5;
        mark(context, MARKERS[slot], 5.2);
      }
    }

    // Time.

    refresh() {
      this.frame ??= requestAnimationFrame((now) => this.tick(now));
    }

    tick(now) {
      this.frame = null;
      const { steps } = this.index;
      if (this.playing && this.complete && this.visible !== false) {
        const passed = Math.min(100, now - (this.before ?? now)); // a tab that was hidden waits
        this.time = Math.min(steps, this.time + (passed / 1000) * PACE * this.speed);
        if (this.time >= steps) {
          this.playing = false;
          this.announce("At the end. ");
          this.note();
        }
        this.refresh();
      }
      this.before = this.playing ? now : null;
      this.draw();
    }

    draw() {
      const { picture, charts, view, time, colors, fn } = this;
      if (this.unfitted) {
        this.unfitted = false;
        picture.fit();
        for (const chart of charts) chart.fit();
      }
      const runs = this.shown;
      const surface = this.files.get(`${fn.name}/-surface`);
      const { quick } = this;
      picture.draw({ surface, name: fn.name, fn, view, runs, time, colors, quick });
      // values that differ by rounding only are equal
      const floor = fn.least === null ? 0 : 2.2e-16 * Math.max(1, Math.abs(fn.least));
      charts[0].draw({ runs, time, colors, floor });
      charts[1].draw({ runs, time, colors, floor: 1e-16 });
      this.showTime();
    }

    showTime() {
      const step = Math.floor(this.time + 1e-9);
      if (step === this.shownStep && this.playing === this.shownPlaying && !this.renewed) return;
      this.shownStep = step;
      this.shownPlaying = this.playing;
      const { steps } = this.index;
      this.scrubber.value = step;
      this.scrubber.style.setProperty("--og-share", `${(100 * step) / steps}%`);
      this.counter.textContent = `${step} / ${steps}`;
      this.play.textContent = this.playing ? "❚❚" : "▶";
      this.play.title = this.playing ? "Pause" : "Play";
      this.play.setAttribute("aria-label", this.play.title);
      this.showNumbers();
      if (!this.playing) this.describe(step);
    }

    /* Say what the pictures show, while they rest. */
    describe(step) {
      const who = this.runs.map((run) => this.titleOf(run)).join("; ");
      this.canvas.setAttribute(
        "aria-label",
        `The paths of ${who} on ${this.fn.title}, after ${step} of ${this.index.steps} steps`,
      );
      for (const chart of this.charts) {
        const words = `${chart.words.textContent} against gradients: ${who}`;
        chart.canvas.setAttribute("aria-label", words);
      }
    }

    announce(words = "") {
      this.live.textContent = `${words}Step ${Math.floor(this.time)} of ${this.index.steps}`;
    }

    toggle() {
      if (!this.playing && this.time >= this.index.steps) this.time = 0;
      this.playing = !this.playing;
      this.announce(this.playing ? "Playing. " : "Paused. ");
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
      this.seek(by > 0 ? Math.floor(this.time + 1e-9) + 1 : Math.ceil(this.time) - 1);
    }

    // Choices.

    chooseFunction(name) {
      this.fn = this.functions.get(name);
      this.view = new View();
      this.choose();
    }

    chooseRun(slot, run) {
      const twin = this.runs.some(
        (other, i) => i !== slot && other.optimizer === run.optimizer && other.lr === run.lr,
      );
      if (twin) {
        this.choose(`${this.titleOf(run)} is shown already.`);
      } else {
        this.runs = this.runs.with ? this.runs.with(slot, run) : this.runs.map((r, i) => (i === slot ? run : r));
        this.choose();
      }
    }

    /* One more run: the last one's optimizer at a rate that is not shown, or else the next one. */
    add() {
      const { rates, optimizers } = this.index;
      const last = this.runs.at(-1);
      const free = (optimizer) => {
        const taken = this.runs.filter((run) => run.optimizer === optimizer).map(({ lr }) => lr);
        return rates.filter((rate) => !taken.includes(rate));
      };
      const from = optimizers.findIndex(({ name }) => name === last.optimizer);
      for (let i = 0; i <= optimizers.length; i++) {
        const optimizer = optimizers[(from + i) % optimizers.length].name;
        const left = free(optimizer);
        const lr = left.includes(last.lr) ? last.lr : left[0];
        if (lr !== undefined) {
          this.runs = [...this.runs, { optimizer, lr }];
          break;
        }
      }
      this.choose();
      this.list.lastChild.querySelector("select").focus();
    }

    remove(slot) {
      this.runs = this.runs.filter((_, i) => i !== slot);
      this.choose();
      const row = this.list.children[Math.min(slot, this.runs.length - 1)];
      row.querySelector("select").focus();
    }

    allRates() {
      const { optimizer } = this.runs[0];
      this.runs = this.index.rates.map((lr) => ({ optimizer, lr }));
      this.choose();
    }

    choose(words = "") {
      this.say(words);
      if (this.time >= this.index.steps && !still.matches) {
        this.time = 0;
        this.playing = true;
      }
      this.note(true);
      this.chosen();
    }

    // The view.

    look(view, resting = true) {
      this.view = view;
      this.canvas.classList.toggle("og-x-near", !view.whole);
      this.quick = !resting;
      clearTimeout(this.sharpening);
      if (!resting) {
        this.sharpening = setTimeout(() => {
          this.quick = false;
          this.refresh();
        }, 140);
      }
      this.note();
      this.refresh();
    }

    zoom(factor, at = null, resting = true) {
      const size = this.canvas.clientWidth;
      const [x, y] = at ?? [size / 2, size / 2];
      this.look(this.view.zoomed(factor, x, y, size), resting);
    }

    move(dx, dy) {
      this.look(this.view.moved(dx, dy, this.canvas.clientWidth), false);
    }

    /* Say where the pointer is, what the function is worth there, and whose step is near. */
    point(x, y) {
      const size = this.canvas.clientWidth;
      const [sx, sy] = this.view.toShares(x, y, size);
      const [fx, fy] = this.toFunction(sx, sy);
      const surface = this.files.get(`${this.fn.name}/-surface`);
      const value = surface ? valueAt(surface, sx, sy) : null;
      const words = [`x ${spelled(fx)}`, `y ${spelled(fy)}`];
      if (value !== null) words.push(`f ≈ ${spelled(value, 3)}`);
      const near = this.nearest(x, y, size);
      if (near) words.push(near);
      this.readout.textContent = words.join("   ");
    }

    nearest(px, py, size) {
      let [best, words] = [12 ** 2, ""];
      for (const { run, slot } of this.shown) {
        const last = Math.min(run.rows - 1, Math.floor(this.time));
        for (let i = 0; i <= last; i++) {
          const [x, y] = this.view.toPixels(run.x[i], run.y[i], size);
          const away = (x - px) ** 2 + (y - py) ** 2;
          if (away < best) {
            best = away;
            words = `${this.titleOf(this.runs[slot])}: step ${i}`;
          }
        }
      }
      return words;
    }

    // What visitors do.

    listen() {
      addEventListener("popstate", () => this.recall());
      document.addEventListener("keydown", (event) => this.key(event));
      const { canvas } = this;
      const pointers = new Map();
      const place = ({ clientX, clientY }) => {
        const box = canvas.getBoundingClientRect();
        return [clientX - box.left, clientY - box.top];
      };
      canvas.addEventListener("pointerdown", (event) => {
        if (event.button > 0) return;
        canvas.setPointerCapture(event.pointerId);
        pointers.set(event.pointerId, place(event));
      });
      canvas.addEventListener("pointermove", (event) => {
        const here = place(event);
        const before = pointers.get(event.pointerId);
        if (before) {
          const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
          pointers.set(event.pointerId, here);
          if (other) {
            const apart = ([x, y]) => Math.hypot(x - other[0], y - other[1]);
            const middle = [0, 1].map((axis) => (here[axis] + other[axis]) / 2);
            this.zoom(apart(here) / Math.max(1, apart(before)), middle, false);
            this.move((here[0] - before[0]) / 2, (here[1] - before[1]) / 2);
          } else {
            this.move(here[0] - before[0], here[1] - before[1]);
          }
        }
        this.point(...here);
      });
      for (const end of ["pointerup", "pointercancel"]) {
        canvas.addEventListener(end, (event) => pointers.delete(event.pointerId));
      }
      canvas.addEventListener("pointerleave", (event) => {
        if (event.pointerType === "mouse") this.readout.textContent = "";
      });
      canvas.addEventListener("dblclick", (event) => {
        this.zoom(event.shiftKey ? 0.5 : 2, place(event));
      });
      canvas.addEventListener(
        "wheel",
        (event) => {
          if (!(event.ctrlKey || event.metaKey || document.activeElement === canvas)) {
            this.advise("Click into the picture, or hold Ctrl, to zoom with the wheel");
            return;
          }
          event.preventDefault();
          const pixels = event.deltaY * (event.deltaMode ? 30 : 1);
          this.zoom(2 ** (-Math.max(-300, Math.min(300, pixels)) / 240), place(event), false);
        },
        { passive: false },
      );
      new ResizeObserver(() => this.fit()).observe(this.root);
      new IntersectionObserver(([entry]) => {
        this.visible = entry.isIntersecting;
        this.before = null;
        if (this.visible) this.refresh();
      }).observe(this.root);
      const recolor = () => {
        this.readColors();
        this.paintSwatches();
        this.refresh();
      };
      new MutationObserver(recolor).observe(document.documentElement, {
        attributeFilter: ["data-theme"],
      });
      this.readColors();
      this.fit();
    }

    fit() {
      this.unfitted = true;
      this.refresh();
    }

    advise(words) {
      this.hint.textContent = words;
      this.hint.classList.add("og-x-seen");
      clearTimeout(this.advising);
      this.advising = setTimeout(() => this.hint.classList.remove("og-x-seen"), 1600);
    }

    scrubOn(canvas, chart) {
      const seek = (event) => {
        const { left } = canvas.getBoundingClientRect();
        this.seek(chart.stepAt(event.clientX - left, this.shown));
      };
      canvas.addEventListener("pointerdown", (event) => {
        canvas.setPointerCapture(event.pointerId);
        seek(event);
      });
      canvas.addEventListener("pointermove", (event) => {
        if (event.buttons) seek(event);
      });
    }

    key(event) {
      const { target, key, shiftKey } = event;
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (target !== document.body && !this.root.contains(target)) return;
      if (target.closest("select, textarea, pre, input:not([type=range])")) return;
      const pressable = target.closest("button, a, summary");
      const pan = this.canvas.clientWidth / 10;
      const acts = {
        " ": () => this.toggle(),
        ArrowLeft: () => (shiftKey ? this.move(pan, 0) : this.step(-1)),
        ArrowRight: () => (shiftKey ? this.move(-pan, 0) : this.step(1)),
        Home: () => this.seek(0),
        End: () => this.seek(this.index.steps),
        "+": () => this.zoom(1.5),
        "=": () => this.zoom(1.5),
        "-": () => this.zoom(1 / 1.5),
        0: () => this.look(new View()),
      };
      if (shiftKey) acts.ArrowUp = () => this.move(0, pan);
      if (shiftKey) acts.ArrowDown = () => this.move(0, -pan);
      const act = acts[key];
      if (!act || (key === " " && pressable)) return;
      event.preventDefault();
      act();
      if (key.startsWith("Arrow") || key === "Home" || key === "End") this.announce();
    }

    // What visitors take away.

    get pythonCode() {
      const calls = this.runs.map(
        ({ optimizer, lr }) => `    og.run("${optimizer}", "${this.fn.name}", lr=${lr}),`,
      );
      return ["import optgallery as og", "", "runs = [", ...calls, "]", "og.animate(runs).show()"].join("\n");
    }

    async copy(text, words) {
      try {
        await navigator.clipboard.writeText(text);
        this.copied.textContent = words;
      } catch {
        this.code.textContent = text;
        this.shownCode.open = true;
        getSelection().selectAllChildren(this.code);
        this.copied.textContent = "Selected: copy it with Ctrl+C";
      }
    }
  }

  for (const root of document.querySelectorAll(".og-explorer")) {
    if ("DecompressionStream" in window) {
      new Explorer(root);
    } else {
      root.replaceChildren("The explorer needs a newer browser, one that can inflate streams.");
    }
  }
})();
