"""Judges of an object from outside: dciodvfy, the standard's tables of attributes, dcmqi.

Also the plain twin that stands in where a program cannot read a transfer syntax: pydicom and zlib make it,
not this package.
"""

import json
import shutil
import subprocess
import sys
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian

DEFLATED_IMAGE_FRAME = "1.2.840.10008.1.2.8.1"
_ANYWHERE = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")


def program(name: str) -> str:
    """Return the path of a program of this environment or machine."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed; `make test` installs it")
    return found


def dciodvfy(path: Path) -> list[str]:
    """Return its errors and warnings."""
    # Its return code is that of the last of them, so it says no more than they do.
    run = subprocess.run([program("dciodvfy"), "-new", path], capture_output=True, text=True, check=False)
    lines = (run.stdout + run.stderr).splitlines()
    assert "Segmentation" in lines or "LabelMapSegmentation" in lines, lines
    return [line for line in lines if line.startswith(("Error", "Warning"))]


# --- the standard's tables ----------------------------------------------------------------------------------


@cache
def _table(name: str) -> dict:
    highdicom = pytest.importorskip("highdicom", reason="highdicom is not installed")
    folder = Path(highdicom.__file__).parent / "_standard"
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


def modules_of(dataset: Dataset) -> Iterator[str]:
    """Yield the modules that an object must have, PS3.3 A.51, and those of which it has attributes."""
    iod = _table("sop_class_iod_map")[dataset.SOPClassUID]
    for module in _table("iod_module_map")[iod]:
        attributes = _table("module_attribute_map").get(module["key"], [])
        mine = [a["keyword"] for a in attributes if not a["path"] and a["type"] in ("1", "2")]
        if module["usage"] == "M" or any(keyword in dataset for keyword in mine):
            yield module["key"]


def missing_attributes(dataset: Dataset) -> list[str]:
    """Return attributes of type 1 that are absent or empty, and of type 2 that are absent, by module.

    In sequences too, wherever they have an item; which functional groups an object has is left to dciodvfy.
    """
    missing = set()
    for module in modules_of(dataset):
        for attribute in _table("module_attribute_map").get(module, []):
            path, keyword = attribute["path"], attribute["keyword"]
            if attribute["type"] not in ("1", "2") or (len(path) == 1 and path[0] in _ANYWHERE):
                continue
            for item in _items(dataset, path):
                if keyword not in item or (attribute["type"] == "1" and item[keyword].is_empty):
                    missing.add(f"{module}: {'/'.join([*path, keyword])} (type {attribute['type']})")
    return sorted(missing)


def _items(dataset: Dataset, path: list[str]) -> list[Dataset]:
    items = [dataset]
    for keyword in path:
        items = [item for one in items for item in (one.get(keyword) or ())]
    return items


# --- a twin in plain form -----------------------------------------------------------------------------------


def plain_twin(path: Path, twin: Path) -> Path:
    """Return a file of the same object in a transfer syntax that every program reads; `path` if it is one."""
    dataset = dcmread(path)
    syntax = dataset.file_meta.TransferSyntaxUID
    if syntax not in (DEFLATED_IMAGE_FRAME, DeflatedExplicitVRLittleEndian):
        return path
    if syntax == DEFLATED_IMAGE_FRAME:
        dataset.PixelData = native_pixels(dataset)
        dataset["PixelData"].VR = "OW" if dataset.BitsAllocated == 16 else "OB"
        dataset["PixelData"].is_undefined_length = False
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.save_as(twin, implicit_vr=False, little_endian=True)
    return twin


def inflated_frames(dataset: Dataset) -> list[np.ndarray]:
    """Return the frames of Deflated Image Frame Compression, each a raw deflate stream, PS3.5 A.4.13."""
    count, shape = int(dataset.NumberOfFrames), (dataset.Rows, dataset.Columns)
    frames = []
    for data in generate_frames(dataset.PixelData, number_of_frames=count):
        stream = zlib.decompressobj(-zlib.MAX_WBITS)
        samples = stream.decompress(data)
        assert stream.eof and stream.unused_data in (b"", b"\0")
        if dataset.BitsAllocated == 1:
            bits = np.unpackbits(np.frombuffer(samples, np.uint8), bitorder="little")
            assert not bits[shape[0] * shape[1] :].any()
            frame = bits[: shape[0] * shape[1]]
        else:
            frame = np.frombuffer(samples, f"<u{dataset.BitsAllocated // 8}")
        frames.append(frame.reshape(shape))
    return frames


def native_pixels(dataset: Dataset) -> bytes:
    """Return the frames of Deflated Image Frame Compression as native Pixel Data, PS3.5 8.1.1."""
    frames = np.stack(inflated_frames(dataset))
    if dataset.BitsAllocated == 1:
        data = np.packbits(frames.reshape(-1), bitorder="little").tobytes()
    else:
        data = frames.tobytes()
    return data + bytes(len(data) % 2)


# --- dcmqi --------------------------------------------------------------------------------------------------


def dcmqi_images(path: Path, folder: Path) -> list[tuple[str, Any]]:
    """Return (name, SimpleITK image) of what dcmqi makes of an object: labels, or samples of a segment."""
    sitk = pytest.importorskip("SimpleITK", reason="SimpleITK is not installed")
    folder.mkdir()
    command = [program("segimage2itkimage"), "--inputDICOM", path, "--outputDirectory", folder]
    subprocess.run(command, capture_output=True, check=True)
    return [(file.stem, sitk.ReadImage(file)) for file in sorted(folder.glob("*.nrrd"))]
