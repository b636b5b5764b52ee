"""The script, the notebook and the archive that visitors of a page download.

sphinx-gallery offers its copy of the script, including reST that only Sphinx understands. Here the
roles in the prose become text, an optimizer's card its paper, its update formulas, a function's
card its formula and a list of facts, and a question with a folded answer plain text.
"""

import json
import re
from collections.abc import Sequence
from io import BytesIO
from itertools import groupby
from pathlib import Path
from textwrap import wrap
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sphinx.errors import ExtensionError

from optgallery.functions import FUNCTIONS
from optgallery.optim import OPTIMIZERS
from optgallery.optim.relatives import RELATIVES
from optgallery.sphinxext.incremental import known, updates
from optgallery.sphinxext.incremental.cells import GridCell, setting_title, value_in_words
from optgallery.sphinxext.incremental.function_facts import DIRECTIVE as FUNCTION_CARD
from optgallery.sphinxext.incremental.function_facts import formula_and_list
from optgallery.sphinxext.incremental.matrices import Content, images
from optgallery.sphinxext.incremental.prose import pattern
from optgallery.sphinxext.incremental.quantities import ROLES
from optgallery.sphinxext.incremental.site_files import write
from optgallery.sphinxext.incremental.updates import in_words, update

FOLDER = "downloads"
"""Folder of these files, in the folder of their pages."""

BASIN_MAPS, TRAINABILITY_MAP = "basin-maps", "trainability-map"
"""Directives whose pictures only the page shows; in a download, lines that draw one."""

PREDICT = "predict"
"""The directive of a question whose answer a page folds; a download shows both."""

PREDICT_IN_WORDS = "Predict, then play."
"""What stands before the question."""

RELATIVES_DIRECTIVE = "optimizer-relatives"
"""The directive that links an optimizer's relatives; a download names them."""

_WIDTH = 100
_CARD = re.compile(r"^\.\. optimizer-card::[ \t]*([\w:.]+)[ \t]*$", re.MULTILINE)
# what only the page shows, with its options
_ON_THE_PAGE = re.compile(
    r"^\.\. (animation|comparison|explorer|find-runs|meta|trajectory-matrix)::.*(?:\n[ \t]+.*)*",
    re.MULTILINE,
)
_WITH_FORMULAS = re.compile(
    rf"^\.\. ({updates.DIRECTIVE}|{FUNCTION_CARD})::[ \t]*(\w+)[ \t]*$", re.MULTILINE
)
_MAPS = re.compile(rf"^\.\. ({BASIN_MAPS}|{TRAINABILITY_MAP})::[ \t]*(\w+)[ \t]*$", re.MULTILINE)
# reST that sphinx-gallery leaves in a notebook: an underscore behind an anonymous link, and a list
# of fields, which Markdown would print as one paragraph
_LINK_TAIL = re.compile(r"(\]\(https?://[^\s)]*\))__?(?!\w)")
_FIELD = re.compile(r"^:([A-Z][\w ]*):[ \t]+(?=\S)", re.MULTILINE)
_QUESTION = re.compile(rf"^\.\. {PREDICT}::[ \t]*", re.MULTILINE)
_TITLED = re.compile(r":(?:doc|explorer|ref):`([^`<]*?)\s*<[^`>]*>`")
_TERM = re.compile(r":term:`([^`<]+)`")
_LABEL = re.compile(r"^\.\. _[\w-]+:[ \t]*$", re.MULTILINE)
_RELATIVES = re.compile(rf"^\.\. {RELATIVES_DIRECTIVE}::[ \t]*(\w+)[ \t]*$", re.MULTILINE)
_IN_WORDS = {
    BASIN_MAPS: (
        "The page shows maps of eight optimizers. This draws one of them: "
        '``og.plot_basins(og.basins("adamw", "{}"))``.'
    ),
    TRAINABILITY_MAP: (
        "The page shows a map of SGD. This draws it: "
        '``og.plot_trainability(og.trainability("sgd", "{}"))``.'
    ),
}


def offer(page: str, script: Path) -> str:
    """Return the reST of a page that offers these files, in place of sphinx-gallery's."""
    return page.replace(f" <{script.stem}.", f" <{FOLDER}/{script.stem}.")


def write_downloads(target: Path, answers: Sequence[str]) -> None:
    """Write the files for one script.

    Parameters
    ----------
    target : Path
        sphinx-gallery's copy of it, in the folder of its notebook.
    answers : sequence of str
        The text of each role that prints a number, in the order of the script.

    Raises
    ------
    ExtensionError
        If formulas belong in the script's docstring, and it has escape sequences: formulas need a
        raw string, in which a backslash is a backslash.
    """
    folder = target.parent / FOLDER
    folder.mkdir(exist_ok=True)
    outcomes = _outcomes(target)
    script = _Replacements(target.stem, outcomes, answers).in_script(
        target.read_text(encoding="utf-8")
    )
    files = {target.name: script}
    notebook = target.with_suffix(".ipynb")
    if notebook.exists():
        replacements = _Replacements(target.stem, outcomes, answers)
        files[notebook.name] = replacements.in_notebook(notebook.read_text(encoding="utf-8"))
    for name, text in files.items():
        write(folder / name, text.encode())
    write(folder / f"{target.stem}.zip", _zipped(files))


def subject(page: str, cell: GridCell) -> str:
    """Return the name of a cell on its page: the optimizer on a function's page, else the function.

    Raises
    ------
    ValueError
        If there is no such entry, or it is broken.
    """
    spec, fn = known.lookup(OPTIMIZERS, cell.optimizer), known.lookup(FUNCTIONS, cell.function)
    name = spec.title if page == f"plot_fn_{fn.name}" else fn.title
    further = f", {setting_title(cell.setting)}" if cell.setting else ""
    return f"{name}{value_in_words(spec, cell.value)}{further}"


def _outcomes(target: Path) -> dict[GridCell, str]:
    """Return the outcome of each cell of a page's matrices."""
    files = sorted(images(target).glob(f"{target.stem}_matrix_*.json"))
    return {
        GridCell.of_cell(cell): cell["outcome"]
        for file in files
        for cell in Content.read(file).cells
    }


def _zipped(files: dict[str, str]) -> bytes:
    """Return an archive whose bytes do not depend on the time."""
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(ZipInfo(name), text, ZIP_DEFLATED)
    return file.getvalue()


class _Replacements:
    """The text that replaces the roles and directives of one script, in their order."""

    def __init__(self, page: str, outcomes: dict[GridCell, str], answers: Sequence[str]) -> None:
        self.page, self.outcomes, self.answers = page, outcomes, iter(answers)

    def in_script(self, text: str) -> str:
        """Insert it into the prose of a script, and wrap the lines again."""
        if _WITH_FORMULAS.search(text) and not text.startswith('r"""'):
            _, docstring, _ = text.split('"""', 2)
            if "\\" in docstring:
                raise ExtensionError(
                    f"{self.page}.py prints formulas, which have backslashes: begin its docstring "
                    'with r"""'
                )
            text = f"r{text}"
        groups = groupby(text.split("\n"), lambda line: line.strip(' #"') not in ("", "r", "%%"))
        lines = [
            line
            for is_paragraph, group in groups
            for line in (self._in_paragraph([*group]) if is_paragraph else group)
        ]
        return "\n".join(lines)

    def in_notebook(self, text: str) -> str:
        """Insert it into the prose of a notebook."""
        notebook = json.loads(text)
        for cell in notebook["cells"]:
            if cell["cell_type"] == "markdown":
                prose = _WITH_FORMULAS.sub(_in_markdown, self._filled("".join(cell["source"])))
                prose = _FIELD.sub(r"- **\1:** ", _LINK_TAIL.sub(r"\1", prose))
                cell["source"] = prose.splitlines(keepends=True)
        return json.dumps(notebook, indent=2) + "\n"

    def _in_paragraph(self, lines: list[str]) -> list[str]:
        comment = "# " if all(line.startswith("# ") for line in lines) else ""
        text = "\n".join(line.removeprefix(comment) for line in lines)
        if found := _WITH_FORMULAS.fullmatch(text):
            return [(comment + line).rstrip() for line in _with_formulas(found).split("\n")]
        filled = self._filled(text)
        if filled == text:
            return lines
        items = re.split(r"\n(?=- )", filled)
        return [comment + line for item in items for line in _wrapped(item, _WIDTH - len(comment))]

    def _filled(self, text: str) -> str:
        text = _ON_THE_PAGE.sub(_named, text)
        text = _MAPS.sub(lambda found: _IN_WORDS[found[1]].format(found[2]), text)
        text = _RELATIVES.sub(_relatives, _QUESTION.sub(f"**{PREDICT_IN_WORDS}** ", text))
        text = _LABEL.sub("", _TERM.sub(r"\1", _TITLED.sub(r"\1", text)))
        return in_words(_CARD.sub(_paper, pattern("cell", *ROLES).sub(self._word, text)))

    def _word(self, role: re.Match[str]) -> str:
        return self._cell(role[2]) or role[0] if role[1] == "cell" else next(self.answers)

    def _cell(self, text: str) -> str | None:
        """Return the text of a reference to a cell; None if there is no such cell."""
        try:
            cell = GridCell.of(text)
            name = subject(self.page, cell)
        except ValueError:  # the page has an error for it
            return None
        outcome = self.outcomes.get(cell)
        return name + ("" if outcome is None else f" ({outcome})")


def _wrapped(text: str, width: int) -> list[str]:
    """Break a paragraph or an item of a list into lines."""
    return wrap(
        " ".join(text.split()),
        width,
        subsequent_indent="  " if text.startswith("- ") else "",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _paper(directive: re.Match[str]) -> str:
    """Return the paper of the optimizer that a card describes, or a sentence on it.

    An unknown one is an error on the page.
    """
    spec = known.find(OPTIMIZERS, directive[1])
    if spec is None:
        return directive[0]
    return f"Paper: {spec.paper}" if spec.paper else spec.summary


def _named(directive: re.Match[str]) -> str:
    """Return a sentence on what only the page shows; nothing for what describes the page itself."""
    if directive[1] == "meta":
        return ""
    shown = {"find-runs": "form to find runs", "trajectory-matrix": "matrix of runs"}
    article = "an" if directive[1][0] in "ae" else "a"
    return f"The page shows {article} {shown.get(directive[1], directive[1])} here."


def _relatives(directive: re.Match[str]) -> str:
    """Return the names of an optimizer's ancestor and alternatives; nothing if it has none."""
    if directive[1] not in RELATIVES:
        return ""
    ancestor, rivals = RELATIVES[directive[1]]
    derived = f"Derived from: {OPTIMIZERS[ancestor].title}. " if ancestor else ""
    return f"{derived}Alternatives: {', '.join(OPTIMIZERS[name].title for name in rivals)}."


def _with_formulas(directive: re.Match[str]) -> str:
    """Return the reST that a directive prints, or the directive if it is an error on the page."""
    kind, name = directive.groups()
    try:
        if kind == FUNCTION_CARD:
            return formula_and_list(known.lookup(FUNCTIONS, name))
        return in_words(update(known.lookup(OPTIMIZERS, name)))
    except ValueError:
        return directive[0]


def _in_markdown(directive: re.Match[str]) -> str:
    """Return the same for a notebook, which shows LaTeX as formulas."""
    from sphinx_gallery.notebook import rst2md

    return str(rst2md(_with_formulas(directive), {}, "", {}))
