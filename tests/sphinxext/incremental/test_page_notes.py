"""Notes about pages are deleted and merged when Sphinx reads the pages."""

from types import SimpleNamespace

from optgallery.sphinxext.incremental.page_notes import PageNotes


class App:
    """Registers and calls handlers like Sphinx's application."""

    def __init__(self):
        self.handlers = {}

    def connect(self, event, handler):
        self.handlers[event] = handler

    def emit(self, event, *args):
        self.handlers[event](self, *args)


def test_a_note_is_kept_until_its_page_is_read_again():
    notes, app, env = PageNotes("colours"), App(), SimpleNamespace()
    notes.connect(app)
    notes.of(env)["one"] = "red"
    notes.of(env)["two"] = "blue"
    app.emit("env-purge-doc", env, "one")
    app.emit("env-purge-doc", env, "never read")
    assert notes.of(env) == {"two": "blue"}
    assert env.optgallery_colours == {"two": "blue"}


def test_only_notes_of_pages_read_by_the_other_process_are_merged():
    notes, app, env, other = PageNotes("colours"), App(), SimpleNamespace(), SimpleNamespace()
    notes.connect(app)
    notes.of(env).update(one="red", two="blue")
    notes.of(other).update(one="old", two="green", three="black")
    app.emit("env-merge-info", env, {"two", "three", "four"}, other)
    assert notes.of(env) == {"one": "red", "two": "green", "three": "black"}


def test_notes_with_different_names_are_separate():
    env = SimpleNamespace()
    PageNotes("a").of(env)["page"] = 1
    assert PageNotes("b").of(env) == {}
    assert PageNotes("a").of(env) == {"page": 1}
