/* Which run to add: one that moves, and that differs from those shown. */
(() => {
  "use strict";

  const APART = 0.04; // of the domain's width: paths closer than this at every step look alike
  const SHORT = 0.05; // a path that stays so close to its start seems to stand still
  const MARGIN = 0.25; // how far outside the domain a point is told apart from its edge

  function clamped(share) {
    return Math.min(1 + MARGIN, Math.max(-MARGIN, share));
  }

  /* Return the largest distance between two runs at the same step, in widths of the domain. */
  function largestDistance(one, other) {
    let most = 0;
    for (let step = 0; step < Math.max(one.rows, other.rows); step++) {
      const [i, j] = [one, other].map(({ rows }) => Math.min(step, rows - 1));
      const dx = clamped(one.x[i]) - clamped(other.x[j]);
      const dy = clamped(one.y[i]) - clamped(other.y[j]);
      most = Math.max(most, Math.hypot(dx, dy));
    }
    return most;
  }

  /* Whether a run leaves its start, and ends without having diverged or climbed. */
  function moves(run) {
    const start = { x: run.x, y: run.y, rows: 1 };
    return ["solved", "unsolved"].includes(run.kind) && largestDistance(run, start) > SHORT;
  }

  /* Return the position of the run to add among those of an optimizer, one for each rate, or -1. A
     run that solves the function comes first, the fastest before others, then the one that ends
     lowest. */
  function bestPosition(runs, shown) {
    const rank = ({ kind, rows, heights, evaluations, note }) =>
      kind === "solved"
        ? [0, Number(/\d+/.exec(note)?.[0] ?? evaluations[rows - 1])]
        : [1, heights[rows - 1]];
    const before = ([a, b], [c, d]) => a - c || b - d;
    const suitable = [...runs.keys()]
      .filter((i) => moves(runs[i]))
      .filter((i) => shown.every((run) => largestDistance(runs[i], run) > APART))
      .sort((i, j) => before(rank(runs[i]), rank(runs[j])));
    return suitable[0] ?? -1;
  }

  /* Return the names of the optimizers to try, beginning after the last run's: first those that are
     not shown, then the others. */
  function namesToTry(runs, { optimizers }) {
    const names = optimizers.map(({ name }) => name);
    const next = names.indexOf(runs.at(-1).optimizer) + 1;
    const shown = new Set(runs.map(({ optimizer }) => optimizer));
    const turned = [...names.slice(next), ...names.slice(0, next)];
    return [
      ...turned.filter((name) => !shown.has(name)),
      ...turned.filter((name) => shown.has(name)),
    ];
  }

  Object.assign(globalThis.optgallery, { bestPosition, largestDistance, moves, namesToTry });
})();
