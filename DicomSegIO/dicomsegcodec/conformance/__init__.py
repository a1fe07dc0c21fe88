"""Whether an object is a segmentation as the standard has it, PS3.3 A.51, and safe to read.

A rule is a function that takes the object apart from the others and yields findings; each file holds those of
one subject. A new rule is such a function in the `RULES` of its file, a new subject a file in `SUBJECTS`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from pydicom.dataset import Dataset

from ..errors import Cancelled, SegError
from ..file_objects import Source
from ..findings import Finding, Progress, Severity
from ..lenient import any_value, reading
from . import (
    attributes,
    codes,
    dimensions,
    encapsulation,
    encoding,
    file_meta,
    functional_groups,
    geometry,
    image,
    labels,
    pixel_bytes,
    references,
    segments,
    tiling,
)
from .examined import Examined
from .opening import examine
from .samples import check_samples
from .wording import error

Rule = Callable[[Examined], Iterator[Finding]]

SUBJECTS: Mapping[str, Sequence[Rule]] = {
    # The first one: values are decoded where they are, and it looks at them as they are stored.
    "encoding": encoding.RULES,
    "file meta information": file_meta.RULES,
    "attributes": attributes.RULES,
    "image": image.RULES,
    "segments": segments.RULES,
    "labels": labels.RULES,
    "codes": codes.RULES,
    "functional groups": functional_groups.RULES,
    "dimensions": dimensions.RULES,
    "geometry": geometry.RULES,
    "tiling": tiling.RULES,
    "references": references.RULES,
    "pixel bytes": pixel_bytes.RULES,
    "encapsulation": encapsulation.RULES,
}

_ORDER = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


def check(
    source: Source | Dataset, *, pixels: bool = True, progress: Progress | None = None
) -> tuple[Finding, ...]:
    """Return what is wrong with a segmentation, or worth knowing, whoever wrote it.

    Parameters
    ----------
    source : path, bytes, binary file-like object, or Dataset
        Of a data set, what only a file has (encoding, file meta information) is left out as far as it is not
        there; it is not changed.
    pixels : bool
        Look at the pixels too, frame by frame: labels that nobody describes, fractions above their maximum,
        segments that overlap against the header's word, frames that cannot be decoded.
    progress : callable, optional
        Called with the fraction done of the pixels and the stage; a true answer cancels.

    Returns
    -------
    tuple of Finding
        Errors (the standard is violated, or the object cannot be read safely), warnings (allowed or harmless
        by itself, and misleading to some programs) and notes, each kind in the order of the subjects; empty
        where there is nothing to say. A damaged object gives findings; what depends on the damaged part is
        left out.

    Raises
    ------
    FileMissing, NotDicom, NotSegmentation
        It is no segmentation; also a ValueError or FileNotFoundError where the error is one.
    TruncatedFile, ReadError
        Not even its header can be read.
    Cancelled
    """
    with any_value():
        seg, findings = examine(source)
        for subject, rules in SUBJECTS.items():
            for rule in rules:
                findings.extend(_found(rule, seg, subject))
        if pixels:
            findings.extend(check_samples(seg, progress))
    return tuple(sorted(dict.fromkeys(findings), key=lambda finding: _ORDER.index(finding.severity)))


def _found(rule: Rule, seg: Examined, subject: str) -> list[Finding]:
    """Return the findings of a rule; what it stumbles over is one of them."""
    found: list[Finding] = []
    try:
        with reading(f"What the {subject} say"):
            for finding in rule(seg):
                found.append(finding)
    except Cancelled:
        raise
    except SegError as failure:
        found.append(error(str(failure), "", ""))
    return found
