"""Labels exchanged for others, frame by frame."""

import numpy as np


class LabelTable:
    """Exchanges the values of frames as a table says, and only where there is something to exchange.

    Parameters
    ----------
    table : (values,) integer array
        What stands for each value that a frame can have.
    """

    def __init__(self, table: np.ndarray) -> None:
        self._table = table
        changed = np.flatnonzero(table != np.arange(table.size))
        self._kept = int(changed[0]) if changed.size else table.size

    def __call__(self, frame: np.ndarray) -> np.ndarray:
        """Return the frame with other labels, of the type of the table; perhaps the frame itself."""
        if not frame.size or (frame.dtype == self._table.dtype and int(frame.max()) < self._kept):
            return frame
        # Labels come in runs; looking each pixel up costs several times what finding the runs does.
        flat = frame.reshape(-1)
        starts = np.flatnonzero(flat[1:] != flat[:-1]) + 1
        if starts.size * 8 > flat.size:
            return self._table[frame]
        starts = np.concatenate(([0], starts))
        lengths = np.diff(starts, append=flat.size)
        return np.repeat(self._table[flat[starts]], lengths).reshape(frame.shape)
