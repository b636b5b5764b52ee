"""What a check finds: where two paths part, and a change that explains it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cause:
    """A change of the entry that makes it take the implementation's path.

    Attributes
    ----------
    kind : str
        One of `optgallery.checking.causes.KINDS`: ``"eps"``, ``"bias correction"``, ...
    text : str
        What the implementation does, in words and in the entry's letters.
    evidence : str
        What has been observed.
    """

    kind: str
    text: str
    evidence: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Departure:
    """How far two paths agree in one situation.

    Attributes
    ----------
    situation : str
        "with weight_decay 0.1".
    first_step : int or None
        The first step after which the parameters differ; None if they never do.
    difference : float
        The largest difference over the distance that the entry has moved.
    raised : str
        The exception that the implementation raised in the first step that differs.
    coordinates : tuple of str
        Which coordinates differ after that step, by their gradients: "constant", "tiny"; empty on
        functions.
    """

    situation: str
    first_step: int | None
    difference: float
    raised: str = ""
    coordinates: tuple[str, ...] = ()
