/* The download of what is shown: the formats on offer, the progress, and the file. */
(() => {
  "use strict";

  const { Film, fileName, gif, mp4, png, videoCodec, webp, write, writesWebp } =
    globalThis.optgallery;

  class Saver {
    constructor(explorer) {
      const part = (selector) => explorer.root.querySelector(`.og-x-save ${selector}`);
      this.explorer = explorer;
      this.format = part("[name=format]");
      this.side = part("[name=side]");
      this.saver = part("[name=save]");
      this.stopper = part("[name=stop]");
      this.progress = part("progress");
      this.told = part(".og-x-told");
      this.codec = null; // of MP4, [name, title]
      this.abort = null; // the controller of the download in progress
      part("summary").addEventListener("click", () => this.offer());
    }

    /* Say of each format whether this browser can write it, before one is chosen. */
    async offer() {
      const option = (format) => this.format.querySelector(`[value=${format}]`);
      if (!writesWebp()) {
        option("webp").disabled = true;
        write(option("webp"), "WebP: this browser cannot write it");
      }
      const side = Number(this.side.options[this.side.options.length - 1].value);
      this.codec = await videoCodec(side, 2 * side);
      option("mp4").disabled = !this.codec;
      const secure = globalThis.isSecureContext;
      const reason = secure ? "this browser has no encoder" : "only over https, or from a folder";
      write(option("mp4"), this.codec ? `MP4 (${this.codec[1]})` : `MP4: ${reason}`);
      this.describe();
    }

    /* Return the film of what is shown; null while runs are loading. */
    film() {
      const { explorer } = this;
      const { fn, runs, speed } = explorer.state;
      const { shown, index, panel } = explorer;
      if (!(explorer.ready && shown.picture && shown.runs.length)) return null;
      const names = runs.map((run) => panel.titleOf(run));
      const words = { subject: fn.title, names, steps: index.steps, credit: index.credit };
      return new Film(shown.picture, words, Number(this.side.value), index, speed);
    }

    /* Say what the download will be. */
    describe() {
      if (this.abort) return;
      const film = this.film();
      if (!film) {
        write(this.told, "The runs are loading.");
        return;
      }
      const moving = `${film.frames.length} frames, ${film.seconds.toFixed(1)} s, `;
      const still = this.format.value === "png";
      write(
        this.told,
        `${film.width} × ${film.height} pixels, ${still ? "" : moving}in the colours of the page.`,
      );
    }

    async save() {
      const film = this.film();
      if (!film || this.abort) return;
      const { state, panel } = this.explorer;
      const format = this.format.value;
      this.abort = new AbortController();
      this.working(true);
      try {
        const blob = await this.made(film, format, state.time);
        const file = (optimizer) => panel.optimizers.get(optimizer).file;
        const name = fileName(state, file, film.width, format);
        this.hand(blob, name);
        write(this.told, `${name}: ${Math.ceil(blob.size / 1000)} kB`);
      } catch (error) {
        const cancelled = error.name === "AbortError";
        write(this.told, cancelled ? "Cancelled." : `No file was written: ${error.message}.`);
      }
      this.abort = null;
      this.working(false);
    }

    made(film, format, time) {
      if (format === "png") return png(film, time);
      const report = (share) => {
        this.progress.value = share;
      };
      const { signal } = this.abort;
      return { gif, webp, mp4 }[format](film, signal, report, this.codec?.[0]);
    }

    stop() {
      this.abort?.abort();
    }

    /* Show the progress, or the button again. */
    working(on) {
      const focused = [this.saver, this.stopper].includes(document.activeElement);
      this.progress.value = 0;
      this.progress.hidden = this.stopper.hidden = !on;
      this.saver.hidden = on;
      if (on) write(this.told, "Drawing …");
      if (focused) (on ? this.stopper : this.saver).focus();
    }

    /* Let the browser save a file. */
    hand(blob, name) {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    }
  }

  Object.assign(globalThis.optgallery, { Saver });
})();
