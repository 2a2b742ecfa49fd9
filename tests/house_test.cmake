# cmake -DSOURCE=… -DSCRATCH=… -P house_test.cmake
#
# Reads the arrows between rooms from the pushforward_room lines of CMakeLists.txt and holds every #include
# of pushforward/ to them; holds core, report, the readers of data and the launcher to be free of torch.
# Before that, shows on a made-up tree that each kind of offence is found.
cmake_minimum_required(VERSION 3.25)

# A line for each #include in SOURCE/pushforward that the house forbids.
function(find_offences source result)
  file(READ "${source}/CMakeLists.txt" text)
  string(REGEX MATCHALL "pushforward_room\\([^)]*\\)" calls "${text}")
  foreach(call IN LISTS calls)
    string(REGEX REPLACE "^pushforward_room\\(|\\)$" "" arguments "${call}")
    string(REGEX REPLACE "[ \n]+" ";" arguments "${arguments}")
    list(POP_FRONT arguments room)
    cmake_parse_arguments(ROOM "TORCH" "" "DEPENDS;LIBRARIES" ${arguments})
    list(APPEND rooms ${room})
    set(reach_${room} ${room})
    foreach(dependency IN LISTS ROOM_DEPENDS)
      list(APPEND reach_${room} ${reach_${dependency}})
    endforeach()
  endforeach()
  foreach(top cli c)  # the program and the C library: above all rooms, and not in one another
    set(reach_${top} ${top} ${rooms})
  endforeach()
  list(APPEND rooms cli c)

  file(GLOB_RECURSE files RELATIVE "${source}" "${source}/pushforward/*/*")
  foreach(file IN LISTS files)
    string(REGEX REPLACE "^pushforward/([^/]+)/.*" "\\1" room "${file}")
    if(NOT room IN_LIST rooms)
      list(APPEND offences "${file}: ${room} is no room of CMakeLists.txt")
      continue()
    endif()
    set(torch_free FALSE)
    if(room MATCHES "^(core|report)$" OR file MATCHES "^pushforward/cli/main\\.cpp$" OR
       (room STREQUAL "data" AND NOT file MATCHES "/(loader\\.(h|cpp)|resize(_levels)?\\.cpp)$"))
      set(torch_free TRUE)
    endif()
    file(STRINGS "${source}/${file}" lines REGEX "^[ \t]*#[ \t]*include")
    foreach(line IN LISTS lines)
      string(REGEX REPLACE "^[^<\"]*[<\"]([^>\"]*)[>\"].*" "\\1" header "${line}")
      if(header MATCHES "^pushforward/([^/]+)/")
        if(NOT CMAKE_MATCH_1 IN_LIST reach_${room})
          list(APPEND offences "${file}: ${room} may not include ${header}")
        elseif(torch_free AND header MATCHES "^pushforward/data/loader\\.h$")
          list(APPEND offences "${file}: must be free of torch, includes ${header}")
        endif()
      elseif(header MATCHES "^pushforward/" AND NOT header STREQUAL "pushforward/version.h")
        list(APPEND offences "${file}: a room may not include ${header}")
      elseif(line MATCHES "\"" AND NOT header MATCHES "^(pushforward/version\\.h|embedded_(presets|texts)\\.inc)$")
        list(APPEND offences "${file}: ${header} must be included as pushforward/ROOM/FILE")
      elseif(torch_free AND header MATCHES "^(ATen|c10|torch)/")
        list(APPEND offences "${file}: must be free of torch, includes ${header}")
      endif()
    endforeach()
  endforeach()
  set(${result} "${offences}" PARENT_SCOPE)
endfunction()

# The made-up tree: a → b means b DEPENDS on a.
file(REMOVE_RECURSE "${SCRATCH}")
file(WRITE "${SCRATCH}/CMakeLists.txt"
     "pushforward_room(core LIBRARIES fmt::fmt)\npushforward_room(report DEPENDS core)\n"
     "pushforward_room(data TORCH DEPENDS core\n                 LIBRARIES x)\n"
     "pushforward_room(ops DEPENDS core)\npushforward_room(nn TORCH DEPENDS ops)\n")
set(sound "#include \"pushforward/core/a.h\"\n#include \"pushforward/version.h\"\n#include <vector>\n")
file(WRITE "${SCRATCH}/pushforward/version.h" "")
file(WRITE "${SCRATCH}/pushforward/core/a.h" "#include <string>\n")
file(WRITE "${SCRATCH}/pushforward/nn/a.cpp" "${sound}#include <ATen/ATen.h>\n#include \"pushforward/ops/a.h\"\n")
file(WRITE "${SCRATCH}/pushforward/data/loader.h" "${sound}#include <ATen/ATen.h>\n")
file(WRITE "${SCRATCH}/pushforward/cli/train.cpp" "${sound}#include \"pushforward/nn/a.h\"\n")
find_offences("${SCRATCH}" found)
if(found)
  message(FATAL_ERROR "house_test: a sound tree was taken for unsound: ${found}")
endif()

set(number 0)
foreach(offence
    "ops/a.cpp|#include \"pushforward/nn/a.h\"|ops may not include pushforward/nn/a.h"
    "core/b.cpp|  #  include <pushforward/report/a.h>|core may not include pushforward/report/a.h"
    "report/a.cpp|#include <torch/nn/module.h>|must be free of torch, includes torch/nn/module.h"
    "core/b.h|#include <c10/core/Device.h> // why|must be free of torch, includes c10/core/Device.h"
    "data/idx.cpp|#include <ATen/ATen.h>|must be free of torch, includes ATen/ATen.h"
    "data/idx.h|#include \"pushforward/data/loader.h\"|must be free of torch, includes pushforward/data/loader.h"
    "cli/main.cpp|#include <ATen/Parallel.h>|must be free of torch, includes ATen/Parallel.h"
    "nn/b.h|#include \"a.h\"|a.h must be included as pushforward/ROOM/FILE"
    "nn/c.h|#include \"pushforward/pushforward.h\"|a room may not include pushforward/pushforward.h"
    "attic/a.h|#include <vector>|attic is no room of CMakeLists.txt")
  string(REPLACE "|" ";" offence "${offence}")
  list(GET offence 0 file)
  list(GET offence 1 line)
  list(GET offence 2 complaint)
  file(WRITE "${SCRATCH}/pushforward/${file}" "${sound}${line}\n")
  find_offences("${SCRATCH}" found)
  if(NOT found STREQUAL "pushforward/${file}: ${complaint}")
    message(FATAL_ERROR "house_test: '${line}' in ${file} should be found as '${complaint}', found: '${found}'")
  endif()
  file(REMOVE "${SCRATCH}/pushforward/${file}")
  math(EXPR number "${number} + 1")
endforeach()

find_offences("${SOURCE}" found)
if(found)
  list(JOIN found "\n  " text)
  message(FATAL_ERROR "house_test: forbidden includes\n  ${text}")
endif()
message(STATUS "house_test: every include of pushforward/ keeps to the arrows (${number} made-up offences were found)")
