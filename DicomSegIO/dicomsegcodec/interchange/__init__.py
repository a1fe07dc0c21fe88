"""Segmentations and their coding in other programs' files: dcmqi JSON, label volumes, Slicer's .seg.nrrd."""
