"""pydicom without its opinions: values as they stand in a file, and its exceptions as ours.

pydicom checks each value when it is first touched, and a damaged element ends in an exception of whatever
type its conversion raises. Files of other writers hold values that their VR does not allow; those are read,
and what cannot be read is one `ReadError`.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from pydicom import config
from pydicom.errors import BytesLengthException

from .errors import ReadError, SegError

DAMAGE = (
    *(ArithmeticError, AttributeError, BytesLengthException, EOFError, LookupError, NotImplementedError),
    *(OSError, RecursionError, TypeError, ValueError, struct.error),
)
"""What conversions of a damaged value raise in pydicom and numpy; OSError is pydicom's for a missing tag."""

_LOCK = Lock()
_depth = 0
_modes: tuple[int, int] = (config.WARN, config.WARN)


@contextmanager
def any_value() -> Iterator[None]:
    """Let pydicom take values that their VR does not allow, without a warning.

    Not pydicom's own `disable_value_validation`: its setting is global, so two threads that leave it in the
    order in which they came would leave it switched off for good.
    """
    global _depth, _modes
    settings = config.settings
    with _LOCK:
        if _depth == 0:
            _modes = (settings.reading_validation_mode, settings.writing_validation_mode)
            settings.reading_validation_mode = settings.writing_validation_mode = config.IGNORE
        _depth += 1
    try:
        yield
    finally:
        with _LOCK:
            _depth -= 1
            if _depth == 0:
                settings.reading_validation_mode, settings.writing_validation_mode = _modes


@contextmanager
def reading(what: str, failure: type[SegError] = ReadError) -> Iterator[None]:
    """Read `what` as `any_value` does; what pydicom cannot convert is a `failure`."""
    try:
        with any_value():
            yield
    except SegError:
        raise
    except DAMAGE as error:
        raise failure(f"{what} cannot be understood ({error}); the file is damaged.") from error
