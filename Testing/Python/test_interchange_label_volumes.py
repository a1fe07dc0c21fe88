"""Label volumes in NIfTI, NRRD and MetaImage files: SimpleITK is the judge of what we write."""

import gzip
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st

from dicomsegcodec.errors import ArgumentError, ExternalFileError, OutputError
from dicomsegcodec.geometry import Geometry
from dicomsegcodec.interchange.label_volumes import (
    READ_SUFFIXES,
    WRITE_SUFFIXES,
    LabelVolume,
    merge_layers,
    read_label_volume,
    write_label_volumes,
)
from dicomsegcodec.interchange.nrrd import read_nrrd
from dicomsegcodec.layers import LabelLayer
from interchange_strategies import assert_same_masks, geometries, layers_on, masks_of


def identity(shape: tuple[int, int, int] = (3, 4, 5)) -> Geometry:
    return Geometry(np.eye(4), shape)


def save(path: Path, pixels: np.ndarray, geometry: Geometry | None = None, **image_options: object) -> Path:
    """Write pixels with SimpleITK."""
    image = sitk.GetImageFromArray(pixels, **image_options)
    if geometry is not None:
        spacing = np.array(geometry.spacing_mm)
        image.SetSpacing([float(s) for s in spacing[::-1]])
        image.SetDirection((geometry.index_to_lps[:3, :3] / spacing)[:, ::-1].reshape(-1).tolist())
        image.SetOrigin(geometry.index_to_lps[:3, 3].tolist())
    sitk.WriteImage(image, str(path))
    return path


@given(st.data(), st.sampled_from(WRITE_SUFFIXES))
def test_what_is_written_is_read_back_in_its_place(data: st.DataObject, suffix: str) -> None:
    geometry = data.draw(geometries())
    numbers = data.draw(st.lists(st.sampled_from((1, 2, 3, 7, 255, 256, 65535)), min_size=1, unique=True))
    layers = data.draw(layers_on(geometry, numbers))
    with tempfile.TemporaryDirectory() as folder:
        volumes = merge_layers(layers, geometry.shape)
        paths = write_label_volumes(Path(folder) / f"labels{suffix}", volumes, geometry)
        found: dict[int, np.ndarray] = {}
        for path, volume in zip(paths, volumes, strict=True):
            layer, grid = read_label_volume(path)
            assert geometry.differs_from(grid) == ""
            assert layer.pixels.dtype == (np.uint8 if max(numbers) < 256 else np.uint16)
            assert set(layer.segments.values()) <= set(volume.numbers)
            masks = masks_of([layer], grid.shape)
            assert not set(masks) & set(found)
            found |= masks
        assert sorted(n for volume in volumes for n in volume.numbers) == sorted(numbers)
        assert_same_masks(found, masks_of(layers, geometry.shape))


@given(st.data(), st.sampled_from(READ_SUFFIXES))
def test_what_another_program_writes_lies_in_lps_slice_first(data: st.DataObject, suffix: str) -> None:
    geometry = data.draw(geometries())
    pixels = np.arange(np.prod(geometry.shape)).reshape(geometry.shape).astype(np.uint16)
    with tempfile.TemporaryDirectory() as folder:
        layer, grid = read_label_volume(save(Path(folder) / f"labels{suffix}", pixels, geometry))
    assert geometry.differs_from(grid) == ""
    assert np.array_equal(layer.pixels, pixels)


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".nrrd"])
def test_sheared_slices_are_written_as_they_are(tmp_path: Path, suffix: str) -> None:
    matrix = np.eye(4)
    matrix[:3, :3] = [[0, 0, 1], [0.5, 1, 0], [2, 0, 0]]
    geometry = Geometry(matrix, (3, 4, 5))
    volume = LabelVolume(np.ones(geometry.shape, np.uint8), (1,))
    (path,) = write_label_volumes(tmp_path / f"tilted{suffix}", [volume], geometry)
    if suffix == ".nrrd":
        assert np.array_equal(read_nrrd(path).geometry.index_to_lps, matrix)
    else:
        data = path.read_bytes() if suffix == ".nii" else gzip.decompress(path.read_bytes())
        rows = np.frombuffer(data, "<f4", 12, 280).reshape(3, 4)
        assert np.allclose(rows, np.diag([-1, -1, 1]) @ matrix[:3, [2, 1, 0, 3]])
        assert np.frombuffer(data, "<i2", 2, 252).tolist() == [0, 1]  # no quaternion can say this
    with pytest.raises(ArgumentError, match="sheared"):
        write_label_volumes(tmp_path / "tilted.mha", [volume], geometry)


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8"])
@pytest.mark.parametrize("suffix", [".nii.gz", ".nrrd", ".mha"])
def test_any_type_of_number_is_read_if_all_are_whole(tmp_path: Path, dtype: str, suffix: str) -> None:
    most = 127 if dtype == "i1" else 255 if dtype == "u1" else 32767 if dtype == "i2" else 65535
    pixels = np.array([[[0, 1, most]]]).astype(dtype)
    layer, _ = read_label_volume(save(tmp_path / f"labels{suffix}", pixels))
    assert layer.pixels.tolist() == [[[0, 1, most]]]
    assert dict(layer.segments) == {1: 1, most: most}


@pytest.mark.parametrize(
    ("value", "words"),
    [(-1, "from -1"), (65536, "65536"), (0.5, "fractions (such as 0.5)"), (np.nan, "nan"), (np.inf, "inf")],
)
def test_values_that_are_no_labels_are_refused(tmp_path: Path, value: float, words: str) -> None:
    pixels = np.array([[[0, value]]])
    pixels = pixels.astype(np.int32 if float(value).is_integer() else np.float32)
    with pytest.raises(ExternalFileError) as caught:
        read_label_volume(save(tmp_path / "labels.nrrd", pixels))
    assert words in str(caught.value) and "labels.nrrd" in str(caught.value)


def test_volumes_of_another_shape_are_refused(tmp_path: Path) -> None:
    pixels = np.zeros((2, 3, 4, 5), np.uint8)
    four = sitk.JoinSeries([sitk.GetImageFromArray(p) for p in pixels])
    sitk.WriteImage(four, str(tmp_path / "four.nii.gz"))
    sitk.WriteImage(sitk.JoinSeries([sitk.GetImageFromArray(pixels[0])]), str(tmp_path / "one.nii.gz"))
    save(tmp_path / "vector.nrrd", pixels[0], isVector=True)
    save(tmp_path / "flat.mha", pixels[0, 0])
    for name, words in (
        ("four.nii.gz", "4 dimensions"),
        ("vector.nrrd", "5 numbers a voxel"),
        ("flat.mha", "2 dim"),
    ):
        with pytest.raises(ExternalFileError, match=words):
            read_label_volume(tmp_path / name)
    assert read_label_volume(tmp_path / "one.nii.gz")[1].shape == (3, 4, 5)


def test_files_that_are_not_there_or_not_volumes_are_refused(tmp_path: Path) -> None:
    for name in ("empty.nii.gz", "empty.nrrd", "empty.mha"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "text.nii").write_bytes(b"a" * 1000)
    (tmp_path / "folder.nrrd").mkdir()
    for name in ("absent.nrrd", "folder.nrrd", "empty.nii.gz", "empty.nrrd", "empty.mha", "text.nii"):
        with pytest.raises(ExternalFileError, match=name):
            read_label_volume(tmp_path / name)
    with pytest.raises(ExternalFileError, match="unknown kind"):
        read_label_volume(tmp_path / "labels.stl")


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".nrrd", ".mha"])
@pytest.mark.parametrize("part", [0.1, 0.6, 0.999])
def test_a_truncated_file_is_refused(tmp_path: Path, suffix: str, part: float) -> None:
    # SimpleITK takes half a .nii.gz for a whole one and fills up what is missing.
    rng = np.random.default_rng(0)
    path = save(tmp_path / f"labels{suffix}", rng.integers(0, 200, (20, 30, 40)).astype(np.uint8))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    with pytest.raises(ExternalFileError, match="labels"):
        read_label_volume(path)


def test_damage_inside_of_a_compressed_nifti_is_found(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    path = save(tmp_path / "labels.nii.gz", rng.integers(0, 200, (20, 30, 40)).astype(np.uint8))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(ExternalFileError, match="damaged"):
        read_label_volume(path)


def test_layers_that_do_not_overlap_share_a_volume() -> None:
    left = LabelLayer(np.array([[[1, 0]]], np.uint8), {1: 3})
    right = LabelLayer(np.array([[[9]]], np.int64), {9: 300}, (0, 0, 1))
    both = LabelLayer(np.array([[[True, True]]]), {1: 7})
    (one,) = merge_layers([left, right], (1, 1, 2))
    assert one.pixels.tolist() == [[[3, 300]]] and one.numbers == (3, 300)
    first, second = merge_layers([left, both, right], (1, 1, 2))
    assert first.pixels.tolist() == [[[3, 300]]] and second.pixels.tolist() == [[[7, 7]]]
    assert (first.numbers, second.numbers) == ((3, 300), (7,))


def test_no_layer_at_all_is_one_empty_volume() -> None:
    (one,) = merge_layers([], (1, 2, 3))
    assert one.pixels.shape == (1, 2, 3) and not one.pixels.any() and one.numbers == ()


def test_a_value_that_is_no_segment_is_background() -> None:
    for dtype in (np.uint8, np.int32):
        (one,) = merge_layers([LabelLayer(np.array([[[1, 2]]], dtype), {2: 5, 70000: 6})], (1, 1, 2))
        assert one.pixels.tolist() == [[[0, 5]]]


def test_overlapping_layers_get_a_number_in_the_name(tmp_path: Path) -> None:
    volume = LabelVolume(np.ones((3, 4, 5), np.uint8), (1,))
    written = write_label_volumes(tmp_path / "out.NII.GZ", [volume, volume], identity())
    assert [path.name for path in written] == ["out_1.NII.GZ", "out_2.NII.GZ"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out_1.NII.GZ", "out_2.NII.GZ"]


def test_the_same_labels_give_the_same_file(tmp_path: Path) -> None:
    volume = LabelVolume(np.ones((3, 4, 5), np.uint8), (1,))
    for suffix in WRITE_SUFFIXES:
        first, second = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
        for path in (first, second):
            write_label_volumes(path, [volume], identity())
        assert first.read_bytes() == second.read_bytes()


def test_kinds_that_cannot_be_written_are_refused_in_words(tmp_path: Path) -> None:
    for name, words in (("out.mhd", "two files"), ("out.png", "choose .nii.gz")):
        with pytest.raises(ArgumentError, match=words):
            write_label_volumes(tmp_path / name, merge_layers([], (3, 4, 5)), identity())
    long = Geometry(np.eye(4), (1, 1, 40000))
    with pytest.raises(ArgumentError, match="40000"):
        write_label_volumes(tmp_path / "out.nii", merge_layers([], (1, 1, 40000)), long)
    assert not list(tmp_path.iterdir())


FULL_DISK = """
import resource, sys
import numpy as np
from dicomsegcodec.errors import OutputError
from dicomsegcodec.geometry import Geometry
from dicomsegcodec.interchange.label_volumes import LabelVolume, write_label_volumes
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
small = LabelVolume(np.ones((40, 100, 100), np.uint8), (1,))
noise = np.random.default_rng(0).integers(0, 2, (40, 100, 100)).astype(np.uint8)
try:
    grid = Geometry(np.eye(4), small.pixels.shape)
    write_label_volumes(sys.argv[1], [small, LabelVolume(noise, (1,))], grid)
except OutputError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of file size")
@pytest.mark.parametrize("suffix", WRITE_SUFFIXES)
def test_on_a_full_disk_none_of_several_files_appears(tmp_path: Path, suffix: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path / f"out{suffix}")],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": ":".join(p for p in sys.path if p)},
    )
    assert "full" in done.stdout and done.stderr == "", done
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no folder"):
        write_label_volumes(tmp_path / "absent" / "out.nii.gz", merge_layers([], (3, 4, 5)), identity())
