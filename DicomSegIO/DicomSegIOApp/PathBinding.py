"""ctkPathLineEdits bound to text parameters, which Slicer's parameter node wrapper does not do.

It binds them to `pathlib.Path`, but an empty Path would be shown as ".".
"""

from functools import partial
from typing import Any


class PathBinding:
    """Keeps path edits and the parameters they belong to the same."""

    def __init__(self, pathEdits: dict[str, Any]) -> None:
        self._pathEdits = pathEdits  # by parameter name
        self._parameters = None
        for name, pathEdit in pathEdits.items():
            # A cleared path is announced by the second signal only.
            pathEdit.connect("currentPathChanged(QString)", partial(self._onPathChanged, name))
            pathEdit.connect("validInputChanged(bool)", partial(self._onPathChanged, name))

    def show(self, parameters: Any) -> None:
        """Show these parameters; what is typed from now on goes to them, or nowhere when None."""
        self._parameters = parameters
        for name, pathEdit in self._pathEdits.items():
            if parameters and pathEdit.currentPath != getattr(parameters, name):
                pathEdit.currentPath = getattr(parameters, name)

    def _onPathChanged(self, name: str, *unused: Any) -> None:
        if self._parameters:
            setattr(self._parameters, name, self._pathEdits[name].currentPath)
