#!/usr/bin/env bash
# sphinx-gallery 0.22.1 (Sphinx 9.0.4), with `image_srcset`: the title of a matplotlib figure becomes the
# text of its image for screen readers. A quotation mark in the title ends the text, and the words after
# it become attributes of the image. The build has no warning.
# Seen: title: Losses of "Adam" and SGD; alt: 'Losses of '; attributes: adam", and, sgd,.
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
project = "One"
extensions = ["sphinx_gallery.gen_gallery"]
sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "image_srcset": ["2x"],
}
PYTHON
cat >examples/plot_one.py <<'PYTHON'
"""
One
===
"""

import matplotlib.pyplot as plt

plt.plot([1, 2])
plt.title('Losses of "Adam" and SGD')
PYTHON
venv/bin/python -m sphinx -q -W doc site
venv/bin/python - <<'PYTHON'
from html.parser import HTMLParser
from pathlib import Path


class Images(HTMLParser):
    found = []

    def handle_starttag(self, tag, attributes):
        if tag == "img" and "srcset" in dict(attributes):
            self.found.append(dict(attributes))


parser = Images()
parser.feed(Path("site/auto_examples/plot_one.html").read_text())
(image,) = parser.found
extra = [name for name in image if name not in {"src", "srcset", "alt", "class"}]
print(f"alt: {image['alt']!r}; further attributes: {', '.join(extra)}")
raise SystemExit(0 if image["alt"] == "Losses of " and extra[0].startswith("adam") else 1)
PYTHON
