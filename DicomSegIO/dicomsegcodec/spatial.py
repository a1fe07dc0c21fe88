"""Where images lie in space."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from pydicom.dataset import Dataset

from .orientation import (
    LPS_PATIENT_REFERENCE_CONVENTION,
    RAS_PATIENT_REFERENCE_CONVENTION,
    get_closest_patient_orientation,
)
from .sources import SourceImages

__all__ = [
    "LPS_PATIENT_REFERENCE_CONVENTION",
    "RAS_PATIENT_REFERENCE_CONVENTION",
    "get_closest_patient_orientation",
    "sort_datasets",
]

DatasetT = TypeVar("DatasetT", bound=Dataset)


def sort_datasets(datasets: Sequence[DatasetT]) -> list[DatasetT]:
    """Return single-frame images sorted along the normal of their planes.

    With slices in this order, an array of (slice, row, column) is right-handed: for an axial series
    with the usual orientation the first image is the one closest to the head.

    Raises
    ------
    SourceError, MixedSources
        The images do not belong to one stack.
    """
    planes = SourceImages.of(datasets).planes
    return [datasets[i] for i in np.argsort(planes.distances_mm(), kind="stable").tolist()]
