"""pydicom's checks are off while a file is read, and on again whoever leaves last."""

import threading
import warnings

import pytest
from pydicom import config
from pydicom.dataset import Dataset

from dicomsegcodec.errors import ArgumentError, ReadError, SourceError
from dicomsegcodec.lenient import any_value, reading


def modes() -> tuple[int, int]:
    return config.settings.reading_validation_mode, config.settings.writing_validation_mode


def set_invalid_uid() -> None:
    Dataset().StudyInstanceUID = "no uid"


def test_values_are_taken_as_they_are_inside_and_checked_outside() -> None:
    before = modes()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with any_value(), any_value():
            set_invalid_uid()
        assert modes() == before
        with pytest.raises(UserWarning, match="Invalid value"):
            set_invalid_uid()


def test_threads_that_leave_in_the_order_in_which_they_came_leave_the_checks_on() -> None:
    before = modes()
    first_in, second_in, first_out = (threading.Event() for _ in range(3))

    def first() -> None:
        with any_value():
            first_in.set()
            second_in.wait(10)
        first_out.set()

    def second() -> None:
        first_in.wait(10)
        with any_value():
            second_in.set()
            first_out.wait(10)
            set_invalid_uid()  # still without a warning, which would be an error here

    threads = [threading.Thread(target=work) for work in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert first_out.is_set()
    assert modes() == before


def test_the_checks_are_on_again_after_an_exception() -> None:
    before = modes()
    with pytest.raises(KeyboardInterrupt), any_value():
        raise KeyboardInterrupt
    assert modes() == before


@pytest.mark.parametrize("error", [ValueError, TypeError, KeyError, IndexError, NotImplementedError, OSError])
def test_what_cannot_be_read_is_an_error_of_ours_that_tells_what_and_why(error: type[Exception]) -> None:
    words = r"The header cannot be understood .*the reason.* damaged"
    with pytest.raises(ReadError, match=words) as caught, reading("The header"):
        raise error("the reason")
    assert isinstance(caught.value.__cause__, error)
    with pytest.raises(SourceError), reading("An image", SourceError):
        raise error("the reason")


def test_an_error_of_ours_passes_as_it_is() -> None:
    with pytest.raises(ArgumentError, match=r"^mine$"), reading("The header"):
        raise ArgumentError("mine")
