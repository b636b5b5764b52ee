"""Evaluate the LaTeX of a test function in plain Python: no tensors, exact where it can be.

Numbers are fractions, so that a polynomial of fractions is exact. Without parentheses a function
takes what follows up to the next sign, thin space or function: ``\\sin^2 3 \\pi x + 1``.
"""

import math
import re
from fractions import Fraction

TOKEN = re.compile(
    r"\s*(\d+(?:\.\d+)?|\\operatorname\{\w+\}|\\[a-zA-Z]+|\\,|[xye^{}()\[\]+\-,])\s*"
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
ENDS = {None, "+", "-", ",", *CLOSING.values()}


def evaluate(latex, x, y):
    tokens, position = [], 0
    source = latex.replace(r"\left|", r"\lvert ").replace(r"\right|", r"\rvert ")
    source = source.replace(r"\left", "").replace(r"\right", "").rstrip()
    while position < len(source):
        match = TOKEN.match(source, position)
        assert match, f"cannot read {source[position:]!r}"
        tokens.append(match[1])
        position = match.end()
    reader = Reader(tokens, {**LETTERS, "x": x, "y": y})
    value = reader.sum()
    assert reader.next is None, f"cannot go on at {reader.tokens[reader.position :]}"
    return value


class Reader:
    def __init__(self, tokens, letters):
        self.tokens, self.letters, self.position = tokens, letters, 0

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
        return self.letters[token] if token in self.letters else Fraction(token)

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
            while self.next in self.letters or (self.next and self.next[0].isdigit()):
                arguments[0] *= self.atom()
        return call(*arguments) ** exponent
