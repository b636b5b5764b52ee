/* The stability strip under the picture of a cell, with a cursor at the step that the GIF shows. */
(() => {
  "use strict";

  const { Strip, describe, element, legend, request } = globalThis.optgallery;

  let played = 0; // GIFs played, each under an address of its own

  /* Return an address of a GIF at which it is played from its first frame: a browser shows all pictures
     of one address at the same frame. */
  async function fromItsStart(href) {
    played += 1;
    // files cannot be fetched; a host would send the GIF again
    if (location.protocol === "file:") return `${href}?played=${played}`;
    return URL.createObjectURL(await (await fetch(href)).blob());
  }

  /* Return the step that the GIF of a run shows, some milliseconds after its start. */
  function stepShown({ rows, playback: [frames, motion, hold] }, milliseconds) {
    if (frames === 1) return rows - 1;
    const seconds = (milliseconds / 1000) % (motion + hold);
    // in whole microseconds, so that a frame begins on time
    const passed = Math.floor(Math.round((seconds / motion) * (frames - 1) * 1e6) / 1e6);
    return Math.round((Math.min(frames - 1, passed) / (frames - 1)) * (rows - 1));
  }

  /* Read the colours of the page's theme. */
  function readColors(node) {
    const style = getComputedStyle(node);
    const [curve, text, ground, surface, danger] = [
      "curve",
      "text",
      "ground",
      "surface",
      "danger",
    ].map((name) => style.getPropertyValue(`--og-strip-${name}`).trim());
    return { runs: [curve], text, ground, surface, danger };
  }

  class PlayerStrip {
    /* The place is "ROOT FILE LR POSITION"; the position is that of the setting on its axis. */
    constructor(picture, place, guide) {
      this.picture = picture;
      const canvas = element("canvas", { role: "img", aria: { label: "Stability strip" } });
      this.strip = new Strip(canvas);
      this.words = element("span", { textContent: legend([]) });
      const more = element("a", { href: guide, textContent: "What is this strip?" });
      const parts = guide ? [this.words, " ", more] : [this.words];
      const note = element("div", { className: "og-strip-note" }, ...parts);
      this.node = element("div", { className: "og-strip" }, canvas, note);
      this.scene = null; // what is drawn, once the run is loaded
      this.moving = false; // whether the GIF is shown, not the still
      this.started = null; // when the GIF began; null if that is not known
      this.address = ""; // the address of the GIF that is playing
      this.asked = 0; // calls of play() and stop(), of which the last one counts
      this.open = true;
      const measure = new ResizeObserver(([{ contentRect }]) => {
        this.strip.fit(Math.round(contentRect.width), Math.round(contentRect.height));
        this.draw();
      });
      measure.observe(canvas);
      this.load(place.split(" "));
    }

    async load([root, file, lr, position]) {
      const runs = await request(root, file).catch(() => null);
      const rates = (runs?.rates ?? []).map(Number);
      const run = runs?.[rates.length * Number(position) + rates.indexOf(Number(lr))];
      if (!run) {
        this.node.remove(); // the picture is complete without it
        return;
      }
      const colors = readColors(this.node);
      this.scene = { runs: [{ run, slot: 0 }], colors, steps: run.rows - 1 || 1 };
      this.words.textContent = legend(this.scene.runs);
      this.strip.canvas.setAttribute("aria-label", `Stability strip: ${describe(run)}`);
      this.draw();
    }

    /* Play the GIF from its first frame. */
    async play(href) {
      this.asked += 1;
      const { asked } = this;
      const address = await fromItsStart(href).catch(() => href);
      if (!this.open || asked !== this.asked) {
        URL.revokeObjectURL(address);
        return;
      }
      this.release();
      this.moving = true;
      this.address = address;
      const begin = () => {
        // the same address would go on with a frame that is not known
        if (asked === this.asked && address !== href) this.started = performance.now();
        this.draw();
      };
      this.picture.addEventListener("load", begin, { once: true });
      this.picture.src = address;
    }

    /* Stop the GIF: the still below it has the whole path. */
    stop() {
      this.asked += 1;
      this.release();
      this.draw();
    }

    release() {
      this.moving = false;
      this.started = null;
      URL.revokeObjectURL(this.address);
      this.address = "";
    }

    close() {
      this.open = false;
      this.release();
    }

    /* Draw the strip, with a cursor unless the step that the picture shows is not known. */
    draw() {
      if (!(this.scene && this.open)) return;
      const { run } = this.scene.runs[0];
      const passed = this.started === null ? null : performance.now() - this.started;
      let step = this.moving ? null : run.rows - 1;
      if (passed !== null) step = stepShown(run, passed);
      this.node.dataset.step = step ?? "";
      this.strip.show(this.scene, step);
      if (passed !== null) requestAnimationFrame(() => this.draw());
    }
  }

  Object.assign(globalThis.optgallery, { PlayerStrip, stepShown });
})();
