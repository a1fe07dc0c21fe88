"""What the checklist of the specification asks to be refused when a segmentation is made.

The exception has the type that the checklist names and is one of ours; its message tells what was found and
what was expected or can be done; no file appears; what the caller gave is as it was.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

import dicomsegcodec as hd
from matrix_objects import multi_frame
from objects import describe
from series import make_series
from test_pyramid import levels
from test_slides import slide

PATIENT, SLIDE = hd.CoordinateSystemNames.PATIENT, hd.CoordinateSystemNames.SLIDE
SHAPE = (3, 5, 7)
LABELS = np.zeros(SHAPE, np.uint8)
LABELS[:, 2:4, 2:5] = 1
LABELS[1, 0] = 2
STACK = np.stack([LABELS == 1, LABELS == 2], axis=3)
# Python itself refuses a call without a required argument; a warning is no refusal.
NOT_OURS = {("S20", "TypeError"), ("S57", "UserWarning")}


@dataclass(frozen=True)
class Refusal:
    """A call that must be refused.

    Parameters
    ----------
    rows : str
        Of the checklist.
    found, instead : str
        Regular expressions that the message matches: the offending value; what would do.
    arguments : callable
        Makes those of the call, anew each time.
    """

    rows: str
    what: str
    error: type[Exception]
    found: str
    instead: str
    arguments: Callable[[], Mapping[str, object]]
    call: Callable[..., object] = hd.seg.Segmentation

    def __str__(self) -> str:
        return f"{self.rows}: {self.what}"


def of_images(**other: object) -> Callable[[], Mapping[str, object]]:
    """Return a function that gives arguments of the constructor, for a CT series where not told otherwise."""

    def arguments() -> Mapping[str, object]:
        return {
            "source_images": make_series(SHAPE),
            "pixel_array": LABELS.copy(),
            "segmentation_type": "BINARY",
            "segment_descriptions": describe([1, 2]),
            "series_instance_uid": hd.UID(),
            "series_number": 1,
            "sop_instance_uid": hd.UID(),
            "instance_number": 1,
            "manufacturer": "Maker",
            "manufacturer_model_name": "Model",
            "software_versions": "1",
            "device_serial_number": "1",
        } | {name: value() if callable(value) else value for name, value in other.items()}

    return arguments


def of_slide(**other: object) -> Callable[[], Mapping[str, object]]:
    """Return a function that gives arguments of the constructor, for the matrix of a slide."""
    defaults = {
        "source_images": lambda: [slide((50, 34), (10, 12))],
        "pixel_array": np.ones((50, 34), np.uint8),
        "segment_descriptions": describe([1]),
        "tile_pixel_array": True,
    }
    return of_images(**{**defaults, **other})


def of_levels(**other: object) -> Callable[[], Mapping[str, object]]:
    """Return a function that gives arguments of a pyramid of one slide and one array."""

    def arguments() -> Mapping[str, object]:
        given = of_slide(**other)()
        left_out = ("source_images", "pixel_array", "sop_instance_uid", "instance_number", "tile_pixel_array")
        kept = {k: v for k, v in given.items() if k not in left_out or k in other}
        return {
            "source_images": given["source_images"],
            "pixel_arrays": [np.ones((50, 34), np.uint8)],
            "downsample_factors": [2.0],
        } | kept

    return arguments


def described(**other: object) -> Callable[[], Mapping[str, object]]:
    """Return a function that gives arguments of a segment description."""
    return lambda: {
        "segment_number": 1,
        "segment_label": "liver",
        "segmented_property_category": codes.SCT.Organ,
        "segmented_property_type": codes.SCT.Liver,
        "algorithm_type": "MANUAL",
        **other,
    }


def palette(*colors: str) -> Callable[[], hd.PaletteColorLUTTransformation]:
    return lambda: hd.PaletteColorLUTTransformation.from_colors(colors)


def volume(
    array: np.ndarray = LABELS, channels: Sequence[int] | None = None, **other: object
) -> Callable[[], hd.Volume]:
    place = {"spacing": (2.0, 1.0, 0.5), "direction": np.eye(3)[:, ::-1], "position": (10.0, 20.0, 30.0)}
    return lambda: hd.Volume.from_components(array, channels=channels, **{**place, **other})  # type: ignore[arg-type]


def positions(*places: float) -> Callable[[], list[hd.PlanePositionSequence]]:
    return lambda: [hd.PlanePositionSequence(PATIENT, (1.0, 2.0, z)) for z in places]


def corners(*places: tuple[int, int]) -> Callable[[], list[hd.PlanePositionSequence]]:
    return lambda: [hd.PlanePositionSequence(SLIDE, (1.0, 2.0, 0.0), place) for place in places]


def orientation() -> hd.PlaneOrientationSequence:
    return hd.PlaneOrientationSequence(PATIENT, [1, 0, 0, 0, 1, 0])


def measures() -> hd.PixelMeasuresSequence:
    return hd.PixelMeasuresSequence((1.0, 1.0), 1.0)


def projection() -> list[Dataset]:
    absent = dict.fromkeys(("FrameOfReferenceUID", "ImagePositionPatient", "ImageOrientationPatient"))
    return make_series((1, *SHAPE[1:]), **absent)


def uneven() -> list[Dataset]:
    images = make_series((4, *SHAPE[1:]))
    return [*images[:2], images[3]]


def two_projections() -> list[Dataset]:
    absent = dict.fromkeys(("FrameOfReferenceUID", "ImagePositionPatient", "ImageOrientationPatient"))
    return make_series((2, *SHAPE[1:]), **absent)


def with_another_multi_frame() -> list[Dataset]:
    images = make_series(SHAPE)
    other = multi_frame(images)
    other.SOPInstanceUID = hd.UID()
    return [multi_frame(images), other]


def other_pyramids() -> list[Dataset]:
    images = levels((50, 34), (25, 17))
    for number, image in enumerate(images):
        image.PyramidUID = f"1.2.{number}"
    return images


DESCRIPTION = hd.seg.SegmentDescription
PYRAMID = hd.seg.create_segmentation_pyramid
FACTORS = "downsample_factors"
THREE_D = {"dimension_organization_type": "3D", "segment_descriptions": lambda: describe([1])}

# fmt: off
REFUSALS = [
    # Segments
    Refusal("S2", "no segment", ValueError, "No segment", "describe at least one",
            of_images(segment_descriptions=[])),
    Refusal("S4", "numbers from 2", ValueError, r"\[2, 3\]", "1, 2, 3",
            of_images(segment_descriptions=lambda: describe([2, 3]))),
    Refusal("S4", "a gap in the numbers", ValueError, r"\[1, 3\]", "1, 2, 3",
            of_images(segment_descriptions=lambda: describe([1, 3]), segmentation_type="FRACTIONAL")),
    Refusal("S5", "descriptions out of order", ValueError, r"\[2, 1\]", "1, 2, 3",
            of_images(segment_descriptions=lambda: describe([2, 1]))),
    Refusal("S5", "descriptions of a label map out of order", ValueError, r"\[7, 2\]", "ascend",
            of_images(segment_descriptions=lambda: describe([7, 2]), segmentation_type="LABELMAP")),
    Refusal("S7", "a property that is no code", TypeError, "'liver'", "CodedConcept or a pydicom Code",
            described(segmented_property_type="liver"), DESCRIPTION),
    Refusal("S8", "an unknown algorithm type", ValueError, "'GUESSED'", "AUTOMATIC",
            described(algorithm_type="GUESSED"), DESCRIPTION),
    Refusal("S9", "an algorithm that is not identified", TypeError, "AUTOMATIC", "algorithm_identification",
            described(algorithm_type="AUTOMATIC"), DESCRIPTION),
    Refusal("S11", "a tracking ID alone", TypeError, "Only one", "both or neither",
            described(tracking_id="lesion"), DESCRIPTION),
    Refusal("S11", "a tracking UID alone", TypeError, "Only one", "both or neither",
            described(tracking_uid="1.2.3"), DESCRIPTION),
    Refusal("S12", "segment number 0", ValueError, "0", "1 to 65535",
            described(segment_number=0), DESCRIPTION),
    Refusal("S12 S18", "segment number 65536", ValueError, "65536", "1 to 65535",
            described(segment_number=65536), DESCRIPTION),
    Refusal("S12", "half a segment number", TypeError, "1.5", "whole number",
            described(segment_number=1.5), DESCRIPTION),
    Refusal("S14", "a long meaning", ValueError, "65 characters", "at most 64",
            lambda: {"value": "1", "scheme_designator": "99X", "meaning": "m" * 65}, hd.sr.CodedConcept),
    Refusal("S15", "an unknown type", ValueError, "'LABELED'", "BINARY, FRACTIONAL, LABELMAP",
            of_images(segmentation_type="LABELED")),
    Refusal("S17", "an unknown fractional type", ValueError, "'SHARE'", "PROBABILITY",
            of_images(segmentation_type="FRACTIONAL", fractional_type="SHARE")),
    # Construction
    *(Refusal("S20", f"{name} {value}", ValueError, f"{name} is {value}", "1 to", of_images(**{name: value}))
      for name in ("series_number", "instance_number") for value in (0, -1)),
    *(Refusal("S21", f"{kind} pixels", TypeError, kind, "bool, integers or floats",
              of_images(pixel_array=LABELS.astype(kind)))
      for kind in ("complex128", "object", "datetime64")),
    Refusal("S21", "a list", TypeError, "list", "NumPy array", of_images(pixel_array=LABELS.tolist())),
    Refusal("S23", "two axes for three images", ValueError, "two axes", "3 source images",
            of_images(pixel_array=LABELS[0])),
    Refusal("S24", "two planes for three images", ValueError, r"\(2, 5, 7\)", r"\(3, 5, 7\)",
            of_images(pixel_array=LABELS[:2])),
    Refusal("S24", "another size than the images'", ValueError, r"\(3, 4, 7\)", r"\(3, 5, 7\)",
            of_images(pixel_array=LABELS[:, :4])),
    Refusal("S25", "two multi-frame images", ValueError, "several frames", "one multi-frame image",
            of_images(source_images=with_another_multi_frame)),
    Refusal("S28", "three stacked segments for two", ValueError, "stacks 3 segments", "2 are described",
            of_images(pixel_array=np.concatenate([STACK, STACK[..., :1]], axis=3))),
    Refusal("S28", "a 2 in a stack", ValueError, "0 to 2", "0 or 1",
            of_images(pixel_array=STACK.astype(np.uint8) * 2)),
    Refusal("S29", "a label that is not described", ValueError, r"\[9\]", r"described are \[1, 2\]",
            of_images(pixel_array=np.where(LABELS == 2, 9, LABELS))),
    Refusal("S29", "a negative label", ValueError, r"\[-1\]", r"described are \[1, 2\]",
            of_images(pixel_array=np.where(LABELS == 2, -1, LABELS.astype(np.int16)))),
    Refusal("S31", "overlap in a label map", ValueError, "overlap", "BINARY",
            of_images(pixel_array=np.ones((*SHAPE, 2), bool), segmentation_type="LABELMAP")),
    # Grids of their own
    Refusal("S33", "other channels", ValueError, r"\[3, 4\]", r"\[1, 2\]",
            of_images(pixel_array=volume(STACK, channels=(3, 4)))),
    Refusal("S33", "channels in another order", ValueError, r"\[2, 1\]", r"\[1, 2\]",
            of_images(pixel_array=volume(STACK, channels=(2, 1)))),
    *(Refusal("S33", f"a volume and {name}", TypeError, "Volume", name,
              of_images(pixel_array=volume(), **{name: value}))
      for name, value in (("plane_positions", positions(1, 2, 3)), ("pixel_measures", measures),
                          ("plane_orientation", orientation))),
    Refusal("S33", "a volume elsewhere", ValueError, r"1\.2\.3", "register",
            of_images(pixel_array=volume(frame_of_reference_uid="1.2.3"))),
    Refusal("S33", "a volume on a slide", ValueError, "SLIDE", "PATIENT",
            of_images(pixel_array=volume(coordinate_system="SLIDE"))),
    Refusal("S33", "a volume over a projection", ValueError, "no frame of reference", "own pixels",
            of_images(pixel_array=volume(), source_images=projection)),
    Refusal("S35", "positions without measures", ValueError, r"\(4, 7\)", "pixel_measures",
            of_images(pixel_array=LABELS[:, :4], plane_positions=positions(1, 2, 3))),
    Refusal("S35", "measures without positions", ValueError, r"\(4, 7\)", "plane_positions",
            of_images(pixel_array=LABELS[:, :4], pixel_measures=measures)),
    Refusal("S35", "two planes at one place", ValueError, "the same", "a place of its own",
            of_images(plane_positions=positions(1, 2, 2))),
    Refusal("S35", "two positions for three planes", ValueError, "2 plane positions", "3 planes",
            of_images(plane_positions=positions(1, 2))),
    Refusal("S36", "a slide position without one in the matrix", TypeError, "on a slide",
            "pixel_matrix_position", lambda: {"coordinate_system": "SLIDE", "image_position": (1, 2, 3)},
            hd.PlanePositionSequence),
    Refusal("S36", "row 0 of the matrix", ValueError, r"\(1, 0\)", "from 1",
            lambda: {"coordinate_system": "SLIDE", "image_position": (1, 2, 3),
                     "pixel_matrix_position": (1, 0)}, hd.PlanePositionSequence),
    Refusal("S36", "two coordinates", ValueError, "2 numbers", "3",
            lambda: {"coordinate_system": "PATIENT", "image_position": (1, 2)}, hd.PlanePositionSequence),
    Refusal("S36", "five cosines", ValueError, "5 numbers", "6",
            lambda: {"coordinate_system": "PATIENT", "image_orientation": (1, 0, 0, 0, 1)},
            hd.PlaneOrientationSequence),
    *(Refusal("S36", f"measures {value}", ValueError, "-1", "positive", lambda value=value: value,
              hd.PixelMeasuresSequence)
      for value in (
          {"pixel_spacing": (-1.0, 1.0), "slice_thickness": 1.0},
          {"pixel_spacing": (1.0, 1.0), "slice_thickness": -1.0},
          {"pixel_spacing": (1.0, 1.0), "slice_thickness": 1.0, "spacing_between_slices": -1.0})),
    # Slides
    Refusal("S39", "a matrix of an image without tiles", ValueError, "not tiled", "tiled source images",
            of_images(tile_pixel_array=True)),
    Refusal("S39", "two matrices", ValueError, "2 frames", "one total pixel matrix",
            of_slide(pixel_array=np.ones((2, 50, 34), np.uint8))),
    Refusal("S39", "a matrix of another size", ValueError, "50 x 33", "plane_positions and pixel_measures",
            of_slide(pixel_array=np.ones((50, 33), np.uint8))),
    Refusal("S39", "tiles of no row", ValueError, "0 x 5", "at least one", of_slide(tile_size=(0, 5))),
    Refusal("S39", "a matrix of no array", TypeError, "list", "NumPy array",
            of_slide(pixel_array=[[1] * 34] * 50)),
    Refusal("S40", "two places of a matrix", ValueError, "2", "one item",
            of_slide(plane_positions=corners((1, 1), (13, 1)))),
    Refusal("S40", "a matrix that begins at column 13", ValueError, "13", "row 1 and column 1",
            of_slide(plane_positions=corners((13, 1)))),
    Refusal("S43", "tiles of a series", ValueError, "TILED_SPARSE", "not tiled",
            of_images(dimension_organization_type="TILED_SPARSE")),
    Refusal("S43", "planes of a slide", ValueError, "3D", "tiled",
            of_slide(dimension_organization_type="3D")),
    Refusal("S43", "time", ValueError, "3D_TEMPORAL", "does not fit",
            of_images(dimension_organization_type="3D_TEMPORAL")),
    Refusal("S43", "an unknown organisation", ValueError, "'ROUND'", "TILED_FULL",
            of_slide(dimension_organization_type="ROUND")),
    Refusal("S44 D26", "all tiles without the empty ones", ValueError, "TILED_FULL",
            "omit_empty_frames=False", of_slide(dimension_organization_type="TILED_FULL")),
    # Pyramids
    Refusal("S45", "factors missing", TypeError, "one source image with one pixel array", FACTORS,
            of_levels(downsample_factors=None), PYRAMID),
    Refusal("S45", "factors for two arrays", TypeError, "2 pixel arrays|one source image", FACTORS,
            of_levels(pixel_arrays=[np.ones((50, 34), np.uint8), np.ones((25, 17), np.uint8)]), PYRAMID),
    Refusal("S45", "sources from the lowest resolution up", ValueError, r"\(25, 17\)", "highest resolution",
            of_levels(source_images=lambda: levels((25, 17), (50, 34)), downsample_factors=None), PYRAMID),
    Refusal("S45", "arrays from the lowest resolution up", ValueError, r"\(25, 17\)", "highest resolution",
            of_levels(pixel_arrays=[np.ones((25, 17), np.uint8), np.ones((50, 34), np.uint8)],
                      downsample_factors=None), PYRAMID),
    Refusal("S45", "an array of another size", ValueError, "49 x 34", "50 x 34",
            of_levels(pixel_arrays=[np.ones((49, 34), np.uint8)]), PYRAMID),
    Refusal("S45", "sources of two series", ValueError, "several series", "one",
            of_levels(source_images=lambda: [slide((50, 34)), slide((25, 17))], downsample_factors=None),
            PYRAMID),
    Refusal("S45", "sources of two pyramids", ValueError, "several Pyramid UIDs", "one pyramid",
            of_levels(source_images=other_pyramids, downsample_factors=None), PYRAMID),
    Refusal("S45", "three arrays for two sources", ValueError, "3 pixel arrays", "2 source images",
            of_levels(source_images=lambda: levels((50, 34), (25, 17)), downsample_factors=None,
                      pixel_arrays=[np.ones((n, n), np.uint8) for n in (50, 25, 12)]), PYRAMID),
    Refusal("S45", "two UIDs for three levels", ValueError, "2 SOP Instance UIDs", "3 levels",
            of_levels(downsample_factors=[2, 4], sop_instance_uids=["1.2", "1.3"]), PYRAMID),
    *(Refusal("S46", f"factors {factors}", ValueError, str(factors).replace("[", r"\[").replace("]", r"\]"),
              "ascend and be above 1", of_levels(downsample_factors=factors), PYRAMID)
      for factors in ([1.0], [0.5], [4.0, 2.0], [2.0, 2.0], [])),
    *(Refusal("S47", name, TypeError, name, "follows from the levels", of_levels(**{name: value}), PYRAMID)
      for name, value in (("instance_number", 1), ("sop_instance_uid", "1.2"), ("tile_pixel_array", True),
                          ("plane_orientation", None), ("plane_positions", None),
                          ("pixel_array", np.ones((50, 34), np.uint8)))),
    # Fractions
    *(Refusal("S49 D8", f"a largest stored value of {value}", ValueError, str(value), "1 to 255",
              of_images(segmentation_type="FRACTIONAL", max_fractional_value=value)) for value in (0, 256)),
    *(Refusal("S50", f"a fraction of {value}", ValueError, words, "from 0 to 1",
              of_images(pixel_array=np.full(SHAPE, value), segmentation_type="FRACTIONAL",
                        segment_descriptions=describe([1])))
      for value, words in ((1.5, "1.5"), (-0.25, "-0.25"), (float("nan"), "nan"))),
    *(Refusal("S50", f"fractions in {kind}", ValueError, "fractions", "FRACTIONAL",
              of_images(pixel_array=LABELS * 0.25, segmentation_type=kind))
      for kind in ("BINARY", "LABELMAP")),
    Refusal("S52 D24", "fractions of two segments in three axes", ValueError, "2 segments", "fourth axis",
            of_images(pixel_array=LABELS * np.float32(0.25), segmentation_type="FRACTIONAL")),
    # Compression
    *(Refusal("S55", f"BINARY in {uid}", ValueError, name, "JPEG2000Lossless",
              of_images(source_images=lambda: make_series((3, 40, 40)), transfer_syntax_uid=uid,
                        pixel_array=np.ones((3, 40, 40), bool), segment_descriptions=describe([1])))
      for uid, name in (("1.2.840.10008.1.2.5", "RLELossless"),
                        ("1.2.840.10008.1.2.4.80", "JPEGLSLossless"))),
    *(Refusal("S56", f"LABELMAP in {uid}", ValueError, words, "ExplicitVRLittleEndian",
              of_images(transfer_syntax_uid=uid, segmentation_type="LABELMAP"))
      for uid, words in (("1.2.840.10008.1.2.4.50", r"4\.50"), ("1.2.840.10008.1.2.2", "BigEndian"),
                         ("1.2.840.10008.1.2.4.91", "JPEG2000"), ("1.2.840.10008.1.2.4.90", "at least 32"))),
    Refusal("S57", "workers in words", TypeError, "str", "Executor", of_images(workers="two")),
    # Beyond the page
    *(Refusal("B1", f"a colour with {name} {value}", ValueError, rf"{value}", "must be",
              lambda name=name, value=value: {"l_star": 50, "a_star": 0, "b_star": 0, name: value},
              hd.CIELabColor)
      for name, value in (("l_star", 101), ("a_star", -129), ("b_star", 128))),
    *(Refusal("B2", f"the content label {label!r}", ValueError, label, "capital letters",
              of_images(content_label=label)) for label in ("lower", "A" * 17, "A-B")),
    *(Refusal("B2", f"{name} without its sequence", TypeError, name, "sequence",
              of_images(**{name: lambda: describe([1])[0]}))
      for name in ("contributing_equipment", "coding_schemes", "content_creator_identification")),
    Refusal("B2", "a character set that does not hold a text", ValueError, "肝", "ISO_IR 100",
            of_images(content_description="肝臓", specific_character_set="ISO_IR 100")),
    Refusal("B2", "an unknown character set", ValueError, "'latin1'", "ISO_IR",
            of_images(specific_character_set="latin1")),
    Refusal("B4", "a palette that ends before the last segment", ValueError, "0 to 1", "to 2",
            of_images(segmentation_type="LABELMAP",
                      palette_color_lut_transformation=palette("black", "red"))),
    Refusal("B4", "a palette of a BINARY", TypeError, "BINARY", "LABELMAP",
            of_images(palette_color_lut_transformation=palette("black", "red", "blue"))),
    Refusal("B4", "a profile without a palette", TypeError, "icc_profile", "palette",
            of_images(segmentation_type="LABELMAP", icc_profile=bytes(200))),
    Refusal("B4", "a profile that is none", ValueError, "ICC", "profile",
            of_images(segmentation_type="LABELMAP", icc_profile=bytes(200),
                      palette_color_lut_transformation=palette("black", "red", "blue"))),
    Refusal("B4", "an unknown colour", ValueError, "'reddish'", "name",
            lambda: {"colors": ["black", "reddish"]}, hd.PaletteColorLUTTransformation.from_colors),
    *(Refusal("B3", f"a further image of another {what}", ValueError, what, "choose",
              of_images(further_source_images=lambda other=other: make_series((1, 5, 7), **other)))
      for what, other in (("patient", {"PatientID": "P2"}), ("studies", {}))),
    Refusal("B5", "two projections", ValueError, "FrameOfReferenceUID", "frame of reference",
            of_images(source_images=two_projections, pixel_array=LABELS[:2])),
    Refusal("B6", "3D of uneven planes", ValueError, "not evenly spaced", "leave 3D out",
            of_images(source_images=uneven,
                      pixel_array=LABELS > 0, **THREE_D)),
    Refusal("B6", "3D of two segments at one place", ValueError, "2 segments", "Choose LABELMAP",
            of_images(dimension_organization_type="3D")),
    Refusal("B6", "3D of one frame", ValueError, "one frame", "leave 3D out",
            of_images(pixel_array=LABELS == 2, **THREE_D)),
    Refusal("B6", "3D of a projection", ValueError, "no place in space", "evenly spaced planes",
            of_images(source_images=projection, pixel_array=LABELS[:1] > 0, **THREE_D)),
    Refusal("B11", "a pyramid of a series", TypeError, "pyramid_uid", "slides",
            of_images(pyramid_uid="1.2.3")),
    Refusal("B11", "a pyramid UID in words", ValueError, "'mine'", "digits and dots",
            of_slide(pyramid_uid="mine")),
    Refusal("B11", "a label of no pyramid", TypeError, "pyramid_label", "pyramid_uid",
            of_slide(pyramid_label="Nuclei")),
]
# fmt: on


def same(one: object, other: object) -> bool:
    """Tell whether two arguments are equal, whatever they are."""
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return one.dtype == other.dtype and bool(np.array_equal(one, other, equal_nan=one.dtype.kind == "f"))
    if isinstance(one, hd.Volume) and isinstance(other, hd.Volume):
        return same(one.array, other.array) and same(one.affine, other.affine)
    if isinstance(one, Dataset) and isinstance(other, Dataset):
        return one.to_json_dict() == other.to_json_dict()
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
def test_it_is_refused_in_words_and_nothing_is_changed_or_written(refusal: Refusal, tmp_path: Path) -> None:
    arguments = refusal.arguments()
    before = copy.deepcopy(arguments)
    with pytest.raises(refusal.error, match=refusal.found) as caught:
        made = refusal.call(**arguments)
        for number, seg in enumerate(made if isinstance(made, list) else [made]):
            seg.save_as(tmp_path / f"{number}.dcm")
    assert isinstance(caught.value, hd.errors.SegError)
    caught.match(refusal.instead)
    assert str(caught.value).endswith(".")
    assert list(tmp_path.iterdir()) == []
    assert arguments.keys() == before.keys()
    assert {name: same(arguments[name], before[name]) for name in arguments} == dict.fromkeys(arguments, True)
