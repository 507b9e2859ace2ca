// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/torch/dataset.h"
#include "core/torch/model_module.h"
#include "core/training/trainer.h"

namespace evolute::core {

/// What a task adds to the loop of training: the model, its minibatches, and what is measured at a checkpoint.
/// batch() is called from several threads at once.
class TrainingTask {
public:
  using Values = std::vector<std::pair<std::string, double>>; ///< named columns of a row of metrics.jsonl

  virtual ~TrainingTask() = default;
  virtual const Architecture &architecture() const = 0;
  /// Samples of a batch whose gradient is taken at once. It may depend on the settings alone, never on the
  /// number of threads: gradients of shards are summed in order, with the same bits on one core and on many.
  virtual std::int64_t shardSize() const = 0;
  /// Samples begin ... begin + count - 1 of the minibatch of this step, on the CPU.
  virtual Dataset batch(std::int64_t step, std::int64_t begin, std::int64_t count) const = 0;
  /// Of weights without replica axis, on their device. The first value is "eval_loss".
  virtual Values evaluate(const ModelModule &model, const Weights &weights, int threads) const = 0;
};

/// "icl-regression" and "linear-network".
std::unique_ptr<TrainingTask> makeRegressionTraining(const TrainSettings &settings);
/// "language-model". \throws Error for token arrays that do not fit.
std::unique_ptr<TrainingTask> makeLanguageTraining(const TrainSettings &settings);

} // namespace evolute::core
