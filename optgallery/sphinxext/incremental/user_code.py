"""The modules of the user that a gallery script imports, and a digest of their sources."""

import ast
import hashlib
import sys
from collections.abc import Iterable
from pathlib import Path

from optgallery.cache.source_graph import (
    PACKAGE,
    defining_module,
    file_digest,
    file_of,
    is_library,
    transitive_imports,
    version_of,
)


def imported_by(script: Path) -> list[str]:
    """Return the names of the modules that a script imports; empty if it is no Python code."""
    try:
        tree = ast.parse(script.read_bytes())
    except (SyntaxError, ValueError):
        return []
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names.update(defining_module(node.module, alias.name) for alias in node.names)
    return sorted(names)


def uses_package(modules: Iterable[str]) -> bool:
    """Whether modules import this package, directly or through other modules of the user."""
    return any(map(_is_own, _transitive(modules)))


def state_of(modules: Iterable[str]) -> str:
    """Return a digest of modules: of the user's sources, and of versions of installed packages.

    This package's own modules are left out: what a page uses of them is noted entry by entry.
    """
    modules = list(modules)
    text = [
        f"{name} {file_digest(file)}"
        for name, file in sorted(_transitive(modules).items())
        if not _is_own(name)
    ]
    for name in modules:
        file = None if name.partition(".")[0] in sys.stdlib_module_names else file_of(name)
        if file is not None and is_library(name):
            # a package under development may be reinstalled without a new version
            text.append(f"{name} {version_of(name)} {file_digest(file)}")
    return hashlib.sha256("\n".join(text).encode()).hexdigest()[:32]


def _transitive(modules: Iterable[str]) -> dict[str, Path]:
    known = [name for name in modules if is_library(name) or file_of(name)]
    own, _, _ = transitive_imports(known)
    return own


def _is_own(module: str) -> bool:
    return module.partition(".")[0] == PACKAGE
