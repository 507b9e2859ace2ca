// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <mutex>

#include "core/sampling/philox.h"
#include "core/torch/chain_runner.h"
#include "core/torch/sampler.h"
#include "core/torch/shared_pass.h"

namespace evolute::core {

/// Progress of all blocks together; calls the observer from one thread at a time.
class SharedProgress {
public:
  SharedProgress(const Observer &observe, std::int64_t total) : m_observe(observe), m_total(total) {}
  void advance(std::int64_t steps);
  /// The work begins anew; what is told goes on from where it was.
  void restart() { m_done = 0; }
  bool stopped() const { return m_stop; }

private:
  const Observer &m_observe;
  std::int64_t m_total, m_done = 0, m_told = 0;
  std::atomic<bool> m_stop = false;
  std::mutex m_mutex;
};

/// Chains [first, first + count) of a plan, on one thread at a time.
class ReplicaBlock {
public:
  /// \param evaluation indices of the fixed evaluation set, [E]; undefined when draws are measured on minibatches
  /// \param pass what it shares with blocks of other components that draw the same minibatches
  ReplicaBlock(const ChainPlan &plan, SharedPass &pass, const torch::Tensor &evaluation, std::int64_t first,
               std::int64_t count, ChainTraces &traces);

  /// Goes on to step `until` of each chain, unless it is stopped or no chain lives.
  void advanceTo(std::int64_t until, SharedProgress &progress);
  /// Writes what was measured on the way. Chains that are still at it were stopped.
  void finish(bool stopped);

private:
  /// Sums of what is measured now and then, for one chain.
  struct EvidenceSums {
    double acceptance = 0, distance = 0, gradient = 0, pull = 0;
    int proposals = 0, norms = 0;
  };
  struct Pass {
    torch::Tensor losses;   ///< [R], mean over the samples
    torch::Tensor gradient; ///< [R, P]
  };

  void advanceOne(std::int64_t step);
  torch::Tensor samplesOf(std::int64_t step) const;
  torch::Tensor minibatch(const std::vector<RandomStream> &streams, std::int64_t step, std::int64_t size) const;
  torch::Tensor normals(const std::vector<RandomStream> &streams, std::int64_t position) const;
  std::int64_t samplesAtOnce() const;
  Pass forwardBackward(const torch::Tensor &indices) const;
  torch::Tensor forward(const torch::Tensor &indices) const;
  torch::Tensor lossesAtStart(const torch::Tensor &indices) const;
  bool isDraw(std::int64_t step, bool afterUpdate) const;
  void endTheDiverged(std::int64_t step, const torch::Tensor &losses);
  void keepDraw(std::int64_t step, const torch::Tensor &losses, const torch::Tensor &indices);
  void evaluateDraw(std::int64_t step);
  void countAcceptance(const torch::Tensor &probabilities);
  void measureNorms(const torch::Tensor &weights, const torch::Tensor &gradient);
  bool anyAlive() const;

  const ChainPlan &m_plan;
  SharedPass &m_pass;
  const LlcSettings &m_settings;
  std::int64_t m_first, m_count, m_step = 0;
  ChainTraces &m_traces;
  MovingWeights m_weights;
  torch::Tensor m_evaluation; ///< [R, E] or undefined
  std::unique_ptr<Sampler> m_sampler;
  SamplerState m_state;
  std::vector<RandomStream> m_noise, m_batches, m_metropolis, m_freshBatches;
  std::vector<EvidenceSums> m_evidence;
  std::vector<bool> m_alive;
};

} // namespace evolute::core
