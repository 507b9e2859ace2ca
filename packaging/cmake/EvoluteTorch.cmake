# SPDX-License-Identifier: GPL-3.0-or-later
# Defines the target evolute::torch: LibTorch from Debian's libtorch-dev (1.13 and later) or from a PyTorch
# wheel (any CPU or CUDA build from 2.6 on), with its headers marked SYSTEM.
#
# Point to a wheel with -DCMAKE_PREFIX_PATH=$(python3 -c 'import torch; print(torch.utils.cmake_prefix_path)').
#
# Torch's own package file is not run: that of a CUDA wheel stops the configuration where no CUDA toolkit
# (nvcc) is installed, although only the shared libraries of the wheel are needed to link and to run.
#
# Sets EVOLUTE_TORCH_VERSION, and EVOLUTE_TORCH_CUDA: TRUE when the libraries can drive CUDA devices and the
# CUDA runtime's headers were found too, so that CUDA-only API (streams, graphs) can be compiled. The target
# then carries the definition EVOLUTE_TORCH_CUDA.

set(_prefixes "")
foreach(_prefix IN LISTS Torch_DIR CMAKE_PREFIX_PATH)
  list(APPEND _prefixes "${_prefix}")
  foreach(_up IN ITEMS "../.." "../../..") # .../torch/share/cmake and .../torch/share/cmake/Torch
    get_filename_component(_root "${_prefix}/${_up}" ABSOLUTE)
    if(EXISTS "${_root}/include/torch")
      list(APPEND _prefixes "${_root}")
    endif()
  endforeach()
endforeach()

find_path(EVOLUTE_TORCH_INCLUDE_DIR torch/csrc/api/include/torch/torch.h
          HINTS ${_prefixes} PATH_SUFFIXES include)
# Beside those headers first, so that headers and libraries are never of two versions.
get_filename_component(_root "${EVOLUTE_TORCH_INCLUDE_DIR}/.." ABSOLUTE)
foreach(_library IN ITEMS torch torch_cpu c10 torch_cuda c10_cuda)
  string(TOUPPER "EVOLUTE_${_library}_LIBRARY" _variable)
  find_library(${_variable} ${_library} HINTS "${_root}" PATH_SUFFIXES lib)
  mark_as_advanced(${_variable})
endforeach()
mark_as_advanced(EVOLUTE_TORCH_INCLUDE_DIR)
if(NOT EVOLUTE_TORCH_INCLUDE_DIR OR NOT EVOLUTE_TORCH_LIBRARY OR NOT EVOLUTE_TORCH_CPU_LIBRARY
   OR NOT EVOLUTE_C10_LIBRARY)
  message(FATAL_ERROR "LibTorch was not found. Install libtorch-dev (packaging/install-packages.sh does), or "
    "point CMAKE_PREFIX_PATH to a PyTorch wheel: python3 -c 'import torch; print(torch.utils.cmake_prefix_path)'.")
endif()

set(EVOLUTE_TORCH_VERSION "unknown")
set(_version_file "${EVOLUTE_TORCH_INCLUDE_DIR}/torch/csrc/api/include/torch/version.h")
foreach(_file IN ITEMS "${_version_file}" "${EVOLUTE_TORCH_INCLUDE_DIR}/torch/headeronly/version.h")
  if(EXISTS "${_file}")
    file(STRINGS "${_file}" _lines REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) [0-9]+")
    if(_lines)
      string(REGEX MATCHALL "[0-9]+" _numbers "${_lines}")
      list(JOIN _numbers "." EVOLUTE_TORCH_VERSION)
      break()
    endif()
  endif()
endforeach()

# Wheels before 2.6 use the C++ ABI that GCC 4 had: no other library of a distribution links with them.
set(_config "${_root}/share/cmake/Torch/TorchConfig.cmake")
if(EXISTS "${_config}")
  file(STRINGS "${_config}" _old_abi REGEX "_GLIBCXX_USE_CXX11_ABI=0")
  if(_old_abi)
    message(FATAL_ERROR "LibTorch ${EVOLUTE_TORCH_VERSION} in ${_root} was built with the C++ ABI from before "
      "C++11: expected PyTorch 2.6 or later.")
  endif()
endif()

add_library(evolute_torch INTERFACE)
add_library(evolute::torch ALIAS evolute_torch)
target_include_directories(evolute_torch SYSTEM INTERFACE
  "${EVOLUTE_TORCH_INCLUDE_DIR}" "${EVOLUTE_TORCH_INCLUDE_DIR}/torch/csrc/api/include")
# libtorch alone has the registrations of the CUDA half among its dependencies, and none of its symbols is
# named by us: a linker that drops what seems unused would drop CUDA.
set(_keep "")
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  set(_keep "-Wl,--push-state,--no-as-needed" "${EVOLUTE_TORCH_LIBRARY}" "-Wl,--pop-state")
else()
  set(_keep "${EVOLUTE_TORCH_LIBRARY}")
endif()
target_link_libraries(evolute_torch INTERFACE
  ${_keep} "${EVOLUTE_TORCH_CPU_LIBRARY}" "${EVOLUTE_C10_LIBRARY}")

set(EVOLUTE_TORCH_CUDA FALSE)
get_filename_component(_library_folder "${EVOLUTE_TORCH_LIBRARY}" DIRECTORY)
if(EVOLUTE_TORCH_CUDA_LIBRARY AND EVOLUTE_C10_CUDA_LIBRARY)
  file(GLOB _cuda_includes "${_root}/../nvidia/cu*/include" "${_root}/../nvidia/cuda_runtime/include")
  find_path(EVOLUTE_CUDA_INCLUDE_DIR cuda_runtime_api.h
            HINTS ${_cuda_includes} ENV CUDA_HOME PATHS /usr/local/cuda PATH_SUFFIXES include)
  mark_as_advanced(EVOLUTE_CUDA_INCLUDE_DIR)
  if(EVOLUTE_CUDA_INCLUDE_DIR)
    set(EVOLUTE_TORCH_CUDA TRUE)
    target_include_directories(evolute_torch SYSTEM INTERFACE "${EVOLUTE_CUDA_INCLUDE_DIR}")
    target_compile_definitions(evolute_torch INTERFACE EVOLUTE_TORCH_CUDA)
    target_link_libraries(evolute_torch INTERFACE "${EVOLUTE_TORCH_CUDA_LIBRARY}" "${EVOLUTE_C10_CUDA_LIBRARY}")
  endif()
endif()
message(STATUS "LibTorch ${EVOLUTE_TORCH_VERSION} in ${_library_folder}, CUDA API: ${EVOLUTE_TORCH_CUDA}")
