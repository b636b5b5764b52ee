/* Matrices of runs: cells that play under the pointer, and open a player. Without this script, a cell
   is a link to its GIF. */
(() => {
  "use strict";

  const { copy, element, motion, pauseButton, playOnHover } = globalThis.optgallery;

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

  function addPlayer(tile) {
    const image = tile.querySelector("img");
    const poster = image.getAttribute("src");
    tile.nextElementSibling.title = image.alt;
    playOnHover(tile, image, tile.href, poster);
    tile.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      openPlayer(tile, image, poster);
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

  function openPlayer(tile, image, poster) {
    const words = image.alt;
    const lines = cellData(tile, "code");
    const inExplorer = cellData(tile, "explorer");
    const address = `#${tile.closest(".og-cell").id}`;
    const picture = element("img", { alt: words, className: "dark-light", src: poster });
    picture.width = image.width;
    picture.height = image.height;
    const strip = stripOf(tile, picture);
    let moving = false;
    const show = (now) => {
      moving = now;
      if (!strip) picture.src = moving ? tile.href : poster;
      else if (moving) strip.play(tile.href);
      else strip.stop(poster);
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
    const content = element(
      "div",
      { className: "og-player-content" },
      element("div", { className: "og-player-top" }, element("p", { textContent: words }), close),
      element("figure", { className: "og-animation" }, picture, pauseButton(motion.allowed, show)),
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
