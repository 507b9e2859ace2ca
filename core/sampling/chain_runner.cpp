// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/chain_runner.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <numeric>

#include "core/torch/replica_block.h"
#include "core/torch/runtime.h"

namespace evolute::core {

namespace {

constexpr double kCacheNumbers = 200'000; ///< activations that a block may keep: about a megabyte of float32

std::int64_t replicasPerBlock(const ChainPlan &plan) {
  const std::int64_t chains = plan.settings.chainCount;
  if (!plan.start.front().is_cpu())
    return chains;
  const std::int64_t threads = plan.threads;
  const double numbers = double(plan.objective.activationsPerSample()) * plan.settings.batchSize;
  const auto fitting = std::int64_t(kCacheNumbers / std::max(numbers, 1.0));
  return std::clamp<std::int64_t>(fitting, 1, (chains + threads - 1) / threads);
}

ChainTraces emptyTraces(const LlcSettings &settings) {
  const auto nothing = std::numeric_limits<float>::quiet_NaN();
  return {Eigen::ArrayXXf::Constant(settings.mostDraws(), settings.chainCount, nothing),
          Eigen::ArrayXXf::Constant(settings.mostDraws(), settings.chainCount, nothing),
          std::vector<ChainEvidence>(std::size_t(settings.chainCount))};
}

/// Which samples every draw is measured on, [E]: the same for all chains, components and checkpoints.
torch::Tensor evaluationSet(const ChainPlan &plan) {
  const std::int64_t wanted = plan.settings.fixedEvaluationSamples, all = plan.objective.sampleCount();
  if (wanted == 0)
    return {};
  std::vector<double> order(static_cast<std::size_t>(all));
  RandomStream{streamKey(plan.settings.seed, "evaluation set")}.uniforms(0, order);
  std::vector<std::int64_t> indices(static_cast<std::size_t>(all));
  std::iota(indices.begin(), indices.end(), 0);
  std::sort(indices.begin(), indices.end(),
            [&](std::int64_t a, std::int64_t b) { return order[std::size_t(a)] < order[std::size_t(b)]; });
  indices.resize(std::size_t(std::min(wanted, all)));
  return torch::tensor(indices, torch::kInt64).to(plan.start.front().device());
}

ChainTraces runInBlocks(const ChainPlan &plan, std::int64_t replicas, const Observer &observe) {
  const LlcSettings &settings = plan.settings;
  ChainTraces traces = emptyTraces(settings);
  const std::int64_t chains = settings.chainCount, steps = settings.stepsPerChain();
  const torch::Tensor evaluation = evaluationSet(plan);
  SharedProgress progress(observe, settings.totalSteps());
  std::vector<std::unique_ptr<ReplicaBlock>> blocks(std::size_t((chains + replicas - 1) / replicas));
  const bool inRounds = settings.targetStandardError > 0 && plan.enough;
  const std::int64_t round = std::int64_t(settings.drawCount) * settings.stepsBetweenDraws;
  std::int64_t until = inRounds ? std::min(steps, settings.burnInSteps + round) : steps;
  for (bool first = true;; first = false, until = std::min(steps, until + round)) {
    parallelTensorWork(std::int64_t(blocks.size()), plan.threads, [&](std::int64_t b) {
      std::unique_ptr<ReplicaBlock> &block = blocks[std::size_t(b)];
      const std::int64_t from = b * replicas;
      if (first)
        block = std::make_unique<ReplicaBlock>(plan, evaluation, from, std::min(replicas, chains - from), traces);
      block->advanceTo(until, progress);
    });
    const std::int64_t draws = (until - settings.burnInSteps) / settings.stepsBetweenDraws;
    if (until == steps || progress.stopped())
      break;
    if (plan.enough(traces, draws)) {
      traces.loss.conservativeResize(draws, Eigen::NoChange);
      traces.excess.conservativeResize(draws, Eigen::NoChange);
      break;
    }
  }
  for (const auto &block : blocks)
    block->finish(progress.stopped());
  return traces;
}

} // namespace

ChainTraces runChains(const ChainPlan &plan, const Observer &observe) {
  std::int64_t replicas = replicasPerBlock(plan);
  for (;;) {
    try {
      return runInBlocks(plan, replicas, observe);
    } catch (const c10::Error &error) {
      const bool outOfMemory = std::string(error.what_without_backtrace()).find("out of memory") != std::string::npos;
      if (!outOfMemory || replicas == 1)
        throw;
      replicas = (replicas + 1) / 2; // streams belong to chains: the numbers stay what they were
    }
  }
}

} // namespace evolute::core
