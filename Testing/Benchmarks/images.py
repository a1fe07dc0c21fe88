"""The images that the workloads are segmentations of: headers as a scanner writes them, pixels of zeros.

No writer of segmentations looks at the pixels of source images, so theirs say nothing; they are there because
readers of whole files have to pass them.
"""

from pathlib import Path

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

SPACING_MM = (1.5, 0.8, 0.8)
"""Between slices, rows and columns."""
TILE = 512
_PIXEL_MM = 0.0005
_SLIDE_STORAGE = "1.2.840.10008.5.1.4.1.1.77.1.6"


def origin_mm(shape: tuple[int, int, int]) -> tuple[float, float, float]:
    """Return the place (x, y, z) of the first voxel of a series."""
    return -SPACING_MM[2] * shape[2] / 2, -SPACING_MM[1] * shape[1] / 2, -200.0


def write_series(folder: Path, name: str, shape: tuple[int, int, int]) -> None:
    """Write a CT series of (slices, rows, columns), one file a slice, named in the order of the slices."""
    folder.mkdir(parents=True)
    x, y, z = origin_mm(shape)
    pixels = bytes(2 * shape[1] * shape[2])
    for k in range(shape[0]):
        image = _image("1.2.840.10008.5.1.4.1.1.2", name, f"image{k}")
        image.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        image.Modality, image.SeriesNumber, image.InstanceNumber = "CT", 2, k + 1
        image.KVP, image.PatientPosition = "120", "HFS"
        image.ImagePositionPatient = [f"{x:.4f}", f"{y:.4f}", f"{z + SPACING_MM[0] * k:.4f}"]
        image.ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
        image.PixelSpacing = [str(SPACING_MM[1]), str(SPACING_MM[2])]
        image.SliceThickness, image.SliceLocation = str(SPACING_MM[0]), f"{z + SPACING_MM[0] * k:.4f}"
        image.Rows, image.Columns = shape[1:]
        image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
        image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 16, 16, 15, 1
        image.RescaleIntercept, image.RescaleSlope = "0", "1"
        image.PixelData = pixels
        image.save_as(folder / f"image{k:04d}.dcm", enforce_file_format=True)


def write_slide(folder: Path, name: str, size: int) -> None:
    """Write the header of a tiled slide image of (size, size) pixels."""
    folder.mkdir(parents=True)
    image = _image(_SLIDE_STORAGE, name, "slide")
    image.ImageType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    image.Modality, image.SeriesNumber, image.InstanceNumber = "SM", 1, 1
    image.PositionReferenceIndicator, image.VolumetricProperties = "SLIDE_CORNER", "VOLUME"
    image.ContainerIdentifier = "S1"
    image.ContainerTypeCodeSequence = [_code("433466003", "SCT", "Microscope slide")]
    image.IssuerOfTheContainerIdentifierSequence = []
    image.ImageOrientationSlide = [0, -1, 0, -1, 0, 0]
    image.TotalPixelMatrixOriginSequence = [
        _item(XOffsetInSlideCoordinateSystem="20.0", YOffsetInSlideCoordinateSystem="40.0")
    ]
    image.TotalPixelMatrixRows = image.TotalPixelMatrixColumns = size
    image.TotalPixelMatrixFocalPlanes = image.NumberOfOpticalPaths = 1
    image.ImagedVolumeWidth = image.ImagedVolumeHeight = size * _PIXEL_MM
    image.ImagedVolumeDepth = 1.0
    image.Rows = image.Columns = TILE
    image.NumberOfFrames = (-(-size // TILE)) ** 2
    image.SamplesPerPixel, image.PhotometricInterpretation, image.PlanarConfiguration = 3, "RGB", 0
    image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 8, 8, 7, 0
    image.DimensionOrganizationType = "TILED_FULL"
    image.DimensionOrganizationSequence = [_item(DimensionOrganizationUID=_uid(name, "dimensions"))]
    image.OpticalPathSequence = [_item(OpticalPathIdentifier="1")]
    image.SpecimenDescriptionSequence = [
        _item(
            SpecimenIdentifier="S1",
            SpecimenUID=_uid(name, "specimen"),
            IssuerOfTheSpecimenIdentifierSequence=[],
            SpecimenPreparationSequence=[],
        )
    ]
    measures = _item(PixelSpacing=[str(_PIXEL_MM)] * 2, SliceThickness="0.001", SpacingBetweenSlices="0.001")
    image.SharedFunctionalGroupsSequence = [
        _item(
            PixelMeasuresSequence=[measures],
            WholeSlideMicroscopyImageFrameTypeSequence=[_item(FrameType=image.ImageType)],
            OpticalPathIdentificationSequence=[_item(OpticalPathIdentifier="1")],
        )
    ]
    image.save_as(folder / "slide.dcm", enforce_file_format=True)


def _image(sop_class: str, name: str, which: str) -> Dataset:
    """Return what all images of a workload have in common."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = sop_class, _uid(name, which)
    image = Dataset()
    image.file_meta = meta
    image.SpecificCharacterSet = "ISO_IR 100"
    image.SOPClassUID, image.SOPInstanceUID = sop_class, meta.MediaStorageSOPInstanceUID
    image.StudyDate = image.SeriesDate = image.ContentDate = "20240102"
    image.StudyTime = image.SeriesTime = image.ContentTime = "101010"
    image.AccessionNumber, image.StudyID, image.ReferringPhysicianName = "A1", "1", ""
    image.Manufacturer, image.ManufacturerModelName = "Synthetic", "Phantom"
    image.DeviceSerialNumber, image.SoftwareVersions = "1", "1"
    image.PatientName, image.PatientID = f"Bench^{name}", name
    image.PatientBirthDate, image.PatientSex = "19700101", "O"
    image.StudyInstanceUID, image.SeriesInstanceUID = _uid(name, "study"), _uid(name, "series")
    image.FrameOfReferenceUID, image.PositionReferenceIndicator = _uid(name, "space"), ""
    return image


def _uid(name: str, which: str) -> str:
    return str(generate_uid(entropy_srcs=["DicomSegIO benchmark", name, which]))


def _item(**attributes: object) -> Dataset:
    item = Dataset()
    for keyword, value in attributes.items():
        setattr(item, keyword, value)
    return item


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    return _item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)
