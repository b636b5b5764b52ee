"""Roles that print a number of a run: its cost, a value, a step, a point, a distance."""

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

from optgallery.sphinxext.incremental.gallery import scripts_run
from optgallery.sphinxext.incremental.prose import WRONG
from optgallery.sphinxext.incremental.quantities import ROLES

NOT_RUN = "[not run]"
"""The text in place of a number if no script was run."""


class NumberRole(SphinxRole):
    """Print a number that was computed when the page's script ran.

    ``:cost:`runs[1]``` in the script becomes ``:cost:`runs[1] <55>``` in the generated page.
    """

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the number as text."""
        found = re.fullmatch(r".*<(.*)>", self.text, re.DOTALL)
        if found is None and not scripts_run(self.config):
            return [nodes.inline(self.rawtext, NOT_RUN, classes=["og-not-run"])], []
        if found is None or found[1].startswith(WRONG):
            reason = found[1].removeprefix(WRONG) if found else "only the script of a page has runs"
            message = self.inliner.reporter.error(
                f":{self.name}: cannot print its number. {reason}", line=self.lineno
            )
            return [self.inliner.problematic(self.rawtext, self.rawtext, message)], [message]
        return [nodes.Text(found[1])], []


def add_number_roles(app: Sphinx) -> None:
    """Register the roles."""
    for name in ROLES:
        app.add_role(name, NumberRole())
