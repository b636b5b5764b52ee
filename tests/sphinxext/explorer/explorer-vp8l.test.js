const assert = require("node:assert/strict");
const { test } = require("node:test");
const { loadExplorer } = require("../scripts.js");

const { vp8l } = loadExplorer();

test("a picture begins with its signature and its size less one", () => {
  const bytes = vp8l(new Uint32Array(447 * 494), 447, 494);
  assert.equal(bytes[0], 0x2f);
  const head = bytes[1] | (bytes[2] << 8) | (bytes[3] << 16) | (bytes[4] << 24);
  assert.equal(head & 0x3fff, 446);
  assert.equal((head >>> 14) & 0x3fff, 493);
  assert.ok(bytes.length < 250, "transparent pixels cost next to nothing");
});

test("few pixels on a transparent ground take few bytes", () => {
  const pixels = new Uint32Array(447 * 494);
  for (let i = 0; i < 1000; i++) pixels[i * 200] = (0xff000000 | ((i % 90) * 186_000)) >>> 0;
  assert.ok(vp8l(pixels, 447, 494).length < 5000);
});
