"""How even a stack of planes has to be."""

from dataclasses import dataclass

import numpy as np

from .errors import ArgumentError, ArgumentTypeError, IrregularPlanes

SPACING_TOLERANCE = 0.01
"""How far, as a part of the distance between planes, a plane may lie from its place in a regular stack."""


@dataclass(frozen=True, slots=True)
class Regularity:
    """How far planes may be from an even stack along their normal.

    Parameters
    ----------
    relative : float
        Largest distance of a plane from its place, as a part of the distance between planes.
    absolute_mm : float, optional
        The same in mm, instead.
    perpendicular : float, optional
        Largest difference from 1 of the cosine between the stack and the normal; any tilt when omitted.
    """

    relative: float = SPACING_TOLERANCE
    absolute_mm: float | None = None
    perpendicular: float | None = None

    @classmethod
    def of(cls, rtol: float | None, atol: float | None, perpendicular_tol: float | None) -> "Regularity":
        """Return what a caller asks for; None is the usual.

        Raises
        ------
        ArgumentTypeError
            Both `rtol` and `atol` are given.
        ArgumentError
            One is negative or no number.
        """
        if rtol is not None and atol is not None:
            raise ArgumentTypeError("Give either rtol or atol.")
        for limit in (rtol, atol, perpendicular_tol):
            if limit is not None and not 0 <= limit < np.inf:
                raise ArgumentError(f"A tolerance of {limit} cannot be; it is 0 or more.")
        return cls(SPACING_TOLERANCE if rtol is None else rtol, atol, perpendicular_tol)

    def limit_mm(self, step_mm: float) -> float:
        """Return how far a plane may lie from its place in a stack of this step."""
        return self.relative * step_mm if self.absolute_mm is None else self.absolute_mm

    def check_tilt(self, step: np.ndarray, normal: np.ndarray) -> None:
        """Refuse a (3,) step that runs too far beside the normal.

        Raises
        ------
        IrregularPlanes
        """
        cosine = abs(float(step @ normal)) / float(np.linalg.norm(step))
        if self.perpendicular is not None and 1 - cosine > self.perpendicular:
            raise IrregularPlanes(
                f"The stack is tilted by {np.degrees(np.arccos(min(1.0, cosine))):.3g} degrees against the "
                "normal of its planes; leave out the tolerance to take it as it is."
            )


USUAL = Regularity()
