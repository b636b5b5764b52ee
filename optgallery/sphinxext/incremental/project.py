"""What ``conf.py`` says: the project's optimizers and functions, and the grid of its explorer."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

from optgallery.functions import FUNCTIONS, TestFunction
from optgallery.optim import OPTIMIZERS, OptimizerSpec
from optgallery.registry import Entry, Registry
from optgallery.render.surface import surface
from optgallery.render.tile import TILE
from optgallery.runs.run import run
from optgallery.sphinxext.incremental import known
from optgallery.sphinxext.incremental.cells import GRID_STEPS
from optgallery.sweeps.sweep import LEARNING_RATES, Sweep, grid_functions, plan, sweep

FUNCTIONS_SHOWN = (
    "booth",
    "rosenbrock",
    "beale",
    "himmelblau",
    "monkey_saddle",
    "ackley",
    "rastrigin",
    "abs_ravine",
)
"""The functions of a project that lists none: bowl, valleys, basins, saddle, ripples, kink."""

_grids: "WeakKeyDictionary[Config, Grid]" = WeakKeyDictionary()


class Grid(NamedTuple):
    """Every optimizer on every function at every learning rate, which an explorer offers.

    An optimizer with an axis of its own is there at the values of that instead.
    """

    optimizers: tuple[OptimizerSpec, ...]
    functions: tuple[TestFunction, ...]
    lrs: tuple[float, ...]
    steps: int

    def has(self, optimizer: str, function: str, value: float | None) -> bool:
        """Whether a run is in the grid: at a learning rate, or a value of its own axis."""
        return any(fn.name == function for fn in self.functions) and any(
            spec.name == optimizer and value in spec.values(self.lrs) for spec in self.optimizers
        )

    def sweep(
        self, spec: OptimizerSpec, functions: Sequence[TestFunction], **options: Any
    ) -> Sweep:
        """Take the runs of one optimizer on some functions; see `sweep` for the options."""
        lrs = self.lrs if spec.own_axis is None else LEARNING_RATES
        return sweep(spec, functions, lrs, steps=self.steps, **options)


def add_settings(app: Sphinx) -> None:
    """Register the settings of the project's optimizers, functions and explorer."""
    app.add_config_value("optgallery_optimizers", [], "env", types=(list, tuple))
    app.add_config_value("optgallery_functions", [], "env", types=(list, tuple))
    app.add_config_value("optgallery_baselines", ["adamw", "sgd"], "env", types=(list, tuple))
    app.add_config_value("optgallery_lrs", list(LEARNING_RATES), "env", types=(list, tuple))
    app.add_config_value("optgallery_steps", GRID_STEPS, "env", types=int)
    app.add_config_value("optgallery_explorer", False, "env", types=bool)
    app.connect("config-inited", read_settings, priority=30)


def grid_of(config: Config) -> Grid:
    """Return the grid: of everything on our own site, else of the project beside its baselines."""
    if config not in _grids:
        if config.optgallery_grid:
            everything = tuple(OPTIMIZERS.values()), tuple(grid_functions())
            _grids[config] = Grid(*everything, LEARNING_RATES, GRID_STEPS)
        else:
            _grids[config] = _project_grid(config)
    return _grids[config]


def read_settings(_app: Sphinx, config: Config) -> None:
    """Make the project's optimizers and functions known by name.

    Raises
    ------
    ConfigError
        If one of them cannot be imported, does not run or cannot be drawn, or another setting is
        wrong.
    """
    for spec in _own(OPTIMIZERS, config, "optgallery_optimizers"):
        _check_runs(spec)
    for fn in _own(FUNCTIONS, config, "optgallery_functions"):
        _check_drawn(fn)
    grid_of(config)


def _own(registry: Registry[Entry], config: Config, setting: str) -> list[Entry]:
    """Make the entries that a setting lists known by name, and return them."""
    known.set_own(registry, ())  # those of an earlier build in this process
    own = list(_listed(registry, config[setting], setting))
    try:
        known.set_own(registry, own)
    except ValueError as error:
        raise ConfigError(f"{setting}: {error}") from error
    return own


def _project_grid(config: Config) -> Grid:
    own = list(_listed(OPTIMIZERS, config.optgallery_optimizers, "optgallery_optimizers"))
    beside = list(_listed(OPTIMIZERS, config.optgallery_baselines, "optgallery_baselines"))
    chosen = config.optgallery_functions or FUNCTIONS_SHOWN
    functions = list(_listed(FUNCTIONS, chosen, "optgallery_functions"))
    for entries, setting in ((own, "optgallery_optimizers"), (beside, "optgallery_baselines")):
        _check_distinct([spec.name for spec in entries], setting)
    _check_distinct([fn.name for fn in functions], "optgallery_functions")
    # an optimizer of the project may be named among those that it is compared with
    optimizers = list({spec.name: spec for spec in (*own, *beside)}.values())
    _check_files([spec.name for spec in optimizers], "optgallery_optimizers")
    if not optimizers:
        raise ConfigError(
            'optgallery_baselines is empty, and so is optgallery_optimizers: list "my_pkg:MyOpt"'
        )
    for setting, given in (
        ("optgallery_lrs", ("sgd", "sphere", config.optgallery_lrs)),
        ("optgallery_functions", ("sgd", functions)),
    ):
        try:
            plan(*given)
        except (TypeError, ValueError) as error:
            raise ConfigError(f"{setting}: {error}") from error
    planned = plan(optimizers, functions, config.optgallery_lrs)
    steps = config.optgallery_steps
    if not isinstance(steps, int) or steps < 1:
        raise ConfigError(f"optgallery_steps must be a whole number >= 1, got {steps!r}")
    return Grid(planned.optimizers, planned.functions, planned.lrs, steps)


def _listed(registry: Registry[Entry], listed: Sequence[Any], setting: str) -> Iterator[Entry]:
    """Yield the entries that a setting lists: names, references, classes or entries."""
    if isinstance(listed, str):
        raise ConfigError(f"{setting} must be a list: [{listed!r}]")
    for item in listed:
        if isinstance(item, str) and "." in item and ":" not in item:
            module, _, name = item.rpartition(".")
            raise ConfigError(f'{setting}: write "{module}:{name}" instead of {item!r}')
        try:
            if isinstance(item, str):
                yield known.lookup(registry, item)
            else:
                yield known.convert(registry, item)
        except (TypeError, ValueError) as error:
            raise ConfigError(f"{setting}: {error}") from error


def _check_distinct(names: Sequence[str], setting: str) -> None:
    if repeated := [name for name, count in Counter(names).items() if count > 1]:
        raise ConfigError(f"{setting} lists {repeated[0]!r} more than once")
    _check_files(names, setting)


def _check_files(names: Sequence[str], setting: str) -> None:
    """Refuse names that differ in case only: on macOS and Windows their files would be one."""
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(name.casefold(), name)
        if other != name:
            raise ConfigError(
                f"{setting}: the names {other!r} and {name!r} differ in case only, and files are "
                "called by them; give one of them another name"
            )


def _check_drawn(fn: TestFunction) -> None:
    """Refuse a function of which no picture can be drawn."""
    try:
        surface(fn, TILE["size"])
    except Exception as error:  # a formula may raise anything
        raise ConfigError(
            f"optgallery_functions: {fn.title} cannot be drawn on its domain {tuple(fn.domain)}: "
            f"{type(error).__name__}: {error}"
        ) from error


def _check_runs(spec: OptimizerSpec) -> None:
    try:
        run(spec, "sphere", steps=1, hparams=spec.at_rate(0.01))
    except Exception as error:  # the project's class may raise anything
        if known.is_formula(spec.cls):
            raise ConfigError(
                f"optgallery_optimizers: {spec.title} is a function of two variables and builds no "
                "optimizer: list it with its domain in optgallery_functions"
            ) from error
        raise ConfigError(
            f"optgallery_optimizers: {spec.title} cannot take a step on a function of two "
            f"variables: {type(error).__name__}: {error}. If it needs arguments, list a function "
            "that gives them, or an OptimizerSpec with defaults={...}"
        ) from error
