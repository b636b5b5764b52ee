"""SeededOptimizer: a private random generator whose state is part of the optimizer's."""

from typing import Any

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from optgallery.arguments import check_whole
from optgallery.optim.base import DenseOptimizer


class SeededOptimizer(DenseOptimizer):
    """An optimizer with its own random generator, which does not use the global one.

    A subclass draws from ``_generator`` on the CPU, so that the numbers are the same on every
    device.

    The generator's state is stored in each of the state dict's ``param_groups``, in hexadecimal:
    checkpoints of distributed training keep only ``state`` and ``param_groups``, and compare the
    values of groups.
    """

    def __init__(self, params: ParamsT, defaults: dict[str, Any], seed: int) -> None:
        check_whole("seed", seed)
        super().__init__(params, defaults)
        self._generator = torch.Generator().manual_seed(int(seed))

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a parameter group; settings that it lacks take the optimizer's defaults."""
        super().add_param_group(param_group)
        self.param_groups[-1]["generator"] = None  # filled in by state_dict

    def _pack(self, state_dict: dict[str, Any]) -> dict[str, Any]:
        generator = self._generator.get_state().numpy().tobytes().hex()
        for group in state_dict["param_groups"]:
            group["generator"] = generator
        return super()._pack(state_dict)

    def _unpack(self, state_dict: dict[str, Any]) -> dict[str, Any]:
        encoded = [group.get("generator") for group in state_dict["param_groups"]]
        try:
            # earlier versions stored a tensor next to the groups
            state = state_dict["generator"].cpu() if "generator" in state_dict else _read(encoded)
            torch.Generator().set_state(state)
        except (RuntimeError, TypeError, ValueError) as error:
            raise ValueError(
                f"{type(self).__name__} cannot resume from a state without that of its random "
                "generator, which state_dict() puts into every group of param_groups"
            ) from error
        groups = [{**group, "generator": None} for group in state_dict["param_groups"]]
        return super()._unpack({**state_dict, "param_groups": groups, "generator": state})

    def _after_loading(self, state_dict: dict[str, Any]) -> None:
        super()._after_loading(state_dict)
        self._generator.set_state(state_dict["generator"])

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_generator": self._generator}


def _read(encoded: list[Any]) -> Tensor:
    """Return the generator's state from the first group that has one."""
    (state, *_) = filter(None, encoded)
    return torch.frombuffer(bytearray.fromhex(state), dtype=torch.uint8)
