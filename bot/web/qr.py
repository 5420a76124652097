"""A QR code as one SVG path, small enough to be sent to everybody who watches."""

from __future__ import annotations

from functools import lru_cache
from typing import Any


@lru_cache(maxsize=64)
def path_of(text: str) -> dict[str, Any]:
    """`{"size": modules a side, "path": the dark modules}` of a QR code (ISO/IEC 18004)."""
    import segno

    code = segno.make_qr(text, error="m", boost_error=False)
    runs: list[str] = []
    for y, row in enumerate(code.matrix):
        x = 0
        while x < len(row):
            width = _dark_from(row, x)
            if width:
                runs.append(f"M{x} {y}h{width}v1h-{width}z")
            x += width or 1
    return {"size": len(code.matrix), "path": "".join(runs)}


def _dark_from(row: bytearray, x: int) -> int:
    end = x
    while end < len(row) and row[end]:
        end += 1
    return end - x
