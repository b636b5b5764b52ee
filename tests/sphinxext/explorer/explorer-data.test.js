const assert = require("node:assert/strict");
const { test } = require("node:test");
const vm = require("node:vm");
const { loadExplorer, made } = require("../scripts.js");

const { View, decode, sample, spreadPalette, valueAt } = loadExplorer();
const expected = JSON.parse(made("expected.json"));
const index = JSON.parse(made("index.json"));

/* What a file hands to the page, which calls it as a script. */
function read(name) {
  let handed = null;
  const load = (format, given, head, body) => {
    handed = { format, name: given, head, body };
  };
  vm.runInNewContext(made(`${name}.js`), { optgallery: { load } });
  return handed;
}

const LARGEST = 3.4028e38;

/* A number as files hold it: what is too large for single precision is the largest there is. */
function stored(number) {
  return Number.isFinite(number) ? Math.min(LARGEST, number) : number;
}

/* The error of a number that is rounded to some binary digits. */
function within(bits) {
  return (number) => (1.001 * 2 ** -bits + 1e-4 * (number === LARGEST)) * Math.abs(number) + 1e-37;
}

function near(numbers, exact, tolerance) {
  assert.equal(numbers.length, exact.length);
  for (const [i, number] of numbers.entries()) {
    if (Number.isFinite(exact[i])) {
      const off = Math.abs(number - exact[i]);
      assert.ok(off <= tolerance(exact[i]), `${i}: ${number} in place of ${exact[i]}`);
    } else {
      assert.equal(number, exact[i]);
    }
  }
}

for (const [name, wanted] of Object.entries(expected.runs)) {
  test(`the runs of ${name} are those of the package, to the stated digits`, async () => {
    const runs = await decode(read(name));
    assert.equal(runs.length, wanted.length);
    assert.equal(runs.length % index.rates.length, 0);
    for (const [i, run] of runs.entries()) {
      const { evaluations, gradients, sharpness, values, x, y } = wanted[i];
      assert.equal(run.rows, values.length);
      // more distant points are moved nearer
      const shown = values.map(
        (_, step) => Math.max(...[x, y].map((c) => Math.abs(c[step]))) < 100,
      );
      for (const [numbers, exact] of [
        [run.x, x],
        [run.y, y],
      ]) {
        const seen = (_, step) => shown[step];
        near(numbers.filter(seen), exact.filter(seen), () => 0.5001 * 2 ** -22);
      }
      near(
        run.heights,
        values.map((value) => stored(Number(value) - run.base)),
        within(16),
      );
      near(run.gradients, gradients.map(Number).map(stored), within(9));
      near(run.sharpness, sharpness.map(Number).map(stored), within(9));
      assert.equal(run.threshold, wanted[i].threshold);
      assert.deepEqual([...run.evaluations], evaluations);
      assert.match(run.kind, /^[a-z]+$/);
      assert.ok(run.outcome && run.note);
    }
  });
}

for (const [name, points] of Object.entries(expected.surfaces)) {
  test(`the surface of ${name} has the function's values`, async () => {
    const surface = await decode(read(name));
    const last = surface.side - 1;
    // a tone is rounded to one of 16,384; the error in value grows with the slope of the scale
    const slope = surface.rise ? surface.rise / -Math.expm1(-surface.rise) : 1;
    const tolerance = () => (0.51 / 16383) * slope * surface.span;
    const told = points.map(([i, j]) => valueAt(surface, i / last, j / last));
    near(
      told,
      points.map(([, , value]) => value),
      tolerance,
    );
    assert.equal(valueAt(surface, 1.001, 0.5), null);
    assert.equal(valueAt(surface, 0.5, -0.001), null);
  });
}

test("a picture samples the surface's tones inside the domain only", async () => {
  const surface = await decode(read("beale"));
  const count = surface.side - 1;
  const parts = sample(surface, new View(0.5, 0.5, 0.5), 2 * count);
  let part = parts.next();
  while (!part.done) part = parts.next();
  const tones = part.value;
  assert.ok(Number.isNaN(tones[0]));
  const inside = tones.filter((tone) => !Number.isNaN(tone));
  assert.equal(inside.length, count * count);
  const [low, high] = [Math.min(...inside), Math.max(...inside)];
  assert.ok(low > -0.01 && low < 0.05 && high > 0.95 && high < 1.01, `${low} to ${high}`);
});

test("data with another format are rejected", async () => {
  await assert.rejects(decode({ ...read("beale"), format: 0 }), /reload the page/);
});

test("a palette is interpolated from its first colour to its last", () => {
  const shades = spreadPalette(index.palette);
  assert.deepEqual([...shades.slice(0, 3)], index.palette.slice(0, 3));
  assert.deepEqual([...shades.slice(-3)], index.palette.slice(-3));
});

test("a view converts to pixels and back", () => {
  const view = new View(0.3, 0.7, 5);
  const [px, py] = view.toPixels(0.25, 0.6, 400);
  const [x, y] = view.toShares(px, py, 400);
  assert.ok(Math.abs(x - 0.25) < 1e-12 && Math.abs(y - 0.6) < 1e-12);
  assert.deepEqual(new View().toPixels(0, 0, 400), [0, 400]); // pixels run downwards
});

test("zooming keeps the point under the pointer", () => {
  const view = new View(0.3, 0.7, 5);
  const before = view.toShares(100, 333, 400);
  const after = view.zoomed(1.7, 100, 333, 400).toShares(100, 333, 400);
  for (const axis of [0, 1]) assert.ok(Math.abs(after[axis] - before[axis]) < 1e-12);
});

test("the zoom factor is limited", () => {
  assert.equal(new View().zoomed(1e9, 0, 0, 400).zoom, 1024);
  assert.equal(new View().zoomed(1e-9, 0, 0, 400).zoom, 0.25);
  assert.ok(new View().zoomed(4, 200, 200, 400).zoomed(0.25, 200, 200, 400).whole);
});
