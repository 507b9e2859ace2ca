// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace evolute::core {

/// Where a parameter lies in a checkpoint: element (i, j, ...) of it is number offset + i strides[0] + j strides[1] ...
/// of a tensor of the file, counted row by row. Transposed, fused and per-head layouts of other libraries are no more
/// than that.
struct StoredView {
  std::string tensor;              ///< name in the file
  std::vector<std::int64_t> shape; ///< of the tensor in the file
  std::int64_t offset = 0;
  std::vector<std::int64_t> strides; ///< one a dimension of the parameter
};

} // namespace evolute::core
