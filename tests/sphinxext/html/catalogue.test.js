const assert = require("node:assert/strict");
const { test } = require("node:test");
const { load } = require("../scripts.js");

const { compare, formatState, matches, parseState, pressed } = load(
  "html/static/catalogue.js",
).catalogue;

const COLUMNS = ["optimizer", "family", "gradients-per-step"];
const CHOICES = { family: ["", "sign", "adaptive"], text: null };

for (const address of [
  "",
  "family=sign",
  "family=sign&text=lion+2&sort=-gradients-per-step",
  "sort=optimizer",
]) {
  test(`"${address}" is written as it is read`, () => {
    assert.equal(formatState(parseState(address, CHOICES, COLUMNS), COLUMNS), address);
  });
}

test("unknown values in the address are ignored", () => {
  const state = parseState("family=nobody&sort=-age&other=1", CHOICES, COLUMNS);
  assert.deepEqual(state, { filters: { family: "", text: "" }, sort: null });
});

test("a row is shown if it matches the filters and contains all words", () => {
  const row = { facets: { family: ["sign"] }, words: "lion, chen et al., 2023" };
  assert.ok(matches(row, { family: "", text: "" }));
  assert.ok(matches(row, { family: "sign", text: "2023 LION" }));
  assert.ok(!matches(row, { family: "adaptive", text: "" }));
  assert.ok(!matches(row, { family: "", text: "lion 2024" }));
});

function sorted(values, down) {
  const rows = values.map((value) => ({ values: [value] }));
  rows.sort((a, b) => compare(a, b, { column: 0, down }));
  return rows.map((row) => row.values[0]);
}

test("numbers are sorted by value, with infinity last", () => {
  assert.deepEqual(sorted(["10", "inf", "9", "-inf", "-2"], false), [
    "-inf",
    "-2",
    "9",
    "10",
    "inf",
  ]);
  assert.deepEqual(sorted(["10", "inf", "9"], true), ["inf", "10", "9"]);
});

test("words are sorted alphabetically, ignoring case", () => {
  assert.deepEqual(sorted(["sgd", "Adam", "adabelief", "SGDW"], false), [
    "adabelief",
    "Adam",
    "sgd",
    "SGDW",
  ]);
});

test("unknown values are last in both orders", () => {
  assert.deepEqual(sorted(["", "2", "1"], false), ["1", "2", ""]);
  assert.deepEqual(sorted(["", "2", "1"], true), ["2", "1", ""]);
});

test("a heading sorts in ascending, then descending, then ascending order", () => {
  const once = pressed(null, 2);
  assert.deepEqual(once, { column: 2, down: false });
  const twice = pressed(once, 2);
  assert.deepEqual(twice, { column: 2, down: true });
  assert.deepEqual(pressed(twice, 2), once);
  assert.deepEqual(pressed(twice, 1), { column: 1, down: false });
});
