"""A colour's lookup table that is stored in segments, PS3.3 C.7.9.2."""

import numpy as np

from .errors import ReadError

MAX_ENTRIES = 1 << 16

_DISCRETE, _LINEAR, _INDIRECT = range(3)


def expand(segmented: np.ndarray) -> np.ndarray:
    """Return the table that segments stand for, PS3.3 C.7.9.2, in the type of `segmented`.

    Raises
    ------
    ReadError
        A segment ends before it should, repeats itself or is of an unknown kind.
    """
    stored = segmented.tolist()
    table: list[int] = []

    def run(position: int, segments: int | None, nested: bool) -> None:
        while segments is None or segments > 0:
            if position >= len(stored) - 1:  # with the padding of an odd number of bytes
                if segments is None:
                    return
                raise IndexError
            opcode, length = stored[position : position + 2]
            if opcode == _DISCRETE:
                position += 2 + length
                if position > len(stored):
                    raise IndexError
                table.extend(stored[position - length : position])
            elif opcode == _LINEAR:
                start, end = table[-1], stored[position + 2]
                table.extend(round(start + (end - start) * step / length) for step in range(1, length + 1))
                position += 3
            elif opcode == _INDIRECT and not nested:
                # Four bytes, the least significant one first: an offset in bytes from the data's beginning.
                end = position + 2 + 4 // segmented.itemsize
                if not table or end > len(stored):
                    raise IndexError
                offset = int.from_bytes(segmented[position + 2 : end].tobytes(), "little")
                run(offset // segmented.itemsize, length, True)
                position = end
            else:
                raise ReadError(
                    f"The palette has a segment of kind {opcode}, which is unknown or out of place."
                )
            if len(table) > MAX_ENTRIES:
                raise ReadError(f"The palette's segments make more than {MAX_ENTRIES} entries.")
            if segments is not None:
                segments -= 1

    try:
        run(0, None, False)
    except (IndexError, ValueError) as error:
        raise ReadError("The palette's segments end before they should; the table is damaged.") from error
    return np.array(table, segmented.dtype)
