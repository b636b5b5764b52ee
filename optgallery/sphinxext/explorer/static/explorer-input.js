/* The explorer's input: buttons and lists, and the picture and charts by pointer and keyboard. */
(() => {
  "use strict";

  function listenTo(explorer) {
    listenToControls(explorer);
    listenToPointers(explorer);
    for (const chart of explorer.charts) {
      dragAlong(chart.canvas, (x) => explorer.seekInChart(chart, x));
    }
    dragAlong(explorer.strip.canvas, (x) => explorer.seekInStrip(x));
    document.addEventListener("keydown", (event) => press(explorer, event));
  }

  /* The name of a control is its action. */
  function listenToControls(explorer) {
    const { panel, root } = explorer;
    const slotOf = (node) => [...panel.list.children].indexOf(node.closest("li"));
    const pressed = {
      play: () => explorer.toggle(),
      seek: ({ value }) => explorer.seek(Number(value)),
      walk: ({ value }) => explorer.step(Number(value)),
      zoom: ({ value }) => explorer.zoom(Number(value)),
      add: () => explorer.add(),
      all: () => explorer.allRates(),
      remove: (button) => explorer.remove(slotOf(button)),
      code: () => explorer.copyCode(),
      link: () => explorer.copyLink(),
      iframe: () => explorer.copyIframe(),
      present: () => (explorer.state.kept ? explorer.leave() : explorer.present()),
      save: () => explorer.saver.save(),
      stop: () => explorer.saver.stop(),
    };
    const chooseRun = (select) => {
      const selects = [...select.closest("li").querySelectorAll("select")];
      const [optimizer, lr, setting] = selects.map(({ value }) => value);
      explorer.chooseRun(slotOf(select), { optimizer, lr, setting });
    };
    const changed = {
      fn: ({ value }) => explorer.chooseFunction(value),
      speed: ({ value }) => explorer.setSpeed(Number(value)),
      optimizer: chooseRun,
      lr: chooseRun,
      setting: chooseRun,
      format: () => explorer.saver.describe(),
      side: () => explorer.saver.describe(),
    };
    root.addEventListener("click", ({ target }) => {
      const button = target.closest("button");
      if (button) pressed[button.name]?.(button);
    });
    root.addEventListener("change", ({ target }) => changed[target.name]?.(target));
    panel.scrubber.addEventListener("input", ({ target }) => explorer.seek(Number(target.value)));
  }

  /* Call a function with the position of a pointer that is down. */
  function dragAlong(canvas, call) {
    const seek = ({ clientX }) => call(clientX - canvas.getBoundingClientRect().left);
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      seek(event);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.buttons) seek(event);
    });
  }

  function listenToPointers(explorer) {
    const { canvas, readout } = explorer.panel;
    const pointers = new Map(); // positions of the pointers that are down
    const place = ({ clientX, clientY }) => {
      const { left, top } = canvas.getBoundingClientRect();
      return [clientX - left, clientY - top];
    };
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button > 0) return;
      canvas.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, place(event));
    });
    canvas.addEventListener("pointermove", (event) => {
      const here = place(event);
      const before = pointers.get(event.pointerId);
      if (before) {
        const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
        pointers.set(event.pointerId, here);
        drag(explorer, before, here, other);
      }
      explorer.point(...here);
    });
    for (const end of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(end, ({ pointerId }) => pointers.delete(pointerId));
    }
    canvas.addEventListener("pointerleave", () => {
      readout.textContent = "";
    });
    canvas.addEventListener("dblclick", (event) => {
      explorer.zoom(event.shiftKey ? 0.5 : 2, place(event));
    });
    canvas.addEventListener("wheel", (event) => turn(explorer, event, place(event)), {
      passive: false,
    });
  }

  /* One pointer moves the picture; two zoom it. */
  function drag(explorer, before, here, other) {
    const [dx, dy] = [here[0] - before[0], here[1] - before[1]];
    if (!other) {
      explorer.move(dx, dy);
      return;
    }
    const apart = ([x, y]) => Math.max(1, Math.hypot(x - other[0], y - other[1]));
    const middle = [(here[0] + other[0]) / 2, (here[1] + other[1]) / 2];
    explorer.move(dx / 2, dy / 2);
    explorer.zoom(apart(here) / apart(before), middle, false);
  }

  /* The wheel scrolls the page; with Ctrl it zooms the picture. */
  function turn(explorer, event, place) {
    if (!(event.ctrlKey || event.metaKey) && document.activeElement !== event.target) {
      explorer.panel.advise("To zoom with the wheel, hold Ctrl or click into the picture");
      return;
    }
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode ? 30 : 1);
    explorer.zoom(2 ** (-Math.min(300, Math.max(-300, pixels)) / 240), place, false);
  }

  function press(explorer, event) {
    const { target, key, shiftKey } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    // Sphinx's script, which hides highlighted words, claims Escape everywhere
    if (event.defaultPrevented && key !== "Escape") return;
    if (target !== document.body && !explorer.root.contains(target)) return;
    if (target.closest("select, pre, input:not([type=range])")) return;
    // a focused button or link handles the space bar itself
    if (key === " " && target.closest("button, a, summary")) return;
    const way = explorer.panel.canvas.clientWidth / 10;
    const acts = {
      " ": () => explorer.toggle(),
      ArrowLeft: () => (shiftKey ? explorer.move(way, 0) : explorer.step(-1)),
      ArrowRight: () => (shiftKey ? explorer.move(-way, 0) : explorer.step(1)),
      ArrowUp: shiftKey && (() => explorer.move(0, way)),
      ArrowDown: shiftKey && (() => explorer.move(0, -way)),
      Home: () => explorer.seek(0),
      End: () => explorer.seek(explorer.index.steps),
      "+": () => explorer.zoom(1.5),
      "=": () => explorer.zoom(1.5),
      "-": () => explorer.zoom(1 / 1.5),
      0: () => explorer.zoom(0),
      p: () => (explorer.state.kept ? explorer.leave() : explorer.present()),
      Escape: explorer.state.kept && (() => explorer.leave()),
    };
    if (!acts[key]) return;
    event.preventDefault();
    acts[key]();
  }

  Object.assign(globalThis.optgallery, { listenTo });
})();
