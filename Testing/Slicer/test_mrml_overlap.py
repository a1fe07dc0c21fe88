"""Segments that share voxels in a label map: refused, split, won by the later one, or written as BINARY."""

import itertools
import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from segmentations import Layer, Looks, addSegmentation, voxels

from dicomsegcodec.errors import ArgumentError, Cancelled, OutputError, OverlappingSegments
from dicomsegcodec.layers import LabelLayer, LayeredSegmentation
from dicomsegcodec.occupancy import find_occupancy
from dicomsegcodec.read import open_segmentation
from dicomsegcodec.segments import Segment
from dicomsegcodec.sources import read_sources
from DicomSegIOLib import ExportOptions, Overlaps, exportSegmentation, loadSegmentation

SPLIT = ExportOptions(segmentationType="LABELMAP", overlap="SPLIT")
ONES = np.ones((2, 3, 4), np.uint8)


@pytest.fixture
def node(scene, volume):
    """Liver and tumour overlap in 4 voxels, tumour and vein too; the spleen is alone, and one is empty."""
    return addSegmentation(
        scene,
        {
            "liver": Looks("Liver"),
            "tumor": Looks("Tumor"),
            "vein": Looks("Vein"),
            "spleen": Looks("Spleen"),
            "empty": Looks("Empty"),
        },
        [
            Layer(np.where(np.arange(4) < 2, 3, 7)[None, None] * ONES, {"liver": 3, "spleen": 7}, (1, 1, 1)),
            Layer(np.ones((2, 4, 3), np.uint8), {"tumor": 1}, (0, 2, 0)),
            Layer(np.ones((2, 3, 1), np.uint8), {"vein": 1}, (2, 4, 0)),
        ],
        volume=volume,
    )


def seen(path) -> dict[str, np.ndarray]:
    """Return each segment of a file as (slices, rows, columns) of its own planes."""
    stored = open_segmentation(path)
    layered = stored.read_layers()
    found = {}
    for segment in layered.segments:
        whole = np.zeros(layered.shape, bool)
        for layer in layered.layers:
            place = tuple(slice(o, o + n) for o, n in zip(layer.origin, layer.pixels.shape, strict=True))
            for value, number in layer.segments.items():
                if number == segment.number:
                    whole[place] |= layer.pixels == value
        found[segment.label] = whole
    return found


def test_an_overlap_is_refused_if_nothing_is_said(node, oblique, tmp_path) -> None:
    options = ExportOptions(segmentationType="LABELMAP")
    with pytest.raises(OverlappingSegments) as caught:
        exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, options)
    assert "'Tumor' and 'Vein' overlap in 4 voxels" in str(caught.value)
    assert "'Liver' and 'Tumor' overlap in" in str(caught.value)
    assert caught.value.fixes == ("splitOverlap", "laterWins", "writeBinary")
    assert caught.value.segmentIds == ("liver", "tumor", "vein")
    assert list(tmp_path.iterdir()) == []


def test_split_segments_are_all_there_in_as_few_files_as_needed(
    scene, node, volume, oblique, tmp_path
) -> None:
    result = exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, SPLIT)
    assert [path.name for path in result.files] == ["seg_1.dcm", "seg_2.dcm"]
    assert sorted(tmp_path.iterdir()) == list(result.files)
    assert len(result.findings) == 1 and "written to 2 files" in result.findings[0].text
    headers = [dcmread(path) for path in result.files]
    assert {header.SegmentationType for header in headers} == {"LABELMAP"}
    assert len({header.SeriesInstanceUID for header in headers}) == 1
    assert len({header.SOPInstanceUID for header in headers}) == 2
    assert [header.InstanceNumber for header in headers] == [1, 2]
    labels = [[s.label for s in open_segmentation(path).segments] for path in result.files]
    assert labels == [["Liver", "Vein", "Spleen", "Empty"], ["Tumor"]]
    numbers = [[s.number for s in open_segmentation(path).segments] for path in result.files]
    assert numbers == [[1, 2, 3, 4], [1]]
    for path in result.files:
        back = loadSegmentation(path, scene)
        for segmentId in back.GetSegmentation().GetSegmentIDs():
            expected = voxels(node, segmentId, volume)
            np.testing.assert_array_equal(voxels(back, segmentId, volume), expected, segmentId)


def test_nothing_is_split_that_does_not_overlap(node, oblique, tmp_path) -> None:
    for overlap in ("SPLIT", "LATER_WINS", "BINARY"):
        options = ExportOptions(
            segmentationType="LABELMAP", overlap=overlap, segmentIds=("liver", "spleen", "vein")
        )
        result = exportSegmentation(node, tmp_path / f"{overlap}.dcm", oblique.files, options)
        assert result.files == (tmp_path / f"{overlap}.dcm",) and result.findings == ()
        assert open_segmentation(result.files[0]).segmentation_type == "LABELMAP"


def test_the_later_segment_wins(scene, node, volume, oblique, tmp_path) -> None:
    options = ExportOptions(segmentationType="LABELMAP", overlap="LATER_WINS")
    result = exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, options)
    (finding,) = result.findings
    assert finding.severity == "WARNING" and "'Tumor' and 'Vein' overlap in 4 voxels" in finding.text
    back = loadSegmentation(result.files[0], scene)
    taken = np.zeros(oblique.shape, bool)
    for segmentId in ("empty", "spleen", "vein", "tumor", "liver"):
        whole = voxels(node, segmentId, volume)
        np.testing.assert_array_equal(voxels(back, segmentId, volume), whole & ~taken, segmentId)
        taken |= whole


def test_a_segment_that_loses_all_voxels_is_named(scene, volume, oblique, tmp_path) -> None:
    node = addSegmentation(
        scene,
        {"a": Looks("Inside"), "b": Looks("Around"), "c": Looks("Empty")},
        [Layer(ONES[:1], {"a": 1}, (1, 1, 1)), Layer(np.ones((4, 5, 6), np.uint8), {"b": 1})],
        volume=volume,
    )
    options = ExportOptions(segmentationType="LABELMAP", overlap="LATER_WINS")
    result = exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, options)
    assert result.findings[1].text == "Segment 'Inside' lost all voxels to later ones."
    assert result.findings[1].segmentIds == ("a",)
    assert {label: mask.any() for label, mask in seen(result.files[0]).items()} == {
        "Inside": False, "Around": True, "Empty": False
    }  # fmt: skip


def test_binary_is_written_instead(scene, node, volume, oblique, tmp_path) -> None:
    options = ExportOptions(segmentationType="LABELMAP", overlap="BINARY")
    result = exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, options)
    assert open_segmentation(result.files[0]).segmentation_type == "BINARY"
    back = loadSegmentation(result.files[0], scene)
    for segmentId in ("liver", "tumor", "vein", "spleen"):
        np.testing.assert_array_equal(voxels(back, segmentId, volume), voxels(node, segmentId, volume))
    assert "BINARY is written instead" in result.findings[0].text


@pytest.mark.parametrize("step", range(6))
def test_a_cancelled_split_leaves_no_file(node, oblique, tmp_path, step) -> None:
    (tmp_path / "seg_1.dcm").write_text("former")
    steps: list[str] = []

    def progress(_fraction: float, stage: str) -> bool:
        steps.append(stage)
        return len(steps) > step * 2

    with pytest.raises(Cancelled):
        exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, SPLIT, progress)
    assert [path.name for path in tmp_path.iterdir()] == ["seg_1.dcm"]
    assert (tmp_path / "seg_1.dcm").read_text() == "former"


def test_progress_of_several_files_goes_forward(node, oblique, tmp_path) -> None:
    fractions: list[float] = []
    exportSegmentation(
        node, tmp_path / "seg.dcm", oblique.files, SPLIT, lambda fraction, _: fractions.append(fraction)
    )
    assert fractions == sorted(fractions) and fractions[-1] == 1


@pytest.mark.parametrize("fails", [1, 2, 3])
def test_if_a_file_cannot_take_its_place_none_does(node, oblique, tmp_path, monkeypatch, fails) -> None:
    (tmp_path / "seg_1.dcm").write_text("former 1")
    (tmp_path / "seg_2.dcm").write_text("former 2")
    real, count = os.replace, itertools.count(1)

    def replace(one, other) -> None:
        if str(other).endswith((".dcm", "old0", "old1")) and next(count) == fails:
            raise PermissionError(13, "Permission denied")
        real(one, other)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(OutputError, match="could not be written"):
        exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, SPLIT)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["seg_1.dcm", "seg_2.dcm"]
    assert [(tmp_path / f"seg_{n}.dcm").read_text() for n in (1, 2)] == ["former 1", "former 2"]


def test_several_files_need_a_folder_too(node, oblique, tmp_path) -> None:
    with pytest.raises(OutputError, match="There is no folder"):
        exportSegmentation(node, tmp_path / "no" / "seg.dcm", oblique.files, SPLIT)
    (tmp_path / "seg_2.dcm").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, SPLIT)


# --- numbers and colours ------------------------------------------------------------------------------------


def test_label_values_can_be_kept_as_numbers(scene, volume, oblique, tmp_path) -> None:
    node = addSegmentation(
        scene,
        {"a": Looks("A"), "b": Looks("B"), "c": Looks("C"), "d": Looks("D")},
        [
            Layer((np.arange(4) % 2 * 295 + 5)[None, None].astype(np.uint16) * ONES, {"a": 300, "b": 5}),
            Layer(ONES, {"c": 9}, (5, 5, 3)),
        ],
        volume=volume,
    )
    options = ExportOptions(segmentationType="LABELMAP", segmentNumbers="KEEP")
    result = exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, options)
    stored = open_segmentation(result.files[0])
    assert {s.label: s.number for s in stored.segments} == {
        "A": 300,
        "B": 5,
        "C": 9,
        "D": 1,
    }
    assert stored.bits == 16
    back = loadSegmentation(result.files[0], scene)
    for segmentId in "abcd":
        np.testing.assert_array_equal(voxels(back, segmentId, volume), voxels(node, segmentId, volume))
    # An empty segment has the label value of another one; it gets a free number.
    empty = addSegmentation(scene, {"a": Looks("A"), "e": Looks("E")}, [Layer(ONES, {"a": 1})], volume=volume)
    result = exportSegmentation(empty, tmp_path / "empty.dcm", oblique.files, options)
    numbers = {s.label: s.number for s in open_segmentation(result.files[0]).segments}
    assert numbers == {"A": 1, "E": 2}
    assert [finding.segmentIds for finding in result.findings] == [("e",)]


def test_a_number_cannot_stand_for_two_segments(scene, volume, oblique, tmp_path) -> None:
    node = addSegmentation(
        scene,
        {"a": Looks("A"), "b": Looks("B")},
        [Layer(ONES, {"a": 1}), Layer(ONES, {"b": 1}, (5, 5, 3))],
        volume=volume,
    )
    options = ExportOptions(segmentationType="LABELMAP", segmentNumbers="KEEP")
    with pytest.raises(ArgumentError, match="'A' and 'B' have the same label value 1") as caught:
        exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, options)
    assert caught.value.fixes == ("consecutiveNumbers",)
    binary = ExportOptions(segmentNumbers="KEEP")  # which is for label maps
    exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, binary)


def test_a_label_map_can_have_the_segments_colors(scene, volume, oblique, tmp_path) -> None:
    from dicomsegcodec.palette import read_palette

    colors = {"a": (1.0, 0.0, 0.0), "b": (0.0, 128 / 255, 1.0)}
    node = addSegmentation(
        scene,
        {name: Looks(name.upper(), color) for name, color in colors.items()},
        [Layer((np.arange(4) % 2 + 1)[None, None].astype(np.uint8) * ONES, {"a": 1, "b": 2})],
        volume=volume,
    )
    options = ExportOptions(segmentationType="LABELMAP", labelColors=True, compression="RLE")
    result = exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, options)
    header = dcmread(result.files[0])
    assert header.PhotometricInterpretation == "PALETTE COLOR"
    palette = read_palette(header)
    assert [palette.rgb(n) for n in (1, 2)] == [(255, 0, 0), (0, 128, 255)]
    back = loadSegmentation(result.files[0], scene)
    assert [back.GetSegmentation().GetSegment(name).GetColor() for name in "ab"] == list(colors.values())
    grey = ExportOptions(labelColors=True)  # which is for label maps
    exportSegmentation(node, tmp_path / "grey.dcm", oblique.files, grey)
    assert dcmread(tmp_path / "grey.dcm").PhotometricInterpretation == "MONOCHROME2"


# --- overlaps by themselves ---------------------------------------------------------------------------------

boxes = st.lists(st.tuples(*[st.integers(0, 3)] * 3, *[st.integers(1, 3)] * 3), min_size=1, max_size=6)


@given(boxes)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_overlaps_are_those_of_the_masks(oblique, boxes) -> None:
    planes = read_sources(oblique.files).planes
    segments = tuple(Segment(number=n, label=str(n)) for n in range(1, len(boxes) + 1))
    layers, masks = [], []
    for number, (k, j, i, depth, height, width) in enumerate(boxes, start=1):
        pixels = np.full((depth, height, width), number % 3 + 1, np.uint8)
        layers.append(LabelLayer(pixels, {number % 3 + 1: number}, (k, j, i)))
        mask = np.zeros(oblique.shape, bool)
        mask[k : k + depth, j : j + height, i : i + width] = True
        masks.append(mask)
    layered = LayeredSegmentation(planes, segments, tuple(layers))
    occupancy = find_occupancy(layered)
    overlaps = Overlaps.findOverlaps(layered, occupancy)
    assert overlaps == {
        (a, b): int((masks[a - 1] & masks[b - 1]).sum())
        for a, b in itertools.combinations(range(1, len(boxes) + 1), 2)
        if (masks[a - 1] & masks[b - 1]).any()
    }
    files = Overlaps.filesFor(layered, overlaps)
    assert sorted(itertools.chain(*files)) == list(range(1, len(boxes) + 1))
    for held in files:
        assert sum(masks[number - 1].astype(int) for number in held).max() == 1
    merged = Overlaps.laterWins(layered, occupancy)
    (layer,) = merged.layers
    latest = np.zeros(oblique.shape, int)
    for number, mask in enumerate(masks, start=1):
        latest[mask] = number
    whole = np.zeros(oblique.shape, int)
    for value, number in layer.segments.items():
        whole[layer.origin[0] : layer.origin[0] + len(layer.pixels)][layer.pixels == value] = number
    np.testing.assert_array_equal(whole, latest)
