"""Unique identifiers, PS3.5 9."""

from typing import Self

import pydicom.uid


class UID(pydicom.uid.UID):
    """A unique identifier; without an argument a new one, made from a random UUID (PS3.5 B.2)."""

    def __new__(cls, value: str | None = None) -> Self:
        new: Self = super().__new__(cls, pydicom.uid.generate_uid(prefix=None) if value is None else value)  # type: ignore[assignment]
        return new
