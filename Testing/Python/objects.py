"""Segmentation objects made for tests, and what they hold, worked out the slow and plain way."""

from collections.abc import Sequence

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

import dicomsegcodec as hd
from dicomsegcodec.layers import LayeredSegmentation
from dicomsegcodec.stored import StoredSegmentation


def describe(numbers: Sequence[int]) -> list[hd.seg.SegmentDescription]:
    """Return a description for each of these Segment Numbers."""
    return [
        hd.seg.SegmentDescription(
            segment_number=n,
            segment_label=f"Segment {n}",
            segmented_property_category=codes.SCT.Tissue,
            segmented_property_type=codes.SCT.Bone,
            algorithm_type="MANUAL",
        )
        for n in numbers
    ]


def construct(
    images: Sequence[Dataset],
    array: np.ndarray,
    numbers: Sequence[int] = (1,),
    kind: str = "BINARY",
    **other: object,
) -> hd.seg.Segmentation:
    """Return a segmentation; `other` are further or other arguments of its constructor."""
    arguments: dict[str, object] = {
        "source_images": images,
        "pixel_array": array,
        "segmentation_type": kind,
        "segment_descriptions": describe(numbers),
        "series_instance_uid": hd.UID(),
        "series_number": 1,
        "sop_instance_uid": hd.UID(),
        "instance_number": 1,
        "manufacturer": "Maker",
        "manufacturer_model_name": "Model",
        "software_versions": "1",
        "device_serial_number": "1",
    }
    return hd.seg.Segmentation(**{**arguments, **other})  # type: ignore[arg-type]


def uids_of(images: Sequence[Dataset]) -> list[str]:
    return [image.SOPInstanceUID for image in images]


def masks_of(segmentation: LayeredSegmentation) -> dict[int, np.ndarray]:
    """Return the (slices, rows, columns) voxels of every segment, worked out the slow and plain way."""
    masks = {number: np.zeros(segmentation.shape, bool) for number in segmentation.numbers}
    for layer in segmentation.layers:
        window = tuple(slice(o, o + n) for o, n in zip(layer.origin, layer.pixels.shape, strict=True))
        for value, number in layer.segments.items():
            masks[number][window] |= layer.pixels == value
    return masks


def stored_masks(stored: StoredSegmentation, positions: np.ndarray) -> dict[int, np.ndarray]:
    """Return the voxels of every segment on planes at `positions`, from single frames."""
    planes = stored.known_planes()
    distance = np.linalg.norm(planes.positions_mm[:, None] - positions[None], axis=2)
    assert (distance.min(axis=1) < 1e-3).all()
    at = distance.argmin(axis=1)[stored.table.plane]
    masks = {s.number: np.zeros((len(positions), stored.rows, stored.columns), bool) for s in stored.segments}
    for plane, number, frame in zip(
        at, stored.table.segment, stored.frames.frames(np.arange(len(stored.table))), strict=True
    ):
        if number:
            masks[int(number)][plane] |= frame == 1
        else:
            for known, mask in masks.items():
                mask[plane] |= frame == known
    return masks
