/* Moving pictures under the visitor's control. Without this script every picture, link and line of
   code is still there: a matrix cell is a link to its GIF. */
(() => {
  "use strict";

  const still = window.matchMedia("(prefers-reduced-motion: reduce)");

  /* Animations on a page: a button that swaps the GIF for its poster and back. */
  function addPause(figure) {
    const image = figure.querySelector("img");
    const source = figure.querySelector("source");
    const gif = image.getAttribute("src");
    const poster = image.dataset.poster;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "og-pause";
    let moving = !still.matches;
    const show = () => {
      source?.remove(); // from here on the button decides
      image.src = moving ? gif : poster;
      label();
    };
    const label = () => {
      button.textContent = moving ? "❚❚" : "▶";
      button.setAttribute("aria-label", moving ? "Pause the animation" : "Play the animation");
    };
    button.addEventListener("click", () => {
      moving = !moving;
      show();
    });
    label();
    figure.append(button);
  }

  /* Matrix cells: a still poster that moves while it is touched, and a player when it is chosen. */
  function addMotion(tile) {
    const image = tile.querySelector("img");
    const poster = image.getAttribute("src");
    const play = () => {
      if (!still.matches) image.src = tile.href;
    };
    const rest = () => {
      image.src = poster;
    };
    tile.addEventListener("mouseenter", play);
    tile.addEventListener("focus", play);
    tile.addEventListener("mouseleave", rest);
    tile.addEventListener("blur", rest);
    tile.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      openPlayer(tile, image.alt);
    });
  }

  let player;

  function element(name, properties = {}, ...children) {
    const node = Object.assign(document.createElement(name), properties);
    node.append(...children);
    return node;
  }

  function openPlayer(tile, words) {
    player?.remove();
    const cell = tile.closest(".og-cell");
    const copy = element("button", { type: "button", textContent: "Copy the code" });
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(tile.dataset.code);
      copy.textContent = "Copied";
    });
    const close = element("button", { type: "button", textContent: "Close" });
    close.addEventListener("click", () => player.close());
    player = element(
      "dialog",
      { className: "og-player" },
      element("div", { className: "og-player-top" }, element("p", { textContent: words }), close),
      element("img", { src: tile.href, alt: words }),
      element("pre", { textContent: tile.dataset.code }),
      element(
        "div",
        { className: "og-player-buttons" },
        copy,
        element("a", { href: tile.href, download: "", textContent: "Download the GIF" }),
        element("a", { href: `#${cell.id}`, textContent: "Address of this cell" }),
      ),
    );
    player.setAttribute("aria-label", words);
    player.addEventListener("close", () => tile.focus());
    player.addEventListener("click", (event) => {
      if (event.target === player || event.target.hash === `#${cell.id}`) player.close();
    });
    document.body.append(player);
    player.showModal();
  }

  document.querySelectorAll(".og-animation").forEach(addPause);
  document.querySelectorAll(".og-tile").forEach(addMotion);
})();
