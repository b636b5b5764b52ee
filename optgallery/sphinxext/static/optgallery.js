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

  /* A still picture that moves while the pointer or the focus is on its holder. */
  function moveOnTouch(holder, image, gif, poster) {
    const play = () => {
      if (!still.matches) image.src = gif;
    };
    const rest = () => {
      image.src = poster;
    };
    holder.addEventListener("mouseenter", play);
    holder.addEventListener("focusin", play);
    holder.addEventListener("mouseleave", rest);
    holder.addEventListener("focusout", rest);
  }

  /* Thumbnails of the gallery's index pages: sphinx-gallery shows the GIF, its still is a cover. */
  function calmThumbnail(container) {
    const image = container.querySelector("img");
    const gif = image.getAttribute("src");
    const stem = /sphx_glr_(.+)_thumb\.gif$/.exec(gif)?.[1];
    if (!stem) return;
    const poster = `${document.documentElement.dataset.content_root}cells/covers/${stem}.png`;
    image.src = poster;
    moveOnTouch(container, image, gif, poster);
  }

  /* Matrix cells: still until touched, and a player when one is chosen. */
  function addPlayer(tile) {
    const image = tile.querySelector("img");
    moveOnTouch(tile, image, tile.href, image.getAttribute("src"));
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
  document.querySelectorAll(".og-tile").forEach(addPlayer);
  document.querySelectorAll(".sphx-glr-thumbcontainer").forEach(calmThumbnail);
})();
