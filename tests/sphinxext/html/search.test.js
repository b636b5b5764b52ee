const assert = require("node:assert/strict");
const { test } = require("node:test");
const { load } = require("../scripts.js");

const { distance, searcher } = load("html/static/search.js").search;

/* Sphinx's index of a site of nine pages, and what they answer. */
const TITLES = {
  "adr/0001-learning-rate": "0001. The learning rate",
  "api/generated/og.plot_loss": "plot_loss",
  "compare/pairs/adam-against-sgd": "Adam against SGD",
  "functions/plot_fn_ackley": "Ackley",
  "guide/glossary": "Glossary",
  "guide/own_optimizer": "Your own optimizer",
  "optimizers/plot_opt_adam": "Adam",
  "optimizers/plot_opt_lbfgs": "L-BFGS",
  "stories/plot_rate": "The learning rate",
};
const PAGES = Object.keys(TITLES);
const at = (page) => PAGES.indexOf(page);
const INDEX = {
  docnames: PAGES,
  titles: Object.values(TITLES),
  alltitles: {
    "Where it fails": [[at("optimizers/plot_opt_adam"), "where-it-fails"]],
    "The update": PAGES.map((_, file) => [file, "the-update"]),
  },
  terms: {
    csv: at("guide/own_optimizer"),
    licenc: [at("adr/0001-learning-rate"), at("guide/own_optimizer")],
    rate: PAGES.map((_, file) => file),
    valley: [at("functions/plot_fn_ackley"), at("adr/0001-learning-rate")],
    constructor_of: at("guide/own_optimizer"),
  },
  titleterms: { adam: [at("compare/pairs/adam-against-sgd"), at("optimizers/plot_opt_adam")] },
  objects: {
    "og.Run": [[at("api/generated/og.plot_loss"), 0, 1, "", "solved"]],
    og: [[at("api/generated/og.plot_loss"), 1, 1, "", "plot_loss"]],
  },
  objnames: { 0: ["py", "method", "Python method"], 1: ["py", "function", "Python function"] },
};
const ANSWERS = {
  "guide/glossary": { terms: [["term-learning-rate", "learning rate", "It scales a step."]] },
  "optimizers/plot_opt_lbfgs": { about: "It measures the curvature.", phrases: ["quasi-Newton"] },
};
const stem = (word) => word.replace(/(e|es|s|ing)$/, "");
const { corrected, rank } = searcher(INDEX, ANSWERS, stem);
const first = (query) => rank(query)[0]?.page;

for (const [query, page] of [
  ["adam", "optimizers/plot_opt_adam"],
  ["Adam optimizer", "optimizers/plot_opt_adam"],
  ["learning rate", "stories/plot_rate"],
  ["adam vs sgd", "compare/pairs/adam-against-sgd"],
  ["sgd or Adam?", "compare/pairs/adam-against-sgd"],
  ["what is the difference between SGD and Adam", "compare/pairs/adam-against-sgd"],
  ["lbfgs", "optimizers/plot_opt_lbfgs"],
  ["L BFGS", "optimizers/plot_opt_lbfgs"],
  ["quasi newton", "optimizers/plot_opt_lbfgs"],
  ["custom optimizer", "guide/own_optimizer"],
  ["ackley's function", "functions/plot_fn_ackley"],
  ["og.plot_loss()", "api/generated/og.plot_loss"],
  ["plot loss", "api/generated/og.plot_loss"],
  ["csv", "guide/own_optimizer"],
  ["license", "guide/own_optimizer"],
  ["licence", "guide/own_optimizer"],
]) {
  test(`"${query}" leads to ${page}`, () => assert.equal(first(query), page));
}

test("a term of the glossary is a result of its own, with its definition", () => {
  const term = rank("learning rate").find(({ page }) => page === "guide/glossary");
  assert.deepEqual(
    [term.anchor, term.title, term.place, term.about],
    ["term-learning-rate", "learning rate", "Glossary", "It scales a step."],
  );
});

test("a method is found by its class and its name", () => {
  assert.equal(rank("Run.solved")[0].anchor, "og.Run.solved");
});

test("a title of many sections leads nowhere, that of one to its section", () => {
  assert.equal(rank("where it fails")[0].anchor, "where-it-fails");
  assert.deepEqual(rank("the update"), []);
});

test("decisions of the project come last", () => {
  assert.deepEqual(
    rank("valley").map(({ page }) => page),
    ["functions/plot_fn_ackley", "adr/0001-learning-rate"],
  );
  const titled = rank("learning rate").filter(({ title }) => /learning rate$/.test(title));
  assert.equal(titled.at(-1).page, "adr/0001-learning-rate");
});

test("each page is one result, and every result says what it is about if that is known", () => {
  const pages = rank("rate").map(({ page, anchor }) => `${page}#${anchor}`);
  assert.equal(new Set(pages).size, pages.length);
  assert.equal(rank("quasi newton")[0].about, "It measures the curvature.");
});

test("a query without words finds nothing", () => {
  for (const query of ["", "  ", "?!"]) assert.deepEqual(rank(query), []);
});

test("names of JavaScript's objects are ordinary words", () => {
  for (const query of ["constructor", "toString", "__proto__", "hasOwnProperty"]) rank(query);
  assert.equal(first("constructor"), "guide/own_optimizer");
});

test("a word with a slip is replaced by the name that it resembles", () => {
  assert.equal(corrected("akcley"), "ackley");
  assert.equal(corrected("adam against ackly"), "adam against ackley");
  assert.equal(corrected("valley"), "valley"); // known from a text
  assert.equal(corrected("unheard-of words"), "unheard-of words");
});

test("a swap of neighbours counts as one change", () => {
  assert.equal(distance("akcley", "ackley"), 1);
  assert.equal(distance("nestrov", "nesterov"), 1);
  assert.equal(distance("", "abc"), 3);
  assert.equal(distance("kitten", "sitting"), 3);
});
