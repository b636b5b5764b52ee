"""What a run adds to the plain loop: a schedule, gradient clipping, user-defined hooks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from torch.optim import Optimizer

from optgallery.runs.clipping import GradClip, as_grad_clip
from optgallery.runs.schedule import Rates, check_schedule, title_of


@dataclass(frozen=True)
class Additions:
    """What a run adds to the plain loop; false if it adds nothing.

    Attributes
    ----------
    schedule : object
        The schedule as it was given.
    grad_clip : GradClip or None
    prepare : callable or None
        Called with the optimizer before its first step.
    """

    schedule: Any = None
    grad_clip: GradClip | None = None
    prepare: Callable[[Any], object] | None = None

    @classmethod
    def of(cls, steps: int, *, schedule: Any, grad_clip: Any, prepare: Any) -> Self:
        """Check the arguments of `run`.

        Raises
        ------
        TypeError, ValueError
            If one of them is invalid.
        """
        if schedule is not None:
            check_schedule(schedule, steps)
        if prepare is not None and not callable(prepare):
            raise TypeError(
                "prepare must be a function of the optimizer, such as lambda optimizer: "
                f"optimizer.register_step_pre_hook(hook), got {prepare!r}"
            )
        return cls(schedule, as_grad_clip(grad_clip), prepare)

    def __bool__(self) -> bool:
        return any(a is not None for a in (self.schedule, self.grad_clip, self.prepare))

    def fields(self, schedule_title: str | None = None) -> dict[str, Any]:
        """Return the fields of a `Trajectory` that describe the additions.

        Parameters
        ----------
        schedule_title : str, optional
            The schedule's title, if the schedule has been constructed.
        """
        return {
            "schedule": self.schedule,
            "schedule_title": title_of(self.schedule) if schedule_title is None else schedule_title,
            "grad_clip": self.grad_clip,
            "prepare": self.prepare,
        }

    def begin(self, optimizer: Optimizer, *, title: str, steps: int) -> Rates | None:
        """Call ``prepare`` with an optimizer, and construct its schedule.

        Returns
        -------
        Rates or None
            None if only the class itself can change its learning rate.

        Raises
        ------
        TypeError, ValueError
            If ``prepare`` returns another optimizer, or the schedule cannot be constructed.
        """
        if self.prepare is not None:
            returned = self.prepare(optimizer)
            if hasattr(returned, "param_groups") and returned is not optimizer:
                raise ValueError(
                    f"prepare returned another optimizer, a {type(returned).__name__}, which the "
                    "run would not use: a wrapper is built by the optimizer's own function, as in "
                    "run(lambda params, lr: Wrapper(SGD(params, lr)))"
                )
        if self.schedule is None and self.prepare is None:
            return None
        return Rates(optimizer, self.schedule, title, steps)


NOTHING = Additions()
"""The plain loop."""
