"""None, True and False that cannot be used up.

PySide6 6.12 gives back more references to them than it takes: each `Signal.emit` costs one to a bool. From
Python 3.12 on they are immortal and nobody notices; Python 3.11 ends the process when their count is 0,
which a long test run reaches. So they are given as many references as no run can use up.
"""

import ctypes
import sys

_MORE = 1 << 40


def keep() -> None:
    """Give None, True and False references enough, where they are counted."""
    if sys.version_info >= (3, 12):
        return
    for value in (None, True, False):
        ctypes.c_ssize_t.from_address(id(value)).value += _MORE
