"""dcmqi's JSON against dcmqi itself: it takes what we write, and we take what it writes."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dicomsegcodec.cli import main
from dicomsegcodec.color import rgb_to_cielab
from dicomsegcodec.geometry import Geometry
from dicomsegcodec.interchange.dcmqi_json import SegmentCoding, SeriesAttributes, read_coding, write_coding
from dicomsegcodec.interchange.label_volumes import LabelVolume, read_label_volume, write_label_volumes
from dicomsegcodec.read import open_segmentation
from dicomsegcodec.segments import Algorithm, Code, Region, Segment
from dicomsegcodec.sources import read_sources
from series import write_series

LIVER = Segment(
    number=1,
    label="Liver",
    category=Code("123037004", "SCT", "Anatomical Structure"),
    type=Code("10200004", "SCT", "Liver"),
    type_modifiers=(Code("7771000", "SCT", "Left"),),
    regions=(Region(Code("113345001", "SCT", "Abdomen"), (Code("24028007", "SCT", "Right"),)),),
    algorithm=Algorithm("AUTOMATIC", "net"),
    cielab=(43803, 26565, 37722),
    tracking_id="lesion 1",
    tracking_uid="1.2.3",
    description="all of it",
)
SPLEEN = Segment(
    number=2,
    label="Spleen",
    category=Code("123037004", "SCT", "Anatomical Structure"),
    type=Code("78961009", "SCT", "Spleen"),
    cielab=(32000, 33000, 34000),
    description="some",
)


def program(name: str) -> str:
    """Return the path of one of dcmqi's programs."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        if os.environ.get("DICOMSEGIO_REQUIRE_ALL"):
            pytest.fail(f"dcmqi's {name} is not installed")
        pytest.skip(f"dcmqi's {name} is not installed")
    return found


def run(*arguments: str) -> None:
    done = subprocess.run(arguments, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def labels(tmp_path: Path) -> np.ndarray:
    """Return labels 1 and 2, which lie in `labels.nrrd` beside their images in `ct`."""
    write_series(tmp_path / "ct", shape=(4, 12, 10))
    geometry = Geometry.of(read_sources(tmp_path / "ct").planes)
    pixels = np.zeros(geometry.shape, np.uint8)
    pixels[0:3, 2:6, 3:9], pixels[2:4, 7:11, 1:5] = 1, 2
    write_label_volumes(tmp_path / "labels.nrrd", [LabelVolume(pixels, (1, 2))], geometry)
    return pixels


def test_dcmqi_takes_our_json(labels: np.ndarray, tmp_path: Path) -> None:
    series = SeriesAttributes(
        series_description="Ours", series_number=42, instance_number=3, content_creator_name="Doe^Jane"
    )
    coding = SegmentCoding(volumes=((LIVER, SPLEEN),), file_names=("labels.nrrd",), series=series)
    write_coding(tmp_path / "meta.json", coding)
    run(
        program("itkimage2segimage"),
        *("--inputMetadata", str(tmp_path / "meta.json"), "--inputImageList", str(tmp_path / "labels.nrrd")),
        *("--inputDICOMDirectory", str(tmp_path / "ct"), "--outputDICOM", str(tmp_path / "seg.dcm")),
    )
    stored = open_segmentation(tmp_path / "seg.dcm")
    liver, spleen = stored.segments
    assert liver == LIVER
    # dcmqi reads the colour's 256 steps only.
    assert replace(spleen, cielab=None) == replace(SPLEEN, cielab=None)
    assert (stored.dataset.SeriesDescription, stored.dataset.SeriesNumber) == ("Ours", 42)


def test_we_take_the_json_and_volumes_of_dcmqi(labels: np.ndarray, tmp_path: Path) -> None:
    def encode(output: str, coding: Path, *files: Path) -> None:
        arguments = ["encode", "--source", str(tmp_path / "ct"), "--coding", str(coding), "-q"]
        assert main([*arguments, "-o", str(tmp_path / output), "--labels", *map(str, files)]) == 0

    write_coding(tmp_path / "meta.json", SegmentCoding(volumes=((LIVER, SPLEEN),)))
    encode("seg.dcm", tmp_path / "meta.json", tmp_path / "labels.nrrd")
    out = tmp_path / "dcmqi"
    out.mkdir()
    seg = str(tmp_path / "seg.dcm")
    run(program("segimage2itkimage"), "--inputDICOM", seg, "--outputDirectory", str(out), "-t", "nii")
    coding, findings = read_coding(out / "meta.json")
    assert findings == []
    # Of a segment dcmqi tells neither what modifies its region nor more of its colour than 256 steps.
    ((liver,), (spleen,)) = coding.volumes
    assert (liver.number, liver.label, liver.type) == (1, "Liver", LIVER.type)
    assert liver.cielab == rgb_to_cielab([128 / 255, 174 / 255, 128 / 255])
    assert (spleen.number, spleen.label, spleen.type) == (2, "Spleen", SPLEEN.type)
    encode("again.dcm", out / "meta.json", out / "1.nii.gz", out / "2.nii.gz")
    assert main(["decode", str(tmp_path / "again.dcm"), "-o", str(tmp_path / "again.nrrd"), "-q"]) == 0
    layer, _ = read_label_volume(tmp_path / "again.nrrd")
    assert np.array_equal(layer.pixels, labels)
