/* Pictures that move. Without this script, all pictures and links are still there: a cell of the
   matrix is a link to its GIF. */
(() => {
  "use strict";

  const lessMotion = window.matchMedia("(prefers-reduced-motion: reduce)");
  let stopped = false;
  const mayMove = () => !(stopped || lessMotion.matches);

  function element(name, properties = {}, ...children) {
    const { label, ...rest } = properties;
    const node = Object.assign(document.createElement(name), rest);
    if (label) node.setAttribute("aria-label", label);
    node.append(...children);
    return node;
  }

  /* Copy a text and return a message; if the browser does not allow it, as on file:// pages, the text
     is selected. */
  async function copy(text, shown) {
    try {
      await navigator.clipboard.writeText(text);
      return "Copied";
    } catch {
      getSelection().selectAllChildren(shown);
      return "Selected: copy it with Ctrl+C";
    }
  }

  function addSwitch(button) {
    const label = () => {
      button.textContent = stopped ? "Let pictures move" : "Stop all motion";
    };
    button.addEventListener("click", () => {
      stopped = !stopped;
      label();
    });
    label();
    button.hidden = false;
  }

  /* A cell plays while the pointer or the focus is on it, and opens a dialog when selected. */
  function addTile(tile) {
    const image = tile.querySelector("img");
    const still = image.getAttribute("src");
    const update = () => {
      image.src = mayMove() && tile.matches(":hover, :focus") ? tile.href : still;
    };
    for (const event of ["mouseenter", "mouseleave", "focus", "blur"]) {
      tile.addEventListener(event, update);
    }
    tile.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      openPlayer(tile, image, still);
    });
  }

  function pauseButton(show) {
    let moving = mayMove();
    const button = element("button", { type: "button", className: "pause" });
    const update = () => {
      show(moving);
      button.textContent = moving ? "❚❚" : "▶";
      button.setAttribute("aria-label", moving ? "Pause the animation" : "Play the animation");
    };
    button.addEventListener("click", () => {
      moving = !moving;
      update();
    });
    update();
    return button;
  }

  function openPlayer(tile, image, still) {
    const words = image.alt;
    const lines = tile.dataset.code;
    const address = `#${tile.closest("td").id}`;
    const picture = element("img", { alt: words, width: image.width, height: image.height });
    const pause = pauseButton((moving) => {
      picture.src = moving ? tile.href : still;
    });
    const code = element("pre", { tabIndex: 0 }, element("code", { textContent: lines }));
    const copied = element("span", { className: "copied", role: "status" });
    const copying = element("button", { type: "button", textContent: "Copy the code" });
    copying.addEventListener("click", async () => {
      copied.textContent = await copy(lines, code);
    });
    const close = element("button", { type: "button", textContent: "Close" });
    const player = element(
      "dialog",
      { className: "player", label: words },
      element(
        "div",
        { className: "content" },
        element("div", { className: "top" }, element("p", { textContent: words }), close),
        element("figure", { className: "picture" }, picture, pause),
        code,
        element(
          "div",
          { className: "buttons" },
          copying,
          element("a", {
            href: tile.href,
            download: tile.download,
            textContent: "Download the GIF",
          }),
          element("a", { href: address, textContent: "Link to this cell" }),
          copied,
        ),
      ),
    );
    close.addEventListener("click", () => player.close());
    player.addEventListener("click", ({ target }) => {
      // the content covers the dialog, so a click on the dialog itself is on its backdrop
      if (target === player || target.hash === address) player.close();
    });
    player.addEventListener("close", () => {
      player.remove();
      tile.focus({ preventScroll: true });
    });
    document.body.append(player);
    player.showModal();
  }

  /* A table that is wider than its place says so, until its right end is in sight. */
  function addSideways(region) {
    const hint = element("p", { className: "sideways", textContent: "Scroll sideways for more →" });
    hint.setAttribute("aria-hidden", "true");
    region.before(hint);
    const update = () => {
      hint.hidden = region.scrollWidth <= region.clientWidth + 1;
      const rest = region.scrollWidth - region.clientWidth - region.scrollLeft;
      region.classList.toggle("more", rest > 1);
    };
    region.addEventListener("scroll", update, { passive: true });
    new ResizeObserver(update).observe(region);
    update();
  }

  document.querySelectorAll(".motion").forEach(addSwitch);
  document.querySelectorAll(".matrix, .scroll").forEach(addSideways);
  document.querySelectorAll(".tile").forEach(addTile);
})();
