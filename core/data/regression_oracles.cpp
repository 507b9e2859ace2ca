// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/regression_oracles.h"

#include <algorithm>
#include <limits>
#include <string>

#include "core/error.h"

namespace evolute::core {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// The pairs of sequences that lie as tokens: (0, x_k) then (y_k, 0 ... 0).
class Pairs {
public:
  Pairs(const IclRegressionTask &task, std::span<const float> tokens) : m_task(task), m_tokens(tokens) {
    const auto size = std::size_t(task.tokenCount() * task.tokenWidth());
    if (size == 0 || tokens.size() % size != 0)
      throw Error("sequences: expected a multiple of " + std::to_string(size) + " numbers for D = " +
                  std::to_string(task.dimension) + " and K = " + std::to_string(task.pairs) + ", found " +
                  std::to_string(tokens.size()));
    m_count = Index(tokens.size() / size);
  }
  Index count() const { return m_count; }
  VectorXd x(Index sequence, Index pair) const {
    return Eigen::Map<const Eigen::VectorXf>(token(sequence, 2 * pair) + 1, m_task.dimension).cast<double>();
  }
  double y(Index sequence, Index pair) const { return *token(sequence, 2 * pair + 1); }

private:
  const float *token(Index sequence, Index index) const {
    return &m_tokens[std::size_t((sequence * m_task.tokenCount() + index) * m_task.tokenWidth())];
  }
  const IclRegressionTask &m_task;
  std::span<const float> m_tokens;
  Index m_count = 0;
};

/// p_m of one sequence from its summed squared errors.
VectorXd taskProbabilities(const Eigen::Ref<const VectorXd> &errors, double noiseVariance) {
  const double best = errors.minCoeff();
  VectorXd p = noiseVariance > 0 ? VectorXd(((best - errors.array()) / (2 * noiseVariance)).exp())
                                 : VectorXd((errors.array() == best).cast<double>());
  return p / p.sum();
}

} // namespace

OraclePredictions predictByRidge(const IclRegressionTask &task, std::span<const float> tokens) {
  const Pairs pairs(task, tokens);
  OraclePredictions result{MatrixXd(pairs.count(), task.pairs), MatrixXd(pairs.count(), task.pairs)};
  for (Index s = 0; s < pairs.count(); ++s) {
    VectorXd mean = VectorXd::Zero(task.dimension);
    MatrixXd covariance = MatrixXd::Identity(task.dimension, task.dimension);
    for (Index k = 0; k < task.pairs; ++k) {
      const VectorXd x = pairs.x(s, k), spread = covariance * x;
      const double unknown = std::max(x.dot(spread), 0.0), variance = unknown + task.noiseVariance;
      result.mean(s, k) = mean.dot(x);
      result.variance(s, k) = variance;
      // Without noise, an x that lies among those before says nothing new; what is left of its spread is rounding.
      if (variance <= 1e-12 * x.squaredNorm())
        continue;
      mean += spread * ((pairs.y(s, k) - mean.dot(x)) / variance);
      covariance.noalias() -= spread * (spread.transpose() / variance);
    }
  }
  return result;
}

OraclePredictions predictByTaskSet(const IclRegressionTask &task, const Eigen::Ref<const MatrixXd> &tasks,
                                   std::span<const float> tokens) {
  if (tasks.rows() < 1 || tasks.cols() != task.dimension)
    throw Error("tasks: expected one or more of length " + std::to_string(task.dimension) + ", found " +
                std::to_string(tasks.rows()) + " of length " + std::to_string(tasks.cols()));
  const Pairs pairs(task, tokens);
  OraclePredictions result{MatrixXd(pairs.count(), task.pairs), MatrixXd(pairs.count(), task.pairs)};
  constexpr Index kNumbers = Index(1) << 20; // of a block: products as matrices, yet little memory for any M
  const Index block = std::clamp<Index>(kNumbers / tasks.rows(), 1, std::max<Index>(pairs.count(), 1));
  for (Index first = 0; first < pairs.count(); first += block) {
    const Index count = std::min(block, pairs.count() - first);
    MatrixXd errors = MatrixXd::Zero(tasks.rows(), count), x(task.dimension, count);
    Eigen::RowVectorXd y(count);
    for (Index k = 0; k < task.pairs; ++k) {
      for (Index s = 0; s < count; ++s) {
        x.col(s) = pairs.x(first + s, k);
        y(s) = pairs.y(first + s, k);
      }
      const MatrixXd answers = tasks * x;
      for (Index s = 0; s < count; ++s) {
        const VectorXd p = taskProbabilities(errors.col(s), task.noiseVariance);
        const double mean = p.dot(answers.col(s));
        result.mean(first + s, k) = mean;
        result.variance(first + s, k) =
            task.noiseVariance + (p.array() * (answers.col(s).array() - mean).square()).sum();
      }
      errors.array() += (answers.rowwise() - y).array().square();
    }
  }
  return result;
}

MatrixXd fixedTaskMatrix(const IclRegressionTask &task) {
  if (task.taskCount < 1)
    throw Error("tasks: expected a fixed set of one or more, found fresh ones for each sequence");
  const std::vector<float> tasks = makeIclTasks(task);
  using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  return Eigen::Map<const RowMajor>(tasks.data(), task.taskCount, task.dimension).cast<double>();
}

MatrixXd targetsOf(const IclRegressionTask &task, std::span<const float> tokens) {
  const Pairs pairs(task, tokens);
  MatrixXd y(pairs.count(), task.pairs);
  for (Index s = 0; s < y.rows(); ++s)
    for (Index k = 0; k < y.cols(); ++k)
      y(s, k) = pairs.y(s, k);
  return y;
}

} // namespace evolute::core
