/* Controls for animations. Without this script, all pictures, links and code are still there: a
   matrix cell is a link to its GIF. */
(() => {
  "use strict";

  const { copy, element, motion } = globalThis.optgallery;

  function addSwitch(button) {
    const label = () => {
      button.setAttribute("aria-pressed", String(motion.stopped));
      button.title = motion.stopped ? "Let pictures move" : "Stop all motion";
    };
    button.addEventListener("click", () => motion.stop(!motion.stopped));
    document.addEventListener("og-motion", label);
    label();
    button.hidden = false;
  }

  /* Return a button that pauses and resumes a picture. */
  function pauseButton(started, show) {
    let moving = started;
    const button = element("button", { type: "button", className: "og-pause" });
    const label = () => {
      button.textContent = moving ? "❚❚" : "▶";
      button.setAttribute("aria-label", moving ? "Pause the animation" : "Play the animation");
    };
    const set = (now) => {
      moving = now;
      show(moving);
      label();
    };
    button.addEventListener("click", () => set(!moving));
    document.addEventListener("og-motion", ({ detail }) => set(detail.allowed));
    label();
    return button;
  }

  /* Animations on a page: the HTML selects the GIF or the still until the button is used. Animations out
     of view are stopped. */
  function addPause(figure) {
    const { gif, poster, narrow, narrowPoster } = figure.dataset;
    const image = figure.querySelector("img");
    let wanted = motion.allowed;
    let visible = true;
    const show = () => {
      const moving = wanted && visible;
      for (const source of figure.querySelectorAll("source")) {
        if (source.media.includes("reduced-motion")) source.remove();
        else source.srcset = moving ? narrow : narrowPoster;
      }
      image.src = moving ? gif : poster;
    };
    figure.append(
      pauseButton(wanted, (moving) => {
        wanted = moving;
        show();
      }),
    );
    if (motion.stopped) show();
    const observer = new IntersectionObserver(([{ isIntersecting }]) => {
      if (isIntersecting === visible) return;
      visible = isIntersecting;
      // a GIF that has not been loaded yet need not be stopped
      if (wanted && (visible || image.complete)) show();
    });
    observer.observe(figure);
  }

  /* Play a picture while the pointer or the focus is on its container. */
  function playOnHover(container, image, gif, poster) {
    const update = () => {
      const active = container.matches(":hover, :focus-within");
      image.src = active && motion.allowed ? gif : poster;
    };
    for (const event of ["mouseenter", "mouseleave", "focusin"]) {
      container.addEventListener(event, update);
    }
    // during focusout, the old element still has the focus
    container.addEventListener("focusout", () => setTimeout(update));
  }

  /* Thumbnails of the gallery's index pages: stills, with the GIF in a data attribute. */
  function addThumbnail(container) {
    const image = container.querySelector("img[data-gif]");
    if (image) playOnHover(container, image, image.dataset.gif, image.getAttribute("src"));
  }

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
      ...[...document.querySelectorAll("article .og-key")].slice(0, 1).map((key) => key.cloneNode(true)),
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

  /* The theme's menus, tooltips and back-to-top button need a script that is slow on phones. It is
     loaded on first use of one of them, and an earlier click is repeated. */
  function loadLater(link) {
    const events = ["pointerover", "focusin", "click", "scroll"];
    let missed = null;
    const miss = ({ target }) => {
      missed = target.closest('[data-bs-toggle="dropdown"]');
    };
    const load = () => {
      for (const event of events) document.removeEventListener(event, use);
      const script = element("script", { src: link.href });
      script.addEventListener("load", () => {
        document.removeEventListener("click", miss);
        missed?.click();
      });
      document.head.append(script);
    };
    const use = ({ type, target }) => {
      if (type === "scroll" || target.closest("[data-bs-toggle]")) load();
    };
    document.addEventListener("click", miss);
    for (const event of events) document.addEventListener(event, use, { passive: true });
  }

  document.querySelectorAll('link[rel="prefetch"][href*="/bootstrap.js"]').forEach(loadLater);
  document.querySelectorAll(".og-motion").forEach(addSwitch);
  document.querySelectorAll(".og-animation").forEach(addPause);
  document.querySelectorAll(".og-matrix").forEach(addMatrix);
  document.querySelectorAll(".sphx-glr-thumbcontainer, .og-tiles-link").forEach(addThumbnail);
})();
