/* The search page: Sphinx's index, ranked by what pages answer, and shown with a sentence about each.

   Sphinx puts this script into language_data.js, behind the answers of all pages, so that only the
   search page loads it. What it replaces is `Search.query`, which Sphinx calls when the index is
   there. That also kept the words for the next page, which offered to hide them even if it had none:
   here the link of a result names them, and the browser marks them. */
(() => {
  "use strict";

  /* Where pages are: the beginning of their names, the name of the place, and how many points they
     are preferred by. A reader comes to learn or to look up, and rarely for a decision of this
     project. */
  const PLACES = [
    ["stories/", "Story", 6],
    ["optimizers/", "Optimizer", 5],
    ["functions/", "Test function", 5],
    ["compare/pairs/", "Two optimizers", 5],
    ["guide/", "Guide", 4],
    ["schedules/", "Schedule", 3],
    ["comparisons/", "Comparison", 3],
    ["compare/", "Compare", 2],
    ["catalogue/", "Catalogue", 1],
    ["api/", "API", -4],
    ["start", "First stories", 6],
    ["find", "Runs", 1],
    ["changelog", "Changelog", -6], // contains every word
    ["adr/", "Decision of the project", -30],
  ];
  const TERM = ["Glossary", 2];
  /* Words that mean the same in a question. */
  const SAME = [
    ["license", "licence", "licensing"],
    ["color", "colour"],
    ["gray", "grey"],
    ["optimizer", "optimiser"],
    ["against", "vs", "versus", "or"],
    ["minimum", "minima"],
    ["three", "3"],
    ["six", "6"],
    ["own", "custom", "my", "your"],
    [
      "nan",
      "inf",
      "infinity",
      "diverge",
      "diverges",
      "diverged",
      "divergence",
      "explode",
      "explodes",
    ],
  ];
  const FIRST = new Map(SAME.flatMap(([first, ...rest]) => rest.map((word) => [word, first])));
  const ARTICLES = new Set(["a", "an", "the"]);
  const SMALL = new Set(
    "against and are between can compared difference do does for from good how i in is it mean means \
    of on pytorch should than to torch use useful what when which why with".split(/\s+/),
  );
  const SMALL_WEIGHT = 0.15;
  const FULL = 100; // points of a page whose title is the query
  const TEXT = 12; // points of a page whose text contains all words
  const SECTION = 0.8; // a section's title, in relation to a page's
  const MEMBER = 0.75; // a method or an attribute, likewise
  const CODE = 20; // points of the API if the query is written as code
  const HALF = 0.5; // of the query must be in a text
  const LEAST = 0.45; // a phrase is taken for an answer from this similarity on
  const SHOWN = 20; // results at first

  const plain = (text) => text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");
  const compact = (text) => plain(text).replace(/[^\p{L}\p{N}]/gu, "");
  const split = (text) =>
    (plain(text).match(/[\p{L}\p{N}]+/gu) ?? []).filter((word) => !ARTICLES.has(word));
  const spaced = (name) =>
    name.replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2").replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1 $2");

  /* The number of letters to insert, delete, replace or swap with their neighbour. */
  function distance(a, b) {
    let [before, last] = [[], Array.from({ length: b.length + 1 }, (_, j) => j)];
    for (let i = 1; i <= a.length; i++) {
      const row = [i];
      for (let j = 1; j <= b.length; j++) {
        const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
        row[j] = Math.min(
          last[j] + 1,
          row[j - 1] + 1,
          last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1),
          swapped ? before[j - 2] + 1 : Number.POSITIVE_INFINITY,
        );
      }
      [before, last] = [last, row];
    }
    return last[b.length];
  }

  /* A search over Sphinx's index and the answers of the pages; `stem` reduces a word to its stem. */
  function searcher(index, answers, stem) {
    const normal = (word) => stem(FIRST.get(word) ?? word);
    const meanings = (text) => split(text).map(normal);
    const small = new Set([...SMALL].map(normal));
    const items = itemsOf(index, answers).map((item) => ({
      ...item,
      phrases: item.phrases.map((phrase) => ({
        words: meanings(phrase),
        compact: compact(phrase),
      })),
    }));
    const counts = new Map();
    for (const { phrases } of items)
      for (const word of new Set(phrases.flatMap(({ words }) => words)))
        counts.set(word, (counts.get(word) ?? 0) + 1);
    const unit = Math.log(1 + items.length);

    /* Common words say little, and so do single letters. */
    function weight(word) {
      if (small.has(word) || word.length === 1) return SMALL_WEIGHT;
      return counts.has(word) ? Math.log(1 + items.length / counts.get(word)) / unit : 1;
    }
    const sum = (words) => words.reduce((total, word) => total + weight(word), 0);

    /* How similar a phrase is to the query, from 0 to 1: Dice's coefficient of the weighted words. */
    function similarity(query, phrase) {
      if (query.compact === phrase.compact) return 1;
      const begins = phrase.compact.startsWith(query.compact) && query.compact.length > 3;
      const share = begins ? 0.5 + (0.45 * query.compact.length) / phrase.compact.length : 0;
      const free = phrase.words.filter((word) => !query.words.includes(word));
      const common = query.words.reduce((total, word) => {
        if (phrase.words.includes(word)) return total + weight(word);
        const begun = word.length > 2 && free.find((other) => other.startsWith(word));
        return begun ? total + 0.6 * Math.min(weight(word), weight(begun)) : total;
      }, 0);
      return Math.max(share, Math.min((2 * common) / (sum(query.words) + sum(phrase.words)), 0.99));
    }

    /* The pages that contain a word, or else a longer word with it. */
    function pagesWith(word) {
      const listed = (terms, key) => (Object.hasOwn(terms, key) ? [terms[key]].flat() : []);
      const maps = [index.terms, index.titleterms];
      const stems = new Set((SAME.find((same) => same.includes(word)) ?? [word]).map(stem));
      const found = maps.flatMap((terms) => [...stems].flatMap((key) => listed(terms, key)));
      if (found.length || word.length < 3) return new Set(found);
      const longer = (terms) => Object.keys(terms).filter((key) => key.includes(stem(word)));
      return new Set(maps.flatMap((terms) => longer(terms).flatMap((key) => listed(terms, key))));
    }

    /* The share of the query's words that each page contains: of pages with all of them if there are
       any, else of those with most. */
    function coverage(words) {
      const shares = new Map();
      const large = words.filter((word) => !small.has(normal(word)));
      const asked = large.length ? large : words;
      const total = sum(asked.map(normal));
      for (const word of asked)
        for (const page of pagesWith(word))
          shares.set(page, (shares.get(page) ?? 0) + weight(normal(word)) / total);
      const most = Math.max(HALF, ...shares.values());
      return new Map([...shares].filter(([, share]) => share > most - 1e-9));
    }

    /* The query with words that are known, where it has others that are similar. */
    function corrected(query) {
      const known = [...new Set(items.flatMap(({ names }) => names.flatMap(split)))];
      const better = split(query).map((word) => {
        if (word.length < 5 || small.has(normal(word)) || pagesWith(word).size) return word;
        if (known.some((other) => other.startsWith(word))) return word;
        const limit = word.length < 8 ? 1 : 2;
        const distances = known.map((other) => [distance(word, other), other]).sort();
        return distances.length && distances[0][0] <= limit ? distances[0][1] : word;
      });
      return better.join(" ") === split(query).join(" ") ? query : better.join(" ");
    }

    /* The results for a query, the best first. */
    function rank(given) {
      const asked = given
        .trim()
        .replace(/^(og|optgallery)\.(?=\w)/i, "")
        .replace(/\(\)$/, "");
      const words = split(asked);
      const query = { words: [...new Set(words.map(normal))], compact: compact(asked) };
      if (!query.compact) return [];
      const shares = coverage(words);
      const isCode = /\p{L}[._]\p{L}|\(\)$/u.test(given.trim());
      const best = new Map();
      for (const item of items) {
        const closest = Math.max(...item.phrases.map((p) => similarity(query, p)));
        const isMeant = isCode && closest === 1 && item.alone;
        const similar = isMeant ? 1 : closest * item.factor;
        const share = item.isPage ? (shares.get(item.file) ?? 0) : 0;
        if (!share && similar < LEAST) continue;
        const code = isCode && similar >= LEAST && item.page.startsWith("api/") ? CODE : 0;
        const score = FULL * similar ** 2 + TEXT * share + item.preferred + code;
        const key = item.alone ? `${item.page}#${item.anchor}` : item.page;
        if (!best.has(key) || best.get(key).score < score)
          best.set(key, { ...item, score, isNamed: similar >= LEAST });
      }
      return [...best.values()].sort(
        (a, b) => b.score - a.score || a.title.localeCompare(b.title, "en"),
      );
    }
    return { corrected, rank };
  }

  /* What can be found: pages, their sections, the terms of glossaries, and objects of the API. */
  function itemsOf(index, answers) {
    const pages = index.docnames.map((page, file) => {
      const [, place, preferred] = PLACES.find(([start]) => page.startsWith(start)) ?? ["", "", 2];
      return { page, file, place, preferred, anchor: "", title: index.titles[file], factor: 1 };
    });
    const variants = (names) => [...new Set(names.flatMap((name) => [name, spaced(name)]))];
    const items = pages.map((page) => {
      const { about = "", phrases = [] } = answers[page.page] ?? {};
      const names = [page.title.replace(/^\d+\.\s*/, ""), ...phrases];
      return { ...page, about, names, phrases: variants(names), isPage: true };
    });
    for (const [title, places] of Object.entries(index.alltitles))
      if (places.length < 4)
        for (const [file, anchor] of places)
          if (anchor) {
            const [page, about] = [pages[file], items[file].about];
            const whole = `${page.title} › ${title}`;
            const factor = SECTION;
            items.push({
              ...page,
              anchor,
              title: whole,
              about,
              names: [],
              phrases: [title],
              factor,
            });
          }
    for (const page of pages)
      for (const [anchor, term, about] of answers[page.page]?.terms ?? []) {
        const [place, preferred] = TERM;
        const own = { anchor, title: term, about, place, preferred, alone: true };
        items.push({ ...page, ...own, names: [term], phrases: [term] });
      }
    for (const [prefix, objects] of Object.entries(index.objects))
      for (const [file, type, , shortened, name] of objects) {
        const [page, full] = [pages[file], `${prefix}.${name}`];
        if (compact(page.title) === compact(name)) continue; // the page itself is the answer
        const owner = prefix.split(".").at(-1);
        const anchor = shortened === "" ? full : shortened === "-" ? `${type}-${full}` : shortened;
        const place = index.objnames[type][2];
        const own = {
          anchor,
          title: `${owner}.${name}`,
          place,
          about: "",
          factor: MEMBER,
          alone: true,
        };
        items.push({ ...page, ...own, names: [], phrases: variants([name, `${owner}.${name}`]) });
      }
    return items;
  }

  globalThis.optgallery ??= {};
  optgallery.search = { distance, searcher };

  /* Everything below is for the search page. */
  if (typeof Search === "undefined") return;

  const sphinx = Search;
  let found = null;

  sphinx.query = (query) => {
    sphinx.stopPulse();
    const stemmer = new Stemmer();
    found ??= searcher(sphinx._index, globalThis.optgallery_answers ?? {}, (word) =>
      stemmer.stemWord(word),
    );
    let results = found.rank(query);
    const better = found.corrected(query);
    const instead = better !== query && !results.some(({ score }) => score >= FULL / 2);
    if (instead) results = found.rank(better);
    sphinx.title.textContent = "Results";
    sphinx.status.setAttribute("role", "status");
    sphinx.status.textContent = said(results.length, query, instead ? better : null);
    show(results, split(instead ? better : query));
  };

  function said(count, query, instead) {
    if (!count) return `Nothing was found for “${query}”. Try fewer words, or other ones.`;
    const number = count === 1 ? "1 result" : `${count} results`;
    return instead
      ? `${number} for “${instead}”, as nothing has “${query}”.`
      : `${number} for “${query}”.`;
  }

  function show(results, words) {
    const entry = (result) => entryOf(result, words);
    sphinx.output.append(...results.slice(0, SHOWN).map(entry));
    if (results.length <= SHOWN) return;
    const more = document.createElement("button");
    more.className = "btn btn-outline-secondary og-search-more";
    more.type = "button";
    more.textContent = `Show the other ${results.length - SHOWN}`;
    more.addEventListener("click", () => {
      const rest = results.slice(SHOWN).map(entry);
      sphinx.output.append(...rest);
      more.remove();
      rest[0].firstElementChild.focus();
    });
    sphinx.output.after(more);
  }

  function entryOf({ page, anchor, title, place, about, isNamed }, words) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    const hash = isNamed ? anchor && `#${anchor}` : fragment(words);
    link.href = address(page) + hash;
    link.textContent = title;
    item.append(link);
    if (place) {
      const where = document.createElement("span");
      where.className = "og-search-place";
      where.textContent = place;
      item.append(" ", where);
    }
    if (about) {
      const context = document.createElement("p");
      context.className = "context";
      context.textContent = about;
      item.append(context);
    }
    return item;
  }

  /* Where only the text has the words, the browser shows the first of each, and marks it. */
  function fragment(words) {
    const sought = words.filter((word) => word.length > 2 && !SMALL.has(FIRST.get(word) ?? word));
    const parts = sought.map((word) => `text=${encodeURIComponent(word)}`);
    return parts.length ? `#:~:${parts.join("&")}` : "";
  }

  function address(page) {
    const { BUILDER, LINK_SUFFIX } = DOCUMENTATION_OPTIONS;
    if (BUILDER !== "dirhtml") return page + LINK_SUFFIX;
    return page === "index" ? "" : `${page.replace(/\/index$/, "")}/`;
  }
})();
