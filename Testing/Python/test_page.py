"""The code blocks of the specification page run as they stand there, with this package in highdicom's place.

The blocks come out of the page when the test runs. Its known slips are mended by rule.
"""

import re
import textwrap
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT.parent / "shared" / "spec" / "seg.rst"


def blocks() -> list[tuple[str, int, str]]:
    """Return (section, place in the section, code) of every block of the page, none without the page."""
    if not PAGE.is_file():
        return []
    lines = PAGE.read_text(encoding="utf-8").split("\n")
    found: list[tuple[str, int, str]] = []
    section, place, number = "", 0, 0
    while number < len(lines):
        line = lines[number]
        if number and re.fullmatch(r"[-=]{4,}", line):
            section, place = lines[number - 1], 0
        number += 1
        if line.strip() != ".. code-block:: python":
            continue
        body = []
        while number < len(lines) and (not lines[number].strip() or lines[number].startswith(" ")):
            body.append(lines[number])
            number += 1
        found.append((section, place, "\n".join(body)))
        place += 1
    return found


def mended(code: str) -> str:
    """Return a block without the page's slips."""
    # Two blocks begin with 3 spaces and go on with 4.
    lines = [line[1:] if line.startswith("    ") else line for line in code.split("\n")]
    code = textwrap.dedent("\n".join(lines))
    code = code.replace("import highdicom as hd", "import dicomsegcodec as hd")
    code = code.replace(")) ==", ") ==")
    code = re.sub(r"^(assert \w+\.\w+)\) ==", r"\1 ==", code, flags=re.MULTILINE)
    # A label map's numbers may have gaps, so they are a list; the page means the same numbers.
    return re.sub(r"(\w+\.segment_numbers) == range\(1, 3\)", r"\1 == list(range(1, 3))", code)


def named() -> list[object]:
    return [
        pytest.param(section, place, code, id=f"{section} {place + 1}".replace("`", ""))
        for section, place, code in blocks()
    ]


@pytest.fixture
def example_files(page: Path, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work where the page's `data/test_files` is the corpus."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "test_files").symlink_to(corpus / "highdicom", target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(section: str, place: int, code: str, names: dict[str, object]) -> None:
    exec(compile(mended(code), f"{section} {place + 1}", "exec"), names)


def earlier_names(section: str, place: int) -> dict[str, object]:
    """Return what a block may use from the blocks before it, which a reader of the page has run."""
    names: dict[str, object] = {}
    for earlier in blocks():
        if earlier[:2] == (section, place):
            break
        run(*earlier, names)
    return names


def test_the_page_has_the_blocks_that_are_looked_at_afterwards(page: Path) -> None:
    places = [(section, place) for section, place, _code in blocks()]
    assert set(AFTERWARDS) <= set(places)
    assert len(places) == len(set(places)) == 26


@pytest.mark.parametrize(("section", "place", "code"), named())
def test_a_block_of_the_page_runs(section: str, place: int, code: str, example_files: Path) -> None:
    names = earlier_names(section, place)
    run(section, place, code, names)
    if (section, place) in AFTERWARDS:
        AFTERWARDS[section, place](names)


# --- what the page prints or says in words ------------------------------------------------------------------


def _first_segmentation(names: dict) -> None:
    seg, mask = names["seg"], names["mask"]
    assert seg.NumberOfFrames == 1
    np.testing.assert_array_equal(seg.pixel_array, mask)


def _one_segment(names: dict) -> None:
    seg, mask, images = names["seg"], names["mask"], names["source_images"]
    pixels = seg.get_pixels_by_source_instance([image.SOPInstanceUID for image in images])
    np.testing.assert_array_equal(pixels[..., 0], mask)


def _two_segments(names: dict) -> None:
    seg, images, values = names["seg"], names["source_images"], names["image_array"]
    pixels = seg.get_pixels_by_source_instance([image.SOPInstanceUID for image in images])
    np.testing.assert_array_equal(pixels, np.stack([values > 1000, values < 500], axis=3))


def _fractions(names: dict) -> None:
    expected = np.array([0, 0.2509804, 0.5019608], np.float32)
    np.testing.assert_allclose(np.unique(names["pixels"]), expected, rtol=1e-6)


def _volume(names: dict) -> None:
    assert names["vol"].spatial_shape == (3, 16, 16)
    expected = [
        [0, 0, 0.488281, -125],
        [0, 0.488281, 0, -128.100006],
        [-1.25, 0, 0, 105.519997],
        [0, 0, 0, 1],
    ]
    np.testing.assert_allclose(names["vol"].affine, expected, atol=1e-6)


def _patient(names: dict) -> None:
    assert names["seg"].PatientName == "Doe^Archibald"


def _source_uids(names: dict) -> None:
    uids = [sop for _study, _series, sop in names["seg"].get_source_image_uids()]
    assert uids == [f"1.3.6.1.4.1.5962.1.1.0.0.0.1196530851.28319.0.{n}" for n in (93, 94, 95, 96)]


AFTERWARDS: dict[tuple[str, int], Callable[[dict], None]] = {
    ("Constructing Basic Binary and Labelmap SEG Images", 0): _first_segmentation,
    ("Constructing Binary/Labelmap SEG Images with Multiple Frames", 0): _one_segment,
    ("Constructing Binary SEG Images with Multiple Segments", 0): _two_segments,
    ("Constructing Binary SEG Images with Multiple Segments", 1): _two_segments,
    ("Reading Existing Segmentation Images", 2): _patient,
    ("Reconstructing Segmentation Masks From DICOM SEGs", 0): _source_uids,
    ("Reconstructing Fractional Segmentations", 0): _fractions,
    ("Reconstructing Volumes", 0): _volume,
}


@pytest.mark.parametrize(
    "section",
    [
        "Constructing Basic Binary and Labelmap SEG Images",
        "Constructing Binary/Labelmap SEG Images with Multiple Frames",
        "Constructing Binary SEG Images with Multiple Segments",
    ],
)
def test_swapping_binary_for_labelmap_changes_nothing_else_in_the_call(
    section: str, example_files: Path
) -> None:
    names = earlier_names(section, 0)
    code = next(text for other, place, text in blocks() if other == section and place == 0)
    run(section, 0, code.replace("Values.BINARY", "Values.LABELMAP"), names)
    assert names["seg"].segmentation_type == "LABELMAP"
    AFTERWARDS[section, 0](names)
