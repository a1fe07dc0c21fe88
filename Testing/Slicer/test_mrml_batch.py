"""The batch script, run as a user runs it with plain Python."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from segmentations import Layer, Looks, addSegmentation, ijkToRasOf, voxels

from dicomsegcodec.read import open_segmentation
from DicomSegIOLib import SegmentationNode, loadSegmentation

SCRIPT = Path(__file__).resolve().parents[2] / "DicomSegIO" / "DicomSegIOBatch.py"


def run(*arguments: object) -> tuple[int, str, str]:
    """Return exit status, standard output and standard error."""
    done = subprocess.run(
        [sys.executable, SCRIPT, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def node(scene, volume):
    rng = np.random.default_rng(3)
    return addSegmentation(
        scene,
        {"a": Looks("Fígado", (1.0, 0.0, 0.0)), "b": Looks("B", (0.0, 0.0, 1.0)), "c": Looks("empty")},
        [
            Layer(rng.integers(0, 2, (3, 5, 4)).astype(np.uint8), {"a": 1}, (1, 2, 1)),
            Layer(rng.integers(0, 2, (3, 5, 4)).astype(np.uint8), {"b": 1}, (2, 2, 1)),
        ],
        volume=volume,
    )


@pytest.fixture
def segNrrd(scene, node, tmp_path) -> Path:
    path = tmp_path / "input" / "liver.seg.nrrd"
    path.parent.mkdir()
    storage = scene.AddNewNodeByClass("vtkMRMLSegmentationStorageNode")
    storage.SetFileName(str(path))
    assert storage.WriteData(node)
    return path


def test_a_slicer_file_to_dicom_and_back(scene, node, volume, oblique, segNrrd, tmp_path) -> None:
    seg = tmp_path / "seg.dcm"
    assert run("export", segNrrd, "--source", oblique.folder, "-o", seg) == (0, f"{seg}\n", "")
    loaded = loadSegmentation(seg, scene)
    assert loaded.GetName() == "liver"
    assert loaded.GetSegmentation().GetSegmentIDs() == ("a", "b", "c")
    for segmentId in "abc":
        np.testing.assert_array_equal(voxels(loaded, segmentId, volume), voxels(node, segmentId, volume))

    back = tmp_path / "back.seg.nrrd"
    status, out, _ = run("load", seg, "-o", back)
    assert (status, out) == (0, f"{back}\n")
    storage = scene.AddNewNodeByClass("vtkMRMLSegmentationStorageNode")
    storage.SetFileName(str(back))
    again = scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    assert storage.ReadData(again)
    for segmentId in "abc":
        np.testing.assert_array_equal(voxels(again, segmentId, volume), voxels(node, segmentId, volume))
        one, other = (n.GetSegmentation().GetSegment(segmentId) for n in (node, again))
        assert other.GetName() == one.GetName()
        assert SegmentationNode.readTags(other).items() >= SegmentationNode.readTags(one).items()


def test_choices_on_the_command_line(oblique, segNrrd, tmp_path) -> None:
    seg = tmp_path / "seg.dcm"
    choices = [
        "--type",
        "labelmap",
        "--keep-empty-frames",
        "--segments",
        "B",
        "c",
        "--series-description",
        "Mine",
    ]
    status, _, said = run("export", segNrrd, "--source", *oblique.files, "-o", seg, *choices)
    assert (status, said) == (0, "")
    stored = open_segmentation(seg)
    assert [segment.label for segment in stored.segments] == ["B", "empty"]
    assert (stored.segmentation_type, stored.number_of_frames) == ("LABELMAP", len(oblique.files))
    assert stored.dataset.SeriesDescription == "Mine"


@pytest.mark.parametrize("suffix", [".nii.gz", ".nrrd"])
def test_a_label_volume_to_dicom(scene, volume, oblique, tmp_path, suffix) -> None:
    labels = np.random.default_rng(0).choice(np.array([0, 0, 3, 260], np.uint16), oblique.shape)
    matrix = np.diag([-1.0, -1, 1, 1]) @ ijkToRasOf(oblique.images)
    spacing = np.linalg.norm(matrix[:3, :3], axis=0)
    image = sitk.GetImageFromArray(labels)
    image.SetOrigin(matrix[:3, 3].tolist())
    image.SetSpacing(spacing.tolist())
    image.SetDirection((matrix[:3, :3] / spacing).ravel().tolist())
    path = tmp_path / f"labels{suffix}"
    sitk.WriteImage(image, str(path))
    seg = tmp_path / "seg.dcm"
    status, _, said = run("export", path, "--source", oblique.folder, "-o", seg, "--type", "labelmap")
    assert (status, said) == (0, "")
    node = loadSegmentation(seg, scene)
    assert node.GetName() == "labels"
    names = [node.GetSegmentation().GetNthSegment(n).GetName() for n in range(2)]
    assert names == ["Label 3", "Label 260"]
    for segmentId, label in (("Label_3", 3), ("Label_260", 260)):
        np.testing.assert_array_equal(voxels(node, segmentId, volume), labels == label)


def test_a_wrong_call_is_status_2(tmp_path) -> None:
    for arguments in ([], ["export"], ["nothing"], ["export", "x", "--source", "y"], ["load", "x"]):
        status, _, said = run(*arguments)
        assert status == 2 and said.startswith("usage:")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"segmentation": "none.seg.nrrd"}, "There is no file"),
        ({"segmentation": "text.nrrd"}, "text.nrrd cannot be read as a segmentation or a label volume."),
        (
            {"segmentation": "text.seg.nrrd"},
            "text.seg.nrrd cannot be read as a segmentation or a label volume.",
        ),
        ({"--source": "empty"}, "no image series"),
        ({"-o": "nowhere/seg.dcm"}, "There is no folder"),
        ({"--segments": "x"}, "no segment with the ID x"),
        ({"--type": "labelmap"}, "overlap"),
    ],
)
def test_what_cannot_be_exported_is_status_1_and_one_sentence(
    oblique, segNrrd, tmp_path, change, words
) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("text.nrrd", "text.seg.nrrd"):
        (tmp_path / name).write_text("no image")
    call = {"segmentation": segNrrd, "--source": oblique.folder, "-o": tmp_path / "seg.dcm"}
    given = {
        key: value if key in ("--segments", "--type") else tmp_path / value for key, value in change.items()
    }
    call |= given
    before = sorted(tmp_path.rglob("*"))
    options = [part for key, value in call.items() if key != "segmentation" for part in (key, value)]
    status, out, said = run("export", call["segmentation"], *options)
    assert (status, out) == (1, "")
    assert said.startswith("error: ") and words in said and said.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_what_cannot_be_loaded_is_status_1_and_one_sentence(oblique, tmp_path) -> None:
    for arguments, words in (
        ((tmp_path / "none.dcm", "-o", tmp_path / "x.seg.nrrd"), "There is no file"),
        ((oblique.files[0], "-o", tmp_path / "x.seg.nrrd"), "CT Image Storage"),
    ):
        status, out, said = run("load", *arguments)
        assert (status, out) == (1, "")
        assert said.startswith("error: ") and words in said and said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_an_output_that_cannot_be_written_is_status_1(oblique, segNrrd, tmp_path) -> None:
    seg = tmp_path / "seg.dcm"
    assert run("export", segNrrd, "--source", oblique.folder, "-o", seg)[0] == 0
    status, _, said = run("load", seg, "-o", tmp_path / "nowhere" / "x.seg.nrrd")
    assert status == 1 and "There is no folder" in said and said.count("\n") == 1
