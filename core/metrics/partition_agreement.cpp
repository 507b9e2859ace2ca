// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/partition_agreement.h"

#include <algorithm>

#include "core/error.h"
#include "core/sampling/philox.h"

namespace evolute::core {

using Eigen::Index;

namespace {

std::vector<int> numbered(const std::vector<std::string> &groups, std::vector<std::string> &names) {
  std::vector<int> numbers;
  for (const std::string &group : groups) {
    const auto at = std::find(names.begin(), names.end(), group);
    numbers.push_back(int(at - names.begin()));
    if (at == names.end())
      names.push_back(group);
  }
  return numbers;
}

Eigen::MatrixXi countsOf(const std::vector<int> &first, const std::vector<int> &second, std::size_t rows,
                         std::size_t columns) {
  Eigen::MatrixXi counts = Eigen::MatrixXi::Zero(Index(rows), Index(columns));
  for (std::size_t i = 0; i < first.size(); ++i)
    ++counts(first[i], second[i]);
  return counts;
}

} // namespace

double adjustedRandIndex(const Eigen::MatrixXi &counts) {
  const auto pairs = [](double n) { return n * (n - 1) / 2; };
  double together = 0, inRows = 0, inColumns = 0;
  for (Index i = 0; i < counts.rows(); ++i)
    for (Index j = 0; j < counts.cols(); ++j)
      together += pairs(counts(i, j));
  for (Index i = 0; i < counts.rows(); ++i)
    inRows += pairs(counts.row(i).sum());
  for (Index j = 0; j < counts.cols(); ++j)
    inColumns += pairs(counts.col(j).sum());
  const double all = pairs(counts.sum());
  const double expected = all > 0 ? inRows * inColumns / all : 0;
  const double most = (inRows + inColumns) / 2;
  return most == expected ? 1 : (together - expected) / (most - expected);
}

PartitionAgreement agreementOf(const std::vector<std::string> &first, const std::vector<std::string> &second,
                               int permutations, std::uint64_t seed) {
  if (first.size() != second.size())
    throw Error("two groupings: expected as many members in both, found " + std::to_string(first.size()) +
                " and " + std::to_string(second.size()));
  PartitionAgreement result;
  const std::vector<int> a = numbered(first, result.rows);
  std::vector<int> b = numbered(second, result.columns);
  result.counts = countsOf(a, b, result.rows.size(), result.columns.size());
  result.adjustedRand = adjustedRandIndex(result.counts);
  const RandomStream random{streamKey(seed, "partition-agreement")};
  int asGood = 0;
  std::vector<double> uniforms(b.size());
  for (int p = 0; p < permutations; ++p) {
    random.uniforms(std::uint64_t(p), uniforms);
    for (std::size_t i = b.size(); i-- > 1;)
      std::swap(b[i], b[std::min(i, std::size_t(uniforms[i] * double(i + 1)))]);
    // Rounding must not tell equal tables apart.
    asGood += adjustedRandIndex(countsOf(a, b, result.rows.size(), result.columns.size())) >=
              result.adjustedRand - 1e-12;
  }
  result.chance = double(asGood + 1) / double(permutations + 1);
  return result;
}

} // namespace evolute::core
