# find_package(pushforward); see examples/.
include("${CMAKE_CURRENT_LIST_DIR}/Dependencies.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/pushforward-targets.cmake")
