/* The explorer's state, its changes, and its representation in the address:
   #fn=beale&run=adamw@0.1&run=adamw@0.1,weight_decay=1&step=57&speed=2&view=3,0.5,8
   An address that begins with #embed shows the explorer without the site's frame. */
(() => {
  "use strict";

  const { View } = globalThis.optgallery;
  const MOST_RUNS = 8;
  const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 4];
  const PACE = 36; // steps per second at speed 1
  const ONLY = "default"; // the value of an optimizer with a single run on each function
  const REST = 2000; // milliseconds at the last step before playing again

  /* The state of the page, from which everything shown is derived; a change makes a new object. */
  const INITIAL = Object.freeze({
    // part of the address
    fn: null, // an entry of the index
    // a list of { optimizer, lr, setting }: lr is the text of a learning rate, or of a value of the
    // optimizer's own axis; the setting is "" or "weight_decay=0.1"
    runs: [],
    speed: 1,
    view: new View(),
    time: 0, // in steps; fractional while the paths are playing
    playing: false,
    embedded: false, // whether the site's frame is left out
    // temporary
    loop: false, // whether paths are played again
    rested: 0, // milliseconds at the last step
    weight: 1, // how much wider lines and markers are than usual
    kept: null, // what a presentation restores at its end; null without one
    adding: false, // whether a run to add is being looked for
    message: "", // a message about the address or a choice
    coarse: false, // whether the surface is painted coarsely because the view is changing
    files: new Map(), // content or Error of each file, by name
    // properties of the page
    open: false, // whether the browser has shown the page
    visible: false, // whether the explorer is in view
    sizes: new Map(), // [width, height] of each canvas
    colors: null, // the theme's colours
  });

  /* Parse an address. Missing and invalid parts have their defaults, and the message reports invalid
     ones. `step` is null if none is given. */
  function parseState(text, index) {
    const said = [];
    const given = new URLSearchParams(text);
    const usual = new URLSearchParams(index.opens);

    const functionNamed = (name) => index.functions.find((known) => known.name === name);
    const named = functionNamed(given.get("fn"));
    if (given.has("fn") && !named) said.push(`There is no function “${given.get("fn")}” here.`);
    const fn = named ?? functionNamed(usual.get("fn"));

    let runs = parseRuns(given.getAll("run"), fn, index, said);
    if (!runs.length) {
      if (given.has("run")) said.push("Other runs are shown instead.");
      runs = parseRuns(usual.getAll("run"), fn, index, said);
    }
    const step = parseStep(given.get("step"), index.steps, said);
    const speed = parseSpeed(given.get("speed"), said);
    const view = parseView(given.get("view"), fn, said);
    return { fn, runs, step, speed, view, message: said.join(" ") };
  }

  function parseRuns(texts, fn, index, said) {
    const { optimizers } = index;
    const runs = [];
    for (const text of texts) {
      const at = text.lastIndexOf("@"); // a name may contain one, too
      const [optimizer, rest = ""] = at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
      const [lr, given = ""] = rest.split(",");
      const rates = ratesOf({ optimizer }, index);
      const rate = rates.find(
        (known) => Number(known) === Number(lr || NaN) || known === (lr || ONLY),
      );
      const setting = settingsOf({ optimizer }, fn, index).find((known) => isSame(known, given));
      if (!optimizers.some(({ name }) => name === optimizer)) {
        said.push(`There is no optimizer “${optimizer}” here.`);
      } else if (rate === undefined) {
        const what = axisOf({ optimizer }, index)?.title ?? "learning rates";
        said.push(`“${lr}” is none of the ${what} ${rates.join(", ")}.`);
      } else if (setting === undefined) {
        said.push(`There is no run of ${optimizer} on ${fn.title} with “${given}” here.`);
      } else if (!holds(runs, { optimizer, lr: rate, setting })) {
        runs.push({ optimizer, lr: rate, setting });
      }
    }
    if (runs.length > MOST_RUNS) {
      said.push(`Only the first ${MOST_RUNS} of ${runs.length} runs are shown.`);
    }
    return runs.slice(0, MOST_RUNS);
  }

  /* Return an optimizer's own axis, { parameter, title, values }; undefined if that is the rate. */
  function axisOf({ optimizer }, { optimizers }) {
    return optimizers.find(({ name }) => name === optimizer)?.axis;
  }

  /* Return the values along an optimizer's axis: of its own, or the learning rates. */
  function ratesOf(run, index) {
    return axisOf(run, index)?.values ?? index.rates;
  }

  /* Return the name of a run's axis and its value there: "lr 0.1", "damping 10", or nothing. */
  function rateWords(run, index) {
    const axis = axisOf(run, index);
    if (axis && !axis.parameter) return "";
    return `${axis?.title ?? "lr"} ${run.lr}`;
  }

  function parseStep(text, steps, said) {
    if (text === null) return null;
    const step = Number(text || NaN);
    if (step >= 0 && step <= steps) return Math.round(step);
    said.push(`Steps go from 0 to ${steps}.`);
    return null;
  }

  function parseSpeed(text, said) {
    if (text === null) return INITIAL.speed;
    if (SPEEDS.includes(Number(text))) return Number(text);
    said.push(`Speeds are ${SPEEDS.join(", ")}.`);
    return INITIAL.speed;
  }

  function parseView(text, fn, said) {
    if (text === null) return INITIAL.view;
    const numbers = text.split(",").map((part) => Number(part || NaN));
    const [x, y, zoom] = numbers;
    if (numbers.length !== 3 || !numbers.every(Number.isFinite) || zoom <= 0) {
      said.push("A view is x,y,zoom.");
      return INITIAL.view;
    }
    const [xmin, xmax, ymin, ymax] = fn.domain;
    return new View((x - xmin) / (xmax - xmin), (y - ymin) / (ymax - ymin), zoom);
  }

  /* Return the address of a state. It has no step if the paths are playing or at their end, so that
     they are played when the address is opened. */
  function formatState({ fn, runs, speed, view, time, playing, embedded }, steps) {
    const named = encodeURIComponent;
    const chosen = runs.map(({ optimizer, lr, setting }) => {
      const further = setting && `,${setting.replaceAll("+", "%2B")}`; // a plus sign would be a space
      return `run=${named(optimizer)}@${lr}${further}`;
    });
    const parts = [...(embedded ? ["embed"] : []), `fn=${named(fn.name)}`, ...chosen];
    if (!playing && time < steps) parts.push(`step=${wholeStep(time)}`);
    if (speed !== INITIAL.speed) parts.push(`speed=${speed}`);
    if (!view.whole) {
      const numbers = [...toFunction(fn, view.x, view.y), view.zoom];
      parts.push(`view=${numbers.map((number) => Number(number.toPrecision(6))).join(",")}`);
    }
    return `#${parts.join("&")}`;
  }

  /* Convert fractions of the domain to the function's coordinates. */
  function toFunction({ domain: [xmin, xmax, ymin, ymax] }, x, y) {
    return [xmin + x * (xmax - xmin), ymin + y * (ymax - ymin)];
  }

  // Time.

  function wholeStep(time) {
    return Math.floor(time + 1e-9);
  }

  /* Return the step before or after a time. */
  function neighbour(time, by) {
    return by > 0 ? wholeStep(time) + 1 : Math.ceil(time - 1e-9) - 1;
  }

  /* Return the changes after playing for some milliseconds. Paths stop at the last step, or rest there
     and begin again. */
  function played({ time, speed, loop, rested }, milliseconds, steps) {
    if (loop && time >= steps) {
      const again = rested + milliseconds >= REST;
      return { time: again ? 0 : steps, rested: again ? 0 : rested + milliseconds, playing: true };
    }
    const reached = Math.min(steps, time + (milliseconds / 1000) * PACE * speed);
    return { time: reached, rested: 0, playing: Boolean(loop) || reached < steps };
  }

  // Runs.

  function holds(runs, { optimizer, lr, setting }) {
    return runs.some(
      (run) => run.optimizer === optimizer && run.lr === lr && run.setting === setting,
    );
  }

  /* Return the further axes of a pair: hyper-parameters, or noise, of which there are runs. */
  function axesOf({ optimizer }, fn, { axes }) {
    return axes.filter((axis) => axis.optimizer === optimizer && axis.function === fn.name);
  }

  /* Return the settings that a run may have, the first of which is none. */
  function settingsOf(run, fn, index) {
    return ["", ...axesOf(run, fn, index).flatMap(({ settings }) => settings)];
  }

  /* Return the axis of a run's setting, and the setting's position on it; null without one. */
  function placeOf(run, fn, index) {
    const axis = axesOf(run, fn, index).find(({ settings }) => settings.includes(run.setting));
    return axis ? { axis, position: axis.settings.indexOf(run.setting) } : null;
  }

  /* Whether two settings are the same, as weight_decay=0.1 and weight_decay=0.10 are. */
  function isSame(one, other) {
    const [first, second] = [one, other].map((setting) => setting.split("="));
    const [a, b] = [first, second].map(([, value]) => Number(value || NaN));
    return one === other || (first[0] === second[0] && a === b);
  }

  /* Return the runs as they are on a function: without settings that it lacks, and each once. */
  function onFunction(runs, fn, index) {
    const kept = [];
    for (const run of runs) {
      const known = settingsOf(run, fn, index).includes(run.setting);
      const here = known ? run : { ...run, setting: "" };
      if (!holds(kept, here)) kept.push(here);
    }
    return kept;
  }

  function atAllRates({ optimizer, setting }, index) {
    const rates = ratesOf({ optimizer }, index);
    return rates.map((lr) => ({ optimizer, lr, setting })).slice(0, MOST_RUNS);
  }

  /* Return the code that repeats what is shown. */
  function codeOf({ fn, runs }, index) {
    const calls = runs.map(({ optimizer, lr, setting }) => {
      const parameter = axisOf({ optimizer }, index)?.parameter ?? "lr";
      const along = parameter && `, ${parameter}=${lr}`;
      const [runner, plain] = [optimizer, fn.name].map((name) => JSON.stringify(name));
      const [name, value] = setting.split("=");
      const noisy = name === "noise" && Number(value) > 0;
      const function_ = noisy ? `og.functions.noisy(${plain}, ${value})` : plain;
      const further = setting && name !== "noise" ? `, ${setting}` : "";
      return `    og.run(${runner}, ${function_}${along}${further}),\n`;
    });
    return `import optgallery as og\n\nruns = [\n${calls.join("")}]\nog.animate(runs).show()`;
  }

  Object.assign(globalThis.optgallery, {
    INITIAL,
    MOST_RUNS,
    PACE,
    atAllRates,
    axisOf,
    codeOf,
    formatState,
    holds,
    neighbour,
    onFunction,
    parseState,
    placeOf,
    played,
    rateWords,
    ratesOf,
    settingsOf,
    toFunction,
    wholeStep,
  });
})();
