// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace evolute::core {

/// A block of one parameter tensor: entries [begin, end) along dimension `dim`; dim -1 = the whole tensor.
struct ParameterSlice {
  std::string parameter;
  int dim = -1;
  std::int64_t begin = 0, end = 0;
};

/// A named subset of the weights: "all", "L0.H3" (head), "L1.attn", "L1.mlp", "embed", "pos", "unembed", "ln".
/// Slices of one component do not overlap.
struct Component {
  std::string name;
  std::vector<ParameterSlice> slices;
  std::int64_t weightCount = 0;
};

} // namespace evolute::core
