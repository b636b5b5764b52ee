"""Animations and figures of scripts on the pages."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from projects import FUNCTION, PANELS, SHOWN, Project
from sphinx.errors import ExtensionError

import optgallery as og
from optgallery.sphinxext.incremental.scraper import COVER, NARROW


def figures(site: Project, page: str) -> list:
    return site.page(page).find_all("figure", class_="og-animation")


def file(site: Project, page: str, uri: str) -> bytes:
    return (site.html / page).parent.joinpath(uri).read_bytes()


def test_the_gif_on_the_page_is_the_animation_that_was_shown(site: Project) -> None:
    page = "stories/plot_1_shown"
    (figure,) = figures(site, page)
    run = og.run("sgd", "sphere", lr=0.1, steps=12)
    animation = og.animate(run, size=120, frames=5)
    image = figure.find("img")
    assert file(site, page, image["src"]) == animation.gif()
    assert (int(image["height"]), int(image["width"])) == animation.shape
    assert image["alt"] == run.summary
    assert image["loading"] == "lazy"
    assert figure["data-gif"] == image["src"]


def test_the_still_is_shown_if_reduced_motion_is_preferred(site: Project) -> None:
    page = "stories/plot_1_shown"
    (figure,) = figures(site, page)
    (source,) = figure.find_all("source")
    assert source["media"] == "(prefers-reduced-motion: reduce)"
    assert source["srcset"] == figure["data-poster"]
    animation = og.animate(og.run("sgd", "sphere", lr=0.1, steps=12), size=120, frames=5)
    assert file(site, page, source["srcset"]) == animation.png()


def test_panels_are_stacked_on_a_phone(site: Project) -> None:
    page = "stories/plot_2_panels"
    for figure, columns in zip(figures(site, page), (1, 2), strict=True):
        media = [source["media"] for source in figure.find_all("source")]
        assert media == [
            "(max-width: 600px) and (prefers-reduced-motion: reduce)",
            "(max-width: 600px)",
            "(prefers-reduced-motion: reduce)",
        ]
        uris = [source["srcset"] for source in figure.find_all("source")]
        still, moving, _ = (Image.open(BytesIO(file(site, page, uri))) for uri in uris)
        assert still.format, moving.format == ("PNG", "GIF")
        assert still.size == moving.size
        assert NARROW * columns <= moving.width <= NARROW * columns + 20
        assert moving.height > moving.width
        assert moving.n_frames >= 4
        assert figure["data-narrow"], figure["data-narrow-poster"] == (uris[1], uris[0])


def test_the_thumbnail_is_the_middle_panel_of_the_first_animation(site: Project) -> None:
    (image,) = (
        container.find("img")
        for container in site.page("stories/index").find_all(class_="sphx-glr-thumbcontainer")
        if "plot_2_panels" in container.find("a")["href"]
    )
    cover = og.animate(og.run("sgd", "booth", lr=0.03, steps=9), **COVER)
    assert image["data-gif"].endswith("sphx_glr_plot_2_panels_thumb.gif")
    assert file(site, "stories/index", image["data-gif"]) == cover.gif()
    assert file(site, "stories/index", image["src"]) == cover.png()
    assert image["loading"] == "lazy"


def test_a_script_may_have_a_figure_for_its_thumbnail(project) -> None:
    figure = "\nog.plot_loss(og.run('sgd', 'booth', lr=0.03))\nplt.show()\n\n# %%\n# Runs.\n\n"
    script = PANELS.replace("\nruns = ", f"{figure}runs = ", 1)
    number = "# sphinx_gallery_thumbnail_number = 1\n\nimport matplotlib"
    script = script.replace("import matplotlib", number, 1)
    chosen = project({"gallery/stories/plot_1_chosen.py": script})
    chosen.build()
    (image,) = chosen.page("stories/index").select(".sphx-glr-thumbcontainer img")
    assert image["src"].endswith("sphx_glr_plot_1_chosen_thumb.png")
    assert not list(chosen.docs.rglob("covers/*.gif"))


def test_a_figure_is_described_by_its_title(site: Project) -> None:
    (figure,) = site.page("stories/plot_2_panels").find_all("figure", class_="og-plot")
    assert figure.find("div", role="img")["aria-label"].startswith("Losses")


def test_a_figure_is_drawn_in_the_colors_of_the_page(site: Project) -> None:
    (figure,) = site.page("stories/plot_2_panels").find_all("figure", class_="og-plot")
    assert figure.find("svg")["fill"] == "currentColor"
    assert "#000000" not in str(figure)
    assert "#ffffff" not in str(figure)


def test_a_figure_can_be_saved_as_a_picture(site: Project) -> None:
    link = site.page("stories/plot_2_panels").select_one("figure.og-plot a[download]")
    assert Image.open(BytesIO(file(site, "stories/x", link["href"]))).size == (150, 100)
    # the site has no other picture of it
    names = [path.name for path in site.html.rglob("_images/*plot_2_panels*.png")]
    assert [name for name in names if "_poster" not in name] == [link["href"].rpartition("/")[2]]


def test_an_image_in_a_figure_is_a_file_that_is_loaded_when_it_is_seen(project) -> None:
    surface = 'og.plot_surface("sphere", ax=plt.figure(figsize=(2, 2)).add_subplot())\nplt.show()\n'
    images = project(
        {"gallery/stories/plot_1_surface.py": PANELS.partition("\nruns = ")[0] + "\n" + surface}
    )
    images.build()
    (image,) = images.page("stories/plot_1_surface").select("figure.og-plot svg img")
    assert image["loading"] == "lazy"
    assert Image.open(BytesIO(file(images, "stories/x", image["src"]))).width > 200


def test_quotation_marks_in_a_title_are_in_the_words_of_a_figure(project) -> None:
    quoted = PANELS.replace('plt.title("Losses")', """plt.title('The "best" & <last>')""")
    page = project({"gallery/stories/plot_1_quoted.py": quoted})
    page.build()
    words = page.page("stories/plot_1_quoted").select_one("figure.og-plot [role=img]")["aria-label"]
    assert words.startswith('The "best" & <last>')


def test_documents_have_the_picture_of_a_figure(project) -> None:
    files = {"gallery/stories/plot_2_panels.py": PANELS}
    book = project(files)
    book.build("latex")
    latex = next((book.root / "site" / "latex").glob("*.tex")).read_text(encoding="utf-8")
    assert "sphx_glr_plot_2_panels_003" in latex
    words = project(files)
    words.build("text")
    text = (words.root / "site/text/stories/plot_2_panels.txt").read_text(encoding="utf-8")
    assert "[Losses" in " ".join(text.split())


def test_a_figure_without_a_title_is_an_error(project) -> None:
    untitled = PANELS.replace('plt.title("Losses")\n', "plt.gca().set_title('')\n")
    untitled = project({"gallery/stories/plot_untitled.py": untitled})
    with pytest.raises(ExtensionError, match=r"plot_untitled\.py draws a figure without any title"):
        untitled.build(sphinx_gallery_conf=strict(untitled))


def test_figures_of_a_failing_script_are_not_on_the_next_page(project) -> None:
    fails = SHOWN.replace(".show()\n", ".show()\nraise RuntimeError('no more')\n")
    both = project(
        {"gallery/stories/plot_1_fails.py": fails, "gallery/stories/plot_2_shown.py": PANELS}
    )
    with pytest.raises(ExtensionError, match="no more"):
        both.build()
    text = (both.docs / "stories" / "plot_2_shown.rst").read_text()
    assert text.count(".. animation::") == 2
    assert "plot_1_fails" not in text


def test_other_builders_write_the_description_of_an_animation(project) -> None:
    files = {
        "gallery/stories/plot_1_shown.py": SHOWN,
        "gallery/functions/plot_fn_sphere.py": FUNCTION,
    }
    words = project(files)
    words.build("text")
    assert words.warnings == ""
    folder = words.root / "site" / "text"
    shown = (folder / "stories" / "plot_1_shown.txt").read_text(encoding="utf-8")
    assert f"[{og.run('sgd', 'sphere', lr=0.1, steps=12).summary}]" in " ".join(shown.split())
    swept = (folder / "functions" / "plot_fn_sphere.txt").read_text(encoding="utf-8")
    assert f"{og.run('adam', 'sphere', lr=0.1).summary}\n" in swept
    assert not (folder / "cells").exists()


def test_show_is_restored_after_a_build(project, shown: list[og.Animation]) -> None:
    project({"gallery/stories/plot_1_shown.py": SHOWN}).build()
    assert shown == []
    animation = og.animate(og.run("sgd", "sphere", steps=3))
    animation.show()
    assert shown == [animation]


def strict(project: Project) -> dict[str, object]:
    """Return the project's sphinx-gallery settings, with a build that ends at the first failure."""
    scope: dict[str, object] = {}
    exec((project.docs / "conf.py").read_text(), scope)
    return {**scope["sphinx_gallery_conf"], "abort_on_example_error": True}  # type: ignore[dict-item]


def test_a_page_without_runs_says_what_it_would_show(project) -> None:
    missing = project(
        {
            "docs/page.rst": ":orphan:\n\nPage\n====\n\n.. animation:: /no.gif\n"
            "   :poster: /no.png\n   :alt: SGD <&> Booth\n",
            "gallery/stories/plot_1_shown.py": SHOWN,
        }
    )
    missing.build(plot_gallery="False")
    (words,) = missing.page("page").find_all("p", class_="og-missing")
    assert words.get_text() == "SGD <&> Booth"
    assert "image file not readable: no.gif" in missing.warnings
    assert not Path(missing.html, "_images", "no.gif").exists()
