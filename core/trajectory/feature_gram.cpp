// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trajectory/feature_gram.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "core/error.h"
#include "core/widest.h"

namespace evolute::core {

namespace {

using Eigen::Index;

constexpr std::int64_t kChunk = 512; // features at once: what a tile reads stays in the first cache
constexpr Index kBlock = 64;         // rows that wait for one another
constexpr int kTileRows = 4, kTileOthers = 2, kLanes = 8;

/// sums[i][j] = sum over kChunk features of rows[i] * others[j]. Eight independent sums a product, eight products
/// side by side: the order of summation is the same for any two rows, whatever tile they meet in.
EVOLUTE_WIDEST void tile(const double *rows, const double *others, double *sums) {
#if defined(__GNUC__)
  typedef double Lanes __attribute__((vector_size(kLanes * sizeof(double))));
  Lanes acc[kTileRows][kTileOthers] = {};
  for (std::int64_t f = 0; f < kChunk; f += kLanes) {
    Lanes b[kTileOthers];
    std::memcpy(&b[0], others + f, sizeof(Lanes));
    std::memcpy(&b[1], others + kChunk + f, sizeof(Lanes));
    for (int i = 0; i < kTileRows; ++i) {
      Lanes a;
      std::memcpy(&a, rows + i * kChunk + f, sizeof(Lanes));
      acc[i][0] += a * b[0];
      acc[i][1] += a * b[1];
    }
  }
#else
  double acc[kTileRows][kTileOthers][kLanes] = {};
  for (std::int64_t f = 0; f < kChunk; f += kLanes)
    for (int i = 0; i < kTileRows; ++i)
      for (int j = 0; j < kTileOthers; ++j)
        for (int lane = 0; lane < kLanes; ++lane)
          acc[i][j][lane] += rows[i * kChunk + f + lane] * others[j * kChunk + f + lane];
#endif
  for (int i = 0; i < kTileRows; ++i)
    for (int j = 0; j < kTileOthers; ++j) {
      double total = 0;
      for (int lane = 0; lane < kLanes; ++lane)
        total += acc[i][j][lane];
      sums[i * kTileOthers + j] = total;
    }
}

Index roundedUp(Index count, Index unit) {
  return (count + unit - 1) / unit * unit;
}

} // namespace

void FeatureGram::check(std::span<const float> features, const std::string &what) const {
  if (features.empty())
    throw Error(what + "expected at least one value, found none");
  if (!m_origin.empty() && features.size() != m_origin.size())
    throw Error(what + "expected " + std::to_string(m_origin.size()) + " values like the first row, found " +
                std::to_string(features.size()));
  const auto bad = std::find_if(features.begin(), features.end(), [](float x) { return !std::isfinite(x); });
  if (bad != features.end())
    throw Error(what + "expected finite values, found " + std::to_string(*bad) + " at position " +
                std::to_string(bad - features.begin()));
  if (m_storage != RowStorage::Float16 || m_origin.empty())
    return;
  constexpr float kLargest = 65504;
  for (std::size_t i = 0; i < features.size(); ++i)
    if (std::abs(features[i] - m_origin[i]) > kLargest)
      throw Error(what + "expected values within 65504 of the first row's for 16-bit storage, found a difference of " +
                  std::to_string(features[i] - m_origin[i]) + " at position " + std::to_string(i));
}

void FeatureGram::store(Index row, std::span<const float> features) {
  if (m_storage == RowStorage::Float32) {
    m_rows[std::size_t(row)].assign(features.begin(), features.end());
    return;
  }
  std::vector<Eigen::half> &half = m_halfRows[std::size_t(row)];
  half.resize(features.size());
  std::transform(features.begin(), features.end(), m_origin.begin(), half.begin(),
                 [](float x, float origin) { return Eigen::half(x - origin); });
}

Index FeatureGram::add(std::span<const float> features, const std::string &what) {
  check(features, what);
  if (m_origin.empty())
    m_origin.assign(features.begin(), features.end());
  const Index row = rowCount();
  if (m_storage == RowStorage::Float32)
    m_rows.emplace_back();
  else
    m_halfRows.emplace_back();
  store(row, features);
  if (rowCount() - m_multiplied >= kBlock)
    products();
  return row;
}

void FeatureGram::replace(Index row, std::span<const float> features, const std::string &what) {
  check(features, what);
  store(row, features);
  if (row < m_multiplied)
    multiply(row, 1);
}

void FeatureGram::readLessOrigin(Index row, std::int64_t first, std::int64_t count, double *into) const {
  if (m_storage == RowStorage::Float32) {
    const float *from = m_rows[std::size_t(row)].data() + first, *origin = m_origin.data() + first;
    for (std::int64_t i = 0; i < count; ++i)
      into[i] = double(from[i]) - double(origin[i]);
    return;
  }
  const Eigen::half *from = m_halfRows[std::size_t(row)].data() + first;
  for (std::int64_t i = 0; i < count; ++i)
    into[i] = double(float(from[i]));
}

/// Products of rows first ... first + count - 1 with all rows up to the last of these, or that are there already.
void FeatureGram::multiply(Index first, Index count) const {
  const Index others = std::max(first + count, m_multiplied), rows = roundedUp(count, kTileRows);
  Eigen::MatrixXd sums = Eigen::MatrixXd::Zero(rows, roundedUp(others, kTileOthers));
  std::vector<double> block(std::size_t(rows * kChunk));
  std::array<double, kTileOthers * kChunk> pair{};
  std::array<double, kTileRows * kTileOthers> part{};
  for (std::int64_t f = 0; f < featureCount(); f += kChunk) {
    const std::int64_t length = std::min(kChunk, featureCount() - f);
    std::fill(block.begin(), block.end(), 0.0); // rows and features beyond the last are zeros
    for (Index i = 0; i < count; ++i)
      readLessOrigin(first + i, f, length, &block[std::size_t(i * kChunk)]);
    for (Index j = 0; j < others; j += kTileOthers) {
      pair.fill(0.0);
      for (Index k = j; k < std::min(j + kTileOthers, others); ++k)
        readLessOrigin(k, f, length, &pair[std::size_t((k - j) * kChunk)]);
      for (Index i = 0; i < rows; i += kTileRows) {
        tile(&block[std::size_t(i * kChunk)], pair.data(), part.data());
        sums.block<kTileRows, kTileOthers>(i, j) +=
            Eigen::Map<const Eigen::Matrix<double, kTileRows, kTileOthers, Eigen::RowMajor>>(part.data());
      }
    }
  }
  // Room for a quarter more each time: growing by little would copy the whole matrix every time.
  if (m_products.rows() < others)
    m_products.conservativeResize(others + others / 4, others + others / 4);
  m_products.block(first, 0, count, others) = sums.topLeftCorner(count, others);
  m_products.block(0, first, others, count) = sums.topLeftCorner(count, others).transpose();
}

Eigen::Ref<const Eigen::MatrixXd> FeatureGram::products() const {
  while (m_multiplied < rowCount()) {
    const Index count = std::min(kBlock, rowCount() - m_multiplied);
    multiply(m_multiplied, count);
    m_multiplied += count;
  }
  return m_products.topLeftCorner(m_multiplied, m_multiplied);
}

Eigen::VectorXd FeatureGram::productsWith(std::span<const float> features) const {
  check(features, "features: ");
  Eigen::VectorXd result = Eigen::VectorXd::Zero(rowCount());
  std::array<double, kChunk> own{}, other{};
  for (std::int64_t f = 0; f < featureCount(); f += kChunk) {
    const std::int64_t length = std::min(kChunk, featureCount() - f);
    for (std::int64_t i = 0; i < length; ++i)
      own[std::size_t(i)] = double(features[std::size_t(f + i)]) - double(m_origin[std::size_t(f + i)]);
    for (Index row = 0; row < rowCount(); ++row) {
      readLessOrigin(row, f, length, other.data());
      result(row) += Eigen::Map<const Eigen::VectorXd>(own.data(), length)
                         .dot(Eigen::Map<const Eigen::VectorXd>(other.data(), length));
    }
  }
  return result;
}

} // namespace evolute::core
