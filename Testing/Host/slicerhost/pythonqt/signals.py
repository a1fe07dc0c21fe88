"""`object.connect("clicked(bool)", function)` and its kin.

A Python function gets at most as many arguments as it has parameters, and parameters with defaults
count: `lambda x=5: ...` connected to `clicked(bool)` gets False in x (PythonQtSignalReceiver.cpp).
An unknown signal is an error here; PythonQt only writes a line to the terminal.
"""

import inspect
import types
from collections.abc import Callable
from typing import Any, NamedTuple

import shiboken6
from PySide6 import QtCore

from .. import faults


class _Connection(NamedTuple):
    signature: str
    receiver: Callable
    adapter: Callable
    signal: Any


_connections: dict[int, list[_Connection]] = {}  # address of the C++ sender -> its connections


def _connections_of(sender: QtCore.QObject) -> list[_Connection]:
    address = shiboken6.getCppPointer(sender)[0]
    if address not in _connections:
        _connections[address] = []
        sender.destroyed.connect(lambda: _connections.pop(address, None))
    return _connections[address]


def _normalized(signature: str) -> str:
    return bytes(QtCore.QMetaObject.normalizedSignature(signature)).decode()


def argument_count(signature: str) -> int:
    """Return how many arguments `name(type,type)` has; commas inside <> do not count."""
    arguments = signature.split("(", 1)[1].rsplit(")", 1)[0]
    if not arguments:
        return 0
    depth = 0
    count = 1
    for character in arguments:
        depth += {"<": 1, ">": -1}.get(character, 0)
        count += character == "," and depth == 0
    return count


def accepted_arguments(receiver: Callable, offered: int) -> int:
    """Return how many of the `offered` arguments PythonQt passes to the receiver."""
    is_method = inspect.ismethod(receiver)
    function = receiver.__func__ if is_method else receiver
    if not inspect.isfunction(function) or function.__code__.co_flags & inspect.CO_VARARGS:
        return offered
    return min(offered, function.__code__.co_argcount - is_method)


def _adapter(receiver: Callable, offered: int) -> Callable:
    """Wrap the receiver with as many parameters as it shall get.

    PySide6 counts the parameters of what is connected, so `*args` would be given nothing.
    """

    def call(*arguments):
        try:
            return receiver(*arguments)
        except Exception as exception:
            faults.record(exception)

    wrappers = {
        0: lambda: call(),
        1: lambda a: call(a),
        2: lambda a, b: call(a, b),
        3: lambda a, b, c: call(a, b, c),
        4: lambda a, b, c, d: call(a, b, c, d),
    }
    return wrappers[accepted_arguments(receiver, offered)]


def _find_signal(sender: QtCore.QObject, signature: str) -> Any:
    for cls in type(sender).__mro__:
        # of stand-in widgets: C++ signature -> name of the signal in Python
        attribute = cls.__dict__.get("SIGNALS", {}).get(signature)
        if attribute:
            return getattr(sender, attribute)
    meta = sender.metaObject()
    if meta.indexOfSignal(signature) < 0:
        raise ValueError(f"QObject::connect() signal '{signature}' does not exist on {meta.className()}")
    bound = getattr(sender, signature.split("(", 1)[0])
    try:
        return bound[signature]  # the overload with these arguments
    except (IndexError, KeyError, TypeError):
        return bound


def connect(sender: QtCore.QObject, signal: str, receiver: Any, slot: str | None = None) -> bool:
    """Connect a signal, named as in C++, to a callable or to a slot of another object."""
    if slot is not None:
        receiver = getattr(receiver, slot.split("(", 1)[0])
    signature = _normalized(signal)
    bound = _find_signal(sender, signature)
    adapter = _adapter(receiver, argument_count(signature))
    bound.connect(adapter)
    _connections_of(sender).append(_Connection(signature, receiver, adapter, bound))
    return True


def disconnect(sender: QtCore.QObject, signal: str, receiver: Any = None, slot: str | None = None) -> bool:
    """Undo `connect`; return whether there was something to undo."""
    if slot is not None:
        receiver = getattr(receiver, slot.split("(", 1)[0])
    signature = _normalized(signal)
    connections = _connections_of(sender)
    undone = [c for c in connections if c.signature == signature and receiver in (None, c.receiver)]
    for connection in undone:
        connection.signal.disconnect(connection.adapter)
        connections.remove(connection)
    return bool(undone)


def install_signals() -> None:
    """Make `connect` and `disconnect` of every object the functions above.

    Shiboken treats these two names specially (static and instance overloads), therefore the
    look-up itself is replaced.
    """
    original = QtCore.QObject.__getattribute__

    def lookup(self: QtCore.QObject, name: str) -> Any:
        if name == "connect":
            return types.MethodType(connect, self)
        if name == "disconnect":
            return types.MethodType(disconnect, self)
        return original(self, name)

    QtCore.QObject.__getattribute__ = lookup
