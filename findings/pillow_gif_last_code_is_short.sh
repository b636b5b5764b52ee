#!/usr/bin/env bash
# Pillow 13.0.0: the code that ends a GIF's pixels is sometimes one bit shorter than decoders expect.
# A decoder reads longer codes as soon as its table has 2^n entries. If the last pixels fill it to
# just that, Pillow writes the code that ends the data with the former length. Decoders that stop at
# the last pixel show the whole picture; who joins or splits the codes must count pixels instead.
# Seen: of 199 rows of 2 to 200 pixels in 4 colours, the data of 2 end too early for that code.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pillow==13.0.0
"$folder/venv/bin/python" - <<'PYTHON'
import random

from PIL import Image

BITS, CLEAR, END = 2, 4, 5


def after_the_last_pixel(data: bytes, pixels: int) -> tuple[int, int]:
    """Decode LZW data; return the length of the next code, and how many bits are left for it."""
    codes, at = b"", 0
    while at < len(data):
        codes, at = codes + data[at + 1 : at + 1 + data[at]], at + 1 + data[at]
    stream, left, size = int.from_bytes(codes, "little"), 8 * len(codes), BITS + 1
    table, before, found = {}, (), 0
    while found < pixels:
        code = stream & ((1 << size) - 1)
        stream, left = stream >> size, left - size
        if code == CLEAR:
            table, before, size = {i: (i,) for i in range(CLEAR)}, (), BITS + 1
            table |= {CLEAR: (), END: ()}
            continue
        entry = table[code] if code in table else (*before, before[0])
        if before:
            table[len(table)] = (*before, entry[0])
        if len(table) == 1 << size:
            size += 1
        before, found = entry, found + len(entry)
    return size, left


random.seed(0)
short = []
for width in range(2, 201):
    row = Image.new("L", (width, 1))
    row.putdata([random.randrange(4) for _ in range(width)])
    size, left = after_the_last_pixel(row.tobytes("gif", ("L", BITS, 0)), width)
    if left < size:
        short.append(f"{width} pixels: {left} bits for a code of {size}")
print(f"the data end too early for the last code in {len(short)} of 199 rows")
print(*short, sep="\n")
raise SystemExit(0 if short else 1)
PYTHON
