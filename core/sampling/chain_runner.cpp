// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/chain_runner.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <numeric>
#include <span>

#include "core/torch/lane.h"
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

/// A part of the work for one thread: some chains of some plans.
struct Share {
  std::int64_t firstChain, chains;
  std::size_t firstPlan, plans;
};

/// Chains in blocks of `replicas`; on the CPU the plans of a block are divided too where blocks alone would leave
/// threads without work.
std::vector<Share> sharesOf(const std::vector<ChainPlan> &plans, std::int64_t replicas) {
  const ChainPlan &plan = plans.front();
  const std::int64_t chains = plan.settings.chainCount, blocks = (chains + replicas - 1) / replicas;
  std::size_t groups = 1;
  if (plan.start.front().is_cpu() && blocks % plan.threads != 0)
    groups = std::min(plans.size(), std::size_t(plan.threads));
  std::vector<Share> shares;
  for (std::size_t g = 0; g < groups; ++g) {
    const std::size_t begin = g * plans.size() / groups, end = (g + 1) * plans.size() / groups;
    for (std::int64_t first = 0; first < chains; first += replicas)
      shares.push_back({first, std::min(replicas, chains - first), begin, end - begin});
  }
  return shares;
}

/// Asks those plans that have a target whether their draws are enough, and cuts their traces where they are.
void askIfEnough(const std::vector<ChainPlan> &plans, std::int64_t draws, std::vector<ChainTraces> &traces,
                 std::vector<char> &over) {
  for (std::size_t i = 0; i < plans.size(); ++i)
    if (!over[i] && plans[i].enough && plans[i].enough(traces[i], draws)) {
      traces[i].loss.conservativeResize(draws, Eigen::NoChange);
      traces[i].excess.conservativeResize(draws, Eigen::NoChange);
      over[i] = 1;
    }
}

std::vector<ChainTraces> runInBlocks(const std::vector<ChainPlan> &plans, std::int64_t replicas,
                                     SharedProgress &progress) {
  const ChainPlan &plan = plans.front();
  const LlcSettings &settings = plan.settings;
  std::vector<ChainTraces> traces(plans.size(), emptyTraces(settings));
  const std::int64_t steps = settings.stepsPerChain();
  const torch::Tensor evaluation = evaluationSet(plan);
  // On a GPU one after the other: side by side they would need all the memory again that halving saved.
  const int threads = plan.start.front().is_cpu() ? plan.threads : 1;
  const std::vector<Share> shares = sharesOf(plans, replicas);
  std::vector<std::unique_ptr<Lane>> lanes(shares.size());
  std::vector<char> over(plans.size(), 0); // read by several threads: no vector<bool>
  const bool inRounds = settings.targetStandardError > 0 && plan.enough;
  const std::int64_t round = std::int64_t(settings.drawCount) * settings.stepsBetweenDraws;
  std::int64_t until = inRounds ? std::min(steps, settings.burnInSteps + round) : steps;
  for (bool first = true;; first = false, until = std::min(steps, until + round)) {
    parallelTensorWork(std::int64_t(lanes.size()), threads, [&](std::int64_t i) {
      const Share &share = shares[std::size_t(i)];
      std::unique_ptr<Lane> &lane = lanes[std::size_t(i)];
      if (first)
        lane = std::make_unique<Lane>(std::span(plans).subspan(share.firstPlan, share.plans), evaluation,
                                      share.firstChain, share.chains,
                                      std::span(traces).subspan(share.firstPlan, share.plans));
      lane->advanceTo(until, std::span(over).subspan(share.firstPlan, share.plans), progress);
    });
    if (until == steps || progress.stopped())
      break;
    askIfEnough(plans, (until - settings.burnInSteps) / settings.stepsBetweenDraws, traces, over);
    if (std::find(over.begin(), over.end(), 0) == over.end())
      break;
  }
  for (const auto &lane : lanes)
    lane->finish(progress.stopped());
  return traces;
}

} // namespace

ChainTraces runChains(const ChainPlan &plan, const Observer &observe) {
  return std::move(runChainsTogether({plan}, observe).front());
}

std::vector<ChainTraces> runChainsTogether(const std::vector<ChainPlan> &plans, const Observer &observe) {
  SharedProgress progress(observe, plans.front().settings.totalSteps() * std::int64_t(plans.size()));
  for (std::int64_t replicas = replicasPerBlock(plans.front());;) {
    try {
      return runInBlocks(plans, replicas, progress);
    } catch (const std::exception &error) {
      if (!isOutOfMemory(error) || replicas == 1)
        throw;
      replicas = (replicas + 1) / 2; // streams belong to chains: the numbers stay what they were
      progress.restart();
    }
  }
}

} // namespace evolute::core
