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

  /* A button that pauses a picture and plays it again. */
  function pauseButton(moving, show) {
    const button = element("button", { type: "button", className: "og-pause" });
    const label = () => {
      button.textContent = moving ? "❚❚" : "▶";
      button.setAttribute("aria-label", moving ? "Pause the animation" : "Play the animation");
    };
    button.addEventListener("click", () => {
      moving = !moving;
      show(moving);
      label();
    });
    label();
    return button;
  }

  /* Animations on a page: the markup chooses between GIF and still until the button is used. */
  function addPause(figure) {
    const { gif, poster, narrow, narrowPoster } = figure.dataset;
    const show = (moving) => {
      for (const source of figure.querySelectorAll("source")) {
        if (source.media.includes("reduced-motion")) source.remove();
        else source.srcset = moving ? narrow : narrowPoster;
      }
      figure.querySelector("img").src = moving ? gif : poster;
    };
    figure.append(pauseButton(!still.matches, show));
  }

  /* A still picture that moves while the pointer or the focus is on its holder. */
  function moveOnTouch(holder, image, gif, poster) {
    const update = () => {
      const touched = holder.matches(":hover, :focus-within");
      image.src = touched && !still.matches ? gif : poster;
    };
    for (const event of ["mouseenter", "mouseleave", "focusin"]) {
      holder.addEventListener(event, update);
    }
    // while focusout is under way the old element still has the focus
    holder.addEventListener("focusout", () => setTimeout(update));
  }

  /* Thumbnails of the gallery's index pages: sphinx-gallery shows the GIF, the script its still. */
  function calmThumbnail(container) {
    const image = container.querySelector("img");
    const gif = image.getAttribute("src");
    const stem = /sphx_glr_(.+)_thumb\.gif$/.exec(gif)?.[1];
    if (!stem) return;
    const poster = `${document.documentElement.dataset.content_root}cells/thumbnails/${stem}_poster.png`;
    image.src = poster;
    moveOnTouch(container, image, gif, poster);
  }

  /* Matrix cells: still until touched, and a player when one is chosen. */
  function addPlayer(tile) {
    const image = tile.querySelector("img");
    const poster = image.getAttribute("src");
    moveOnTouch(tile, image, tile.href, poster);
    tile.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      openPlayer(tile, image, poster);
    });
  }

  function openPlayer(tile, image, poster) {
    const words = image.alt;
    const address = `#${tile.closest(".og-cell").id}`;
    const picture = element("img", { alt: words, className: "dark-light" });
    picture.width = image.width;
    picture.height = image.height;
    const show = (moving) => {
      picture.src = moving ? tile.href : poster;
    };
    show(!still.matches);

    const code = element("pre", { textContent: tile.dataset.code, tabIndex: 0 });
    const copied = element("span", { className: "og-copied", role: "status" });
    const copy = element("button", { type: "button", textContent: "Copy the code" });
    copy.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(tile.dataset.code);
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
      element("figure", { className: "og-animation" }, picture, pauseButton(!still.matches, show)),
      code,
      element(
        "div",
        { className: "og-player-buttons" },
        copy,
        element("a", { href: tile.href, download: "", textContent: "Download the GIF" }),
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

  document.querySelectorAll(".og-animation").forEach(addPause);
  document.querySelectorAll(".og-tile").forEach(addPlayer);
  document.querySelectorAll(".sphx-glr-thumbcontainer").forEach(calmThumbnail);
})();
