/* The explorer's state and the address that spells it:
   #fn=beale&run=adamw@0.1&run=sgd@0.01&step=57&speed=2&view=3,0.5,8 */
(() => {
  "use strict";

  const { View } = window.optgallery;
  const MOST_RUNS = 8;
  const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 4];

  /* Read a state, and say what in it is not understood: that is then as it usually is. */
  function readState(text, index) {
    const said = [];
    const given = new URLSearchParams(text);
    const usual = new URLSearchParams(index.opens);
    const state = { speed: 1, view: new View(), step: null };

    const named = index.functions.find(({ name }) => name === given.get("fn"));
    if (given.has("fn") && !named) said.push(`There is no function “${given.get("fn")}” here.`);
    state.fn = named ?? index.functions.find(({ name }) => name === usual.get("fn"));

    state.runs = readRuns(given.getAll("run"), index, said);
    if (!state.runs.length) {
      if (given.has("run")) said.push("Other runs are shown instead.");
      state.runs = readRuns(usual.getAll("run"), index, said);
    }
    if (given.has("step")) {
      const step = Number(given.get("step") || NaN);
      if (step >= 0 && step <= index.steps) state.step = Math.round(step);
      else said.push(`Steps go from 0 to ${index.steps}.`);
    }
    if (given.has("speed")) {
      const speed = Number(given.get("speed"));
      if (SPEEDS.includes(speed)) state.speed = speed;
      else said.push(`Speeds are ${SPEEDS.join(", ")}.`);
    }
    if (given.has("view")) {
      const numbers = given.get("view").split(",").map((part) => Number(part || NaN));
      if (numbers.length === 3 && numbers.every(Number.isFinite) && numbers[2] > 0) {
        const [xmin, xmax, ymin, ymax] = state.fn.domain;
        const [x, y, zoom] = numbers;
        state.view = new View((x - xmin) / (xmax - xmin), (y - ymin) / (ymax - ymin), zoom);
      } else {
        said.push("A view is x,y,zoom.");
      }
    }
    return { state, said: said.join(" ") };
  }

  function readRuns(spelled, { optimizers, rates }, said) {
    const runs = [];
    for (const run of spelled) {
      const at = run.lastIndexOf("@"); // a name may hold one, too
      const [optimizer, lr] = at < 0 ? [run] : [run.slice(0, at), run.slice(at + 1)];
      const rate = rates.find((known) => Number(known) === Number(lr || NaN));
      if (!optimizers.some(({ name }) => name === optimizer)) {
        said.push(`There is no optimizer “${optimizer}” here.`);
      } else if (rate === undefined) {
        said.push(`“${lr ?? ""}” is none of the learning rates ${rates.join(", ")}.`);
      } else if (!holds(runs, { optimizer, lr: rate })) {
        runs.push({ optimizer, lr: rate });
      }
    }
    if (runs.length > MOST_RUNS) {
      said.push(`Only the first ${MOST_RUNS} of ${runs.length} runs are shown.`);
    }
    return runs.slice(0, MOST_RUNS);
  }

  function holds(runs, { optimizer, lr }) {
    return runs.some((run) => run.optimizer === optimizer && run.lr === lr);
  }

  /* The address of a state; null stands for a step that need not be named. */
  function spellState({ fn, runs, step, speed, view }) {
    const named = encodeURIComponent;
    const chosen = runs.map(({ optimizer, lr }) => `run=${named(optimizer)}@${lr}`);
    const parts = [`fn=${named(fn.name)}`, ...chosen];
    if (step !== null) parts.push(`step=${step}`);
    if (speed !== 1) parts.push(`speed=${speed}`);
    if (!view.whole) {
      const numbers = [...toFunction(fn, view.x, view.y), view.zoom];
      parts.push(`view=${numbers.map((number) => Number(number.toPrecision(6))).join(",")}`);
    }
    return `#${parts.join("&")}`;
  }

  /* From shares of the domain to the function's own coordinates. */
  function toFunction({ domain: [xmin, xmax, ymin, ymax] }, x, y) {
    return [xmin + x * (xmax - xmin), ymin + y * (ymax - ymin)];
  }

  Object.assign(window.optgallery, {
    MOST_RUNS,
    SPEEDS,
    holds,
    readState,
    spellState,
    toFunction,
  });
})();
