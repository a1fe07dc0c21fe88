# Slicer writes the extension's description here; this one checks that it could be written.

foreach(name HOMEPAGE CONTRIBUTORS DESCRIPTION ICONURL SCREENSHOTURLS DEPENDS)
  if(NOT EXTENSION_${name})
    message(FATAL_ERROR "EXTENSION_${name} is not set")
  endif()
endforeach()

# The catalogue downloads these and refuses what is not an image.
string(REPLACE " " ";" _urls "${EXTENSION_ICONURL} ${EXTENSION_SCREENSHOTURLS}")
foreach(url IN LISTS _urls)
  if(NOT url MATCHES "^https://.+\\.(png|jpg|jpeg|gif)$")
    message(FATAL_ERROR "'${url}' is not the address of a png, jpeg or gif file")
  endif()
endforeach()
