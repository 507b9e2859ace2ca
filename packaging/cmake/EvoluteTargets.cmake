# SPDX-License-Identifier: GPL-3.0-or-later
# What every target of ours shares: include root, warnings, sanitizers, ccache, linker.

find_program(EVOLUTE_CCACHE ccache)
if(EVOLUTE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # The sloppiness is what ccache asks for to cache files that use a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      ${EVOLUTE_CCACHE})
endif()

# Over a hundred test programs are linked; GNU ld takes seconds for each of them, mold a fraction of that.
find_program(EVOLUTE_MOLD mold)
if(EVOLUTE_MOLD AND (NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU" OR CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 12.1))
  add_link_options(-fuse-ld=mold)
endif()

function(evolute_target name)
  target_include_directories(${name} PUBLIC "${CMAKE_SOURCE_DIR}")
  target_compile_options(${name} PRIVATE -Wall -Wextra -Wpedantic -Wshadow
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>) # GCC 12 warns of its own std::string (its bug 105651)
  if(EVOLUTE_WERROR)
    target_compile_options(${name} PRIVATE -Werror)
  endif()
  if(EVOLUTE_SANITIZE)
    target_compile_options(${name} PUBLIC -fsanitize=${EVOLUTE_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(${name} PUBLIC -fsanitize=${EVOLUTE_SANITIZE})
  endif()
endfunction()
