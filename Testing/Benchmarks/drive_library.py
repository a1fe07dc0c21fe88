"""One task done by dicomsegcodec or by highdicom: the same calls, only the import differs.

    python -m Benchmarks.drive_library '{"library": "highdicom", "task": "write", …}'

Times begin with the array and the headers of the source images in memory and end with the file closed, or
they begin with the name of the file and end with the array. Import is not in them. Nothing is warmed up.
"""

import json
import os
import sys
from importlib import import_module, metadata
from typing import Any

import numpy as np

from . import workloads
from .images import origin_mm
from .measure import Watch, say_exact

SYNTAXES = {
    "explicit": "1.2.840.10008.1.2.1",
    "deflated": "1.2.840.10008.1.2.1.99",
    "rle": "1.2.840.10008.1.2.5",
    "jpeg-ls": "1.2.840.10008.1.2.4.80",
    "jpeg-2000": "1.2.840.10008.1.2.4.90",
    "deflated-frames": "1.2.840.10008.1.2.8.1",
}


def write(hd: Any, spec: dict) -> None:
    array, images = workloads.load_array(spec["workload"]), workloads.load_images(spec["workload"])
    keywords = _described(hd, spec)
    if array.ndim == 2:
        array = array[None]
        keywords |= {
            "tile_pixel_array": True,
            "tile_size": (512, 512),
            "dimension_organization_type": spec["tiles"],
        }
    with Watch(spec) as watch:
        seg = hd.seg.Segmentation(images, array, **keywords, sop_instance_uid=hd.UID(), instance_number=1)
        watch.lap("construct")
        seg.save_as(spec["file"])
        watch.lap("save")
    watch.report(**_about(spec), frames=int(seg.NumberOfFrames), bytes=os.path.getsize(spec["file"]))


def pyramid(hd: Any, spec: dict) -> None:
    """Write a slide in four resolutions, FILE with -0 to -3 before its suffix."""
    array, images = workloads.load_array(spec["workload"]), workloads.load_images(spec["workload"])
    stem, suffix = os.path.splitext(spec["file"])
    keywords = _described(hd, spec) | {"dimension_organization_type": spec["tiles"]}
    size = 0
    with Watch(spec) as watch:
        levels = hd.seg.create_segmentation_pyramid(
            images, [array], downsample_factors=[4, 16, 64], **keywords
        )
        watch.lap("construct")
        for number, level in enumerate(levels):
            level.save_as(f"{stem}-{number}{suffix}")
            size += os.path.getsize(f"{stem}-{number}{suffix}")
        watch.lap("save")
    watch.report(**_about(spec), bytes=size)
    # Labels are sampled, and which pixel of a square is nobody's rule; the first level is the array.
    if spec.get("check"):
        first = hd.seg.segread(f"{stem}-0{suffix}").get_total_pixel_matrix(combine_segments=True)
        say_exact(np.array_equal(first, array))


def read(hd: Any, spec: dict) -> None:
    with Watch(spec) as watch:
        seg = hd.seg.segread(spec["file"], **_reading(spec))
        watch.lap("open")
        if "TotalPixelMatrixRows" in seg:
            result = seg.get_total_pixel_matrix(combine_segments=True)
        elif spec["labels"]:
            result = seg.get_volume(combine_segments=True)
        else:
            result = seg.get_volume()
        watch.lap("pixels")
    array = getattr(result, "array", result)
    watch.report(result=array, **_about(spec), bytes=os.path.getsize(spec["file"]))
    if spec.get("check"):
        affine = getattr(result, "affine", None)
        say_exact(
            _same(array, spec) if affine is None else _same_volume(array, affine[2, 3], affine[2, 0], spec)
        )


def open_only(hd: Any, spec: dict) -> None:
    """Read what is known without pixels: all segments, all frames' places."""
    with Watch(spec) as watch:
        seg = hd.seg.segread(spec["file"], **_reading(spec))
    watch.report(**_about(spec), frames=int(seg.NumberOfFrames), bytes=os.path.getsize(spec["file"]))
    if spec.get("check"):
        say_exact(seg.number_of_segments == workloads.about(spec["workload"])["segments"])


def region(hd: Any, spec: dict) -> None:
    first, last = spec["region"]
    with Watch(spec) as watch:
        seg = hd.seg.segread(spec["file"], **_reading(spec))
        watch.lap("open")
        array = seg.get_total_pixel_matrix(
            row_start=first + 1,
            row_end=last + 1,
            column_start=first + 1,
            column_end=last + 1,
            combine_segments=True,
        )
        watch.lap("pixels")
    watch.report(result=array, **_about(spec))
    if spec.get("check"):
        whole = np.load(f"{spec['workload']}/array.npy", mmap_mode="r")
        say_exact(np.array_equal(array, whole[first:last, first:last]))


def compare(_hd: Any, spec: dict) -> None:
    """Compare a label volume that a command wrote with the workload."""
    import SimpleITK

    image = SimpleITK.ReadImage(spec["file"])
    step = image.GetDirection()[8] * image.GetSpacing()[2]
    say_exact(_same_volume(SimpleITK.GetArrayFromImage(image), image.GetOrigin()[2], step, spec))


def _described(hd: Any, spec: dict) -> dict:
    """Return the keywords that say what is written and what is said about it."""
    code = hd.sr.CodedConcept("123037004", "SCT", "Anatomical Structure")
    algorithm = hd.AlgorithmIdentificationSequence(
        name="bench",
        version="1",
        family=hd.sr.CodedConcept("123110", "DCM", "Artificial Intelligence"),
    )
    descriptions = [
        hd.seg.SegmentDescription(
            segment_number=number,
            segment_label=workloads.segment_label(number),
            segmented_property_category=code,
            segmented_property_type=code,
            algorithm_type="AUTOMATIC",
            algorithm_identification=algorithm,
        )
        for number in range(1, workloads.about(spec["workload"])["segments"] + 1)
    ]
    return {
        "segmentation_type": spec["type"],
        "segment_descriptions": descriptions,
        "series_instance_uid": hd.UID(),
        "series_number": 300,
        "manufacturer": "Bench",
        "manufacturer_model_name": "Bench",
        "software_versions": "1",
        "device_serial_number": "1",
        "transfer_syntax_uid": SYNTAXES[spec["syntax"]],
        "omit_empty_frames": not spec["all_frames"],
        "workers": spec["workers"],
    }


def _reading(spec: dict) -> dict:
    """highdicom reads all pixels when it opens a file unless told not to; dicomsegcodec never does."""
    return {"lazy_frame_retrieval": True} if spec["library"] == "highdicom" and spec["lazy"] else {}


def _about(spec: dict) -> dict:
    ours = spec["library"] == "dicomsegcodec"  # which need not be installed
    return {
        "version": import_module(spec["library"]).__version__ if ours else metadata.version(spec["library"])
    }


def _same_volume(array: np.ndarray, start_mm: float, step_mm: float, spec: dict) -> bool:
    """Compare a volume that may lack empty slices at its ends, or have its slices downwards."""
    if step_mm < 0:
        array, start_mm = array[::-1], start_mm + (len(array) - 1) * step_mm
    shape = tuple(workloads.about(spec["workload"])["shape"])
    first = round((start_mm - origin_mm(shape)[2]) / abs(step_mm))
    whole = np.zeros((shape[0], *array.shape[1:]), array.dtype)
    if not 0 <= first <= shape[0] - len(array):
        return False
    whole[first : first + len(array)] = array
    return _same(whole, spec)


def _same(array: np.ndarray, spec: dict) -> bool:
    expected = workloads.load_array(spec["workload"])
    if expected.dtype.kind == "f":
        # Stored in 255 steps.
        return array.shape == expected.shape and float(np.abs(array - expected).max()) <= 0.501 / 255
    return np.array_equal(array, expected)


TASKS = {
    "write": write,
    "pyramid": pyramid,
    "read": read,
    "open": open_only,
    "region": region,
    "compare": compare,
}


def main(text: str) -> None:
    spec = json.loads(text)
    hd = import_module(spec["library"])
    for part in ("seg", "sr"):
        import_module(f"{spec['library']}.{part}")
    TASKS[spec["task"]](hd, spec)


if __name__ == "__main__":
    main(sys.argv[1])
