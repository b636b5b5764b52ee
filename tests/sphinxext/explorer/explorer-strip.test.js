const assert = require("node:assert/strict");
const { test } = require("node:test");
const vm = require("node:vm");
const { load, loadExplorer, made } = require("../scripts.js");

const scripts = ["data", "runs", "strip"].map((name) => `explorer/static/explorer-${name}.js`);
const { decode, describe, legend, limits, multiples, stepShown } = load(
  ...scripts,
  "explorer/static/player-strip.js",
);
const expected = JSON.parse(made("expected.json"));

function read(name) {
  let handed = null;
  const load = (format, given, head, body) => {
    handed = { format, name: given, head, body };
  };
  vm.runInNewContext(made(`${name}.js`), { optgallery: { load } });
  return handed;
}

/* A run with these curvatures. */
function along(sharpness, threshold, optimizer = "SGD") {
  return { sharpness, threshold, optimizer, preconditioned: optimizer.startsWith("Adam") };
}

const shown = (...runs) => runs.map((run, slot) => ({ run, slot }));

for (const [name, wanted] of Object.entries(expected.runs)) {
  test(`the steps of the cells of ${name} are those that their GIFs show at each time`, async () => {
    const runs = await decode(read(name));
    for (const [i, run] of runs.entries()) {
      const { steps, durations } = wanted[i];
      let begin = 0; // hundredths of a second
      for (const [frame, step] of steps.entries()) {
        const last = begin + durations[frame] - 1;
        for (const time of [begin, last]) {
          const told = stepShown(run, 10 * time + 5 * (time > begin));
          assert.ok(Math.abs(told - step) <= 0.5, `${time}: ${told} in place of ${step}`);
        }
        begin += durations[frame];
      }
      assert.equal(stepShown(run, 10 * begin), steps[0]); // it is played again
    }
  });
}

test("curves are multiples of the threshold, or the curvature itself without one", () => {
  assert.deepEqual([...multiples(along([1, 20, -4], 10))], [0.1, 2, -0.4]);
  assert.deepEqual([...multiples(along([1, 20, -4], null))], [1, 20, -4]);
});

test("the axis has the threshold on it, and not more than a few decades", () => {
  assert.deepEqual(limits([[0.9, 1.1]], true), [-0.3, 0.3]);
  assert.deepEqual(limits([[1e-9, NaN, 1e30, Infinity, -2, 0]], true), [-3, 2]);
  assert.deepEqual(limits([[0.01], [10]], true), [-2, 1]);
});

test("without a threshold the axis spans the curvatures", () => {
  assert.deepEqual(limits([[10, 1000]], false), [1, 3]);
  assert.deepEqual(limits([[7, 7]], false), [Math.log10(7) - 1, Math.log10(7)]);
  assert.deepEqual(limits([[1e-20, 100]], false), [-4, 2]);
  assert.deepEqual(limits([[-1, NaN]], false), [-1, 1]);
});

test("a curve is described in words", () => {
  assert.equal(
    describe(along([1, 5, 30, 20], 10)),
    "above the threshold of 10 at 2 of 4 iterates, first at step 2; at most 3 times the threshold",
  );
  assert.equal(
    describe(along([1, 5], 2000)),
    "never above the threshold of 2000, at most 0.0025 times the threshold",
  );
  assert.equal(
    describe(along([NaN, -3, -2], null)),
    "largest curvature at most −2; no threshold is known",
  );
});

test("the legend says what the line means, and of whom no threshold is known", () => {
  const [sgd, adam] = [along([1], 2), along([1], 2, "Adam")];
  const [lion, muon] = ["Lion", "Muon"].map((name) => along([1], null, name));
  assert.equal(
    legend(shown(sgd)),
    "Largest curvature along the path; above the line, a step of this size overshoots.",
  );
  assert.match(legend(shown(sgd, adam, adam)), /along the paths \(preconditioned for Adam\);/);
  assert.match(legend(shown(sgd, lion)), / Not drawn: Lion, without a threshold\.$/);
  assert.equal(
    legend(shown(lion, muon, lion)),
    "Largest curvature along the paths. No threshold is known for Lion and Muon, so there is no line.",
  );
});

test("the explorer has the strip, too", () => {
  const { Strip } = loadExplorer();
  assert.equal(typeof Strip, "function");
});
