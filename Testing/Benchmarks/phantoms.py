"""Arrays that look like what people segment, made from a seed: the same numbers on every machine."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

Point = tuple[float, float, float]


@dataclass(frozen=True)
class Blob:
    """An ellipsoid with an uneven surface; all lengths are parts of the volume's (slices, rows, columns)."""

    centre: Point
    radii: Point
    unevenness: float = 0.15


Organ = list[Blob]


def anatomy(shape: tuple[int, int, int], counts: tuple[int, int, int, int, int], seed: int) -> np.ndarray:
    """Return labels as a whole-body segmentation has them; none is empty and none overlap.

    Parameters
    ----------
    shape : (slices, rows, columns)
    counts : how many vertebrae, ribs, tubes (vessels, muscles), small and large organs

    Returns
    -------
    uint8 or uint16 array of `shape`; labels from 1 in the order of the counts
    """
    rng = np.random.default_rng(seed)
    total = sum(counts)
    labels = np.zeros(shape, np.uint8 if total < 256 else np.uint16)
    vertebrae, ribs, tubes, small, large = counts
    organs = [
        *_vertebrae(vertebrae),
        *_ribs(ribs),
        *(_tube(rng, shape[0]) for _ in range(tubes)),
        *(_organ(rng, (0.02, 0.045), (0.012, 0.035)) for _ in range(small)),
        *(_organ(rng, (0.07, 0.15), (0.07, 0.16)) for _ in range(large)),
    ]
    uneven = _ripple(rng)
    # Small ones first, so that large ones do not swallow them.
    for label, organ in enumerate(organs, start=1):
        for blob in organ:
            box, inside = _inside(shape, blob, uneven)
            part = labels[box]
            part[inside & (part == 0)] = label
    for label in np.flatnonzero(np.bincount(labels.reshape(-1), minlength=total + 1) == 0).tolist():
        _place_small(labels, label, rng)
    return labels


def _vertebrae(count: int) -> Iterator[Organ]:
    for k in range(count):
        z = (k + 0.5) / count
        yield [Blob((z, 0.68 + 0.02 * np.sin(6 * z), 0.5), (0.46 / count, 0.058, 0.052), 0.25)]


def _ribs(count: int) -> Iterator[Organ]:
    """Yield arcs from the spine to the front, sloping down, left and right by turns."""
    for k in range(count):
        z, side = 0.36 + 0.58 * (k // 2 + 0.5) / max(1, -(-count // 2)), 1 if k % 2 else -1
        yield [
            Blob(
                (z - 0.1 * t / np.pi, 0.52 + 0.2 * np.cos(t), 0.5 + side * 0.32 * np.sin(t)),
                (0.012,) * 3,
                0.1,
            )
            for t in np.linspace(0.15, 0.85 * np.pi, 60).tolist()
        ]


def _tube(rng: np.random.Generator, slices: int) -> Organ:
    start = rng.uniform(0.03, 0.45)
    end = start + rng.uniform(0.35, 0.55)
    (y, x), radius = rng.uniform(0.35, 0.65, 2), rng.uniform(0.012, 0.035)
    phase, wobble = rng.uniform(0, 6.28), rng.uniform(0, 0.02)
    return [
        Blob(
            (z, y + wobble * np.sin(9 * z + phase), x + wobble * np.cos(7 * z + phase)),
            (max(0.004, 0.6 / slices), radius, radius),
            0.08,
        )
        for z in np.linspace(start, end, max(3, int((end - start) * slices))).tolist()
    ]


def _organ(rng: np.random.Generator, tall: tuple[float, float], wide: tuple[float, float]) -> Organ:
    centre = (rng.uniform(0.1, 0.9), rng.uniform(0.36, 0.62), rng.uniform(0.24, 0.76))
    return [Blob(centre, (rng.uniform(*tall), rng.uniform(*wide), rng.uniform(*wide)), 0.3)]


def _ripple(rng: np.random.Generator) -> Callable[..., np.ndarray]:
    """Return a smooth function of (slice, row, column) indices with values of about -1 to 1."""
    waves = [(rng.uniform(0.05, 0.25, 3), rng.uniform(0, 6.28, 3)) for _ in range(3)]

    def value(*axes: np.ndarray) -> np.ndarray:
        total: np.ndarray = np.float32(0)  # type: ignore[assignment]
        for steps, phases in waves:
            one, two, three = (
                np.sin(step * axis + phase).astype(np.float32)
                for step, axis, phase in zip(steps, axes, phases, strict=True)
            )
            total = total + one * two * three
        return total

    return value


def _inside(
    shape: tuple[int, int, int], blob: Blob, uneven: Callable[..., np.ndarray]
) -> tuple[tuple[slice, ...], np.ndarray]:
    """Return a box of the volume and which of its voxels are in the blob."""
    centre = [part * size for part, size in zip(blob.centre, shape, strict=True)]
    radii = [max(0.8, part * size) for part, size in zip(blob.radii, shape, strict=True)]
    reach = 1 + 2 * blob.unevenness
    box = tuple(
        slice(max(0, int(c - r * reach)), min(size, int(c + r * reach) + 2))
        for c, r, size in zip(centre, radii, shape, strict=True)
    )
    axes = np.ogrid[box]
    squares = [
        (((axis - c) / r) ** 2).astype(np.float32) for axis, c, r in zip(axes, centre, radii, strict=True)
    ]
    distance = squares[0] + squares[1] + squares[2]
    return box, distance + np.float32(blob.unevenness) * uneven(*axes) < 1


def _place_small(labels: np.ndarray, label: int, rng: np.random.Generator) -> None:
    """Put a few voxels of a label that others have covered to where nothing is."""
    while True:
        at = tuple(int(rng.integers(size // 8, size - size // 8)) for size in labels.shape)
        box = tuple(slice(start, start + 2) for start in at)
        if not labels[box].any():
            labels[box] = label
            return


def overlapping(shape: tuple[int, int, int], seed: int) -> np.ndarray:
    """Return an organ, a lesion in it, its core, vessels through it and a region to treat.

    Returns
    -------
    (slices, rows, columns, 5) bool array
    """
    uneven = _ripple(np.random.default_rng(seed))
    masks = np.zeros((*shape, 5), bool)
    for k, blob in enumerate(
        (
            Blob((0.5, 0.5, 0.35), (0.42, 0.185, 0.185)),
            Blob((0.5, 0.48, 0.31), (0.2, 0.08, 0.075)),
            Blob((0.5, 0.48, 0.31), (0.12, 0.035, 0.035)),
            Blob((0.5, 0.51, 0.39), (0.48, 0.043, 0.155)),
            Blob((0.6, 0.49, 0.49), (0.3, 0.135, 0.155)),
        )
    ):
        box, inside = _inside(shape, blob, uneven)
        masks[box][..., k] = inside
    return masks


def probabilities(shape: tuple[int, int, int], seed: int) -> np.ndarray:
    """Return two soft-edged structures with the fine grain that networks leave.

    Returns
    -------
    (slices, rows, columns, 2) float32 array from 0 to 1
    """
    rng = np.random.default_rng(seed)
    out = np.zeros((*shape, 2), np.float32)
    axes = np.ogrid[tuple(slice(size) for size in shape)]
    for k, (centre, radii) in enumerate(
        (((0.5, 0.5, 0.34), (0.42, 0.185, 0.185)), ((0.55, 0.47, 0.64), (0.3, 0.12, 0.1)))
    ):
        coarse, fine = _ripple(rng), _ripple(rng)
        parts = [
            (((axis / size - c) / r) ** 2).astype(np.float32)
            for axis, size, c, r in zip(axes, shape, centre, radii, strict=True)
        ]
        for z in range(shape[0]):  # plane by plane: no temporary of the volume's size
            place = (axes[0][z : z + 1], axes[1], axes[2])
            distance = np.sqrt(parts[0][z : z + 1] + parts[1] + parts[2])
            distance += 0.12 * coarse(*place) + 0.03 * fine(*(5 * axis for axis in place))
            plane = 1 / (1 + np.exp(np.clip((distance - 1) * 18, -80, 80)))
            plane[plane < 1 / 510] = 0  # stored as 0
            out[z, ..., k] = plane[0]
    return out


def slide(size: int, seed: int) -> np.ndarray:
    """Return five classes of tissue in the middle of a slide.

    Returns
    -------
    (size, size) uint8 array of 0 to 5
    """
    rng = np.random.default_rng(seed)
    noises = [(amplitude, rng.standard_normal((n, n)).astype(np.float32)) for n, amplitude in _OCTAVES]
    edge = np.linspace(-0.5, 0.5, 8, dtype=np.float32)
    tissue = 0.35 * rng.standard_normal((8, 8)).astype(np.float32)
    tissue += 1.1 - 4.2 * (edge[:, None] ** 2 + edge**2)
    out = np.zeros((size, size), np.uint8)
    step = 500
    for start in range(0, size, step):
        rows = slice(start, min(size, start + step))
        octaves = [amplitude * _stretched(noise, size, rows) for amplitude, noise in noises]
        classes = np.digitize(sum(octaves), (-0.9, -0.1, 0.5, 1.2)).astype(np.uint8) + 1
        classes[_stretched(tissue, size, rows) + 0.16 * octaves[1] < 0.25] = 0
        out[rows] = classes
    return out


_OCTAVES = ((12, 1.0), (60, 0.5), (300, 0.22))


def _stretched(lattice: np.ndarray, size: int, rows: slice) -> np.ndarray:
    """Return rows of a lattice that is stretched to a square, with smooth transitions."""
    places = np.linspace(0, lattice.shape[0] - 1.001, size)
    before = places.astype(np.int64)
    part = (places - before).astype(np.float32)
    part = part * part * (3 - 2 * part)
    down, weight = before[rows], part[rows, None]
    lines = lattice[down] * (1 - weight) + lattice[down + 1] * weight
    return lines[:, before] * (1 - part) + lines[:, before + 1] * part


def spots(shape: tuple[int, int, int], count: int, seed: int) -> np.ndarray:
    """Return `count` boxes that fill an eighth of the volume together; uint8 or uint16."""
    rng = np.random.default_rng(seed)
    labels = np.zeros(shape, np.uint8 if count < 256 else np.uint16)
    across = int(np.ceil(count ** (1 / 3)))
    cells = rng.permutation(across**3)[:count]
    edges = [np.linspace(0, size, across + 1).astype(int) for size in shape]
    for label, cell in enumerate(cells.tolist(), start=1):
        place = np.unravel_index(cell, (across,) * 3)
        box = []
        for at, edge in zip(place, edges, strict=True):
            start, end = int(edge[at]), int(edge[at + 1])
            margin = (end - start) // 4
            box.append(slice(start + margin, max(start + margin + 1, end - margin)))
        labels[tuple(box)] = label
    return labels
