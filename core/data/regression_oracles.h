// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>

#include <Eigen/Core>

#include "core/data/icl_regression.h"

namespace evolute::core {

/// What an ideal observer knows of y_k from x_k and the pairs before: sequences x K, both.
struct OraclePredictions {
  Eigen::MatrixXd mean;     ///< the prediction that minimises the squared error
  Eigen::MatrixXd variance; ///< of y_k about it, noise included: its expected squared error
};

/// Predictions of y_k by the posterior mean where tasks are N(0, I_D):
///
///   yhat_k = t.x_k,  t = (X'X + s I)^-1 X'y over the pairs before k,  s = the noise variance; yhat_1 = 0.
///
/// The posterior is updated pair by pair (a rank-one step of its covariance, no matrix is inverted). s = 0 is the
/// limit s -> 0, the shortest task that fits all pairs. `tokens` as makeIclSequences() writes them; of `task` only
/// D, K and s count. Cost: O(K D^2) a sequence. \throws Error when the length of tokens is no multiple of a sequence.
OraclePredictions predictByRidge(const IclRegressionTask &task, std::span<const float> tokens);

/// The same where tasks are uniform on the rows of `tasks` (M x D):
///
///   yhat_k = sum_m p_m t_m.x_k,  p = softmax_m( -1/(2 s) sum_{j<k} (y_j - t_m.x_j)^2 ).
///
/// dMMSE_M of Raventos et al. 2023, arXiv:2306.15063, section 2. Exponents are taken from the best task's, so that
/// none overflows and at least one does not vanish. s = 0 is the limit: uniform on the tasks that fit best.
/// Cost: O(M K D) and M K exponentials a sequence.
/// \throws Error also when there are no tasks or theirs is another D.
OraclePredictions predictByTaskSet(const IclRegressionTask &task, const Eigen::Ref<const Eigen::MatrixXd> &tasks,
                                   std::span<const float> tokens);

/// The M fixed tasks of `task` as rows. \throws Error when it has none (M = infinity).
Eigen::MatrixXd fixedTaskMatrix(const IclRegressionTask &task);

/// y_k of every sequence, sequences x K.
Eigen::MatrixXd targetsOf(const IclRegressionTask &task, std::span<const float> tokens);

} // namespace evolute::core
