"""Records what files of other writers hold, as others read them: `python Testing/Python/record_corpus.py`.

The readers are pydicom and the few lines below; nothing of this project is imported. Where highdicom reads a
file too, it has to find the same, or the difference is recorded with its reason. What is written,
`Testing/Data/corpus_expectations.json`, is what `test_corpus_expectations.py` holds our reading against.
"""

import csv
import hashlib
import json
import sys
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import highdicom
import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames
from pydicom.pixels import pixel_array

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT.parent / "shared" / "data"
OUTPUT = ROOT / "Testing" / "Data" / "corpus_expectations.json"
RLE, DEFLATED_FRAMES = "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.8.1"

# Why we tell something else than these readers: what they say is in the record, what we say is here.
REASONS = {
    "dcmqi/sparse-labelmap-noppv.dcm": {
        "without_segments": [0],
        "reason": "Segment 0 is coded as Background (DCM 125040), and there is no Pixel Padding Value; "
        "pydicom has no notion of a background.",
    },
    "dcmqi/sparse-labelmap-ppv5.dcm": {
        "without_segments": [0],
        "reason": "Pixel Padding Value is 5, and Segment 0 is coded as Background (DCM 125040) all the same; "
        "highdicom takes 0 for a segment.",
    },
    "highdicom/seg_image_sm_control_labelmap.dcm": {
        "without_segments": [0],
        "reason": "Segment 0 is the background that Pixel Padding Value names.",
    },
    "highdicom/seg_image_sm_control_labelmap_palette_color.dcm": {
        "without_segments": [0],
        "reason": "Segment 0 is the background that Pixel Padding Value names.",
    },
}


def unpacked_bits(data: bytes, dataset: Dataset) -> np.ndarray:
    """Return the frame whose bits alone are `data`."""
    bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
    return bits[: dataset.Rows * dataset.Columns].reshape(dataset.Rows, dataset.Columns)


def unpacked_rle(data: bytes) -> bytes:
    """Return the bytes of the only segment of an RLE frame, PS3.5 Annex G."""
    at, out = int.from_bytes(data[4:8], "little"), bytearray()
    while at < len(data):
        head = data[at]
        if head < 128:
            out += data[at + 1 : at + 2 + head]
            at += 2 + head
        elif head > 128:
            out += data[at + 1 : at + 2] * (257 - head)
            at += 2
        else:
            at += 1
    return bytes(out)


def frames_of(path: Path, dataset: Dataset) -> np.ndarray:
    """Return all (frames, rows, columns) stored values."""
    count = int(dataset.get("NumberOfFrames") or 1)
    syntax = dataset.file_meta.TransferSyntaxUID
    if syntax in (RLE, DEFLATED_FRAMES) and dataset.BitsAllocated == 1:
        # pydicom 3.0 decodes neither for masks.
        frames = []
        for data in generate_frames(dataset.PixelData, number_of_frames=count):
            plain = unpacked_rle(data) if syntax == RLE else zlib.decompress(data, -zlib.MAX_WBITS)
            frames.append(unpacked_bits(plain, dataset))
        return np.stack(frames)
    return pixel_array(path).reshape(count, dataset.Rows, dataset.Columns)


def segments_of_frames(dataset: Dataset, count: int) -> Iterator[int]:
    """Yield the Segment Number of each frame, as the standard says it."""
    shared = (
        dataset.SharedFunctionalGroupsSequence[0]
        if "SharedFunctionalGroupsSequence" in dataset
        else Dataset()
    )
    if dataset.get("DimensionOrganizationType") == "TILED_FULL":
        tiles = count // len(dataset.SegmentSequence)
        for item in dataset.SegmentSequence:
            yield from [int(item.SegmentNumber)] * tiles
        return
    for frame in list(dataset.PerFrameFunctionalGroupsSequence)[:count]:
        group = frame.get("SegmentIdentificationSequence") or shared.SegmentIdentificationSequence
        yield int(group[0].ReferencedSegmentNumber)


def record(path: Path) -> dict[str, Any]:
    dataset = pydicom.dcmread(path)
    frames = frames_of(path, dataset)
    labels = dataset.SegmentationType == "LABELMAP"
    numbers = [] if labels else list(segments_of_frames(dataset, len(frames)))
    segments = {}
    for item in dataset.SegmentSequence:
        number = int(item.SegmentNumber)
        mine = frames if labels else frames[[n == number for n in numbers]]
        held = mine == number if labels else mine != 0
        segments[str(number)] = {
            "label": str(item.SegmentLabel),
            "type": str(item.SegmentedPropertyTypeCodeSequence[0].CodeMeaning),
            "frames": None if labels else len(mine),
            "voxels": int(held.sum()),
            # Where they are, in one number: the sum of the places, from 1, of all voxels in the frames.
            "places": int((np.flatnonzero(held) + 1).sum()),
            "sum_of_values": int(mine.sum(dtype=np.int64))
            if dataset.SegmentationType == "FRACTIONAL"
            else None,
        }
    return {
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "readers": ["pydicom " + pydicom.__version__],
        "type": str(dataset.SegmentationType),
        "frames": len(frames),
        "rows": int(dataset.Rows),
        "columns": int(dataset.Columns),
        "segments": segments,
    }


def compare(path: Path, found: dict[str, Any]) -> None:
    """Hold a record against highdicom, where it reads the file, and add what it alone tells."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            seg = highdicom.seg.segread(path)
            volume = seg.get_volume(rescale_fractional=False)
    except Exception as error:  # what it makes of other writers' files is of any type
        found["highdicom"] = f"{type(error).__name__}: {error}"[:200]
        return
    counts = {str(n): int((volume.array[..., i] != 0).sum()) for i, n in enumerate(seg.segment_numbers)}
    for number, count in counts.items():
        if int(number) in REASONS.get(str(path.relative_to(CORPUS)), {}).get("without_segments", ()):
            continue  # of a background, a volume has more than the frames
        assert count == found["segments"][number]["voxels"], (path, number, count)
    found["readers"].append("highdicom " + highdicom.__version__)
    found["volume"] = {
        "shape": list(volume.spatial_shape),
        "affine": [[round(float(v), 6) for v in row] for row in volume.affine],
    }


def main() -> None:
    with (CORPUS / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        names = [row["file"] for row in csv.DictReader(lines)]
    expectations = {}
    for name in names:
        found = record(CORPUS / name)
        compare(CORPUS / name, found)
        if name in REASONS:
            found["differs"] = REASONS[name]
        expectations[name] = found
    OUTPUT.write_text(json.dumps(expectations, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{len(expectations)} files recorded in {OUTPUT}", file=sys.stderr)


if __name__ == "__main__":
    main()
