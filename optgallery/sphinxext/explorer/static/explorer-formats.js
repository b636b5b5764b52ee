/* Films as files: GIF, animated WebP, MP4 and PNG. What is needed of libraries is loaded on demand. */
(() => {
  "use strict";

  const { durations, vp8l, wholeStep } = globalThis.optgallery;
  const HERE = globalThis.document?.currentScript?.src;
  const SLICE = 12; // milliseconds of work before yielding to other tasks
  const COLORS = 256; // of a palette, with the one that stands for unchanged pixels
  const UNCHANGED = COLORS - 1;
  const SAMPLE = 150_000; // pixels of a frame from which its palette is chosen
  const [ANIMATION, ALPHA] = [0x02, 0x10]; // flags of a WebP file
  const CODECS = [
    ["avc", "H.264", "avc1.640028"],
    ["vp9", "VP9", "vp09.00.40.08"],
    ["av1", "AV1", "av01.0.08M.08"],
  ];

  const libraries = new Map(); // promises of loaded libraries, by name

  /* Load a library from the folder vendor, as a script, which browsers allow on file:// pages, too. */
  function library(name) {
    if (!libraries.has(name)) {
      const promise = new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = new URL(`vendor/${name}.js`, HERE).href;
        script.addEventListener("load", () => resolve(globalThis[name]));
        script.addEventListener("error", () =>
          reject(new Error(`the file ${script.src} is missing`)),
        );
        document.head.append(script);
      });
      promise.catch(() => libraries.delete(name)); // so that it can be requested again
      libraries.set(name, promise);
    }
    return libraries.get(name);
  }

  /* Return a function to be awaited between two frames: it lets other tasks run, reports the progress,
     and throws if the download was cancelled. */
  function between(signal, report) {
    let begun = performance.now();
    return async (share) => {
      if (performance.now() - begun > SLICE) {
        report(share);
        await new Promise((resolve) => setTimeout(resolve));
        begun = performance.now();
      }
      signal.throwIfAborted();
    };
  }

  /* Return bytes of a number, the lowest first. */
  function bytesOf(number, count) {
    return Array.from({ length: count }, (_, i) => (number >>> (8 * i)) & 255);
  }

  /* Return the box that encloses the pixels that differ, [left, top, right, bottom], or null. It begins
     at even pixels, as frames of a WebP file must. */
  function changedBox(before, now, width, height) {
    let [left, top, right, bottom] = [width, height, 0, 0];
    for (let y = 0, i = 0; y < height; y++) {
      for (let x = 0; x < width; x++, i++) {
        if (before[i] === now[i]) continue;
        left = Math.min(left, x);
        right = Math.max(right, x + 1);
        top = Math.min(top, y);
        bottom = y + 1;
      }
    }
    return right ? [left - (left % 2), top - (top % 2), right, bottom] : null;
  }

  /* Return the colours of runs and text as bytes: a palette must have them exactly. */
  function exactColors({ context, scene: { runs, colors } }) {
    const names = [...runs.map(({ slot }) => colors.runs[slot]), colors.ground, colors.text];
    return names.map((name) => {
      context.fillStyle = name;
      context.fillRect(0, 0, 1, 1);
      return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
    });
  }

  /* Return pixels of the first and the last frame from which to choose a palette. */
  function sampled(film) {
    const { frames, height, width } = film;
    const stride = Math.ceil((width * height) / SAMPLE);
    const colors = [frames[0], frames.at(-1)].flatMap(({ time }) => {
      const all = new Uint32Array(film.draw(time).data.buffer);
      return Array.from({ length: Math.floor(all.length / stride) }, (_, i) => all[i * stride]);
    });
    return new Uint8ClampedArray(Uint32Array.from(colors).buffer);
  }

  /* Return a palette, and a function that returns the position in it for a pixel. */
  function paletteOf(film, { nearestColorIndex, quantize }) {
    const exact = exactColors(film);
    const found = quantize(sampled(film), COLORS - 1 - exact.length);
    const palette = [...exact, ...found.map((color) => color.slice(0, 3))];
    const known = new Int16Array(1 << 18).fill(-1); // positions, by six bits of each channel
    const position = (color) => {
      const [red, green, blue] = [color & 255, (color >> 8) & 255, (color >> 16) & 255];
      const key = ((red >> 2) << 12) | ((green >> 2) << 6) | (blue >> 2);
      if (known[key] < 0) known[key] = nearestColorIndex(palette, [red, green, blue]);
      return known[key];
    };
    return { palette, position };
  }

  /* Yield the frames of a film with the colours of a palette, { box, duration, pixels, first }: positions
     in the palette within the box of what has changed, and UNCHANGED for pixels that have not. */
  async function* indexed(film, position, unit, next) {
    const { frames, height, width } = film;
    let before = null;
    for (const [i, duration] of durations(frames, unit).entries()) {
      await next(i / frames.length);
      const now = new Uint32Array(film.draw(frames[i].time).data.buffer);
      const changed = before ? changedBox(before, now, width, height) : [0, 0, width, height];
      const box = changed ?? [0, 0, 2, 2];
      const [left, top, right, bottom] = box;
      const pixels = new Uint8Array((right - left) * (bottom - top));
      for (let y = top, at = 0; y < bottom; y++) {
        for (let x = left + y * width; x < right + y * width; x++, at++) {
          pixels[at] = before?.[x] === now[x] ? UNCHANGED : position(now[x]);
        }
      }
      yield { box, duration, first: before === null, pixels };
      before = now;
    }
  }

  /* Return a GIF. Its frames have one palette, and after the first one only the pixels that change. */
  async function gif(film, signal, report) {
    const gifenc = await library("gifenc");
    const { palette, position } = paletteOf(film, gifenc);
    const encoder = gifenc.GIFEncoder();
    const colors = Array.from({ length: COLORS }, (_, i) => palette[i] ?? [0, 0, 0]);
    for await (const frame of indexed(film, position, 0.01, between(signal, report))) {
      const { box, duration, first, pixels } = frame;
      const [left, top, right, bottom] = box;
      const begun = encoder.bytesView().length;
      encoder.writeFrame(pixels, right - left, bottom - top, {
        delay: 10 * duration,
        dispose: 1,
        palette: first ? colors : null,
        transparent: !first,
        transparentIndex: UNCHANGED,
      });
      // gifenc places every frame at the upper left corner: the position comes after the frame's
      // control extension, of 8 bytes, and the separator
      const place = [...bytesOf(left, 2), ...bytesOf(top, 2)];
      if (!first) encoder.bytesView().set(place, begun + 9);
    }
    encoder.finish();
    return new Blob([encoder.bytesView()], { type: "image/gif" });
  }

  /* Return a chunk of a RIFF file, padded to an even length. */
  function chunk(name, ...parts) {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const bytes = new Uint8Array(8 + length + (length % 2));
    bytes.set([...name].map((character) => character.charCodeAt(0)));
    bytes.set(bytesOf(length, 4), 4);
    let at = 8;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }

  /* Return the chunks of a WebP picture that hold its pixels. */
  function pixelChunks(bytes) {
    const kept = [];
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 12; at + 8 <= bytes.length; ) {
      const name = String.fromCharCode(...bytes.slice(at, at + 4));
      const end = at + 8 + view.getUint32(at + 4, true);
      if (["ALPH", "VP8 ", "VP8L"].includes(name)) kept.push(bytes.slice(at, end + (end % 2)));
      at = end + (end % 2);
    }
    return kept;
  }

  /* Return a WebP file from frames { chunks, box, milliseconds }, each the chunks of a box's pixels, which
     leave the frame before as it is where they are transparent. */
  function webpOf(frames, width, height) {
    const animated = frames.map(({ chunks, box: [left, top, right, bottom], milliseconds }) =>
      chunk(
        "ANMF",
        bytesOf(left / 2, 3),
        bytesOf(top / 2, 3),
        bytesOf(right - left - 1, 3),
        bytesOf(bottom - top - 1, 3),
        bytesOf(milliseconds, 3),
        [0], // blended with the frame before, which stays
        ...chunks,
      ),
    );
    const size = [...bytesOf(width - 1, 3), ...bytesOf(height - 1, 3)];
    const head = chunk("VP8X", [ANIMATION | ALPHA, 0, 0, 0, ...size]);
    const forever = chunk("ANIM", [0, 0, 0, 0, 0, 0]);
    const name = [..."WEBP"].map((character) => character.charCodeAt(0));
    return chunk("RIFF", name, head, forever, ...animated);
  }

  /* Return a canvas's picture as a file. */
  async function encoded(canvas, type, quality) {
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, type, quality));
    if (blob?.type !== type) throw new Error(`this browser cannot write ${type}`);
    return blob;
  }

  /* Return an animated WebP file, without loss where the browser writes such pictures. After the first
     frame it has only the pixels that change. */
  async function webp(film, signal, report) {
    const next = between(signal, report);
    const { frames, height, width } = film;
    const files = [];
    let before = null;
    for (const [i, milliseconds] of durations(frames, 0.001).entries()) {
      await next(i / frames.length);
      const now = new Uint32Array(film.draw(frames[i].time).data.buffer);
      const box = before ? changedBox(before, now, width, height) : [0, 0, width, height];
      if (!before) {
        const first = await encoded(film.canvas, "image/webp", 1);
        const chunks = pixelChunks(new Uint8Array(await first.arrayBuffer()));
        files.push({ chunks, box, milliseconds });
      } else if (box) {
        const [left, top, right, bottom] = box;
        const changed = new Uint32Array((right - left) * (bottom - top)); // others are transparent
        for (let y = top, at = 0; y < bottom; y++) {
          for (let x = left + y * width; x < right + y * width; x++, at++) {
            if (before[x] !== now[x]) changed[at] = now[x];
          }
        }
        const content = vp8l(changed, right - left, bottom - top);
        files.push({ chunks: [chunk("VP8L", content)], box, milliseconds });
      } else {
        files.at(-1).milliseconds += milliseconds;
      }
      before = now;
    }
    return new Blob([webpOf(files, width, height)], { type: "image/webp" });
  }

  /* Return an MP4 file, whose frames the browser's own encoder compresses. */
  async function mp4(film, signal, report, codec) {
    const { BufferTarget, CanvasSource, Mp4OutputFormat, Output, QUALITY_HIGH } =
      await library("mediabunny");
    const next = between(signal, report);
    const output = new Output({ format: new Mp4OutputFormat(), target: new BufferTarget() });
    const source = new CanvasSource(film.canvas, { codec, bitrate: QUALITY_HIGH });
    output.addVideoTrack(source);
    await output.start();
    try {
      let begin = 0;
      for (const [i, { seconds, time }] of film.frames.entries()) {
        await next(i / film.frames.length);
        film.draw(time);
        await source.add(begin, seconds);
        begin += seconds;
      }
      await output.finalize();
    } catch (error) {
      await output.cancel();
      throw error;
    }
    return new Blob([output.target.buffer], { type: "video/mp4" });
  }

  /* Return a picture of a step. */
  function png(film, time) {
    film.draw(time);
    return encoded(film.canvas, "image/png");
  }

  /* Return the video codec that this browser can encode at a size, [name, title], or null. */
  async function videoCodec(width, height) {
    if (!("VideoEncoder" in globalThis)) return null;
    for (const [name, title, codec] of CODECS) {
      const config = { codec, width, height, bitrate: 4e6 };
      const answer = await VideoEncoder.isConfigSupported(config).catch(() => null);
      if (answer?.supported) return [name, title];
    }
    return null;
  }

  /* Whether this browser can write WebP pictures. */
  function writesWebp() {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    return canvas.toDataURL("image/webp").startsWith("data:image/webp");
  }

  /* Return the name of a download: the function, the runs, and for a picture the step. */
  function fileName({ fn, runs, time }, fileOf, width, format) {
    const names = runs.map(({ optimizer, lr, setting }) => {
      const further = setting && `-${setting.replace("=", "-")}`;
      return `${fileOf(optimizer)}-${lr}${further}`;
    });
    const all = names.join("-");
    const step = format === "png" ? `-step-${wholeStep(time)}` : "";
    const shown = all.length > 120 ? `${runs.length}-runs` : all;
    return `${fn.file}-${shown}${step}-${width}px.${format}`;
  }

  Object.assign(globalThis.optgallery, {
    changedBox,
    fileName,
    gif,
    mp4,
    pixelChunks,
    png,
    videoCodec,
    webp,
    webpOf,
    writesWebp,
  });
})();
