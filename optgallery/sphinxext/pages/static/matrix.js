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

  /* Whether a cell shows its picture, not only its number. */
  function showsPicture(tile) {
    return tile.querySelector("img").checkVisibility();
  }

  function addPlayer(tile) {
    const picture = movingPicture();
    whileActive(tile, (active) => {
      if (active && showsPicture(tile)) tile.append(picture);
      else picture.remove();
      if (picture.isConnected) picture.src = tile.href;
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

  /* The ways from one cell to the next: its key, its sign, its words, and its steps in the table. */
  const WAYS = [
    ["ArrowLeft", "←", (columns) => `Previous ${columns}`, [0, -1]],
    ["ArrowRight", "→", (columns) => `Next ${columns}`, [0, 1]],
    ["ArrowUp", "↑", () => "Previous row", [-1, 0]],
    ["ArrowDown", "↓", () => "Next row", [1, 0]],
  ];

  /* Return the cell some rows below and some columns to the right of one; undefined beyond the table.
     A row may have fewer cells than the one above it. */
  function neighbour(tile, [down, right]) {
    const row = tile.closest("tr");
    const rows = [...tile.closest("table").querySelectorAll("tr[data-row]")];
    const tiles = [...(rows[rows.indexOf(row) + down]?.querySelectorAll(".og-tile") ?? [])];
    const position = [...row.querySelectorAll(".og-tile")].indexOf(tile) + right;
    return down ? tiles[Math.min(position, tiles.length - 1)] : tiles[position];
  }

  /* Return what differs from one cell of a row to the next: "learning rate". */
  function columnsOf(tile) {
    return tile.closest("[data-columns]").dataset.columns;
  }

  /* Return the content of the player for a cell, and what ends it. */
  function play(tile) {
    const words = tile.ariaLabel;
    const lines = cellData(tile, "code");
    const inExplorer = cellData(tile, "explorer");
    const { id } = tile.closest(".og-cell");
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
    // what the marks in a picture mean
    const keys = [...document.querySelectorAll("article .og-key")]
      .slice(0, 1)
      .map((key) => key.cloneNode(true));
    const nodes = [
      element("p", { className: "og-player-words", textContent: words }),
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
        ...(id ? [linkTo(id, copied)] : []),
        copied,
      ),
    ];
    const end = () => {
      document.removeEventListener("visibilitychange", goOn);
      strip?.close();
    };
    return { words, nodes, end };
  }

  /* Return a link to a cell, which copies its address when it is selected. */
  function linkTo(id, copied) {
    const link = element("a", { href: `#${id}`, textContent: "Link to this cell" });
    link.addEventListener("click", async (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const address = link.href; // the whole one, unlike the attribute
      const shown = () => {
        copied.textContent = address;
        return copied;
      };
      const message = await copy(address, shown, "Link copied");
      if (copied.textContent !== address) copied.textContent = message;
    });
    return link;
  }

  /* Open the player of a cell, from which one goes on to the cells beside it. */
  function openPlayer(first) {
    let tile = first;
    let current = { end: () => {} };
    const content = element("div", { className: "og-player-cell" });
    const close = element("button", { type: "button", textContent: "Close" });
    const ways = WAYS.map(([key, sign, words, steps]) => {
      const button = element("button", { type: "button", textContent: sign });
      button.addEventListener("click", () => go(steps));
      return { key, words, steps, button };
    });
    const show = () => {
      current.end();
      current = play(tile);
      content.replaceChildren(...current.nodes);
      player.setAttribute("aria-label", current.words);
      for (const { steps, button, words } of ways) {
        button.title = words(columnsOf(tile));
        button.setAttribute("aria-label", button.title);
        // a disabled button would lose the focus
        button.setAttribute("aria-disabled", String(!neighbour(tile, steps)));
      }
    };
    const go = (steps) => {
      const next = neighbour(tile, steps);
      if (!next) return;
      tile = next;
      show();
    };
    const buttons = ways.map(({ button }) => button);
    const top = element("div", { className: "og-player-top" }, ...buttons, close);
    const player = element(
      "dialog",
      { className: "og-player" },
      element("div", { className: "og-player-content" }, top, content),
    );
    close.addEventListener("click", () => player.close());
    player.addEventListener("click", (event) => {
      // the content covers the dialog, so a click on the dialog itself is on its backdrop
      if (event.target === player) player.close();
    });
    player.addEventListener("keydown", (event) => {
      // Sphinx's script claims this key for hiding highlighted words, which keeps the dialog open
      if (event.key === "Escape") player.close();
      const way = ways.find(({ key }) => key === event.key);
      // the code scrolls by these keys
      if (!way || event.altKey || event.ctrlKey || event.metaKey || event.target.matches("pre"))
        return;
      event.preventDefault();
      go(way.steps);
    });
    player.addEventListener("close", () => {
      current.end();
      player.remove();
      tile.focus({ preventScroll: tile === first });
    });
    document.body.append(player);
    show();
    player.showModal();
    close.focus();
  }

  Object.assign(globalThis.optgallery, { enlargedStill, movingPicture, showsPicture });

  document.querySelectorAll(".og-matrix").forEach(addMatrix);
})();
