const assert = require("node:assert/strict");
const { test } = require("node:test");
const { loadExplorer } = require("../scripts.js");

const { bestPosition, largestDistance, moves, namesToTry } = loadExplorer();

/* A run along points, with what the choice reads of it. */
function run(points, kind = "unsolved", note = "", last = 1) {
  return {
    kind,
    note,
    rows: points.length,
    x: points.map(([x]) => x),
    y: points.map(([, y]) => y),
    heights: points.map((_, i) => (i === points.length - 1 ? last : 9)),
    evaluations: points.map((_, i) => i),
  };
}

const START = [0.1, 0.1];
const still = run([START, [0.11, 0.1]]);
const straight = run([START, [0.5, 0.5], [0.6, 0.6]]);

test("a run moves if it leaves its start, and does not diverge or climb", () => {
  assert.ok(moves(straight));
  assert.ok(!moves(still));
  for (const kind of ["diverged", "climbed", "failed"]) {
    assert.ok(!moves({ ...straight, kind }));
  }
});

test("runs are as far apart as they are at any step; the shorter one waits at its end", () => {
  const other = run([START, [0.5, 0.2]]);
  assert.ok(Math.abs(largestDistance(straight, other) - Math.hypot(0.1, 0.4)) < 1e-12);
  assert.equal(largestDistance(other, straight), largestDistance(straight, other));
});

test("points far outside do not count as farther apart", () => {
  const [one, other] = [run([START, [900, 0.1]]), run([START, [90, 0.1]])];
  assert.equal(largestDistance(one, other), 0);
});

test("the run that solves the function first is chosen, then the one that ends lowest", () => {
  const late = run([START, [0.5, 0.9]], "solved", "✓ 90");
  const early = run([START, [0.9, 0.5]], "solved", "✓ 9");
  const low = run([START, [0.2, 0.9]], "unsolved", "f 0.1", 0.1);
  const high = run([START, [0.9, 0.2]], "unsolved", "f 2", 2);
  assert.equal(bestPosition([low, late, early, high], []), 2);
  assert.equal(bestPosition([high, low], []), 1);
  assert.equal(bestPosition([still, { ...low, kind: "diverged" }], []), -1);
});

test("a run that looks like one of those shown is not chosen", () => {
  const alike = run([START, [0.51, 0.5], [0.6, 0.61]], "solved", "✓ 2");
  const other = run([START, [0.1, 0.5]], "unsolved", "f 3", 3);
  assert.equal(bestPosition([alike, other], [straight]), 1);
});

test("optimizers are tried in order after the last one; those shown come last", () => {
  const index = { optimizers: ["a", "b", "c", "d"].map((name) => ({ name })) };
  const runs = ["d", "c"].map((optimizer) => ({ optimizer }));
  assert.deepEqual(namesToTry(runs, index), ["a", "b", "d", "c"]);
});
