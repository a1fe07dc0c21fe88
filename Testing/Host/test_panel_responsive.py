"""While many segments are exported or looked at, Qt has its turn again and again."""

import time

import numpy as np
import pydicom
import pytest

import scenes
import slicerhost

LONGEST_PAUSE = 0.2
ATTEMPTS = 4  # other programs on the machine make pauses too; ours would be there each time


class Heartbeat:
    """A QTimer that notes how long Qt had to wait for its turn."""

    def __init__(self):
        import qt

        self._timer = qt.QTimer()
        self._timer.setInterval(5)
        self._timer.connect("timeout()", self._beat)

    def __enter__(self):
        self.longest = 0.0
        self.beats = 0
        self._last = time.perf_counter()
        self._timer.start()
        return self

    def __exit__(self, *_):
        self._beat()
        self._timer.stop()

    def _beat(self):
        now = time.perf_counter()
        self.longest = max(self.longest, now - self._last)
        self._last = now
        self.beats += 1


@pytest.fixture
def many(slicer, tmp_path):
    """A label map of 104 segments, 160 x 160 x 60 voxels, and its CT in the database."""
    from test_panel_screenshots import _write_series

    folder = tmp_path / "ct"
    folder.mkdir()
    files = _write_series(folder, (60, 160, 160))
    for file in files:
        slicer.dicomDatabase.insert(str(file))
    volume = scenes.load_volume(files)
    labels = np.zeros((60, 160, 160), np.uint8)
    for number in range(104):
        z, y, x = 4 + 13 * (number // 26), 10 + 15 * (number % 26 // 3), 10 + 50 * (number % 3)
        labels[z : z + 9, y : y + 12, x : x + 40] = number + 1
    return scenes.add_label_map(volume, labels, [f"segment_{number}" for number in range(104)])


@pytest.mark.parametrize("kind", ["Binary", "Label map"])
def test_an_export_of_104_segments_never_stops_the_panel(many, panel, tmp_path, kind):
    panel.choose_type(kind)
    panel.choose_output(tmp_path / "seg.dcm")
    assert panel.blocking == []
    panel.ui.addToDatabaseCheckBox.checked = False  # the host's database parses what Slicer's only indexes
    pauses = []
    while not pauses or (pauses[-1] >= LONGEST_PAUSE and len(pauses) < ATTEMPTS):
        (tmp_path / "seg.dcm").unlink(missing_ok=True)
        with Heartbeat() as heart:
            panel.ui.exportButton.click()
        pauses.append(heart.longest)
    assert pydicom.dcmread(tmp_path / "seg.dcm", stop_before_pixels=True).NumberOfFrames > 30
    assert min(pauses) < LONGEST_PAUSE


def test_counting_voxels_and_sizes_never_stops_the_panel(many, panel):
    image = many.GetSegmentation().GetNthSegment(0).GetRepresentation("Binary labelmap")
    image.Modified()
    many.Modified()
    panel.widget._updateTimer.stop()
    section = panel.widget._exportSection
    section.segments.update(panel.widget._parameterNode, [])
    with Heartbeat() as heart:
        slicerhost.wait_until(lambda: not section.isBusy)
    assert heart.longest < LONGEST_PAUSE


def test_after_cancel_nothing_is_left(slicer, many, panel, tmp_path, slow_codec, monkeypatch):
    row = panel.widget._progressRow
    shown = row.report

    def report(fraction, stage):
        if fraction > 0:
            panel.ui.cancelButton.click()
        return shown(fraction, stage)

    monkeypatch.setattr(row, "report", report)
    out = tmp_path / "out"
    out.mkdir()
    panel.choose_output(out / "seg.dcm")
    nodes = slicer.mrmlScene.GetNumberOfNodes()
    panel.export()
    assert "ancelled" in panel.export_status
    assert list(out.iterdir()) == []
    assert slicer.mrmlScene.GetNumberOfNodes() == nodes
