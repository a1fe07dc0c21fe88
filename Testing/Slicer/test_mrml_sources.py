"""Where the images are that were segmented: of a volume, in a folder, of a series of a database."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from image_series import SHAPE, Series
from pydicom import dcmread
from segmentations import Layer, Looks, addSegmentation, addVolume

from DicomSegIOLib import SourceImagesNotFound, SourceSearch, exportSegmentation, findSourceFiles
from DicomSegIOLib.Findings import FIXES


class Database:
    """What of ctkDICOMDatabase is used."""

    def __init__(self, files: list[Path]) -> None:
        self.isOpen = True
        self._headers = {str(file): dcmread(file, stop_before_pixels=True) for file in files}

    def fileForInstance(self, uid: str) -> str:
        return next((file for file, header in self._headers.items() if header.SOPInstanceUID == uid), "")

    def filesForSeries(self, uid: str) -> tuple[str, ...]:
        return tuple(file for file, header in self._headers.items() if header.SeriesInstanceUID == uid)


@pytest.fixture
def files(oblique, tmp_path) -> list[Path]:
    """Images of the series, in a folder with other things."""
    folder = tmp_path / "images" / "deep"
    folder.mkdir(parents=True)
    (tmp_path / "images" / "readme.txt").write_text("not DICOM")
    return [Path(shutil.copy(file, folder)) for file in oblique.files]


def texts(files) -> list[str]:
    return [str(file) for file in files]


def refused(words: str, *arguments: object) -> SourceImagesNotFound:
    with pytest.raises(SourceImagesNotFound, match=words) as caught:
        findSourceFiles(*arguments)
    assert caught.value.fixes and all(fix in FIXES for fix in caught.value.fixes)
    return caught.value


def test_the_images_of_a_volume_in_the_database(volume, files) -> None:
    database = Database(files)
    for arguments in ((volume, None, database), (None, volume, database)):
        found = findSourceFiles(*arguments)
        assert list(found.files) == texts(files)  # in the order of the slices
        assert found.text == "6 images in the DICOM database"
    error = refused("2 of the 6 DICOM images of volume are missing from the DICOM database", volume, None,
                    Database(files[1:-1]))  # fmt: skip
    assert error.fixes == ("chooseFolder",)
    files[3].unlink()
    refused("1 of the 6 DICOM images", volume, None, database)


def test_a_database_that_is_not_open(volume, files) -> None:
    database = Database(files)
    database.isOpen = False
    for given in (None, database):
        assert refused("database is not open", volume, None, given).fixes[0] == "openDatabase"
        refused("database is not open", None, "1.2.3", given)


def test_a_volume_that_did_not_come_from_dicom(volume, files) -> None:
    volume.RemoveAttribute("DICOM.instanceUIDs")
    error = refused("volume was not loaded from DICOM", volume, None, Database(files))
    assert error.fixes == ("createImages", "chooseFolder")


def test_nothing_is_chosen(files) -> None:
    error = refused("Choose the volume that was segmented, or the folder", None, None, Database(files))
    assert error.fixes == ("chooseReference", "chooseFolder")


def test_a_series_of_the_database(files) -> None:
    uid = str(dcmread(files[0]).SeriesInstanceUID)
    found = findSourceFiles(None, uid, Database(files))
    assert list(found.files) == texts(files) and "6 images of the series" in found.text
    refused("There is no series 1.2.3 in", None, "1.2.3", Database(files))
    database = Database(files)
    files[0].unlink()
    refused("1 of the 6 files of the series are missing", None, uid, database)


def test_files_are_taken_as_they_are(files) -> None:
    assert list(findSourceFiles(None, files).files) == texts(files)
    assert list(findSourceFiles(None, tuple(files[:2])).files) == texts(files[:2])
    assert list(findSourceFiles(None, files[0]).files) == texts(files[:1])


def test_a_folder_is_searched_for_the_images_of_the_volume(volume, files, tmp_path) -> None:
    Series(tmp_path / "images" / "other", shape=SHAPE)
    for folder in (tmp_path / "images", str(tmp_path / "images")):
        found = findSourceFiles(volume, folder)
        assert list(found.files) == texts(files) and found.text == "6 images in the folder"
    files[0].unlink()
    refused("1 of the 6 DICOM images of volume are missing from", volume, tmp_path / "images")


def test_without_a_volume_all_images_of_a_folder_are_meant(scene, volume, files, tmp_path) -> None:
    node = addSegmentation(
        scene, {"a": Looks("A")}, [Layer(np.ones((2, 3, 4), np.uint8), {"a": 1})], volume=volume
    )
    exportSegmentation(node, files[0].parent / "seg.dcm", files)
    found = findSourceFiles(None, tmp_path / "images")
    assert sorted(found.files) == sorted(texts(files))  # and not the segmentation
    volume.RemoveAttribute("DICOM.instanceUIDs")
    assert findSourceFiles(volume, tmp_path / "images").files == found.files


def test_folders_without_images(volume, tmp_path) -> None:
    refused("There is no folder", volume, tmp_path / "nowhere")
    refused("There are no DICOM images in", volume, tmp_path)
    (tmp_path / "x.dcm").write_bytes(bytes(128) + b"DICM" + b"nonsense")
    refused("There are no DICOM images in", volume, tmp_path)


def test_a_folder_with_too_many_files_is_not_searched(volume, files, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(SourceSearch, "_MOST_FILES", 3)
    refused("has too many files", volume, tmp_path / "images")


def test_images_of_all_kinds_are_found_in_a_folder(scene, tmp_path) -> None:
    from test_mrml_slides import slideImage

    slide = slideImage()
    slide.save_as(tmp_path / "slide.dcm", enforce_file_format=True)
    assert findSourceFiles(None, tmp_path).files == (str(tmp_path / "slide.dcm"),)


def test_headers_are_read_once(volume, files, tmp_path, monkeypatch) -> None:
    import pydicom

    read: list[str] = []
    real = pydicom.dcmread
    monkeypatch.setattr(pydicom, "dcmread", lambda path, **rest: read.append(path) or real(path, **rest))
    findSourceFiles(volume, tmp_path / "images")
    findSourceFiles(volume, tmp_path / "images")
    assert sorted(read) == sorted(texts(files))
    image = real(files[2])
    image.SOPInstanceUID = "1.2.3"
    image.save_as(files[2])
    read.clear()
    refused("1 of the 6", volume, tmp_path / "images")
    assert read == texts(files[2:3])


def test_a_volume_of_a_multi_frame_image_has_one_file(scene, oblique, files) -> None:
    volume = addVolume(scene, oblique.images)
    uid = str(oblique.images[0].SOPInstanceUID)
    volume.SetAttribute("DICOM.instanceUIDs", " ".join([uid] * 6))
    assert findSourceFiles(volume, None, Database(files)).files == (str(files[0]),)
    assert findSourceFiles(volume, files[0].parent).files == (str(files[0]),)
