// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

#include "core/torch/dataset.h"
#include "core/torch/model_module.h"

namespace evolute::core {

/// A run's model and the samples that its loss is measured on.
struct RunLoss {
  std::unique_ptr<ModelModule> model;
  torch::Tensor inputs, targets; ///< as the model takes them
  std::string dataHash;          ///< identity of the data and of the loss on it
};

/// What [loss] of run.toml says: kind = "next-token" (language models), "mse", "cross-entropy" (what MLPs do with class
/// ids), each the only one that its model and data have and hence the default; or "kl-to" with reference = a checkpoint or
/// a run of another language model, whose last one it is: the mean over positions of KL(reference || model) in nats
/// (Wang et al. 2024, arXiv:2410.02984, who take a 1-layer model as the reference). The reference is evaluated once.
/// Samples first ... as makeDataset() counts them.
/// \throws Error for a kind that does not fit, a reference of another vocabulary or of a shorter context.
RunLoss makeRunLoss(const Run &run, const Architecture &architecture, const std::string &slice,
                    const std::string &purpose, std::int64_t count, torch::ScalarType dtype, const torch::Device &device);

} // namespace evolute::core
