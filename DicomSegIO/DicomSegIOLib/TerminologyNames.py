"""Names of segments in the terminologies that Slicer has loaded."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import slicer

from .NameTable import NamedCodes, wordsOf

if TYPE_CHECKING:
    from dicomsegcodec.segments import Code

_SIDES = ("left", "right")


class TerminologyNames:
    """Types of terminologies by what they are called; looked through once, when a name is first asked for.

    Parameters
    ----------
    logic : vtkSlicerTerminologiesModuleLogic, optional
        Without it, nothing is found.
    """

    def __init__(self, logic: Any = None) -> None:
        self._logic = logic
        self._types: dict[tuple[str, ...], tuple[str, Any, Any]] | None = None

    def find(self, words: tuple[str, ...]) -> NamedCodes | None:
        """Return the type with this name, or the one with this name without its side, if it has such sides.

        Parameters
        ----------
        words : tuple of str
            As of `wordsOf`.
        """
        if self._logic is None or not words:
            return None
        if self._types is None:
            self._types = {}
            for name, found in self._all():
                self._types.setdefault(name, found)
        if words in self._types:
            _, category, kind = self._types[words]
            return NamedCodes(kind.GetCodeMeaning(), _codeOf(category), _codeOf(kind))
        side = next((side for side in _SIDES if side in words), "")
        rest = tuple(word for word in words if word != side)
        if not side or rest not in self._types:
            return None
        context, category, kind = self._types[rest]
        modifier = self._side(context, category, kind, side)
        if modifier is None:
            return None
        return NamedCodes(kind.GetCodeMeaning(), _codeOf(category), _codeOf(kind), modifier)

    def _all(self) -> Iterator[tuple[tuple[str, ...], tuple[str, Any, Any]]]:
        """Yield the words of each type, and its context, category and itself."""
        contexts: list[str] = []
        self._logic.GetLoadedTerminologyNames(contexts)
        for context in contexts:
            for n in range(self._logic.GetNumberOfCategoriesInTerminology(context)):
                category = slicer.vtkSlicerTerminologyCategory()
                self._logic.GetNthCategoryInTerminology(context, n, category)
                for m in range(self._logic.GetNumberOfTypesInTerminologyCategory(context, category)):
                    kind = slicer.vtkSlicerTerminologyType()
                    self._logic.GetNthTypeInTerminologyCategory(context, category, m, kind)
                    yield wordsOf(kind.GetCodeMeaning() or ""), (context, category, kind)

    def _side(self, context: str, category: Any, kind: Any, side: str) -> "Code | None":
        if not kind.GetHasModifiers():  # VTK reports an error where it is asked for them
            return None
        modifier = slicer.vtkSlicerTerminologyType()
        for n in range(self._logic.GetNumberOfTypeModifiersInTerminologyType(context, category, kind)):
            self._logic.GetNthTypeModifierInTerminologyType(context, category, kind, n, modifier)
            if wordsOf(modifier.GetCodeMeaning() or "") == (side,):
                return _codeOf(modifier)
        return None


def _codeOf(item: Any) -> "Code":
    from dicomsegcodec.segments import Code

    return Code(item.GetCodeValue(), item.GetCodingSchemeDesignator(), item.GetCodeMeaning())
