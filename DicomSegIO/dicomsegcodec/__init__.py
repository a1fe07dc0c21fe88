"""Segmentations to and from DICOM: the embedded codec library of DicomSegIO."""
