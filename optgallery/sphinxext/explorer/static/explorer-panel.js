/* The explorer's controls, its table and its words. What they do is up to whoever made the panel,
   whose methods they call. */
(() => {
  "use strict";

  const { Chart, DASHES, MARKERS, MOST_RUNS, SPEEDS, mark } = window.optgallery;
  const NUMBERS = ["Value", "Gradient norm", "Evaluations"];
  const LARGEST = 3.4e38; // what is larger is stored as that
  const KEYS =
    "Keys: space plays and pauses, ← and → step, Home and End jump, + and − zoom, 0 shows the " +
    "whole domain, Shift with an arrow moves the picture. In the picture, drag to move; pinch, " +
    "double-click or turn the wheel with Ctrl to zoom. In a chart, drag to choose the step.";
  const SIGNS = {
    play: "M7 4.5v15l12.5-7.5z",
    pause: "M6.5 5h4v14h-4zM13.5 5h4v14h-4z",
    first: "M5 5h2.6v14H5zM19 5v14L9 12z",
    back: "M16 5v14L6 12z",
    on: "M8 5v14l10-7z",
    last: "M16.4 5H19v14h-2.6zM5 5v14l10-7z",
    closer: "M10.8 5h2.4v5.8H19v2.4h-5.8V19h-2.4v-5.8H5v-2.4h5.8z",
    farther: "M5 10.8h14v2.4H5z",
    whole: "M4 4h6v2H6v4H4zM14 4h6v6h-2V6h-4zM4 14h2v4h4v2H4zM18 14h2v6h-6v-2h4z",
    remove: "M6 4.6 12 10.6 18 4.6 19.4 6l-6 6 6 6-1.4 1.4-6-6-6 6L4.6 18l6-6-6-6z",
  };

  function element(name, properties = {}, ...children) {
    const { aria = {}, role, ...own } = properties;
    const node = Object.assign(document.createElement(name), own);
    for (const [key, value] of Object.entries(aria)) node.setAttribute(`aria-${key}`, value);
    if (role) node.setAttribute("role", role);
    node.append(...children);
    return node;
  }

  function icon(sign) {
    const [svg, path] = ["svg", "path"].map((name) =>
      document.createElementNS("http://www.w3.org/2000/svg", name),
    );
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    path.setAttribute("d", SIGNS[sign]);
    svg.append(path);
    return svg;
  }

  /* A button with a sign, and with words for those who do not see it. */
  function signed(label, sign, act) {
    const node = element("button", { type: "button", title: label, aria: { label } }, icon(sign));
    node.addEventListener("click", act);
    return node;
  }

  function worded(words, act) {
    const node = element("button", { type: "button", textContent: words });
    node.addEventListener("click", act);
    return node;
  }

  /* Options under the headings of their groups. */
  function grouped(entries) {
    const groups = new Map();
    for (const { name, title, group } of entries) {
      if (!groups.has(group)) groups.set(group, element("optgroup", { label: group }));
      groups.get(group).append(element("option", { value: name, textContent: title }));
    }
    return [...groups.values()];
  }

  /* Write into a text that is there: a new one would be news to those who watch the page. */
  function write(node, words) {
    const text = node.firstChild ?? node.appendChild(new Text());
    if (text.data !== String(words)) text.data = words;
  }

  /* A number in a few digits, with a true minus sign. */
  function spelled(number, digits = 4) {
    if (!Number.isFinite(number)) return number > 0 ? "∞" : number < 0 ? "−∞" : "not a number";
    if (Math.abs(number) >= LARGEST) return number > 0 ? "over 3e+38" : "below −3e+38";
    return String(Number(number.toPrecision(digits))).replaceAll("-", "−");
  }

  /* A run's colour, dash and marker: colour alone would not tell them apart for everyone. */
  function swatch(slot) {
    const canvas = element("canvas", { className: "og-x-swatch", aria: { hidden: true } });
    canvas.dataset.slot = slot;
    return canvas;
  }

  function paintSwatch(canvas, colors) {
    const ratio = Math.min(3, window.devicePixelRatio || 1);
    const { slot } = canvas.dataset;
    canvas.width = 30 * ratio;
    canvas.height = 18 * ratio;
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    context.strokeStyle = context.fillStyle = colors.runs[slot];
    context.lineWidth = 2.2;
    context.setLineDash(DASHES[slot].map((length) => length * 0.7));
    context.beginPath();
    context.moveTo(1, 9);
    context.lineTo(29, 9);
    context.stroke();
    context.setLineDash([]);
    context.translate(15, 9);
    context.strokeStyle = colors.ground;
    context.lineWidth = 3;
    mark(context, MARKERS[slot], 5.2);
  }

  class Panel {
    constructor(root, index, acts) {
      this.root = root;
      this.index = index;
      this.acts = acts;
      this.optimizers = new Map(index.optimizers.map((spec) => [spec.name, spec]));
      this.painted = new WeakMap(); // the colours that each swatch has
      // until what they show can be said in words
      const named = (label) => ({ role: "img", aria: { label } });
      this.canvas = element("canvas", {
        tabIndex: 0,
        className: "og-x-picture",
        ...named("The function from above, with the paths of the runs"),
      });
      this.charts = [
        ["Value", (run) => run.heights],
        ["Norm of the gradient", (run) => run.gradients],
      ].map(([title, pick]) => {
        const label = `${title} against evaluations of the gradient`;
        return new Chart(element("canvas", named(label)), pick);
      });
      this.said = element("p", { className: "og-x-said", role: "status", hidden: true });
      this.live = element("p", { className: "og-x-hidden", role: "status" });
    }

    /* Put the parts on the page from above, each as soon as the one before is shown: all at once
       would keep a phone from answering. What was in their place holds it until the last one. */
    *parts() {
      const before = [...this.root.children];
      const left = element("div", { className: "og-x-left" }, this.stage(), this.transport());
      const right = element("div", { className: "og-x-right" });
      this.root.append(this.said, element("div", { className: "og-x-desk" }, left, right));
      this.root.querySelector(".og-x-without").remove();
      yield;
      const choice = right.appendChild(this.choice());
      for (const [slot, run] of this.acts.runs.entries()) {
        yield;
        this.showRun(run, slot);
      }
      yield;
      choice.append(this.adders());
      right.append(...this.figures());
      yield;
      const keys = element("p", { className: "og-x-keys", textContent: KEYS });
      this.root.append(this.table(), ...this.takeaways(), keys, this.live);
      for (const node of before) node.remove();
    }

    titleOf({ optimizer, lr }) {
      return `${this.optimizers.get(optimizer).title}, lr ${lr}`;
    }

    // Parts of the page.

    stage() {
      const { acts } = this;
      this.readout = element("p", { className: "og-x-readout", aria: { hidden: true } });
      this.hint = element("p", { className: "og-x-hint", aria: { hidden: true } });
      const zoom = element(
        "div",
        { className: "og-x-zoom" },
        signed("Zoom in", "closer", () => acts.zoom(2)),
        signed("Zoom out", "farther", () => acts.zoom(0.5)),
        signed("Show the whole domain", "whole", () => acts.zoom(0)),
      );
      const { canvas, readout, hint } = this;
      return element("div", { className: "og-x-stage" }, canvas, readout, hint, zoom);
    }

    transport() {
      const { acts } = this;
      const { steps } = this.index;
      this.play = signed("Play", "play", () => acts.toggle());
      this.play.className = "og-x-play";
      this.scrubber = element("input", {
        type: "range",
        min: 0,
        max: steps,
        step: 1,
        aria: { label: "Step" },
      });
      this.scrubber.addEventListener("input", () => acts.seek(Number(this.scrubber.value)));
      this.counter = element("span", { className: "og-x-step" });
      this.speeds = element("select", { aria: { label: "Speed" } });
      this.speeds.append(
        ...SPEEDS.map((value) => element("option", { value, textContent: `${value} ×` })),
      );
      this.speeds.value = acts.speed;
      this.speeds.addEventListener("change", () => acts.setSpeed(Number(this.speeds.value)));
      return element(
        "div",
        { className: "og-x-transport", role: "group", aria: { label: "Playback" } },
        signed("To the start", "first", () => acts.seek(0)),
        signed("One step back", "back", () => acts.step(-1)),
        this.play,
        signed("One step on", "on", () => acts.step(1)),
        signed("To the end", "last", () => acts.seek(steps)),
        this.scrubber,
        this.counter,
        this.speeds,
      );
    }

    choice() {
      const { acts } = this;
      this.chooser = element("select", {}, ...grouped(this.index.functions));
      this.chooser.addEventListener("change", () => acts.chooseFunction(this.chooser.value));
      this.about = element("p", { className: "og-x-about" });
      this.showFunction(acts.fn);
      this.list = element("ol", { className: "og-x-runs" });
      return element(
        "div",
        { className: "og-x-choice" },
        element("label", {}, element("span", { textContent: "Function" }), this.chooser),
        this.about,
        element("h2", { textContent: "Runs" }),
        this.list,
      );
    }

    adders() {
      this.adder = worded("Add a run", () => this.acts.add());
      const all = worded("All seven rates", () => this.acts.allRates());
      all.title = "Show the first run's optimizer at every learning rate";
      return element("div", { className: "og-x-buttons" }, this.adder, all);
    }

    figures() {
      this.titles = this.charts.map(() => element("figcaption"));
      this.nameCharts(this.acts.fn);
      return this.charts.map((chart, i) => {
        const seek = ({ clientX }) => {
          this.acts.seekInChart(chart, clientX - chart.canvas.getBoundingClientRect().left);
        };
        chart.canvas.addEventListener("pointerdown", (event) => {
          chart.canvas.setPointerCapture(event.pointerId);
          seek(event);
        });
        chart.canvas.addEventListener("pointermove", (event) => {
          if (event.buttons) seek(event);
        });
        return element("figure", { className: "og-x-chart" }, this.titles[i], chart.canvas);
      });
    }

    table() {
      this.caption = element("caption");
      // roles are written out: some browsers forget them where the style shows rows as blocks
      this.rows = element("tbody", { role: "rowgroup" });
      const hidden = element("span", { className: "og-x-hidden", textContent: "Picture" });
      const heads = ["Run", ...NUMBERS, "What happened", hidden].map((head) =>
        element("th", { scope: "col", role: "columnheader" }, head),
      );
      const row = element("tr", { role: "row" }, ...heads);
      const head = element("thead", { role: "rowgroup" }, row);
      const table = element("table", { role: "table" }, this.caption, head, this.rows);
      return element("div", { className: "og-x-table" }, table);
    }

    takeaways() {
      this.code = element("pre", { tabIndex: 0 });
      this.copied = element("span", { className: "og-copied", role: "status" });
      const summary = element("summary", { textContent: "Show the code" });
      this.details = element("details", {}, summary, this.code);
      const buttons = element(
        "div",
        { className: "og-x-buttons" },
        worded("Copy the code", () => this.copy(this.code.textContent, "The code is copied")),
        worded("Copy the link", () => this.copy(this.acts.link(), "The link is copied")),
        this.copied,
      );
      return [buttons, this.details];
    }

    async copy(text, words) {
      try {
        await navigator.clipboard.writeText(text);
        this.copied.textContent = words;
      } catch {
        // not allowed, as in some browsers on pages of a folder
        this.code.textContent = text;
        this.details.open = true;
        getSelection().selectAllChildren(this.code);
        this.copied.textContent = "Selected: copy it with Ctrl+C";
      }
    }

    // What they say.

    say(words, fault = false) {
      this.said.textContent = words;
      this.said.hidden = !words;
      this.said.classList.toggle("og-x-fault", fault);
    }

    /* A hint that fades. */
    advise(words) {
      this.hint.textContent = words;
      this.hint.classList.add("og-x-seen");
      clearTimeout(this.advising);
      this.advising = setTimeout(() => this.hint.classList.remove("og-x-seen"), 1800);
    }

    /* What depends on the choice, not on the step. `loaded` tells what came of a run's file. */
    showChoice({ fn, runs, speed }, loaded, code) {
      this.showFunction(fn);
      this.nameCharts(fn);
      this.speeds.value = speed;
      this.adder.disabled = runs.length >= MOST_RUNS;
      this.caption.textContent = `What happened on ${fn.title}`;
      this.code.textContent = code;
      this.showRuns(runs, loaded);
      this.rows.replaceChildren(...runs.map((run, slot) => this.tableRow(fn, run, slot, loaded)));
      this.paint();
    }

    showFunction(fn) {
      const page = this.index.pages[`function/${fn.name}`];
      const link = element("a", { href: page, textContent: `More on ${fn.title}` });
      this.chooser.value = fn.name;
      this.about.replaceChildren(fn.about, ...(page ? [" ", link] : []));
    }

    nameCharts(fn) {
      write(this.titles[0], fn.least === null ? "Value" : "Value above the least value");
      write(this.titles[1], "Norm of the gradient");
    }

    /* Rows are kept where they can be, so that the focus stays where it is. */
    showRuns(runs, loaded) {
      while (this.list.children.length > runs.length) this.list.lastChild.remove();
      runs.forEach((run, slot) => this.showRun(run, slot, loaded(run).all, runs.length === 1));
    }

    showRun(run, slot, all = null, only = false) {
      const row = this.list.children[slot] ?? this.list.appendChild(this.runRow(slot));
      const [optimizer, rate] = row.querySelectorAll("select");
      const remove = row.querySelector("button");
      optimizer.value = run.optimizer;
      [...rate.options].forEach((option, i) => {
        const words = all ? `${option.value}  ·  ${all[i].note}` : option.value;
        if (option.textContent !== words) option.textContent = words;
      });
      rate.value = run.lr;
      remove.title = `Remove ${this.titleOf(run)}`;
      remove.setAttribute("aria-label", remove.title);
      remove.disabled = only;
      this.paint();
    }

    runRow(slot) {
      const { acts, index } = this;
      const named = (words) => ({ aria: { label: `${words} of run ${slot + 1}` } });
      this.optimizerOptions ??= grouped(index.optimizers);
      const options = this.optimizerOptions.map((group) => group.cloneNode(true));
      const optimizer = element("select", named("Optimizer"), ...options);
      const rates = index.rates.map((value) => element("option", { value, textContent: value }));
      const rate = element("select", named("Learning rate"), ...rates);
      for (const select of [optimizer, rate]) {
        select.addEventListener("change", () => {
          acts.chooseRun(slot, { optimizer: optimizer.value, lr: rate.value });
        });
      }
      const remove = signed("Remove", "remove", () => acts.remove(slot));
      return element("li", {}, swatch(slot), optimizer, rate, remove);
    }

    tableRow(fn, chosen, slot, loaded) {
      const { pages } = this.index;
      const title = this.titleOf(chosen);
      const page = pages[`optimizer/${chosen.optimizer}`];
      const name = page ? element("a", { href: page, textContent: title }) : title;
      const { run, fault } = loaded(chosen);
      const outcome = element("td", {
        role: "cell",
        className: `og-x-outcome og-${fault ? "failed" : (run?.verdict ?? "loading")}`,
        textContent: fault ?? run?.outcome ?? "loading …",
      });
      const numbers = NUMBERS.map((label) => {
        const cell = element("td", { role: "cell" });
        cell.dataset.label = label;
        return cell;
      });
      const gif = element("td", { role: "cell" });
      // the grid's cells are those of the pages that there are
      if (page || pages[`function/${fn.name}`]) {
        const words = `Download the GIF of ${title} on ${fn.title}`;
        const { lr } = chosen;
        const { file } = this.optimizers.get(chosen.optimizer);
        const link = element("a", {
          href: `${this.root.dataset.cells}${file}/${fn.file}/${lr}.gif`,
          download: `${file}-${fn.file}-${lr}.gif`,
          textContent: "Download GIF",
          title: words,
          aria: { label: words },
        });
        gif.append(link);
      }
      const head = element("th", { scope: "row", role: "rowheader" }, swatch(slot), name);
      return element("tr", { role: "row" }, head, ...numbers, outcome, gif);
    }

    /* The numbers of the table, which follow the step. */
    showNumbers(shown, step) {
      for (const { run, slot } of shown) {
        const at = Math.min(step, run.rows - 1);
        const [value, gradient, cost] = this.rows.children[slot].querySelectorAll("td");
        write(value, spelled(run.base + run.heights[at]));
        write(gradient, spelled(run.gradients[at], 2));
        write(cost, run.evaluations[at]);
      }
    }

    showTime(step, playing) {
      const words = playing ? "Pause" : "Play";
      this.scrubber.value = step;
      write(this.counter, `${step} / ${this.index.steps}`);
      if (this.play.title === words && this.play.dataset.known) return;
      this.play.dataset.known = "yes";
      this.play.replaceChildren(icon(words.toLowerCase()));
      this.play.title = words;
      this.play.setAttribute("aria-label", words);
    }

    /* Say what the pictures show, for those who do not see them. */
    describe({ fn, runs }, step) {
      const who = runs.map((run) => this.titleOf(run)).join("; ");
      const words = `The paths of ${who} on ${fn.title}, step ${step} of ${this.index.steps}`;
      this.canvas.setAttribute("aria-label", words);
      this.charts.forEach(({ canvas }, i) => {
        const title = this.titles[i].textContent;
        canvas.setAttribute("aria-label", `${title} against evaluations of the gradient: ${who}`);
      });
    }

    /* Read the colours of the page's theme. */
    readColors() {
      const style = getComputedStyle(this.root);
      const variable = (name) => style.getPropertyValue(name).trim();
      this.colors = {
        runs: Array.from({ length: MOST_RUNS }, (_, slot) => variable(`--og-run-${slot + 1}`)),
        casing: variable("--og-x-casing"),
        start: variable("--og-x-start"),
        outside: variable("--og-x-outside"),
        ground: variable("--pst-color-background"),
        words: variable("--pst-color-text-muted"),
        grid: variable("--pst-color-border"),
        font: style.fontFamily,
      };
      this.paint();
    }

    paint() {
      for (const canvas of this.root.querySelectorAll(".og-x-swatch")) {
        if (this.painted.get(canvas) === this.colors) continue;
        this.painted.set(canvas, this.colors);
        paintSwatch(canvas, this.colors);
      }
    }
  }

  Object.assign(window.optgallery, { Panel, spelled });
})();
