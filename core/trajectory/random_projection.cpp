// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trajectory/random_projection.h"

#include <cmath>
#include <limits>
#include <string>

#include "core/error.h"
#include "core/sampling/philox.h"

namespace evolute::core {

namespace {
constexpr std::int64_t kBlocks = 4;
}

RandomProjection::RandomProjection(std::int64_t features, std::int64_t dimensions, std::uint64_t seed)
    : m_dimensions(dimensions) {
  if (features < 1)
    throw Error("random projection: expected one feature or more, found " + std::to_string(features));
  if (dimensions < kBlocks || dimensions % kBlocks != 0 ||
      dimensions > std::numeric_limits<std::int32_t>::max())
    throw Error("random projection: expected a multiple of 4 dimensions, found " +
                std::to_string(dimensions));
  const auto blockWidth = std::uint32_t(dimensions / kBlocks);
  std::vector<std::int64_t> drawn(std::size_t(features * kBlocks));
  RandomStream{streamKey(seed, "random-projection")}.integers(0, 2 * blockWidth, drawn);
  m_places.resize(drawn.size());
  for (std::size_t i = 0; i < drawn.size(); ++i)
    m_places[i] = std::uint32_t(drawn[i]) + std::uint32_t(i % kBlocks) * 2 * blockWidth;
}

std::vector<float> RandomProjection::project(std::span<const float> features) const {
  if (features.size() * kBlocks != m_places.size())
    throw Error("random projection: expected " + std::to_string(m_places.size() / kBlocks) +
                " features, found " + std::to_string(features.size()));
  std::vector<double> sums(std::size_t(m_dimensions), 0.0);
  const std::uint32_t *place = m_places.data();
  for (const float feature : features)
    for (std::int64_t block = 0; block < kBlocks; ++block, ++place)
      sums[*place >> 1] += (*place & 1) != 0 ? -double(feature) : double(feature);
  std::vector<float> result(sums.size());
  for (std::size_t i = 0; i < sums.size(); ++i)
    result[i] = float(sums[i] / 2); // sqrt of the four places
  return result;
}

double RandomProjection::relativeError() const {
  return std::sqrt(2.0 / double(m_dimensions));
}

} // namespace evolute::core
