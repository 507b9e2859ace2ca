// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <limits>
#include <string>

namespace evolute::core {

/// One number about one checkpoint: see core/metrics/README.md for the names.
struct MetricValue {
  std::int64_t step = 0;
  std::string checkpointHash;
  std::string name;              ///< "icl-score", "prefix-matching", ...
  std::string component = "all"; ///< what of the model it is of: "L1.H6", "L0.H1>L1.H6", "token 64", ...
  std::string slice;             ///< of the data; empty where none is read
  std::string dataHash;          ///< identity of that data; empty likewise
  std::string settingsHash;      ///< of what else decides the number
  double value = std::numeric_limits<double>::quiet_NaN();
  double standardError = std::numeric_limits<double>::quiet_NaN(); ///< over samples; NaN where there is none
};

} // namespace evolute::core
