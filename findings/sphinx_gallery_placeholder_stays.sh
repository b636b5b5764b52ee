#!/usr/bin/env bash
# sphinx-gallery 0.22.1 (Sphinx 9.0.4): if documentation has been built without running its scripts, as for
# a check of links, a script whose picture is a GIF has the placeholder "no image" as its thumbnail for
# good. The build that runs it writes the GIF's thumbnail, too, but the gallery shows a PNG rather than
# a GIF, and the placeholder is a PNG, which nothing deletes.
# Seen: the thumbnails are .gif and .png, and the gallery shows the .png.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet sphinx==9.0.4 sphinx-gallery==0.22.1 matplotlib==3.11.2
mkdir doc examples
printf 'Home\n====\n\n.. toctree::\n\n   auto_examples/index\n' >doc/index.rst
printf 'Examples\n========\n' >examples/GALLERY_HEADER.rst
cat >doc/conf.py <<'PYTHON'
import sys

sys.path.insert(0, ".")
project = "One"
extensions = ["sphinx_gallery.gen_gallery"]
sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "image_scrapers": ("gifs.scrape",),
}
PYTHON
cat >gifs.py <<'PYTHON'
from pathlib import Path

from PIL import Image
from sphinx_gallery.scrapers import figure_rst


def scrape(block, block_vars, gallery_conf):
    if block[0] != "code":
        return ""
    path = Path(next(block_vars["image_path_iterator"])).with_suffix(".gif")
    Image.new("P", (40, 30)).save(path)
    return figure_rst([str(path)], gallery_conf["src_dir"])
PYTHON
printf '"""\nOne\n===\n\nWords.\n"""\n\nprint(1)\n' >examples/plot_one.py
venv/bin/python -m sphinx -q -D plot_gallery=0 -b dummy -d trees doc checked
venv/bin/python -m sphinx -q doc site
ls doc/auto_examples/images/thumb
shown=$(grep -o 'sphx_glr_plot_one_thumb\.[a-z]*' site/auto_examples/index.html | sort -u)
echo "the gallery shows $shown"
[ -e doc/auto_examples/images/thumb/sphx_glr_plot_one_thumb.gif ]
[ "$shown" = sphx_glr_plot_one_thumb.png ]
