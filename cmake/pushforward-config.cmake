# find_package(pushforward [COMPONENTS c]); see examples/.
include("${CMAKE_CURRENT_LIST_DIR}/pushforward-c-targets.cmake")
if(NOT "${pushforward_FIND_COMPONENTS}" STREQUAL "c")
  include("${CMAKE_CURRENT_LIST_DIR}/Dependencies.cmake")
  include("${CMAKE_CURRENT_LIST_DIR}/pushforward-targets.cmake")
endif()
