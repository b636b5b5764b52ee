"""Evaluate the LaTeX of a test function in plain Python, exactly where possible.

Numbers are fractions, so that a polynomial of fractions is exact. Without parentheses a function
takes what follows up to the next sign, thin space or function: ``\\sin^2 3 \\pi x + 1``.
Definitions may follow after ``\\quad``: of a term, ``q_i = x - a_i``, or of a list, ``a = (1, 2)``.
"""

import math
import re
from fractions import Fraction

TOKEN = re.compile(
    r"\s*(\d+(?:\.\d+)?|\\operatorname\{\w+\}|\\[a-zA-Z]+|\\,|[a-z^_={}()\[\]+\-,])\s*"
)
LETTERS = {"e": math.e, "\\pi": math.pi}
FUNCTIONS = {
    "\\sin": math.sin,
    "\\cos": math.cos,
    "\\exp": math.exp,
    "\\log": math.log,
    "\\operatorname{atan2}": math.atan2,
}
CLOSING = {"(": ")", "[": "]", "{": "}", "\\lvert": "\\rvert"}
STARTS = {"\\sqrt", "\\lvert"}  # of the argument of a function without parentheses
ENDS = {None, "+", "-", ",", *CLOSING.values()}


def evaluate(latex, x, y):
    formula, *definitions = (tokenized(part) for part in latex.split(r"\quad"))
    reader = Reader(formula, {**LETTERS, "x": x, "y": y}, definitions)
    value = reader.sum()
    assert reader.next in (None, ","), f"cannot go on at {reader.tokens[reader.position :]}"
    return value


def tokenized(latex):
    tokens, position = [], 0
    source = latex.replace(r"\left|", r"\lvert ").replace(r"\right|", r"\rvert ")
    source = source.replace(r"\left", "").replace(r"\right", "").rstrip()
    while position < len(source):
        match = TOKEN.match(source, position)
        assert match, f"cannot read {source[position:]!r}"
        tokens.append(match[1])
        position = match.end()
    return tokens


class Reader:
    def __init__(self, tokens, letters, definitions=()):
        self.tokens, self.letters, self.position = tokens, letters, 0
        self.definitions = definitions

    @property
    def next(self):
        return self.tokens[self.position] if self.position < len(self.tokens) else None

    def take(self, expected=None):
        token = self.next
        assert token is not None, "the formula ends too early"
        assert expected in (None, token), f"{expected} expected, got {token}"
        self.position += 1
        return token

    def sum(self):
        value = 0
        sign = -1 if self.next == "-" and self.take() else 1
        while True:
            value += sign * self.product()
            if self.next not in ("+", "-"):
                return value
            sign = 1 if self.take() == "+" else -1

    def product(self):
        value = self.power()
        while True:
            while self.next == "\\,":
                self.take()
            if self.next in ENDS:
                return value
            value *= self.power()

    def power(self):
        if self.next == "\\sum":
            return self.series()
        if self.next in FUNCTIONS:
            return self.function()
        value = self.atom()
        return value ** self.exponent() if self.next == "^" else value

    def exponent(self):
        self.take("^")
        return self.atom()

    def atom(self):
        token = self.take()
        if token in CLOSING:
            value = self.sum()
            self.take(CLOSING[token])
            return abs(value) if token == "\\lvert" else value
        if token == "\\frac":
            return self.atom() / self.atom()
        if token == "\\sqrt":
            return math.sqrt(self.atom())
        if self.next == "_":
            return self.indexed(token)
        return self.letters[token] if token in self.letters else Fraction(token)

    def series(self):
        for token in ("\\sum", "_", "{"):
            self.take(token)
        index = self.take()
        self.take("=")
        first = self.atom()
        self.take("}")
        last, body, total = self.exponent(), self.position, 0
        for k in range(int(first), int(last) + 1):
            self.letters, self.position = {**self.letters, index: Fraction(k)}, body
            total += self.product()
        return total

    def indexed(self, name):
        """Look up ``c_i`` in a list ``c = (1, 2)``, or evaluate a term ``q_i = ...`` for this i."""
        self.take("_")
        index = self.take()
        for definition in self.definitions:
            match definition:
                case [letter, "_", i, "=", *term] if (letter, i) == (name, index):
                    return Reader(term, self.letters, self.definitions).sum()
                case [letter, "=", *items] if letter == name:
                    numbers = [Fraction(token) for token in items if token.isdigit()]
                    return numbers[int(self.letters[index]) - 1]
        raise AssertionError(f"{name}_{index} is not defined")

    def function(self):
        call = FUNCTIONS[self.take()]
        exponent = self.exponent() if self.next == "^" else 1
        if self.next == "(":
            self.take()
            arguments = [self.sum()]
            while self.next == ",":
                self.take()
                arguments.append(self.sum())
            self.take(")")
        else:
            arguments = [1]
            while self.next in {*self.letters, *STARTS} or (self.next and self.next[0].isdigit()):
                arguments[0] *= self.atom()
        return call(*arguments) ** exponent
