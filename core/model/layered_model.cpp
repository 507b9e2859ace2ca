// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/layered_model.h"

#include <algorithm>

namespace evolute::core {

torch::Tensor LayeredModel::losses(const Weights &weights, const torch::Tensor &inputs, const torch::Tensor &targets) const {
  return lossesFrom(0, embedded(weights, inputs), weights, targets);
}

FrozenPass LayeredModel::frozenPass(const Weights &start, const torch::Tensor &inputs, const torch::Tensor &targets) const {
  torch::NoGradGuard noGrad;
  FrozenPass frozen{inputs, targets, {}};
  torch::Tensor x = embedded(start, inputs);
  for (std::int64_t l = 0; l < layerCount(); ++l) {
    const Attention attention = throughAttention(start, l, x, targets);
    frozen.kept.insert(frozen.kept.end(), {attention.x, attention.normal, attention.mixed, attention.middle});
    x = pastMlp(start, l, attention);
  }
  frozen.kept.push_back(x);
  keepReadout(start, frozen);
  return frozen;
}

torch::Tensor LayeredModel::losses(const MovingWeights &moving, const FrozenPass &frozen) const {
  const std::int64_t stage = firstMovingStage(moving), l = stage / 2;
  if (stage < 0)
    return losses(moving.parameters(), frozen.inputs, frozen.targets);
  if (const auto head = movingHead(moving))
    return lossesPastHead(moving, *head, l, frozen);
  const Weights w = moving.parameters();
  if (stage % 2 == 1) // only the MLP and what follows
    return lossesFrom(l + 1, pastMlp(w, l, keptOf(frozen, l)), w, frozen.targets);
  return lossesFrom(l, streamOf(frozen, l), w, frozen.targets);
}

torch::Tensor LayeredModel::lossesFrom(std::int64_t first, torch::Tensor x, const Weights &w,
                                       const torch::Tensor &targets) const {
  for (std::int64_t l = first; l < layerCount(); ++l)
    x = pastMlp(w, l, throughAttention(w, l, x, targets));
  return readOut(w, x, targets);
}

LayeredModel::Attention LayeredModel::keptOf(const FrozenPass &frozen, std::int64_t l) {
  const torch::Tensor *kept = &frozen.kept[kKeptPerLayer * std::size_t(l)];
  return {kept[0], kept[1], kept[2], kept[3]};
}

const torch::Tensor &LayeredModel::streamOf(const FrozenPass &frozen, std::int64_t l) {
  return frozen.kept[kKeptPerLayer * std::size_t(l)];
}

std::int64_t LayeredModel::firstMovingStage(const MovingWeights &moving) const {
  std::int64_t first = 2 * layerCount();
  for (const MovingWeights::Part &part : moving.parts())
    first = std::min(first, stageOf(part.parameter));
  return first;
}

} // namespace evolute::core
