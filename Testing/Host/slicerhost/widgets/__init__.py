"""Stand-ins for the CTK and qMRML widgets, each with the members of its header and no others."""

from . import ctkwidgets, nodecombobox, qmrmlwidgets


def _widgets(module, prefixes: tuple[str, ...]) -> dict[str, type]:
    return {name: value for name, value in vars(module).items() if name.startswith(prefixes)}


CTK_WIDGETS = _widgets(ctkwidgets, ("ctk",))
SLICER_WIDGETS = _widgets(nodecombobox, ("qMRML",)) | _widgets(qmrmlwidgets, ("qMRML", "qSlicer"))
