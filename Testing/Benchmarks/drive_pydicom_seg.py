"""One task done by pydicom-seg, which writes and reads BINARY without compression."""

import json
import os
import sys
from importlib import metadata

import numpy as np
import pydicom
import pydicom_seg
import SimpleITK

from . import workloads
from .images import origin_mm
from .measure import Watch, say_exact


def write(spec: dict) -> None:
    folder = spec["workload"]
    labels = SimpleITK.ReadImage(f"{folder}/labels.nrrd")
    images = workloads.load_images(folder)
    template = pydicom_seg.template.from_dcmqi_metainfo(f"{folder}/coding.json")
    with Watch(spec) as watch:
        writer = pydicom_seg.MultiClassWriter(template, skip_empty_slices=not spec["all_frames"])
        dataset = writer.write(labels, images)
        watch.lap("construct")
        dataset.save_as(spec["file"])
        watch.lap("save")
    watch.report(version=_version(), frames=int(dataset.NumberOfFrames), bytes=os.path.getsize(spec["file"]))


def read(spec: dict) -> None:
    with Watch(spec) as watch:
        dataset = pydicom.dcmread(spec["file"])
        watch.lap("open")
        result = pydicom_seg.MultiClassReader().read(dataset)
        watch.lap("pixels")
    watch.report(result=result.data, version=_version(), bytes=os.path.getsize(spec["file"]))
    if spec.get("check"):
        expected = workloads.load_array(spec["workload"])
        first = round((result.origin[2] - origin_mm(expected.shape)[2]) / result.spacing[2])
        whole = np.zeros_like(expected)
        whole[first : first + len(result.data)] = result.data
        say_exact(np.array_equal(whole, expected))


def _version() -> str:
    return metadata.version("pydicom-seg")


def main(text: str) -> None:
    spec = json.loads(text)
    {"write": write, "read": read}[spec["task"]](spec)


if __name__ == "__main__":
    main(sys.argv[1])
