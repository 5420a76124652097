"""Memory that was needed for a moment, given back to the system."""

from __future__ import annotations

import ctypes
import gc


def give_back() -> None:
    """Return what starting, reading and calibrating took and serving won't need (glibc; 10 MB).

    A few milliseconds; other C libraries do so by themselves or not at all.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def settle() -> None:
    """The same once what stays is there: the program and the knowledge.

    These are not looked through for garbage any more, which would stop every thread for a tenth
    of a second several times a minute.
    """
    gc.unfreeze()
    give_back()
    gc.freeze()
