/* Catalogues: tables that can be sorted by column and filtered by facets and words. The choices are
   in the address: #family=sign&text=lion&sort=-year. */
(() => {
  "use strict";

  /* Parse an address: the value of each filter ("" if none), and the number of the column to sort by
     (null if none). `choices` has the allowed values of each filter, or null if any is allowed. */
  function parseState(text, choices, columns) {
    const given = new URLSearchParams(text);
    const sort = given.get("sort") ?? "";
    const column = columns.indexOf(sort.replace(/^-/, ""));
    const filters = Object.entries(choices).map(([key, allowed]) => {
      const value = given.get(key) ?? "";
      return [key, allowed && !allowed.includes(value) ? "" : value];
    });
    return {
      filters: Object.fromEntries(filters),
      sort: column < 0 ? null : { column, down: sort.startsWith("-") },
    };
  }

  function formatState({ filters, sort }, columns) {
    const state = new URLSearchParams();
    for (const [key, value] of Object.entries(filters)) if (value) state.set(key, value);
    if (sort) state.set("sort", `${sort.down ? "-" : ""}${columns[sort.column]}`);
    return String(state);
  }

  /* Whether a row matches the filters and contains the words. */
  function matches({ facets, words }, filters) {
    return Object.entries(filters).every(([key, value]) => {
      if (key !== "text") return !value || facets[key].includes(value);
      return value
        .toLowerCase()
        .split(/\s+/)
        .every((word) => words.includes(word));
    });
  }

  /* Compare two rows by a column, as numbers if both are; unknown values are last in both orders. */
  function compare(a, b, { column, down }) {
    const [left, right] = [a, b].map(({ values }) => values[column]);
    if (!(left && right)) return !left - !right;
    const [x, y] = [left, right].map((value) => Number(value.replace(/^(-?)inf$/, "$1Infinity")));
    if (x === y) return 0;
    const order = Number.isNaN(x) || Number.isNaN(y) ? left.localeCompare(right, "en") : x - y;
    return down ? -order : order;
  }

  /* Return the next order after a click on a heading: ascending, then descending. */
  function pressed(sort, column) {
    return { column, down: sort?.column === column && !sort.down };
  }

  class Catalogue {
    constructor(box) {
      this.noun = box.dataset.noun;
      this.body = box.querySelector("tbody");
      this.count = box.querySelector(".og-count");
      this.form = box.querySelector("form");
      this.heads = [...box.querySelectorAll("thead th")];
      this.columns = this.heads.map(({ textContent }) =>
        textContent.toLowerCase().replaceAll(" ", "-"),
      );
      this.controls = [...this.form.querySelectorAll("select, input")];
      this.rows = [...this.body.rows].map((row) => ({
        row,
        facets: JSON.parse(row.dataset.facets),
        words: row.textContent.toLowerCase(),
        values: [...row.cells].map((cell) => cell.dataset.value),
      }));
      this.state = this.parsed("");
      optgallery.writeRoles(box);
      this.listen();
      if (location.hash) this.recall();
    }

    parsed(text) {
      const choices = this.controls.map(({ name, options }) => [
        name,
        options ? [...options].map(({ value }) => value) : null,
      ]);
      return parseState(text, Object.fromEntries(choices), this.columns);
    }

    listen() {
      for (const [column, head] of this.heads.entries()) {
        const button = head.querySelector("button");
        button.addEventListener("click", () => {
          this.set({ sort: pressed(this.state.sort, column) });
        });
        button.disabled = false;
      }
      this.form.addEventListener("input", ({ target: { name, value } }) => {
        this.set({ filters: { ...this.state.filters, [name]: value } });
      });
      this.form.addEventListener("submit", (event) => event.preventDefault());
      this.form.querySelector("button").addEventListener("click", () => this.set(this.parsed("")));
      addEventListener("hashchange", () => this.recall());
    }

    /* Apply the visitor's choices, and write them to the address. */
    set(changes) {
      this.state = { ...this.state, ...changes };
      const chosen = formatState(this.state, this.columns);
      const address = chosen ? `#${chosen}` : location.pathname + location.search;
      history.replaceState(history.state, "", address);
      this.render();
    }

    /* Apply the choices in the address. */
    recall() {
      this.state = this.parsed(location.hash.slice(1));
      this.render();
    }

    render() {
      const { filters, sort } = this.state;
      for (const control of this.controls) {
        if (control.value !== filters[control.name]) control.value = filters[control.name];
      }
      const shown = this.rows.filter((row) => matches(row, filters));
      for (const { row } of this.rows) row.hidden = true;
      for (const { row } of shown) row.hidden = false;
      const of = shown.length === this.rows.length ? "" : ` of ${this.rows.length}`;
      this.count.textContent = `${shown.length}${of} ${this.noun}`;
      const sorted = sort ? [...this.rows].sort((a, b) => compare(a, b, sort)) : this.rows;
      this.body.append(...sorted.map(({ row }) => row));
      for (const { row } of this.rows) {
        for (const [column, cell] of [...row.cells].entries()) {
          cell.classList.toggle("og-by", sort?.column === column);
        }
      }
      for (const [column, head] of this.heads.entries()) {
        if (sort?.column !== column) head.removeAttribute("aria-sort");
        else head.setAttribute("aria-sort", sort.down ? "descending" : "ascending");
      }
    }
  }

  globalThis.optgallery ??= {};
  globalThis.optgallery.catalogue = { compare, formatState, matches, parseState, pressed };
  for (const box of globalThis.document?.querySelectorAll(".og-catalogue") ?? [])
    new Catalogue(box);
})();
