""".seg.nrrd against Slicer's own segmentation storage node, both ways."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dicomsegcodec.color import cielab_to_rgb
from dicomsegcodec.geometry import Geometry
from dicomsegcodec.interchange.seg_nrrd import read_seg_nrrd, write_seg_nrrd
from dicomsegcodec.interchange.terminology_entry import TerminologyEntry, parse_entry, write_entry
from dicomsegcodec.layers import LabelLayer
from dicomsegcodec.segments import TISSUE, Code, Segment
from interchange_strategies import (
    full_segments,
    geometries,
    layers_on,
    masks_of,
    simple_segments,
)

vtk = pytest.importorskip("vtk")
slicer = pytest.importorskip("slicer")

from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy  # noqa: E402 (vtk may be absent)

# Of VTK's own numpy_support, with NumPy 2.5.
pytestmark = pytest.mark.filterwarnings("ignore:Setting the shape:DeprecationWarning")

LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
ENTRY = (
    "Segmentation category and type - 3D Slicer General Anatomy list~SCT^123037004^Anatomical Structure"
    "~SCT^64033007^Kidney~SCT^7771000^Left"
    "~Anatomic codes - DICOM master list~SCT^113345001^Abdomen~SCT^24028007^Right"
)


class Scene:
    """A MRML scene with one segmentation node and its storage node."""

    def __init__(self) -> None:
        self.scene = slicer.vtkMRMLScene()
        self.node = self.scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
        self.storage = self.scene.AddNewNodeByClass("vtkMRMLSegmentationStorageNode")

    @property
    def segmentation(self) -> Any:
        return self.node.GetSegmentation()

    def read(self, path: Path) -> "Scene":
        self.storage.SetFileName(str(path))
        assert self.storage.ReadData(self.node)
        return self

    def write(self, path: Path, *, crop: bool = False) -> None:
        self.storage.SetFileName(str(path))
        self.storage.SetCropToMinimumExtent(crop)
        assert self.storage.WriteData(self.node)

    def segments(self) -> list[Any]:
        return [self.segmentation.GetNthSegment(i) for i in range(self.segmentation.GetNumberOfSegments())]

    def add(self, name: str, image: Any, value: int, tags: dict[str, str], color: tuple[float, ...]) -> None:
        segment = slicer.vtkSegment()
        segment.SetName(name)
        segment.SetColor(color)
        segment.SetLabelValue(value)
        for key, text in tags.items():
            segment.SetTag(key, text)
        segment.AddRepresentation("Binary labelmap", image)
        assert self.segmentation.AddSegment(segment, f"id_{name}")


def oriented_image(pixels: np.ndarray, geometry: Geometry, origin: tuple[int, int, int]) -> Any:
    """Return Slicer's image of a cropped layer: RAS, extents in (i, j, k)."""
    image = slicer.vtkOrientedImageData()
    extent = [n for o, size in zip(origin[::-1], pixels.shape[::-1], strict=True) for n in (o, o + size - 1)]
    image.SetExtent(extent)
    scalars = numpy_to_vtk(np.ascontiguousarray(pixels).reshape(-1), deep=True)
    image.GetPointData().SetScalars(scalars)
    matrix = vtk.vtkMatrix4x4()
    matrix.DeepCopy((LPS @ geometry.index_to_lps[:, [2, 1, 0, 3]]).reshape(-1).tolist())
    image.SetImageToWorldMatrix(matrix)
    return image


def place_of(image: Any) -> np.ndarray:
    """Return Slicer's image matrix as (slice, row, column) to LPS."""
    matrix = vtk.vtkMatrix4x4()
    image.GetImageToWorldMatrix(matrix)
    ijk_to_ras = np.array([[matrix.GetElement(r, c) for c in range(4)] for r in range(4)])
    return LPS @ ijk_to_ras[:, [2, 1, 0, 3]]


def mask_in_slicer(segment: Any, geometry: Geometry) -> np.ndarray:
    """Return a segment's voxels on the whole grid, and check that Slicer has them in their place."""
    image = segment.GetRepresentation("Binary labelmap")
    mask = np.zeros(geometry.shape, bool)
    i0, i1, j0, j1, k0, k1 = image.GetExtent()
    if i0 <= i1:
        assert np.allclose(place_of(image), geometry.index_to_lps, atol=1e-6)
        values = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(
            k1 - k0 + 1, j1 - j0 + 1, i1 - i0 + 1
        )
        mask[k0 : k1 + 1, j0 : j1 + 1, i0 : i1 + 1] = values == segment.GetLabelValue()
    return mask


def tag(segment: Any, key: str) -> str | None:
    text = vtk.reference("")
    return str(text) if segment.GetTag(key, text) else None


@settings(max_examples=40)
@given(st.data())
def test_slicer_reads_what_we_write(data: st.DataObject) -> None:
    # Slicer takes a grid of one voxel for "no image", so there are two at least.
    geometry = data.draw(geometries().filter(lambda g: np.prod(g.shape) > 1))
    numbers = data.draw(st.lists(st.sampled_from((1, 2, 5, 300)), min_size=1, max_size=3, unique=True))
    segments = [data.draw(simple_segments(number)) for number in numbers]
    layers = data.draw(layers_on(geometry, numbers))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.seg.nrrd"
        write_seg_nrrd(path, layers, geometry, segments)
        scene = Scene().read(path)
    masks = masks_of(layers, geometry.shape)
    found = scene.segments()
    assert len(found) == len(segments)
    for slicers, ours in zip(found, segments, strict=True):
        assert slicers.GetLabelValue() == ours.number
        assert slicers.GetName() == ours.label.replace("|", "/")
        color = (0.5, 0.5, 0.5) if ours.cielab is None else cielab_to_rgb(ours.cielab)
        assert np.allclose(slicers.GetColor(), color, atol=1e-5)
        region = ours.regions[0] if ours.regions else None
        entry = TerminologyEntry(
            ours.category,
            ours.type,
            ours.type_modifiers[0] if ours.type_modifiers else None,
            region.code if region else None,
            region.modifiers[0] if region and region.modifiers else None,
        )
        assert tag(slicers, "TerminologyEntry") == write_entry(entry)
        assert tag(slicers, "DICOM.SegmentAlgorithmType") == ours.algorithm.type
        assert tag(slicers, "DICOM.SegmentAlgorithmName") == ours.algorithm.name.replace("|", "/")
        expected = masks.get(ours.number, np.zeros(geometry.shape, bool))
        assert np.array_equal(mask_in_slicer(slicers, geometry), expected)


@settings(max_examples=40)
@given(st.data())
def test_everything_survives_a_save_in_slicer(data: st.DataObject) -> None:
    geometry = data.draw(geometries().filter(lambda g: np.prod(g.shape) > 1))
    numbers = data.draw(st.lists(st.sampled_from((1, 2, 5, 300)), min_size=1, max_size=3, unique=True))
    segments = [data.draw(full_segments(number)) for number in numbers]
    layers = [LabelLayer(np.full(geometry.shape, n, np.uint16), {n: n}) for n in numbers]
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder) / "a.seg.nrrd", Path(folder) / "b.seg.nrrd"
        write_seg_nrrd(first, layers, geometry, segments)
        Scene().read(first).write(second)
        found = read_seg_nrrd(second)
    # Slicer gives new label values when it sorts segments into layers; their order stays.
    for ours, slicers in zip(segments, found.segments, strict=True):
        words = {k: v for k, v in slicers.private_text.items() if not k.startswith("slicer")}
        assert replace(slicers, number=ours.number, private_text=words) == ours
    assert geometry.differs_from(found.geometry) == ""
    assert {n: m.all() for n, m in masks_of(found.layers, geometry.shape).items()} == {
        s.number: True for s in found.segments
    }


@settings(max_examples=40)
@given(st.data())
def test_what_slicer_writes_is_read(data: st.DataObject) -> None:
    geometry = data.draw(geometries().filter(lambda g: np.prod(g.shape) > 1))
    layers = data.draw(layers_on(geometry, [1, 2, 3, 4]))
    scene = Scene()
    for layer in layers:
        image = oriented_image(layer.pixels.astype(np.uint8), geometry, layer.origin)
        for value, number in layer.segments.items():
            tags = {"TerminologyEntry": ENTRY, "DICOM.SegmentAlgorithmType": "AUTOMATIC", "My.Tag": "a b"}
            scene.add(f"Fígado {number}", image, value, tags, (0.1 * number, 0.5, 0.25))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.seg.nrrd"
        scene.write(path)
        found = read_seg_nrrd(path)
    assert {s.label for s in found.segments} == {f"Fígado {n}" for n in (1, 2, 3, 4)}
    for segment in found.segments:
        number = int(segment.label.split()[1])
        assert np.allclose(cielab_to_rgb(segment.cielab or (0, 0, 0)), (0.1 * number, 0.5, 0.25), atol=1e-3)
        assert segment.type == Code("64033007", "SCT", "Kidney")
        assert segment.type_modifiers == (Code("7771000", "SCT", "Left"),)
        assert segment.regions[0].code == Code("113345001", "SCT", "Abdomen")
        assert segment.regions[0].modifiers == (Code("24028007", "SCT", "Right"),)
        assert segment.algorithm.type == "AUTOMATIC"
        assert segment.private_text["slicer:My.Tag"] == "a b"
        assert segment.private_text["slicer:TerminologyEntry"] == ENTRY
        assert segment.private_text["slicer-id"] == f"id_{segment.label}"
    named = {s.number: int(s.label.split()[1]) for s in found.segments}
    # The file may be cropped to the segments, so voxels are compared by their places.
    assert places(found.layers, found.geometry, named) == places(
        layers, geometry, {n: n for n in (1, 2, 3, 4)}
    )


def places(layers: Any, geometry: Geometry, names: dict[int, int]) -> dict[int, set[tuple[float, ...]]]:
    """Return the places in mm of each segment's voxels, by the segment's name."""
    found = {}
    for number, mask in masks_of(layers, geometry.shape).items():
        points = (
            np.round(geometry.index_to_lps[:3] @ np.c_[np.argwhere(mask), np.ones(mask.sum())].T, 3) + 0.0
        )
        found[names[number]] = {tuple(point) for point in points.T.tolist()}
    return found


def test_a_new_segment_of_slicer_is_coded_as_slicer_has_it(tmp_path: Path) -> None:
    scene = Scene()
    image = oriented_image(np.ones((2, 2, 2), np.uint8), Geometry(np.eye(4), (2, 2, 2)), (0, 0, 0))
    scene.add("a", image, 1, {}, (1, 0, 0))
    scene.write(tmp_path / "a.seg.nrrd")
    found = read_seg_nrrd(tmp_path / "a.seg.nrrd")
    assert (found.segments[0].category, found.segments[0].type) == (TISSUE, TISSUE)
    assert found.findings == ()


@given(st.data())
def test_entries_are_parsed_as_slicer_parses_them(data: st.DataObject) -> None:
    logic = slicer.vtkSlicerTerminologiesModuleLogic()
    segment: Segment = data.draw(simple_segments())
    region = segment.regions[0] if segment.regions else None
    text = write_entry(
        TerminologyEntry(
            segment.category,
            segment.type,
            segment.type_modifiers[0] if segment.type_modifiers else None,
            region.code if region else None,
            region.modifiers[0] if region and region.modifiers else None,
            "context",
            "regions",
        )
    )
    entry = slicer.vtkSlicerTerminologyEntry()
    assert logic.DeserializeTerminologyEntry(text, entry)
    assert logic.SerializeTerminologyEntry(entry) == text
    ours = parse_entry(text)
    assert ours is not None
    objects = (
        entry.GetCategoryObject(),
        entry.GetTypeObject(),
        entry.GetTypeModifierObject(),
        entry.GetRegionObject(),
        entry.GetRegionModifierObject(),
    )
    for theirs, code in zip(objects, ours[:5], strict=True):
        found = (theirs.GetCodeValue(), theirs.GetCodingSchemeDesignator(), theirs.GetCodeMeaning())
        assert tuple(part or "" for part in found) == (code[:3] if code else ("", "", ""))
