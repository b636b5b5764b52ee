/* Matrices as grids: numbers or pictures, as the visitor chose; rows that open; arrow keys; a moving
   preview of the cell under the pointer or the focus. Without this script, the choice between numbers
   and pictures works, and every cell is reached by the tabulator key. */
(() => {
  "use strict";

  const { choices, element, enlargedStill, motion, movingPicture, showsPicture, writeRoles } =
    globalThis.optgallery;

  const DELAY = 120; // milliseconds before the preview of a cell is loaded
  const GAP = 6; // pixels between a row and the preview

  const stepsOf = {
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
  };

  /* Numbers or pictures: a choice for all tables that begin with the same. */
  function addViews(matrix) {
    const inputs = [...matrix.querySelectorAll(".og-views input")];
    const { value } = inputs.find((input) => input.defaultChecked);
    const key = `optgallery-matrix-${value}`;
    const chosen = choices.recall(key) ?? value;
    for (const input of inputs) {
      input.checked = input.value === chosen;
      input.addEventListener("change", () => choices.keep(key, input.value));
    }
  }

  /* Buttons that open single rows, and all rows of a group, while the others show numbers. */
  function addToggles(table) {
    for (const body of table.tBodies) {
      const rows = [...body.querySelectorAll("tr[data-row]")];
      const [head] = body.querySelectorAll(".og-group");
      for (const row of rows) addToggle(row, [row]);
      if (head && rows.length) addToggle(head, rows);
    }
  }

  function addToggle(head, rows) {
    const title = head.querySelector("th").textContent;
    const button = element("button", { type: "button", className: "og-toggle" });
    button.setAttribute("aria-label", `Pictures: ${title}`);
    button.title = "Show pictures here";
    button.setAttribute("aria-expanded", "false");
    button.addEventListener("click", () => open(rows, !rows.every(isOpen)));
    head.querySelector("th").prepend(button);
  }

  function isOpen(row) {
    return row.classList.contains("og-open");
  }

  function open(rows, opened) {
    for (const row of rows) row.classList.toggle("og-open", opened);
    const [first] = rows;
    const body = first.closest("tbody");
    const inBody = [...body.querySelectorAll("tr[data-row]")];
    const set = (row, state) =>
      row?.querySelector(".og-toggle")?.setAttribute("aria-expanded", String(state));
    for (const row of inBody) set(row, isOpen(row));
    set(body.querySelector(".og-group"), inBody.every(isOpen));
    first.scrollIntoView({ block: "nearest" });
  }

  /* Open the row of the cell that the address names. */
  function showTarget() {
    const cell = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!cell?.matches(".og-cell")) return;
    open([cell.closest("tr")], true);
    cell.scrollIntoView({ block: "center" });
  }

  /* Return what takes the focus in a row: the buttons and links of its head, then a place for each
     rate. */
  function placesOf(row) {
    const [head, ...cells] = row.cells;
    return [
      ...head.querySelectorAll("button, a"),
      ...cells.map((cell) => cell.querySelector(".og-tile") ?? cell),
    ];
  }

  /* One tab stop for a table, whose cells are reached by arrow keys. */
  function addKeys(table) {
    const rows = () => [...table.querySelectorAll("tbody tr")];
    let current = null;
    const choose = (place) => {
      if (current) current.tabIndex = -1;
      current = place;
      current.tabIndex = 0;
    };
    for (const place of rows().flatMap(placesOf)) place.tabIndex = -1;
    choose(table.querySelector(".og-tile"));
    table.addEventListener("focusin", ({ target }) => {
      if (target.closest("tbody") && target.tabIndex === -1) choose(target);
    });
    table.addEventListener("keydown", (event) => {
      const next = placeAfter(rows(), current, event);
      if (!next) return;
      event.preventDefault();
      choose(next);
      next.focus();
    });
  }

  /* Return the place that a key leads to from another one; undefined if there is none. */
  function placeAfter(rows, place, { key, ctrlKey, altKey, metaKey, shiftKey }) {
    if (altKey || metaKey || shiftKey) return undefined;
    const number = rows.indexOf(place.closest("tr"));
    const places = placesOf(rows[number]);
    if (key === "Home") return ctrlKey ? placesOf(rows[0])[0] : places[0];
    if (key === "End") return ctrlKey ? placesOf(rows.at(-1)).at(-1) : places.at(-1);
    if (ctrlKey || !(key in stepsOf)) return undefined;
    const [down, right] = stepsOf[key];
    const position = places.indexOf(place);
    if (right) return places[position + right];
    const next = rows[number + down] && placesOf(rows[number + down]);
    // rows have heads of different length, so places are counted from the last rate
    if (!next) return undefined;
    const aligned = next.length - places.length + position;
    // a row with a single cell is entered at that
    return place.matches("td *") && !next[aligned]?.matches("td, td *")
      ? next.at(-1)
      : (next[aligned] ?? next[0]);
  }

  /* An animation beside the row of the cell under the pointer, or with the focus. */
  class Preview {
    constructor() {
      this.node = element("div", { className: "og-preview" });
      this.node.setAttribute("aria-hidden", "true"); // the cell has the same words
      this.waiting = 0;
      document.addEventListener("keydown", ({ key }) => key === "Escape" && this.hide());
      document.addEventListener("scroll", () => this.hide(), { passive: true });
    }

    ask(tile) {
      this.hide();
      this.waiting = setTimeout(() => this.show(tile), DELAY);
    }

    show(tile) {
      const frame = enlargedStill(tile);
      if (motion.allowed) frame.append(Object.assign(movingPicture(), { src: tile.href }));
      this.node.replaceChildren(frame, element("p", { textContent: inWords(tile) }));
      document.body.append(this.node);
      const row = tile.closest("tr").getBoundingClientRect();
      const cell = tile.closest("td").getBoundingClientRect();
      const { width, height } = this.node.getBoundingClientRect();
      const below = row.bottom + GAP;
      const left = (cell.left + cell.right - width) / 2;
      const fits = below + height <= innerHeight || row.top < innerHeight - row.bottom;
      this.node.style.top = `${fits ? below : row.top - GAP - height}px`;
      this.node.style.left = `${Math.max(GAP, Math.min(left, innerWidth - width - GAP))}px`;
    }

    hide() {
      clearTimeout(this.waiting);
      this.node.remove();
    }
  }

  /* Return the outcome of a cell in words, and what its number says. */
  function inWords(tile) {
    const number = tile.closest("td").querySelector(".og-note").textContent;
    if (!number.endsWith("%")) return tile.ariaLabel;
    if (number.startsWith(">"))
      return `${tile.ariaLabel}; below the minimum, outside of the domain`;
    return `${tile.ariaLabel}; ${number} of the way down to the minimum`;
  }

  function addPreviews(table, preview) {
    const ask = (target) => {
      const tile = target.closest(".og-tile");
      if (tile && !showsPicture(tile)) preview.ask(tile);
    };
    const hovers = matchMedia("(hover: hover)");
    table.addEventListener("mouseover", ({ target }) => hovers.matches && ask(target));
    table.addEventListener(
      "focusin",
      ({ target }) => target.matches(":focus-visible") && ask(target),
    );
    for (const event of ["mouseout", "focusout", "click"]) {
      table.addEventListener(event, () => preview.hide());
    }
  }

  const matrices = document.querySelectorAll(".og-matrix");
  const preview = matrices.length ? new Preview() : null;
  for (const matrix of matrices) {
    const table = matrix.querySelector("table");
    matrix.classList.remove("og-plain");
    addViews(matrix);
    addToggles(table);
    writeRoles(matrix);
    table.setAttribute("role", "grid");
    for (const cell of table.querySelectorAll("td")) cell.setAttribute("role", "gridcell");
    addKeys(table);
    addPreviews(table, preview);
  }
  addEventListener("hashchange", showTarget);
  showTarget();
})();
