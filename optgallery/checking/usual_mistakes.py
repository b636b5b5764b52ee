"""The mistakes that people make in an update, as changes of its source."""

import ast
from collections.abc import Iterator
from itertools import combinations
from typing import Any

from optgallery.checking.syntax import (
    Rewrite,
    as_constant,
    as_expression,
    as_statement,
    exchange_calls,
    is_entry,
    is_method_call,
    left_out,
    move,
    name_of,
    number_of,
    shortened,
    under_root,
)
from optgallery.checking.update_function import UpdateFunction, acts, begins_state

_MOST_USES = 5
"""Of the step count, of which all combinations are tried."""

_CONSTANTS = ("1e-16", "1e-15", "1e-12", "1e-10", "1e-08", "1e-07", "1e-06")
"""Which implementations add to avoid a division by zero."""


def usual_mistakes(f: UpdateFunction) -> Iterator[Rewrite]:
    """Yield the changes of one function of an update."""
    yield from _step_counts(f)
    yield from _bias_corrections(f)
    yield from _sums(f)
    yield from _over_all_coordinates(f)
    yield from _places_of_eps(f)
    yield from _first_steps(f)
    yield from _orders(f)


def _step_counts(f: UpdateFunction) -> Iterator[Rewrite]:
    kind = "step count"
    for node in f.walk():
        if isinstance(node, ast.Assign) and is_entry(node.targets[0], "step"):
            for begin, text in (
                (-1, "steps are counted from 0 where the entry counts from 1"),
                (1, "the step count is one ahead: it is 2 in the first step"),
            ):
                yield Rewrite(kind, text, 0, {number_of(node.value): as_constant(begin)})
        if isinstance(node, ast.AugAssign) and is_entry(node.target, "step"):
            target = ast.unparse(node.target)
            yield Rewrite(
                kind,
                "the step count does not advance: every step is counted as the first",
                1,
                {number_of(node): as_statement(f"{target} = 1")},
            )
            yield Rewrite(
                kind,
                "the step count advances by 2 in each step",
                1,
                {number_of(node.value): as_constant(2)},
            )
            yield Rewrite(
                kind,
                "the step is counted once for each parameter instead of once for each step",
                0,
                {
                    number_of(node): as_statement(
                        f"self.count = getattr(self, 'count', 0) + 1; {target} = self.count"
                    )
                },
            )
    for node in f.uses(f.counters):
        for offset in ("- 1", "+ 1"):
            side = "behind" if offset == "- 1" else "ahead"
            yield Rewrite(
                kind,
                f"the step count is one {side} in `{f.context(node)}`",
                0,
                {number_of(node): as_expression(f"(_ {offset})")},
            )
        yield Rewrite(
            kind,
            "steps are counted from 0, and the first two are both counted as 1, "
            f"in `{f.context(node)}`",
            1,
            {number_of(node): as_expression("max(_ - 1, 1)")},
        )
    uses = list(f.uses(f.counters))
    if len(uses) > 1:
        yield Rewrite(
            kind,
            "steps are counted from 0, and the first two are both counted as 1",
            0,
            {number_of(node): as_expression("max(_ - 1, 1)") for node in uses},
        )
    largest = len(uses) if len(uses) <= _MOST_USES else 0
    for some in (c for size in range(2, largest) for c in combinations(uses, size)):
        where = " and ".join(f"`{context}`" for context in map(f.context, some))
        for offset, side in (("- 1", "behind"), ("+ 1", "ahead")):
            yield Rewrite(
                kind,
                f"the step count is one {side} in {where}, but not elsewhere",
                1,
                {number_of(node): as_expression(f"(_ {offset})") for node in some},
            )


def _without_power(n: Any) -> ast.expr:
    """Turn ``1 - beta**t`` into ``1 - beta``."""
    return ast.BinOp(n.left, ast.Sub(), n.right.left)


def _with_product(n: Any) -> ast.expr:
    """Turn ``1 - beta**t`` into ``1 - beta * t``."""
    return ast.BinOp(n.left, ast.Sub(), ast.BinOp(n.right.left, ast.Mult(), n.right.right))


def _bias_corrections(f: UpdateFunction) -> Iterator[Rewrite]:
    found = [node for node in f.walk() if f.is_correction(node)]
    for node in found:
        correction = f"`{ast.unparse(node)}`"
        for rank, text, change in (
            (0, f"{correction} is missing", as_expression("1.0")),
            (1, f"divides by {correction} twice, or by its square", as_expression("(_ * _)")),
            (1, f"multiplies by {correction} instead of dividing", as_expression("(1 / _)")),
            (1, f"takes the root of {correction}", as_expression("_ ** 0.5")),
            (1, f"is beta**t instead of {correction}", as_expression("(1 - _)")),
            (1, f"is 1 - beta instead of {correction}", _without_power),
            (2, f"is 1 - beta * t instead of {correction}", _with_product),
        ):
            yield Rewrite(
                "bias correction", f"the bias correction {text}", rank, {number_of(node): change}
            )
    if len(found) > 1:
        yield Rewrite(
            "bias correction",
            "there is no bias correction",
            0,
            {number_of(node): as_expression("1.0") for node in found},
        )
        bases = {ast.unparse(node.right.left): node.right.left for node in found}  # type: ignore[attr-defined]
        if len(bases) == 2:
            first, second = bases
            yield Rewrite(
                "bias correction",
                f"the bias corrections by {first} and {second} are exchanged",
                0,
                {
                    number_of(node.right.left): as_expression(  # type: ignore[attr-defined]
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
                        {number_of(node.right.left): as_expression(text)},  # type: ignore[attr-defined]
                    )


def _sums(f: UpdateFunction) -> Iterator[Rewrite]:
    """Yield sums in the place of ``v.mul_(beta).add_((1 - beta) * x)``."""
    for node in f.acting():
        if not (is_method_call(node) and node.func.attr == "add_" and len(node.args) == 1):
            continue
        inner, added = node.func.value, node.args[0]
        if not (is_method_call(inner) and inner.func.attr == "mul_" and len(inner.args) == 1):
            continue
        average, beta = ast.unparse(inner.func.value), ast.unparse(inner.args[0])
        weighted = isinstance(added, ast.BinOp) and ast.unparse(added.left) == f"1 - {beta}"
        forms = {
            f"`{average}` does not decay: it is not multiplied by `{beta}`": (
                f"{average}.add_({ast.unparse(added)})"
            )
        }
        if weighted and isinstance(added, ast.BinOp):
            forms[f"`{average}` is a sum instead of an average by `{beta}`"] = (
                f"{average}.add_({ast.unparse(added.right)})"
            )
        corrections = [n for n in f.walk() if f.is_correction(n) and f"{beta} **" in ast.unparse(n)]
        for text, form in forms.items():
            change = {number_of(node): as_expression(form)}
            yield Rewrite("moving average", text, 1, change)
            if corrections:
                uncorrected = {number_of(n): as_expression("1.0") for n in corrections}
                yield Rewrite(
                    "moving average",
                    f"{text}, and is not corrected",
                    1,
                    {**change, **uncorrected},
                )


def _over_all_coordinates(f: UpdateFunction) -> Iterator[Rewrite]:
    """Yield statistics over all coordinates of a parameter in the place of those of each."""
    for node in f.acting():
        squared = is_method_call(node) and node.func.attr == "square"
        if not (_is_square(node) or squared):
            continue
        before = ast.unparse(node)
        for statistic, what in (("mean", "mean"), ("sum", "sum"), ("max", "maximum")):
            yield Rewrite(
                "moving average",
                f"the {what} of `{before}` over all coordinates stands where the entry has "
                "that of each coordinate",
                2,
                {number_of(node): as_expression(f"(_).{statistic}()")},
            )


def _places_of_eps(f: UpdateFunction) -> Iterator[Rewrite]:
    name = min(f.eps, default="")
    for node in f.walk():
        replacements: dict[str, str] = {}
        if f.adds_eps(node):
            replacements = _instead_of_sum(f, node)
        elif (outer := under_root(node)) is not None and f.adds_eps(outer):
            replacements = _instead_of_inside(f, node, outer)
        elif isinstance(node, ast.Call) and any(f.is_eps(k.value) for k in node.keywords):
            replacements = _instead_of_minimum(f, node)
        for text, replacement in replacements.items():
            yield Rewrite("eps", text, 0, {number_of(node): as_expression(replacement)})
        inside = under_root(node)
        if inside is not None:
            before, radicand = ast.unparse(node), ast.unparse(inside)
            for constant in _CONSTANTS:
                yield Rewrite(
                    "eps",
                    f"a constant of its own, {constant}, is added inside the root "
                    f"`{before}`, whatever eps is",
                    1,
                    {number_of(node): as_expression(f"(({radicand}) + {constant}).sqrt()")},
                )
        if name and _is_square(node):
            yield Rewrite(
                "eps",
                f"eps is added to `{ast.unparse(node)}`, inside the moving average",
                1,
                {number_of(node): as_expression(f"(_ + {name})")},
            )


def _instead_of_sum(f: UpdateFunction, node: Any) -> dict[str, str]:
    """Return what may stand instead of ``root + eps``, by what is said of it."""
    root, eps = (node.left, node.right) if f.is_eps(node.right) else (node.right, node.left)
    before = ast.unparse(node)
    name, term = ast.unparse(eps), f"({ast.unparse(root)})"
    found = {
        f"eps is missing in `{before}`": term,
        f"max(root, eps) stands instead of `{before}`": f"{term}.clamp(min={name})",
        f"eps**2 is added instead of eps in `{before}`": f"{term} + {name} ** 2",
        f"the root of eps is added instead of eps in `{before}`": f"{term} + {name} ** 0.5",
    }
    for c in sorted(f.corrections):
        found[f"eps is multiplied by sqrt({c}) in `{before}`"] = f"{term} + {name} * ({c}) ** 0.5"
        found[f"eps is divided by sqrt({c}) in `{before}`"] = f"{term} + {name} / ({c}) ** 0.5"
    inside = under_root(root)
    if inside is None:
        if isinstance(root, ast.Name):
            found[f"eps is outside the root that follows `{before}`"] = term
        found[f"the root is taken after eps is added in `{before}`"] = f"({term} + {name}).sqrt()"
        return found
    radicand = ast.unparse(inside)
    found |= {
        f"eps is inside the root: `({radicand} + eps).sqrt()` instead of `{before}`": (
            f"(({radicand}) + {name}).sqrt()"
        ),
        f"eps**2 is inside the root: `({radicand} + eps**2).sqrt()` instead of `{before}`": (
            f"(({radicand}) + {name} ** 2).sqrt()"
        ),
        f"eps is added both inside and outside the root in `{before}`": (
            f"(({radicand}) + {name}).sqrt() + {name}"
        ),
    }
    return found | _around_correction(f, inside, name)


def _instead_of_inside(f: UpdateFunction, node: ast.AST, outer: Any) -> dict[str, str]:
    """Return what may stand instead of ``(v + eps).sqrt()``."""
    inner, eps = (outer.left, outer.right) if f.is_eps(outer.right) else (outer.right, outer.left)
    return {
        f"eps is added after the root instead of inside it, in `{ast.unparse(node)}`": (
            f"(({ast.unparse(inner)}).sqrt() + {ast.unparse(eps)})"
        )
    }


def _instead_of_minimum(f: UpdateFunction, node: ast.Call) -> dict[str, str]:
    """Return what may stand instead of ``root.clamp(min=eps)``."""
    if not isinstance(node.func, ast.Attribute):
        return {}
    inner = node.func.value
    before, term = ast.unparse(node), ast.unparse(inner)
    name = ast.unparse(next(k.value for k in node.keywords if f.is_eps(k.value)))
    found = {
        f"eps is added instead of being the minimum in `{before}`": f"({term} + {name})",
        f"eps is missing in `{before}`": f"({term})",
    }
    inside = under_root(inner)
    if inside is None:
        return found
    radicand = f"({ast.unparse(inside)})"
    return found | {
        f"eps is the minimum inside the root, not of it, in `{before}`": (
            f"{radicand}.clamp(min={name}).sqrt()"
        ),
        f"eps**2 is the minimum inside the root in `{before}`": (
            f"{radicand}.clamp(min={name} ** 2).sqrt()"
        ),
        f"eps is added inside the root in `{before}`": f"({radicand} + {name}).sqrt()",
    }


def _around_correction(f: UpdateFunction, radicand: ast.expr, eps: str) -> dict[str, str]:
    """Return places of eps before the bias correction of what is under the root."""
    value = f.assigned.get(name_of(radicand), radicand)
    if not (isinstance(value, ast.BinOp) and isinstance(value.op, ast.Div)):
        return {}
    average, correction = ast.unparse(value.left), ast.unparse(value.right)
    if not f.is_correction(value.right) and name_of(value.right) not in f.assigned:
        return {}
    root = f"({correction}) ** 0.5"
    return {
        f"eps is added before the bias correction: `({average}.sqrt() + eps) / "
        f"sqrt({correction})`": (f"(({average}).sqrt() + {eps}) / {root}"),
        f"eps is added inside the root before the bias correction: `({average} + eps).sqrt() / "
        f"sqrt({correction})`": f"(({average}) + {eps}).sqrt() / {root}",
        f"eps is multiplied by the bias correction: `sqrt({average} / ({correction})) + eps * "
        f"sqrt({correction})`": f"(({average}) / ({correction})).sqrt() + {eps} * {root}",
    }


def _first_steps(f: UpdateFunction) -> Iterator[Rewrite]:
    kind = "first step"
    for node in f.walk():
        if isinstance(node, ast.If) and begins_state(node):
            if not any(isinstance(inner, ast.Continue) for inner in node.body):
                yield Rewrite(
                    kind,
                    "the first step only sets up the state, and is not counted",
                    0,
                    {number_of(node.body[-1]): lambda n: [n, ast.Continue()]},
                )
            for inner in node.body:
                if isinstance(inner, ast.Continue):
                    yield Rewrite(
                        kind,
                        "the first step moves the parameters, where the entry's only begins "
                        "the averages",
                        0,
                        {number_of(inner): left_out},
                    )
                if isinstance(inner, ast.Assign):
                    yield from _beginnings(f, inner)


def _beginnings(f: UpdateFunction, node: ast.Assign) -> Iterator[Rewrite]:
    target, value = ast.unparse(node.targets[0]), ast.unparse(node.value)
    if is_entry(node.targets[0], "step"):
        return
    kind = "first step"
    begins = f"`{target}` begins with"
    zeros = "zeros_like" in value
    g = f.gradient or "grad"
    others: dict[str, str] = {}
    if f.theta and not zeros:
        others[f"{begins} zeros instead of `{value}`"] = f"torch.zeros_like({f.theta})"
    if f.theta and zeros:
        others[f"{begins} the first gradient instead of zeros"] = f"{g}.detach().clone()"
        others[f"{begins} the square of the first gradient instead of zeros"] = f"{g}.detach() ** 2"
        others[f"{begins} ones instead of zeros"] = f"torch.ones_like({f.theta})"
    corrections = [n for n in f.walk() if f.is_correction(n)] if zeros else []
    for text, replacement in others.items():
        change = {number_of(node.value): as_expression(replacement)}
        yield Rewrite(kind, text, 1, change)
        for correction in corrections:
            yield Rewrite(
                kind,
                f"{text}, and the bias correction `{ast.unparse(correction)}` is missing",
                2,
                {**change, number_of(correction): as_expression("1.0")},
            )


def _orders(f: UpdateFunction) -> Iterator[Rewrite]:
    kind = "order"
    for block in f.blocks():
        body = block.body
        lines = [i for i, s in enumerate(body) if number_of(s) not in f.setup and acts(s)]
        for place, i in enumerate(lines):
            for j in lines[place + 1 : place + 9]:
                first, second = ast.unparse(body[i]), ast.unparse(body[j])
                yield Rewrite(
                    kind,
                    f"`{shortened(first)}` comes after `{shortened(second)}` instead of before it",
                    1 if j == lines[place + 1] else 2,
                    {number_of(block): move(i, j)},
                )
                if j > i + 1:
                    yield Rewrite(
                        kind,
                        f"`{shortened(second)}` comes before `{shortened(first)}` instead "
                        "of after it",
                        2,
                        {number_of(block): move(j, i)},
                    )
    for node in f.acting():
        inner = node.func.value if is_method_call(node) else None
        if inner is not None and is_method_call(inner):
            before = ast.unparse(node)
            yield Rewrite(
                kind,
                f"in `{shortened(before)}`, `{node.func.attr}` comes before `{inner.func.attr}`",
                0,
                {number_of(node): exchange_calls},
            )


def _is_square(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Pow)
        and isinstance(node.right, ast.Constant)
        and node.right.value == 2
    )
