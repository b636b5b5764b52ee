/* Positions and numbers of a run at a time, which may be between two steps; number formatting. */
(() => {
  "use strict";

  const LARGEST = 3.4e38; // larger numbers are stored as this one
  const SMALLEST = 1e-300; // lower bound of the argument of a logarithm

  /* Return the step before a time, and the completed fraction of the next one. */
  function split({ rows }, time) {
    const step = Math.min(Math.floor(time), rows - 1);
    return { step, part: step < rows - 1 ? time - step : 0 };
  }

  function between(from, to, part) {
    return part ? from + (to - from) * part : from;
  }

  /* Return the position of a run at a time. */
  function pointAt(run, time) {
    const { step, part } = split(run, time);
    return [run.x, run.y].map((values) => between(values[step], values[step + 1], part));
  }

  /* Return the points of a run up to a step. */
  function pointsUntil({ x, y, rows }, step) {
    return Array.from({ length: Math.min(step + 1, rows) }, (_, i) => [x[i], y[i]]);
  }

  /* Return a run's evaluations and one of its quantities at a time. Between steps, the quantity is
     interpolated on a logarithmic scale. */
  function numberAt(run, numbers, time) {
    const { step, part } = split(run, time);
    const { evaluations } = run;
    if (!part) return { cost: evaluations[step], number: numbers[step] };
    const [from, to] = [step, step + 1].map((i) => Math.log(Math.max(numbers[i], SMALLEST)));
    return {
      cost: between(evaluations[step], evaluations[step + 1], part),
      number: Math.exp(between(from, to, part)),
    };
  }

  /* Return the first step at which a run has taken that many evaluations, or its last one. */
  function stepAtCost({ evaluations, rows }, cost) {
    const step = evaluations.findIndex((taken) => taken >= cost - 0.5);
    return step < 0 ? rows - 1 : step;
  }

  /* Return the part of a line within a square, or null; dashing a very long line would take too long. */
  function clipped(from, to, low, high) {
    let [first, last] = [0, 1];
    const along = [to[0] - from[0], to[1] - from[1]];
    for (const axis of [0, 1]) {
      if (along[axis] === 0) {
        if (from[axis] < low || from[axis] > high) return null;
        continue;
      }
      const cuts = [low, high].map((edge) => (edge - from[axis]) / along[axis]);
      first = Math.max(first, Math.min(...cuts));
      last = Math.min(last, Math.max(...cuts));
    }
    if (!(first <= last)) return null;
    const at = (share) => from.map((start, axis) => start + along[axis] * share);
    return [first > 0 ? at(first) : from, last < 1 ? at(last) : to];
  }

  /* Format a number with a few digits and a proper minus sign. */
  function formatNumber(number, digits = 4) {
    if (Number.isNaN(number)) return "not a number";
    const sign = number < 0 ? "−" : "";
    if (!Number.isFinite(number)) return `${sign}∞`;
    if (Math.abs(number) >= LARGEST) return number > 0 ? "over 3e+38" : "below −3e+38";
    return String(Number(number.toPrecision(digits))).replaceAll("-", "−");
  }

  Object.assign(globalThis.optgallery, {
    clipped,
    formatNumber,
    numberAt,
    pointAt,
    pointsUntil,
    stepAtCost,
  });
})();
