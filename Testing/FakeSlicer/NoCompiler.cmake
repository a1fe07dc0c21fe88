# A toolchain for machines without a compiler. project() asks for C and C++ because Slicer's own configuration
# needs them; a Python extension compiles nothing, so the stand-in is told that a compiler is there and works.

foreach(language C CXX)
  set(CMAKE_${language}_COMPILER "${CMAKE_COMMAND}")
  set(CMAKE_${language}_COMPILER_FORCED TRUE)
  set(CMAKE_${language}_COMPILER_ID_RUN TRUE)
endforeach()
