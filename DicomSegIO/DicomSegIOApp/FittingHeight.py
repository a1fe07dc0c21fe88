"""Lists and trees that are as high as what is in them, up to a limit."""

from typing import Any

_MOST_PIXELS = 220  # more is scrolled: the panel has other things to show


def fitHeight(view: Any) -> None:
    """Give a list or a tree the height of its rows, with text wrapped at the width that the view has."""
    view.setFixedHeight(_MOST_PIXELS)  # without a scroll bar, which would make the rows narrower
    view.parent().layout().activate()  # a view that was hidden has an outdated width
    view.doItemsLayout()
    model = view.model()
    rows = view.visualRect(model.index(model.rowCount() - 1, 0)).bottom() + 1
    around = view.height - view.viewport().height  # the frame, and a tree's header
    view.setFixedHeight(min(rows + around, _MOST_PIXELS))
