"""Where the frames of a stored segmentation lie, by its shared and per-frame groups, PS3.3 C.7.6.16.2."""

import numpy as np
from pydicom.dataset import Dataset

from .errors import ReadError
from .frame_columns import FrameColumns
from .geometry import Planes, finite_numbers
from .placement import same_places


def find_planes(dataset: Dataset, columns: FrameColumns) -> tuple[Planes | None, np.ndarray]:
    """Return the distinct planes, sorted, and the plane of each frame."""
    position = columns.texts.get("position")
    shared = shared_value(dataset, "PlanePositionSequence", "ImagePositionPatient")
    if position is None and shared is not None:
        texts, place = [_decimal(shared)], np.zeros(columns.frames, np.int64)
    elif position is None or position.rows.size != columns.frames:
        return None, np.zeros(columns.frames, np.int64)
    else:
        texts, place = list(position.texts), np.zeros(columns.frames, np.int64)
        place[position.rows] = position.place
    orientation = _one_text(
        dataset, columns, "orientation", "PlaneOrientationSequence", "ImageOrientationPatient"
    )
    spacing = _one_text(dataset, columns, "spacing", "PixelMeasuresSequence", "PixelSpacing")
    if not orientation or not spacing:
        return None, np.zeros(columns.frames, np.int64)
    thickness = _one_text(dataset, columns, "thickness", "PixelMeasuresSequence", "SliceThickness")
    loose = Planes(
        tuple(texts),
        orientation,
        spacing,
        (int(dataset.Rows), int(dataset.Columns)),
        str(dataset.get("FrameOfReferenceUID") or ""),
        thickness,
    )
    fault = loose.fault()
    if fault:
        raise ReadError(f"{fault}, so the place of the frames is unknown; the file is damaged.")
    order, cluster = same_places(loose)
    return loose.take(order), cluster[place]


def _one_text(dataset: Dataset, columns: FrameColumns, name: str, sequence: str, keyword: str) -> str:
    """Return what is the same for all frames, from the shared or the per-frame groups; empty where absent.

    Raises
    ------
    ReadError
        Frames differ in it.
    """
    shared = shared_value(dataset, sequence, keyword)
    column = columns.texts.get(name)
    if column is None:
        return _decimal(shared) if shared is not None else ""
    values = {tuple(round(v, 4) for v in finite_numbers(text)) or text for text in column.texts}
    if len(values) > 1:
        raise ReadError(f"Frames differ in {keyword}; they are not parallel planes of one grid.")
    return column.texts[0]


def shared_value(dataset: Dataset, sequence: str, keyword: str) -> object:
    """Return an attribute of the Shared Functional Groups, or None."""
    for groups in dataset.get("SharedFunctionalGroupsSequence") or ():
        for item in groups.get(sequence) or ():
            if item.get(keyword) is not None:
                return item[keyword].value
    return None


def _decimal(value: object) -> str:
    if hasattr(value, "__iter__") and not isinstance(value, str):
        return "\\".join(str(v) for v in value)
    return str(value)
