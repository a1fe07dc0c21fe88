"""Observers of one VTK object that end with the widget that made them."""

from collections.abc import Callable, Iterable


class Observers:
    """Observations of at most one object at a time.

    No part of the widget, so that they can be ended when its C++ half is gone.
    """

    def __init__(self):
        self._object = None
        self._tags: list[int] = []

    def start(self, vtk_object, events: Iterable, function: Callable[[], None]) -> None:
        """Call the function, without arguments, at each of the events."""
        self._object = vtk_object
        self._tags = [vtk_object.AddObserver(event, lambda caller, event: function()) for event in events]

    def stop(self) -> None:
        """End the observation, if there is one."""
        for tag in self._tags:
            self._object.RemoveObserver(tag)
        self._object, self._tags = None, []
