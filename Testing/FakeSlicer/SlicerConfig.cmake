# Stands in for a Slicer build tree, so that the extension is configured and installed where there is no Slicer:
#   cmake -S . -B build -DSlicer_DIR=<this folder>
# It checks what Slicer checks (files, metadata, keywords) and, beyond it, what the extension catalogue checks.

set(Slicer_USE_FILE "${CMAKE_CURRENT_LIST_DIR}/UseSlicer.cmake")
set(Slicer_EXTENSION_GENERATE_CONFIG "${CMAKE_CURRENT_LIST_DIR}/GenerateConfig.cmake")
set(Slicer_EXTENSION_CPACK "${CMAKE_CURRENT_LIST_DIR}/CPack.cmake")

set(Slicer_INSTALL_QTSCRIPTEDMODULES_LIB_DIR "lib/Slicer/qt-scripted-modules")
set(Slicer_LAUNCHER_EXECUTABLE "Slicer")
