"""The files of a new documentation folder, from templates."""

import sysconfig
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from os.path import relpath
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from optgallery.optim import OPTIMIZERS, OptimizerSpec, as_spec

TEMPLATES = Path(__file__).with_name("templates")

EXAMPLE = "adamw"
"""The optimizer of a folder that was made without one."""

# the package that each theme is installed with; the first one that is installed is taken
_THEMES: Mapping[str, str] = {
    "furo": "furo",
    "pydata_sphinx_theme": "pydata-sphinx-theme",
    "alabaster": "",  # Sphinx requires it
}


def docs_files(folder: Path, spec: OptimizerSpec, reference: str = "") -> dict[str, str]:
    """Return the files of a documentation folder.

    Parameters
    ----------
    folder : Path
        Where they will be written.
    spec : OptimizerSpec
        The optimizer that the folder is about.
    reference : str
        The optimizer as ``my_pkg:MyOpt``; empty for an entry of the gallery.

    Returns
    -------
    dict from str to str
        The text of each file by its path in the folder.

    Examples
    --------
    >>> files = docs_files(Path("docs"), OPTIMIZERS["lion"])
    >>> sorted(files)[:4]
    ['conf.py', 'gallery/GALLERY_HEADER.rst', 'gallery/plot_first_path.py', 'index.rst']
    """
    theme = next(name for name in _THEMES if find_spec(name) or not _THEMES[name])
    module, _, path = reference.partition(":")
    page = spec.name if spec.name.isidentifier() else "optimizer"
    # a page may also name a class by its reference, if an entry has its name
    own_name = as_spec(spec.cls).name if reference else spec.name
    is_listed = bool(reference) and own_name not in OPTIMIZERS
    name = reference if reference and not is_listed else spec.name
    baselines = [each for each in ("adamw", "sgd") if each != own_name]
    values: dict[str, Any] = {
        "title": spec.title,
        "summary": f"How {spec.title} moves: its paths on test functions, and how it compares.",
        "name": name,
        "page": page,
        "reference": reference if is_listed else "",
        "module": module,
        "folder": _import_folder(folder, module) if reference else "",
        "import_line": f"from {module} import {path.partition('.')[0]}" if reference else "",
        "written": path if reference else f'"{spec.name}"',
        "compared": [name, *baselines],
        "beside": baselines[0],
        "beside_title": OPTIMIZERS[baselines[0]].title,
        "theme": theme,
        "theme_package": _THEMES[theme],
    }
    templates = {
        "conf.py": "conf.py",
        "index.rst": "index.rst",
        f"{page}.rst": "optimizer.rst",
        "gallery/GALLERY_HEADER.rst": "header.rst",
        "gallery/plot_first_path.py": "plot_first_path.py",
        "requirements.txt": "requirements.txt",
    }
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=False,  # these are no pages of HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    return {
        name: environment.get_template(f"{template}.jinja").render(values)
        for name, template in templates.items()
    }


def _import_folder(docs: Path, module: str) -> str:
    """Return the folder from which a module is imported, relative to that of the documentation.

    Empty if it is installed, so that Sphinx finds it by itself.
    """
    file = getattr(import_module(module), "__file__", None)
    if file is None:
        return ""
    path = Path(file).resolve()
    levels = module.count(".") + (path.stem == "__init__")
    root = path.parents[levels]
    installed = {
        Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib", "stdlib")
    }
    if any(path.is_relative_to(each) for each in installed):
        return ""
    return Path(relpath(root, docs.resolve())).as_posix()
