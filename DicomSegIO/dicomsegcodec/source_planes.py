"""What source images state of their planes: single-frame series, multi-frame objects, images without a place.

PS3.3 C.7.6.2 (Image Plane), C.7.6.16.2.3 (Plane Position) and C.7.6.16.2.4 (Plane Orientation).
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.valuerep import format_number_as_ds

from .copied_attributes import usable_value
from .errors import MixedSources, SourceError
from .frame_columns import FrameColumns, columns_from_bytes, columns_from_items
from .geometry import DIRECTION_TOLERANCE, Planes
from .regularity import SPACING_TOLERANCE
from .slides import SlideTiles

_PER_FRAME = "PerFrameFunctionalGroupsSequence"
_PLACE = ("FrameOfReferenceUID", "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing")


def source_planes(datasets: Sequence[Dataset]) -> Planes:
    """Return the planes of single-frame images, or of the frames of one multi-frame image, in their order.

    A single image without a frame of reference has a plane without a place.

    Raises
    ------
    SourceError
        An image lacks what says where it lies.
    MixedSources
        The images differ in orientation, pixel spacing or size.
    """
    first = datasets[0]
    if len(datasets) == 1 and first.get("TotalPixelMatrixRows"):
        return _slide(first)
    for dataset in datasets:
        if not dataset.get("Rows") or not dataset.get("Columns"):
            raise SourceError(
                f"Source image {dataset.SOPInstanceUID} has no Rows or Columns; it is no image."
            )
        if int(dataset.get("NumberOfFrames") or 1) > 1 or "SharedFunctionalGroupsSequence" in dataset:
            if len(datasets) > 1:
                raise SourceError(
                    f"Source image {dataset.SOPInstanceUID} has several frames and {len(datasets)} images "
                    "are given; give one multi-frame image, or a series of single-frame images."
                )
            return _multi_frame(dataset)
    if len(datasets) == 1 and any(not first.get(keyword) for keyword in _PLACE[:3]):
        return _unlocated(first)
    for dataset in datasets:
        for keyword in _PLACE:
            if not dataset.get(keyword):
                raise SourceError(
                    f"Source image {dataset.SOPInstanceUID} has no {keyword}, so its place is unknown; "
                    "choose a series of images with a frame of reference."
                )
    return _single_frames(datasets)


def decimal_string(dataset: Dataset, keyword: str) -> str:
    """Return a decimal string attribute word for word; only numbers over 16 characters are written anew."""
    value = dataset[keyword].value
    texts = [str(part).strip() for part in (value if dataset[keyword].VM > 1 else [value])]
    return "\\".join(t if len(t) <= 16 else format_number_as_ds(float(t)) for t in texts)


def shared_value(dataset: Dataset, sequence: str, keyword: str) -> Dataset | None:
    """Return the item of the Shared Functional Groups that holds an attribute, or None."""
    for groups in dataset.get("SharedFunctionalGroupsSequence") or ():
        for item in groups.get(sequence) or ():
            if item.get(keyword) is not None:
                return item
    return None


def _single_frames(datasets: Sequence[Dataset]) -> Planes:
    first = datasets[0]
    for dataset in datasets:
        _check(_plane(dataset), dataset)
    _same_numbers(datasets, "ImageOrientationPatient", DIRECTION_TOLERANCE)
    _same_numbers(datasets, "PixelSpacing", SPACING_TOLERANCE * min(float(v) for v in first.PixelSpacing))
    if len({(d.Rows, d.Columns) for d in datasets}) > 1:
        sizes = sorted({f"{d.Rows} x {d.Columns}" for d in datasets})
        raise MixedSources(f"The source images differ in size: {', '.join(sizes)}; choose one series.")
    positions = tuple(decimal_string(d, "ImagePositionPatient") for d in datasets)
    # What is not needed to place the images may be absent or nonsense.
    thickness = usable_value(first, "SliceThickness", [])
    return replace(_plane(first), positions=positions, thickness="" if thickness is None else str(thickness))


def _plane(image: Dataset) -> Planes:
    return Planes(
        (decimal_string(image, "ImagePositionPatient"),),
        decimal_string(image, "ImageOrientationPatient"),
        decimal_string(image, "PixelSpacing"),
        (int(image.Rows), int(image.Columns)),
        str(image.FrameOfReferenceUID),
    )


def _check(planes: Planes, image: Dataset) -> Planes:
    fault = planes.fault()
    if fault:
        raise SourceError(
            f"Source image {image.SOPInstanceUID}: {fault}, so its place is unknown; choose another series."
        )
    return planes


def _unlocated(image: Dataset) -> Planes:
    return Planes(("",), "", "", (int(image.Rows), int(image.Columns)))


def _slide(image: Dataset) -> SlideTiles:
    name = f"Source image {image.SOPInstanceUID}"
    spacing = shared_value(image, "PixelMeasuresSequence", "PixelSpacing")
    origin = image.get("TotalPixelMatrixOriginSequence")
    if not (image.get("FrameOfReferenceUID") and image.get("ImageOrientationSlide") and origin and spacing):
        raise SourceError(
            f"{name} lacks Frame of Reference UID, Image Orientation (Slide), Total Pixel Matrix Origin or "
            "Pixel Spacing, so the place of its tiles is unknown."
        )
    if (
        int(image.get("TotalPixelMatrixFocalPlanes") or 1) > 1
        or len(image.get("OpticalPathSequence") or ()) > 1
    ):
        raise SourceError(
            f"{name} has several focal planes or optical paths; a segmentation needs one frame a tile."
        )
    parts = [
        decimal_string(origin[0], keyword) if origin[0].get(keyword) is not None else "0"
        for keyword in (
            "XOffsetInSlideCoordinateSystem",
            "YOffsetInSlideCoordinateSystem",
            "ZOffsetInSlideCoordinateSystem",
        )
    ]
    tile = (int(image.Rows), int(image.Columns))
    corners = None
    sparse = _PER_FRAME in image
    if sparse and image.get("DimensionOrganizationType") != "TILED_FULL":
        columns = frame_columns(image)
        if columns.corners is None:
            raise SourceError(f"{name} has frames without Plane Position (Slide); their tiles are unknown.")
        corners = columns.corners - 1
    return SlideTiles.covering(
        (int(image.TotalPixelMatrixRows), int(image.TotalPixelMatrixColumns)),
        tile,
        origin="\\".join(parts),
        orientation=decimal_string(image, "ImageOrientationSlide"),
        spacing=decimal_string(spacing, "PixelSpacing"),
        frame_of_reference=str(image.FrameOfReferenceUID),
        thickness=decimal_string(spacing, "SliceThickness") if spacing.get("SliceThickness") else "",
        corners=corners,
    )


def frame_columns(image: Dataset) -> FrameColumns:
    """Return what the functional groups of a multi-frame image say of each frame.

    Raises
    ------
    SourceError
        They are not as many as its frames.
    """
    count = int(image.get("NumberOfFrames") or 1)
    # Not parsed by pydicom where nobody has asked for them yet: that takes a second for 10,000 frames.
    groups = image.get_item(_PER_FRAME) if _PER_FRAME in image else None
    if isinstance(groups, RawDataElement) and isinstance(groups.value, bytes) and groups.is_little_endian:
        columns = columns_from_bytes(groups.value, groups.is_implicit_VR)
    else:
        columns = columns_from_items(image.get(_PER_FRAME) or [Dataset()] * count)
    if columns.frames != count:
        raise SourceError(
            f"Source image {image.SOPInstanceUID} has {count} frames and functional groups for "
            f"{columns.frames}."
        )
    return columns


def _multi_frame(image: Dataset) -> Planes:
    columns = frame_columns(image)
    orientation = _one(image, columns, "orientation", "PlaneOrientationSequence", "ImageOrientationPatient")
    spacing = _one(image, columns, "spacing", "PixelMeasuresSequence", "PixelSpacing")
    positions = _positions(image, columns)
    if not (image.get("FrameOfReferenceUID") and orientation and spacing and positions):
        raise SourceError(
            f"Source image {image.SOPInstanceUID} has no Frame of Reference, or frames without Plane "
            "Position, Plane Orientation or Pixel Spacing, so their place is unknown."
        )
    planes = Planes(
        positions,
        orientation,
        spacing,
        (int(image.Rows), int(image.Columns)),
        str(image.FrameOfReferenceUID),
        _one(image, columns, "thickness", "PixelMeasuresSequence", "SliceThickness"),
    )
    return _check(planes, image)


def _positions(image: Dataset, columns: FrameColumns) -> tuple[str, ...]:
    column = columns.texts.get("position")
    if column is None:
        item = shared_value(image, "PlanePositionSequence", "ImagePositionPatient")
        return (decimal_string(item, "ImagePositionPatient"),) * columns.frames if item is not None else ()
    if column.rows.size != columns.frames:
        return ()
    place = np.zeros(columns.frames, np.int64)
    place[column.rows] = column.place
    return tuple(column.texts[i] for i in place.tolist())


def _one(image: Dataset, columns: FrameColumns, name: str, sequence: str, keyword: str) -> str:
    """Return what is the same for all frames, or an empty string where it is not stated."""
    column = columns.texts.get(name)
    if column is None:
        item = shared_value(image, sequence, keyword)
        return decimal_string(item, keyword) if item is not None and item.get(keyword) else ""
    values = np.array([[float(v) for v in text.split("\\")] for text in column.texts])
    tolerance = DIRECTION_TOLERANCE if name == "orientation" else SPACING_TOLERANCE * abs(values[0]).min()
    if np.abs(values - values[0]).max() > tolerance:
        raise MixedSources(
            f"Frames of source image {image.SOPInstanceUID} differ in {keyword}: {say(values[0])} and "
            "others; a segmentation of it needs an image whose frames are parallel and alike."
        )
    return column.texts[0]


def _same_numbers(datasets: Sequence[Dataset], keyword: str, tolerance: float) -> None:
    values = np.array([[float(v) for v in d[keyword].value] for d in datasets])
    worst = int(np.abs(values - values[0]).max(axis=1).argmax())
    if np.abs(values[worst] - values[0]).max() > tolerance:
        raise MixedSources(
            f"The source images differ in {keyword}: {say(values[0])} and {say(values[worst])} "
            f"({datasets[worst].SOPInstanceUID}); choose the images of one stack."
        )


def say(values: Iterable[float]) -> str:
    """Return numbers as a person reads them."""
    return ", ".join(f"{v:.6g}" for v in values)
