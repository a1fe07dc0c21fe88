"""Volumes and segmentations as a user would have them, made from DICOM files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pydicom

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


class Organ(NamedTuple):
    """A segment: its name, its voxels in the volume, and how it is coded and coloured."""

    name: str
    voxels: np.ndarray
    color: tuple[float, float, float] = (0.5, 0.7, 0.5)
    terminology: str = ""


def load_volume(files: Sequence[str | Path], name: str = "CT", *, from_dicom: bool = True) -> Any:
    """Return a volume node of a series, with the attribute that Slicer's DICOM module gives it."""
    import slicer

    headers = [pydicom.dcmread(file) for file in files]
    normal = np.cross(*np.reshape(headers[0].ImageOrientationPatient, (2, 3)).astype(float))
    headers.sort(key=lambda header: float(np.dot(normal, np.array(header.ImagePositionPatient, float))))
    array = np.stack([_pixels(header) for header in headers])
    volume = slicer.util.addVolumeFromArray(array, _ijk_to_ras(headers), name)
    if from_dicom:
        uids = " ".join(str(header.SOPInstanceUID) for header in headers)
        volume.SetAttribute("DICOM.instanceUIDs", uids)
    return volume


def _pixels(header: pydicom.Dataset) -> np.ndarray:
    if "PixelData" not in header:
        return np.zeros((header.Rows, header.Columns), np.int16)
    return header.pixel_array.astype(np.int16)


def _ijk_to_ras(headers: Sequence[pydicom.Dataset]) -> np.ndarray:
    row, column = np.reshape(headers[0].ImageOrientationPatient, (2, 3)).astype(float)
    first = np.array(headers[0].ImagePositionPatient, float)
    last = np.array(headers[-1].ImagePositionPatient, float)
    between_rows, between_columns = (float(value) for value in headers[0].PixelSpacing)
    matrix = np.eye(4)
    matrix[:3, 0] = row * between_columns
    matrix[:3, 1] = column * between_rows
    matrix[:3, 2] = (last - first) / (len(headers) - 1)
    matrix[:3, 3] = first
    return LPS_TO_RAS @ matrix


def add_segmentation(volume: Any, organs: Sequence[Organ], name: str = "Organs") -> Any:
    """Return a segmentation node of a volume."""
    import slicer

    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)
    node.CreateDefaultDisplayNodes()
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    for organ in organs:
        add_segment(node, volume, organ)
    return node


def add_segment(node: Any, volume: Any, organ: Organ) -> str:
    """Add a segment and return its ID."""
    import slicer

    segment_id = node.GetSegmentation().AddEmptySegment("", organ.name, organ.color)
    if organ.terminology:
        node.GetSegmentation().GetSegment(segment_id).SetTag("TerminologyEntry", organ.terminology)
    slicer.util.updateSegmentBinaryLabelmapFromArray(organ.voxels.astype(np.uint8), node, segment_id, volume)
    return segment_id


def box(volume: Any, *slices: slice) -> np.ndarray:
    """Return voxels of a volume's size that are True in a box given as (slices, rows, columns)."""
    columns, rows, planes = volume.GetImageData().GetDimensions()
    voxels = np.zeros((planes, rows, columns), bool)
    voxels[slices] = True
    return voxels


def ellipsoid(volume: Any, centre: Sequence[float], radii: Sequence[float]) -> np.ndarray:
    """Return an ellipsoid in a volume; centre and radii as fractions of its (slices, rows, columns)."""
    columns, rows, planes = volume.GetImageData().GetDimensions()
    axes = np.meshgrid(*(np.linspace(0, 1, count) for count in (planes, rows, columns)), indexing="ij")
    terms = [((axis - c) / r) ** 2 for axis, c, r in zip(axes, centre, radii, strict=True)]
    return sum(terms) <= 1


def voxels_of(node: Any, segment_name: str, volume: Any) -> np.ndarray:
    """Return a segment's voxels in a volume."""
    import slicer

    segment_id = node.GetSegmentation().GetSegmentIdBySegmentName(segment_name)
    assert segment_id, f"no segment {segment_name}"
    return slicer.util.arrayFromSegmentBinaryLabelmap(node, segment_id, volume) > 0


def add_label_map(volume: Any, labels: np.ndarray, names: Sequence[str], name: str = "Many") -> Any:
    """Return a segmentation whose segments share one image, as TotalSegmentator's; labels count from 1."""
    import slicer
    import vtk
    from vtk.util.numpy_support import numpy_to_vtk

    image = slicer.vtkOrientedImageData()
    planes, rows, columns = labels.shape
    image.SetExtent(0, columns - 1, 0, rows - 1, 0, planes - 1)
    scalars = numpy_to_vtk(np.ascontiguousarray(labels).reshape(-1), deep=True)
    scalars.SetName("ImageScalars")
    image.GetPointData().SetScalars(scalars)
    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    image.SetGeometryFromImageToWorldMatrix(matrix)
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)
    node.CreateDefaultDisplayNodes()
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    modified = node.StartModify()
    for number, segment_name in enumerate(names, start=1):
        segment = slicer.vtkSegment()
        segment.SetName(segment_name)
        segment.SetColor((number * 37 % 256) / 255, (number * 91 % 256) / 255, (number * 53 % 256) / 255)
        segment.SetLabelValue(number)
        segment.AddRepresentation("Binary labelmap", image)
        node.GetSegmentation().AddSegment(segment, f"Segment_{number}")
    node.EndModify(modified)
    return node
