/* Functions shared by the site's scripts: creating elements, copying text, remembering choices, and
   whether animations may play automatically. */
(() => {
  "use strict";

  const lessMotion = window.matchMedia("(prefers-reduced-motion: reduce)");

  /* Create an element with properties and children; `aria` and `data` contain prefixed attributes. */
  function element(name, { aria = {}, data = {}, role, ...properties } = {}, ...children) {
    const node = Object.assign(document.createElement(name), properties);
    for (const [key, value] of Object.entries(aria)) node.setAttribute(`aria-${key}`, value);
    if (role) node.setAttribute("role", role);
    Object.assign(node.dataset, data);
    node.append(...children);
    return node;
  }

  /* Change an existing text node; a new node would be reported to mutation observers. */
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

  /* Set the ARIA roles of a table's parts. If CSS displays rows as blocks, as on narrow screens, some
     browsers drop their roles. */
  function writeRoles(root) {
    for (const [parts, role] of Object.entries(ROLES)) {
      for (const node of root.querySelectorAll(parts)) node.setAttribute("role", role);
    }
  }

  /* Copy a text and return a message: `done`, or, if the browser does not allow it (as on file://
     pages), that the text is selected in the element `shown`. */
  async function copy(text, shown, done) {
    try {
      await navigator.clipboard.writeText(text);
      return done;
    } catch {
      getSelection().selectAllChildren(shown());
      return "Selected: copy it with Ctrl+C";
    }
  }

  /* A visitor's choices, for all pages of the site; null if there is none, or no storage. */
  const choices = {
    recall(key) {
      try {
        return localStorage.getItem(key);
      } catch {
        return null;
      }
    },
    keep(key, value) {
      try {
        localStorage.setItem(key, value);
      } catch {
        // the choice applies to this page only
      }
    },
  };

  /* Whether animations may play automatically: not if the visitor's system prefers reduced motion, or
     the visitor has stopped all motion. This choice applies to the whole site. */
  const motion = {
    key: "optgallery-motion",
    stopped: false,
    get allowed() {
      return !(this.stopped || lessMotion.matches);
    },
    recall() {
      this.stopped = choices.recall(this.key) === "stopped";
    },
    stop(stopped) {
      this.stopped = stopped;
      choices.keep(this.key, stopped ? "stopped" : "allowed");
      document.dispatchEvent(new CustomEvent("og-motion", { detail: { allowed: this.allowed } }));
    },
  };
  motion.recall();

  globalThis.optgallery = { choices, copy, element, motion, write, writeRoles };
})();
