/* What the scripts of the pages share: how they make elements, copy text, and whether pictures may
   move by themselves. */
(() => {
  "use strict";

  const lessMotion = window.matchMedia("(prefers-reduced-motion: reduce)");

  /* An element with properties and children; `aria` and `data` hold what has these prefixes. */
  function element(name, { aria = {}, data = {}, role, ...properties } = {}, ...children) {
    const node = Object.assign(document.createElement(name), properties);
    for (const [key, value] of Object.entries(aria)) node.setAttribute(`aria-${key}`, value);
    if (role) node.setAttribute("role", role);
    Object.assign(node.dataset, data);
    node.append(...children);
    return node;
  }

  /* Write into the text that is there: a new one would be news to those who watch the page. */
  function write(node, words) {
    const text = node.firstChild ?? node.appendChild(new Text());
    if (text.data !== String(words)) text.data = words;
  }

  const ROLES = {
    table: "table",
    "thead, tbody": "rowgroup",
    tr: "row",
    "th[scope=col]": "columnheader",
    "th[scope=row]": "rowheader",
    td: "cell",
  };

  /* Write out the roles of a table's parts: where the style shows rows as blocks, as it does on narrow
     screens, some browsers forget that they are rows. */
  function writeRoles(root) {
    for (const [parts, role] of Object.entries(ROLES)) {
      for (const node of root.querySelectorAll(parts)) node.setAttribute("role", role);
    }
  }

  /* Copy a text, and return what to tell the visitor: that it is done, or, where the browser does not
     allow it, as some do on pages of a folder, that `shown`, an element with that text, is selected. */
  async function copy(text, shown, done) {
    try {
      await navigator.clipboard.writeText(text);
      return done;
    } catch {
      getSelection().selectAllChildren(shown());
      return "Selected: copy it with Ctrl+C";
    }
  }

  /* Whether pictures may move by themselves: not where the visitor's system asks for less motion,
     and not where she has stopped all motion here. What she chooses holds for the whole site. */
  const motion = {
    key: "optgallery-motion",
    stopped: false,
    get allowed() {
      return !(this.stopped || lessMotion.matches);
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

  globalThis.optgallery = { copy, element, motion, write, writeRoles };
})();
