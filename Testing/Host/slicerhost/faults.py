"""Exceptions that nobody can catch: raised in slots, in VTK observers and in threads.

Slicer prints them and goes on, so that a test would pass although the module is broken. Here they
are collected; every test ends by asking that the list is empty.
"""

import sys
import threading
import traceback

FAULTS: list[BaseException] = []


def record(exception: BaseException) -> None:
    """Keep the exception for the test's end and print its traceback, as Slicer does."""
    FAULTS.append(exception)
    traceback.print_exception(exception)


def watch() -> None:
    """Collect what reaches the interpreter's hooks: attribute-style signals, observers, threads."""
    sys.excepthook = lambda kind, exception, trace: record(exception)
    threading.excepthook = lambda args: record(args.exc_value)


def take() -> list[BaseException]:
    """Return the collected exceptions and forget them."""
    found = list(FAULTS)
    FAULTS.clear()
    return found
