"""Pieces of content that several modules share."""

from collections.abc import Mapping
from typing import Any

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from .segments import Algorithm, code_item, read_algorithm
from .sr import as_code


class AlgorithmIdentificationSequence(Sequence):
    """What made a segment, PS3.3 10.16; one item.

    Parameters
    ----------
    name : str
    family : CodedConcept or Code
        For instance `codes.cid7162.ArtificialIntelligence`.
    version : str
    source : str, optional
        Manufacturer of the algorithm.
    parameters : mapping of str to str, optional
        Stored as one text of name=value pairs.
    """

    def __init__(
        self,
        name: str,
        family: Any,
        version: str,
        source: str | None = None,
        parameters: Mapping[str, str] | None = None,
    ) -> None:
        item = Dataset()
        item.AlgorithmFamilyCodeSequence = [code_item(as_code(family))]
        item.AlgorithmName = name
        item.AlgorithmVersion = version
        if source is not None:
            item.AlgorithmSource = source
        if parameters is not None:
            item.AlgorithmParameters = ",".join(f"{key}={value}" for key, value in parameters.items())
        super().__init__([item])

    @property
    def algorithm(self) -> Algorithm:
        """All of it as one value."""
        return read_algorithm(self[0])

    @property
    def name(self) -> str:
        return self.algorithm.name

    @property
    def version(self) -> str:
        return self.algorithm.version

    @property
    def source(self) -> str | None:
        return self.algorithm.source or None

    @property
    def parameters(self) -> dict[str, str] | None:
        text = self.algorithm.parameters
        return dict(part.split("=", 1) for part in text.split(",")) if text else None
