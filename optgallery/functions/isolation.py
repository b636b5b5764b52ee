"""Fixed torch settings and seeded generators for a run; the caller's are restored afterwards.

Results must not depend on the caller's settings: disabled gradients, inference mode, autocast,
hooks on saved tensors, another default device, more threads. A run must not change these settings,
nor advance the caller's random generators.
"""

import random
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import numpy as np
import torch

# all threads of a process share generators, warning filters and the number of torch threads
_one_at_a_time = threading.RLock()


@contextmanager
def isolated(
    seed: int | None = None, *, default_dtype: torch.dtype = torch.float32
) -> Iterator[None]:
    """Run the body with gradients enabled, on the CPU, on one thread, then restore all settings.

    These are restored: the global generators of torch (on the CPU), NumPy and ``random``, the grad
    mode, the default dtype and device, and the number of threads. Only one thread of a process can
    be inside at a time; that thread may nest calls.

    Parameters
    ----------
    seed : int, optional
        Seed of the three generators; if not given, they continue from the caller's state.
    default_dtype : torch.dtype
        torch's default dtype in the body; float32 is torch's own default.
    """
    with _one_at_a_time, ExitStack() as stack:
        stack.enter_context(generators_restored())
        if seed is not None:
            seed_generators(seed)
        if torch.is_inference_mode_enabled():
            stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.enable_grad())
        if torch.get_default_device().type != "cpu":
            stack.enter_context(torch.device("cpu"))
        if torch.is_autocast_enabled("cpu"):
            stack.enter_context(torch.autocast("cpu", enabled=False))
        if _packs_saved_tensors():  # autograd calls only the innermost hooks
            stack.enter_context(torch.autograd.graph.saved_tensors_hooks(_unchanged, _unchanged))
        stack.callback(_set_threads, torch.get_num_threads())
        _set_threads(1)
        stack.callback(torch.set_default_dtype, torch.get_default_dtype())
        torch.set_default_dtype(default_dtype)
        yield


def _packs_saved_tensors() -> bool:
    """Whether the caller has set hooks that may change what autograd saves for backward."""
    hooks = getattr(torch._C._autograd, "_top_saved_tensors_default_hooks", None)
    return hooks is not None and hooks(True) is not None  # True: also during tracing


def _unchanged(tensor: torch.Tensor) -> torch.Tensor:
    return tensor


def _set_threads(number: int) -> None:
    if torch.get_num_threads() != number:
        torch.set_num_threads(number)


@contextmanager
def generators_restored() -> Iterator[None]:
    """Restore the global generators of torch, NumPy and ``random`` after the body."""
    with _one_at_a_time:
        of_torch = torch.get_rng_state()
        of_numpy, of_random = np.random.get_state(), random.getstate()  # noqa: NPY002
        try:
            yield
        finally:
            torch.set_rng_state(of_torch)
            np.random.set_state(of_numpy)  # noqa: NPY002
            random.setstate(of_random)


def seed_generators(seed: int) -> None:
    """Seed the global generators of torch (on the CPU only), NumPy and ``random``."""
    torch.default_generator.manual_seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002  (NumPy's takes 32 bits)
    random.seed(seed)
