"""The gallery below an object of the API: a few scripts that use it, instead of all.

sphinx-gallery shows every script that uses an object, which for `optgallery.run` is most of the
gallery. Here it shows at most eight: from each of the galleries in turn, the script that uses the
fewest other objects, and of these the one that comes first.
"""

import json
import os
from collections.abc import Mapping, Sequence
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx

MOST = 8
"""The number of scripts shown."""

Users = Mapping[str, Sequence[Sequence[str]]]
"""For each object the scripts that use it: sphinx-gallery's name and folder, and more."""


def choose(users: Users, name: str, most: int = MOST) -> list[Path]:
    """Return the scripts to show for an object.

    Parameters
    ----------
    users : mapping of str to sequence
        For each object, the scripts that use it in the order of the pages: each has the name of
        the file and its folder.
    name : str
        The object, with its module.
    most : int
        The number of scripts to return at most.

    Returns
    -------
    list of Path
        In the order of the galleries.

    Examples
    --------
    >>> users = {"p.run": [("a.py", "g"), ("b.py", "g"), ("c.py", "h")], "p.plot": [("a.py", "g")]}
    >>> [path.name for path in choose(users, "p.run", 2)]
    ['b.py', 'c.py']
    """
    galleries: dict[str, list[Path]] = {}
    for file, folder, *_ in users.get(name, ()):
        galleries.setdefault(folder, []).append(Path(folder, file))
    number = _numbers_of_objects(users)
    simplest = [sorted(paths, key=number.__getitem__) for paths in galleries.values()]
    in_turn = [path for path in chain(*zip_longest(*simplest)) if path is not None]
    shown = set(in_turn[:most])
    return [path for paths in galleries.values() for path in paths if path in shown]


def _numbers_of_objects(users: Users) -> dict[Path, int]:
    """Return for each script the number of objects that it uses."""
    found: dict[Path, int] = {}
    for scripts in users.values():
        for file, folder, *_ in scripts:
            path = Path(folder, file)
            found[path] = found.get(path, 0) + 1
    return found


def add_examples_using(app: Sphinx) -> None:
    """Let ``minigallery`` choose, after sphinx-gallery has registered it."""
    app.connect("config-inited", _replace_directive, priority=900)


def _replace_directive(app: Sphinx, _config: Any) -> None:
    from sphinx_gallery.directives import MiniGallery

    class FewExamples(MiniGallery):  # type: ignore[misc]
        """A ``minigallery`` of an object that shows a few scripts."""

        arguments: list[str]

        def run(self) -> list[nodes.Node]:
            """Return the gallery; empty if no script uses the object."""
            config = self.state.document.settings.env.config.sphinx_gallery_conf
            folder = config["backreferences_dir"]
            record = Path(config["src_dir"], folder or "", "backreferences_all.json")
            names = self.arguments[0].split() if self.arguments else []
            if folder and len(names) == 1 and record.exists():
                users = json.loads(record.read_text(encoding="utf-8"))
                if chosen := choose(users, names[0]):
                    # sphinx-gallery takes paths of scripts instead of names, too
                    paths = [Path(os.path.relpath(p, config["src_dir"])).as_posix() for p in chosen]
                    self.arguments = []
                    self.content = StringList(paths)
            found: list[nodes.Node] = super().run()
            return found

    app.add_directive("minigallery", FewExamples, override=True)
