"""Fractions as segments: voxels from a threshold on."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from dicomsegcodec.layers import LayeredSegmentation


def thresholded(layered: "LayeredSegmentation", threshold: float) -> "LayeredSegmentation":
    """Return a segmentation whose segments have the voxels of at least a fraction.

    Parameters
    ----------
    threshold : float
        0 to 1; of 0, voxels with any fraction.

    Raises
    ------
    ArgumentError
        The threshold is not from 0 to 1.
    """
    from dataclasses import replace

    from dicomsegcodec.errors import ArgumentError
    from dicomsegcodec.layers import LabelLayer
    from dicomsegcodec.samples import SampleFormat

    if not 0 <= threshold <= 1:
        raise ArgumentError(f"The threshold is {threshold:g}; it must be from 0 to 1.")
    dtype = SampleFormat.holding(max((segment.number for segment in layered.segments), default=0)).dtype
    found: list[tuple[np.ndarray, dict[int, int], tuple[int, int, int]]] = []
    for fraction in layered.fractions:
        # Stored fractions are 32-bit numbers; one that was written as the threshold is at it.
        least = np.float32(threshold) if threshold else np.nextafter(np.float32(0), np.float32(1))
        mask = np.asarray(fraction.pixels) >= least
        home = next(
            (
                (pixels, held)
                for pixels, held, origin in found
                if origin == fraction.origin and pixels.shape == mask.shape and not pixels[mask].any()
            ),
            None,
        )
        if home is None:
            home = np.zeros(mask.shape, dtype), {}
            found.append((*home, fraction.origin))
        pixels, held = home
        pixels[mask] = fraction.segment
        held[fraction.segment] = fraction.segment
    layers: list[LabelLayer] = [LabelLayer(pixels, held, origin) for pixels, held, origin in found]
    return replace(layered, layers=tuple(layers), fractions=())
