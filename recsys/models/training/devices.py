"""Where a model is trained, and how precisely."""

from __future__ import annotations

import torch

from recsys.errors import WrongConfig


def chosen_device(name: str) -> torch.device:
    """`auto`: a graphics card where there is one. Raises WrongConfig for a card that is not there."""
    count = torch.cuda.device_count()
    if name == "auto":
        return torch.device("cuda" if count else "cpu")
    device = torch.device(name)
    if device.type == "cuda" and (device.index or 0) >= count:
        raise WrongConfig("device", "cpu, auto, or a graphics card of this machine", f"{name} of {count}")
    return device


def precision_of(device: torch.device) -> torch.autocast:
    """Products in bfloat16 where a graphics card has it, all else and every weight in float32."""
    halved = device.type == "cuda" and torch.cuda.is_bf16_supported()
    return torch.autocast(device.type, torch.bfloat16, enabled=halved)


def dtype_of_products(device: torch.device) -> torch.dtype:
    """Of large products whose rounding does not matter: bfloat16 where the machine multiplies it itself.

    A processor without such instructions computes them by others, twelve times slower than in float32.
    """
    if device.type == "cuda":
        halved = torch.cuda.is_bf16_supported()
    else:
        halved = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.bfloat16 if halved else torch.float32
