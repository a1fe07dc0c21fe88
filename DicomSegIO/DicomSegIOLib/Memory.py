"""What was found before and will be found again, until it has not been asked for a while."""

from collections.abc import Iterator, MutableMapping
from typing import Any

_CALLS = 4


class Memory(MutableMapping[Any, Any]):
    """A mapping that forgets what the last calls of `turn` did not need."""

    def __init__(self) -> None:
        self._calls: list[dict[Any, Any]] = [{}]

    def turn(self) -> None:
        """Begin anew: what nobody asks for until this was called some times is forgotten."""
        self._calls = [{}, *self._calls[: _CALLS - 1]]

    def __getitem__(self, key: Any) -> Any:
        for kept in self._calls:
            if key in kept:
                self._calls[0][key] = kept[key]
                return kept[key]
        raise KeyError(key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._calls[0][key] = value

    def __delitem__(self, key: Any) -> None:
        self[key]
        for kept in self._calls:
            kept.pop(key, None)

    def __iter__(self) -> Iterator[Any]:
        return iter(dict.fromkeys(key for kept in self._calls for key in kept))

    def __len__(self) -> int:
        return len(list(iter(self)))
