"""The files that the examples of the documentation work on; `Docs/index.rst` says what they are."""

from copy import deepcopy
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

import dicomsegcodec as hd
from dicomsegcodec.geometry import Geometry
from dicomsegcodec.interchange.dcmqi_json import SegmentCoding, write_coding
from dicomsegcodec.interchange.label_volumes import LabelVolume, write_label_volumes
from dicomsegcodec.sources import SourceImages
from series import make_series, write_series

SHAPE = (6, 48, 40)
MATRIX, TILE = (200, 160), (64, 64)


def write_example_files(folder: Path) -> None:
    """Fill a folder."""
    images = ct_images()
    write_series(folder / "ct", images)
    enhanced_ct(images).save_as(folder / "enhanced.dcm", enforce_file_format=True)
    radiograph().save_as(folder / "radiograph.dcm", enforce_file_format=True)
    slide_image = slide()
    slide_image.save_as(folder / "slide.dcm", enforce_file_format=True)

    labels = label_map()
    stacked = np.stack([labels > 0, labels == 2], axis=3)
    two, gap = descriptions(1, 2), descriptions(1, 5)
    segmentation(images, labels, "BINARY", two).save_as(folder / "segmentation.dcm")
    segmentation(images, stacked, "BINARY", two).save_as(folder / "overlap.dcm")
    segmentation(images, np.where(labels == 2, 5, labels), "LABELMAP", gap).save_as(folder / "labelmap.dcm")
    segmentation(images, stacked * np.float32(0.5), "FRACTIONAL", two).save_as(folder / "fractional.dcm")
    matrix = np.zeros(MATRIX, np.uint8)
    matrix[40:90, 50:120] = 1
    matrix[150:180, 20:60] = 2
    segmentation([slide_image], matrix, "BINARY", two, tile_pixel_array=True).save_as(
        folder / "slide_segmentation.dcm"
    )

    geometry = Geometry.of(SourceImages.of(images).planes)
    write_label_volumes(folder / "labels.nii.gz", [LabelVolume(labels, (1, 2))], geometry)
    write_coding(folder / "coding.json", SegmentCoding(volumes=(tuple(d.segment for d in two),)))


def ct_images() -> list[Dataset]:
    """Return a series in which a liver of 110 HU lies in a body of 40 HU."""
    values = np.full(SHAPE, 24, np.uint16)
    values[:, 6:42, 5:35] = 1064
    values[label_map() > 0] = 1134
    return make_series(
        SHAPE,
        pixels=values,
        RescaleIntercept="-1024",
        spacing_mm=(2.5, 0.75, 0.75),
        InstitutionName="General",
    )


def label_map() -> np.ndarray:
    """Return (slices, rows, columns) with a liver, 1, and a tumour in its midst, 2."""
    labels = np.zeros(SHAPE, np.uint8)
    labels[1:5, 12:30, 8:24] = 1
    labels[2:4, 18:24, 12:18] = 2
    return labels


def descriptions(liver: int, tumour: int) -> list[hd.seg.SegmentDescription]:
    network = hd.AlgorithmIdentificationSequence(
        "tumour-net", codes.cid7162.ArtificialIntelligence, "2.1", source="Hospital"
    )
    return [
        hd.seg.SegmentDescription(
            segment_number=liver,
            segment_label="liver",
            segmented_property_category=codes.SCT.Organ,
            segmented_property_type=codes.SCT.Liver,
            algorithm_type="MANUAL",
            display_color=hd.CIELabColor.from_rgb(221, 130, 101),
        ),
        hd.seg.SegmentDescription(
            segment_number=tumour,
            segment_label="tumour",
            segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure,
            segmented_property_type=codes.SCT.Tumor,
            algorithm_type="AUTOMATIC",
            algorithm_identification=network,
            anatomic_regions=[codes.SCT.Liver],
            tracking_id="lesion 1",
            tracking_uid="1.2.826.0.1.3680043.10.511.1",
        ),
    ]


def segmentation(
    images: list[Dataset],
    array: np.ndarray,
    kind: str,
    described: list[hd.seg.SegmentDescription],
    **keywords: object,
) -> hd.seg.Segmentation:
    return hd.seg.Segmentation(
        images,
        array,
        kind,
        described,
        series_instance_uid=hd.UID(),
        series_number=300,
        sop_instance_uid=hd.UID(),
        instance_number=1,
        manufacturer="Hospital",
        manufacturer_model_name="Liver model",
        software_versions="1.0",
        device_serial_number="1",
        **keywords,
    )


def enhanced_ct(images: list[Dataset]) -> Dataset:
    """Return the images of a series as the frames of one image."""
    first, image = images[0], deepcopy(images[0])
    image.SOPClassUID, image.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2.1", hd.UID()
    image.NumberOfFrames = len(images)
    image.PixelData = b"".join(one.PixelData for one in images)
    orientation, measures, rescale, shared = Dataset(), Dataset(), Dataset(), Dataset()
    orientation.ImageOrientationPatient = first.ImageOrientationPatient
    measures.PixelSpacing, measures.SliceThickness = first.PixelSpacing, first.SliceThickness
    rescale.RescaleIntercept, rescale.RescaleSlope = first.RescaleIntercept, first.RescaleSlope
    rescale.RescaleType = "HU"
    shared.PlaneOrientationSequence, shared.PixelMeasuresSequence = [orientation], [measures]
    shared.PixelValueTransformationSequence = [rescale]
    image.SharedFunctionalGroupsSequence = [shared]
    frames = []
    for one in images:
        position, frame = Dataset(), Dataset()
        position.ImagePositionPatient = one.ImagePositionPatient
        frame.PlanePositionSequence = [position]
        frames.append(frame)
    image.PerFrameFunctionalGroupsSequence = frames
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness"):
        del image[keyword]
    del image["RescaleIntercept"], image["RescaleSlope"]
    return image


def radiograph() -> Dataset:
    """Return a projection, which has no place in space."""
    absent = dict.fromkeys(
        (
            "FrameOfReferenceUID",
            "PositionReferenceIndicator",
            "ImagePositionPatient",
            "ImageOrientationPatient",
        )
    )
    return make_series((1, 48, 40), PatientOrientation=["L", "F"], **absent)[0]


def slide() -> Dataset:
    """Return a slide in TILED_FULL tiles, whose pixels nobody looks at."""
    (image,) = make_series((1, *TILE), SOPClassUID="1.2.840.10008.5.1.4.1.1.77.1.6", Modality="SM")
    image.file_meta.MediaStorageSOPClassUID = image.SOPClassUID
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness"):
        del image[keyword]
    del image["RescaleIntercept"], image["RescaleSlope"]
    image.DimensionOrganizationType = "TILED_FULL"
    image.TotalPixelMatrixRows, image.TotalPixelMatrixColumns = MATRIX
    image.ImageOrientationSlide = [0, -1, 0, -1, 0, 0]
    image.NumberOfFrames = int(np.prod([-(-whole // part) for whole, part in zip(MATRIX, TILE, strict=True)]))
    image.BitsAllocated, image.BitsStored, image.HighBit = 8, 8, 7
    image.PixelData = bytes(TILE[0] * TILE[1] * image.NumberOfFrames)
    origin, measures, shared, specimen = Dataset(), Dataset(), Dataset(), Dataset()
    origin.XOffsetInSlideCoordinateSystem, origin.YOffsetInSlideCoordinateSystem = "23.45", "25.69"
    measures.PixelSpacing, measures.SliceThickness = ["0.0005", "0.0005"], "0.01"
    shared.PixelMeasuresSequence = [measures]
    specimen.SpecimenIdentifier, specimen.SpecimenUID = "S1", hd.UID()
    specimen.IssuerOfTheSpecimenIdentifierSequence, specimen.SpecimenPreparationSequence = [], []
    image.TotalPixelMatrixOriginSequence, image.SharedFunctionalGroupsSequence = [origin], [shared]
    image.ContainerIdentifier, image.IssuerOfTheContainerIdentifierSequence = "C1", []
    image.SpecimenDescriptionSequence = [specimen]
    return image
