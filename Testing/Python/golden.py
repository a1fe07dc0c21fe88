"""Writes the golden files, each once: `python Testing/Python/golden.py` adds what is missing in Testing/Data.

A file that is there is never written anew; it stands for what a version has written and others may hold.
"""

import hashlib
import json
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pydicom

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "Testing" / "Data"
sys.path[:0] = [str(ROOT / "DicomSegIO"), str(ROOT / "Testing" / "Python")]

from dicomsegcodec import __version__  # noqa: E402
from dicomsegcodec.layers import LabelLayer, LayeredSegmentation  # noqa: E402
from dicomsegcodec.segments import Algorithm, Code, Region, Segment  # noqa: E402
from dicomsegcodec.sources import SourceImages  # noqa: E402
from dicomsegcodec.write import WriteOptions, write_segmentation  # noqa: E402
from series import make_series, rotation  # noqa: E402


@dataclass(frozen=True)
class Golden:
    """One golden file before it is written."""

    name: str
    why: str
    kind: str
    layers: tuple[LabelLayer, ...]
    segments: tuple[Segment, ...]
    turned: np.ndarray | None = None
    keep: bool = False


def sources_of(golden: Golden) -> SourceImages:
    """Return source images with fixed UIDs on the planes of a golden file."""
    shape = golden.layers[0].pixels.shape
    images = make_series(shape, turned=golden.turned)
    for number, image in enumerate(images):
        image.StudyInstanceUID, image.SeriesInstanceUID = "1.2.826.0.1.1", "1.2.826.0.1.2"
        image.FrameOfReferenceUID = "1.2.826.0.1.3"
        image.SOPInstanceUID = f"1.2.826.0.1.4.{number + 1}"
    return SourceImages.of(images)


def plain(*numbers: int) -> tuple[Segment, ...]:
    return tuple(Segment(number=n, label=f"Segment {n}") for n in numbers)


def goldens() -> list[Golden]:
    """Return all golden files, made of no random numbers but those of this function."""
    generator = np.random.default_rng(20240102)
    binary = (generator.random((3, 5, 7)) < 0.4).astype(np.uint8)
    one, two = ((generator.random((4, 6, 8)) < 0.3).astype(np.uint8) for _ in range(2))
    one[0] = two[0] = two[3] = 0
    labels = generator.choice(np.array([0, 1, 2, 7, 200], np.uint8), (3, 4, 5))
    wide = generator.choice(np.array([0, 1, 255, 256, 40000, 65535], np.uint16), (3, 3, 3))
    told = generator.choice(np.array([0, 10, 20], np.int16), (2, 3, 5))
    said = (
        Segment(
            number=1,
            label="肝臓 \\ Leber – " + "sehr lang " * 8,
            category=Code("123037004", "SCT", "Anatomical Structure"),
            type=Code("10200004", "SCT", "Leber (größer)"),
            type_modifiers=(Code("7771000", "SCT", "Left"),),
            regions=(Region(Code("113345001", "SCT", "Abdomen"), (Code("24028007", "SCT", "Right"),)),),
            algorithm=Algorithm("AUTOMATIC", "Netz", "v1", Code("123109", "DCM", "AI"), "Maker", "a=1"),
            cielab=(33000, 45000, 41000),
            tracking_id="Läsion 1",
            tracking_uid="1.2.826.0.1.9",
            description="Erste Zeile\r\nzweite Zeile",
            private_text={"Segmentation.Status": "completed", "名": "値"},
        ),
        Segment(number=2, label="Tumör"),
    )
    return [
        Golden(
            "binary-unaligned.dcm",
            "Frames of 35 pixels: each but the first starts inside a byte.",
            "BINARY",
            (LabelLayer(binary, {1: 1}),),
            plain(1),
            rotation(10, 20, 30),
        ),
        Golden(
            "binary-overlapping-empty.dcm",
            "Segments 1 and 3 overlap, segment 2 between them is empty, empty frames are left out.",
            "BINARY",
            (LabelLayer(one, {1: 1}), LabelLayer(two, {1: 3})),
            plain(1, 2, 3),
        ),
        Golden(
            "binary-all-frames.dcm",
            "Every frame is stored, also the empty ones.",
            "BINARY",
            (LabelLayer(one, {1: 1}), LabelLayer(two, {1: 3})),
            plain(1, 2, 3),
            keep=True,
        ),
        Golden(
            "labelmap-8.dcm",
            "8 bits, Segment Numbers with gaps, one of them without a pixel.",
            "LABELMAP",
            (LabelLayer(labels, {1: 1, 2: 2, 7: 7, 200: 200}),),
            plain(1, 2, 7, 9, 200),
        ),
        Golden(
            "labelmap-16.dcm",
            "16 bits, Segment Numbers up to 65535, an odd number of pixels.",
            "LABELMAP",
            (LabelLayer(wide, {1: 1, 255: 255, 256: 256, 40000: 40000, 65535: 65535}),),
            plain(1, 255, 256, 40000, 65535),
            rotation(90, 0, 0),
        ),
        Golden(
            "labelmap-words.dcm",
            "All that a segment can say, beyond ASCII; what no attribute holds is in private elements.",
            "LABELMAP",
            (LabelLayer(told, {10: 1, 20: 2}),),
            said,
        ),
    ]


def write(golden: Golden, path: Path) -> None:
    """Write a golden file with fixed UIDs and time."""
    # Its own implementation's version is in the file, so that later versions' files differ.
    options = WriteOptions(
        segmentation_type=golden.kind,
        keep_empty_frames=golden.keep,
        series_instance_uid="1.2.826.0.1.5",
        sop_instance_uid="1.2.826.0.1.6",
        content_date_time=datetime(2024, 1, 2, 3, 4, 5, 600),
    )
    sources = sources_of(golden)
    write_segmentation(
        path, LayeredSegmentation(sources.planes, golden.segments, golden.layers), sources, options
    )


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    manifest_path, arrays_path = FOLDER / "manifest.json", FOLDER / "arrays.npz"
    manifest = json.loads(manifest_path.read_text(encoding="utf-8")) if manifest_path.exists() else {}
    arrays = dict(np.load(arrays_path)) if arrays_path.exists() else {}
    for golden in goldens():
        if golden.name in manifest:
            continue
        path = FOLDER / golden.name
        write(golden, path)
        masks = {}
        for segment in golden.segments:
            mask = np.zeros(golden.layers[0].pixels.shape, bool)
            for layer in golden.layers:
                for value, number in layer.segments.items():
                    if number == segment.number:
                        mask |= layer.pixels == value
            masks[segment.number] = mask
        arrays[golden.name] = np.packbits(np.stack(list(masks.values())))
        seg = pydicom.dcmread(path)
        manifest[golden.name] = {
            "why": golden.why,
            "written_by": f"dicomsegcodec {__version__}",
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "type": golden.kind,
            "frames": seg.NumberOfFrames,
            "bits": seg.BitsAllocated,
            "shape": list(golden.layers[0].pixels.shape),
            "positions": list(sources_of(golden).planes.positions),
            "segments": {str(s.number): s.label for s in golden.segments},
        }
    manifest_path.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    np.savez_compressed(arrays_path, **arrays)


if __name__ == "__main__":
    main()
