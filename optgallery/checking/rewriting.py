"""Variants of an optimizer's update: its source, with one place changed.

The classes of `optgallery.optim` are written in one style: ``for group, state, theta, g in
self._updates()``, a counter ``state["step"]``, moving averages as ``m.mul_(beta).add_(...)``. So
the mistakes that people make in an update are small changes of its syntax tree: a bias correction
that is missing, `eps` inside the root, another order of two statements.
"""

import ast
import copy
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

from torch.optim import Optimizer

from optgallery.checking.plain import PLAIN

Change = Callable[[Any], Any]
"""Returns the node that replaces a node; it may change the node itself."""

_NOT_UPDATES = {
    "__init__",
    "add_param_group",
    "load_state_dict",
    "state_dict",
    "_pack",
    "_unpack",
    "_draw",
    "_after_loading",
}


_MOST_USES = 5
"""Of the step count, of which all combinations are tried."""

_CONSTANTS = ("1e-16", "1e-15", "1e-12", "1e-10", "1e-08", "1e-07", "1e-06")
"""Which implementations add to avoid a division by zero."""


@dataclass(frozen=True, eq=False)
class Rewrite:
    """One change of an update.

    Attributes
    ----------
    kind : str
        The kind of mistake, one of `optgallery.checking.causes.KINDS`.
    text : str
        What the changed update does: "eps is added inside the root".
    rank : int
        How likely the mistake is: 0 for those that people make, more for others.
    changes : dict
        From the number of a node to its change.
    """

    kind: str
    text: str
    rank: int
    changes: dict[int, Change]


class Update:
    """The source of a class, from which variants of the class are made.

    Parameters
    ----------
    cls : type
        A class of `optgallery.optim`, or one of PyTorch's that has a plain form.
    """

    def __init__(self, cls: type[Optimizer]) -> None:
        self.cls = PLAIN.get(cls, cls)
        module = sys.modules[self.cls.__module__]
        tree = ast.parse(inspect.getsource(module))
        kept = [n for n in tree.body if isinstance(n, (ast.ClassDef, ast.FunctionDef))]
        self._globals = vars(module)
        self.tree = ast.Module(kept, [])
        _number(self.tree)

    def variant(self, rewrites: Iterable[Rewrite]) -> type[Optimizer]:
        """Return the class with some changes."""
        changes: dict[int, list[Change]] = {}
        for rewrite in rewrites:
            for number, change in rewrite.changes.items():
                changes.setdefault(number, []).append(change)
        changed = _Changed(changes)
        space = dict(self._globals)
        methods = self._methods
        touched = [m for m in methods if changed.concerns(m)]
        if all(any(_n(m) <= n <= _last(m) for m in touched) for n in changes):
            _execute(list(map(changed.visit, touched)), space)
            members = {m.name: space[m.name] for m in touched}
            return type(self.cls.__name__, (self.cls,), members)
        names = self.names
        _execute(
            [changed.visit(n) for n in self.tree.body if getattr(n, "name", None) in names], space
        )
        made: type[Optimizer] = space[self.cls.__name__]
        return made

    @cached_property
    def _methods(self) -> list[ast.FunctionDef]:
        """Return the methods of the class itself that can be compiled alone."""
        own = next(n for n in self.tree.body if getattr(n, "name", None) == self.cls.__name__)
        assert isinstance(own, ast.ClassDef)
        return [
            m
            for m in own.body
            if isinstance(m, ast.FunctionDef) and "super()" not in ast.unparse(m)
        ]

    @cached_property
    def names(self) -> frozenset[str]:
        """Return the names of the class, its bases in the module, and the functions they use."""
        defined = {getattr(node, "name", ""): node for node in self.tree.body}
        wanted, found = [self.cls.__name__], set()
        while wanted:
            name = wanted.pop()
            if name in found or name not in defined:
                continue
            found.add(name)
            used = (n.id for n in ast.walk(defined[name]) if isinstance(n, ast.Name))
            wanted += used
        return frozenset(found)

    def functions(self) -> Iterator[ast.FunctionDef]:
        """Yield the functions that take part in a step."""
        for node in self.tree.body:
            if getattr(node, "name", None) not in self.names:
                continue
            members = node.body if isinstance(node, ast.ClassDef) else [node]
            for member in members:
                if isinstance(member, ast.FunctionDef) and member.name not in _NOT_UPDATES:
                    yield member

    @cached_property
    def rewrites(self) -> tuple[Rewrite, ...]:
        """Return all single changes."""
        return tuple(r for function in self.functions() for r in _Function(function).rewrites())


def _number(tree: ast.AST) -> None:
    """Number the nodes of a tree, so that those below a node have the numbers up to its last."""
    count = 0

    def visit(node: Any) -> None:
        nonlocal count
        if isinstance(node, (ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop)):
            return  # one object stands for all of its kind
        node.number = count
        count += 1
        for child in ast.iter_child_nodes(node):
            visit(child)
        node.last = count - 1

    visit(tree)


def _execute(nodes: list[Any], space: dict[str, Any]) -> None:
    tree = ast.Module([*nodes], [])
    exec(compile(tree, "<variant of an update>", "exec"), space)


class _Changed:
    """Applies changes to a tree, and copies only the nodes above them."""

    def __init__(self, changes: dict[int, list[Change]]) -> None:
        self._changes = changes

    def concerns(self, node: Any) -> bool:
        """Whether a change is at or below a node."""
        return any(_n(node) <= number <= _last(node) for number in self._changes)

    def visit(self, node: Any) -> Any:
        """Return a node with its changes."""
        if not self.concerns(node):
            return node
        changed = copy.copy(node)
        for name, value in ast.iter_fields(node):
            if isinstance(value, list):
                members: list[Any] = []
                for member in value:
                    visited = self.visit(member) if isinstance(member, ast.AST) else member
                    members += visited if isinstance(visited, list) else [visited]
                setattr(changed, name, members)
            elif isinstance(value, ast.AST):
                setattr(changed, name, self.visit(value))
        for change in self._changes.get(_n(node), ()):
            if not isinstance(changed, (ast.For, ast.If, ast.FunctionDef)):
                changed = copy.deepcopy(changed)
            changed = change(changed)
            for each in changed if isinstance(changed, list) else [changed]:
                ast.fix_missing_locations(ast.copy_location(each, node))
        return changed


@dataclass
class _Function:
    """One function of an update, and what its names mean."""

    function: ast.FunctionDef

    def __post_init__(self) -> None:
        self.loop = next((n for n in self.walk() if isinstance(n, ast.For) and _loops(n)), None)
        self.block = self.loop or self.function
        self.theta = self.gradient = ""
        if self.loop is not None and isinstance(self.loop.target, ast.Tuple):
            names = [e.id for e in self.loop.target.elts if isinstance(e, ast.Name)]
            if len(names) == 4:
                self.theta, self.gradient = names[2:]
        self.setup = {
            inner.number  # type: ignore[attr-defined]
            for n in self.walk()
            if isinstance(n, ast.If) and _is_first_step(n)
            for inner in ast.walk(ast.Module(n.body, []))
            if hasattr(inner, "number")
        }
        self.counters, self.eps, self.assigned = set[str](), set[str](), dict[str, ast.expr]()
        self.state: dict[str, str] = {}
        for target, value in self._assignments():
            if _is_entry(value, "step"):
                self.counters.add(target)
            elif isinstance(value, ast.Subscript) and _name(value.value) == "state":
                self.state[target] = _key(value)
            if _key(value).startswith("eps") or target.startswith("eps"):
                self.eps.add(target)
            self.assigned[target] = value
        self.corrections = {ast.unparse(n) for n in self.walk() if self._is_correction(n)}

    def walk(self) -> Iterator[ast.AST]:
        return ast.walk(self.function)

    def _assignments(self) -> Iterator[tuple[str, ast.expr]]:
        for node in self.walk():
            if not isinstance(node, ast.Assign) or len(node.targets) != 1:
                continue
            target, value = node.targets[0], node.value
            if isinstance(target, ast.Name):
                yield target.id, value
            elif isinstance(target, ast.Tuple):
                yield from _unpacked(target, value)

    def rewrites(self) -> Iterator[Rewrite]:
        yield from self._step_counts()
        yield from self._bias_corrections()
        yield from self._places_of_eps()
        yield from self._first_steps()
        yield from self._orders()
        yield from self._signs()
        yield from self._factors()
        yield from self._powers()
        yield from self._decays()
        yield from self._names_exchanged()
        yield from self._lines_missing()

    # the kinds that people make

    def _step_counts(self) -> Iterator[Rewrite]:
        kind = "step count"
        for node in self.walk():
            if isinstance(node, ast.Assign) and _is_entry(node.targets[0], "step"):
                for begin, text in (
                    (-1, "steps are counted from 0 where the entry counts from 1"),
                    (1, "the step count is one ahead: it is 2 in the first step"),
                ):
                    yield Rewrite(kind, text, 0, {_n(node.value): _constant(begin)})
            if isinstance(node, ast.AugAssign) and _is_entry(node.target, "step"):
                target = ast.unparse(node.target)
                yield Rewrite(
                    kind,
                    "the step count does not advance: every step is counted as the first",
                    1,
                    {_n(node): _statement(f"{target} = 1")},
                )
                yield Rewrite(
                    kind,
                    "the step count advances by 2 in each step",
                    1,
                    {_n(node.value): _constant(2)},
                )
                yield Rewrite(
                    kind,
                    "the step is counted once for each parameter instead of once for each step",
                    0,
                    {
                        _n(node): _statement(
                            f"self.count = getattr(self, 'count', 0) + 1; {target} = self.count"
                        )
                    },
                )
        for node in self._uses(self.counters):
            for offset in ("- 1", "+ 1"):
                side = "behind" if offset == "- 1" else "ahead"
                yield Rewrite(
                    kind,
                    f"the step count is one {side} in `{self._context(node)}`",
                    0,
                    {_n(node): _expression(f"(_ {offset})")},
                )
            yield Rewrite(
                kind,
                "steps are counted from 0, and the first two are both counted as 1, "
                f"in `{self._context(node)}`",
                1,
                {_n(node): _expression("max(_ - 1, 1)")},
            )
        uses = list(self._uses(self.counters))
        if len(uses) > 1:
            yield Rewrite(
                kind,
                "steps are counted from 0, and the first two are both counted as 1",
                0,
                {_n(node): _expression("max(_ - 1, 1)") for node in uses},
            )
        largest = len(uses) if len(uses) <= _MOST_USES else 0
        for some in (c for size in range(2, largest) for c in combinations(uses, size)):
            where = " and ".join(f"`{context}`" for context in map(self._context, some))
            for offset, side in (("- 1", "behind"), ("+ 1", "ahead")):
                yield Rewrite(
                    kind,
                    f"the step count is one {side} in {where}, but not elsewhere",
                    1,
                    {_n(node): _expression(f"(_ {offset})") for node in some},
                )

    def _bias_corrections(self) -> Iterator[Rewrite]:
        found = [node for node in self.walk() if self._is_correction(node)]
        for node in found:
            yield Rewrite(
                "bias correction",
                f"the bias correction `{ast.unparse(node)}` is missing",
                0,
                {_n(node): _expression("1.0")},
            )
            yield Rewrite(
                "bias correction",
                f"the bias correction divides by `{ast.unparse(node)}` twice, or by its square",
                1,
                {_n(node): _expression("(_ * _)")},
            )
            yield Rewrite(
                "bias correction",
                f"the bias correction multiplies by `{ast.unparse(node)}` instead of dividing",
                1,
                {_n(node): _expression("(1 / _)")},
            )
            yield Rewrite(
                "bias correction",
                f"the bias correction takes the root of `{ast.unparse(node)}`",
                1,
                {_n(node): _expression("_ ** 0.5")},
            )
            yield Rewrite(
                "bias correction",
                f"the bias correction is beta**t instead of `{ast.unparse(node)}`",
                1,
                {_n(node): _expression("(1 - _)")},
            )
            yield Rewrite(
                "bias correction",
                f"the bias correction is 1 - beta instead of `{ast.unparse(node)}`",
                1,
                {_n(node): lambda n: ast.BinOp(n.left, ast.Sub(), n.right.left)},
            )
            yield Rewrite(
                "bias correction",
                f"the bias correction is 1 - beta * t instead of `{ast.unparse(node)}`",
                2,
                {
                    _n(node): lambda n: ast.BinOp(
                        n.left, ast.Sub(), ast.BinOp(n.right.left, ast.Mult(), n.right.right)
                    )
                },
            )
        if len(found) > 1:
            yield Rewrite(
                "bias correction",
                "there is no bias correction",
                0,
                {_n(node): _expression("1.0") for node in found},
            )
            bases = {ast.unparse(node.right.left): node.right.left for node in found}  # type: ignore[attr-defined]
            if len(bases) == 2:
                first, second = bases
                yield Rewrite(
                    "bias correction",
                    f"the bias corrections by {first} and {second} are exchanged",
                    0,
                    {
                        _n(node.right.left): _expression(  # type: ignore[attr-defined]
                            second if ast.unparse(node.right.left) == first else first  # type: ignore[attr-defined]
                        )
                        for node in found
                    },
                )
            for node in found:
                for text in bases:
                    own = ast.unparse(node.right.left)  # type: ignore[attr-defined]
                    if text != own:
                        yield Rewrite(
                            "bias correction",
                            f"the bias correction uses {text} instead of {own}",
                            0,
                            {_n(node.right.left): _expression(text)},  # type: ignore[attr-defined]
                        )

    def _is_correction(self, node: ast.AST) -> bool:
        """Whether a node is ``1 - beta**t``."""
        return (
            isinstance(node, ast.BinOp)
            and isinstance(node.op, ast.Sub)
            and isinstance(node.left, ast.Constant)
            and node.left.value == 1
            and isinstance(node.right, ast.BinOp)
            and isinstance(node.right.op, ast.Pow)
            and any(_name(n) in self.counters or _is_entry(n, "step") for n in ast.walk(node.right))
        )

    def _is_eps(self, node: ast.AST) -> bool:
        return _name(node) in self.eps or (
            isinstance(node, ast.Subscript) and _key(node).startswith("eps")
        )

    def _places_of_eps(self) -> Iterator[Rewrite]:
        kind = "eps"
        for node in self.walk():
            if self._adds_eps(node):
                left, right = node.left, node.right  # type: ignore[attr-defined]
                root, eps = (left, right) if self._is_eps(right) else (right, left)
                before = ast.unparse(node)
                name, term = ast.unparse(eps), f"({ast.unparse(root)})"
                yield Rewrite(
                    kind, f"eps is missing in `{before}`", 0, {_n(node): _expression(term)}
                )
                places = {
                    f"max(root, eps) instead of `{before}`": f"{term}.clamp(min={name})",
                    f"eps**2 is added instead of eps in `{before}`": f"{term} + {name} ** 2",
                    f"the root of eps is added instead of eps in `{before}`": (
                        f"{term} + {name} ** 0.5"
                    ),
                }
                places |= {
                    f"eps is multiplied by sqrt({c}) in `{before}`": f"{term} + {name} * ({c})**0.5"
                    for c in self.corrections
                } | {
                    f"eps is divided by sqrt({c}) in `{before}`": f"{term} + {name} / ({c})**0.5"
                    for c in self.corrections
                }
                inside = _under_root(root)
                if inside is not None:
                    radicand = ast.unparse(inside)
                    places |= {
                        f"eps is inside the root: `({radicand} + eps).sqrt()` instead of "
                        f"`{before}`": f"(({radicand}) + {name}).sqrt()",
                        f"eps**2 is inside the root: `({radicand} + eps**2).sqrt()` instead of "
                        f"`{before}`": f"(({radicand}) + {name} ** 2).sqrt()",
                        f"eps is added both inside and outside the root in `{before}`": (
                            f"(({radicand}) + {name}).sqrt() + {name}"
                        ),
                    }
                    places |= self._around_correction(inside, name)
                else:
                    places |= {
                        f"the root is taken after eps is added in `{before}`": (
                            f"({term} + {name}).sqrt()"
                        ),
                    }
                    if self.eps and isinstance(root, ast.Name):
                        places |= {f"eps is outside the root that follows `{before}`": term}
                for text, replacement in places.items():
                    yield Rewrite(kind, text, 0, {_n(node): _expression(replacement)})
            outer = _under_root(node)
            if outer is not None and self._adds_eps(outer):
                left, right = outer.left, outer.right  # type: ignore[attr-defined]
                inner, eps = (left, right) if self._is_eps(right) else (right, left)
                yield Rewrite(
                    kind,
                    f"eps is added after the root instead of inside it, in `{ast.unparse(node)}`",
                    0,
                    {
                        _n(node): _expression(
                            f"(({ast.unparse(inner)}).sqrt() + {ast.unparse(eps)})"
                        )
                    },
                )
            if isinstance(node, ast.Call) and any(self._is_eps(k.value) for k in node.keywords):
                eps = next(k.value for k in node.keywords if self._is_eps(k.value))
                if isinstance(node.func, ast.Attribute):
                    inner = node.func.value
                    before, name = ast.unparse(node), ast.unparse(eps)
                    for text, replacement in {
                        f"eps is added instead of being the least value in `{before}`": (
                            f"({ast.unparse(inner)} + {name})"
                        ),
                        f"eps is missing in `{before}`": f"({ast.unparse(inner)})",
                    }.items():
                        yield Rewrite(kind, text, 0, {_n(node): _expression(replacement)})
                    radicand = _under_root(inner)
                    if radicand is not None:
                        for text, replacement in {
                            f"eps is the least value inside the root, not of it, in `{before}`": (
                                f"({ast.unparse(radicand)}).clamp(min={name}).sqrt()"
                            ),
                            f"eps**2 is the least value inside the root in `{before}`": (
                                f"({ast.unparse(radicand)}).clamp(min={name} ** 2).sqrt()"
                            ),
                            f"eps is added inside the root in `{before}`": (
                                f"(({ast.unparse(radicand)}) + {name}).sqrt()"
                            ),
                        }.items():
                            yield Rewrite(kind, text, 0, {_n(node): _expression(replacement)})
            inside = _under_root(node)
            if inside is not None:
                before, radicand = ast.unparse(node), ast.unparse(inside)
                for constant in _CONSTANTS:
                    yield Rewrite(
                        kind,
                        f"a constant of its own, {constant}, is added inside the root "
                        f"`{before}`, whatever eps is",
                        1,
                        {_n(node): _expression(f"(({radicand}) + {constant}).sqrt()")},
                    )
        if self.eps:
            name = min(self.eps)
            for node in self.walk():
                if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and _is_two(node):
                    yield Rewrite(
                        kind,
                        f"eps is added to `{ast.unparse(node)}`, inside the moving average",
                        1,
                        {_n(node): _expression(f"(_ + {name})")},
                    )

    def _adds_eps(self, node: ast.AST) -> bool:
        return (
            isinstance(node, ast.BinOp)
            and isinstance(node.op, ast.Add)
            and self._is_eps(node.left) != self._is_eps(node.right)
        )

    def _around_correction(self, radicand: ast.expr, eps: str) -> dict[str, str]:
        """Return places of eps before the bias correction of what is under the root."""
        value = self.assigned.get(_name(radicand), radicand)
        if not (isinstance(value, ast.BinOp) and isinstance(value.op, ast.Div)):
            return {}
        average, correction = ast.unparse(value.left), ast.unparse(value.right)
        if not self._is_correction(value.right) and _name(value.right) not in self.assigned:
            return {}
        root = f"({correction}) ** 0.5"
        return {
            f"eps is added before the bias correction: `({average}.sqrt() + eps) / sqrt({correction})`": (
                f"(({average}).sqrt() + {eps}) / {root}"
            ),
            f"eps is added inside the root before the bias correction: `({average} + eps).sqrt() / "
            f"sqrt({correction})`": f"(({average}) + {eps}).sqrt() / {root}",
            f"eps is multiplied by the bias correction: `sqrt({average} / ({correction})) + eps * "
            f"sqrt({correction})`": f"(({average}) / ({correction})).sqrt() + {eps} * {root}",
        }

    def _first_steps(self) -> Iterator[Rewrite]:
        kind = "first step"
        for node in self.walk():
            if isinstance(node, ast.If) and _is_first_step(node):
                if not any(isinstance(inner, ast.Continue) for inner in node.body):
                    yield Rewrite(
                        kind,
                        "the first step only sets up the state, and is not counted",
                        0,
                        {_n(node.body[-1]): lambda n: [n, ast.Continue()]},
                    )
                for inner in node.body:
                    if isinstance(inner, ast.Continue):
                        yield Rewrite(
                            kind,
                            "the first step moves the parameters, where the entry's only begins "
                            "the averages",
                            0,
                            {_n(inner): lambda n: ast.Pass()},
                        )
                    if isinstance(inner, ast.Assign):
                        yield from self._beginnings(inner)

    def _beginnings(self, node: ast.Assign) -> Iterator[Rewrite]:
        target, value = ast.unparse(node.targets[0]), ast.unparse(node.value)
        if _is_entry(node.targets[0], "step"):
            return
        kind = "first step"
        begins = f"`{target}` begins with"
        zeros = "zeros_like" in value
        g = self.gradient or "grad"
        others: dict[str, str] = {}
        if self.theta and not zeros:
            others[f"{begins} zeros instead of `{value}`"] = f"torch.zeros_like({self.theta})"
        if self.theta and zeros:
            others[f"{begins} the first gradient instead of zeros"] = f"{g}.detach().clone()"
            others[f"{begins} the square of the first gradient instead of zeros"] = (
                f"{g}.detach() ** 2"
            )
            others[f"{begins} ones instead of zeros"] = f"torch.ones_like({self.theta})"
        for text, replacement in others.items():
            yield Rewrite(kind, text, 1, {_n(node.value): _expression(replacement)})

    def _orders(self) -> Iterator[Rewrite]:
        kind = "order"
        for block in self._blocks():
            body = block.body
            lines = [i for i, s in enumerate(body) if _n(s) not in self.setup and _acts(s)]
            for place, i in enumerate(lines):
                for j in lines[place + 1 : place + 9]:
                    first, second = ast.unparse(body[i]), ast.unparse(body[j])
                    yield Rewrite(
                        kind,
                        f"`{_short(first)}` comes after `{_short(second)}` instead of before it",
                        1 if j == lines[place + 1] else 2,
                        {_n(block): _moved(i, j)},
                    )
                    if j > i + 1:
                        yield Rewrite(
                            kind,
                            f"`{_short(second)}` comes before `{_short(first)}` instead of after it",
                            2,
                            {_n(block): _moved(j, i)},
                        )
        for node in self.walk():
            inner = node.func.value if _is_method_call(node) else None
            if inner is not None and _is_method_call(inner):
                before = ast.unparse(node)
                yield Rewrite(
                    kind,
                    f"in `{_short(before)}`, `{node.func.attr}` comes before `{inner.func.attr}`",
                    0,
                    {_n(node): _calls_exchanged},
                )

    def _blocks(self) -> Iterator[Any]:
        for node in self.walk():
            if isinstance(node, (ast.For, ast.If, ast.FunctionDef)) and _n(node) not in self.setup:
                yield node

    def _signs(self) -> Iterator[Rewrite]:
        kind = "sign"
        for node in self._acting():
            if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
                before = ast.unparse(node)
                yield Rewrite(
                    kind, f"the sign in `{_short(before)}` is the other", 1, {_n(node): _negated}
                )
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
                left, right = ast.unparse(node.left), ast.unparse(node.right)
                yield Rewrite(
                    kind,
                    f"`{_short(f'{right} - {left}')}` stands where the entry has `{_short(f'{left} - {right}')}`",
                    1,
                    {_n(node): _expression("(-(_))")},
                )
            elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
                before, left = ast.unparse(node), ast.unparse(node.left)
                yield Rewrite(
                    kind,
                    f"the sign of `{_short(left)}` in `{_short(before)}` is the other",
                    1,
                    {_n(node.left): _expression("(-(_))")},
                )
            if _is_method_call(node) and node.func.attr in ("add_", "sub_"):
                before = ast.unparse(node)
                other = "sub_" if node.func.attr == "add_" else "add_"
                yield Rewrite(
                    kind,
                    f"the sign in `{_short(before)}` is the other",
                    1,
                    {_n(node): _renamed_method(other)},
                )

    def _factors(self) -> Iterator[Rewrite]:
        for node in self._acting():
            if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
                before = ast.unparse(node)
                for side in ("left", "right"):
                    other = "right" if side == "left" else "left"
                    if side == "right" and isinstance(node.op, ast.Div):
                        continue
                    dropped = ast.unparse(getattr(node, other))
                    averaged = dropped.startswith(("1 - beta", "1 - mu", "1 - nu"))
                    yield Rewrite(
                        "moving average" if averaged else "factor",
                        f"the factor `{_short(dropped)}` is missing in `{_short(before)}`",
                        1 if averaged else 2,
                        {_n(node): lambda n, side=side: getattr(n, side)},
                    )
            if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
                before = ast.unparse(node)
                dropped = ast.unparse(node.right)
                yield Rewrite(
                    "term",
                    f"the term `{_short(dropped)}` is missing in `{_short(before)}`",
                    2,
                    {_n(node): lambda n: n.left},
                )
                dropped = ast.unparse(node.left)
                if not isinstance(node.left, ast.Constant):
                    yield Rewrite(
                        "term",
                        f"the term `{_short(dropped)}` is missing in `{_short(before)}`",
                        2,
                        {_n(node): lambda n: n.right},
                    )

    def _powers(self) -> Iterator[Rewrite]:
        for node in self._acting():
            inside = _under_root(node)
            before = ast.unparse(node)
            if inside is not None:
                yield Rewrite(
                    "root",
                    f"the root is missing in `{_short(before)}`",
                    1,
                    {_n(node): lambda n: n.func.value},
                )
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
                yield Rewrite(
                    "root",
                    f"the power is missing in `{_short(before)}`",
                    1,
                    {_n(node): lambda n: n.left},
                )
            limits = {"clamp", "clamp_", "abs", "mean", "square"}
            if _is_method_call(node) and node.func.attr in limits:
                yield Rewrite(
                    "clipping" if node.func.attr.startswith("clamp") else "term",
                    f"`{node.func.attr}` is missing in `{_short(before)}`",
                    1,
                    {_n(node): lambda n: n.func.value},
                )
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("torch."):
                for i, argument in enumerate(node.args):
                    yield Rewrite(
                        "term",
                        f"`{_short(ast.unparse(argument))}` stands where the entry has "
                        f"`{_short(before)}`",
                        2,
                        {_n(node): lambda n, i=i: n.args[i]},
                    )

    def _decays(self) -> Iterator[Rewrite]:
        """Yield updates in which each tensor in turn has the decay added to it."""
        if not self.theta:
            return
        for node in self._acting():
            if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
                continue
            if node.id in self.counters | self.eps | {self.theta, "group", "state", "self"}:
                continue
            statement = self._statement(node)
            if statement is None or not _acts(statement):
                continue
            line = _short(ast.unparse(statement))
            yield Rewrite(
                "decay in the update",
                f"the decay is added to `{node.id}` in `{line}`",
                0,
                {_n(node): _expression(f"(_ + self.extra_decay * {self.theta})")},
            )

    # others

    def _names_exchanged(self) -> Iterator[Rewrite]:
        names = [
            name
            for name in dict.fromkeys([self.gradient, *self.state, *self.assigned])
            if name and name not in self.counters
        ]
        for node in self._acting():
            if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
                continue
            if node.id not in names and node.id != self.theta:
                continue
            statement = self._statement(node)
            if statement is None or not _acts(statement):
                continue
            for other in names:
                if other == node.id:
                    continue
                corrected = self.assigned.get(node.id)
                uncorrected = (
                    corrected is not None
                    and any(self._is_correction(n) for n in ast.walk(corrected))
                    and _name(getattr(corrected, "left", None)) == other
                )
                yield Rewrite(
                    "bias correction" if uncorrected else "other term",
                    f"`{other}` stands where the entry has `{node.id}`, in "
                    f"`{_short(ast.unparse(statement))}`",
                    1 if uncorrected else 3,
                    {_n(node): _expression(other)},
                )

    def _lines_missing(self) -> Iterator[Rewrite]:
        for block in self._blocks():
            for i, statement in enumerate(block.body):
                if _n(statement) in self.setup or not _acts(statement):
                    continue
                yield Rewrite(
                    "line",
                    f"`{_short(ast.unparse(statement))}` is missing",
                    2,
                    {_n(statement): lambda n: ast.Pass()},
                )

    def _acting(self) -> Iterator[Any]:
        """Yield the nodes of statements that compute, outside the set-up of the state."""
        for node in self.walk():
            if isinstance(node, ast.expr) and _n(node) not in self.setup:
                yield node

    def _statement(self, node: ast.AST) -> Any:
        """Return the innermost simple statement around a node."""
        found = None
        for statement in self.walk():
            if isinstance(statement, (ast.Assign, ast.Expr, ast.AugAssign, ast.Return)) and any(
                inner is node for inner in ast.walk(statement)
            ):
                found = statement
        return found

    def _uses(self, names: set[str]) -> Iterator[ast.Name]:
        for node in self.walk():
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
                yield node

    def _context(self, node: ast.AST) -> str:
        """Return the smallest expression around a name, for a message."""
        around = [
            other
            for other in self.walk()
            if isinstance(other, ast.BinOp) and any(inner is node for inner in ast.walk(other))
        ]
        smallest = min(around, key=lambda other: len(ast.unparse(other)), default=node)
        return _short(ast.unparse(smallest))


def _n(node: ast.AST) -> int:
    return int(getattr(node, "number", -1))


def _last(node: ast.AST) -> int:
    return int(getattr(node, "last", -2))


def _name(node: Any) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _key(node: ast.AST) -> str:
    """Return the key of ``state["step"]``; empty for anything else."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return str(node.slice.value)
    return ""


def _is_entry(node: ast.AST, key: str) -> bool:
    return isinstance(node, ast.Subscript) and _name(node.value) == "state" and _key(node) == key


def _unpacked(target: ast.Tuple, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names of a tuple with what each is assigned."""
    if isinstance(value, ast.Tuple):
        for name, member in zip(target.elts, value.elts, strict=False):
            if isinstance(name, ast.Name):
                yield name.id, member
    elif isinstance(value, ast.GeneratorExp) and isinstance(value.generators[0].iter, ast.Tuple):
        element = value.elt
        for name, key in zip(target.elts, value.generators[0].iter.elts, strict=False):
            if isinstance(name, ast.Name) and isinstance(element, ast.Subscript):
                yield name.id, ast.Subscript(element.value, key, ast.Load())
    else:
        for name in target.elts:
            if isinstance(name, ast.Name):
                yield name.id, value


def _loops(node: ast.For) -> bool:
    text = ast.unparse(node.iter)
    return "_updates" in text or "_gradients" in text


def _is_first_step(node: ast.If) -> bool:
    return ast.unparse(node.test) in ("not state", "'step' not in state", "'x0' not in state")


def _is_method_call(node: Any) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)


def _is_two(node: ast.BinOp) -> bool:
    return isinstance(node.right, ast.Constant) and node.right.value == 2


def _under_root(node: Any) -> ast.expr | None:
    """Return what a root is taken of: x in ``x.sqrt()``."""
    if _is_method_call(node) and node.func.attr == "sqrt" and not node.args:
        inner: ast.expr = node.func.value
        return inner
    return None


def _acts(statement: ast.AST) -> bool:
    """Whether a statement computes, rather than names hyper-parameters or the state."""
    if isinstance(statement, ast.Expr):
        return not isinstance(statement.value, ast.Constant)
    if isinstance(statement, ast.AugAssign):
        return True
    if isinstance(statement, ast.If):
        return not _is_first_step(statement)
    if isinstance(statement, ast.Assign):
        plain = (ast.Subscript, ast.Tuple, ast.GeneratorExp)
        return not isinstance(statement.value, plain)
    return isinstance(statement, ast.Return)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 70 else text[:69] + "…"


def _constant(value: float) -> Change:
    return lambda node: ast.Constant(value)


def _statement(text: str) -> Change:
    return lambda node: ast.parse(text).body


def _expression(text: str) -> Change:
    """Return the change of a node to an expression, in which ``_`` stands for the node."""

    def change(node: Any) -> Any:
        parsed = ast.parse(text, mode="eval").body
        return _Filled(node).visit(parsed)

    return change


class _Filled(ast.NodeTransformer):
    def __init__(self, node: ast.AST) -> None:
        self._node = node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return copy.deepcopy(self._node) if node.id == "_" else node


def _moved(i: int, j: int) -> Change:
    """Return the change of a block that moves a statement to the place of another."""

    def change(block: Any) -> Any:
        block.body.insert(j, block.body.pop(i))
        return block

    return change


def _calls_exchanged(node: Any) -> Any:
    """Exchange two methods: ``x.mul_(a).add_(b)`` becomes ``x.add_(b).mul_(a)``."""
    inner = node.func.value
    name, arguments, keywords = node.func.attr, node.args, node.keywords
    node.func.attr, node.args, node.keywords = inner.func.attr, inner.args, inner.keywords
    inner.func.attr, inner.args, inner.keywords = name, arguments, keywords
    return node


def _negated(node: Any) -> Any:
    node.op = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
    return node


def _renamed_method(name: str) -> Change:
    def change(node: Any) -> Any:
        node.func.attr = name
        return node

    return change
