"""Shared by the tests of the explorer: a few entries, and the decoding of its files."""

import json
import re
import zlib
from base64 import b64decode
from typing import Any

from optgallery import FUNCTIONS, OPTIMIZERS

SPECS = [OPTIMIZERS[name] for name in ("sgd", "adamw")]
FNS = [FUNCTIONS[name] for name in ("sphere", "beale")]


def read(script: bytes) -> tuple[list[Any], bytes]:
    """Return the content of a file: format, name and head, and the inflated body."""
    call = re.fullmatch(r"optgallery\.load\((.*)\);\n", script.decode("ascii"))
    assert call is not None
    *given, body = json.loads(f"[{call[1]}]")
    return given, zlib.decompress(b64decode(body))
