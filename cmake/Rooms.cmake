# pushforward_room(NAME [TORCH] [TOGETHER] [APART file…] [DEPENDS room…] [LIBRARIES target…])
#
# One static library per folder of pushforward/. A room sees only the rooms it depends on, so a
# forbidden include does not link. TORCH rooms share one precompiled header. TOGETHER, APART: see pushforward_unity.
set(PUSHFORWARD_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND PUSHFORWARD_WARNINGS -Wno-restrict)  # false alarms of GCC 12 on "text" + std::string
  if(CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 13)
    # Raised after inlining, inside LibTorch's and the standard library's headers, which being system headers does not
    # silence. GCC 12, which CI builds with, still looks for both.
    list(APPEND PUSHFORWARD_WARNINGS -Wno-array-bounds -Wno-stringop-overflow)
  endif()
endif()
if(PUSHFORWARD_WERROR)
  list(APPEND PUSHFORWARD_WARNINGS -Werror)
endif()

function(pushforward_compile_settings target)
  # Neither errno nor traps are read anywhere, and both keep square roots out of vector registers.
  target_compile_options(${target} PRIVATE ${PUSHFORWARD_WARNINGS} -fno-math-errno -fno-trapping-math)
  if(PUSHFORWARD_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${PUSHFORWARD_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=${PUSHFORWARD_SANITIZE})
  endif()
endfunction()

# What ccache wants to see of a precompiled header: GCC's flag, or Clang's.
set(PUSHFORWARD_PCH_FLAGS -fpch-preprocess)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  set(PUSHFORWARD_PCH_FLAGS "SHELL:-Xclang -fno-pch-timestamp")
endif()

# The precompiled header is compiled once, in its own target, and reused by every torch room.
function(pushforward_precompile target)
  if(NOT TARGET pushforward_pch)
    add_library(pushforward_pch OBJECT "${PROJECT_SOURCE_DIR}/cmake/pch.cpp")
    target_link_libraries(pushforward_pch PRIVATE pushforward_torch fmt::fmt nlohmann_json::nlohmann_json)
    pushforward_compile_settings(pushforward_pch)
    target_compile_options(pushforward_pch PRIVATE ${PUSHFORWARD_PCH_FLAGS})
    target_precompile_headers(pushforward_pch PRIVATE "${PROJECT_SOURCE_DIR}/cmake/pch.h")
  endif()
  target_precompile_headers(${target} REUSE_FROM pushforward_pch)
  target_compile_options(${target} PRIVATE ${PUSHFORWARD_PCH_FLAGS} -fPIC)  # -fPIC: also in programs, as in the header
endfunction()

# pushforward_unity(TARGET [APART file…])
#
# GCC instantiates what LibTorch's headers use, two seconds of templates, again in every source that has the
# precompiled header. With PUSHFORWARD_UNITY it does so once for up to sixteen sources, compiled as one; those
# APART, whose file-local names are also another's, stay alone. A target whose sources share many names, or are long
# to compile themselves, is better off without.
function(pushforward_unity target)
  cmake_parse_arguments(UNITY "" "" "APART" ${ARGN})
  if(NOT PUSHFORWARD_UNITY)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 16)
  target_compile_options(${target} PRIVATE -Wno-shadow)  # of another source's names; seen where each is by itself
  if(UNITY_APART)
    get_target_property(sources ${target} SOURCES)
    list(JOIN UNITY_APART "|" apart)
    list(FILTER sources INCLUDE REGEX "/(${apart})$")
    set_source_files_properties(${sources} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  endif()
endfunction()

function(pushforward_room name)
  cmake_parse_arguments(ROOM "TORCH;TOGETHER" "" "APART;DEPENDS;LIBRARIES" ${ARGN})
  set(target pushforward_${name})
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/pushforward/${name}/*.cpp")
  if(NOT sources)
    return()
  endif()
  add_library(${target} STATIC ${sources})
  add_library(pushforward::${name} ALIAS ${target})
  target_include_directories(${target} PUBLIC
    "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>" "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  target_compile_features(${target} PUBLIC cxx_std_20)
  list(TRANSFORM ROOM_DEPENDS PREPEND "pushforward::")
  target_link_libraries(${target} PUBLIC ${ROOM_DEPENDS} ${ROOM_LIBRARIES})
  pushforward_compile_settings(${target})
  if(ROOM_TORCH)
    target_link_libraries(${target} PUBLIC pushforward_torch)
    pushforward_precompile(${target})
  endif()
  if(ROOM_TOGETHER)
    pushforward_unity(${target} APART ${ROOM_APART})
  endif()
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  set_property(GLOBAL APPEND PROPERTY PUSHFORWARD_ROOMS ${name})
  install(TARGETS ${target} EXPORT pushforward DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/pushforward/${name}"
          DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/pushforward FILES_MATCHING PATTERN "*.h")
endfunction()
