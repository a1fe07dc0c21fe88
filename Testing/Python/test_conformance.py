"""Checking whole objects: sound ones pass in silence, whoever wrote them; damage never ends in a crash."""

import csv
import io
import json
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.uid import DeflatedExplicitVRLittleEndian, ImplicitVRLittleEndian

import dicomsegcodec as hd
from conformance_objects import (
    SHAPE,
    assert_found,
    label_map,
    segment,
    spoilt,
    with_value,
    without,
    written,
)
from dicomsegcodec.cli import main
from dicomsegcodec.conformance import SUBJECTS
from dicomsegcodec.conformance.module_table import MODULES
from dicomsegcodec.errors import ArgumentTypeError, FileMissing, NotDicom, NotSegmentation, SegError
from dicomsegcodec.findings import Severity
from series import make_series
from test_slides import labels as slide_labels
from test_slides import slide
from validators import dciodvfy

# pydicom's, about what it is to read; it has no other way to say it.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

CORPUS = Path(__file__).resolve().parents[2].parent / "shared" / "data"

OLD_CODES = "NOTE [CodingSchemeDesignator, PS3.16 8]"
RETIRED = "WARNING [TransferSyntaxUID, PS3.5 A.3]"
BITS_IN_RLE = "WARNING [TransferSyntaxUID, PS3.5 8.2.2]"
OTHER_TILES = "WARNING [XOffsetInSlideCoordinateSystem, PS3.3 C.8.12.6.1]"
FROM_2 = "NOTE [DimensionIndexValues, PS3.3 C.7.6.17.1] The indices of dimension 2 begin at 2"
NO_FRAMES = (
    "ERROR [NumberOfFrames, PS3.3 C.7.6.16]",
    "ERROR [PerFrameFunctionalGroupsSequence, PS3.3 C.7.6.16.1.2]",
)
# Everything that is to be said of files of other writers; each was looked up in the standard.
SAID = {
    "highdicom/seg_image_cr_binary.dcm": ("ERROR [PatientOrientation, PS3.3 C.7.6.1.1.1]",),
    "highdicom/seg_image_ct_binary.dcm": (FROM_2,),
    "highdicom/seg_image_ct_binary_fractional.dcm": (FROM_2,),
    "highdicom/seg_image_ct_true_fractional.dcm": (FROM_2,),
    # Old versions took rows for columns: later ones write the same tiles as the check has them.
    "highdicom/seg_image_sm_control.dcm": (OTHER_TILES,),
    "highdicom/seg_image_sm_dots.dcm": (OTHER_TILES, "WARNING [PixelData, PS3.5 6.2]"),
    "highdicom/seg_image_sm_numbers.dcm": (OTHER_TILES,),
    "highdicom/seg_image_sm_dots_tiled_full.dcm": ("NOTE [DimensionIndexPointer, PS3.3 C.7.6.17.1]",),
    "dcmqi/23x38x3_seg_label.seg.dcm": (OLD_CODES,),
    "dcmqi/24x38x3_seg_label.seg.dcm": (OLD_CODES,),
    "dcmqi/liver.dcm": (OLD_CODES,),
    "dcmqi/partial_overlaps.dcm": ("NOTE [DimensionIndexValues, PS3.3 C.7.6.17.1]",),
    "dcmqi/sparse-labelmap-noppv.dcm": (
        "WARNING [PixelPaddingValue, PS3.3 C.8.20.2.4] The label map has no",
    ),
    "dcmqi/sparse-labelmap-ppv5.dcm": ("WARNING [PixelPaddingValue, PS3.3 C.8.20.2.4] Segment 0",),
    "pydicom-data/liver_deflate.dcm": (OLD_CODES,),
    "pydicom-data/liver_expb.dcm": (OLD_CODES, RETIRED),
    "pydicom-data/liver_j2k.dcm": (OLD_CODES,),
    "pydicom-data/liver_nonbyte_aligned.dcm": (OLD_CODES,),
    "pydicom-data/liver_nonbyte_aligned_deflate.dcm": (OLD_CODES,),
    "pydicom-data/liver_nonbyte_aligned_j2k.dcm": (OLD_CODES,),
    "pydicom-data/liver_nonbyte_aligned_rle.dcm": (OLD_CODES, BITS_IN_RLE),
    "pydicom-data/liver_rle.dcm": (OLD_CODES, BITS_IN_RLE),
    "pydicom/liver_1frame.dcm": (OLD_CODES, *NO_FRAMES),
    "pydicom/liver_expb_1frame.dcm": (OLD_CODES, RETIRED, *NO_FRAMES),
}


def files() -> list[str]:
    """Return the files of other writers, none without the corpus."""
    manifest = CORPUS / "manifest.csv"
    if not manifest.is_file():
        return []
    with manifest.open(encoding="utf-8", newline="") as lines:
        return [row["file"] for row in csv.DictReader(lines)]


# --- other writers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", files())
def test_of_files_of_other_writers_all_is_said_that_is_true_and_no_more(name: str) -> None:
    findings = hd.seg.check(CORPUS / name)
    expected = SAID.get(name, ())
    for each in expected:
        assert_found(findings, each)
    assert len(findings) == len(expected), findings


@pytest.mark.parametrize("name", files())
def test_there_are_errors_where_dciodvfy_has_some(name: str) -> None:
    if "_deflate" in name:
        pytest.skip("dciodvfy does not know Deflated Image Frame Compression")
    theirs = [line for line in dciodvfy(CORPUS / name) if line.startswith("Error")]
    ours = [f for f in hd.seg.check(CORPUS / name) if f.severity is Severity.ERROR]
    assert bool(ours) == bool(theirs)
    for line in theirs:
        assert any(f"</{finding.where}(" in line for finding in ours), line


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.5"])
@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL", "LABELMAP"])
@pytest.mark.parametrize("omit", [True, False])
def test_objects_of_highdicom_are_sound(kind: str, syntax: str, omit: bool) -> None:
    array = np.zeros((4, 40, 48), np.uint8)
    array[:, 5:20, 5:20], array[2:, 25:30, 5:20] = 1, 2
    if kind == "BINARY" and syntax.endswith(".5"):
        pytest.skip("highdicom does not write 1-bit RLE")
    theirs = highdicoms(
        make_series(array.shape), array, kind, transfer_syntax_uid=syntax, omit_empty_frames=omit
    )
    assert hd.seg.check(theirs) == ()


@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL", "LABELMAP"])
@pytest.mark.parametrize("full", [True, False])
def test_slides_of_highdicom_are_sound(kind: str, full: bool) -> None:
    image = slide()
    image.ContainerTypeCodeSequence = []  # which it copies from there only
    organization = "TILED_FULL" if full else "TILED_SPARSE"
    theirs = highdicoms(
        [image],
        slide_labels(),
        kind,
        tile_pixel_array=True,
        omit_empty_frames=not full,
        dimension_organization_type=organization,
    )
    assert hd.seg.check(theirs) == ()


def highdicoms(images: list[Dataset], array: np.ndarray, kind: str, **keywords: object) -> bytes:
    """Return a file that highdicom writes."""
    highdicom = pytest.importorskip("highdicom", reason="highdicom is not installed")
    described = [
        highdicom.seg.SegmentDescription(n, f"Segment {n}", codes.SCT.Organ, codes.SCT.Liver, "MANUAL")
        for n in (1, 2)
    ]
    uid = highdicom.UID
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = highdicom.seg.Segmentation(
            images, array, kind, described, uid(), 1, uid(), 1, "Maker", "Model", "1", "1", **keywords
        )
    file = io.BytesIO()
    theirs.save_as(file)
    return file.getvalue()


def table(name: str) -> dict:
    highdicom = pytest.importorskip("highdicom", reason="highdicom is not installed")
    folder = Path(highdicom.__file__).parent / "_standard"
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


def test_the_table_of_modules_is_that_of_the_standard() -> None:
    attributes = table("module_attribute_map")
    stated: dict[tuple[str, ...], int] = {}
    for module in table("iod_module_map")["segmentation"]:
        for attribute in attributes[module["key"]]:
            path = (*attribute["path"], attribute["keyword"])
            if attribute["type"] in ("1", "2"):
                stated[path] = min(int(attribute["type"]), stated.get(path, 2))
    ours: dict[tuple[str, ...], int] = {}
    for module in MODULES:
        for attribute in module.attributes:
            ours[attribute.path] = min(attribute.type, ours.get(attribute.path, 2))
    assert not {path: type_ for path, type_ in ours.items() if stated.get(path) != type_}


def test_no_attribute_of_a_mandatory_module_is_left_out() -> None:
    attributes, ours = table("module_attribute_map"), {a.path for m in MODULES for a in m.attributes}
    left_out = {
        attribute["keyword"]
        for module in table("iod_module_map")["segmentation"]
        if module["usage"] == "M"
        for attribute in attributes[module["key"]]
        if attribute["type"] in ("1", "2") and not attribute["path"]
    } - {path[0] for path in ours if len(path) == 1}
    assert left_out == set()


# --- damage -------------------------------------------------------------------------------------------------


def encoded(syntax: str) -> bytes:
    dataset = hd.seg.segread(written("binary"))
    dataset.file_meta.TransferSyntaxUID = syntax
    file = io.BytesIO()
    dataset.save_as(file)
    return file.getvalue()


SOUND = {
    **{kind: written(kind) for kind in ("binary", "labelmap", "fractional", "extended", "sparse", "full")},
    "implicit": encoded(ImplicitVRLittleEndian),
    "deflated": encoded(DeflatedExplicitVRLittleEndian),
}


@pytest.mark.parametrize("name", SOUND)
def test_every_encoding_of_a_sound_object_is_passed(name: str) -> None:
    assert hd.seg.check(SOUND[name]) == ()


@pytest.mark.parametrize("name", SOUND)
@given(data=st.data())
def test_changed_bytes_give_findings_or_an_error_of_ours(name: str, data: st.DataObject) -> None:
    damaged = bytearray(SOUND[name])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(128, len(damaged) - 1))
        damaged[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    try:
        findings = hd.seg.check(bytes(damaged))
    except SegError as error:
        assert str(error)
    else:
        # What a rule stumbles over has no section: here every rule copes.
        assert all(finding.section for finding in findings), findings


@pytest.mark.parametrize("name", SOUND)
def test_a_file_that_is_cut_off_is_never_passed(name: str) -> None:
    data = SOUND[name]
    if name == "deflated":
        data = data.removesuffix(b"\0")  # there only to make the length even
    step = max(1, len(data) // 50)
    for length in [*range(0, len(data) - 9, step), len(data) - 9, len(data) - 1]:
        try:
            findings = hd.seg.check(data[:length])
        except SegError:
            continue
        assert any(finding.severity is Severity.ERROR for finding in findings), length


def test_what_depends_on_a_damaged_part_is_left_out_and_the_rest_is_checked() -> None:
    data = spoilt("binary", without("PatientSex"))
    at = data.index(bytes.fromhex("00523092") + b"SQ")
    groups = bytearray(data)
    groups[at + 12 : at + 16] = b"\xff\xff\xff\xff"  # where an item should be
    findings = hd.seg.check(bytes(groups))
    assert_found(findings, "ERROR [PerFrameFunctionalGroupsSequence, PS3.3 C.7.6.16]")
    assert_found(findings, "ERROR [PatientSex, PS3.3 C.7.1.1]")
    assert not [f for f in findings if f.where == "DimensionIndexValues"]


# --- calling it ---------------------------------------------------------------------------------------------


def test_what_is_no_segmentation_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "text.dcm"
    text.write_text("no DICOM at all")
    image = tmp_path / "image.dcm"
    make_series((1, 4, 4))[0].save_as(image, enforce_file_format=True)
    for source, error in (
        (tmp_path / "absent.dcm", FileMissing),
        (text, NotDicom),
        (image, NotSegmentation),
        (dcmread(image), NotSegmentation),
        (b"", NotDicom),
        (3, ArgumentTypeError),
    ):
        with pytest.raises(error):
            hd.seg.check(source)  # type: ignore[arg-type]


def test_sources_of_every_form_give_the_same(tmp_path: Path) -> None:
    data = spoilt("labelmap", without("PixelPaddingValue"))
    file = tmp_path / "seg.dcm"
    file.write_bytes(data)
    expected = hd.seg.check(data)
    assert len(expected) == 1
    with file.open("rb") as opened:
        for source in (file, str(file), bytearray(data), io.BytesIO(data), opened, hd.seg.segread(file)):
            assert hd.seg.check(source) == expected


def test_errors_come_first_and_every_finding_names_a_section() -> None:
    def change(dataset: Dataset) -> None:
        del dataset.PixelPaddingValue
        del segment(dataset).SegmentLabel
        segment(dataset).SegmentedPropertyTypeCodeSequence[0].CodingSchemeDesignator = "SRT"

    findings = hd.seg.check(spoilt("labelmap", change))
    assert [f.severity for f in findings] == [Severity.ERROR, Severity.WARNING, Severity.NOTE]
    assert all(f.section.startswith("PS3.") for f in findings)


def test_every_subject_has_rules_that_say_what_they_are_about() -> None:
    rules = [rule for rules in SUBJECTS.values() for rule in rules]
    assert len(set(rules)) == len(rules) > 50


def test_the_command_line_tells_findings_and_its_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sound, doubtful, wrong = (tmp_path / f"{name}.dcm" for name in ("sound", "doubtful", "wrong"))
    sound.write_bytes(written("labelmap"))
    doubtful.write_bytes(spoilt("labelmap", without("PixelPaddingValue")))
    wrong.write_bytes(spoilt("labelmap", with_value("Modality", "CT")))

    def run(*arguments: object) -> tuple[int, str]:
        status = main(["check", *map(str, arguments)])
        out = capsys.readouterr()
        assert out.err == ""
        return status, out.out

    assert run(sound) == (0, f"{sound}: nothing to find fault with\n")
    status, said = run(doubtful)
    assert status == 0 and said.startswith(f"{doubtful}: 1 warning\n  warning  The label map has no")
    assert said.endswith("[PixelPaddingValue, PS3.3 C.8.20.2.4]\n")
    status, said = run(wrong)
    assert status == 1 and said.splitlines()[0] == f"{wrong}: 1 error"
    assert run("-q", wrong) == (1, "") and run("-q", doubtful) == (0, "")
    status, said = run("--json", wrong)
    found = json.loads(said)
    assert status == 1 and (found["errors"], found["warnings"], found["notes"]) == (1, 0, 0)
    assert found["file"] == str(wrong)
    assert found["findings"] == [
        {
            "severity": "ERROR",
            "text": "Modality is 'CT'; it must be SEG.",
            "where": "Modality",
            "section": "PS3.3 C.8.20.1",
        }
    ]


def test_the_command_line_leaves_pixels_out_where_that_is_wanted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "seg.dcm"
    file.write_bytes(spoilt("overlapping", with_value("SegmentsOverlap", "NO")))
    assert main(["check", "-q", str(file)]) == 1
    assert main(["check", "-q", "--no-pixels", str(file)]) == 0
    assert main(["check", str(tmp_path / "absent.dcm")]) == 1
    assert capsys.readouterr().err.startswith("dicomsegio: error: There is no file ")


def test_info_shows_findings_in_short(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def change(dataset: Dataset) -> None:
        for keyword in ("PixelPaddingValue", "PatientSex", "PatientBirthDate", "StudyDate", "StudyTime"):
            delattr(dataset, keyword)

    file = tmp_path / "seg.dcm"
    file.write_bytes(spoilt("labelmap", change))
    assert main(["info", str(file)]) == 0
    said = capsys.readouterr().out
    assert said.count("  Finding ") == 4 and "and 1 more; `dicomsegio check` tells all" in said
    assert said.count("Pixel Padding Value") == 1
    assert main(["info", "--json", str(file)]) == 0
    assert len(json.loads(capsys.readouterr().out)["findings"]) == 5


def test_a_reader_of_the_report_who_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    file = tmp_path / "seg.dcm"
    file.write_bytes(spoilt("labelmap", with_value("Modality", "CT")))
    run = subprocess.run(
        [sys.executable, "-m", "dicomsegcodec", "check", str(file)],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(Path(hd.__file__).parents[1]), "PATH": ""},
        check=False,
    )
    assert (run.returncode, run.stderr) == (1, "") and "Modality" in run.stdout


def test_a_label_map_in_16_bits_is_checked_as_one_in_8() -> None:
    array = (label_map() * np.uint16(300)).astype(np.uint16)
    seg = hd.seg.Segmentation(
        make_series(SHAPE),
        array,
        "LABELMAP",
        [hd.seg.SegmentDescription(n, "x", codes.SCT.Organ, codes.SCT.Liver, "MANUAL") for n in (300, 600)],
        *(hd.UID(), 1, hd.UID(), 1, "Maker", "Model", "1", "1"),
    )
    assert hd.seg.check(seg) == ()
    del seg.SegmentSequence[2]
    assert_found(hd.seg.check(seg), "ERROR [SegmentSequence, PS3.3 C.8.20.2.3.3] Pixels have the label 600")
