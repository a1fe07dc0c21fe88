"""The DICOM files that were segmented: of a volume, in a folder, of a series of a database.

Imports neither MRML nor the codec, so that naming an error costs nothing when Slicer starts.
"""

import os
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

INSTANCES = "DICOM.instanceUIDs"
"""The attribute of a volume that names the images it was loaded from, in the order of its slices."""

# A folder such as the root of a disk is no answer; stop looking instead of freezing Slicer.
_MOST_FILES = 20_000


class SourceImagesNotFound(ValueError):
    """The DICOM images that were segmented are not where they were looked for.

    Parameters
    ----------
    text : str
    fixes : str
        Keys of `Findings.FIXES`.
    """

    def __init__(self, text: str, *fixes: str) -> None:
        super().__init__(text)
        self.fixes = fixes


class SourceFiles(NamedTuple):
    """DICOM files, and in the user's words where they were found."""

    files: tuple[str, ...]
    text: str = ""


class _Header(NamedTuple):
    uid: str
    isImage: bool


def findSourceFiles(volumeNode: Any = None, reference: Any = None, database: Any = None) -> SourceFiles:
    """Return the files of the images that were segmented.

    Parameters
    ----------
    volumeNode : vtkMRMLScalarVolumeNode, optional
        The volume that was segmented; it decides which images of a folder are meant.
    reference : optional
        A folder, a file or a list of files; a Series Instance UID; a volume, in place of `volumeNode`. The
        volume's images in the database when omitted.
    database : ctkDICOMDatabase, optional
        `slicer.dicomDatabase`, or anything that has its functions.

    Raises
    ------
    SourceImagesNotFound
    """
    if reference is not None and hasattr(reference, "GetImageData"):
        volumeNode, reference = reference, None
    if isinstance(reference, (list, tuple)):
        return SourceFiles(tuple(str(file) for file in reference))
    if isinstance(reference, str) and isUid(reference) and not os.path.exists(reference):
        return ofSeries(reference, database)
    if reference is not None:
        return inFolder(reference, volumeNode)
    if volumeNode is None:
        raise SourceImagesNotFound(
            "Choose the volume that was segmented, or the folder of its DICOM images.",
            "chooseReference",
            "chooseFolder",
        )
    return inDatabase(volumeNode, database)


def inDatabase(volumeNode: Any, database: Any) -> SourceFiles:
    """Return the images that a volume was loaded from.

    Raises
    ------
    SourceImagesNotFound
        The volume does not come from DICOM, or not all of its images are in the database.
    """
    uids = instanceUids(volumeNode)
    if not uids:
        raise SourceImagesNotFound(
            f"{volumeNode.GetName()} was not loaded from DICOM. Choose the folder with its DICOM images.",
            "createImages",
            "chooseFolder",
        )
    _requireOpen(database)
    found = [database.fileForInstance(uid) for uid in uids]
    files = tuple(dict.fromkeys(file for file in found if file and os.path.isfile(file)))
    present = sum(1 for file in found if file and os.path.isfile(file))
    _requireAll(present, len(uids), volumeNode, "the DICOM database")
    return SourceFiles(files, f"{_images(len(files))} in the DICOM database")


def ofSeries(seriesInstanceUid: str, database: Any) -> SourceFiles:
    """Return the images of a series of a database.

    Raises
    ------
    SourceImagesNotFound
        There is no such series, or files of it are not there any more.
    """
    _requireOpen(database)
    files = [str(file) for file in database.filesForSeries(seriesInstanceUid)]
    if not files:
        raise SourceImagesNotFound(
            f"There is no series {seriesInstanceUid} in the DICOM database. Import it, or choose a folder.",
            "chooseFolder",
        )
    gone = [file for file in files if not os.path.isfile(file)]
    if gone:
        raise SourceImagesNotFound(
            f"{len(gone)} of the {len(files)} files of the series are missing; the first is {gone[0]}.",
            "chooseFolder",
        )
    return SourceFiles(tuple(files), f"{_images(len(files))} of the series in the DICOM database")


def inFolder(folder: str | os.PathLike[str], volumeNode: Any = None) -> SourceFiles:
    """Return the images of a volume in a folder and the folders below it; or a file that is given.

    Where none of them is the volume's (it came from another kind of file, or these are anonymised copies) all
    images are returned: whether they fit is then a question of geometry.

    Raises
    ------
    SourceImagesNotFound
        There are no DICOM images, or only some of the volume's.
    """
    path = Path(folder)
    if path.is_file():
        return SourceFiles((str(path),), "1 file")
    if not path.is_dir():
        raise SourceImagesNotFound(f"There is no folder {folder}.", "chooseFolder")
    headers = _headersBelow(path)
    uids = instanceUids(volumeNode)
    wanted = {header.uid: file for file, header in headers.items()}
    files = tuple(wanted[uid] for uid in dict.fromkeys(uids) if uid in wanted)
    if files:
        _requireAll(len(files), len(set(uids)), volumeNode, str(folder))
    else:
        files = tuple(file for file, header in headers.items() if header.isImage)
    if not files:
        raise SourceImagesNotFound(
            f"There are no DICOM images in {folder}. Choose the folder of the images that were segmented.",
            "chooseFolder",
        )
    return SourceFiles(files, f"{_images(len(files))} in the folder")


def instanceUids(volumeNode: Any) -> Sequence[str]:
    """Return the SOP Instance UIDs of the images that a volume was loaded from; none if it was not."""
    return (volumeNode.GetAttribute(INSTANCES) or "").split() if volumeNode is not None else []


def isUid(text: str) -> bool:
    """Tell whether a text can be a UID, PS3.5 9.1."""
    return len(text) <= 64 and re.fullmatch(r"[0-9]+(\.[0-9]+)+", text) is not None


def _images(count: int) -> str:
    return f"{count} image{'' if count == 1 else 's'}"


def _requireOpen(database: Any) -> None:
    if database is None or not database.isOpen:
        raise SourceImagesNotFound(
            "The DICOM database is not open. Open it, or choose a DICOM folder.",
            "openDatabase",
            "chooseFolder",
        )


def _requireAll(found: int, wanted: int, volumeNode: Any, place: str) -> None:
    if found < wanted:
        name = volumeNode.GetName()
        raise SourceImagesNotFound(
            f"{wanted - found} of the {wanted} DICOM images of {name} are missing from {place}. Add them.",
            "chooseFolder",
        )


def _headersBelow(folder: Path) -> dict[str, _Header]:
    """Return what the DICOM files of a folder are, segmentations left out."""
    found = {}
    for looked, path in enumerate(sorted(folder.rglob("*"))):
        if looked == _MOST_FILES:
            raise SourceImagesNotFound(
                f"{folder} has too many files. Choose the folder of the images that were segmented.",
                "chooseFolder",
            )
        if path.is_file():
            state = path.stat()
            header = _header(str(path), state.st_mtime_ns, state.st_size)
            if header is not None:
                found[str(path)] = header
    return found


@lru_cache(maxsize=_MOST_FILES)
def _header(path: str, _modified: int, _size: int) -> _Header | None:
    """Return what a file is, or None where it is no image; read again when it has changed."""
    import pydicom

    from dicomsegcodec.errors import ReadError
    from dicomsegcodec.lenient import reading

    try:
        with open(path, "rb") as file:
            if file.read(132)[128:] != b"DICM":
                return None
        tags = ["SOPInstanceUID", "Modality", "ImagePositionPatient", "TotalPixelMatrixRows", "Rows"]
        tags.append("SharedFunctionalGroupsSequence")
        with reading(path):
            header = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=tags)
    except (OSError, ReadError):  # not ours to read, or not readable
        return None
    if header.get("Modality") == "SEG" or not header.get("SOPInstanceUID"):
        return None
    places = ("ImagePositionPatient", "TotalPixelMatrixRows", "SharedFunctionalGroupsSequence")
    isImage = bool(header.get("Rows")) and any(header.get(keyword) for keyword in places)
    return _Header(str(header.SOPInstanceUID), isImage)
