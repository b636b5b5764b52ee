/* Matrices of runs: cells that play under the pointer, and open a player. Without this script, a cell
   is a link to its GIF. */
(() => {
  "use strict";

  const { copy, element, motion, pauseButton, whileActive } = globalThis.optgallery;

  /* Matrix cells: stills that play under the pointer, and open a player when selected. A page has
     hundreds of cells, so each is set up on first use. */
  function addMatrix(matrix) {
    const prepared = new WeakSet();
    const prepare = ({ target }) => {
      const cell = target.closest(".og-cell");
      if (!cell || prepared.has(cell)) return;
      prepared.add(cell);
      addPlayer(cell.querySelector(".og-tile"));
    };
    for (const event of ["mouseover", "focusin", "click"]) {
      matrix.addEventListener(event, prepare, { capture: true });
    }
  }

  /* Return a picture for the GIF that plays on top of a still: transparent until it is loaded. */
  function movingPicture() {
    return element("img", { alt: "", className: "og-playing dark-light" });
  }

  function addPlayer(tile) {
    const picture = movingPicture();
    tile.nextElementSibling.title = tile.querySelector("img").alt;
    whileActive(tile, (active) => {
      if (active) tile.append(picture);
      else picture.remove();
      picture.src = tile.href;
    });
    tile.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      openPlayer(tile);
    });
  }

  /* Return a data attribute of a cell: its own, or the table's pattern filled in. */
  function cellData(tile, key) {
    if (key in tile.dataset) return tile.dataset[key];
    const { row } = tile.closest("tr").dataset;
    const table = tile.closest("table");
    const { lr } = table.tHead.rows[0].cells[tile.closest("td").cellIndex].dataset;
    return table.dataset[key].replaceAll("{row}", () => row).replaceAll("{lr}", () => lr);
  }

  /* Return the stability strip of a cell whose run is in the explorer's data; null of others. */
  function stripOf(tile, picture) {
    const { PlayerStrip } = globalThis.optgallery;
    const place = cellData(tile, "runs");
    const known = PlayerStrip && place && "DecompressionStream" in window;
    return known ? new PlayerStrip(picture, place, tile.closest("table").dataset.guide) : null;
  }

  /* Return a copy of a cell's still, with room below it for the caption of its GIF. */
  function enlargedStill(tile) {
    const [surface, still] = ["img", "svg"].map((name) => tile.querySelector(name).cloneNode(true));
    surface.loading = "eager";
    const [width, height] = cellData(tile, "size").split(" ");
    const words = element("p", { className: "og-frame-words", textContent: "The whole path" });
    const frame = element("div", { className: "og-frame" }, surface, still, words);
    frame.style.aspectRatio = `${width} / ${height}`;
    return frame;
  }

  function openPlayer(tile) {
    const words = tile.querySelector("img").alt;
    const lines = cellData(tile, "code");
    const inExplorer = cellData(tile, "explorer");
    const address = `#${tile.closest(".og-cell").id}`;
    const frame = enlargedStill(tile);
    const picture = movingPicture();
    const strip = stripOf(tile, picture);
    let moving = false;
    const show = (now) => {
      moving = now;
      if (moving) frame.append(picture);
      else picture.remove();
      if (!strip) picture.src = tile.href;
      else if (moving) strip.play(tile.href);
      else strip.stop();
    };
    // browsers stop the pictures of a hidden page
    const goOn = () => document.hidden || !(moving && strip) || show(true);
    document.addEventListener("visibilitychange", goOn);
    show(motion.allowed);

    const code = element("pre", { textContent: lines, tabIndex: 0 });
    const copied = element("span", { className: "og-copied", role: "status" });
    const copying = element("button", { type: "button", textContent: "Copy the code" });
    copying.addEventListener("click", async () => {
      copied.textContent = await copy(lines, () => code, "Copied");
    });
    const close = element("button", { type: "button", textContent: "Close" });
    // what the marks in a picture mean
    const keys = [...document.querySelectorAll("article .og-key")]
      .slice(0, 1)
      .map((key) => key.cloneNode(true));
    const content = element(
      "div",
      { className: "og-player-content" },
      element("div", { className: "og-player-top" }, element("p", { textContent: words }), close),
      element("figure", { className: "og-animation" }, frame, pauseButton(motion.allowed, show)),
      ...keys,
      ...(strip ? [strip.node] : []),
      code,
      element(
        "div",
        { className: "og-player-buttons" },
        copying,
        element("a", { href: tile.href, download: "", textContent: "Download the GIF" }),
        ...(inExplorer
          ? [element("a", { href: inExplorer, textContent: "Open in the explorer" })]
          : []),
        element("a", { href: address, textContent: "Link to this cell" }),
        copied,
      ),
    );
    const player = element("dialog", { className: "og-player", aria: { label: words } }, content);
    close.addEventListener("click", () => player.close());
    player.addEventListener("click", (event) => {
      // the content covers the dialog, so a click on the dialog itself is on its backdrop
      if (event.target === player || event.target.hash === address) player.close();
    });
    player.addEventListener("close", () => {
      document.removeEventListener("visibilitychange", goOn);
      strip?.close();
      player.remove();
      tile.focus({ preventScroll: true });
    });
    document.body.append(player);
    player.showModal();
  }

  document.querySelectorAll(".og-matrix").forEach(addMatrix);
})();
