"""The explorer in the built site: frames per second, time of a switch, size of the data.

    python benchmarks/bench_explorer.py [--site docs/_build/html] [--seconds 4]

Eight paths play, in windows of three sizes. "ms each" is the CPU time for a frame; the number in
parentheses is the CPU time for a switch to another function whose data are loaded. "Page" and
"another function" are the data loaded for eight runs. It needs a built site, Chromium, and
Playwright, which `nox -s browser` installs; without them it says so and measures nothing.
"""

import argparse
import functools
import http.server
import shutil
import threading
from pathlib import Path
from statistics import median

SITE = Path(__file__).parent.parent / "docs" / "_build" / "html"
EIGHT = "#fn=rosenbrock" + "".join(
    f"&run={run}"
    for run in (
        *("adamw@0.01", "adamw@0.3", "sgd@0.003", "lbfgs@1"),
        *("momentum@0.003", "muon@0.1", "lion@0.1", "adahessian@0.3"),
    )
)
SIZES = ((1280, 900, 1), (1280, 900, 2), (360, 740, 3))

FRAMES = """seconds => new Promise(resolve => {
    const times = [];
    const end = performance.now() + 1000 * seconds;
    const frame = now => {
        times.push(now);
        if (now < end) requestAnimationFrame(frame);
        else resolve(times.slice(1).map((time, i) => time - times[i]));
    };
    requestAnimationFrame(frame);
})"""

SWITCH = """name => new Promise(resolve => {
    const chooser = document.querySelector(".og-x-choice label select");
    const begun = performance.now();
    chooser.value = name;
    chooser.dispatchEvent(new Event("change", { bubbles: true }));
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - begun)));
})"""

LOADED = """[...performance.getEntriesByType("navigation"),
    ...performance.getEntriesByType("resource")].reduce((sum, e) => sum + e.decodedBodySize, 0)"""


def main() -> None:
    """Print a table with a row for each size of the window."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--site", type=Path, default=SITE)
    parser.add_argument("--seconds", type=float, default=4)
    chosen, _ = parser.parse_known_args()
    page = chosen.site / "explorer.html"
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        chromium = None
    if chromium is None or not page.exists():
        print(f"nothing to measure: no {page}, no Chromium or no Playwright")
        return
    with serve(chosen.site) as server, sync_playwright() as playwright:
        address = f"http://127.0.0.1:{server.server_port}/{page.name}"
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        print("| window | frames per second | ms each | ms a switch | page | another function |")
        print("|---|---:|---:|---:|---:|---:|")
        for width, height, ratio in SIZES:
            context = browser.new_context(
                viewport={"width": width, "height": height}, device_scale_factor=ratio
            )
            measure(context.new_page(), address, chosen.seconds, f"{width} px at {ratio} x")
        browser.close()
        server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A server that does not log requests."""

    def log_message(self, *_):
        """Print nothing."""


def serve(site: Path) -> http.server.ThreadingHTTPServer:
    """Serve a folder, since browsers do not report the sizes of local files."""
    handler = functools.partial(Quiet, directory=str(site))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def measure(tab, address: str, seconds: float, where: str) -> None:
    """Play eight paths, then switch back and forth between two functions whose data are loaded."""
    session = tab.context.new_cdp_session(tab)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def worked() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return next(m["value"] for m in metrics if m["name"] == "TaskDuration")

    tab.goto(f"{address}{EIGHT}&step=0&speed=0.5")
    tab.wait_for_load_state("networkidle")
    first = tab.evaluate(LOADED)
    tab.get_by_role("button", name="Play", exact=True).click()
    before = worked()
    frames = sorted(tab.evaluate(FRAMES, seconds))
    each = 1000 * (worked() - before) / len(frames)
    tab.get_by_role("button", name="To the start").click()
    tab.evaluate(SWITCH, "beale")
    tab.wait_for_load_state("networkidle")
    second = tab.evaluate(LOADED)
    before = worked()
    switches = [tab.evaluate(SWITCH, name) for name in ("rosenbrock", "beale") * 5]
    switch = 1000 * (worked() - before) / len(switches)
    print(
        f"| {where} | {1000 * len(frames) / sum(frames):.0f} | {each:.1f} "
        f"| {median(switches):.0f} ({switch:.0f}) "
        f"| {first / 1e3:.0f} kB | {(second - first) / 1e3:.0f} kB |"
    )


if __name__ == "__main__":
    main()
