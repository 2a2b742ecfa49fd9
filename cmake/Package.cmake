# The installed package: find_package(pushforward) gives pushforward::pushforward, which is all rooms, each room by
# its name (pushforward::flows), and the C library, pushforward::c. COMPONENTS c gives that alone, which needs neither
# C++ nor any other package.
include(CMakePackageConfigHelpers)

get_property(rooms GLOBAL PROPERTY PUSHFORWARD_ROOMS)
list(TRANSFORM rooms PREPEND "pushforward::")
add_library(pushforward_library INTERFACE)
add_library(pushforward::pushforward ALIAS pushforward_library)
target_link_libraries(pushforward_library INTERFACE ${rooms})
set_target_properties(pushforward_library PROPERTIES EXPORT_NAME pushforward)

set(package "${CMAKE_INSTALL_LIBDIR}/cmake/pushforward")
install(TARGETS pushforward_library EXPORT pushforward)
install(EXPORT pushforward NAMESPACE pushforward:: FILE pushforward-targets.cmake DESTINATION "${package}")
install(EXPORT pushforward-c NAMESPACE pushforward:: FILE pushforward-c-targets.cmake DESTINATION "${package}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/pushforward-config-version.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_SOURCE_DIR}/cmake/pushforward-config.cmake"
              "${PROJECT_SOURCE_DIR}/cmake/Dependencies.cmake"
              "${PROJECT_BINARY_DIR}/pushforward-config-version.cmake" DESTINATION "${package}")
install(FILES "${PROJECT_SOURCE_DIR}/pushforward/pushforward.h" "${PROJECT_SOURCE_DIR}/pushforward/version.h"
        DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/pushforward")
install(FILES "${PROJECT_SOURCE_DIR}/pushforward/c/pushforward.h"
        DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/pushforward/c")
