# Slicer packages and uploads from here; what would be packaged is what `cmake --install` installs.
