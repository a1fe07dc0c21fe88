"""Where the DICOM images are that a segmentation was drawn on."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from slicer.i18n import tr as _

# A folder such as the root of a disk is no answer; stop looking instead of freezing the panel.
_MOST_FILES = 20_000


class SourceImagesNotFound(ValueError):
    """The DICOM images that were segmented are not where they were looked for."""


class SourceImages(NamedTuple):
    """DICOM files, and in the user's words where they were found."""

    files: tuple[str, ...]
    text: str


def inDatabase(volumeNode: Any, database: Any) -> SourceImages:
    """Return the images that a volume was loaded from.

    Parameters
    ----------
    volumeNode : vtkMRMLScalarVolumeNode
    database : slicer.dicomDatabase, or None

    Raises
    ------
    SourceImagesNotFound
        The volume does not come from DICOM, or not all of its images are in the database.
    """
    uids = _instanceUids(volumeNode)
    if not uids:
        text = _("{volume} was not loaded from DICOM. Choose the folder with its DICOM images.")
        raise SourceImagesNotFound(text.format(volume=volumeNode.GetName()))
    if database is None or not database.isOpen:
        raise SourceImagesNotFound(_("The DICOM database is not open. Open it, or choose a DICOM folder."))
    found = [database.fileForInstance(uid) for uid in uids]
    files = tuple(file for file in found if file and os.path.isfile(file))
    place = _("the DICOM database")
    _requireAll(len(files), len(uids), volumeNode, place)
    return SourceImages(files, _("{count} images in {place}").format(count=len(files), place=place))


def inFolder(folder: str | os.PathLike, volumeNode: Any = None) -> SourceImages:
    """Return the images of a volume in a folder and the folders below it.

    Where none of them is the volume's (it came from another kind of file, or these are anonymised copies) all
    images are returned: whether they fit is then a question of geometry.

    Raises
    ------
    SourceImagesNotFound
        There are no DICOM images, or only some of the volume's.
    """
    images = _imagesBelow(Path(folder))
    if not images:
        text = _(
            "There are no DICOM images in {folder}. Choose the folder of the images that were segmented."
        )
        raise SourceImagesNotFound(text.format(folder=folder))
    uids = _instanceUids(volumeNode) if volumeNode else []
    files = tuple(images[uid] for uid in uids if uid in images)
    if files:
        _requireAll(len(files), len(uids), volumeNode, str(folder))
    else:
        files = tuple(images.values())
    return SourceImages(files, _("{count} images in the folder").format(count=len(files)))


def _instanceUids(volumeNode: Any) -> Sequence[str]:
    return (volumeNode.GetAttribute("DICOM.instanceUIDs") or "").split()


def _requireAll(found: int, wanted: int, volumeNode: Any, place: str) -> None:
    if found < wanted:
        text = _("{missing} of the {count} DICOM images of {volume} are missing from {place}. Add them.")
        missing = text.format(missing=wanted - found, count=wanted, volume=volumeNode.GetName(), place=place)
        raise SourceImagesNotFound(missing)


def _imagesBelow(folder: Path) -> dict[str, str]:
    """Return the files of images, not segmentations, by SOP Instance UID."""
    import pydicom

    tags = ["SOPInstanceUID", "Modality", "ImagePositionPatient"]
    found = {}
    for looked, path in enumerate(sorted(folder.rglob("*"))):
        if looked == _MOST_FILES:
            text = _("{folder} has too many files. Choose the folder of the images that were segmented.")
            raise SourceImagesNotFound(text.format(folder=folder))
        if path.is_file() and _isDicom(path):
            header = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=tags)
            if header.get("ImagePositionPatient") and header.get("Modality") != "SEG":
                found[str(header.SOPInstanceUID)] = str(path)
    return found


def _isDicom(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(132)[128:] == b"DICM"
    except OSError:  # not ours to read
        return False
