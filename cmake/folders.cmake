# tinyscope_folder(FOLDER LIBRARIES ... [EXCLUDE REGEX]): an object library `tinyscope_FOLDER` of
# all sources below FOLDER. New files are found without editing a list.
function(tinyscope_folder folder)
  cmake_parse_arguments(ARG "" "EXCLUDE" "LIBRARIES" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.cpp)
  if(ARG_EXCLUDE)
    list(FILTER sources EXCLUDE REGEX ${ARG_EXCLUDE})
  endif()
  string(REPLACE "/" "_" suffix ${folder})
  add_library(tinyscope_${suffix} OBJECT ${sources})
  target_link_libraries(tinyscope_${suffix} PRIVATE tinyscope_options PUBLIC ${ARG_LIBRARIES})
endfunction()
