"""What is wrong with built documentation: broken links, malformed EPUBs, errors in a browser."""

import zipfile
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree as ET

from bs4 import BeautifulSoup
from playwright.sync_api import Browser, ConsoleMessage, Page, Request

WIDTHS = (1280, 390)
SCHEMES = ("light", "dark")
_SAID_BY_PYDATA = "Got invalid theme mode"  # on a first visit, where no mode is set
_THE_THEMES = {"index", "search"}  # some themes link these also where a builder writes none
_LACKING = {"searchindex.js"}  # pydata-sphinx-theme asks for it where Sphinx writes no search
_FAR = "**://cdn.jsdelivr.net/**"  # MathJax, which Sphinx's default renderer loads


def broken_links(site: Path) -> Iterator[str]:
    """Yield each link, picture, script or style sheet of a page that leads nowhere in the site."""
    soups = {
        path: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in site.rglob("*.html")
        if "_static" not in path.parts  # there are templates of pydata-sphinx-theme
    }
    ids = {
        path: {element["id"] for element in soup.find_all(id=True)} for path, soup in soups.items()
    }
    for path, soup in soups.items():
        for element in soup.find_all(["a", "img", "source", "link", "script"]):
            if _THE_THEMES & set(element.get("rel", ())):
                continue
            address = element.get("href") or element.get("src") or element.get("srcset")
            parts = urlsplit(address or "")
            if not address or parts.scheme or parts.netloc or address == "#":
                continue
            if address in _LACKING and not (site / "search.html").exists():
                continue
            target = path.parent / unquote(parts.path) if parts.path else path
            if target.is_dir():
                target /= "index.html"
            target = target.resolve()
            page = f"{path.relative_to(site)}: {address}"
            if not target.exists():
                yield f"no such file: {page}"
            elif parts.fragment and unquote(parts.fragment) not in ids.get(target, ()):
                yield f"no such place: {page}"


def malformed(site: Path) -> Iterator[str]:
    """Yield each file of an EPUB that is not well-formed XML, or that it lists and lacks."""
    (book,) = site.glob("*.epub")
    with zipfile.ZipFile(book) as content:
        names = set(content.namelist())
        for name in sorted(names):
            if name.endswith((".xhtml", ".opf", ".ncx", ".xml")):
                try:
                    root = ET.fromstring(content.read(name))
                except ET.ParseError as error:
                    yield f"{name}: {error}"
                    continue
                if name.endswith(".opf"):
                    items = {item.get("href") for item in root.iter() if item.tag.endswith("}item")}
                    yield from (f"it lists {item}" for item in items - names if item)


def faults(browser: Browser, site: Path, pages: Iterable[str], shots: Path) -> Iterator[str]:
    """Open pages in a browser; yield errors, and what neither moves nor opens.

    Each page is opened wide and narrow, in light and in dark, and left as a screenshot.
    """
    shots.mkdir(parents=True, exist_ok=True)
    for name, width, scheme in product(pages, WIDTHS, SCHEMES):
        view = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
        context = browser.new_context(**view)
        context.route(_FAR, lambda route: route.fulfill(body=""))
        page = context.new_page()
        said = _listened(page)
        page.goto((site / name).as_uri())
        page.wait_for_timeout(300)
        said += _visited(page)
        stem = name.removesuffix(".html").replace("/", "-")
        page.screenshot(path=shots / f"{stem}-{width}-{scheme}.png", full_page=True)
        yield from (f"{name}, {width} px, {scheme}: {fault}" for fault in said)
        context.close()


def _listened(page: Page) -> list[str]:
    """Return a list to which a page's errors are added as they occur."""
    said: list[str] = []

    def failed(request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # another picture was wanted before this came
            said.append(f"failed: {request.url}")

    def logged(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(_SAID_BY_PYDATA):
            said.append(message.text)

    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("requestfailed", failed)
    page.on("console", logged)
    return said


def _visited(page: Page) -> Iterator[str]:
    """Use what is on a page, and yield what does not work."""
    for figure in page.locator("figure.og-animation").all():
        figure.scroll_into_view_if_needed()
        source = figure.locator("img").get_attribute("src") or ""
        if not source.endswith(".gif"):
            yield f"an animation shows {source}"
        figure.locator(".og-pause").click()
        paused = figure.locator("img").get_attribute("src") or ""
        if not paused.endswith(".png"):
            yield f"a paused animation shows {paused}"
        figure.locator(".og-pause").click()
    for tile in page.locator(".og-tile").all()[:1]:
        tile.hover()
        playing = tile.locator(".og-playing")  # on top of the still
        moving = (playing.get_attribute("src") or "") if playing.count() else "its still"
        if not moving.endswith(".gif"):
            yield f"a cell under the pointer shows {moving}"
        tile.click()
        player = page.locator("dialog.og-player")
        if not player.is_visible():
            yield "a cell opens no player"
        elif _contrast(page, "dialog.og-player p") < 4.5:
            yield "the player's text has too little contrast"
        page.keyboard.press("Escape")
    for explorer in page.locator(".og-explorer").all():
        explorer.scroll_into_view_if_needed()
        page.wait_for_function("document.querySelector('.og-x-step').textContent[0] !== '0'")
    for name in (".og-legend", ".og-note", ".og-x-about", ".og-card dd"):
        if page.locator(name).count() and (ratio := _contrast(page, name)) < 4.5:
            yield f"{name} has a contrast of {ratio:.1f}"


def _contrast(page: Page, selector: str) -> float:
    """Return the ratio of contrast between a text and what is behind it, as WCAG defines it."""
    ratio: float = page.evaluate(_CONTRAST, selector)
    return ratio


_CONTRAST = """(selector) => {
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const over = (color, below) => {
    context.fillStyle = below;
    context.fillRect(0, 0, 1, 1);
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b] = context.getImageData(0, 0, 1, 1).data;
    return `rgb(${r} ${g} ${b})`;
  };
  const luminance = (color) => {
    const parts = color.match(/\\d+/g).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const element = document.querySelector(selector);
  const behind = [];
  for (let node = element; node; node = node.parentElement) {
    behind.unshift(getComputedStyle(node).backgroundColor);
  }
  const ground = behind.reduce((below, color) => over(color, below), "rgb(255 255 255)");
  const text = over(getComputedStyle(element).color, ground);
  const [low, high] = [luminance(text), luminance(ground)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}"""
