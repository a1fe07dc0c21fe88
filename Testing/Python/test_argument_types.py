"""Arguments of types that they cannot have are refused by an error of ours, which names them."""

import datetime
import inspect
from collections.abc import Callable, Mapping

import numpy as np
import pytest
from pydicom.dataset import Dataset

import dicomsegcodec as hd
from dicomsegcodec.errors import SegError
from objects import describe
from test_promises_refused import described, of_images, of_levels, of_slide

STRANGE = (
    *(None, -1, 1.5, float("nan"), True, "", "a\\b", b"x", (), [1], ["a"], {}, object(), Dataset()),
    *([Dataset()], np.zeros(3), np.int64(3), 10**12, [None], (1, 2, 3), "x" * 100, hd.UID),
    *(describe([1])[0], datetime.date(2020, 1, 1)),
)
CALLS: dict[str, tuple[Callable[..., object], Callable[[], Mapping[str, object]]]] = {
    "segmentation of images": (hd.seg.Segmentation, of_images()),
    "segmentation of a slide": (hd.seg.Segmentation, of_slide()),
    "pyramid": (hd.seg.create_segmentation_pyramid, of_levels()),
    "description": (hd.seg.SegmentDescription, described()),
}


def parameters() -> list[tuple[str, str]]:
    return [
        (call, name)
        for call, (function, _arguments) in CALLS.items()
        for name in inspect.signature(function).parameters
        if name not in ("self", "keywords")
    ]


@pytest.mark.filterwarnings("ignore:workers is not used:UserWarning")
@pytest.mark.parametrize(("call", "name"), parameters())
def test_a_strange_value_is_taken_or_refused_by_an_error_of_ours(call: str, name: str) -> None:
    function, arguments = CALLS[call]
    refused = 0
    for value in STRANGE:
        given = {**arguments(), name: value}
        try:
            function(**given)
        except SegError as error:
            refused += 1
            assert str(error).endswith(".")
    assert refused > len(STRANGE) / 4


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"series_number": "7"}, "series_number is of type str; give a whole number"),
        ({"series_number": True}, "series_number is of type bool"),
        ({"manufacturer": None}, "manufacturer is of type NoneType; give a text"),
        ({"software_versions": ["1", 2]}, "software_versions is of type list with int, str in it"),
        ({"plane_positions": []}, "0 plane positions"),
        ({"plane_positions": [[1, 2, 3]]}, "plane_positions is of type list with list in it"),
        ({"omit_empty_frames": "no"}, "omit_empty_frames is of type str; give True or False"),
    ],
)
def test_the_message_tells_what_was_found_and_what_is_taken(arguments: dict, words: str) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        hd.seg.Segmentation(**of_images(**arguments)())


def test_positions_and_numpy_s_numbers_are_as_good_as_keywords_and_python_s() -> None:
    given = of_images(series_number=np.int16(7), omit_empty_frames=np.True_)()
    seg = hd.seg.Segmentation(*list(given.values())[:12], omit_empty_frames=given["omit_empty_frames"])
    assert seg.SeriesNumber == 7
    with pytest.raises(TypeError, match="source_images is of type str"):
        hd.seg.Segmentation("images", *list(given.values())[1:12])
