"""Unique identifiers, PS3.5 9."""

from typing import Self
from uuid import UUID

import pydicom.uid

from .errors import ArgumentError


class UID(pydicom.uid.UID):
    """A unique identifier; without an argument a new one, made from a random UUID (PS3.5 B.2)."""

    def __new__(cls, value: str | None = None) -> Self:
        new: Self = super().__new__(cls, pydicom.uid.generate_uid(prefix=None) if value is None else value)  # type: ignore[assignment]
        return new

    @classmethod
    def from_uuid(cls, uuid: str) -> Self:
        """Return the UID of a UUID, PS3.5 B.2.

        Raises
        ------
        ArgumentError
            It is none.
        """
        try:
            return cls(f"2.25.{UUID(uuid).int}")
        except ValueError as error:
            raise ArgumentError(f"'{uuid}' is no UUID.") from error
