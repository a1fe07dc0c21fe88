# The functions of Slicer that a Python extension calls.

include(CTest)

# Install the listed files as Slicer would, or end with the name of the first that is missing.
function(slicerMacroBuildScriptedModule)
  cmake_parse_arguments(PARSE_ARGV 0 module "WITH_GENERIC_TESTS;WITH_SUBDIR;VERBOSE" "NAME" "SCRIPTS;RESOURCES")
  if(module_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "slicerMacroBuildScriptedModule does not know '${module_UNPARSED_ARGUMENTS}'")
  endif()
  if(NOT module_NAME)
    message(FATAL_ERROR "slicerMacroBuildScriptedModule needs NAME")
  endif()

  foreach(file IN LISTS module_SCRIPTS module_RESOURCES)
    # As in Slicer, a script may be listed without its ".py".
    if(NOT EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${file}" AND EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${file}.py")
      string(APPEND file ".py")
    endif()
    if(NOT EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${file}")
      message(FATAL_ERROR "slicerMacroBuildScriptedModule given nonexistent file '${file}'")
    endif()
    get_filename_component(folder "${file}" DIRECTORY)
    install(FILES "${file}" DESTINATION "${Slicer_INSTALL_QTSCRIPTEDMODULES_LIB_DIR}/${folder}")
  endforeach()
endfunction()

# Register a test as Slicer does: by its file name, in the folder it lies in.
function(_fake_slicer_add_test script prefix)
  get_filename_component(path "${script}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
  if(NOT EXISTS "${path}")
    message(FATAL_ERROR "Test script '${script}' does not exist")
  endif()
  get_filename_component(name "${path}" NAME_WE)
  add_test(NAME "py_${prefix}${name}" COMMAND "${Slicer_LAUNCHER_EXECUTABLE}" --testing "${path}")
endfunction()

function(slicer_add_python_unittest)
  cmake_parse_arguments(PARSE_ARGV 0 test "" "TESTNAME_PREFIX;SCRIPT" "SLICER_ARGS")
  _fake_slicer_add_test("${test_SCRIPT}" "${test_TESTNAME_PREFIX}")
endfunction()

function(slicer_add_python_test)
  cmake_parse_arguments(PARSE_ARGV 0 test "" "TESTNAME_PREFIX;SCRIPT" "SLICER_ARGS;SCRIPT_ARGS")
  _fake_slicer_add_test("${test_SCRIPT}" "${test_TESTNAME_PREFIX}")
endfunction()
