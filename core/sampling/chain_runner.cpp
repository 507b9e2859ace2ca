// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/chain_runner.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <mutex>

#include "core/sampling/philox.h"
#include "core/torch/runtime.h"
#include "core/torch/sgld.h"

namespace evolute::core {

namespace {

constexpr int kEvidenceEvery = 20; ///< steps between measurements of acceptance and norms: 5 % more work
constexpr double kCacheNumbers = 200'000; ///< activations that a block may keep: about a megabyte of float32
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Progress of all blocks together; calls the observer from one thread at a time.
class SharedProgress {
public:
  SharedProgress(const Observer &observe, std::int64_t total) : m_observe(observe), m_total(total) {}
  void advance(std::int64_t steps) {
    if (!m_observe)
      return;
    const std::lock_guard lock(m_mutex);
    m_done += steps;
    if (!m_stop && m_observe({m_done, m_total, "sampler steps"}) == Flow::Stop)
      m_stop = true;
  }
  bool stopped() const { return m_stop; }

private:
  const Observer &m_observe;
  std::int64_t m_total, m_done = 0;
  std::atomic<bool> m_stop = false;
  std::mutex m_mutex;
};

/// Sums of what is measured now and then, for one chain.
struct EvidenceSums {
  double acceptance = 0, distance = 0, gradient = 0, pull = 0;
  int proposals = 0, norms = 0;
};

/// Chains [first, first + count) from start to end, on one thread.
class ReplicaBlock {
public:
  ReplicaBlock(const ChainPlan &plan, std::int64_t first, std::int64_t count, ChainTraces &traces)
      : m_plan(plan), m_settings(plan.settings), m_first(first), m_count(count), m_traces(traces),
        m_weights(plan.start, plan.parameters, plan.component, count), m_evidence(std::size_t(count)),
        m_alive(std::size_t(count), true) {
    m_step = {m_settings.stepSize, m_settings.effectiveInverseTemperature(), m_settings.localization};
    for (std::int64_t r = 0; r < count; ++r) {
      const auto chain = std::uint64_t(first + r);
      m_noise.push_back({streamKey(m_settings.seed, "noise", plan.checkpointHash, plan.component.name, chain)});
      m_batches.push_back({streamKey(m_settings.seed, "minibatch", {}, {}, chain)});
    }
  }

  void run(SharedProgress &progress) {
    const std::int64_t steps =
        m_settings.burnInSteps + std::int64_t(m_settings.drawCount) * m_settings.stepsBetweenDraws;
    std::int64_t step = 0;
    for (; step < steps && anyAlive() && !progress.stopped(); ++step) {
      advanceOne(step);
      progress.advance(m_count);
    }
    finish(step < steps && progress.stopped());
    if (step < steps && !progress.stopped())
      progress.advance((steps - step) * m_count); // ended early: its steps need not be waited for
  }

private:
  void advanceOne(std::int64_t step) {
    const torch::Tensor indices = minibatch(step);
    const torch::Tensor losses = m_plan.objective.losses(m_weights.parameters(), indices).mean(1); // [R]
    const torch::Tensor gradient = m_weights.gradient(losses);
    torch::NoGradGuard noGrad;
    record(step, losses, m_plan.table.index_select(0, indices.reshape({-1})).view(indices.sizes()).mean(1));
    const bool measure = step % kEvidenceEvery == kEvidenceEvery - 1;
    const torch::Tensor before = measure ? m_weights.flat().clone() : torch::Tensor();
    sgldStep(m_weights.flat(), gradient, m_weights.anchor(), noise(step), m_step);
    if (measure)
      measureStep(before, gradient, losses, indices);
  }

  torch::Tensor minibatch(std::int64_t step) const {
    const std::int64_t batch = m_settings.batchSize;
    torch::Tensor indices = torch::empty({m_count, batch}, torch::kInt64);
    for (std::int64_t r = 0; r < m_count; ++r)
      m_batches[std::size_t(r)].integers(
          std::uint64_t(step), std::uint32_t(m_plan.objective.sampleCount()),
          {indices.data_ptr<std::int64_t>() + r * batch, std::size_t(batch)});
    return indices.to(m_weights.flat().device());
  }

  torch::Tensor noise(std::int64_t step) {
    // Made on the CPU for every device: a GPU then walks the same path.
    torch::Tensor noise = torch::empty({m_count, m_weights.count()}, torch::dtype(m_weights.flat().scalar_type()));
    AT_DISPATCH_FLOATING_TYPES(noise.scalar_type(), "noise", [&] {
      for (std::int64_t r = 0; r < m_count; ++r)
        m_noise[std::size_t(r)].normals(std::uint64_t(step),
                                        std::span(noise.data_ptr<scalar_t>() + r * m_weights.count(),
                                                  std::size_t(m_weights.count())));
    });
    return noise.to(m_weights.flat().device());
  }

  void record(std::int64_t step, const torch::Tensor &losses, const torch::Tensor &baseline) {
    const torch::Tensor now = losses.to(torch::kCPU, torch::kFloat64), base = baseline.to(torch::kCPU, torch::kFloat64);
    const std::int64_t after = step - m_settings.burnInSteps;
    // the last step of each block of stepsBetweenDraws is a draw
    const bool isDraw = after >= 0 && (after + 1) % m_settings.stepsBetweenDraws == 0;
    const std::int64_t draw = after / m_settings.stepsBetweenDraws;
    for (std::int64_t r = 0; r < m_count; ++r) {
      if (!m_alive[std::size_t(r)])
        continue;
      const double loss = now.data_ptr<double>()[r];
      if (!std::isfinite(loss)) {
        m_alive[std::size_t(r)] = false;
        ChainEvidence &chain = m_traces.chains[std::size_t(m_first + r)];
        chain.end = ChainEnd::Diverged;
        chain.message = "The loss was no longer finite at step " + std::to_string(step) + ".";
        continue;
      }
      if (isDraw) {
        m_traces.loss(draw, m_first + r) = float(loss);
        // difference in double before it is stored: both losses share their minibatch noise
        m_traces.excess(draw, m_first + r) = float(loss - base.data_ptr<double>()[r]);
        ++m_traces.chains[std::size_t(m_first + r)].draws;
      }
    }
  }

  void measureStep(const torch::Tensor &before, const torch::Tensor &gradient, const torch::Tensor &losses,
                   const torch::Tensor &indices) {
    torch::Tensor newLosses, newGradient;
    {
      torch::AutoGradMode withGrad(true);
      newLosses = m_plan.objective.losses(m_weights.parameters(), indices).mean(1);
      newGradient = m_weights.gradient(newLosses);
    }
    const auto toCpu = [](const torch::Tensor &t) { return t.to(torch::kCPU, torch::kFloat64).contiguous(); };
    const torch::Tensor p = toCpu(malaAcceptance(before, gradient, losses, m_weights.flat(), newGradient,
                                                 newLosses.detach(), m_weights.anchor(), m_step));
    const torch::Tensor distance = toCpu((before - m_weights.anchor()).norm(2, 1));
    const torch::Tensor slope = toCpu(gradient.norm(2, 1));
    for (std::int64_t r = 0; r < m_count; ++r) {
      EvidenceSums &sums = m_evidence[std::size_t(r)];
      const double accepted = p.data_ptr<double>()[r];
      if (!m_alive[std::size_t(r)])
        continue;
      sums.acceptance += std::isfinite(accepted) ? accepted : 0.0;
      ++sums.proposals;
      sums.distance += distance.data_ptr<double>()[r];
      sums.gradient += 0.5 * m_step.stepSize * m_step.inverseTemperature * slope.data_ptr<double>()[r];
      sums.pull += 0.5 * m_step.stepSize * m_step.localization * distance.data_ptr<double>()[r];
      ++sums.norms;
    }
  }

  bool anyAlive() const { return std::find(m_alive.begin(), m_alive.end(), true) != m_alive.end(); }

  void finish(bool stopped) {
    for (std::int64_t r = 0; r < m_count; ++r) {
      ChainEvidence &chain = m_traces.chains[std::size_t(m_first + r)];
      const EvidenceSums &sums = m_evidence[std::size_t(r)];
      chain.acceptance = sums.proposals > 0 ? sums.acceptance / sums.proposals : kNaN;
      chain.distance = sums.norms > 0 ? sums.distance / sums.norms : kNaN;
      chain.gradientNorm = sums.norms > 0 ? sums.gradient / sums.norms : kNaN;
      chain.pullNorm = sums.norms > 0 ? sums.pull / sums.norms : kNaN;
      chain.noiseNorm = std::sqrt(m_step.stepSize * double(m_weights.count()));
      if (stopped && chain.end == ChainEnd::Completed) {
        chain.end = ChainEnd::Stopped;
        chain.message = "Stopped on request.";
      }
    }
  }

  const ChainPlan &m_plan;
  const LlcSettings &m_settings;
  std::int64_t m_first, m_count;
  ChainTraces &m_traces;
  MovingWeights m_weights;
  SgldCoefficients m_step;
  std::vector<RandomStream> m_noise, m_batches;
  std::vector<EvidenceSums> m_evidence;
  std::vector<bool> m_alive;
};

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
  return {Eigen::ArrayXXf::Constant(settings.drawCount, settings.chainCount, nothing),
          Eigen::ArrayXXf::Constant(settings.drawCount, settings.chainCount, nothing),
          std::vector<ChainEvidence>(std::size_t(settings.chainCount))};
}

ChainTraces runInBlocks(const ChainPlan &plan, std::int64_t replicas, const Observer &observe) {
  ChainTraces traces = emptyTraces(plan.settings);
  const std::int64_t chains = plan.settings.chainCount;
  SharedProgress progress(observe, plan.settings.totalSteps());
  parallelTensorWork((chains + replicas - 1) / replicas, plan.threads, [&](std::int64_t block) {
    const std::int64_t first = block * replicas;
    ReplicaBlock(plan, first, std::min(replicas, chains - first), traces).run(progress);
  });
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
