"""The object of a combination: its source images, the caller's array, and what it must hold."""

import copy
from dataclasses import dataclass, field

import numpy as np
from pydicom.dataset import Dataset

import dicomsegcodec as hd
from matrix_cells import SIZES, Cell
from objects import construct, describe
from series import make_series, rotation
from test_slides import slide

PLANES = 4
LARGEST_FRACTION = {"PROBABILITY": 255, "OCCUPANCY": 200}
PATIENT, SLIDE = hd.CoordinateSystemNames.PATIENT, hd.CoordinateSystemNames.SLIDE


@dataclass(frozen=True)
class Truth:
    """What an object must hold.

    Parameters
    ----------
    samples : dict of Segment Number to (planes, rows, columns) uint8 arrays
        0 or 1, or fractions times `maximum`; of a slide (rows, columns), its total pixel matrix.
    positions_mm : (planes, 3) array
        LPS, of each plane's first pixel.
    times : tuple of int
        Time point of each plane, where planes share their positions.
    row_step_mm, column_step_mm : (3,) arrays
        From a pixel to the next row and the next column.
    """

    samples: dict[int, np.ndarray]
    maximum: int
    positions_mm: np.ndarray = field(default_factory=lambda: np.zeros((0, 3)))
    row_step_mm: np.ndarray = field(default_factory=lambda: np.zeros(3))
    column_step_mm: np.ndarray = field(default_factory=lambda: np.zeros(3))
    times: tuple[int, ...] = ()

    @property
    def stack(self) -> np.ndarray:
        """Samples with the segments on the last axis."""
        return np.stack(list(self.samples.values()), axis=-1)

    @property
    def labels(self) -> np.ndarray:
        """Samples of segments that do not overlap, as Segment Numbers."""
        return np.sum([n * (s > 0).astype(np.uint32) for n, s in self.samples.items()], axis=0)

    @property
    def two_valued(self) -> bool:
        return set(np.unique(self.stack).tolist()) <= {0, self.maximum}


@dataclass(frozen=True)
class Made:
    """An object as it was constructed, the images it was made of, and what it must hold."""

    cell: Cell
    images: list[Dataset]
    truth: Truth
    segmentation: hd.Segmentation


def make(cell: Cell) -> Made:
    """Construct the object of a combination."""
    numbers = _numbers(cell)
    shape = SIZES[cell.size]
    values = _values(cell, numbers, (1 if cell.geometry == "projection" else PLANES, *shape))
    if cell.tiled:
        return _on_a_slide(cell, values, shape)
    images, place, truth_place = _in_the_patient(cell, shape)
    array: object = _array(cell, values)
    if "volume" in place:
        channels = tuple(numbers) if cell.form == "stack" else None
        array = hd.Volume(np.asarray(array), place.pop("volume"), channels=channels)  # type: ignore[arg-type]
    seg = construct(images, array, segment_descriptions=describe(numbers), **_options(cell), **place)  # type: ignore[arg-type]
    return Made(cell, images, Truth(_samples(cell, values), _maximum(cell), **truth_place), seg)  # type: ignore[arg-type]


def _numbers(cell: Cell) -> list[int]:
    one = cell.segments == "one"
    match cell.kind:
        case "LABELMAP 16 bit":
            return [300] if one else list(range(1, 261))
        case "LABELMAP with gaps":
            return [65535] if one else [2, 7, 65535]
        case "PALETTE COLOR 16 bit":
            return [300] if one else [1, 255, 300]
        case _:
            return [1] if one else [1, 2, 3]


def _maximum(cell: Cell) -> int:
    return LARGEST_FRACTION.get(cell.kind, 1)


def _options(cell: Cell) -> dict[str, object]:
    options: dict[str, object] = {
        "kind": cell.segmentation_type,
        "omit_empty_frames": cell.empty_frames == "omitted",
        "transfer_syntax_uid": cell.transfer_syntax_uid,
    }
    if cell.kind in LARGEST_FRACTION:
        options.update(fractional_type=cell.kind, max_fractional_value=_maximum(cell))
    if cell.kind == "PALETTE COLOR":
        colors = ["black", "red", "green", "blue"]
        options["palette_color_lut_transformation"] = hd.PaletteColorLUTTransformation.from_colors(colors)
    elif cell.kind == "PALETTE COLOR 16 bit":
        table = (np.arange(301 * 3) * 70).astype(np.uint16).reshape(301, 3)
        options["palette_color_lut_transformation"] = hd.PaletteColorLUTTransformation.from_combined_lut(
            table
        )
    if cell.organisation != "by default":
        options["dimension_organization_type"] = cell.organisation
    return options


# --- what the segments hold ---------------------------------------------------------------------------------


def _values(cell: Cell, numbers: list[int], shape: tuple[int, int, int]) -> dict[int, np.ndarray]:
    """Return (planes, rows, columns) of each segment: bool, or float32 fractions."""
    planes, rows, columns = shape
    masks = {number: np.zeros(shape, bool) for number in numbers}
    if len(numbers) > 100:
        block = np.arange(rows)[:, None] // 2 * (columns // 2) + np.arange(columns) // 2
        for plane in range(planes):
            for i, number in enumerate(numbers):
                masks[number][plane] = (block + plane) % (len(numbers) + 1) == i + 1
    else:
        for plane in range(planes):
            for i, number in enumerate(numbers):
                masks[number][plane, 2 + 8 * i : 15 + 8 * i, 3 + 7 * i + plane : 18 + 7 * i] = True
            masks[numbers[-1]][plane, -1, -1] = True
    if planes > 1:
        for mask in masks.values():
            mask[{"at the end": -1, "inside": 1}[cell.hole]] = False
    if cell.segments == "several, one empty":
        masks[numbers[1]][...] = False
    if cell.overlap == "apart":
        taken = np.zeros(shape, bool)
        for mask in reversed(masks.values()):
            mask &= ~taken
            taken |= mask
    if cell.kind != "PROBABILITY":
        return masks
    ramp = (np.arange(rows)[:, None] * 13 + np.arange(columns) * 5) % 300 / np.float32(300)
    # What is too little to be stored as 1 is nothing: it makes no frame.
    return {n: np.where(mask, ramp, 0.001).astype(np.float32) for n, mask in masks.items()}


def _array(cell: Cell, values: dict[int, np.ndarray]) -> np.ndarray:
    """Return the caller's array."""
    if cell.form == "stack":
        return np.stack(list(values.values()), axis=-1)
    if cell.kind == "PROBABILITY":
        return next(iter(values.values()))
    dtype = np.uint16 if cell.bits == 16 else np.uint8
    return np.sum([n * mask.astype(dtype) for n, mask in values.items()], axis=0, dtype=dtype)


def _samples(cell: Cell, values: dict[int, np.ndarray]) -> dict[int, np.ndarray]:
    maximum = np.float32(_maximum(cell))
    return {n: np.rint(v.astype(np.float32) * maximum).astype(np.uint8) for n, v in values.items()}


# --- in the patient -----------------------------------------------------------------------------------------


def _in_the_patient(cell: Cell, shape: tuple[int, int]) -> tuple[list[Dataset], dict, dict]:
    """Return source images, what says where the array lies, and what is true of its place."""
    match cell.geometry:
        case "projection":
            absent = dict.fromkeys(
                (
                    *("FrameOfReferenceUID", "PositionReferenceIndicator"),
                    *("ImagePositionPatient", "ImageOrientationPatient"),
                )
            )
            return make_series((1, *shape), PatientOrientation=["L", "F"], **absent), {}, {}
        case "series":
            images = make_series((PLANES, *shape))
            return images, {}, _place_of(images)
        case "shuffled series":
            images = make_series((PLANES, *shape), modality="MR", turned=rotation(20, -15, 30))
            images = [images[i] for i in (3, 1, 2, 0)]
            return images, {}, _place_of(images)
        case "two time points":
            first = make_series((PLANES // 2, *shape), modality="MR", TemporalPositionIdentifier="1")
            same = ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")
            alike = {keyword: first[0][keyword].value for keyword in same}
            later = make_series((PLANES // 2, *shape), modality="MR", TemporalPositionIdentifier="2", **alike)
            images = [*later, *first]
            return images, {}, {**_place_of(images), "times": (2, 2, 1, 1)}
        case "multi-frame image":
            images = make_series((PLANES, *shape), modality="MR", turned=rotation(90, 0, 88))
            return [multi_frame(images)], {}, _place_of(images)
        case "finer grid":
            images = make_series((PLANES, shape[0] // 2, shape[1] // 2))
            affine = _affine(_place_of(images)) @ np.diag([1, 0.5, 0.5, 1])
        case "oblique grid":
            images = make_series((3, 20, 24), modality="PT")
            affine = np.eye(4)
            axes = rotation(40, 10, -25)
            affine[:3, :3] = np.stack([axes[:, 2] * 1.5, axes[:, 0] * 0.8, axes[:, 1] * 0.6], axis=1)
            affine[:3, 3] = -30.5, 12.25, 80
        case "planes of their own":
            images = make_series((3, 20, 24))
            place = {
                "positions_mm": np.array([[1.0, 2.0, 30.0 - 2 * n] for n in range(PLANES)]),
                "row_step_mm": np.array([-2.0, 0, 0]),
                "column_step_mm": np.array([0, 1.5, 0]),
            }
            positions = [hd.PlanePositionSequence(PATIENT, p) for p in place["positions_mm"]]
            own = {
                "plane_positions": positions,
                "plane_orientation": hd.PlaneOrientationSequence(PATIENT, [0, 1, 0, -1, 0, 0]),
                "pixel_measures": hd.PixelMeasuresSequence((2.0, 1.5), 1.0),
            }
            return images, own, place
    place = {
        "positions_mm": affine[:3, 3] + np.arange(PLANES)[:, None] * affine[:3, 0],
        "row_step_mm": affine[:3, 1],
        "column_step_mm": affine[:3, 2],
    }
    return images, {"volume": affine}, place


def _place_of(images: list[Dataset]) -> dict:
    row, column = np.array(images[0].ImageOrientationPatient, float).reshape(2, 3)
    between_rows, between_columns = (float(v) for v in images[0].PixelSpacing)
    return {
        "positions_mm": np.array([image.ImagePositionPatient for image in images], float),
        "row_step_mm": column * between_rows,
        "column_step_mm": row * between_columns,
    }


def _affine(place: dict) -> np.ndarray:
    affine = np.eye(4)
    affine[:3, 0] = place["positions_mm"][1] - place["positions_mm"][0]
    affine[:3, 1], affine[:3, 2] = place["row_step_mm"], place["column_step_mm"]
    affine[:3, 3] = place["positions_mm"][0]
    return affine


def multi_frame(images: list[Dataset]) -> Dataset:
    """Return an enhanced image of the planes of a single-frame series."""
    image = copy.deepcopy(images[0])
    orientation, measures, groups = Dataset(), Dataset(), Dataset()
    orientation.ImageOrientationPatient = image.ImageOrientationPatient
    measures.PixelSpacing, measures.SliceThickness = image.PixelSpacing, image.SliceThickness
    groups.PlaneOrientationSequence, groups.PixelMeasuresSequence = [orientation], [measures]
    items = []
    for one in images:
        position, item = Dataset(), Dataset()
        position.ImagePositionPatient = one.ImagePositionPatient
        item.PlanePositionSequence = [position]
        items.append(item)
    image.SharedFunctionalGroupsSequence, image.PerFrameFunctionalGroupsSequence = [groups], items
    image.SOPClassUID, image.NumberOfFrames = "1.2.840.10008.5.1.4.1.1.4.1", len(images)
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness"):
        del image[keyword]
    return image


# --- on a slide ---------------------------------------------------------------------------------------------


def tiles_of(matrix: np.ndarray, tile: tuple[int, int]) -> dict[tuple[int, int], np.ndarray]:
    """Return the tiles of a (rows, columns) matrix by (row, column) of their first pixel, from 1."""
    padded = np.pad(matrix, [(0, -n % t) for n, t in zip(matrix.shape, tile, strict=True)])
    return {
        (r + 1, c + 1): padded[r : r + tile[0], c : c + tile[1]]
        for r in range(0, matrix.shape[0], tile[0])
        for c in range(0, matrix.shape[1], tile[1])
    }


def _on_a_slide(cell: Cell, values: dict[int, np.ndarray], tile: tuple[int, int]) -> Made:
    rows, columns = tile
    size = {
        "tiles as frames": (2 * rows, 2 * columns),
        "whole matrix": (2 * rows, 2 * columns),
        "edge tiles": (2 * rows - 5, 2 * columns - 7),
        "matrix of its own": (rows + 9, columns + 11),
        "pyramid level": (2 * rows - 5, 2 * columns - 7),
    }[cell.geometry]
    # The four planes become the four tiles of a matrix.
    matrices = {
        n: np.concatenate([np.concatenate([v[0], v[1]], 1), np.concatenate([v[2], v[3]], 1)])[
            : size[0], : size[1]
        ]
        for n, v in values.items()
    }
    numbers, options = list(values), _options(cell)
    if cell.geometry == "pyramid level":
        return _level(cell, matrices, tile, options)
    # A slide without pixels between its tiles, of either organisation.
    full = cell.organisation == "TILED_FULL" or cell.geometry != "tiles as frames"
    image = slide((300, 400) if cell.geometry == "matrix of its own" else size, tile, full=full)
    array = _array(cell, matrices)
    if cell.geometry == "tiles as frames":
        array = _array(cell, values)
        if not full:  # this source has its tiles backwards
            array = array[::-1]
    else:
        options.update(tile_pixel_array=True, tile_size=tile)
        if cell.form == "stack":
            array = array[None]
    if cell.geometry == "matrix of its own":
        place = hd.PlanePositionSequence(SLIDE, (20.5, 21.25, 0.0), (1, 1))
        measures = hd.PixelMeasuresSequence((0.001, 0.002), 0.01)
        options.update(plane_positions=[place], pixel_measures=measures)
    seg = construct([image], array, segment_descriptions=describe(numbers), **options)  # type: ignore[arg-type]
    return Made(cell, [image], Truth(_samples(cell, matrices), _maximum(cell)), seg)


def _level(
    cell: Cell, matrices: dict[int, np.ndarray], tile: tuple[int, int], options: dict[str, object]
) -> Made:
    """Return the second level of a pyramid, twice as large as which the first is."""
    array = _array(cell, matrices)
    larger = array.repeat(2, axis=0).repeat(2, axis=1)
    if cell.kind != "PROBABILITY":
        # Of the four pixels that become one, the last is the one in its middle.
        larger[::2] = larger[::-1][::2]
        larger[:, ::2] = larger[:, ::-1][:, ::2]
    image = slide((larger.shape[0], larger.shape[1]), tile)
    options["segmentation_type"] = options.pop("kind")
    made = hd.seg.create_segmentation_pyramid(
        [image],
        [larger[None] if cell.form == "stack" else larger],
        segment_descriptions=describe(list(matrices)),
        series_instance_uid=hd.UID(),
        series_number=1,
        manufacturer="Maker",
        manufacturer_model_name="Model",
        software_versions="1",
        device_serial_number="1",
        downsample_factors=[2],
        tile_size=tile,
        **options,  # type: ignore[arg-type]
    )
    return Made(cell, [image], Truth(_samples(cell, matrices), _maximum(cell)), made[1])
