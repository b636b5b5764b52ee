/* The lines that repeat a run of an optimizer: of the function, the start and the learning rate that
   the visitor chooses, in the form or by a cell of the table. */
(() => {
  "use strict";

  /* Return the lines of a run. `lines` has those of each start by function, "{lr}" for the rate. */
  function linesOf(lines, { fn, start, lr }) {
    return lines[fn][Number(start)].replace("{lr}", lr);
  }

  function addForm(section) {
    const form = section.querySelector("form");
    const shown = section.querySelector("pre");
    const lines = JSON.parse(section.querySelector("script").textContent);
    const { function: fn, start, lr } = form.elements;
    const render = () => {
      const chosen = { fn: fn.value, start: start.value, lr: lr.value };
      optgallery.write(shown, linesOf(lines, chosen));
    };
    for (const select of [fn, start, lr]) select.disabled = false;
    form.addEventListener("change", render);
    form.addEventListener("submit", (event) => event.preventDefault());
    for (const cell of document.querySelectorAll(".og-runs tbody td")) {
      cell.title = "Show the lines that repeat these runs";
    }
    document.querySelector(".og-runs tbody").addEventListener("click", ({ target }) => {
      const cell = target.closest("td");
      if (!cell) return;
      const title = cell.parentNode.cells[0].textContent.trim();
      fn.value = [...fn.options].find(({ text }) => text === title).value;
      lr.value = [...lr.options].find(({ text }) => text === cell.dataset.label).value;
      render();
      section.scrollIntoView({ block: "nearest" });
    });
    render();
  }

  globalThis.optgallery ??= {};
  globalThis.optgallery.experiment = { linesOf };
  for (const section of globalThis.document?.querySelectorAll(".og-repeat") ?? []) addForm(section);
})();
