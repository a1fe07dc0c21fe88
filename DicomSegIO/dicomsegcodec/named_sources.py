"""Where an object names its source images, beside its frames: PS3.3 C.12.2 and C.7.6.1.1.4."""

from collections.abc import Iterable

from pydicom.dataset import Dataset

from .segments import Code, code_item
from .sources import SourceImages, SourceInstance


def name_sources(header: Dataset, instances: Iterable[SourceInstance]) -> None:
    """Name source images that no frame refers to; what Referenced Series names must be used, PS3.3 C.12.2."""
    items: dict[str, Dataset] = {}
    for source in instances:
        item = Dataset()
        item.ReferencedSOPClassUID = source.sop_class_uid
        item.ReferencedSOPInstanceUID = source.sop_instance_uid
        purpose = Code("121322", "DCM", "Source image for image processing operation")
        item.PurposeOfReferenceCodeSequence = [code_item(purpose)]
        items[source.sop_instance_uid] = item
    if items:
        header.SourceImageSequence = list(items.values())


def referenced_series(sources: SourceImages) -> list[Dataset]:
    """Return the Referenced Series Sequence: all source images, those of other series too."""
    series: dict[str, list[Dataset]] = {}
    named: set[str] = set()
    for source in (*sources.instances, *sources.further):
        if source.sop_instance_uid in named:
            continue
        named.add(source.sop_instance_uid)
        instance = Dataset()
        instance.ReferencedSOPClassUID = source.sop_class_uid
        instance.ReferencedSOPInstanceUID = source.sop_instance_uid
        series.setdefault(source.series_uid, []).append(instance)
    items = []
    for uid, instances in series.items():
        item = Dataset()
        item.ReferencedInstanceSequence = instances
        item.SeriesInstanceUID = uid
        items.append(item)
    return items
