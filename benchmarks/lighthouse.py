"""Lighthouse's scores of the built site, on a phone: the median of several runs for each page.

    python benchmarks/lighthouse.py [--runs 3] [--slowdown 4] [PAGE ...]

Needs Chromium, Node, whose npx installs Lighthouse, and the built site, which is served compressed
as on a web host.

The phone is simulated by slowing down this machine. Lighthouse's default factor, four, simulates a
mid-range phone on a fast desktop computer, with an index (the last column) of 1,500 to 2,000; for
an index of 1,000 to 1,500 its guide (docs/throttling.md) recommends a factor of two.
"""

import argparse
import functools
import gzip
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

SITE = Path(__file__).parent.parent / "docs" / "_build" / "html"
PAGES = [
    "index.html",
    "stories/plot_2_petals.html",
    "optimizers/plot_opt_adamw.html",
    "functions/plot_fn_beale.html",
    "catalogue/optimizers.html",
    "explorer.html",
]
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
LIGHTHOUSE = "lighthouse@12"  # 13 needs a newer Node
CHROMIUM = (
    "--headless=new --no-sandbox --disable-gpu --disable-background-networking "
    "--disable-component-update --disable-sync --no-first-run"
)
COMPRESSED = (".html", ".css", ".js", ".json", ".svg", ".xml", ".txt")


class Compressing(http.server.SimpleHTTPRequestHandler):
    """Serves text files compressed."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Do not log requests."""

    def do_GET(self) -> None:
        """Send text files compressed, and other files unchanged."""
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if path.suffix not in COMPRESSED or not path.exists():
            super().do_GET()
            return
        content = gzip.compress(path.read_bytes(), mtime=0)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "max-age=600")
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def served(site: Path) -> Iterator[str]:
    """Serve a folder on this machine within a ``with`` block."""
    handler = functools.partial(Compressing, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def audit(address: str, chromium: str, slowdown: float) -> dict[str, Any]:
    """Return Lighthouse's report of one visit."""
    done = subprocess.run(
        [
            *("npx", "--yes", LIGHTHOUSE, address, "--quiet", "--output=json"),
            f"--throttling.cpuSlowdownMultiplier={slowdown:g}",
            *(f"--chrome-flags={CHROMIUM}", f"--only-categories={','.join(CATEGORIES)}"),
        ],
        env={**os.environ, "CHROME_PATH": chromium},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"Lighthouse failed on {address}:\n{done.stderr[-2000:]}")
    return dict(json.loads(done.stdout))


def main() -> None:
    """Print a table of scores, and the audits that lowered them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pages", nargs="*", default=PAGES)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--slowdown", type=float, default=4)
    options = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None or shutil.which("npx") is None:
        sys.exit("Lighthouse needs Chromium and Node's npx on the path")
    if not (SITE / "index.html").exists():
        sys.exit(f"there is no site in {SITE}: build it with `nox -s docs`")
    print(f"{'page':34}" + "".join(f"{name:>16}" for name in CATEGORIES) + f"{'machine':>10}")
    with served(SITE) as host:
        for page in options.pages:
            reports = [
                audit(f"{host}/{page}", chromium, options.slowdown) for _ in range(options.runs)
            ]
            scores = [
                median(100 * (report["categories"][name]["score"] or 0) for report in reports)
                for name in CATEGORIES
            ]
            index = median(report["environment"]["benchmarkIndex"] for report in reports)
            row = "".join(f"{score:16.0f}" for score in scores)
            print(f"{page:34}{row}{index:10.0f}", flush=True)
            for name, score in zip(CATEGORIES, scores, strict=True):
                if score < 95:
                    report = reports[-1]
                    for reference in report["categories"][name]["auditRefs"]:
                        found = report["audits"][reference["id"]]
                        if reference["weight"] and (found["score"] or 0) < 0.9:
                            print(f"    {found['title']}: {found.get('displayValue', '')}")


if __name__ == "__main__":
    main()
