// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trajectory/feature_storage.h"

#include <cmath>
#include <cstdio>

namespace evolute::core {

namespace {
constexpr std::int64_t kProjected = 4096;
}

FeatureStorage planFeatureStorage(std::int64_t rows, std::int64_t features, std::int64_t bytes) {
  const double numbers = double(rows) * double(features);
  if (numbers * 4 <= double(bytes))
    return {};
  if (numbers * 2 <= double(bytes) || features <= kProjected)
    return {RowStorage::Float16, 0};
  return {RowStorage::Float32, kProjected};
}

std::string describe(const FeatureStorage &storage) {
  const std::string bits = storage.rows == RowStorage::Float16 ? "16-bit" : "32-bit";
  if (storage.dimensions == 0)
    return bits;
  char percent[16];
  std::snprintf(percent, sizeof percent, "%.1f", 100 * std::sqrt(2.0 / double(storage.dimensions)));
  return "projected to " + std::to_string(storage.dimensions) + ", " + bits + " (squared distances within " + percent +
         " %)";
}

} // namespace evolute::core
