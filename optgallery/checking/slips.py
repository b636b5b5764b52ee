"""Slips in an update: a sign, a factor, a name, a line, as changes of its source."""

import ast
from collections.abc import Iterator
from typing import Any

from optgallery.checking.syntax import (
    Rewrite,
    as_expression,
    is_method_call,
    left_out,
    name_of,
    negate,
    number_of,
    only_argument,
    only_left,
    only_object,
    only_right,
    renamed_method,
    shortened,
    under_root,
)
from optgallery.checking.update_function import UpdateFunction, acts


def slips(f: UpdateFunction) -> Iterator[Rewrite]:
    """Yield the changes of one function of an update."""
    yield from _signs(f)
    yield from _factors(f)
    yield from _powers(f)
    yield from _decays(f)
    yield from _names_exchanged(f)
    yield from _lines_missing(f)


def _signs(f: UpdateFunction) -> Iterator[Rewrite]:
    kind = "sign"
    for node in f.acting():
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
            before = ast.unparse(node)
            yield Rewrite(
                kind,
                f"the sign in `{shortened(before)}` is the other",
                1,
                {number_of(node): negate},
            )
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
            left, right = ast.unparse(node.left), ast.unparse(node.right)
            yield Rewrite(
                kind,
                f"`{shortened(f'{right} - {left}')}` stands where the entry has "
                f"`{shortened(f'{left} - {right}')}`",
                1,
                {number_of(node): as_expression("(-(_))")},
            )
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            before, left = ast.unparse(node), ast.unparse(node.left)
            yield Rewrite(
                kind,
                f"the sign of `{shortened(left)}` in `{shortened(before)}` is the other",
                1,
                {number_of(node.left): as_expression("(-(_))")},
            )
        if is_method_call(node) and node.func.attr in ("add_", "sub_"):
            before = ast.unparse(node)
            other = "sub_" if node.func.attr == "add_" else "add_"
            yield Rewrite(
                kind,
                f"the sign in `{shortened(before)}` is the other",
                1,
                {number_of(node): renamed_method(other)},
            )


def _factors(f: UpdateFunction) -> Iterator[Rewrite]:
    for node in f.acting():
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
                    f"the factor `{shortened(dropped)}` is missing in `{shortened(before)}`",
                    1 if averaged else 2,
                    {number_of(node): only_left if side == "left" else only_right},
                )
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
            before = ast.unparse(node)
            dropped = ast.unparse(node.right)
            yield Rewrite(
                "term",
                f"the term `{shortened(dropped)}` is missing in `{shortened(before)}`",
                2,
                {number_of(node): only_left},
            )
            dropped = ast.unparse(node.left)
            if not isinstance(node.left, ast.Constant):
                yield Rewrite(
                    "term",
                    f"the term `{shortened(dropped)}` is missing in `{shortened(before)}`",
                    2,
                    {number_of(node): only_right},
                )


def _powers(f: UpdateFunction) -> Iterator[Rewrite]:
    for node in f.acting():
        inside = under_root(node)
        before = ast.unparse(node)
        if inside is not None:
            yield Rewrite(
                "root",
                f"the root is missing in `{shortened(before)}`",
                1,
                {number_of(node): only_object},
            )
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            yield Rewrite(
                "root",
                f"the power is missing in `{shortened(before)}`",
                1,
                {number_of(node): only_left},
            )
        limits = {"clamp", "clamp_", "abs", "mean", "square"}
        if is_method_call(node) and node.func.attr in limits:
            yield Rewrite(
                "clipping" if node.func.attr.startswith("clamp") else "term",
                f"`{node.func.attr}` is missing in `{shortened(before)}`",
                1,
                {number_of(node): only_object},
            )
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("torch."):
            for i, argument in enumerate(node.args):
                yield Rewrite(
                    "term",
                    f"`{shortened(ast.unparse(argument))}` stands where the entry has "
                    f"`{shortened(before)}`",
                    2,
                    {number_of(node): only_argument(i)},
                )


def _decays(f: UpdateFunction) -> Iterator[Rewrite]:
    """Yield updates in which each tensor in turn has the decay added to it."""
    if not f.theta:
        return
    for node in f.acting():
        if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
            continue
        if node.id in f.counters | f.eps | {f.theta, "group", "state", "self"}:
            continue
        statement = f.statement_of(node)
        if statement is None or not acts(statement) or isinstance(statement, ast.Return):
            continue
        line = shortened(ast.unparse(statement))
        yield Rewrite(
            "decay in the update",
            f"the decay is added to `{node.id}` in `{line}`",
            0,
            {number_of(node): as_expression(f"(_ + self.extra_decay * {f.theta})")},
        )


def _names_exchanged(f: UpdateFunction) -> Iterator[Rewrite]:
    names = [
        name
        for name in dict.fromkeys([f.gradient, *f.state, *f.assigned])
        if name and name not in f.counters
    ]
    written = {number_of(target) for node in f.acting() if (target := _written(node)) is not None}
    for node in f.acting():
        if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
            continue
        if (node.id not in names and node.id != f.theta) or number_of(node) in written:
            continue
        statement = f.statement_of(node)
        if statement is None or not acts(statement):
            continue
        for other in names:
            if other == node.id:
                continue
            corrected = f.assigned.get(node.id)
            uncorrected = (
                corrected is not None
                and any(f.is_correction(n) for n in ast.walk(corrected))
                and name_of(getattr(corrected, "left", None)) == other
            )
            yield Rewrite(
                "bias correction" if uncorrected else "other term",
                f"`{other}` stands where the entry has `{node.id}`, in "
                f"`{shortened(ast.unparse(statement))}`",
                1 if uncorrected else 3,
                {number_of(node): as_expression(other)},
            )


def _written(node: ast.AST) -> ast.AST | None:
    """Return what a call changes in place: x in ``x.mul_(a).add_(b)``."""
    target: Any = node
    while is_method_call(target) and target.func.attr.endswith("_"):
        target = target.func.value
    return target if target is not node else None


def _lines_missing(f: UpdateFunction) -> Iterator[Rewrite]:
    for block in f.blocks():
        for statement in block.body:
            computes = acts(statement) and not isinstance(statement, ast.Return)
            if number_of(statement) in f.setup or not computes:
                continue
            yield Rewrite(
                "line",
                f"`{shortened(ast.unparse(statement))}` is missing",
                2,
                {number_of(statement): left_out},
            )
