"""What all frames share: dimensions and shared functional groups, PS3.3 C.7.6.17 and C.7.6.16."""

import uuid

from pydicom.dataset import Dataset
from pydicom.valuerep import format_number_as_ds

from .geometry import Planes, ds_values
from .slides import SlideTiles


def write_dimensions(header: Dataset, planes: Planes, labelmap: bool) -> None:
    """Add the dimensions of an object that has its SOP Instance UID."""
    organization = Dataset()
    # Made from the object's own UID, so that the same input gives the same bytes.
    name = f"{header.SOPInstanceUID}/dimensions"
    organization.DimensionOrganizationUID = f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, name).int}"
    header.DimensionOrganizationSequence = [organization]
    items = []
    for pointer, group, label in _pointers(planes, labelmap):
        item = Dataset()
        item.DimensionOrganizationUID = organization.DimensionOrganizationUID
        item.DimensionIndexPointer = pointer
        item.FunctionalGroupPointer = group
        item.DimensionDescriptionLabel = label
        items.append(item)
    header.DimensionIndexSequence = items


def _pointers(planes: Planes, labelmap: bool) -> list[tuple[int, int, str]]:
    """Return pointer, functional group pointer and label of each dimension."""
    pointers = [] if labelmap else [(0x0062000B, 0x0062000A, "Segment Number")]
    if isinstance(planes, SlideTiles):
        pointers.append((0x0048021F, 0x0048021A, "Row Position"))
        pointers.append((0x0048021E, 0x0048021A, "Column Position"))
    elif planes.located:
        if planes.time_points:
            pointers.append((0x00209128, 0x00209111, "Temporal Position Index"))
        pointers.append((0x00200032, 0x00209113, "Image Position"))
    elif labelmap:
        pointers.append((0x00209453, 0x00209111, "Frame Label"))
    return pointers


def shared_groups(planes: Planes) -> Dataset:
    """Return the item of the Shared Functional Groups Sequence."""
    orientation, measures, shared = Dataset(), Dataset(), Dataset()
    if not planes.located:  # the pixels are those of the source image, whose spacing may be at the detector
        return shared
    if isinstance(planes, SlideTiles):
        if planes.thickness:
            measures.SliceThickness = planes.thickness
        measures.PixelSpacing = planes.spacing.split("\\")
        shared.PixelMeasuresSequence = [measures]
        return shared
    orientation.ImageOrientationPatient = planes.orientation.split("\\")
    between = planes.spacing_between_slices_mm()
    # Slice Thickness is of type 1C here; where the source has none, the distance of the slices stands for it.
    thickness = planes.thickness or (format_number_as_ds(between) if between else "")
    if thickness and ds_values(thickness)[0] > 0:
        measures.SliceThickness = thickness
    if between:
        measures.SpacingBetweenSlices = format_number_as_ds(between)
    measures.PixelSpacing = planes.spacing.split("\\")
    shared.PlaneOrientationSequence = [orientation]
    shared.PixelMeasuresSequence = [measures]
    return shared
