// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <Eigen/Core>

namespace evolute::core {

/// How rows of features are kept. Float16 halves the memory: it keeps each feature's difference from the first row
/// to 11 bits, so that a coordinate on any axis is off by at most 2^-11 of the row's distance from the first row
/// (Cauchy-Schwarz; in practice less by about the root of the number of features).
enum class RowStorage { Float32, Float16 };

/// Feature vectors of one length and the inner products of their differences from the row added first. Products are
/// taken and summed in double, so that a common offset of the features costs nothing. Their bits do not depend on
/// the order in which rows came, but for the choice of the first.
///
/// Rows wait and are multiplied by all others in blocks, from registers and caches instead of memory; what waits is
/// done when it is asked for. Memory: T x N numbers of the storage and about T x T doubles.
/// Not safe to use from two threads at once, reading included.
class FeatureGram {
public:
  explicit FeatureGram(RowStorage storage = RowStorage::Float32) : m_storage(storage) {}

  /// Index of the new row. O(T N). `what` begins the sentence of an error.
  /// \throws Error when the length differs from the first row's or is 0, when a value is not finite, or when a
  /// difference is beyond Float16's 65,504. Nothing is changed then.
  Eigen::Index add(std::span<const float> features, const std::string &what);
  void replace(Eigen::Index row, std::span<const float> features, const std::string &what);

  Eigen::Index rowCount() const { return Eigen::Index(m_storage == RowStorage::Float32 ? m_rows.size() : m_halfRows.size()); }
  std::int64_t featureCount() const { return std::int64_t(m_origin.size()); }

  /// T x T; valid until the next call that changes this.
  Eigen::Ref<const Eigen::MatrixXd> products() const;
  /// Of another vector with each row, both less the first row: T. \throws Error when the length differs.
  Eigen::VectorXd productsWith(std::span<const float> features) const;

private:
  void check(std::span<const float> features, const std::string &what) const;
  void store(Eigen::Index row, std::span<const float> features);
  void readLessOrigin(Eigen::Index row, std::int64_t first, std::int64_t count, double *into) const;
  void multiply(Eigen::Index first, Eigen::Index count) const;

  RowStorage m_storage;
  std::vector<float> m_origin; // the row added first, also when that row has been replaced since
  std::vector<std::vector<float>> m_rows;             // Float32: as they came
  std::vector<std::vector<Eigen::half>> m_halfRows;   // Float16: less m_origin
  mutable Eigen::MatrixXd m_products;                 // with room for more rows
  mutable Eigen::Index m_multiplied = 0;              // rows whose products are there
};

} // namespace evolute::core
