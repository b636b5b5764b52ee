"""Weight of a built site, and of its pages: files, bytes, requests; two sites side by side.

    python benchmarks/bench_weight.py [--site FOLDER] [--before OTHER_FOLDER] [--pages PAGE ...]

A page is opened in a window of 1280 x 900 pixels; "first view" is what it loads by itself, "to its
end" what it has loaded when it was scrolled to its end. Text is compressed with gzip, as hosts do.
It needs built sites, Chromium, and Playwright, which `nox -s browser` installs; without them it
says so and measures no pages.
"""

import argparse
import functools
import gzip
import http.server
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

SITE = Path(__file__).parent.parent / "docs" / "_build" / "html"
PAGES = [
    "optimizers/plot_opt_adamw.html",
    "functions/plot_fn_rosenbrock.html",
    "optimizers/index.html",
    "index.html",
]
TEXT = {".html", ".js", ".css", ".svg", ".json", ".txt", ".xml", ".map"}
SCROLL = """async () => {
    for (let top = 0; top < document.documentElement.scrollHeight; top += 400) {
        scrollTo({top, behavior: "instant"});
        await new Promise(resolve => setTimeout(resolve, 60));
    }
}"""


class Loaded(NamedTuple):
    """Requests, and the bytes of their answers."""

    requests: int
    size: int


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves files, text compressed, and counts what it sends."""

    sent: list[int]

    def __init__(self, *arguments, sent: list[int], **options) -> None:
        self.sent = sent
        super().__init__(*arguments, **options)

    def do_GET(self) -> None:
        """Send a file."""
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        content = path.read_bytes()
        self.send_response(200)
        if path.suffix in TEXT:
            content = gzip.compress(content, mtime=0)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "max-age=3600")
        self.end_headers()
        self.sent.append(len(content))
        self.wfile.write(content)

    def log_message(self, *_) -> None:
        """Print nothing."""


@contextmanager
def served(site: Path) -> Iterator[tuple[str, list[int]]]:
    """Serve a folder; yield its address, and the list of the sizes of the files sent."""
    sent: list[int] = []
    handler = functools.partial(Handler, directory=str(site), sent=sent)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", sent
        server.shutdown()


def weigh(browser, site: Path, page: str) -> tuple[Loaded, Loaded]:
    """Return what a page loads for its first view, and by the time it was scrolled to its end."""
    with (
        served(site) as (address, sent),
        browser.new_context(viewport={"width": 1280, "height": 900}) as context,
    ):
        tab = context.new_page()
        tab.goto(f"{address}/{page}")
        tab.wait_for_load_state("networkidle")
        first = Loaded(len(sent), sum(sent))
        tab.evaluate(SCROLL)
        tab.wait_for_load_state("networkidle")
        tab.wait_for_timeout(500)
        return first, Loaded(len(sent), sum(sent))


def files_of(site: Path) -> dict[str, Loaded]:
    """Return the number of files and their bytes by suffix, the heaviest first, and in total."""
    found: dict[str, list[int]] = {}
    for path in site.rglob("*"):
        if path.is_file():
            found.setdefault(path.suffix, []).append(path.stat().st_size)
    by_suffix = {suffix: Loaded(len(sizes), sum(sizes)) for suffix, sizes in found.items()}
    heaviest = sorted(by_suffix.items(), key=lambda item: -item[1].size)[:6]
    total = Loaded(*(sum(column) for column in zip(*by_suffix.values(), strict=True)))
    return {"all files": total, **{f"*{suffix}": loaded for suffix, loaded in heaviest}}


def row(what: str, before: Loaded | None, now: Loaded | None, unit: float) -> None:
    """Print numbers and bytes before and now, and their quotients."""
    numbers = [
        f"{each.requests:>6,} {each.size / unit:>9,.1f}" if each else " " * 16
        for each in (before, now)
    ]
    ratios = ""
    if before and now:
        ratios = f"{now.requests / before.requests:5.2f} x {now.size / before.size:5.2f} x"
    print(f"{what:42} {numbers[0]}   {numbers[1]}   {ratios}")


def main() -> None:
    """Print a line for each page and view, and for each kind of file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--site", type=Path, default=SITE)
    parser.add_argument("--before", type=Path, help="another site, to compare with")
    parser.add_argument("--pages", nargs="*", default=PAGES)
    chosen, _ = parser.parse_known_args()
    sites = [chosen.before, chosen.site]
    if not (chosen.site / "index.html").exists():
        print(f"nothing to measure: no site in {chosen.site}")
        return
    print(f"{'':42} {'before':>16}   {'now':>16}")
    print(f"{'files, MB':42}")
    kinds = [files_of(site) if site else {} for site in sites]
    for kind in dict.fromkeys([*kinds[1], *kinds[0]]):
        row(kind, kinds[0].get(kind), kinds[1].get(kind), 1e6)
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        chromium = None
    if chromium is None:
        print("no pages measured: no Chromium or no Playwright")
        return
    print(f"{'requests, kB':42}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for page in chosen.pages:
            there = [bool(site and (site / page).exists()) for site in sites]
            views = [
                weigh(browser, site, page) if known else (None, None)
                for site, known in zip(sites, there, strict=True)
            ]
            for name, before, now in zip(("first view", "to its end"), *views, strict=True):
                row(f"{page}, {name}", before, now, 1e3)
        browser.close()


if __name__ == "__main__":
    main()
