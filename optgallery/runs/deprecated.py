"""Old public names keep working until 1.0, with a warning that names the new ones."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray


def warn_of_old_name(old: str, new: str) -> None:
    """Issue a warning at the caller of the public function that calls this one."""
    warnings.warn(f"{old} is deprecated, use {new}", DeprecationWarning, stacklevel=3)


class CallableFlag(int):
    """A bool that can still be called, since it was a method before.

    Parameters
    ----------
    flag : bool
    method : callable
        The function that a call is passed to.
    message : str
        The warning.
    """

    _method: Callable[..., Any]
    _message: str

    def __new__(cls, flag: bool, method: Callable[..., Any], message: str) -> "CallableFlag":
        """Return a flag that stores its method."""
        self = super().__new__(cls, flag)
        self._method, self._message = method, message
        return self

    def __repr__(self) -> str:
        return repr(bool(self))

    __str__ = __repr__

    def __reduce__(self) -> tuple[type[bool], tuple[int]]:
        return bool, (int(self),)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the method, with a warning."""
        warnings.warn(self._message, DeprecationWarning, stacklevel=2)
        return self._method(*args, **kwargs)


class CallableFlags(np.ndarray[Any, np.dtype[np.bool_]]):
    """An array of bools that can still be called, since it was a method before."""

    _method: Callable[..., Any] | None
    _message: str

    def __new__(
        cls, flags: NDArray[np.bool_], method: Callable[..., Any], message: str
    ) -> "CallableFlags":
        """Return a view of the flags that stores its method."""
        self = flags.view(cls)
        self._method, self._message = method, message
        return self

    def __array_finalize__(self, other: Any) -> None:
        self._method, self._message = getattr(other, "_method", None), ""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the method, with a warning."""
        if self._method is None:
            raise TypeError("an array of bools is not callable")
        warnings.warn(self._message, DeprecationWarning, stacklevel=2)
        return self._method(*args, **kwargs)
