/* Find runs by what happens in them. The classes of all runs are in one file, which is loaded when the
   page is shown; the pictures are drawn from the explorer's data when they come into view. The choices
   are in the address: #what=cycles&optimizer=family:sign&function=beale&lr=1. */
(() => {
  "use strict";

  const PAGE = 12; // runs that are shown at once
  const OVERLAID = 8; // runs that the explorer can show

  /* Decode the numbers of runs: first all high bytes, then all low ones. */
  function decodeMasks(bytes) {
    const count = bytes.length / 2;
    return Uint16Array.from({ length: count }, (_, i) => (bytes[i] << 8) | bytes[count + i]);
  }

  /* Return all runs, each with its optimizer, its function, and its position among those of the pair:
     one for each learning rate, or for each value of the optimizer's own axis. */
  function runsOf(index, masks) {
    const runs = index.optimizers.flatMap((optimizer) =>
      index.functions.flatMap((fn) =>
        (optimizer.axis?.values ?? index.rates).map((lr, rate) => ({ optimizer, fn, lr, rate })),
      ),
    );
    if (masks.length !== runs.length) {
      throw new Error("this page and its data are not of one build: reload the page");
    }
    return runs.map((run, i) => ({ mask: masks[i], ...run }));
  }

  /* Return a run in words: "Lion on Beale, lr 0.1", "Damped Newton on Beale, damping 1". */
  function titleOf({ optimizer, fn, lr }) {
    const { axis } = optimizer;
    const along = axis && !axis.parameter ? "" : `, ${axis?.title ?? "lr"} ${lr}`;
    return `${optimizer.title} on ${fn.title}${along}`;
  }

  const WITHOUT = "none"; // the choice of runs without a learning rate
  const ALL = "all"; // the address without a choice; without an address, the page's first choice is taken

  /* Parse an address; unknown values are left out. */
  function parseChoice(text, index) {
    const given = new URLSearchParams(text);
    const one = (key, allowed) => (allowed.includes(given.get(key)) ? given.get(key) : "");
    const groups = (entries, key) => [...new Set(entries.map((entry) => `${key}:${entry[key]}`))];
    const names = (entries) => entries.map(({ name }) => name);
    return {
      what: index.classes.filter((name) => given.getAll("what").includes(name)),
      optimizer: one("optimizer", [
        ...names(index.optimizers),
        ...groups(index.optimizers, "family"),
      ]),
      function: one("function", [...names(index.functions), ...groups(index.functions, "kind")]),
      lr: one("lr", [...index.rates, WITHOUT]),
    };
  }

  function formatChoice({ what, ...choice }) {
    const state = new URLSearchParams(what.map((name) => ["what", name]));
    for (const [key, value] of Object.entries(choice)) if (value) state.set(key, value);
    return String(state) || ALL;
  }

  /* Whether an entry is the chosen one, or of the chosen group: "lion", "family:sign". */
  function isChosen(entry, key, value) {
    return !value || entry.name === value || `${key}:${entry[key]}` === value;
  }

  const TESTS = {
    optimizer: (run, value) => isChosen(run.optimizer, "family", value),
    function: (run, value) => isChosen(run.fn, "kind", value),
    lr: (run, value) => !value || (run.optimizer.axis ? WITHOUT : run.lr) === value,
  };

  /* The number that a run has at least, if it belongs to all of these classes. */
  function maskOf(what, classes) {
    return what.reduce((mask, name) => mask | (1 << classes.indexOf(name)), 0);
  }

  /* Return the runs that match a choice, without regard to one of its parts if that is given. */
  function matching(runs, choice, classes, except = "") {
    const wanted = except === "what" ? 0 : maskOf(choice.what, classes);
    const tests = Object.entries(TESTS).filter(([key]) => key !== except && choice[key]);
    return runs.filter(
      (run) =>
        (run.mask & wanted) === wanted && tests.every(([key, holds]) => holds(run, choice[key])),
    );
  }

  /* The part of a choice without which most runs are found: its name, or the name of a class, and
     their number. Null if no single part stands in the way. */
  function loosest(runs, choice, classes) {
    const parts = [
      ...choice.what.map((name) => [
        name,
        { ...choice, what: choice.what.filter((other) => other !== name) },
      ]),
      ...Object.keys(TESTS)
        .filter((key) => choice[key])
        .map((key) => [key, { ...choice, [key]: "" }]),
    ].map(([part, rest]) => ({ part, number: matching(runs, rest, classes).length }));
    const most = parts.reduce((a, b) => (b.number > a.number ? b : a), { number: 0 });
    return most.number ? most : null;
  }

  /* Yield runs in an order in which optimizers and functions take turns: next is always one whose
     optimizer and function have been seen least. */
  function* inTurns(runs) {
    const left = [...runs];
    const seen = new Map();
    const times = (entry) => seen.get(entry) ?? 0;
    while (left.length) {
      let next = 0;
      let least = Infinity;
      for (let i = 0; i < left.length && least > 0; i++) {
        const count = times(left[i].optimizer) + times(left[i].fn);
        if (count < least) [next, least] = [i, count];
      }
      const [run] = left.splice(next, 1);
      for (const entry of [run.optimizer, run.fn]) seen.set(entry, times(entry) + 1);
      yield run;
    }
  }

  /* Return the next runs of an order. */
  function take(order, count) {
    const taken = [];
    while (taken.length < count) {
      const { done, value } = order.next();
      if (done) break;
      taken.push(value);
    }
    return taken;
  }

  /* Return the address of runs on one function in the explorer. */
  function explorerState(runs) {
    const named = encodeURIComponent;
    const parts = runs.map(({ optimizer, lr }) => `run=${named(optimizer.name)}@${lr}`);
    return [`fn=${named(runs[0].fn.name)}`, ...parts].join("&");
  }

  function counted(number, noun) {
    return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
  }

  /* Load the classes of all runs. */
  function loadMasks(address, format) {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      globalThis.optgallery.behaviours = (written, body) => {
        if (written === format) resolve(globalThis.optgallery.inflate(body));
        else reject(new Error("this page and its data are not of one build: reload the page"));
      };
      script.addEventListener("error", () => reject(new Error(`the file ${address} is missing`)));
      script.src = `${address}?v=${format}`;
      document.head.append(script);
    }).then(decodeMasks);
  }

  /* Draws runs over the surfaces of their functions, each of which is painted once. */
  class Painter {
    constructor(root, index) {
      this.root = root;
      this.shades = globalThis.optgallery.spreadPalette(index.palette);
      this.contours = index.contours;
      this.grounds = new Map(); // promises, by function
    }

    ground(fn, size, ratio) {
      const key = `${fn.name} ${size}`;
      if (!this.grounds.has(key)) {
        this.grounds.set(key, this.paintGround(fn, size, ratio));
      }
      return this.grounds.get(key);
    }

    async paintGround(fn, size, ratio) {
      const { View, finished, groundRows, request } = globalThis.optgallery;
      const surface = await request(this.root, `${fn.file}/-surface`);
      const rows = groundRows(surface, new View(), size, this.shades, this.contours, ratio);
      return createImageBitmap(finished(rows));
    }

    async paint(canvas, { optimizer, fn, rate }) {
      const ratio = Math.min(2, window.devicePixelRatio || 1);
      const size = Math.round(160 * ratio);
      const [ground, runs] = await Promise.all([
        this.ground(fn, size, ratio),
        globalThis.optgallery.request(this.root, `${fn.file}/${optimizer.file}`),
      ]);
      const { x, y } = runs[rate];
      canvas.width = canvas.height = size;
      const context = canvas.getContext("2d");
      context.drawImage(ground, 0, 0);
      context.lineJoin = context.lineCap = "round";
      context.beginPath();
      for (let i = 0; i < x.length; i++) context.lineTo(x[i] * size, (1 - y[i]) * size);
      for (const [color, width] of [
        ["#fffc", 3.4],
        ["#d00000", 1.6],
      ]) {
        context.strokeStyle = color;
        context.lineWidth = width * ratio;
        context.stroke();
      }
      const last = x.length - 1;
      for (const [i, color] of [
        [0, "#3030e0"],
        [last, "#d00000"],
      ]) {
        context.beginPath();
        context.arc(x[i] * size, (1 - y[i]) * size, 3.6 * ratio, 0, 2 * Math.PI);
        context.fillStyle = color;
        context.strokeStyle = "#fff";
        context.lineWidth = 1.4 * ratio;
        context.fill();
        context.stroke();
      }
    }
  }

  class Finder {
    constructor(box) {
      this.box = box;
      this.index = JSON.parse(box.querySelector("script").textContent);
      this.form = box.querySelector("form");
      this.count = box.querySelector(".og-found-count");
      this.list = box.querySelector(".og-found");
      this.more = box.querySelector(".og-more");
      this.overlay = box.querySelector(".og-overlay");
      this.item = box.querySelector("template").content.firstElementChild;
      this.titles = new Map(
        [...this.form.querySelectorAll("[name=what]")].map((box) => [
          box.value,
          box.nextElementSibling.textContent,
        ]),
      );
      this.words = new Map(
        // of the options, to which numbers are added
        [...this.form.querySelectorAll("option")].map((option) => [option, option.textContent]),
      );
      this.painter = new Painter(box.dataset.root, this.index);
      this.coming = new WeakMap(); // the run of each canvas that was not in view yet
      this.observer = new IntersectionObserver((seen) => this.paint(seen), { rootMargin: "200px" });
      this.runs = [];
      this.found = [];
      this.order = inTurns([]);
      this.recall();
      this.listen();
      this.load();
    }

    async load() {
      try {
        const masks = await loadMasks(this.box.dataset.file, this.index.behaviour);
        this.runs = runsOf(this.index, masks);
      } catch (error) {
        this.count.textContent = `Runs cannot be found: ${error.message}.`;
        return;
      }
      this.render();
    }

    listen() {
      this.form.addEventListener("input", () => this.set(this.chosen()));
      this.form.addEventListener("submit", (event) => event.preventDefault());
      this.form.querySelector("[name=reset]").addEventListener("click", () => {
        this.set(parseChoice(ALL, this.index));
      });
      this.more.addEventListener("click", () => {
        const first = this.list.children.length;
        this.show();
        this.list.children[first]?.querySelector("a").focus();
      });
      addEventListener("hashchange", () => {
        this.recall();
        this.render();
      });
    }

    /* Take the choice in the address, or else the page's first one. */
    recall() {
      this.choice = parseChoice(location.hash.slice(1) || this.index.opens, this.index);
    }

    /* Return what the controls say. */
    chosen() {
      const data = new FormData(this.form);
      return {
        what: data.getAll("what"),
        optimizer: data.get("optimizer"),
        function: data.get("function"),
        lr: data.get("lr"),
      };
    }

    /* Apply a choice, and write it to the address. */
    set(choice) {
      this.choice = choice;
      history.replaceState(history.state, "", `#${formatChoice(choice)}`);
      this.render();
    }

    render() {
      const { choice, index, runs } = this;
      if (!runs.length) return;
      const found = matching(runs, choice, index.classes);
      this.found = found;
      this.order = inTurns(found);
      this.writeControls();
      const of = found.length === runs.length ? "" : ` of ${runs.length.toLocaleString("en")}`;
      const counting = `${counted(found.length, "run").replace(/ /, `${of} `)}`;
      this.count.textContent = found.length ? counting : `${counting}. ${this.advice()}`;
      this.writeOverlay();
      this.list.replaceChildren();
      this.show();
    }

    /* What to change if there is no run. */
    advice() {
      const { choice, index, runs } = this;
      const found = loosest(runs, choice, index.classes);
      if (!found) return "Untick a class, or choose any optimizer, function or rate.";
      const there = `there ${found.number === 1 ? "is" : "are"} ${found.number.toLocaleString("en")}`;
      const words = {
        optimizer: "any optimizer",
        function: "any function",
        lr: "any learning rate",
      };
      if (found.part in words) return `With ${words[found.part]}, ${there}.`;
      const box = this.form.querySelector(`[name=what][value="${found.part}"]`);
      return `Without “${box.nextElementSibling.textContent}”, ${there}.`;
    }

    writeControls() {
      const { choice, index, runs } = this;
      for (const box of this.form.querySelectorAll("[name=what]")) {
        box.checked = choice.what.includes(box.value);
      }
      const found = matching(runs, choice, index.classes);
      for (const node of this.form.querySelectorAll("[data-of]")) {
        const bit = 1 << index.classes.indexOf(node.dataset.of);
        const number = found.reduce((sum, { mask }) => sum + ((mask & bit) > 0), 0);
        node.textContent = number.toLocaleString("en");
        node.parentElement.classList.toggle("og-none", number === 0);
      }
      for (const key of Object.keys(TESTS)) {
        const select = this.form.elements[key];
        const others = matching(runs, choice, index.classes, key);
        for (const option of select.options) {
          const number = others.reduce((sum, run) => sum + TESTS[key](run, option.value), 0);
          option.textContent = `${this.words.get(option)} (${number.toLocaleString("en")})`;
        }
        select.value = choice[key];
      }
    }

    /* Offer to overlay the runs in the explorer, if they are on one function. */
    writeOverlay() {
      const { found } = this;
      const one = found.length > 1 && found.every(({ fn }) => fn === found[0].fn);
      this.overlay.hidden = !(one && this.box.dataset.explorer);
      if (this.overlay.hidden) return;
      const shown = take(inTurns(found), OVERLAID);
      const link = this.overlay.firstElementChild;
      link.href = `${this.box.dataset.explorer}#${explorerState(shown)}`;
      const which = shown.length < found.length ? `the first ${shown.length}` : "all of them";
      link.textContent = `Overlay ${which} in the explorer`;
    }

    /* Show the next of the runs that are found. */
    show() {
      const { choice, index, list } = this;
      for (const run of take(this.order, PAGE)) {
        const item = this.item.cloneNode(true);
        const link = item.querySelector("a");
        if (this.box.dataset.explorer) {
          link.href = `${this.box.dataset.explorer}#${explorerState([run])}`;
        }
        item.querySelector(".og-found-title").textContent = titleOf(run);
        const what = index.classes.filter(
          (name, i) => run.mask & (1 << i) && !choice.what.includes(name),
        );
        item.querySelector(".og-found-what").textContent = what
          .map((name) => this.titles.get(name))
          .join(", ");
        const canvas = item.querySelector("canvas");
        this.coming.set(canvas, run);
        this.observer.observe(canvas);
        list.append(item);
      }
      this.more.hidden = list.children.length >= this.found.length;
    }

    paint(seen) {
      for (const { isIntersecting, target } of seen) {
        if (!isIntersecting) continue;
        this.observer.unobserve(target);
        this.painter.paint(target, this.coming.get(target)).catch(() => {
          target.classList.add("og-lost"); // the words and the link remain
        });
      }
    }
  }

  globalThis.optgallery ??= {};
  globalThis.optgallery.finding = {
    decodeMasks,
    explorerState,
    formatChoice,
    inTurns,
    loosest,
    matching,
    parseChoice,
    runsOf,
    take,
    titleOf,
  };
  for (const box of globalThis.document?.querySelectorAll(".og-find") ?? []) new Finder(box);
})();
