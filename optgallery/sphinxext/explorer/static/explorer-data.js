/* The explorer's data: files that are loaded as scripts, since browsers block everything else on
   file:// pages. Each file calls optgallery.load(), which passes its content to the request. */
(() => {
  "use strict";

  const FORMAT = 2; // as in encoding.py, which documents the format
  const UNITS = 2 ** 22;
  const VALUE_BITS = 15;
  const GRADIENT_BITS = 8;
  const SHARPNESS_BITS = 8;
  const TONES = 16383;

  const waiting = new Map(); // callbacks for the contents of files, by name
  const known = new Map(); // promises of all requested files, by name

  function load(format, name, head, body) {
    waiting.get(name)?.({ format, head, body });
  }

  /* Return a promise of a function's surface ("beale/-surface") or a pair's runs ("beale/adamw"). */
  function request(root, name) {
    if (!known.has(name)) {
      const promise = fetchScript(root, name).then(decode);
      promise.catch(() => known.delete(name)); // so that it can be requested again
      known.set(name, promise);
    }
    return known.get(name);
  }

  async function decode({ format, head, body }) {
    if (format !== FORMAT) {
      throw new Error("this page and its data are not of one build: reload the page");
    }
    const bytes = await inflate(body);
    return head.side ? surfaceOf(head, bytes) : runsOf(head, bytes);
  }

  function fetchScript(root, name) {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      const address = `${root}${name}.js`;
      waiting.set(name, resolve);
      script.addEventListener("load", () => reject(new Error(`the file ${address} is damaged`)));
      script.addEventListener("error", () => reject(new Error(`the file ${address} is missing`)));
      script.src = `${address}?v=${FORMAT}`;
      document.head.append(script);
    }).finally(() => waiting.delete(name));
  }

  async function inflate(text) {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  /* Decode differences, which are stored as all the highest bytes, then all the next ones. */
  function differences(bytes, offset, count, size) {
    const numbers = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      let folded = 0;
      for (let plane = 0; plane < size; plane++) {
        folded = (folded << 8) | bytes[offset + plane * count + i];
      }
      numbers[i] = (folded >>> 1) ^ -(folded & 1);
    }
    return numbers;
  }

  function runsOf(head, bytes) {
    const rows = head.runs.reduce((sum, run) => sum + run.rows, 0);
    const columns = [];
    for (let offset = 0; offset < bytes.length; offset += 4 * rows) {
      columns.push(differences(bytes, offset, rows, 4));
    }
    let first = 0;
    const runs = head.runs.map((run) => {
      const [x, y, heights, gradients, sharpness, costs] = columns.map((column) => {
        const numbers = column.slice(first, first + run.rows);
        for (let i = 1; i < run.rows; i++) numbers[i] += numbers[i - 1];
        return numbers;
      });
      first += run.rows;
      return {
        ...run,
        base: head.base,
        optimizer: head.optimizer,
        preconditioned: head.preconditioned,
        // fractions of the domain, from its lower left corner
        x: Float64Array.from(x, (units) => units / UNITS),
        y: Float64Array.from(y, (units) => units / UNITS),
        heights: reals(heights, VALUE_BITS),
        gradients: reals(gradients, GRADIENT_BITS),
        sharpness: reals(sharpness, SHARPNESS_BITS),
        evaluations: costs ?? Int32Array.from(x, (_, step) => step * head.evaluations),
      };
    });
    return Object.assign(runs, { rates: head.rates });
  }

  /* Decode single-precision numbers from their leading bits, stored as signed integers. */
  function reals(numbers, bits) {
    const patterns = Uint32Array.from(
      numbers,
      (number) => (Math.abs(number) << (23 - bits)) | (number < 0 ? 0x80000000 : 0),
    );
    return new Float32Array(patterns.buffer);
  }

  function surfaceOf(head, bytes) {
    const { side } = head;
    const tones = differences(bytes, 0, side * side, 3);
    for (let i = 0; i < tones.length; i++) {
      if (i % side) tones[i] += tones[i - 1];
    }
    for (let i = side; i < tones.length; i++) tones[i] += tones[i - side];
    const shares = new Float32Array(tones.length);
    for (let i = 0; i < tones.length; i++) shares[i] = tones[i] / TONES;
    return { ...head, tones: shares };
  }

  globalThis.optgallery = { ...globalThis.optgallery, decode, inflate, load, request };
})();
