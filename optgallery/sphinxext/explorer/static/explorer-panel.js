/* The explorer's controls, table and texts, which are in the HTML and updated here from the state. */
(() => {
  "use strict";

  const { DASHES, MARKERS, MOST_RUNS, describe, element, formatNumber, legend, mark } =
    globalThis.optgallery;
  const { axisOf, placeOf, rateWords, ratesOf, settingsOf } = globalThis.optgallery;
  const { write, writeRoles } = globalThis.optgallery;

  /* A run's colour, dash and marker; colours alone are not distinguishable for everyone. */
  function paintSwatch(canvas, slot, colors) {
    const ratio = Math.min(3, window.devicePixelRatio || 1);
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
    constructor(root, index) {
      const part = (name) => root.querySelector(`.og-x-${name}`);
      this.root = root;
      this.index = index;
      this.optimizers = new Map(index.optimizers.map((spec) => [spec.name, spec]));
      this.painted = new WeakMap(); // the current colours of each swatch
      this.canvas = part("picture");
      this.strip = part("strip");
      this.stripWords = part("legend");
      this.charts = [...root.querySelectorAll(".og-x-chart canvas")];
      this.titles = [...root.querySelectorAll(".og-x-chart figcaption")];
      this.said = part("said");
      this.readout = part("readout");
      this.hint = part("hint");
      this.hiding = null; // the timer that hides the hint
      this.play = part("play");
      this.counter = part("step");
      this.scrubber = root.querySelector("[name=step]");
      this.speeds = root.querySelector("[name=speed]");
      this.chooser = root.querySelector("[name=fn]");
      this.adder = root.querySelector("[name=add]");
      this.all = root.querySelector("[name=all]");
      this.allRates = this.all.textContent;
      this.about = part("about");
      this.list = part("runs");
      this.names = part("names");
      this.name = root.querySelector("template.og-x-name").content.firstElementChild;
      this.subject = part("subject");
      this.whole = root.querySelector(".og-x-whole a");
      // the address of the page changes with every choice
      for (const event of ["pointerover", "focus", "click"]) {
        this.whole.addEventListener(event, () => this.leadToWhole());
      }
      this.leadToWhole();
      this.presenter = root.querySelector("[name=present]");
      this.listRow = root.querySelector("template.og-x-run").content.firstElementChild;
      this.caption = root.querySelector("caption");
      this.rows = root.querySelector("tbody");
      this.tableRow = root.querySelector("template.og-x-row").content.firstElementChild;
      this.details = root.querySelector("details");
      this.code = root.querySelector("pre");
      this.copied = root.querySelector(".og-copied");
      this.live = part("live");
      for (const { content } of root.querySelectorAll("template")) writeRoles(content);
      writeRoles(root);
      this.list.replaceChildren(); // the placeholders
      part("without").remove();
    }

    titleOf(run) {
      const { title } = this.optimizers.get(run.optimizer);
      const further = run.setting.replace("=", " ");
      return [title, rateWords(run, this.index), further].filter(Boolean).join(", ");
    }

    /* Show the choices; `loaded` has the data of each run, `faults` the files that failed to load. */
    show({ fn, runs, speed, message, colors, adding }, loaded, code, faults) {
      const words = [message, ...faults.map((fault) => fault.message)].filter(Boolean).join(" ");
      write(this.said, words);
      this.said.hidden = !words;
      this.said.classList.toggle("og-x-fault", faults.length > 0);
      this.showFunction(fn);
      this.speeds.value = speed;
      this.adder.disabled = adding || runs.length >= MOST_RUNS;
      this.offerAll(runs[0]);
      this.code.textContent = code;
      // rows are reused, so that the focus is not lost
      while (this.list.children.length > runs.length) this.list.lastChild.remove();
      for (const [slot, run] of runs.entries()) {
        this.showRun(run, slot, loaded[slot].all, runs.length === 1);
        this.showSetting(run, slot, fn);
      }
      const rows = runs.map((run, slot) => this.outcomeRow(fn, run, loaded[slot]));
      this.rows.replaceChildren(...rows);
      this.showNames(runs);
      for (const list of [this.list, this.rows, this.names]) this.paint(list, colors);
    }

    /* Show the names of the runs under the picture. */
    showNames(runs) {
      const items = runs.map((run, slot) => {
        const item = this.names.children[slot] ?? this.name.cloneNode(true);
        write(item.querySelector("span"), this.titleOf(run));
        return item;
      });
      this.names.replaceChildren(...items);
    }

    /* Change the button that begins or ends the presentation. */
    presentation(on) {
      const label = on ? "End the presentation" : "Present on the whole screen";
      this.presenter.title = label;
      this.presenter.setAttribute("aria-label", label);
    }

    /* Show the legend of the strip; `shown` are the loaded runs. */
    showStrip({ runs }, shown) {
      if (!shown.length) return;
      write(this.stripWords, legend(shown));
      const told = shown.map(({ run, slot }) => `${this.titleOf(runs[slot])} ${describe(run)}`);
      this.strip.setAttribute("aria-label", `Stability strip: ${told.join(". ")}`);
    }

    showFunction(fn) {
      const page = this.index.pages[`function/${fn.name}`];
      this.chooser.value = fn.name;
      const link = element("a", { href: page, textContent: `More on ${fn.title}` });
      this.about.replaceChildren(fn.about, ...(page ? [" ", link] : []));
      write(this.titles[0], fn.least === null ? "Value" : "Value above the minimum");
      write(this.caption, `What happened on ${fn.title}`);
      write(this.subject, fn.title);
    }

    showRun(run, slot, all, only) {
      const row = this.list.children[slot] ?? this.addRow(slot);
      const [optimizer, rate] = row.querySelectorAll("select");
      const remove = row.querySelector("button");
      optimizer.value = run.optimizer;
      this.offerRates(rate, run, slot);
      for (const [i, option] of [...rate.options].entries()) {
        const words = rateWords({ ...run, lr: option.value }, this.index) || "one run";
        const value = axisOf(run, this.index) ? words : option.value;
        write(option, all ? `${value}  ·  ${all[i].note}` : value);
      }
      rate.value = run.lr;
      remove.title = `Remove ${this.titleOf(run)}`;
      remove.setAttribute("aria-label", remove.title);
      remove.disabled = only;
    }

    /* Say what the button that shows the first run's optimizer at every rate does. */
    offerAll(run) {
      const axis = axisOf(run, this.index);
      const number = axis?.values.length;
      write(
        this.all,
        axis ? (number > 1 ? `All ${number} values` : "Its only run") : this.allRates,
      );
      this.all.title = `Show the first run's optimizer at every ${axis ? "value" : "learning rate"}`;
      this.all.disabled = number === 1;
    }

    /* Offer the values along the axis of a run's optimizer: learning rates, or values of its own. */
    offerRates(list, run, slot) {
      const values = ratesOf(run, this.index);
      const axis = axisOf(run, this.index);
      const options = [...list.options];
      list.setAttribute(
        "aria-label",
        `${axis ? axis.title || "Setting" : "Learning rate"} of run ${slot + 1}`,
      );
      if (values.length === options.length && values.every((v, i) => options[i].value === v))
        return;
      list.replaceChildren(...values.map((value) => element("option", { value })));
    }

    /* Show the list of settings, if there are runs with any. */
    showSetting(run, slot, fn) {
      const list = this.list.children[slot].querySelector("[name=setting]");
      const settings = settingsOf(run, fn, this.index);
      const same = settings.every((setting, i) => list.options[i]?.value === setting);
      if (!same || list.options.length !== settings.length) {
        const options = settings.map(
          (setting) => new Option(setting.replace("=", " ") || "default settings", setting),
        );
        list.replaceChildren(...options);
      }
      list.hidden = settings.length === 1;
      list.value = run.setting;
    }

    addRow(slot) {
      const row = this.list.appendChild(this.listRow.cloneNode(true));
      for (const select of row.querySelectorAll("select")) {
        select.setAttribute("aria-label", `${select.getAttribute("aria-label")} ${slot + 1}`);
      }
      return row;
    }

    outcomeRow(fn, chosen, { run, fault }) {
      const { pages } = this.index;
      const row = this.tableRow.cloneNode(true);
      const [name, gif] = row.querySelectorAll("a");
      const outcome = row.querySelector(".og-x-outcome");
      const title = this.titleOf(chosen);
      const page = pages[`optimizer/${chosen.optimizer}`];
      if (page) Object.assign(name, { href: page, textContent: title });
      else name.replaceWith(title);
      outcome.classList.add(`og-${fault ? "failed" : (run?.kind ?? "loading")}`);
      outcome.textContent = fault ?? run?.outcome ?? "loading …";
      // only entries with a page have cells in the site
      if (page || pages[`function/${fn.name}`]) {
        const { file } = this.optimizers.get(chosen.optimizer);
        const place = placeOf(chosen, fn, this.index);
        const cell = place ? `${chosen.lr}-${place.axis.cells[place.position]}` : chosen.lr;
        gif.href = `${this.root.dataset.cells}${file}/${fn.file}/${cell}.gif`;
        gif.download = `${file}-${fn.file}-${cell}.gif`;
        gif.title = `${gif.textContent}: ${title} on ${fn.title}`; // it begins with the visible text
        gif.setAttribute("aria-label", gif.title);
      } else {
        gif.remove();
      }
      return row;
    }

    /* Update the numbers of the table to a step. */
    showNumbers(shown, step) {
      for (const { run, slot } of shown) {
        const at = Math.min(step, run.rows - 1);
        const [value, gradient, cost] = this.rows.children[slot].querySelectorAll("td");
        write(value, formatNumber(run.base + run.heights[at]));
        write(gradient, formatNumber(run.gradients[at], 2));
        write(cost, run.evaluations[at]);
      }
    }

    showTime(step, playing) {
      this.scrubber.value = step;
      write(this.counter, `${step} / ${this.index.steps}`);
      this.play.title = playing ? "Pause" : "Play";
      this.play.setAttribute("aria-label", this.play.title);
      this.play.classList.toggle("og-x-playing", playing);
    }

    /* Let the link of an embedded explorer lead to the same view on its own page. */
    leadToWhole() {
      this.whole.href = location.href.replace(/\?embed\b/, "").replace(/#embed&?/, "#");
    }

    /* Update the descriptions for screen readers. */
    describe({ fn, runs }, step) {
      const names = runs.map((run) => this.titleOf(run)).join("; ");
      const words = `The paths of ${names} on ${fn.title}, step ${step} of ${this.index.steps}`;
      this.canvas.setAttribute("aria-label", words);
      for (const [i, chart] of this.charts.entries()) {
        const title = this.titles[i].textContent;
        chart.setAttribute("aria-label", `${title} against evaluations of the gradient: ${names}`);
      }
    }

    /* Show a hint, which fades. */
    advise(words) {
      this.hint.textContent = words;
      this.hint.classList.add("og-x-seen");
      clearTimeout(this.hiding);
      this.hiding = setTimeout(() => this.hint.classList.remove("og-x-seen"), 1800);
    }

    /* Show a text, to be copied by hand. */
    lay(text) {
      this.code.textContent = text;
      this.details.open = true;
      return this.code;
    }

    /* Read the colours of the page's theme. */
    readColors() {
      const style = getComputedStyle(this.root);
      const variable = (name) => style.getPropertyValue(name).trim();
      return {
        runs: Array.from({ length: MOST_RUNS }, (_, slot) => variable(`--og-run-${slot + 1}`)),
        casing: variable("--og-x-casing"),
        start: variable("--og-x-start"),
        outside: variable("--og-x-outside"),
        ground: variable("--og-background"),
        words: variable("--og-muted"),
        grid: variable("--og-border"),
        text: variable("--og-text"),
        surface: variable("--og-surface"),
        danger: variable("--og-danger"),
        font: style.fontFamily,
      };
    }

    /* Paint the swatches of rows. */
    paint(rows, colors) {
      for (const [slot, canvas] of rows.querySelectorAll(".og-x-swatch").entries()) {
        if (this.painted.get(canvas) === colors) continue;
        this.painted.set(canvas, colors);
        paintSwatch(canvas, slot, colors);
      }
    }
  }

  Object.assign(globalThis.optgallery, { Panel });
})();
