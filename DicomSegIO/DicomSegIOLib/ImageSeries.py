"""DICOM images of a volume that did not come from DICOM, so that its segmentation has images to refer to.

One image a slice, as Slicer's own export makes them: CT and MR images, and secondary captures with a place in
space for all else. The images lie where the volume does, before any parent transform.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from . import Grid
from .Files import allOrNone
from .Fractions import pixelsOf
from .StoredNumbers import StoredNumbers, planNumbers

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from dicomsegcodec.findings import Finding, Progress
    from dicomsegcodec.geometry import Geometry, Planes

MODALITIES: Mapping[str, str] = {
    "CT": "1.2.840.10008.5.1.4.1.1.2",
    "MR": "1.2.840.10008.5.1.4.1.1.4",
    "OT": "1.2.840.10008.5.1.4.1.1.7",
}
"""Storage class of the images of each modality; those of OT are secondary captures."""

_OF_STUDY = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "PatientAge", "PatientWeight"),
    *("StudyInstanceUID", "StudyDate", "StudyTime", "StudyID", "StudyDescription", "AccessionNumber"),
    *("ReferringPhysicianName", "SpecificCharacterSet"),
)


@dataclass(frozen=True)
class ImageSeriesOptions:
    """What is said about the images.

    Parameters
    ----------
    modality : str
        CT, MR or OT. Numbers of CT images are taken for Hounsfield units.
    likeFile : path, optional
        A DICOM file, of whose patient and study the images become a part.
    attributes : mapping of str to value
        Attributes of all images by keyword, such as PatientName, PatientID, StudyDescription or
        FrameOfReferenceUID; they count more than those of `likeFile`. A new study is made, of a patient
        without a name under a new ID, where nothing says otherwise.
    seriesDescription : str
        What fits of the volume's name when empty.
    seriesNumber : int
    isRounded : bool
        Round numbers that 16 bits cannot hold; otherwise they are refused.
    """

    modality: str = "OT"
    likeFile: str | os.PathLike[str] | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    seriesDescription: str = ""
    seriesNumber: int = 1
    isRounded: bool = False


@dataclass(frozen=True)
class ImageSeriesResult:
    """What was written.

    Parameters
    ----------
    files : tuple of Path
        In the order of the volume's slices.
    instances : tuple of str
        Their SOP Instance UIDs.
    findings : tuple of Finding
    """

    files: tuple[Path, ...]
    instances: tuple[str, ...]
    findings: "tuple[Finding, ...]"


class ImageSeriesSession:
    """Images of one volume. After `prepare` the volume must not be changed until `run` has returned.

    Parameters
    ----------
    volumeNode : vtkMRMLScalarVolumeNode
    folder : path
        Is made if its parent is there; files in it are not replaced.
    options : ImageSeriesOptions
    """

    def __init__(
        self, volumeNode, folder: str | os.PathLike[str], options: ImageSeriesOptions | None = None
    ) -> None:
        self.result: ImageSeriesResult | None = None
        self._volume = volumeNode
        self._folder = Path(folder)
        self._options = options or ImageSeriesOptions()
        self._pixels: np.ndarray | None = None
        self._geometry: Geometry | None = None
        self._name = ""
        self._findings: list[Finding] = []

    def prepare(self) -> None:
        """Take the voxels of the volume, as a view.

        Raises
        ------
        ArgumentError
            The volume has none, or colours, or the modality is unknown.
        """
        from dicomsegcodec.errors import ArgumentError

        from .Findings import note

        self._name = self._volume.GetName() or ""
        image = self._volume.GetImageData()
        if image is None or image.GetPointData().GetScalars() is None or not image.GetNumberOfPoints():
            raise ArgumentError(f"Volume '{self._name}' has no voxels to make images of.")
        if image.GetNumberOfScalarComponents() != 1:
            raise ArgumentError(
                f"Volume '{self._name}' has {image.GetNumberOfScalarComponents()} numbers a voxel; images "
                "are made of volumes that have one."
            )
        if self._options.modality not in MODALITIES:
            known = ", ".join(MODALITIES)
            raise ArgumentError(f"Modality '{self._options.modality}' is not one of {known}.")
        if self._volume.GetParentTransformNode() is not None:
            text = (
                "The images lie where the volume does without its transform, and so does what refers to them."
            )
            self._findings.append(note(text))
        self._pixels, self._geometry = pixelsOf(image), Grid.geometryOfVolume(self._volume)

    def run(self, progress: "Progress | None" = None) -> None:
        """Write the images, all or none; needs no MRML, so any thread may do it.

        Raises
        ------
        ArgumentError
            Numbers cannot be stored exactly, or rows and columns are not perpendicular.
        ReadError
            `likeFile` cannot be read.
        OutputError
        Cancelled
        """
        from dicomsegcodec.geometry import Planes

        from .Findings import warning

        if self._pixels is None or self._geometry is None:
            raise RuntimeError("prepare() comes before run(), in the main thread.")
        planes = Planes.of(self._geometry)
        numbers = planNumbers(self._pixels, self._name, isRounded=self._options.isRounded)
        if numbers.error:
            text = f"Numbers of the images are up to {numbers.error:.3g} from those of volume '{self._name}'."
            self._findings.append(warning(text))
        image = self._header(planes, numbers)
        made = not self._folder.exists()
        files = [self._folder / f"{image.Modality}_{k:04d}.dcm" for k in range(1, len(planes) + 1)]
        self._refuseExisting(files)
        try:
            instances = _write(image, planes, self._pixels, numbers, files, progress)
        except BaseException:
            if made and self._folder.is_dir():
                self._folder.rmdir()
            raise
        self.result = ImageSeriesResult(tuple(files), tuple(instances), tuple(self._findings))
        self._pixels = None

    def _refuseExisting(self, files: list[Path]) -> None:
        from dicomsegcodec.errors import OutputError

        there = [file.name for file in files if file.exists()]
        if there:
            raise OutputError(
                f"{self._folder} has {len(there)} of the files already, such as {there[0]}; choose an empty "
                "folder."
            )
        try:
            self._folder.mkdir(exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"The folder {self._folder} cannot be made: {error.strerror or error}."
            ) from error

    def _header(self, planes: "Planes", numbers: StoredNumbers) -> "Dataset":
        """Return what all images say."""
        from pydicom.dataset import Dataset, FileMetaDataset
        from pydicom.uid import ExplicitVRLittleEndian

        from dicomsegcodec import __version__
        from dicomsegcodec.segments import line_text
        from dicomsegcodec.uid import UID

        options, now = self._options, datetime.now()
        image = Dataset()
        image.file_meta = FileMetaDataset()
        image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        image.SOPClassUID = MODALITIES[options.modality]
        image.PatientName, image.PatientBirthDate, image.PatientSex = "", "", ""
        image.StudyInstanceUID, image.SeriesInstanceUID, image.FrameOfReferenceUID = UID(), UID(), UID()
        image.PatientID = f"SLICER-{str(image.StudyInstanceUID)[-12:]}"
        image.StudyDate, image.StudyTime = f"{now:%Y%m%d}", f"{now:%H%M%S}"
        image.StudyID, image.AccessionNumber, image.ReferringPhysicianName = "", "", ""
        image.Modality, image.SeriesNumber = options.modality, options.seriesNumber
        image.SeriesDescription = options.seriesDescription or line_text(self._name)
        image.SeriesDate, image.SeriesTime = f"{now:%Y%m%d}", f"{now:%H%M%S}"
        image.ContentDate, image.ContentTime = f"{now:%Y%m%d}", f"{now:%H%M%S}"
        image.Manufacturer, image.ManufacturerModelName = "DicomSegIO", "3D Slicer volume"
        image.SoftwareVersions = __version__
        image.PositionReferenceIndicator, image.SpecificCharacterSet = "", "ISO_IR 192"
        image.Laterality, image.PatientOrientation, image.PatientPosition = "", "", ""
        _ADD[options.modality](image)
        image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
        image.Rows, image.Columns = planes.shape
        image.BitsAllocated, image.BitsStored, image.HighBit = 16, 16, 15
        image.PixelRepresentation = int(numbers.dtype.kind == "i")
        if options.modality != "MR" or (numbers.slope, numbers.intercept) != (1, 0):
            image.RescaleIntercept, image.RescaleSlope = numbers.intercept, numbers.slope
            if options.modality != "CT":
                image.RescaleType = "US"  # unspecified
        image.ImageOrientationPatient = planes.orientation.split("\\")
        image.PixelSpacing = planes.spacing.split("\\")
        image.SliceThickness = planes.thickness
        self._describe(image)
        return image

    def _describe(self, image: "Dataset") -> None:
        """Take over what is known of patient and study."""
        from pydicom import dcmread

        from dicomsegcodec.errors import ArgumentError
        from dicomsegcodec.lenient import reading

        if self._options.likeFile is not None:
            with reading(str(self._options.likeFile)):
                like = dcmread(self._options.likeFile, stop_before_pixels=True, specific_tags=list(_OF_STUDY))
            for keyword in _OF_STUDY:
                if keyword in like:
                    image[keyword] = like[keyword]
        for keyword, value in self._options.attributes.items():
            try:
                setattr(image, keyword, value)
            except (TypeError, ValueError) as error:
                raise ArgumentError(f"{keyword} cannot be {value!r}: {error}") from error


def createImageSeries(
    volumeNode,
    folder: str | os.PathLike[str],
    options: ImageSeriesOptions | None = None,
    progress: "Progress | None" = None,
) -> ImageSeriesResult:
    """Write a volume as DICOM images; parameters and errors are those of `ImageSeriesSession`."""
    session = ImageSeriesSession(volumeNode, folder, options)
    session.prepare()
    session.run(progress)
    return session.result


def referToImages(volumeNode, result: ImageSeriesResult) -> None:
    """Let a volume name the images made of it, as one that Slicer has loaded from them does."""
    from .SourceSearch import INSTANCES

    volumeNode.SetAttribute(INSTANCES, " ".join(result.instances))


def _write(
    image: "Dataset",
    planes: "Planes",
    pixels: np.ndarray,
    numbers: StoredNumbers,
    files: list[Path],
    progress: "Progress | None",
) -> list[str]:
    from dicomsegcodec.errors import OutputError
    from dicomsegcodec.findings import tell
    from dicomsegcodec.uid import UID

    instances = []
    with allOrNone(files) as fresh:
        for k, file in enumerate(fresh):
            tell(progress, k / len(files), "Writing images")
            image.SOPInstanceUID = UID()
            image.InstanceNumber = k + 1
            image.file_meta.MediaStorageSOPClassUID = image.SOPClassUID
            image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
            image.ImagePositionPatient = planes.positions[k].split("\\")
            image.PixelData = np.ascontiguousarray(numbers.samples(pixels[k])).tobytes()
            image["PixelData"].VR = "OW"
            try:
                image.save_as(file, enforce_file_format=True)
            except OSError as error:
                text = f"The images could not be written: {error.strerror or error}."
                raise OutputError(text) from error
            instances.append(str(image.SOPInstanceUID))
        tell(progress, 1.0, "Writing images")
    return instances


def _addCt(image: "Dataset") -> None:
    image.ImageType = ["DERIVED", "SECONDARY", "AXIAL"]
    image.KVP, image.AcquisitionNumber = None, None


def _addMr(image: "Dataset") -> None:
    image.ImageType = ["DERIVED", "SECONDARY", "OTHER"]
    image.ScanningSequence, image.SequenceVariant = "RM", "NONE"
    image.ScanOptions, image.MRAcquisitionType = "", ""
    image.RepetitionTime, image.EchoTime, image.EchoTrainLength = None, None, None


def _addSecondaryCapture(image: "Dataset") -> None:
    image.ImageType = ["DERIVED", "SECONDARY"]
    image.ConversionType = "WSD"


_ADD = {"CT": _addCt, "MR": _addMr, "OT": _addSecondaryCapture}
