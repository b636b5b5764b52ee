/* Lossless WebP pictures of few pixels on a transparent ground, as frames of an animation are. Browsers
   write these twenty times as large and more (findings/chromium_lossless_webp.sh). The format is that of
   RFC 9649, section 3: no transforms and no colour cache, one group of prefix codes, and copies of the
   pixel to the left or above. */
(() => {
  "use strict";

  const MOST_BITS = 15; // of a code
  const MOST_LENGTH_BITS = 7; // of a code of lengths
  const LONGEST = 4096; // pixels of a copy
  const SHORTEST = 3;
  const SYMBOLS = [256 + 24, 256, 256, 256, 40]; // green or length, red, blue, alpha, distance
  const ORDER = [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
  const [ABOVE, LEFT] = [0, 1]; // prefix codes of these distances

  class Bits {
    constructor() {
      this.bytes = [];
      this.held = 0;
      this.count = 0;
    }

    /* Append the lowest bits of a number, the lowest first. */
    put(number, count) {
      this.held += (number & ((1 << count) - 1)) * 2 ** this.count;
      this.count += count;
      while (this.count >= 8) {
        this.bytes.push(this.held % 256);
        this.held = Math.floor(this.held / 256);
        this.count -= 8;
      }
    }

    finish() {
      if (this.count) this.put(0, 8 - this.count);
      return Uint8Array.from(this.bytes);
    }
  }

  /* Return the lengths of Huffman's codes for symbols by their counts, none longer than the limit. */
  function codeLengths(counts, limit) {
    const leaves = [...counts.keys()].filter((symbol) => counts[symbol]);
    const lengths = new Uint8Array(counts.length);
    let nodes = leaves.map((symbol) => ({ count: counts[symbol], symbols: [symbol] }));
    while (nodes.length > 1) {
      nodes.sort((one, other) => other.count - one.count);
      const [one, other] = [nodes.pop(), nodes.pop()];
      const symbols = [...one.symbols, ...other.symbols];
      for (const symbol of symbols) lengths[symbol] += 1;
      nodes = [...nodes, { count: one.count + other.count, symbols }];
    }
    if (Math.max(...lengths) <= limit) return lengths;
    return codeLengths(
      counts.map((count) => (count ? 1 + (count >> 1) : 0)), // closer counts have shorter codes
      limit,
    );
  }

  /* Return the codes of symbols with these lengths, with their first bit lowest. */
  function codesOf(lengths) {
    const codes = new Uint16Array(lengths.length);
    let code = 0;
    for (let length = 1; length <= MOST_BITS; length++) {
      for (const [symbol, own] of lengths.entries()) {
        if (own !== length) continue;
        for (let bit = 0; bit < length; bit++) {
          codes[symbol] |= ((code >> bit) & 1) << (length - 1 - bit);
        }
        code += 1;
      }
      code <<= 1;
    }
    return codes;
  }

  /* Write a prefix code, and return what writes its symbols. */
  function writeCode(bits, counts) {
    const used = [...counts.keys()].filter((symbol) => counts[symbol]);
    if (used.length < 2) {
      const only = used[0] ?? 0;
      bits.put(1, 1); // a simple code
      bits.put(0, 1); // of one symbol
      bits.put(1, 1); // of eight bits
      bits.put(only, 8);
      return () => null; // it takes no bits
    }
    const lengths = codeLengths(counts, MOST_BITS);
    const parts = runLengths(lengths);
    const partCounts = Array(19).fill(0);
    for (const [symbol] of parts) partCounts[symbol] += 1;
    // a code of lengths needs two symbols
    if (partCounts.filter(Boolean).length < 2) partCounts[partCounts[0] ? 1 : 0] = 1;
    const partLengths = codeLengths(partCounts, MOST_LENGTH_BITS);
    const partCodes = codesOf(partLengths);
    bits.put(0, 1); // not a simple code
    bits.put(ORDER.length - 4, 4);
    for (const symbol of ORDER) bits.put(partLengths[symbol], 3);
    bits.put(0, 1); // the lengths of all symbols follow
    for (const [symbol, extra, count] of parts) {
      bits.put(partCodes[symbol], partLengths[symbol]);
      if (count) bits.put(extra, count);
    }
    const codes = codesOf(lengths);
    return (symbol) => bits.put(codes[symbol], lengths[symbol]);
  }

  /* Return lengths as symbols with extra bits, [symbol, extra, count]; zeros are counted. */
  function runLengths(lengths) {
    const parts = [];
    for (let at = 0; at < lengths.length; ) {
      let zeros = 0;
      while (at + zeros < lengths.length && !lengths[at + zeros] && zeros < 138) zeros += 1;
      if (zeros >= 11) parts.push([18, zeros - 11, 7]);
      else if (zeros >= 3) parts.push([17, zeros - 3, 3]);
      else {
        parts.push([lengths[at], 0, 0]);
        zeros = 1;
      }
      at += zeros;
    }
    return parts;
  }

  /* Return the prefix code of a length, and its extra bits: [symbol, extra, count]. */
  function prefixed(length) {
    const rest = length - 1;
    if (rest < 4) return [rest, 0, 0];
    const high = 31 - Math.clz32(rest);
    const count = high - 1;
    return [2 * high + ((rest >> count) & 1), rest & ((1 << count) - 1), count];
  }

  /* Return pixels as literals, [pixel], and copies, [length, distance]. */
  function steps(pixels, width) {
    const found = [];
    const same = (from, at) => {
      let length = 0;
      if (from < 0) return 0;
      while (at + length < pixels.length && pixels[from + length] === pixels[at + length]) {
        length += 1;
        if (length === LONGEST) break;
      }
      return length;
    };
    for (let at = 0; at < pixels.length; ) {
      const [above, left] = [same(at - width, at), same(at - 1, at)];
      const length = Math.max(above, left);
      if (length >= SHORTEST) {
        found.push([length, above > left ? ABOVE : LEFT]);
        at += length;
      } else {
        found.push([pixels[at]]);
        at += 1;
      }
    }
    return found;
  }

  /* Return the content of a chunk VP8L: pixels are red, green, blue, alpha from the lowest byte. */
  function vp8l(pixels, width, height) {
    const found = steps(pixels, width);
    const counts = SYMBOLS.map((count) => Array(count).fill(0));
    const symbolsOf = (pixel) => [8, 0, 16, 24].map((shift) => (pixel >>> shift) & 255);
    for (const [one, distance] of found) {
      if (distance === undefined) {
        for (const [i, symbol] of symbolsOf(one).entries()) counts[i][symbol] += 1;
      } else {
        counts[0][256 + prefixed(one)[0]] += 1;
        counts[4][distance] += 1;
      }
    }
    const bits = new Bits();
    bits.put(0x2f, 8);
    bits.put(width - 1, 14);
    bits.put(height - 1, 14);
    bits.put(1, 1); // alpha is used
    bits.put(0, 3); // the version
    bits.put(0, 3); // no transform, no colour cache, one group of codes
    const writers = counts.map((count) => writeCode(bits, count));
    for (const [one, distance] of found) {
      if (distance === undefined) {
        for (const [i, symbol] of symbolsOf(one).entries()) writers[i](symbol);
      } else {
        const [symbol, extra, count] = prefixed(one);
        writers[0](256 + symbol);
        if (count) bits.put(extra, count);
        writers[4](distance);
      }
    }
    return bits.finish();
  }

  Object.assign(globalThis.optgallery, { vp8l });
})();
