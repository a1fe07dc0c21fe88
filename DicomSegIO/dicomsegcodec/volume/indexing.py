"""What cutting, ordering and padding do to indices, shapes and affines."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import ArgumentError, ArgumentTypeError, OutOfRange
from ..geometry import Index

Widths = tuple[tuple[int, int], tuple[int, int], tuple[int, int]]
"""(before, after) of each spatial axis."""


def checked_slices(
    index: int | slice | tuple[int | slice, ...], shape: Index
) -> tuple[tuple[slice, slice, slice], Index, np.ndarray]:
    """Return a part of a grid as slices, its shape, and the (4, 4) matrix from its indices to the grid's.

    Raises
    ------
    OutOfRange, ArgumentTypeError
    """
    items: tuple[Any, ...] = index if isinstance(index, tuple) else (index,)
    if len(items) > 3:
        raise OutOfRange(f"{len(items)} indices are given; there are three spatial axes.")
    slices, sizes, matrix = [], [], np.eye(4)
    for axis, (item, size) in enumerate(zip([*items, *[slice(None)] * (3 - len(items))], shape, strict=True)):
        picked = _as_slice(item, size, axis)
        start, stop, step = picked.indices(size)
        count = len(range(start, stop, step))
        if count == 0:
            raise OutOfRange(f"Index {item} leaves nothing of axis {axis} with {size} voxels.")
        slices.append(picked)
        sizes.append(count)
        matrix[axis, axis], matrix[axis, 3] = step, start
    return (slices[0], slices[1], slices[2]), (sizes[0], sizes[1], sizes[2]), matrix


def _as_slice(item: object, size: int, axis: int) -> slice:
    if isinstance(item, (int, np.integer)) and not isinstance(item, (bool, np.bool_)):
        number = int(item)
        if not -size <= number < size:
            raise OutOfRange(f"Index {number} is out of axis {axis} with {size} voxels.")
        return slice(number, number + 1 or None)
    if not isinstance(item, slice):
        raise ArgumentTypeError(f"Index {item!r} is neither a whole number nor a slice.")
    start = 0 if item.start is None else item.start
    stop = 0 if item.stop is None else item.stop
    # The end is one beyond the last, so -size - 1 is the end of a slice that runs backwards to the first.
    if not (-size <= start < size and -size - 1 <= stop <= size):
        raise OutOfRange(f"Index {item} reaches beyond axis {axis} with {size} voxels.")
    return item


def checked_order(indices: Sequence[int]) -> list[int]:
    """Return a permutation of the three spatial axes.

    Raises
    ------
    ArgumentError
    """
    order = [int(axis) for axis in indices]
    if sorted(order) != [0, 1, 2]:
        raise ArgumentError(f"Axes {tuple(indices)} are no order of the spatial axes 0, 1 and 2.")
    return order


def checked_widths(pad_width: int | Sequence[int] | Sequence[Sequence[int]]) -> Widths:
    """Return how many voxels to add before and after each spatial axis.

    Raises
    ------
    ArgumentError
    """
    widths = np.asarray(pad_width)
    forms = ((), (2,), (3, 1), (3, 2))
    if widths.shape not in forms or widths.dtype.kind not in "ui" or widths.min() < 0:
        raise ArgumentError(
            f"pad_width {pad_width} cannot be; give a number, (before, after), or either for each of three "
            "axes."
        )
    (a, b), (c, d), (e, f) = np.broadcast_to(widths, (3, 2)).tolist()
    return (a, b), (c, d), (e, f)


def starting_before(affine: np.ndarray, widths: Widths) -> np.ndarray:
    """Return the affine of a grid that begins this many voxels earlier."""
    matrix = affine.copy()
    matrix[:3, 3] -= affine[:3, :3] @ [before for before, _after in widths]
    return matrix
