const assert = require("node:assert/strict");
const { test } = require("node:test");
const { loadExplorer, made } = require("../scripts.js");

const {
  INITIAL,
  MOST_RUNS,
  View,
  atAllRates,
  codeOf,
  formatState,
  neighbour,
  onFunction,
  parseState,
} = loadExplorer();
const { placeOf, played, rateWords, settingsOf, toFunction, wholeStep } = globalThis.optgallery;
const index = JSON.parse(made("index.json"));
const { steps } = index;

function functionNamed(name) {
  return index.functions.find((fn) => fn.name === name);
}

/* The state that an address leads to, as the explorer begins with it. */
function opened(address) {
  const { step, ...state } = parseState(address, index);
  return { ...INITIAL, ...state, time: step ?? 0, playing: step === null };
}

test("an empty address opens the page's initial state", () => {
  const state = parseState("", index);
  assert.equal(state.fn, functionNamed("beale"));
  assert.deepEqual(state.runs, [
    { optimizer: "adamw", lr: "0.01", setting: "" },
    { optimizer: "adamw", lr: "0.3", setting: "" },
  ]);
  assert.equal(state.step, null);
  assert.equal(state.speed, 1);
  assert.ok(state.view.whole);
  assert.equal(state.message, "");
});

for (const address of [
  "fn=beale&run=adamw@0.1",
  "fn=rosenbrock&run=sgd@0.001&run=lbfgs@1&step=57",
  "fn=beale&run=adamw@0.1&step=0&speed=0.25",
  "fn=beale&run=adamw@0.1&speed=4&view=3,0.5,8",
  "fn=rosenbrock&run=sgd@0.3&step=199&view=-1.25,0.125,0.5",
  "fn=beale&run=adamw@0.1&run=adamw@0.1,weight_decay=0.1&run=adamw@0.1,noise=0&step=3",
  "fn=beale&run=adamw@0.1,noise=1e%2B20&step=3",
]) {
  test(`${address} is written as it is read`, () => {
    const state = opened(address);
    assert.equal(state.message, "");
    assert.equal(formatState(state, steps), `#${address}`);
  });
}

test("an address has no step while paths are playing or at their end", () => {
  const state = opened("fn=beale&run=adamw@0.1&step=57");
  assert.match(formatState(state, steps), /&step=57$/);
  assert.doesNotMatch(formatState({ ...state, playing: true }, steps), /step/);
  assert.doesNotMatch(formatState({ ...state, time: steps }, steps), /step/);
  assert.match(formatState({ ...state, time: 56.7 }, steps), /&step=56$/);
});

test("names are quoted in an address", () => {
  const strange = { ...index, optimizers: [{ name: "a@b&c=d #" }, ...index.optimizers] };
  const runs = [{ optimizer: "a@b&c=d #", lr: "0.1", setting: "" }];
  const address = formatState({ ...opened(""), runs }, steps);
  assert.deepEqual(parseState(address.slice(1), strange).runs, runs);
});

for (const [address, message] of [
  ["fn=nowhere&run=adamw@0.1", /^There is no function “nowhere” here\.$/],
  ["fn=beale&run=nobody@0.1", /^There is no optimizer “nobody” here\. Other runs are shown/],
  ["fn=beale&run=adamw@7", /^“7” is none of the learning rates 0\.001, 0\.003,/],
  ["fn=beale&run=adamw", /^“” is none of the learning rates/],
  ["fn=beale&run=adamw@0.1,weight_decay=7", /no run of adamw on Beale with “weight_decay=7” here/],
  ["fn=beale&run=adamw@0.1,weight_decay=", /no run of adamw on Beale with “weight_decay=” here/],
  ["fn=beale&run=sgd@0.1,noise=0.5", /^There is no run of sgd on Beale with “noise=0.5” here/],
  ["fn=beale&run=sgd@0.1&step=-4", /^Steps go from 0 to 200\.$/],
  ["fn=beale&run=sgd@0.1&step=", /^Steps go from 0 to 200\.$/],
  ["fn=beale&run=sgd@0.1&speed=99", /^Speeds are 0\.1, 0\.25, 0\.5, 1, 2, 4\.$/],
  ["fn=beale&run=sgd@0.1&view=1,2", /^A view is x,y,zoom\.$/],
  ["fn=beale&run=sgd@0.1&view=1,2,0", /^A view is x,y,zoom\.$/],
  ["fn=beale&run=sgd@0.1&view=1,,2", /^A view is x,y,zoom\.$/],
]) {
  test(`${address} is answered in words, and the rest is as usual`, () => {
    const state = parseState(address, index);
    assert.match(state.message, message);
    assert.equal(state.fn, functionNamed("beale"));
    assert.ok(state.runs.length > 0);
    assert.equal(state.step, null);
    assert.equal(state.speed, 1);
    assert.ok(state.view.whole);
  });
}

test("rates are compared by value, and a run is shown once", () => {
  const { runs, message } = parseState("fn=beale&run=sgd@0.10&run=sgd@1e-1&run=sgd@1", index);
  assert.deepEqual(runs, [
    { optimizer: "sgd", lr: "0.1", setting: "" },
    { optimizer: "sgd", lr: "1", setting: "" },
  ]);
  assert.equal(message, "");
});

test("at most eight runs are read from an address", () => {
  const many = ["sgd", "adamw"].flatMap((name) => index.rates.map((lr) => `run=${name}@${lr}`));
  const { runs, message } = parseState(`fn=beale&${many.join("&")}`, index);
  assert.equal(runs.length, MOST_RUNS);
  assert.equal(message, "Only the first 8 of 14 runs are shown.");
});

test("fractions of the domain start at its lower left corner", () => {
  const fn = functionNamed("rosenbrock");
  const [xmin, xmax, ymin, ymax] = fn.domain;
  assert.deepEqual(toFunction(fn, 0, 0), [xmin, ymin]);
  assert.deepEqual(toFunction(fn, 1, 1), [xmax, ymax]);
});

test("36 steps are played per second at speed 1", () => {
  const state = { time: 10, speed: 1 };
  assert.deepEqual(played(state, 500, steps), { time: 28, rested: 0, playing: true });
  const fast = played({ ...state, speed: 4 }, 500, steps);
  assert.deepEqual(fast, { time: 82, rested: 0, playing: true });
});

test("paths stop at the last step", () => {
  const end = { time: 200, rested: 0, playing: false };
  assert.deepEqual(played({ time: 199.9, speed: 4 }, 100, steps), end);
});

test("in a presentation they rest at the last step, and begin again", () => {
  const end = { time: 199.9, speed: 4, loop: true };
  const resting = played(end, 100, steps);
  assert.deepEqual(resting, { time: 200, rested: 0, playing: true });
  const waiting = played({ ...end, ...resting }, 1900, steps);
  assert.deepEqual(waiting, { time: 200, rested: 1900, playing: true });
  const again = played({ ...end, ...waiting }, 100, steps);
  assert.deepEqual(again, { time: 0, rested: 0, playing: true });
});

test("an address of an embedded explorer says so first", () => {
  const address = "embed&fn=beale&run=adamw@0.1&step=57";
  const state = { ...opened(address), embedded: true };
  assert.equal(state.message, "");
  assert.equal(formatState(state, steps), `#${address}`);
});

test("between two steps, the neighbours are the next and the previous step", () => {
  assert.equal(neighbour(56.4, 1), 57);
  assert.equal(neighbour(56.4, -1), 56);
  assert.equal(neighbour(57, 1), 58);
  assert.equal(neighbour(57, -1), 56);
  assert.equal(wholeStep(56.999), 56);
  assert.equal(wholeStep(57 - 1e-12), 57); // but for rounding
});

test("an optimizer can be shown at all rates", () => {
  const runs = atAllRates({ optimizer: "sgd", lr: "1", setting: "" }, index);
  assert.deepEqual(
    runs.map(({ lr }) => lr),
    index.rates,
  );
  assert.ok(runs.every(({ optimizer }) => optimizer === "sgd"));
});

test("the copied code runs what is shown", () => {
  const state = opened("fn=beale&run=adamw@0.1&run=sgd@0.01");
  assert.equal(
    codeOf(state, index),
    `import optgallery as og

runs = [
    og.run("adamw", "beale", lr=0.1),
    og.run("sgd", "beale", lr=0.01),
]
og.animate(runs).show()`,
  );
});

test("settings are those of the pair, and are compared by value", () => {
  const run = { optimizer: "adamw", lr: "0.1", setting: "weight_decay=0.1" };
  const state = parseState("fn=beale&run=adamw@0.1,weight_decay=0.10&run=adamw@0.1", index);
  assert.deepEqual(state.runs, [run, { ...run, setting: "" }]);
  const settings = ["", "weight_decay=0", "weight_decay=0.1", "noise=0", "noise=1e+20"];
  assert.deepEqual(settingsOf(run, functionNamed("beale"), index), settings);
  assert.deepEqual(settingsOf(run, functionNamed("rosenbrock"), index), [""]);
  const { axis, position } = placeOf(run, functionNamed("beale"), index);
  assert.equal(axis.file, "@weight_decay");
  assert.equal(axis.cells[position], "weight_decay-0.1");
  assert.equal(placeOf({ ...run, setting: "" }, functionNamed("beale"), index), null);
});

test("on a function without them, runs lose their settings, and each is shown once", () => {
  const plain = { optimizer: "adamw", lr: "0.1", setting: "" };
  const runs = [{ ...plain, setting: "noise=0" }, { ...plain, setting: "weight_decay=0.1" }, plain];
  assert.deepEqual(onFunction(runs, functionNamed("beale"), index), runs);
  assert.deepEqual(onFunction(runs, functionNamed("rosenbrock"), index), [plain]);
});

test("all rates keep a setting", () => {
  const run = { optimizer: "adamw", lr: "0.001", setting: "weight_decay=0.1" };
  const all = atAllRates(run, index);
  assert.deepEqual(new Set(all.map(({ setting }) => setting)), new Set([run.setting]));
});

test("the copied code has the settings", () => {
  const runs = ["run=adamw@0.1,weight_decay=0.1", "run=adamw@0.1,noise=1e%2B20"];
  const state = opened(`fn=beale&${runs.join("&")}&run=adamw@1,noise=0`);
  assert.deepEqual(codeOf(state, index).split("\n").slice(3, 6), [
    '    og.run("adamw", "beale", lr=0.1, weight_decay=0.1),',
    '    og.run("adamw", og.functions.noisy("beale", 1e+20), lr=0.1),',
    '    og.run("adamw", "beale", lr=1),',
  ]);
});

/* The index with an optimizer that has an axis of its own, and one with a single run. */
const damping = { parameter: "damping", title: "damping", values: ["1", "10"] };
const withOwn = {
  ...index,
  optimizers: [
    ...index.optimizers,
    { name: "damped", title: "Damped", axis: damping },
    { name: "newton", title: "Newton", axis: { parameter: "", title: "", values: ["default"] } },
  ],
};

test("an optimizer with an axis of its own has the values of that in place of rates", () => {
  const run = { optimizer: "damped", lr: "10", setting: "" };
  assert.deepEqual(parseState("fn=beale&run=damped@10.0", withOwn).runs, [run]);
  assert.equal(rateWords(run, withOwn), "damping 10");
  assert.equal(rateWords({ optimizer: "sgd", lr: "0.1", setting: "" }, withOwn), "lr 0.1");
  assert.deepEqual(
    atAllRates(run, withOwn).map(({ lr }) => lr),
    ["1", "10"],
  );
  const { message } = parseState("fn=beale&run=damped@0.1&run=sgd@0.1", withOwn);
  assert.equal(message, "“0.1” is none of the damping 1, 10.");
});

test("an optimizer with nothing to choose needs no value in the address", () => {
  const run = { optimizer: "newton", lr: "default", setting: "" };
  for (const address of ["newton", "newton@", "newton@default"]) {
    assert.deepEqual(parseState(`fn=beale&run=${address}`, withOwn).runs, [run]);
  }
  assert.equal(rateWords(run, withOwn), "");
  assert.match(parseState("fn=beale&run=sgd", withOwn).message, /none of the learning rates/);
});

test("the copied code names the setting of the axis", () => {
  const { fn, runs } = parseState("fn=beale&run=damped@10&run=newton", withOwn);
  assert.deepEqual(codeOf({ fn, runs }, withOwn).split("\n").slice(3, 5), [
    '    og.run("damped", "beale", damping=10),',
    '    og.run("newton", "beale"),',
  ]);
});

test("the initial state is frozen", () => {
  assert.ok(Object.isFrozen(INITIAL));
  assert.ok(INITIAL.view instanceof View);
});
