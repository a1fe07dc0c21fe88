"""Packages that a compression needs and an installation may lack."""

from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

from ..errors import UnsupportedTransferSyntax


@dataclass(frozen=True, slots=True)
class OptionalPackage:
    """A package that is imported when a frame first needs it.

    Parameters
    ----------
    name : str
        What `pip install` is given.
    module : str
        What is imported.
    """

    name: str
    module: str

    @property
    def advice(self) -> str:
        return f"the package {self.name} is not installed: pip install {self.name}"

    def find(self) -> ModuleType | None:
        """Return the module; None where it cannot be imported."""
        try:
            return import_module(self.module)
        except ImportError:
            return None

    def load(self) -> ModuleType:
        """Return the module.

        Raises
        ------
        UnsupportedTransferSyntax
            It cannot be imported.
        """
        module = self.find()
        if module is None:
            raise UnsupportedTransferSyntax(f"The frames cannot be compressed or restored: {self.advice}")
        return module
