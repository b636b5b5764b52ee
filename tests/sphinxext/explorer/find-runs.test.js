const assert = require("node:assert/strict");
const { test } = require("node:test");
const { load } = require("../scripts.js");

const {
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
} = load("explorer/static/find-runs.js").finding;

const INDEX = {
  classes: ["global minimum", "cycles", "diverges late"],
  optimizers: [
    { name: "sgd", family: "gradient" },
    { name: "lion", family: "sign" },
    { name: "tiger", family: "sign" },
  ],
  functions: [
    { name: "sphere", kind: "bowl" },
    { name: "beale", kind: "valley" },
  ],
  rates: ["0.1", "1"],
};
const MASKS = Uint16Array.from([1, 0, 1, 4, 3, 2, 0, 2, 2, 2, 0, 4]);
const RUNS = runsOf(INDEX, MASKS);

const names = (runs) => runs.map(({ optimizer, fn, lr }) => `${optimizer.name} ${fn.name} ${lr}`);
const found = (address) => names(matching(RUNS, parseChoice(address, INDEX), INDEX.classes));

test("high bytes come first", () => {
  assert.deepEqual([...decodeMasks(Uint8Array.from([0, 1, 4, 2, 255, 0]))], [2, 511, 1024]);
});

test("runs are in the order of optimizers, functions and rates", () => {
  assert.deepEqual(names(RUNS).slice(0, 5), [
    "sgd sphere 0.1",
    "sgd sphere 1",
    "sgd beale 0.1",
    "sgd beale 1",
    "lion sphere 0.1",
  ]);
  assert.equal(RUNS[4].mask, 3);
});

test("data of another build are an error", () => {
  assert.throws(() => runsOf(INDEX, MASKS.subarray(1)), /not of one build/);
});

for (const address of [
  "all",
  "what=cycles",
  "what=global+minimum&what=cycles&optimizer=family%3Asign&lr=1",
]) {
  test(`"${address}" is written as it is read`, () => {
    assert.equal(formatChoice(parseChoice(address, INDEX)), address);
  });
}

test("unknown values in the address are ignored", () => {
  const choice = parseChoice("what=explodes&optimizer=adam&function=kind:saddle&lr=2", INDEX);
  assert.deepEqual(choice, { what: [], optimizer: "", function: "", lr: "" });
});

test("a run must belong to all classes that are chosen", () => {
  assert.deepEqual(found("what=cycles&what=global+minimum"), ["lion sphere 0.1"]);
  assert.equal(found("all").length, 12);
});

test("a family and a kind stand for all of their members", () => {
  assert.deepEqual(found("what=cycles&optimizer=family:sign&function=kind:bowl"), [
    "lion sphere 0.1",
    "lion sphere 1",
    "tiger sphere 0.1",
    "tiger sphere 1",
  ]);
});

test("a part of a choice can be left out", () => {
  const choice = parseChoice("what=cycles&optimizer=sgd", INDEX);
  assert.equal(matching(RUNS, choice, INDEX.classes).length, 0);
  assert.equal(matching(RUNS, choice, INDEX.classes, "optimizer").length, 5);
  assert.equal(matching(RUNS, choice, INDEX.classes, "what").length, 4);
});

test("of a choice without runs, the part is named without which most are found", () => {
  const without = (address) => loosest(RUNS, parseChoice(address, INDEX), INDEX.classes);
  assert.deepEqual(without("what=cycles&optimizer=sgd"), { part: "optimizer", number: 5 });
  assert.deepEqual(without("what=cycles&what=diverges+late"), { part: "diverges late", number: 5 });
  assert.equal(without("what=global+minimum&what=cycles&what=diverges+late&optimizer=sgd"), null);
});

test("optimizers and functions take turns", () => {
  assert.deepEqual(names(take(inTurns(RUNS), 4)), [
    "sgd sphere 0.1",
    "lion beale 0.1",
    "tiger sphere 0.1",
    "sgd beale 0.1",
  ]);
  assert.deepEqual(names(take(inTurns(RUNS), 20)).sort(), names(RUNS).sort());
});

test("the explorer's address has the function and all runs", () => {
  assert.equal(explorerState(RUNS.slice(0, 2)), "fn=sphere&run=sgd@0.1&run=sgd@1");
});

test("runs of an optimizer with an axis of its own are found without a learning rate", () => {
  const damping = { parameter: "damping", title: "damping", values: ["1", "10", "100"] };
  const index = {
    ...INDEX,
    optimizers: [
      { name: "damped", title: "Damped", family: "own", axis: damping },
      { name: "sgd", title: "SGD", family: "gradient" },
      {
        name: "newton",
        title: "Newton",
        family: "own",
        axis: { parameter: "", title: "", values: ["default"] },
      },
    ],
    functions: [{ name: "sphere", title: "Sphere", kind: "bowl" }],
  };
  const runs = runsOf(index, Uint16Array.from([1, 0, 1, 4, 1, 2]));
  assert.deepEqual(names(runs), [
    "damped sphere 1",
    "damped sphere 10",
    "damped sphere 100",
    "sgd sphere 0.1",
    "sgd sphere 1",
    "newton sphere default",
  ]);
  assert.deepEqual(
    runs.map(({ rate }) => rate),
    [0, 1, 2, 0, 1, 0],
  );
  const among = (address) => names(matching(runs, parseChoice(address, index), index.classes));
  assert.deepEqual(among("lr=none").length, 4);
  assert.deepEqual(among("lr=1"), ["sgd sphere 1"]);
  assert.deepEqual([runs[1], runs[4], runs[5]].map(titleOf), [
    "Damped on Sphere, damping 10",
    "SGD on Sphere, lr 1",
    "Newton on Sphere",
  ]);
});
