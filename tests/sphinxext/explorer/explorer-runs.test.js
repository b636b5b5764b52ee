const assert = require("node:assert/strict");
const { test } = require("node:test");
const { loadExplorer } = require("../scripts.js");

const { clipped, formatNumber, numberAt, pointAt, pointsUntil, power, roundStep, stepAtCost } =
  loadExplorer();

const RUN = {
  rows: 4,
  x: [0, 1, 3, 3],
  y: [1, 1, 0, -2],
  values: [100, 1, 0.01, 0],
  evaluations: Int32Array.of(0, 3, 6, 12),
};

test("positions are interpolated between steps", () => {
  assert.deepEqual(pointAt(RUN, 1), [1, 1]);
  assert.deepEqual(pointAt(RUN, 1.5), [2, 0.5]);
  assert.deepEqual(pointAt(RUN, 2.25), [3, -0.5]);
});

test("a run stays at its last point", () => {
  assert.deepEqual(pointAt(RUN, 3), [3, -2]);
  assert.deepEqual(pointAt(RUN, 17.5), [3, -2]);
  assert.deepEqual(numberAt(RUN, RUN.values, 17.5), { cost: 12, number: 0 });
});

test("a step to infinity is not interpolated", () => {
  const run = { ...RUN, x: [0, 1, Number.POSITIVE_INFINITY, 3] };
  assert.deepEqual(pointAt(run, 1), [1, 1]);
  assert.equal(pointAt(run, 2)[0], Number.POSITIVE_INFINITY);
});

test("the path up to a step ends with the run", () => {
  assert.deepEqual(pointsUntil(RUN, 1), [
    [0, 1],
    [1, 1],
  ]);
  assert.equal(pointsUntil(RUN, 100).length, 4);
});

test("quantities are interpolated logarithmically, costs linearly", () => {
  const { cost, number } = numberAt(RUN, RUN.values, 0.5);
  assert.equal(cost, 1.5);
  assert.ok(Math.abs(number - 10) < 1e-12);
  assert.deepEqual(numberAt(RUN, RUN.values, 2), { cost: 6, number: 0.01 });
});

test("a quantity may decrease to zero", () => {
  const { number } = numberAt(RUN, RUN.values, 2.5);
  assert.ok(number > 0 && number < 1e-100);
});

test("a cost maps to the first step with that many evaluations", () => {
  assert.equal(stepAtCost(RUN, 0), 0);
  assert.equal(stepAtCost(RUN, 3), 1);
  assert.equal(stepAtCost(RUN, 3.6), 2);
  assert.equal(stepAtCost(RUN, 100), 3);
});

test("a line is clipped to a square", () => {
  const within = [
    [1, 1],
    [4, 2],
  ];
  assert.deepEqual(clipped(...within, 0, 10), within);
  assert.deepEqual(clipped([-5, 5], [15, 5], 0, 10), [
    [0, 5],
    [10, 5],
  ]);
  assert.deepEqual(clipped([5, 5], [5, 25], 0, 10), [
    [5, 5],
    [5, 10],
  ]);
  assert.equal(clipped([11, 0], [11, 10], 0, 10), null);
  assert.equal(clipped([-8, 5], [2, 15], 0, 10), null);
});

test("an end inside the square is unchanged, so that lines can be joined", () => {
  const from = [5, 5];
  assert.equal(clipped(from, [50, 5], 0, 10)[0], from);
});

for (const [number, digits, text] of [
  [0, 4, "0"],
  [1234.5678, 4, "1235"],
  [-0.00012345, 3, "−0.000123"],
  [1.5e-9, 2, "1.5e−9"],
  [Number.POSITIVE_INFINITY, 4, "∞"],
  [Number.NEGATIVE_INFINITY, 4, "−∞"],
  [Number.NaN, 4, "not a number"],
  [3.4028234663852886e38, 4, "over 3e+38"],
  [-3.4028234663852886e38, 4, "below −3e+38"],
]) {
  test(`${number} is written as ${text}`, () => assert.equal(formatNumber(number, digits), text));
}

test("powers of ten have superscripts", () => {
  const powers = [-12, -2, -1, 0, 3, 4, 10].map(power);
  assert.deepEqual(powers, ["10⁻¹²", "0.01", "0.1", "1", "1000", "10⁴", "10¹⁰"]);
});

test("ticks have a round spacing", () => {
  assert.equal(roundStep(200, 4), 50);
  assert.equal(roundStep(200, 7), 50);
  assert.equal(roundStep(200, 12), 20);
  assert.equal(roundStep(3, 5), 1);
});
