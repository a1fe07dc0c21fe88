"""Checking: functional groups, dimensions, geometry, tiles and references, each spoilt by itself."""

import io
from copy import deepcopy

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ImplicitVRLittleEndian

import dicomsegcodec as hd
from conformance_objects import (
    SHAPE,
    Defect,
    assert_found,
    both,
    frame,
    frames,
    in_all_frames,
    on,
    shared,
    spoilt,
    with_value,
    without,
    written,
)
from objects import construct
from series import make_series

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # pydicom's, about what it is to write


def position(item: Dataset) -> Dataset:
    return item.PlanePositionSequence[0]


def tile(item: Dataset) -> Dataset:
    return item.PlanePositionSlideSequence[0]


def measures(dataset: Dataset) -> Dataset:
    return shared(dataset).PixelMeasuresSequence[0]


def orientation(dataset: Dataset) -> Dataset:
    return shared(dataset).PlaneOrientationSequence[0]


def source(item: Dataset) -> Dataset:
    return item.DerivationImageSequence[0].SourceImageSequence[0]


def dimension(number: int):
    return lambda dataset: dataset.DimensionIndexSequence[number - 1]


def code_value(sequence: str, value: str):
    return lambda item: setattr(item[sequence].value[0], "CodeValue", value)


def indices(*by_frame: tuple[int, ...]):
    """Return what sets the Dimension Index Values of the first frames."""

    def change(dataset: Dataset) -> None:
        for item, values in zip(frames(dataset), by_frame, strict=False):
            item.FrameContentSequence[0].DimensionIndexValues = list(values)

    return change


def add_to_index(column: int, by: int):
    def change(dataset: Dataset) -> None:
        for item in frames(dataset):
            values = list(item.FrameContentSequence[0].DimensionIndexValues)
            values[column] += by
            item.FrameContentSequence[0].DimensionIndexValues = values

    return change


def move_to(place: str, group: str):
    """Return what moves a group of the frames to the shared ones ('shared'), or copies it there ('both')."""

    def change(dataset: Dataset) -> None:
        setattr(shared(dataset), group, deepcopy(frame(dataset)[group].value))
        if place == "shared":
            for item in frames(dataset):
                delattr(item, group)

    return change


def moved(by_mm: np.ndarray | float):
    """Return what moves the plane of slice n by n times a vector, or n times a distance along the stack."""

    def change(dataset: Dataset) -> None:
        planes = sorted({float(position(item).ImagePositionPatient[2]) for item in frames(dataset)})
        for item in frames(dataset):
            place = np.array(position(item).ImagePositionPatient, float)
            vector = by_mm if isinstance(by_mm, np.ndarray) else np.array([0, 0, by_mm])
            place += planes.index(place[2]) * vector
            position(item).ImagePositionPatient = [f"{number:.6g}" for number in place]

    return change


def first_plane_away(dataset: Dataset) -> None:
    del measures(dataset).SpacingBetweenSlices
    lowest = min(float(position(item).ImagePositionPatient[2]) for item in frames(dataset))
    for item in frames(dataset):
        if float(position(item).ImagePositionPatient[2]) == lowest:
            position(item).ImagePositionPatient = [-125, -128.1, lowest - 1.1]


def first_two_alike(dataset: Dataset) -> None:
    one, two = frame(dataset, 1), frame(dataset, 2)
    two.PlanePositionSequence = deepcopy(one.PlanePositionSequence)


def listed_images(dataset: Dataset) -> list[Dataset]:
    return dataset.ReferencedSeriesSequence[0].ReferencedInstanceSequence


def in_two_series(dataset: Dataset) -> None:
    other = deepcopy(dataset.ReferencedSeriesSequence[0])
    other.SeriesInstanceUID = "1.2.3"
    dataset.ReferencedSeriesSequence.append(other)


def to_itself(dataset: Dataset) -> None:
    source(frame(dataset)).ReferencedSOPInstanceUID = dataset.SOPInstanceUID


def tile_twice(dataset: Dataset) -> None:
    first = next(
        i for i in frames(dataset) if i.SegmentIdentificationSequence[0].ReferencedSegmentNumber == 1
    )
    column = tile(first).ColumnPositionInTotalImagePixelMatrix
    tile(first).ColumnPositionInTotalImagePixelMatrix = column + 3


def described_tiles(dataset: Dataset) -> None:
    """Describe the frames of TILED_FULL, the second of them wrongly."""
    items = []
    for number in range(dataset.NumberOfFrames):
        down, across = divmod(number % 15, 3)
        place, item = Dataset(), Dataset()
        place.ColumnPositionInTotalImagePixelMatrix = 1 if number == 1 else 12 * across + 1
        place.RowPositionInTotalImagePixelMatrix = 10 * down + 1
        place.XOffsetInSlideCoordinateSystem = f"{23.449873 - 10 * down * 0.000499:.9g}"
        place.YOffsetInSlideCoordinateSystem = f"{25.691574 - 12 * across * 0.000499:.9g}"
        place.ZOffsetInSlideCoordinateSystem = "0"
        item.PlanePositionSlideSequence = [place]
        items.append(item)
    dataset.PerFrameFunctionalGroupsSequence = items


DEFECTS = [
    # Functional groups, PS3.3 C.7.6.16 and A.51.5
    Defect(
        "two shared items",
        "binary",
        lambda d: d.SharedFunctionalGroupsSequence.append(Dataset()),
        "ERROR [SharedFunctionalGroupsSequence, PS3.3 C.7.6.16.1.1]",
    ),
    Defect(
        "no groups of the frames",
        "binary",
        without("PerFrameFunctionalGroupsSequence"),
        "ERROR [PerFrameFunctionalGroupsSequence, PS3.3 C.7.6.16]",
    ),
    Defect(
        "a frame less",
        "binary",
        with_value("NumberOfFrames", 5),
        "ERROR [PerFrameFunctionalGroupsSequence, PS3.3 C.7.6.16.1.2] 6 frames",
    ),
    Defect(
        "a frame more",
        "binary",
        with_value("NumberOfFrames", 7),
        "ERROR [PerFrameFunctionalGroupsSequence, PS3.3 C.7.6.16.1.2] is 7",
    ),
    Defect(
        "positions in both places",
        "binary",
        move_to("both", "PlanePositionSequence"),
        "ERROR [PlanePositionSequence, PS3.3 C.7.6.16.1.1] 6 frames",
    ),
    Defect(
        "shared frame content",
        "labelmap",
        move_to("shared", "FrameContentSequence"),
        "ERROR [FrameContentSequence, PS3.3 A.51.5]",
    ),
    Defect(
        "a frame without a position",
        "binary",
        lambda d: delattr(frame(d, 3), "PlanePositionSequence"),
        "ERROR [PlanePositionSequence, PS3.3 C.7.6.16.1.2] frame 3",
    ),
    Defect(
        "a frame without a derivation",
        "binary",
        lambda d: delattr(frame(d, 2), "DerivationImageSequence"),
        "WARNING [DerivationImageSequence, PS3.3 C.7.6.16.1.2] frame 2",
    ),
    Defect(
        "frames of no segment",
        "binary",
        in_all_frames(without("SegmentIdentificationSequence")),
        "ERROR [SegmentIdentificationSequence, PS3.3 A.51.5]",
    ),
    Defect(
        "a label map with segments of frames",
        "labelmap",
        in_all_frames(lambda item: setattr(item, "SegmentIdentificationSequence", [Dataset()])),
        "WARNING [SegmentIdentificationSequence, PS3.3 A.51.5]",
    ),
    Defect(
        "frames that are nowhere",
        "binary",
        in_all_frames(both(without("PlanePositionSequence"), without("DerivationImageSequence"))),
        "ERROR [DerivationImageSequence, PS3.3 A.51.5]",
    ),
    Defect(
        "positions without a pixel spacing",
        "binary",
        on(shared, without("PixelMeasuresSequence")),
        "WARNING [PlanePositionSequence, PS3.3 A.51.5]",
    ),
    Defect(
        "no derivation",
        "binary",
        in_all_frames(without("DerivationImageSequence")),
        "NOTE [DerivationImageSequence, PS3.3 A.51.5]",
    ),
    Defect(
        "no frame of reference",
        "binary",
        without("FrameOfReferenceUID"),
        "ERROR [FrameOfReferenceUID, PS3.3 A.51.5]",
    ),
    Defect(
        "no frame of reference, no derivation",
        "labelmap",
        both(without("FrameOfReferenceUID"), in_all_frames(without("DerivationImageSequence"))),
        "ERROR [FrameOfReferenceUID, PS3.3 C.7.4.1]",
    ),
    Defect(
        "positions in two worlds",
        "sparse",
        in_all_frames(with_value("PlanePositionSequence", [Dataset()])),
        "ERROR [PlanePositionSlideSequence, PS3.3 A.51.5]",
    ),
    Defect(
        "an empty position",
        "binary",
        lambda d: setattr(frame(d, 2), "PlanePositionSequence", []),
        "ERROR [PlanePositionSequence, PS3.3 A.51.5] frame 2",
    ),
    Defect(
        "two positions",
        "binary",
        lambda d: frame(d).PlanePositionSequence.append(position(frame(d))),
        "ERROR [PlanePositionSequence, PS3.3 A.51.5] 2 items",
    ),
    Defect(
        "a position without a value",
        "binary",
        on(frame, on(position, with_value("ImagePositionPatient", None))),
        "ERROR [ImagePositionPatient, PS3.3 C.7.6.16.2.3]",
    ),
    Defect(
        "a tile without a column",
        "sparse",
        on(frame, on(tile, without("ColumnPositionInTotalImagePixelMatrix"))),
        "ERROR [ColumnPositionInTotalImagePixelMatrix, PS3.3 C.8.12.6.1]",
    ),
    Defect(
        "a segment without a number",
        "binary",
        on(frame, lambda i: delattr(i.SegmentIdentificationSequence[0], "ReferencedSegmentNumber")),
        "ERROR [ReferencedSegmentNumber, PS3.3 C.8.20.3.1]",
    ),
    Defect(
        "a frame without indices",
        "binary",
        on(frame, lambda i: delattr(i.FrameContentSequence[0], "DimensionIndexValues")),
        "ERROR [DimensionIndexValues, PS3.3 C.7.6.16.2.2]",
    ),
    Defect(
        "another derivation",
        "binary",
        on(frame, lambda i: code_value("DerivationCodeSequence", "113072")(i.DerivationImageSequence[0])),
        "ERROR [DerivationCodeSequence, PS3.3 A.51.5.1] 113072",
    ),
    Defect(
        "another purpose",
        "labelmap",
        on(frame, lambda i: code_value("PurposeOfReferenceCodeSequence", "121324")(source(i))),
        "ERROR [PurposeOfReferenceCodeSequence, PS3.3 A.51.5.1]",
    ),
    Defect(
        "no purpose",
        "sparse",
        on(frame, on(source, without("PurposeOfReferenceCodeSequence"))),
        "ERROR [PurposeOfReferenceCodeSequence, PS3.3 A.51.5.1]",
    ),
    Defect(
        "locations perhaps preserved",
        "binary",
        on(frame, on(source, with_value("SpatialLocationsPreserved", "MAYBE"))),
        "ERROR [SpatialLocationsPreserved, PS3.3 C.7.6.16.2.6]",
    ),
    Defect(
        "an unknown segment",
        "binary",
        on(frame, lambda i: setattr(i.SegmentIdentificationSequence[0], "ReferencedSegmentNumber", 9)),
        "ERROR [ReferencedSegmentNumber, PS3.3 C.8.20.3.1] segment 9",
    ),
    # Dimensions, PS3.3 C.7.6.17
    Defect(
        "another organization",
        "binary",
        on(dimension(1), with_value("DimensionOrganizationUID", "1.2.3")),
        "ERROR [DimensionOrganizationUID, PS3.3 C.7.6.17.2]",
    ),
    Defect(
        "an unknown organization type",
        "binary",
        with_value("DimensionOrganizationType", "4D"),
        "WARNING [DimensionOrganizationType, PS3.3 C.7.6.17.3]",
    ),
    Defect(
        "no dimensions",
        "binary",
        without("DimensionIndexSequence"),
        "ERROR [DimensionIndexSequence, PS3.3 C.7.6.17]",
    ),
    Defect(
        "no pointer",
        "binary",
        on(dimension(2), without("DimensionIndexPointer")),
        "ERROR [DimensionIndexSequence/DimensionIndexPointer, PS3.3 C.7.6.17]",
    ),
    Defect(
        "a pointer to nothing",
        "binary",
        on(
            dimension(2),
            both(
                with_value("DimensionIndexPointer", 0x00209056),
                with_value("FunctionalGroupPointer", 0x00209111),
            ),
        ),
        "WARNING [DimensionIndexPointer, PS3.3 C.7.6.17.1] Stack ID",
    ),
    Defect(
        "a pointer without its group",
        "binary",
        on(dimension(2), without("FunctionalGroupPointer")),
        "ERROR [FunctionalGroupPointer, PS3.3 C.7.6.17.1]",
    ),
    Defect(
        "a private pointer",
        "binary",
        on(dimension(2), with_value("DimensionIndexPointer", 0x00991001)),
        "ERROR [DimensionIndexPrivateCreator, PS3.3 C.7.6.17.1]",
    ),
    Defect(
        "an index too many",
        "binary",
        indices((1, 1, 1)),
        "ERROR [DimensionIndexValues, PS3.3 C.7.6.16.2.2] 3",
    ),
    Defect(
        "an index too few in all frames",
        "labelmap",
        in_all_frames(lambda i: setattr(i.FrameContentSequence[0], "DimensionIndexValues", [1, 1])),
        "ERROR [DimensionIndexValues, PS3.3 C.7.6.16.2.2] 1 dimension",
    ),
    Defect(
        "indices from 0",
        "binary",
        add_to_index(1, -1),
        "ERROR [DimensionIndexValues, PS3.3 C.7.6.17.1] index 0",
    ),
    Defect(
        "indices from 3",
        "binary",
        add_to_index(1, 2),
        "NOTE [DimensionIndexValues, PS3.3 C.7.6.17.1] begin at 3",
    ),
    Defect(
        "the same indices twice",
        "binary",
        indices((1, 1), (1, 1)),
        "WARNING [DimensionIndexValues, PS3.3 C.7.6.17.1] share",
    ),
    Defect(
        "frames in another order",
        "binary",
        lambda d: d.PerFrameFunctionalGroupsSequence.reverse(),
        "NOTE [DimensionIndexValues, PS3.3 C.7.6.17] order",
    ),
    Defect(
        "indices of other planes",
        "binary",
        indices((1, 1), (1, 2), (1, 3), (1, 3), (2, 2), (2, 3)),
        "WARNING [DimensionIndexValues, PS3.3 C.7.6.17.1] do not follow",
    ),
    Defect(
        "planes counted anew for each segment",
        "binary",
        indices((1, 1), (1, 2), (1, 3), (1, 4), (2, 1), (2, 2)),
        "NOTE [DimensionIndexValues, PS3.3 C.7.6.17.1] anew",
    ),
    Defect(
        "planes counted to and fro",
        "labelmap",
        indices((1,), (3,), (2,), (4,)),
        "WARNING [DimensionIndexValues, PS3.3 C.7.6.17.1] along the stack",
    ),
    Defect(
        "tiles of one column counted as two",
        "sparse",
        lambda d: indices(*[(n, 1, n) for n in range(1, 50)])(d),
        "WARNING [DimensionIndexValues, PS3.3 C.7.6.17.1] do not follow",
    ),
    # Geometry, PS3.3 C.7.6.16.2
    Defect(
        "a position of two numbers",
        "binary",
        on(frame, on(position, with_value("ImagePositionPatient", [1, 2]))),
        "ERROR [ImagePositionPatient, PS3.3 C.7.6.16.2.3] three",
    ),
    Defect(
        "five cosines",
        "binary",
        on(orientation, with_value("ImageOrientationPatient", [1, 0, 0, 0, 1])),
        "ERROR [ImageOrientationPatient, PS3.3 C.7.6.2.1.1] six",
    ),
    Defect(
        "long cosines",
        "binary",
        on(orientation, with_value("ImageOrientationPatient", [2, 0, 0, 0, 1, 0])),
        "ERROR [ImageOrientationPatient, PS3.3 C.7.6.2.1.1] unit",
    ),
    Defect(
        "cosines that are not quite right",
        "binary",
        on(orientation, with_value("ImageOrientationPatient", [1, 0.005, 0, 0, 1, 0])),
        "ERROR [ImageOrientationPatient, PS3.3 C.7.6.2.1.1] perpendicular",
    ),
    Defect(
        "a skew slide",
        "sparse",
        with_value("ImageOrientationSlide", [1, 0, 0, 1, 0, 0]),
        "ERROR [ImageOrientationSlide, PS3.3 C.7.6.2.1.1]",
    ),
    Defect(
        "two orientations",
        "binary",
        both(
            move_to("both", "PlanePositionSequence"),
            lambda d: delattr(shared(d), "PlanePositionSequence"),
            lambda d: [
                setattr(i, "PlaneOrientationSequence", deepcopy(shared(d).PlaneOrientationSequence))
                for i in frames(d)
            ],
            lambda d: setattr(
                frame(d).PlaneOrientationSequence[0], "ImageOrientationPatient", [0, 1, 0, 0, 0, 1]
            ),
            lambda d: delattr(shared(d), "PlaneOrientationSequence"),
        ),
        "WARNING [ImageOrientationPatient, PS3.3 C.7.6.16.2.4] 2 different",
    ),
    Defect(
        "no distance of pixels",
        "binary",
        on(measures, with_value("PixelSpacing", [0, 0.5])),
        "ERROR [PixelSpacing, PS3.3 C.7.6.16.2.1]",
    ),
    Defect(
        "one distance of pixels",
        "labelmap",
        on(measures, with_value("PixelSpacing", [0.5])),
        "ERROR [PixelSpacing, PS3.3 C.7.6.16.2.1]",
    ),
    Defect(
        "a negative thickness",
        "binary",
        on(measures, with_value("SliceThickness", "-1")),
        "ERROR [SliceThickness, PS3.3 C.7.6.16.2.1]",
    ),
    Defect(
        "no thickness at all",
        "binary",
        on(measures, with_value("SliceThickness", "0")),
        "WARNING [SliceThickness, PS3.3 C.7.6.16.2.1]",
    ),
    Defect(
        "a spacing of 2 mm between planes that are 2.5 mm apart",
        "binary",
        on(measures, with_value("SpacingBetweenSlices", "2")),
        "ERROR [SpacingBetweenSlices, PS3.3 C.7.6.16.2.1] 2.5 mm",
    ),
    Defect(
        "a spacing of 5 mm between planes that are 2.5 mm apart",
        "labelmap",
        on(measures, with_value("SpacingBetweenSlices", "5")),
        "ERROR [SpacingBetweenSlices, PS3.3 C.7.6.16.2.1] 2.5 mm",
    ),
    Defect(
        "planes moved apart",
        "fractional",
        moved(0.5),
        "ERROR [SpacingBetweenSlices, PS3.3 C.7.6.16.2.1] 3 mm",
    ),
    Defect(
        "a tilted stack",
        "binary",
        moved(np.array([0, 0.5, 0])),
        "WARNING [ImagePositionPatient, PS3.3 C.7.6.2.1.1] 11.3 degrees",
    ),
    Defect(
        "uneven planes",
        "labelmap",
        first_plane_away,
        "NOTE [ImagePositionPatient, PS3.3 C.7.6.16.2.3] 2.5 to 3.6",
    ),
    Defect(
        "two frames at one place",
        "labelmap",
        first_two_alike,
        "WARNING [PlanePositionSequence, PS3.3 C.7.6.16.2.3] 1, 2",
    ),
    Defect(
        "thickness that is not told",
        "binary",
        on(measures, without("SliceThickness")),
        "WARNING [SliceThickness, PS3.3 C.7.6.16.2.1] missing",
    ),
    # Tiles, PS3.3 C.7.6.17.3 and C.8.12.6.1
    Defect(
        "a tile less", "full", with_value("NumberOfFrames", 29), "ERROR [NumberOfFrames, PS3.3 C.7.6.17.3] 30"
    ),
    Defect(
        "a larger matrix",
        "full",
        with_value("TotalPixelMatrixRows", 51),
        "ERROR [NumberOfFrames, PS3.3 C.7.6.17.3]",
    ),
    Defect(
        "more focal planes",
        "full",
        with_value("TotalPixelMatrixFocalPlanes", 2),
        "ERROR [NumberOfFrames, PS3.3 C.7.6.17.3] 2 focal planes",
    ),
    Defect(
        "tiles that contradict their order",
        "full",
        described_tiles,
        "ERROR [PlanePositionSlideSequence, PS3.3 C.7.6.17.3] frame 2",
    ),
    Defect(
        "a tile beside the matrix",
        "sparse",
        on(frame, on(tile, with_value("RowPositionInTotalImagePixelMatrix", 60))),
        "ERROR [RowPositionInTotalImagePixelMatrix, PS3.3 C.8.12.6.1] 60",
    ),
    Defect(
        "a tile before the matrix",
        "sparse",
        on(frame, on(tile, with_value("ColumnPositionInTotalImagePixelMatrix", 0))),
        "ERROR [ColumnPositionInTotalImagePixelMatrix, PS3.3 C.8.12.6.1] is 0",
    ),
    Defect(
        "tiles that overlap",
        "sparse",
        tile_twice,
        "WARNING [PlanePositionSlideSequence, PS3.3 C.8.12.6.1] overlap",
    ),
    Defect(
        "an offset of another tile",
        "sparse",
        on(frame, on(tile, with_value("XOffsetInSlideCoordinateSystem", "23"))),
        "WARNING [XOffsetInSlideCoordinateSystem, PS3.3 C.8.12.6.1] (23, ",
    ),
    # References, PS3.3 C.12.2
    Defect(
        "an image listed twice",
        "binary",
        lambda d: listed_images(d).append(listed_images(d)[0]),
        "WARNING [ReferencedSeriesSequence, PS3.3 C.12.2] 1 image is listed more than once",
    ),
    Defect(
        "images in two series",
        "binary",
        in_two_series,
        "ERROR [ReferencedSeriesSequence, PS3.3 C.12.2] 2 series",
    ),
    Defect("a reference to itself", "binary", to_itself, "ERROR [ReferencedSOPInstanceUID, PS3.3 C.12.2]"),
    Defect(
        "an image that is not listed",
        "labelmap",
        lambda d: listed_images(d).pop(0),
        "ERROR [ReferencedSeriesSequence, PS3.3 C.12.2] 1 image",
    ),
    Defect(
        "no image that is listed",
        "binary",
        without("ReferencedSeriesSequence"),
        "ERROR [ReferencedSeriesSequence, PS3.3 C.12.2] names no image",
    ),
    Defect(
        "listed images that nothing refers to",
        "binary",
        in_all_frames(without("DerivationImageSequence")),
        "ERROR [ReferencedSeriesSequence, PS3.3 C.12.2] nothing in the object",
    ),
    Defect(
        "a source frame 0",
        "sparse",
        on(frame, on(source, with_value("ReferencedFrameNumber", 0))),
        "ERROR [ReferencedFrameNumber, PS3.3 C.7.6.16.2.6] '0'",
    ),
    Defect(
        "no source frame",
        "sparse",
        on(frame, on(source, without("ReferencedFrameNumber"))),
        "NOTE [ReferencedFrameNumber, PS3.3 10.3]",
    ),
    Defect(
        "an image of two classes",
        "binary",
        on(frame, on(source, with_value("ReferencedSOPClassUID", "1.2.840.10008.5.1.4.1.1.4"))),
        "ERROR [ReferencedSOPClassUID, PS3.3 10.3] MR",
    ),
    Defect(
        "a projection of no image",
        "projection",
        on(frame, lambda i: setattr(i, "DerivationImageSequence", [])),
        "ERROR [SourceImageSequence, PS3.3 A.51.5.1]",
    ),
    Defect(
        "the same reference twice",
        "binary",
        on(frame, lambda i: i.DerivationImageSequence[0].SourceImageSequence.append(source(i))),
        "WARNING [SourceImageSequence, PS3.3 C.7.6.16.2.6] repeated",
    ),
]


@pytest.mark.parametrize("defect", DEFECTS, ids=str)
def test_spoilt_frames_are_found(defect: Defect) -> None:
    findings = hd.seg.check(spoilt(defect.kind, defect.change))
    assert_found(findings, defect.expected)


@pytest.mark.parametrize("defect", DEFECTS[::4], ids=str)
def test_implicit_vr_and_data_sets_in_memory_give_the_same_findings(defect: Defect) -> None:
    data = spoilt(defect.kind, defect.change)
    implicit = io.BytesIO()
    with pydicom.config.disable_value_validation():
        dataset = pydicom.dcmread(io.BytesIO(data))
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
        pydicom.dcmwrite(implicit, dataset)
        touched = pydicom.dcmread(io.BytesIO(data))
        for _element in touched.iterall():
            pass
    for same in (implicit.getvalue(), pydicom.dcmread(io.BytesIO(data)), touched):
        findings = hd.seg.check(same)
        assert_found(findings, defect.expected)


def test_frames_of_another_time_at_the_same_place_are_no_doubles() -> None:
    def change(dataset: Dataset) -> None:
        first_two_alike(dataset)
        time = deepcopy(dataset.DimensionIndexSequence[0])
        time.DimensionIndexPointer, time.FunctionalGroupPointer = 0x00209128, 0x00209111
        dataset.DimensionIndexSequence.append(time)
        for number, item in enumerate(frames(dataset)):
            content = item.FrameContentSequence[0]
            content.TemporalPositionIndex = 2 if number == 1 else 1
            content.DimensionIndexValues = [1 if number < 2 else number, content.TemporalPositionIndex]

    assert hd.seg.check(spoilt("labelmap", change), pixels=False) == ()


def test_planes_that_are_left_out_do_not_contradict_the_spacing() -> None:
    array = np.zeros(SHAPE, np.uint8)
    array[[0, 3], 5:9, 5:9] = 1
    assert hd.seg.check(construct(make_series(SHAPE), array)) == ()


def test_a_segment_without_a_frame_leaves_a_gap_in_the_indices() -> None:
    array = np.zeros(SHAPE, np.uint8)
    array[1, 5:9, 5:9] = 2
    assert hd.seg.check(construct(make_series(SHAPE), array, [1, 2, 3])) == ()


def test_positions_that_differ_in_their_last_digits_are_one_place() -> None:
    def change(dataset: Dataset) -> None:
        for number, item in enumerate(frames(dataset)):
            place = list(map(float, position(item).ImagePositionPatient))
            place[0] += 1e-5 * (number % 2)
            position(item).ImagePositionPatient = [f"{n:.8g}" for n in place]

    assert hd.seg.check(spoilt("binary", change)) == ()


def test_each_fault_is_told_once_however_many_frames_have_it() -> None:
    many = make_series((60, 5, 6))
    seg = construct(many, np.ones((60, 5, 6, 2), np.uint8), [1, 2])
    assert "PerFrameFunctionalGroupsSequence" in seg
    for item in seg.PerFrameFunctionalGroupsSequence:
        item.DerivationImageSequence[0].SourceImageSequence[0].SpatialLocationsPreserved = "MAYBE"
        item.SegmentIdentificationSequence[0].ReferencedSegmentNumber += 5
    findings = hd.seg.check(seg)
    assert len([f for f in findings if f.where == "SpatialLocationsPreserved"]) == 1
    assert len([f for f in findings if f.where == "ReferencedSegmentNumber"]) == 2
    assert all(len(f.text) < 250 for f in findings)


def test_checking_changes_nothing() -> None:
    dataset = pydicom.dcmread(io.BytesIO(written("binary")))
    hd.seg.check(dataset)
    file = io.BytesIO()
    pydicom.dcmwrite(file, dataset)
    again = pydicom.dcmread(io.BytesIO(written("binary")))
    assert pydicom.dcmread(io.BytesIO(file.getvalue())) == again
