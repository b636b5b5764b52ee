const assert = require("node:assert/strict");
const { test } = require("node:test");
const { load } = require("../scripts.js");

const { linesOf } = load("html/static/experiment.js").experiment;

test("the lines are those of the function and start, at the rate", () => {
  const lines = {
    beale: ['run("beale", lr={lr})', 'run("beale", start=(1, 2), lr={lr})'],
    booth: ['run("booth", lr={lr})'],
  };
  const chosen = { fn: "beale", start: "1", lr: "100.0" };
  assert.equal(linesOf(lines, chosen), 'run("beale", start=(1, 2), lr=100.0)');
  assert.equal(linesOf(lines, { fn: "booth", start: "0", lr: "0.1" }), 'run("booth", lr=0.1)');
});
