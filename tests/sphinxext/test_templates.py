"""The templates of the extension, and which changes of them rewrite the pages."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError
from projects import SHOWN, Project

from optgallery import sphinxext
from optgallery.sphinxext import templates

NAMES = sorted(path.name for path in templates.FOLDER.glob("*.jinja"))


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Make the extension use a copy of the templates, and return its folder."""
    folder = tmp_path / "templates"
    shutil.copytree(templates.FOLDER, folder)
    monkeypatch.setattr(templates, "FOLDER", folder)
    templates.environment.cache_clear()
    yield folder
    templates.environment.cache_clear()


@pytest.mark.parametrize("name", NAMES)
def test_every_template_compiles(name: str) -> None:
    assert name.endswith(".html.jinja")
    assert templates.environment().get_template(name)


def test_values_are_escaped() -> None:
    words = """<script>"it's"</script> & more"""
    html = templates.render("missing", words=words)
    assert html == (
        '<p class="og-missing">&lt;script&gt;&#34;it&#39;s&#34;&lt;/script&gt; &amp; more</p>\n'
    )


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="words"):
        templates.render("missing")


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_changed_template_rewrites_pages_without_running_scripts(
    project: Any, copied: Path
) -> None:
    site: Project = project({"gallery/stories/plot_1_shown.py": SHOWN})
    site.build()
    assert site.page("stories/plot_1_shown").find("figure", class_="og-animation")
    edit(copied / "animation.html.jinja", '"og-animation"', '"og-animation", "og-new"')
    templates.environment.cache_clear()
    site.build()
    assert "0 of 1 scripts are to be run" in site.status
    assert site.page("stories/plot_1_shown").find("figure", class_="og-new")


def test_the_digest_of_assets_covers_templates_scripts_and_style_sheets(
    copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    static = [tmp_path / folder.parent.name for folder in sphinxext.STATIC]
    for folder, copy in zip(sphinxext.STATIC, static, strict=True):
        shutil.copytree(folder, copy)
    unchanged = sphinxext.assets_digest()
    monkeypatch.setattr(sphinxext, "STATIC", static)
    assert sphinxext.assets_digest() == unchanged
    digests = {unchanged}
    files = [path for folder in (copied, *static) for path in folder.iterdir() if path.is_file()]
    assert {path.suffix for path in files} >= {".css", ".jinja", ".js"}
    for path in files:
        path.write_bytes(path.read_bytes() + b"\n")
        digests.add(sphinxext.assets_digest())
    assert len(digests) == len(files) + 1
