/* Moving pictures under the visitor's control. Without this script every picture, link and line of
   code is still there: a matrix cell is a link to its GIF. */
(() => {
  "use strict";

  const still = window.matchMedia("(prefers-reduced-motion: reduce)");

  function element(name, properties = {}, ...children) {
    const node = Object.assign(document.createElement(name), properties);
    node.append(...children);
    return node;
  }

  /* Whether pictures may move by themselves: not where the visitor's system asks for less motion,
     and not where she has stopped all motion here. What she chooses holds for the whole site. */
  const motion = {
    key: "optgallery-motion",
    stopped: false,
    get allowed() {
      return !this.stopped && !still.matches;
    },
    recall() {
      try {
        this.stopped = localStorage.getItem(this.key) === "stopped";
      } catch {
        this.stopped = false; // a browser that keeps nothing
      }
    },
    stop(stopped) {
      this.stopped = stopped;
      try {
        localStorage.setItem(this.key, stopped ? "stopped" : "allowed");
      } catch {
        // then the choice holds for this page
      }
      document.dispatchEvent(new CustomEvent("og-motion", { detail: { allowed: this.allowed } }));
    },
  };
  motion.recall();

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

  /* A button that pauses a picture and plays it again. */
  function pauseButton(moving, show) {
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

  /* Animations on a page: the markup chooses between GIF and still until the button is used. Out of
     view nothing moves. */
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
      // what has not been loaded yet does not move
      if (wanted && (visible || image.complete)) show();
    });
    observer.observe(figure);
  }

  /* A still picture that moves while the pointer or the focus is on its holder. */
  function moveOnTouch(holder, image, gif, poster) {
    const update = () => {
      const touched = holder.matches(":hover, :focus-within");
      image.src = touched && motion.allowed ? gif : poster;
    };
    for (const event of ["mouseenter", "mouseleave", "focusin"]) {
      holder.addEventListener(event, update);
    }
    // while focusout is under way the old element still has the focus
    holder.addEventListener("focusout", () => setTimeout(update));
  }

  /* Thumbnails of the gallery's index pages: stills, whose GIFs the page names beside them. */
  function moveThumbnail(container) {
    const image = container.querySelector("img[data-gif]");
    if (image) moveOnTouch(container, image, image.dataset.gif, image.getAttribute("src"));
  }

  /* Matrix cells: still until touched, and a player when one is chosen. A page has hundreds of
     them: each is made ready when it is first met. */
  function addMatrix(matrix) {
    const met = new WeakSet();
    const meet = ({ target }) => {
      const cell = target.closest(".og-cell");
      if (!cell || met.has(cell)) return;
      met.add(cell);
      addPlayer(cell.querySelector(".og-tile"));
    };
    for (const event of ["mouseover", "focusin", "click"]) {
      matrix.addEventListener(event, meet, { capture: true });
    }
  }

  function addPlayer(tile) {
    const image = tile.querySelector("img");
    const poster = image.getAttribute("src");
    tile.nextElementSibling.title = image.alt;
    moveOnTouch(tile, image, tile.href, poster);
    tile.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      openPlayer(tile, image, poster);
    });
  }

  /* What a cell says itself, or what its table says once for all cells that are alike. */
  function told(tile, key) {
    if (key in tile.dataset) return tile.dataset[key];
    const { row } = tile.closest("tr").dataset;
    const table = tile.closest("table");
    const { lr } = table.tHead.rows[0].cells[tile.closest("td").cellIndex].dataset;
    return table.dataset[key].replaceAll("{row}", () => row).replaceAll("{lr}", () => lr);
  }

  function openPlayer(tile, image, poster) {
    const words = image.alt;
    const lines = told(tile, "code");
    const inExplorer = told(tile, "explorer");
    const address = `#${tile.closest(".og-cell").id}`;
    const picture = element("img", { alt: words, className: "dark-light" });
    picture.width = image.width;
    picture.height = image.height;
    const show = (moving) => {
      picture.src = moving ? tile.href : poster;
    };
    show(motion.allowed);

    const code = element("pre", { textContent: lines, tabIndex: 0 });
    const copied = element("span", { className: "og-copied", role: "status" });
    const copy = element("button", { type: "button", textContent: "Copy the code" });
    copy.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(lines);
        copied.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(code);
        copied.textContent = "Selected: copy it with Ctrl+C";
      }
    });
    const close = element("button", { type: "button", textContent: "Close" });
    const content = element(
      "div",
      { className: "og-player-content" },
      element("div", { className: "og-player-top" }, element("p", { textContent: words }), close),
      element("figure", { className: "og-animation" }, picture, pauseButton(motion.allowed, show)),
      code,
      element(
        "div",
        { className: "og-player-buttons" },
        copy,
        element("a", { href: tile.href, download: "", textContent: "Download the GIF" }),
        ...(inExplorer
          ? [element("a", { href: inExplorer, textContent: "Open in the explorer" })]
          : []),
        element("a", { href: address, textContent: "Link to this cell" }),
        copied,
      ),
    );
    const player = element("dialog", { className: "og-player" }, content);
    player.setAttribute("aria-label", words);
    close.addEventListener("click", () => player.close());
    player.addEventListener("click", (event) => {
      // the content covers the whole dialog: what hits the dialog itself hit its backdrop
      if (event.target === player || event.target.hash === address) player.close();
    });
    player.addEventListener("close", () => {
      player.remove();
      tile.focus({ preventScroll: true });
    });
    document.body.append(player);
    player.showModal();
  }

  /* Catalogues: tables that are sorted by their heads and filtered by facets and words. What is
     chosen stands behind the # of the address: #family=sign&text=lion&sort=-year. */
  const ROLES = {
    table: "table",
    "thead, tbody": "rowgroup",
    tr: "row",
    "thead th": "columnheader",
    "tbody th": "rowheader",
    td: "cell",
  };

  function addCatalogue(box) {
    const body = box.querySelector("tbody");
    const count = box.querySelector(".og-count");
    const heads = [...box.querySelectorAll("thead th")];
    const rows = [...body.rows].map((row) => ({
      row,
      facets: JSON.parse(row.dataset.facets),
      words: row.textContent.toLowerCase(),
      values: [...row.cells].map((cell) => cell.dataset.value),
    }));
    const columns = heads.map((head) => head.textContent.toLowerCase().replaceAll(" ", "-"));
    let sorted = null; // [column, whether downwards]

    const form = box.querySelector("form");
    const clear = form.querySelector("button");
    const controls = [...form.querySelectorAll("select, input")].map((node) => [node.name, node]);

    const shows = ({ facets, words }) =>
      controls.every(([key, { value }]) =>
        key === "text"
          ? value.toLowerCase().split(/\s+/).every((word) => words.includes(word))
          : !value || facets[key].includes(value),
      );

    const compare = (a, b) => {
      const [left, right] = [a, b].map(({ values }) => values[sorted[0]]);
      const down = sorted[1] ? -1 : 1;
      // what is not known comes last either way
      if (!left || !right) return !left - !right;
      const [x, y] = [left, right].map((v) => Number(v.replace(/^(-?)inf$/, "$1Infinity")));
      if (x === y) return 0;
      return down * (Number.isNaN(x) || Number.isNaN(y) ? left.localeCompare(right, "en") : x - y);
    };

    function show() {
      let shown = 0;
      for (const entry of rows) {
        entry.row.hidden = !shows(entry);
        shown += !entry.row.hidden;
      }
      const of = shown === rows.length ? "" : ` of ${rows.length}`;
      count.textContent = `${shown}${of} ${box.dataset.noun}`;
      body.append(...(sorted ? [...rows].sort(compare) : rows).map(({ row }) => row));
      heads.forEach((head, column) => {
        if (sorted?.[0] !== column) head.removeAttribute("aria-sort");
        else head.setAttribute("aria-sort", sorted[1] ? "descending" : "ascending");
      });
    }

    function note() {
      const state = new URLSearchParams();
      for (const [key, { value }] of controls) if (value) state.set(key, value);
      if (sorted) state.set("sort", `${sorted[1] ? "-" : ""}${columns[sorted[0]]}`);
      const address = String(state) ? `#${state}` : location.pathname + location.search;
      history.replaceState(history.state, "", address);
      show();
    }

    function recall() {
      const state = new URLSearchParams(location.hash.slice(1));
      for (const [key, control] of controls) {
        control.value = state.get(key) ?? "";
        if (control.selectedIndex === -1) control.value = "";
      }
      const sort = state.get("sort") ?? "";
      const column = columns.indexOf(sort.replace(/^-/, ""));
      sorted = column < 0 ? null : [column, sort.startsWith("-")];
      show();
    }

    heads.forEach((head, column) => {
      const button = head.querySelector("button");
      button.addEventListener("click", () => {
        sorted = [column, sorted?.[0] === column && !sorted[1]];
        note();
      });
      button.disabled = false;
    });
    form.addEventListener("input", note);
    form.addEventListener("submit", (event) => event.preventDefault());
    clear.addEventListener("click", () => {
      form.reset();
      sorted = null;
      note();
    });
    addEventListener("hashchange", recall);
    // on narrow screens rows are shown as blocks, and some browsers forget that they are rows
    for (const [parts, role] of Object.entries(ROLES)) {
      for (const node of box.querySelectorAll(parts)) node.setAttribute("role", role);
    }
    if (location.hash) recall();
  }

  /* The theme's menus, its tips and its way back to the top come with a script that keeps a phone
     busy. It is loaded when one of them is first met, and is then told of the click that it missed. */
  function loadLater(link) {
    const events = ["pointerover", "focusin", "click", "scroll"];
    let missed = null;
    const miss = ({ target }) => {
      missed = target.closest('[data-bs-toggle="dropdown"]');
    };
    const load = () => {
      for (const event of events) document.removeEventListener(event, meet);
      const script = element("script", { src: link.href });
      script.addEventListener("load", () => {
        document.removeEventListener("click", miss);
        missed?.click();
      });
      document.head.append(script);
    };
    const meet = ({ type, target }) => {
      if (type === "scroll" || target.closest("[data-bs-toggle]")) load();
    };
    document.addEventListener("click", miss);
    for (const event of events) document.addEventListener(event, meet, { passive: true });
  }

  document.querySelectorAll('link[rel="prefetch"][href*="/bootstrap.js"]').forEach(loadLater);
  document.querySelectorAll(".og-motion").forEach(addSwitch);
  document.querySelectorAll(".og-animation").forEach(addPause);
  document.querySelectorAll(".og-matrix").forEach(addMatrix);
  document.querySelectorAll(".sphx-glr-thumbcontainer").forEach(moveThumbnail);
  document.querySelectorAll(".og-catalogue").forEach(addCatalogue);
})();
