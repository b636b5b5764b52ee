/* The presentation: the picture on the whole screen, with strong lines and large names, over and over
   again; and the explorer within an iframe of another page. */
(() => {
  "use strict";

  const { element, motion } = globalThis.optgallery;
  const STRONG = 2; // how much wider lines and markers are
  const EMBEDDED = "og-embedded";

  /* Begin the presentation from the start; the browser may refuse its full screen. */
  function present(explorer) {
    const { root, state } = explorer;
    if (state.kept) return;
    const { time, playing, speed, view } = state;
    const kept = { time, playing, speed, view, weight: state.weight, loop: state.loop };
    kept.place = [scrollX, scrollY];
    kept.focus = document.activeElement;
    root.classList.add("og-x-presented");
    document.documentElement.classList.add("og-x-presenting");
    const start = motion.allowed ? { time: 0, playing: true } : {};
    explorer.set({ kept, weight: STRONG, loop: true, ...start });
    explorer.panel.presentation(true);
    // without a full screen, as in an iframe that may not have one, it fills the window
    root.requestFullscreen?.().catch(() => null);
    explorer.panel.play.focus({ preventScroll: true });
    explorer.announce("Presentation.");
  }

  /* End the presentation, and leave everything as it was before. */
  function leave(explorer) {
    const { root, state } = explorer;
    if (!state.kept) return;
    const { place, focus, ...kept } = state.kept;
    root.classList.remove("og-x-presented");
    document.documentElement.classList.remove("og-x-presenting");
    const whole = document.fullscreenElement ? document.exitFullscreen() : Promise.resolve();
    explorer.set({ ...kept, kept: null });
    explorer.panel.presentation(false);
    explorer.note();
    focus.focus({ preventScroll: true });
    // the browser scrolls, too, when it leaves its full screen
    const back = () => requestAnimationFrame(() => scrollTo(...place));
    whole.then(back, back);
  }

  function listenToPresentation(explorer) {
    document.addEventListener("fullscreenchange", () => {
      if (!document.fullscreenElement) leave(explorer);
    });
  }

  /* Whether the address asks for the explorer alone. */
  function embedded() {
    return document.documentElement.classList.contains(EMBEDDED);
  }

  /* Let the style sheet hide everything around the explorer, whatever the site's theme is. */
  function embed(root) {
    for (let node = root.parentElement; node && node !== document.body; node = node.parentElement) {
      node.classList.add("og-x-frame");
    }
    root.setAttribute("role", root.closest("main") ? "region" : "main");
    root.setAttribute("aria-label", document.title);
    const subject = root.querySelector(".og-x-subject"); // in place of the page's heading
    subject.setAttribute("role", "heading");
    subject.setAttribute("aria-level", "1");
    document.body.classList.add("og-x-frame");
  }

  /* Return the HTML that shows the explorer within another page. */
  function iframeOf(address, title) {
    const frame = element("iframe", { src: address, title, width: 640, height: 780 });
    frame.style.cssText = "border: 0; max-width: 100%";
    frame.setAttribute("allow", "fullscreen");
    frame.setAttribute("loading", "lazy");
    return frame.outerHTML;
  }

  Object.assign(globalThis.optgallery, {
    embed,
    embedded,
    iframeOf,
    leave,
    listenToPresentation,
    present,
  });
})();
