"""The images that are segmented in these tests."""

from pathlib import Path

import series

TURNED = series.rotation(10, 20, 30)
SHAPE = (6, 14, 11)


class Series:
    """Images on disk and as data sets, in the order of the codec's planes: against row x column."""

    def __init__(self, folder: Path, **parameters) -> None:
        self.folder = folder
        self.images = series.make_series(**parameters)[::-1]
        self.files = series.write_series(folder, self.images)
        self.shape = (len(self.images), int(self.images[0].Rows), int(self.images[0].Columns))
