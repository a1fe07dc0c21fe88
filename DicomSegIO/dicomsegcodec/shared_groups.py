"""What is the same for all frames: Shared Functional Groups, PS3.3 C.7.6.16.1.1, and what replaces them."""

from typing import Any

from pydicom.dataset import Dataset


def shared_value(dataset: Dataset, sequence: str, keyword: str) -> Any:
    """Return the value of an attribute of the Shared Functional Groups, None where it is absent or empty."""
    for groups in dataset.get("SharedFunctionalGroupsSequence") or ():
        for item in groups.get(sequence) or ():
            value = _value(item, keyword)
            if value is not None:
                return value
    return None


def own_value(dataset: Dataset, keyword: str) -> Any:
    """Return the value of an attribute of the object itself, as single-frame images have it."""
    return _value(dataset, keyword)


def _value(dataset: Dataset, keyword: str) -> Any:
    """Return a value; None where it is absent or empty."""
    if keyword not in dataset or not dataset[keyword].VM:
        return None
    return dataset[keyword].value


def decimal_text(value: Any) -> str:
    """Return a value of one or several numbers as the text of a decimal string; empty for None."""
    if value is None:
        return ""
    if hasattr(value, "__iter__") and not isinstance(value, str):
        return "\\".join(str(v) for v in value)
    return str(value)
