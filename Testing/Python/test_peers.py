"""Other programs read what this one writes, and this one reads what they write; arrays are compared.

highdicom and dcmqi both ways, pydicom's own pixel decoding, and dciodvfy, which must find nothing to say.
"""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

import dicomsegcodec as hd
from dicomsegcodec.read import open_segmentation
from dicomsegcodec.stored import StoredSegmentation
from objects import construct, describe, masks_of, stored_masks, uids_of
from series import make_series, rotation, write_series
from validators import program

ROWS = 12
MODALITIES = {"CT": None, "MR": rotation(20, -15, 30), "PT": rotation(90, 0, 88)}
LABELS = {1: "肝臓 – foie gras", 2: "Tumör", 3: "Ψ und Ω"}


@dataclass(frozen=True)
class Cell:
    """One object of the matrix."""

    kind: str
    content: str
    columns: int
    keep: bool
    modality: str

    def __str__(self) -> str:
        frames = "all frames" if self.keep else "filled frames"
        return f"{self.kind}, {self.content}, {ROWS} x {self.columns}, {frames}, {self.modality}"


CELLS = [
    Cell(kind, content, columns, keep, modality)
    for kind, contents in (
        ("BINARY", ("one", "many", "overlapping", "empty in the middle", "non-ASCII")),
        ("LABELMAP", ("one", "many", "300", "gaps", "empty in the middle", "non-ASCII")),
    )
    for content in contents
    for columns in (16, 13)
    for keep in (False, True)
    for modality in MODALITIES
]
# Each modality in turn; test_matrix has more of what can be combined.
every_third_cell = pytest.mark.parametrize(
    "cell", [c for i, c in enumerate(CELLS) if (i // 3) % 3 == i % 3], ids=str
)


def masks_for(cell: Cell) -> dict[int, np.ndarray]:
    """Return the (slices, rows, columns) bool voxels of every segment of a cell; two slices are empty."""
    shape = (6, ROWS, cell.columns)
    generator = np.random.default_rng(7)
    labels = np.zeros(shape, np.int64)
    inner = (slice(1, 5), slice(2, 11), slice(1, cell.columns - 2))
    match cell.content:
        case "one":
            numbers = [1]
            labels[2:4, 3:9, 2:11] = 1
        case "300":
            numbers = list(range(1, 301))
            labels[inner] = (np.arange(labels[inner].size) % 301).reshape(labels[inner].shape)
        case "gaps":
            numbers = [2, 7, 255, 256, 4000, 32767]
            labels[inner] = generator.choice([0, *numbers], labels[inner].shape)
        case _:
            numbers = [1, 2, 3]
            labels[inner] = generator.integers(0, 4, labels[inner].shape)
    masks = {number: labels == number for number in numbers}
    if cell.content == "empty in the middle":
        masks[2][...] = False
    if cell.content == "overlapping":
        masks[2][2:4, 4:9] |= masks[3][2:4, 4:9]
        masks[1][2, 3:10, 3:10] = True
    return masks


@dataclass(frozen=True)
class Written:
    """A file of this program and what it should hold."""

    path: Path
    images: list[Dataset]
    masks: dict[int, np.ndarray]


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory):
    """Return a function that gives the file of a cell, written once."""
    folder = tmp_path_factory.mktemp("matrix")
    done: dict[Cell, Written] = {}

    def write(cell: Cell) -> Written:
        if cell not in done:
            images = make_series(
                (6, ROWS, cell.columns), modality=cell.modality, turned=MODALITIES[cell.modality]
            )
            masks = masks_for(cell)
            descriptions = describe(list(masks))
            if cell.content == "non-ASCII":
                for description in descriptions:
                    description.SegmentLabel = LABELS[description.segment_number]
            if cell.kind == "BINARY":
                array = np.stack(list(masks.values()), axis=3)
            else:
                array = sum(number * mask.astype(np.uint16) for number, mask in masks.items())
            seg = construct(
                images,
                array,
                kind=cell.kind,
                segment_descriptions=descriptions,
                omit_empty_frames=not cell.keep,
            )
            path = folder / f"{len(done)}.dcm"
            seg.save_as(path)
            done[cell] = Written(path, images, masks)
        return done[cell]

    return write


def index_to_lps(images: list[Dataset]) -> np.ndarray:
    """Return the (4, 4) matrix from (slice, row, column) of a stack of images to LPS, mm."""
    row, column = np.array(images[0].ImageOrientationPatient, float).reshape(2, 3)
    first, last = (np.array(images[i].ImagePositionPatient, float) for i in (0, -1))
    matrix = np.eye(4)
    matrix[:3, 0] = (last - first) / (len(images) - 1)
    matrix[:3, 1] = column * float(images[0].PixelSpacing[0])
    matrix[:3, 2] = row * float(images[0].PixelSpacing[1])
    matrix[:3, 3] = first
    return matrix


def laid_onto(images: list[Dataset], points: np.ndarray) -> np.ndarray:
    """Return the (slices, rows, columns) mask whose voxels lie at (points, 3) places in space."""
    mask = np.zeros((len(images), images[0].Rows, images[0].Columns), bool)
    inverse = np.linalg.inv(index_to_lps(images))
    index = points @ inverse[:3, :3].T + inverse[:3, 3]
    whole = np.rint(index).astype(int)
    assert np.abs(index - whole).max(initial=0) < 0.01
    mask[tuple(whole.T)] = True
    return mask


def volume_points(affine: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return np.argwhere(mask) @ affine[:3, :3].T + affine[:3, 3]


# --- ours, read by others -----------------------------------------------------------------------------------


@every_third_cell
def test_dciodvfy_has_nothing_to_say(written, cell: Cell) -> None:
    checked = subprocess.run(
        [program("dciodvfy"), "-new", written(cell).path], capture_output=True, text=True, check=True
    )
    assert (checked.stdout + checked.stderr).split() == ["Segmentation"]


@every_third_cell
def test_pydicom_decodes_the_frames_we_decode(written, cell: Cell) -> None:
    path = written(cell).path
    pixels = dcmread(path).pixel_array
    stored = open_segmentation(path)
    if pixels.ndim == 2:
        pixels = pixels[None]
    ours = np.stack(list(stored.frames.frames(np.arange(stored.number_of_frames))))
    np.testing.assert_array_equal(ours, pixels)
    np.testing.assert_array_equal(hd.seg.segread(path).pixel_array.reshape(pixels.shape), pixels)


@every_third_cell
def test_highdicom_reads_ours_by_source_image_and_as_a_volume(written, cell: Cell) -> None:
    highdicom = pytest.importorskip("highdicom")
    made = written(cell)
    seg = highdicom.seg.segread(made.path)
    numbers = list(made.masks)
    assert list(seg.segment_numbers) == numbers
    labels = [seg.get_segment_description(n).segment_label for n in numbers]
    assert labels == [LABELS[n] if cell.content == "non-ASCII" else f"Segment {n}" for n in numbers]
    # Its stacked arrays of 16-bit label maps lose the segments over 255.
    if max(numbers) < 256:
        stacked = seg.get_pixels_by_source_instance(uids_of(made.images))
        np.testing.assert_array_equal(stacked, np.stack(list(made.masks.values()), axis=3))
        volume = seg.get_volume()
        for i, mask in enumerate(made.masks.values()):
            found = laid_onto(made.images, volume_points(volume.affine, volume.array[..., i]))
            np.testing.assert_array_equal(found, mask)
    if cell.content != "overlapping":
        expected = sum(number * mask.astype(int) for number, mask in made.masks.items())
        combined = seg.get_pixels_by_source_instance(uids_of(made.images), combine_segments=True)
        np.testing.assert_array_equal(combined, expected)
        volume = seg.get_volume(combine_segments=True)
        for number, mask in made.masks.items():
            found = laid_onto(made.images, volume_points(volume.affine, volume.array == number))
            np.testing.assert_array_equal(found, mask)


def dcmqi_masks(path: Path, folder: Path, images: list[Dataset]) -> dict[int, np.ndarray]:
    """Return the masks that dcmqi finds in a file, by label."""
    sitk = pytest.importorskip("SimpleITK")
    folder.mkdir()
    subprocess.run(
        [program("segimage2itkimage"), "--inputDICOM", path, "--outputDirectory", folder],
        capture_output=True,
        check=True,
    )
    masks: dict[int, np.ndarray] = {}
    for file in sorted(folder.glob("*.nrrd")):
        image = sitk.ReadImage(file)
        array = sitk.GetArrayFromImage(image)
        direction = np.array(image.GetDirection()).reshape(3, 3) * image.GetSpacing()
        for value in np.unique(array[array != 0]).tolist():
            assert value not in masks
            points = np.argwhere(array == value)[:, ::-1] @ direction.T + image.GetOrigin()
            masks[value] = laid_onto(images, points)
    return masks


@every_third_cell
def test_dcmqi_reads_ours_voxel_by_voxel_in_space(written, cell: Cell, tmp_path: Path) -> None:
    made = written(cell)
    found = dcmqi_masks(made.path, tmp_path / "itk", made.images)
    filled = {number: mask for number, mask in made.masks.items() if mask.any()}
    assert sorted(found) == sorted(filled)
    for number, mask in filled.items():
        np.testing.assert_array_equal(found[number], mask, f"segment {number}")


# --- theirs, read by us -------------------------------------------------------------------------------------


def check_ours(
    path: Path, images: list[Dataset], masks: dict[int, np.ndarray], *, by_source: bool = True
) -> StoredSegmentation:
    """Read a file in every way there is and compare with what it should hold."""
    stored = open_segmentation(path)
    numbers = list(masks)
    assert [s.number for s in stored.segments] == numbers
    positions = np.array([image.ImagePositionPatient for image in images], float)
    found = stored_masks(stored, positions)
    layers = masks_of(stored.read_layers())
    grid = stored.geometry().index_to_lps
    for number, mask in masks.items():
        np.testing.assert_array_equal(found[number], mask, f"segment {number} by frame")
        on_grid = laid_onto(images, volume_points(grid, layers[number]))
        np.testing.assert_array_equal(on_grid, mask, f"segment {number} in layers")
    seg = hd.seg.segread(path)
    volume = seg.get_volume()
    for i, mask in enumerate(masks.values()):
        on_grid = laid_onto(images, volume_points(volume.affine, volume.array[..., i]))
        np.testing.assert_array_equal(on_grid, mask)
    if by_source:
        stacked = seg.get_pixels_by_source_instance(uids_of(images), assert_missing_frames_are_empty=True)
        np.testing.assert_array_equal(stacked, np.stack(list(masks.values()), axis=3))
    return stored


@every_third_cell
def test_we_read_what_highdicom_writes(cell: Cell, tmp_path: Path) -> None:
    highdicom = pytest.importorskip("highdicom")
    images = make_series((6, ROWS, cell.columns), modality=cell.modality, turned=MODALITIES[cell.modality])
    masks = masks_for(cell)
    # It refuses letters beyond Latin-1 unless it is told a character set.
    labels = LABELS if cell.content == "non-ASCII" else {}
    descriptions = [
        highdicom.seg.SegmentDescription(
            segment_number=number,
            segment_label=labels.get(number, f"Segment {number}"),
            segmented_property_category=codes.SCT.Tissue,
            segmented_property_type=codes.SCT.Bone,
            algorithm_type="MANUAL",
        )
        for number in masks
    ]
    if cell.kind == "BINARY":
        array = np.stack(list(masks.values()), axis=3).astype(np.uint8)
    else:
        array = sum(number * mask.astype(np.uint16) for number, mask in masks.items())
    seg = highdicom.seg.Segmentation(
        source_images=images,
        pixel_array=array,
        segmentation_type=cell.kind,
        segment_descriptions=descriptions,
        series_instance_uid=highdicom.UID(),
        series_number=1,
        sop_instance_uid=highdicom.UID(),
        instance_number=1,
        manufacturer="Maker",
        manufacturer_model_name="Model",
        software_versions="1",
        device_serial_number="1",
        omit_empty_frames=not cell.keep,
        specific_character_set="ISO_IR 192",
    )
    seg.save_as(tmp_path / "highdicom.dcm")
    stored = check_ours(tmp_path / "highdicom.dcm", images, masks)
    assert [s.label for s in stored.segments] == [labels.get(n, f"Segment {n}") for n in masks]


def dcmqi_description(number: int) -> dict[str, object]:
    code = {"CodeValue": "85756007", "CodingSchemeDesignator": "SCT", "CodeMeaning": "Tissue"}
    return {
        "labelID": number,
        "SegmentDescription": f"Segment {number}",
        "SegmentLabel": f"Segment {number}",
        "SegmentAlgorithmType": "MANUAL",
        "SegmentedPropertyCategoryCodeSequence": code,
        "SegmentedPropertyTypeCodeSequence": code,
        "recommendedDisplayRGBValue": [200, 40, 40],
    }


@pytest.mark.parametrize(
    ("columns", "skip"), [(16, 1), (13, 0)], ids=["16 columns, filled frames", "13 columns, all frames"]
)
@pytest.mark.parametrize("modality", MODALITIES)
@pytest.mark.parametrize(
    ("kind", "content"),
    [("BINARY", "many"), ("BINARY", "overlapping"), ("LABELMAP", "many"), ("LABELMAP", "300")],
)
def test_we_read_what_dcmqi_writes(
    kind: str, content: str, modality: str, columns: int, skip: int, tmp_path: Path
) -> None:
    sitk = pytest.importorskip("SimpleITK")
    writer = program("itkimage2segimage")
    cell = Cell(kind, content, columns, not skip, modality)
    images = make_series((6, ROWS, columns), modality=modality, turned=MODALITIES[modality])
    masks = masks_for(cell)
    write_series(tmp_path / "source", images)
    matrix = index_to_lps(images)
    spacing = np.linalg.norm(matrix[:3, :3], axis=0)
    # Overlapping segments are files of their own.
    groups = [[n] for n in masks] if content == "overlapping" else [list(masks)]
    files = []
    for group in groups:
        labels = sum(number * masks[number].astype(np.int16) for number in group)
        image = sitk.GetImageFromArray(labels)
        image.SetSpacing(spacing[::-1].tolist())
        image.SetOrigin(matrix[:3, 3].tolist())
        image.SetDirection((matrix[:3, :3] / spacing)[:, ::-1].ravel().tolist())
        files.append(str(tmp_path / f"{group[0]}.nrrd"))
        sitk.WriteImage(image, files[-1])
    meta = {
        "ContentCreatorName": "Reader1",
        "ClinicalTrialSeriesID": "1",
        "ClinicalTrialTimePointID": "1",
        "SeriesDescription": "Segmentation",
        "SeriesNumber": "300",
        "InstanceNumber": "1",
        "segmentAttributes": [[dcmqi_description(number) for number in group] for group in groups],
    }
    (tmp_path / "meta.json").write_text(json.dumps(meta))
    path = tmp_path / "dcmqi.dcm"
    subprocess.run(
        [
            *(writer, "--inputImageList", ",".join(files), "--inputDICOMDirectory", tmp_path / "source"),
            *("--inputMetadata", tmp_path / "meta.json", "--outputDICOM", path, "--skip", str(skip)),
            *("--segmentationType", kind.lower(), "--useLabelIDAsSegmentNumber"),
        ],
        capture_output=True,
        check=True,
    )
    check_ours(path, images, masks)
