/* Controls for animations: they pause, play under the pointer, and stop all together. Without this
   script, all pictures and links are still there. */
(() => {
  "use strict";

  const { element, motion } = globalThis.optgallery;

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

  /* Tell whether pictures in a container may play, when that changes: while the pointer or the focus is
     on it. */
  function whileActive(container, show) {
    let before = false;
    const update = () => {
      const active = motion.allowed && container.matches(":hover, :focus-within");
      if (active !== before) show(active);
      before = active;
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
    if (!image) return;
    const poster = image.getAttribute("src");
    whileActive(container, (active) => {
      image.src = active ? image.dataset.gif : poster;
    });
  }

  /* The theme's menus, tooltips and back-to-top button need a script that is slow on phones. It is
     loaded on first use of one of them, and an earlier click is repeated. */
  function loadLater({ dataset: { src: address } }) {
    const events = ["pointerover", "focusin", "click", "scroll"];
    let missed = null;
    const miss = ({ target }) => {
      missed = target.closest('[data-bs-toggle="dropdown"]');
    };
    const load = () => {
      for (const event of events) document.removeEventListener(event, use);
      const script = element("script", { src: address });
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

  Object.assign(globalThis.optgallery, { pauseButton, whileActive });

  document.querySelectorAll("template.og-later").forEach(loadLater);
  document.querySelectorAll(".og-motion").forEach(addSwitch);
  document.querySelectorAll(".og-animation").forEach(addPause);
  document.querySelectorAll(".sphx-glr-thumbcontainer, .og-tiles-link").forEach(addThumbnail);
})();
