# SPDX-License-Identifier: GPL-3.0-or-later
# Reads the #include lines of each layer and fails on one that breaks design rules.
# Linking cannot show this: distribution packages put foreign headers on the default path.
# cmake -DROOT=<repository> -P check_layers.cmake
cmake_minimum_required(VERSION 3.25)
set(torch "<(torch|ATen|c10)/|\"core/torch/")
set(forbidden_core "<Q[A-Z]|<Qt|<vtk|qcustomplot|\"(widgets|app)/")
set(forbidden_widgets "${torch}|\"app/|<QtConcurrent|<QFuture|<QThread|<random>|<Eigen/[^C]")
set(forbidden_app "${torch}|<vtk|qcustomplot")
foreach(layer IN ITEMS core widgets app)
  file(GLOB_RECURSE files RELATIVE "${ROOT}" "${ROOT}/${layer}/*.h" "${ROOT}/${layer}/*.cpp")
  list(LENGTH files count)
  if(count EQUAL 0)
    message(SEND_ERROR "no sources found in ${layer}: is ROOT right?")
  endif()
  foreach(file IN LISTS files)
    set(rule "${forbidden_${layer}}")
    if(file MATCHES "^core/.*\\.h$" AND NOT file MATCHES "^core/torch/")
      string(APPEND rule "|${torch}") # public headers of core hide LibTorch
    endif()
    if(file MATCHES "^app/cli/")
      string(APPEND rule "|<Q[A-Z]|<Qt|\"(widgets|app/(window|jobs|session))/") # evolute-cli has no Qt
    endif()
    file(STRINGS "${ROOT}/${file}" includes REGEX "^[ \t]*#[ \t]*include")
    foreach(line IN LISTS includes)
      if(line MATCHES "${rule}")
        message(SEND_ERROR "${file} may not say: ${line}")
      endif()
    endforeach()
  endforeach()
endforeach()
