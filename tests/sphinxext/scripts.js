/* What the tests of the site's scripts share. */
const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");

const EXTENSION = path.join(__dirname, "..", "..", "optgallery", "sphinxext");

/* Run scripts as a page does, one after the other in one global scope, and return what they share. */
function load(...names) {
  globalThis.optgallery = {}; // as dom.js begins it
  for (const name of names) {
    const file = path.join(EXTENSION, name);
    vm.runInThisContext(fs.readFileSync(file, "utf8"), { filename: file });
  }
  return globalThis.optgallery;
}

function loadExplorer() {
  const names = [
    ...["data", "runs", "strip", "surface", "picture", "chart", "state"],
    ...["suggest", "frames", "vp8l", "formats"],
  ];
  return load(...names.map((name) => `explorer/static/explorer-${name}.js`));
}

/* A file that test_scripts.py has made with the package. */
function made(name) {
  return fs.readFileSync(path.join(process.env.OPTGALLERY_TEST_DATA, name), "utf8");
}

module.exports = { load, loadExplorer, made };
