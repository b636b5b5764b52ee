const assert = require("node:assert/strict");
const { test } = require("node:test");
const { loadExplorer } = require("../scripts.js");

const { changedBox, durations, fileName, pixelChunks, planned, webpOf } = loadExplorer();

function seconds(frames) {
  return frames.reduce((sum, frame) => sum + frame.seconds, 0);
}

for (const speed of [0.1, 0.25, 0.5, 1, 2, 4]) {
  test(`at speed ${speed}, a film lasts as long as the page plays, and a moment at its end`, () => {
    const frames = planned(200, speed);
    assert.equal(frames[0].time, 0);
    assert.equal(frames.at(-1).time, 200);
    assert.ok(Math.abs(seconds(frames) - 200 / (36 * speed) - 1.5) < 1e-9);
    assert.ok(frames.every((frame) => frame.seconds >= 0.02)); // browsers slow down shorter ones
    assert.ok(frames.length <= 201);
  });
}

test("the last frame of a film is its last step, also if the steps do not divide evenly", () => {
  assert.deepEqual(
    planned(5, 1).map(({ time }) => time),
    [0, 2, 4, 5],
  );
  assert.equal(planned(1, 4).length, 2);
});

test("rounded durations add up to the whole", () => {
  const frames = Array.from({ length: 101 }, () => ({ seconds: 2 / 36 }));
  const hundredths = durations(frames, 0.01);
  assert.deepEqual([...new Set(hundredths)].sort(), [5, 6]);
  assert.equal(
    hundredths.reduce((sum, one) => sum + one),
    561,
  );
});

test("the box of changed pixels begins at even ones", () => {
  const before = new Uint32Array(40); // 8 by 5
  const now = before.slice();
  assert.equal(changedBox(before, now, 8, 5), null);
  now[8 + 3] = now[3 * 8 + 5] = 1;
  assert.deepEqual(changedBox(before, now, 8, 5), [2, 0, 6, 4]);
});

test("a WebP file has the chunks of its frames' pictures, of even lengths", () => {
  const still = Uint8Array.from([
    ...Buffer.from("RIFF\x17\0\0\0WEBPVP8L\x03\0\0\0abc\0XMP \x01\0\0\0x\0", "latin1"),
  ]);
  const [pixels] = pixelChunks(still);
  assert.equal(Buffer.from(pixels).toString("latin1"), "VP8L\x03\0\0\0abc\0");
  const file = webpOf([{ chunks: [pixels], box: [2, 4, 12, 11], milliseconds: 300 }], 12, 20);
  const view = new DataView(file.buffer);
  assert.equal(view.getUint32(4, true), file.length - 8);
  const text = Buffer.from(file).toString("latin1");
  assert.equal(text.slice(12, 16), "VP8X");
  assert.deepEqual([file[24], file[27]], [11, 19]); // its size less one
  const frame = text.indexOf("ANMF") + 8;
  assert.deepEqual(
    [...file.slice(frame, frame + 15)],
    [
      ...[1, 0, 0, 2, 0, 0, 9, 0, 0, 6, 0, 0], // half the position, the size less one
      ...[300 % 256, 1, 0],
    ],
  );
  assert.equal(text.slice(frame + 16), "VP8L\x03\0\0\0abc\0");
});

test("names of files say what they show", () => {
  const state = { fn: { file: "beale" }, time: 57.4 };
  const run = { optimizer: "adamw", lr: "0.1", setting: "weight_decay=0.1" };
  const named = (runs, format) =>
    fileName({ ...state, runs }, (name) => name.toUpperCase(), 480, format);
  assert.equal(named([run], "gif"), "beale-ADAMW-0.1-weight_decay-0.1-480px.gif");
  assert.equal(
    named([run, { ...run, setting: "" }], "png"),
    "beale-ADAMW-0.1-weight_decay-0.1-ADAMW-0.1-step-57-480px.png",
  );
  assert.equal(named(Array(8).fill(run), "mp4"), "beale-8-runs-480px.mp4");
});
