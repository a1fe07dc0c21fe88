"""Source images from files: the headers of one series."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

from .errors import Cancelled, FileMissing, MixedSources, NotDicom, ReadError, SourceError
from .findings import Progress
from .lenient import reading
from .source_images import SourceImages, SourceInstance

__all__ = ["SourceImages", "SourceInstance", "read_sources"]


def read_sources(
    files: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    progress: Progress | None = None,
    time_point: int | None = None,
) -> SourceImages:
    """Read the headers of one series and return its images sorted along the stack.

    Parameters
    ----------
    files : folder, or files
        In a folder, files that are not images in a frame of reference are passed over.
    time_point : int, optional
        Which one of a dynamic series, from 1; the others become further source images.

    Raises
    ------
    ArgumentError
        There is no such time point.
    FileMissing, NotDicom, ReadError
        A file cannot be used.
    SourceError
        There is no image, or images of several series.
    """
    folder = isinstance(files, (str, os.PathLike)) and Path(files).is_dir()
    datasets = []
    paths = _list(files)
    for done, path in enumerate(paths):
        if progress is not None and progress(done / len(paths), "Reading source images"):
            raise Cancelled("Cancelled while the source images were read; nothing was written.")
        try:
            dataset = _read_header(path)
        except NotDicom:
            if not folder:
                raise
            continue
        with reading(str(path)):
            image = bool(dataset.get("ImagePositionPatient")) and dataset.get("Modality") != "SEG"
        if not folder or image:
            datasets.append(dataset)
    if not datasets:
        raise SourceError(
            f"There is no image series in {files}; choose the folder of the images that were segmented."
        )
    with reading("A source image"):
        _refuse_several_series(datasets)
    sources = SourceImages.of(datasets).sorted()
    return sources if time_point is None else sources.at_time(time_point)


def _refuse_several_series(datasets: Sequence[Dataset]) -> None:
    series = {str(d.get("SeriesInstanceUID", "")) for d in datasets}
    if len(series) > 1:
        raise MixedSources(
            f"{len(datasets)} images belong to {len(series)} series: {_list_series(datasets)}. "
            "Give the files of one."
        )


def _list(files: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> list[Path]:
    if not isinstance(files, (str, os.PathLike)):
        return [Path(f) for f in files]
    path = Path(files)
    if path.is_dir():
        return sorted(p for p in path.rglob("*") if p.is_file())
    return [path]


def _read_header(path: Path) -> Dataset:
    with reading(str(path)):
        try:
            return dcmread(path, stop_before_pixels=True)
        except FileNotFoundError as error:
            raise FileMissing(f"There is no file {path}.") from error
        except InvalidDicomError as error:
            raise NotDicom(f"{path} is not a DICOM file.") from error
        except OSError as error:
            raise ReadError(f"{path} cannot be read: {error.strerror or error}.") from error


def _list_series(datasets: Sequence[Dataset]) -> str:
    groups: dict[str, list[Dataset]] = {}
    for dataset in datasets:
        groups.setdefault(str(dataset.get("SeriesInstanceUID", "")), []).append(dataset)
    names = [
        f"{members[0].get('Modality', '?')} {members[0].get('SeriesNumber', '?')} "
        f"'{members[0].get('SeriesDescription', '')}' ({len(members)} images)"
        for members in groups.values()
    ]
    return "; ".join(names[:5]) + ("; ..." if len(names) > 5 else "")
