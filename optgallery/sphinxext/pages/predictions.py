"""A question before a picture, which waits with its answer until the reader plays it."""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from optgallery.sphinxext.incremental.downloads import PREDICT, PREDICT_IN_WORDS
from optgallery.sphinxext.incremental.formats import writes_documents
from optgallery.sphinxext.pages.matrix_directives import animation

PLAY = "Play, and compare with your answer"
"""The label of what the reader selects."""


class answer(nodes.General, nodes.Element):
    """The answer to a question, with the next animation of its section in front of it."""


class PredictDirective(SphinxDirective):
    """Ask what will happen: ``.. predict:: Which of them arrives first?``.

    The content is the answer. It is folded, together with the next animation of the section, until
    the reader selects it; that needs no script.
    """

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the question, and the answer for `put_into_place`."""
        if not self.content:
            raise self.error(f"{self.name} has no answer: write it below the question, indented")
        words, messages = self.parse_inline(" ".join(self.arguments[0].split()))
        lead = nodes.strong("", PREDICT_IN_WORDS)
        question = nodes.paragraph("", "", lead, nodes.Text(" "), *words, classes=["og-question"])
        folded = answer("", *self.parse_content_to_nodes())
        self.set_source_info(question)
        self.set_source_info(folded)
        return [question, *messages, folded]


def put_into_place(_app: Sphinx, doctree: nodes.document) -> None:
    """Move each answer to the next animation of its section, and that into the answer."""
    for folded in list(doctree.findall(answer)):
        after = folded.parent[folded.parent.index(folded) + 1 :]
        picture = next((node for node in after if isinstance(node, animation)), None)
        if picture is None:  # the scripts were not run
            continue
        folded.parent.remove(folded)
        picture.parent.insert(picture.parent.index(picture), folded)
        picture.parent.remove(picture)
        folded.insert(0, picture)


def unfold(app: Sphinx, doctree: nodes.document, _docname: str) -> None:
    """Show answers as they are in documents that are no pages for browsers."""
    if writes_documents(app.builder):
        for folded in list(doctree.findall(answer)):
            folded.replace_self(folded.children)


def visit_answer(self: HTML5Translator, _node: nodes.Element) -> None:
    """Begin the fold."""
    self.body.append(f'<details class="og-answer"><summary>{PLAY}</summary>\n')


def depart_answer(self: HTML5Translator, _node: nodes.Element) -> None:
    """End the fold."""
    self.body.append("</details>\n")


def add_predictions(app: Sphinx) -> None:
    """Register the directive, the node, and what puts it into its place."""
    app.add_directive(PREDICT, PredictDirective)
    app.add_node(answer, html=(visit_answer, depart_answer))
    app.connect("doctree-read", put_into_place)
    # before animations are replaced in documents
    app.connect("doctree-resolved", unfold, priority=550)
