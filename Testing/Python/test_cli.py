"""The command `dicomsegio` as a user calls it: what it makes, and how it refuses."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread

from dicomsegcodec.cli import main
from dicomsegcodec.cli.compressions import COMPRESSIONS
from dicomsegcodec.codecs import TRANSFER_SYNTAXES
from dicomsegcodec.geometry import Geometry
from dicomsegcodec.interchange.dcmqi_json import SegmentCoding, SeriesAttributes, read_coding, write_coding
from dicomsegcodec.interchange.label_volumes import LabelVolume, read_label_volume, write_label_volumes
from dicomsegcodec.interchange.seg_nrrd import read_seg_nrrd, write_seg_nrrd
from dicomsegcodec.layers import LabelLayer
from dicomsegcodec.read import open_segmentation
from dicomsegcodec.samples import SampleFormat
from dicomsegcodec.segments import Algorithm, Code, Region, Segment
from dicomsegcodec.sources import read_sources
from interchange_strategies import assert_same_masks, masks_of
from series import make_series, rotation, write_series
from test_header import dciodvfy

LIVER = Segment(
    number=1,
    label="Fígado 肝臓",
    category=Code("123037004", "SCT", "Anatomical Structure"),
    type=Code("10200004", "SCT", "Liver"),
    type_modifiers=(Code("7771000", "SCT", "Left"),),
    regions=(Region(Code("113345001", "SCT", "Abdomen")),),
    algorithm=Algorithm("AUTOMATIC", "net"),
    cielab=(43803, 26565, 37722),
    tracking_id="lesion 1",
    tracking_uid="1.2.3",
    description="all of it",
)
SPLEEN = Segment(number=5, label="Spleen", type=Code("78961009", "SCT", "Spleen"))
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p), "PYTHONWARNINGS": ""}


class Case(NamedTuple):
    """A folder with a series `ct`, labels 1 and 5 in `labels.nii.gz`, and their coding `meta.json`."""

    folder: Path
    pixels: np.ndarray
    geometry: Geometry

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def encode(self, *more: str, output: str = "seg.dcm", labels: str = "labels.nii.gz") -> int:
        return main(
            [
                "encode",
                "--source",
                self.path("ct"),
                "--labels",
                self.path(labels),
                "-o",
                self.path(output),
                *more,
            ]
        )

    def encode_coded(self, *more: str) -> int:
        return self.encode("--coding", self.path("meta.json"), *more)

    def decode(self, output: str, *more: str) -> int:
        return main(["decode", self.path("seg.dcm"), "-o", self.path(output), *more])


@pytest.fixture
def case(tmp_path: Path) -> Case:
    write_series(tmp_path / "ct", shape=(6, 10, 8), turned=rotation(5, 0, 10))
    geometry = Geometry.of(read_sources(tmp_path / "ct").planes)
    pixels = np.zeros(geometry.shape, np.uint8)
    pixels[1:4, 2:6, 1:4] = 1
    pixels[3:5, 5:9, 4:8] = 5
    write_label_volumes(tmp_path / "labels.nii.gz", [LabelVolume(pixels, (1, 5))], geometry)
    write_coding(tmp_path / "meta.json", SegmentCoding(volumes=((LIVER, SPLEEN),)))
    return Case(tmp_path, pixels, geometry)


def refused(run: Callable[[], int], case: Case, capsys: pytest.CaptureFixture[str]) -> str:
    """Run a command that must fail, and return its sentence; nothing may be left behind."""
    before = sorted(case.folder.rglob("*"))
    assert run() == 1
    output, errors = capsys.readouterr()
    assert output == ""
    lines = [line for line in errors.splitlines() if line]
    assert len(lines) == 1 and lines[0].startswith("dicomsegio: error: "), errors
    assert lines[0].endswith("."), errors
    assert sorted(case.folder.rglob("*")) == before
    return lines[0]


# --- what is made -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["binary", "labelmap"])
def test_coded_labels_go_to_dicom_and_back(case: Case, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert case.encode_coded("--type", kind) == 0
    stored = open_segmentation(case.path("seg.dcm"))
    assert stored.segmentation_type == kind.upper()
    # BINARY counts from 1, PS3.3 C.8.20.2; a label map keeps the label values.
    numbers = [1, 2] if kind == "binary" else [1, 5]
    assert [s.number for s in stored.segments] == numbers
    assert [(s.label, s.type, s.cielab) for s in stored.segments] == [
        (s.label, s.type, s.cielab) for s in (LIVER, SPLEEN)
    ]
    assert stored.segments[0].algorithm == LIVER.algorithm and stored.segments[0].tracking_uid == "1.2.3"
    assert len(stored.source_instances) == 6
    assert case.decode("out.nii.gz", "--source", case.path("ct"), "--coding-out", case.path("out.json")) == 0
    layer, grid = read_label_volume(case.path("out.nii.gz"))
    assert case.geometry.differs_from(grid) == ""
    assert np.array_equal(
        layer.pixels, np.choose(case.pixels % 4 + (case.pixels > 1), [0, numbers[0], numbers[1]])
    )
    coding, findings = read_coding(case.path("out.json"))
    assert findings == []
    assert [s.label for s in coding.volumes[0]] == [LIVER.label, "Spleen"]
    assert coding.volumes[0][0] == LIVER
    assert coding.series.series_description == "Segmentation"
    output, errors = capsys.readouterr()
    assert output.splitlines()[0].startswith(f"{case.path('seg.dcm')}: {kind.upper()}, 2 segments, ")
    assert output.splitlines()[1:] == [case.path("out.nii.gz"), case.path("out.json")]
    assert ("numbered 1 to 2" in errors) == (kind == "binary")
    assert sorted(p.name for p in case.folder.iterdir() if p.name.startswith(".")) == []


@pytest.mark.parametrize("compression", list(COMPRESSIONS))
def test_frames_are_compressed_as_asked_and_read_back(case: Case, compression: str) -> None:
    arguments = ("--type", "labelmap", "--compression", compression, "--workers", "-1", "--verify")
    if not TRANSFER_SYNTAXES[COMPRESSIONS[compression]].holds(SampleFormat(8), case.pixels.shape[1:]):
        assert case.encode_coded(*arguments) == 1
        assert not Path(case.path("seg.dcm")).exists()
        return
    assert case.encode_coded(*arguments) == 0
    stored = open_segmentation(case.path("seg.dcm"))
    assert stored.transfer_syntax_uid == COMPRESSIONS[compression]
    assert case.decode("out.nii.gz", "--source", case.path("ct")) == 0
    layer, _grid = read_label_volume(case.path("out.nii.gz"))
    assert np.array_equal(layer.pixels, np.choose(case.pixels % 4 + (case.pixels > 1), [0, 1, 5]))


@given(
    st.permutations(range(3)),
    st.lists(st.booleans(), min_size=3, max_size=3),
    st.sampled_from([".nii.gz", ".nrrd", ".mha"]),
)
def test_axes_in_any_order_and_direction_give_the_same_object(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], flips: list[bool], suffix: str
) -> None:
    folder = tmp_path_factory.mktemp("axes")
    write_series(folder / "ct", shape=(4, 5, 6), turned=rotation(20, -10, 30))
    geometry = Geometry.of(read_sources(folder / "ct").planes)
    pixels = np.random.default_rng(0).integers(0, 3, geometry.shape).astype(np.uint8)
    matrix = geometry.index_to_lps[:, [*order, 3]].copy()
    turned = pixels.transpose(order)
    for axis, flip in enumerate(flips):
        if flip:
            matrix[:3, 3] += matrix[:3, axis] * (turned.shape[axis] - 1)
            matrix[:3, axis] *= -1
            turned = np.flip(turned, axis)
    volume = LabelVolume(np.ascontiguousarray(turned), (1, 2))
    (labels,) = write_label_volumes(folder / f"a{suffix}", [volume], Geometry(matrix, turned.shape))
    arguments = ["--source", str(folder / "ct"), "--labels", str(labels), "-o", str(folder / "a.dcm"), "-q"]
    assert main(["encode", *arguments]) == 0
    found = open_segmentation(folder / "a.dcm").read_layers(geometry)
    assert_same_masks(
        masks_of(found.layers, pixels.shape), masks_of([LabelLayer(pixels, {1: 1, 2: 2})], pixels.shape)
    )


def test_a_segmentation_of_slicer_speaks_for_itself(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    layers = [
        LabelLayer((case.pixels == 1).astype(np.uint8), {1: 1}),
        LabelLayer((case.pixels > 0).astype(np.uint8), {1: 5}),
    ]
    write_seg_nrrd(case.path("in.seg.nrrd"), layers, case.geometry, [LIVER, SPLEEN])
    assert case.encode(labels="in.seg.nrrd") == 0
    assert case.decode("out.seg.nrrd", "--source", case.path("ct")) == 0
    found = read_seg_nrrd(case.path("out.seg.nrrd"))
    assert [s.label for s in found.segments] == [LIVER.label, "Spleen"]
    assert (
        found.segments[0].type_modifiers == LIVER.type_modifiers and found.segments[0].cielab == LIVER.cielab
    )
    masks = masks_of(found.layers, found.geometry.shape)
    assert np.array_equal(masks[1], case.pixels == 1) and np.array_equal(masks[2], case.pixels > 0)
    assert case.geometry.differs_from(found.geometry) == ""
    # Overlapping segments need two label volumes, each described.
    assert case.decode("out.nii.gz", "--coding-out", case.path("out.json")) == 0
    assert not (case.folder / "out.nii.gz").exists()
    for number in (1, 2):
        assert dict(read_label_volume(case.path(f"out_{number}.nii.gz"))[0].segments) == {number: number}
    coding, _ = read_coding(case.path("out.json"))
    assert coding.file_names == ("out_1.nii.gz", "out_2.nii.gz")
    assert [[s.number for s in volume] for volume in coding.volumes] == [[1], [2]]
    # And these two with their coding are the same segmentation again, in whatever order they are named.
    labels = [case.path("out_2.nii.gz"), case.path("out_1.nii.gz")]
    arguments = ["--source", case.path("ct"), "--coding", case.path("out.json"), "-o", case.path("again.dcm")]
    assert main(["encode", *arguments, "--labels", *labels]) == 0
    again = open_segmentation(case.path("again.dcm"))
    assert [s.label for s in again.segments] == [LIVER.label, "Spleen"]
    layered = again.read_layers(case.geometry)
    assert_same_masks(masks_of(layered.layers, layered.shape), masks)


def test_a_slicer_segmentation_by_the_name_of_a_plain_volume_is_known(case: Case) -> None:
    write_seg_nrrd(
        case.path("in.nrrd"), [LabelLayer(case.pixels, {1: 1, 5: 5})], case.geometry, [LIVER, SPLEEN]
    )
    assert case.encode("--type", "labelmap", labels="in.nrrd") == 0
    assert [s.label for s in open_segmentation(case.path("seg.dcm")).segments] == [LIVER.label, "Spleen"]


def test_labels_without_coding_are_tissue_and_that_is_told(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    assert case.encode("--type", "labelmap") == 0
    segments = open_segmentation(case.path("seg.dcm")).segments
    assert [(s.number, s.label, s.type.meaning) for s in segments] == [
        (1, "Segment 1", "Tissue"),
        (5, "Segment 5", "Tissue"),
    ]
    errors = capsys.readouterr().err
    assert errors.startswith("dicomsegio: warning: ") and "coded as Tissue" in errors


def test_files_that_use_the_same_values_are_numbered_in_order(case: Case) -> None:
    write_coding(case.path("two.json"), SegmentCoding(volumes=((LIVER, SPLEEN), (SPLEEN, LIVER))))
    arguments = ["--source", case.path("ct"), "--coding", case.path("two.json"), "-o", case.path("seg.dcm")]
    labels = [case.path("labels.nii.gz")] * 2
    assert main(["encode", *arguments, "--labels", *labels]) == 0
    found = open_segmentation(case.path("seg.dcm"))
    assert [(s.number, s.label) for s in found.segments] == [
        (1, LIVER.label),
        (2, "Spleen"),
        (3, "Spleen"),
        (4, LIVER.label),
    ]
    masks = masks_of(found.read_layers(case.geometry).layers, case.geometry.shape)
    assert np.array_equal(masks[1], masks[4]) and np.array_equal(masks[3], case.pixels == 5)


def test_a_described_label_without_voxels_is_an_empty_segment(case: Case) -> None:
    kidney = Segment(number=7, label="Kidney")
    write_coding(case.path("meta.json"), SegmentCoding(volumes=((LIVER, SPLEEN, kidney),)))
    assert case.encode_coded("--type", "labelmap") == 0
    assert [s.number for s in open_segmentation(case.path("seg.dcm")).segments] == [1, 5, 7]
    assert case.decode("out.nii.gz", "--coding-out", case.path("out.json")) == 0
    assert [s.number for s in read_coding(case.path("out.json"))[0].volumes[0]] == [1, 5, 7]


def test_a_part_of_the_images_is_enough_and_empty_frames_are_kept_if_asked_for(case: Case) -> None:
    matrix = case.geometry.index_to_lps.copy()
    matrix[:, 3] = case.geometry.index_to_lps @ [1, 2, 1, 1]
    part = case.pixels[1:5, 2:9, 1:8]
    write_label_volumes(case.path("part.nii.gz"), [LabelVolume(part, (1, 5))], Geometry(matrix, (4, 7, 7)))
    assert case.encode(labels="part.nii.gz") == 0
    assert open_segmentation(case.path("seg.dcm")).number_of_frames == 5
    assert case.encode("--keep-empty-frames", "--overwrite", labels="part.nii.gz") == 0
    stored = open_segmentation(case.path("seg.dcm"))
    assert stored.number_of_frames == 12
    masks = masks_of(stored.read_layers().layers, case.geometry.shape)
    assert np.array_equal(masks[1], case.pixels == 1) and np.array_equal(masks[2], case.pixels == 5)


@pytest.mark.parametrize("left_out", [None, *(f.name for f in fields(SeriesAttributes))])
def test_what_the_coding_says_of_the_object_comes_back(
    case: Case, left_out: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    series = SeriesAttributes(
        content_creator_name="Doe^Jané",
        clinical_trial_series_id="Session 1",
        clinical_trial_time_point_id="Baseline",
        clinical_trial_coordinating_center_name="Zentrum für Bildgebung",
        content_label="LIVER",
        content_description="what it is",
        series_description="from coding",
        series_number=42,
        instance_number=3,
        body_part_examined="ABDOMEN",
    )
    if left_out is not None:
        series = replace(series, **{left_out: None})
    write_coding(case.path("meta.json"), SegmentCoding(volumes=((LIVER, SPLEEN),), series=series))
    assert case.encode_coded("--type", "labelmap") == 0
    assert case.decode("out.nii.gz", "--coding-out", case.path("out.json")) == 0
    assert "not written" not in capsys.readouterr().err
    coding, findings = read_coding(case.path("out.json"))
    assert findings == []
    defaults = {
        "content_label": "CT_SEG",
        "series_description": "Segmentation",
        "series_number": coding.series.series_number,
        "instance_number": 1,
    }
    assert coding.series == replace(
        series, **{k: v for k, v in defaults.items() if getattr(series, k) is None}
    )
    assert dciodvfy(Path(case.path("seg.dcm"))) == []


def test_the_command_line_goes_before_the_coding_and_both_before_defaults(case: Case) -> None:
    series = SeriesAttributes(
        series_description="from coding",
        series_number=42,
        instance_number=3,
        content_label="LIVER",
        content_creator_name="Doe^Jane",
    )
    write_coding(case.path("meta.json"), SegmentCoding(volumes=((LIVER, SPLEEN),), series=series))
    assert case.encode_coded() == 0
    dataset = dcmread(case.path("seg.dcm"))
    assert (dataset.SeriesDescription, dataset.SeriesNumber, dataset.InstanceNumber) == ("from coding", 42, 3)
    assert (dataset.ContentLabel, str(dataset.ContentCreatorName)) == ("LIVER", "Doe^Jane")
    given_here = ["--series-description", "given", "--series-number", "7", "--content-label", "OTHER"]
    assert case.encode_coded("--overwrite", *given_here, "--content-description", "d") == 0
    dataset = dcmread(case.path("seg.dcm"))
    assert (dataset.SeriesDescription, dataset.SeriesNumber, dataset.ContentLabel) == ("given", 7, "OTHER")
    assert (dataset.ContentDescription, dataset.InstanceNumber) == ("d", 3)


def test_quiet_says_nothing(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    assert case.encode("--quiet") == 0
    assert case.decode("out.nii.gz", "-q") == 0
    assert capsys.readouterr() == ("", "")


# --- info ---------------------------------------------------------------------------------------------------


def test_info_shows_what_is_there(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    case.encode_coded("-q")
    assert main(["info", case.path("seg.dcm")]) == 0
    lines = capsys.readouterr().out.splitlines()
    text = "\n".join(lines)
    for words in (
        "BINARY, Segmentation Storage",
        "Explicit VR Little Endian",
        "103 · Segmentation · CT_SEG",
        "5 of 10 x 8 pixels",
        "4, 2.5 mm apart; rows 0.75 mm, columns 0.5 mm apart",
        "6 images of series",
        LIVER.label,
        "Liver (10200004, SCT) / Left (7771000, SCT)",
        "AUTOMATIC net",
    ):
        assert words in text
    head, liver, spleen = lines[-3:]
    assert head.split()[:3] == ["No.", "Label", "Type"]
    assert liver.split()[-2:] == ["3", "36"] and spleen.split()[-2:] == ["2", "32"]
    # 肝臓 takes four columns of a terminal, so its line has two characters less.
    assert len(head) == len(spleen) == len(liver) + 2
    assert "\x1b" not in text


def test_info_for_programs_is_json_with_all_of_it(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    case.encode_coded("-q", "--type", "labelmap")
    assert main(["info", case.path("seg.dcm"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["segmentation_type"] == "LABELMAP"
    assert found["sop_class"] == {
        "uid": "1.2.840.10008.5.1.4.1.1.66.7",
        "name": "Label Map Segmentation Storage",
    }
    assert (found["frames"], found["rows"], found["columns"], found["bits"]) == (4, 10, 8, 8)
    assert found["geometry"]["spacing_mm"] == pytest.approx([2.5, 0.75, 0.5])
    assert found["references"][0]["instances"] == 6
    liver, spleen = found["segments"]
    assert (liver["number"], liver["label"], liver["color"], liver["voxels"]) == (
        1,
        LIVER.label,
        "#80ae80",
        36,
    )
    assert liver["regions"][0]["meaning"] == "Abdomen" and liver["frames"] is None
    assert (spleen["number"], spleen["color"], spleen["voxels"]) == (5, None, 32)
    assert found["findings"] == []


def test_info_reads_the_files_of_other_writers(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for file in sorted(corpus.glob("*/*.dcm")):
        status = main(["info", str(file), "--json"])
        output, errors = capsys.readouterr()
        assert status in (0, 1)
        assert json.loads(output)["segments"] if status == 0 else errors.count("\n") == 1, file


def test_control_characters_in_a_label_do_not_reach_the_terminal(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = Segment(number=1, label="a\x1b[2Jb\nc")
    write_coding(case.path("meta.json"), SegmentCoding(volumes=((bad, SPLEEN),)))
    case.encode_coded("-q")
    assert main(["info", case.path("seg.dcm")]) == 0
    output = capsys.readouterr().out
    assert "\x1b" not in output and "a [2Jb c" in output


# --- what is refused ----------------------------------------------------------------------------------------


def test_help_has_examples_and_answers_without_the_libraries() -> None:
    code = (
        "import sys; from dicomsegcodec.cli import main\n"
        "try: main(['encode', '--help'])\n"
        "except SystemExit: print(sorted({'numpy', 'pydicom', 'SimpleITK'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=ENVIRONMENT, check=True
    )
    assert "examples:" in done.stdout and "--keep-empty-frames" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


def test_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    from dicomsegcodec import __version__

    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"dicomsegio {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["convert"],
        ["encode", "--source", "ct"],
        ["encode", "--source", "ct", "--labels", "a", "-o", "b", "--type", "fractional"],
        ["encode", "--source", "ct", "--labels", "a", "-o", "b", "--series-number", "0"],
        ["decode", "a"],
        ["info"],
        ["info", "a", "--lable"],
    ],
)
def test_wrong_usage_is_status_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: dicomsegio" in capsys.readouterr().err


def test_an_existing_output_stays_unless_told_otherwise(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("seg.dcm", "out.nii.gz", "out.seg.nrrd", "out.json"):
        (case.folder / name).write_text("precious")
    assert "seg.dcm exists" in refused(lambda: case.encode(), case, capsys)
    assert case.encode("--overwrite", "-q") == 0
    for name in ("out.nii.gz", "out.seg.nrrd"):
        assert f"{name} exists" in refused(lambda name=name: case.decode(name), case, capsys)
    coding = ("--coding-out", case.path("out.json"))
    assert "out.json exists" in refused(lambda: case.decode("new.nii.gz", *coding), case, capsys)
    for name in ("out.nii.gz", "out.seg.nrrd", "out.json"):
        assert (case.folder / name).read_text() == "precious"
    assert case.decode("out.nii.gz", *coding, "--overwrite") == 0
    assert read_coding(case.path("out.json"))[0].volumes


def test_one_of_several_outputs_that_exists_keeps_all_from_being_written(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    layers = [LabelLayer(np.ones(case.geometry.shape, np.uint8), {1: n}) for n in (1, 5)]
    write_seg_nrrd(case.path("in.seg.nrrd"), layers, case.geometry, [LIVER, SPLEEN])
    assert case.encode("-q", labels="in.seg.nrrd") == 0
    (case.folder / "out_2.nii.gz").write_text("precious")
    assert "out_2.nii.gz exists" in refused(lambda: case.decode("out.nii.gz"), case, capsys)
    assert (case.folder / "out_2.nii.gz").read_text() == "precious"


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ("absent.nii.gz", "no file"),
        ("meta.json", "unknown kind"),
        ("ct", "unknown kind"),
        ("junk.nii.gz", "junk.nii.gz"),
        ("junk.nrrd", "not a NRRD file"),
        ("junk.seg.nrrd", "not a NRRD file"),
        ("zero.nrrd", "holds no label"),
        ("wide.nrrd", "65536"),
        ("half.nrrd", "fractions"),
        ("other.nrrd", "does not fit the source images"),
        ("turned.nrrd", "run along"),
    ],
)
def test_labels_that_cannot_be_used(
    case: Case, labels: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("junk.nii.gz", "junk.nrrd", "junk.seg.nrrd"):
        (case.folder / name).write_bytes(b"junk" * 200)

    def save(name: str, pixels: np.ndarray, geometry: Geometry = case.geometry) -> None:
        image = sitk.GetImageFromArray(pixels)
        spacing = np.array(geometry.spacing_mm)
        image.SetSpacing(spacing[::-1].tolist())
        image.SetDirection((geometry.index_to_lps[:3, :3] / spacing)[:, ::-1].reshape(-1).tolist())
        image.SetOrigin(geometry.index_to_lps[:3, 3].tolist())
        sitk.WriteImage(image, case.path(name))

    save("zero.nrrd", np.zeros_like(case.pixels))
    save("wide.nrrd", np.full(case.pixels.shape, 65536, np.int32))
    save("half.nrrd", np.full(case.pixels.shape, 0.5, np.float32))
    save(
        "other.nrrd",
        case.pixels,
        Geometry(case.geometry.index_to_lps @ np.diag([1, 1, 2, 1]), case.pixels.shape),
    )
    turn = np.eye(4)
    turn[:3, :3] = rotation(3, 0, 0)
    save("turned.nrrd", case.pixels, Geometry(turn @ case.geometry.index_to_lps, case.pixels.shape))
    assert words in refused(lambda: case.encode(labels=labels), case, capsys)


def test_labels_that_the_coding_does_not_describe(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    write_coding(case.path("meta.json"), SegmentCoding(volumes=((LIVER,),)))
    sentence = refused(lambda: case.encode_coded(), case, capsys)
    assert "labels.nii.gz holds label values 5 " in sentence and "labelID" in sentence


@pytest.mark.parametrize(
    ("coding", "words"),
    [
        (SegmentCoding(volumes=((LIVER,), (SPLEEN,))), "describes 2 label volumes and 1 label files"),
        (SegmentCoding(volumes=((LIVER, SPLEEN),), file_names=("x.nrrd",)), "segmentAttributesFileMapping"),
        (
            SegmentCoding(volumes=((LIVER, SPLEEN),), series=SeriesAttributes(content_label="small")),
            "Content Label",
        ),
    ],
)
def test_a_coding_that_does_not_fit(
    case: Case, coding: SegmentCoding, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_coding(case.path("meta.json"), coding)
    assert words in refused(lambda: case.encode_coded(), case, capsys)


def test_a_coding_that_is_broken_or_not_there(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    (case.folder / "meta.json").write_text('{"segmentAttributes": [[{"labelID": 1}]]}')
    sentence = refused(lambda: case.encode_coded(), case, capsys)
    assert "meta.json, segment with labelID 1" in sentence
    (case.folder / "meta.json").unlink()
    assert "no file" in refused(lambda: case.encode_coded(), case, capsys)


def test_sources_that_cannot_be_used(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    def encode(source: str) -> int:
        return main(
            [
                "encode",
                "--source",
                case.path(source),
                "--labels",
                case.path("labels.nii.gz"),
                "-o",
                case.path("seg.dcm"),
            ]
        )

    assert "no file" in refused(lambda: encode("absent"), case, capsys)
    (case.folder / "empty").mkdir()
    assert "no image series" in refused(lambda: encode("empty"), case, capsys)
    assert "not a DICOM file" in refused(lambda: encode("meta.json"), case, capsys)
    write_series(case.folder / "two", shape=(6, 10, 8))
    write_series(case.folder / "two" / "b", shape=(6, 10, 8))
    assert "2 series" in refused(lambda: encode("two"), case, capsys)
    images = make_series((6, 10, 8))
    images[3].PatientID = "P2"
    write_series(case.folder / "patients", images)
    assert "2 patients" in refused(lambda: encode("patients"), case, capsys)
    (case.folder / "ct" / "image0002.dcm").unlink()
    sentence = refused(lambda: encode("ct"), case, capsys)
    assert "labels.nii.gz does not fit" in sentence and "missing" in sentence


def test_overlapping_segments_are_no_label_map(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    layers = [LabelLayer(np.ones(case.geometry.shape, np.uint8), {1: n}) for n in (1, 5)]
    write_seg_nrrd(case.path("in.seg.nrrd"), layers, case.geometry, [LIVER, SPLEEN])
    sentence = refused(lambda: case.encode("--type", "labelmap", labels="in.seg.nrrd"), case, capsys)
    assert "overlap" in sentence.lower() or "share" in sentence.lower()


def test_files_that_are_no_segmentation(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    assert case.encode("-q") == 0
    for name, words in (("absent.dcm", "no file"), ("meta.json", "not a DICOM file"), ("ct", "folder")):
        for command in (["info"], ["decode", "-o", case.path("out.nii.gz")]):
            arguments = [*command, case.path(name)]
            assert words in refused(lambda a=arguments: main(a), case, capsys)
    image = case.path("ct/image0000.dcm")
    assert "CT Image Storage" in refused(lambda: main(["info", image]), case, capsys)


@pytest.mark.parametrize("part", [0.05, 0.3, 0.6, 0.9, 0.999])
def test_a_truncated_segmentation(case: Case, part: float, capsys: pytest.CaptureFixture[str]) -> None:
    assert case.encode("-q") == 0
    whole = (case.folder / "seg.dcm").read_bytes()
    (case.folder / "seg.dcm").write_bytes(whole[: int(len(whole) * part)])
    refused(lambda: case.decode("out.nii.gz", "--coding-out", case.path("out.json")), case, capsys)
    refused(lambda: case.decode("out.seg.nrrd"), case, capsys)


def test_outputs_that_cannot_be_written(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no folder" in refused(lambda: case.encode(output="absent/seg.dcm"), case, capsys)
    assert "is a folder" in refused(lambda: case.encode(output="ct"), case, capsys)
    assert case.encode("-q") == 0
    assert "no folder" in refused(lambda: case.decode("absent/out.nii.gz"), case, capsys)
    coding = ("--coding-out", case.path("absent/out.json"))
    assert "no folder" in refused(lambda: case.decode("out.nii.gz", *coding), case, capsys)
    assert "out.png" in refused(lambda: case.decode("out.png"), case, capsys)
    assert "two files" in refused(lambda: case.decode("out.mhd"), case, capsys)
    same = ("--coding-out", case.path("out.nii.gz"))
    assert "two names" in refused(lambda: case.decode("out.nii.gz", *same), case, capsys)


@pytest.mark.skipif(sys.platform == "win32", reason="folders have no such mode on Windows")
def test_a_folder_without_permission(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    (case.folder / "locked").mkdir(mode=0o500)
    assert "not writable" in refused(lambda: case.encode(output="locked/seg.dcm"), case, capsys)


# --- another process: limits, signals, pipes ----------------------------------------------------------------

LIMITED = """
import resource, sys
from dicomsegcodec.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0}))
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of file size")
@pytest.mark.parametrize(
    "output", ["seg2.dcm", "out.nii.gz", "out.nii", "out.nrrd", "out.mha", "out.seg.nrrd"]
)
def test_a_full_disk_leaves_nothing_behind(case: Case, output: str) -> None:
    pixels = np.random.default_rng(0).integers(0, 3, case.geometry.shape).astype(np.uint8)
    write_label_volumes(case.path("noise.nrrd"), [LabelVolume(pixels, (1, 2))], case.geometry)
    assert case.encode("-q", labels="noise.nrrd") == 0
    if output.endswith(".dcm"):
        arguments = ["encode", "--source", case.path("ct"), "--labels", case.path("noise.nrrd")]
    else:
        arguments = ["decode", case.path("seg.dcm")]
    before = sorted(case.folder.rglob("*"))
    done = subprocess.run(
        [sys.executable, "-c", LIMITED.format(100), *arguments, "-q", "-o", case.path(output)],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
    )
    assert (done.returncode, done.stdout) == (1, ""), done
    assert done.stderr.startswith("dicomsegio: error: ") and done.stderr.count("\n") == 1, done.stderr
    assert sorted(case.folder.rglob("*")) == before


INTERRUPTED = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may ignore it for what runs behind
import dicomsegcodec.{module} as module
real = module.{function}
def interrupted(*arguments, **named):
    for n, piece in enumerate(real(*arguments, **named)):
        os.kill(os.getpid(), signal.SIGINT)
        yield piece
module.{function} = interrupted
from dicomsegcodec.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send")
@pytest.mark.parametrize("output", ["seg2.dcm", "out.seg.nrrd"])
def test_ctrl_c_in_the_midst_of_writing_leaves_nothing_behind(case: Case, output: str) -> None:
    assert case.encode("-q") == 0
    if output.endswith(".dcm"):
        code = INTERRUPTED.format(module="pixeldata", function="patches")
        arguments = ["encode", "--source", case.path("ct"), "--labels", case.path("labels.nii.gz")]
    else:
        code = INTERRUPTED.format(module="interchange.nrrd", function="_slabs")
        arguments = ["decode", case.path("seg.dcm")]
    before = sorted(case.folder.rglob("*"))
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments, "-o", case.path(output)],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
    )
    assert done.returncode == 130, done
    assert done.stderr == "dicomsegio: error: interrupted; nothing was written.\n"
    assert sorted(case.folder.rglob("*")) == before


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pipe that its reader closes")
def test_a_reader_who_has_seen_enough_is_no_error(case: Case) -> None:
    assert case.encode("-q") == 0
    process = subprocess.Popen(
        [sys.executable, "-m", "dicomsegcodec", "info", case.path("seg.dcm")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=ENVIRONMENT,
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert process.wait() in (0, 1)
    assert errors == b""


def test_a_terminal_shows_progress_and_colours(case: Case) -> None:
    pty = pytest.importorskip("pty")

    def run(*arguments: str) -> str:
        """Run the command on a terminal of its own and return all that it shows."""
        leader, follower = pty.openpty()
        environment = {k: v for k, v in ENVIRONMENT.items() if k != "NO_COLOR"} | {"TERM": "xterm"}
        process = subprocess.Popen(
            [sys.executable, "-m", "dicomsegcodec", *arguments],
            stdout=follower,
            stderr=follower,
            env=environment,
        )
        os.close(follower)
        shown = b""
        while True:
            try:
                part = os.read(leader, 4096)
            except OSError:  # Linux says so when the other end is closed
                break
            if not part:
                break
            shown += part
        os.close(leader)
        assert process.wait() == 0
        return shown.decode()

    encode = ["encode", "--source", case.path("ct"), "--labels", case.path("labels.nii.gz")]
    encode += ["--coding", case.path("meta.json"), "-o", case.path("seg.dcm")]
    shown = run(*encode)
    assert "Reading source images" in shown and "%" in shown
    assert (
        shown.rstrip().splitlines()[-1].lstrip("\r").removeprefix("\x1b[K").startswith(case.path("seg.dcm"))
    )
    assert "\x1b[48;2;128;174;128m" in run("info", case.path("seg.dcm"))


def test_a_bug_of_ours_is_not_hidden(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    import dicomsegcodec.cli.info as module

    def broken(*_arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(module, "summarize", broken)
    assert case.encode("-q") == 0
    with pytest.raises(ZeroDivisionError):
        main(["info", case.path("seg.dcm")])
