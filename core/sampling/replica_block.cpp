// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/replica_block.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace evolute::core {

namespace {

constexpr int kEvidenceEvery = 20; ///< steps between measurements of acceptance and norms: 5 % more work
constexpr double kPieceNumbers = 1'800'000; ///< activations at once: 64 sequences of the published transformer
constexpr std::int64_t kFewestSamples = 32; ///< less, and dispatch outweighs what the cache saves
constexpr std::int64_t kPiece = 256; ///< samples at once where a minibatch has fewer, there are more and they fit
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

torch::Tensor onCpu(const torch::Tensor &t) {
  return t.to(torch::kCPU, torch::kFloat64).contiguous();
}

} // namespace

void SharedProgress::advance(std::int64_t steps) {
  if (!m_observe)
    return;
  const std::lock_guard lock(m_mutex);
  m_done += steps;
  m_told = std::max(m_told, m_done);
  if (!m_stop && m_observe({m_told, m_total, "sampler steps"}) == Flow::Stop)
    m_stop = true;
}

ReplicaBlock::ReplicaBlock(const ChainPlan &plan, SharedPass &pass, const torch::Tensor &evaluation,
                           std::int64_t first, std::int64_t count, ChainTraces &traces)
    : m_plan(plan), m_pass(pass), m_settings(plan.settings), m_first(first), m_count(count), m_traces(traces),
      m_weights(plan.start, plan.parameters, plan.component, count), m_evidence(std::size_t(count)),
      m_alive(std::size_t(count), true) {
  torch::NoGradGuard noGrad;
  std::vector<RandomStream> start, momentum;
  for (std::int64_t r = 0; r < count; ++r) {
    const auto chain = std::uint64_t(first + r);
    const auto own = [&](const char *purpose) {
      return RandomStream{streamKey(m_settings.seed, purpose, plan.checkpointHash, plan.component.name, chain)};
    };
    const std::uint64_t batchChain = m_settings.sharedMinibatches ? 0 : chain;
    m_noise.push_back(own("noise"));
    m_metropolis.push_back(own("metropolis"));
    start.push_back(own("start"));
    momentum.push_back(own("momentum"));
    m_batches.push_back({streamKey(m_settings.seed, "minibatch", {}, {}, batchChain)});
    m_freshBatches.push_back({streamKey(m_settings.seed, "draw's minibatch", {}, {}, batchChain)});
  }
  if (evaluation.defined())
    m_evaluation = evaluation.unsqueeze(0).expand({count, evaluation.size(0)});
  if (m_settings.initialNoise > 0)
    m_weights.flat().add_(normals(start, 0), m_settings.initialNoise);
  m_sampler = makeSampler(m_settings, m_weights.anchor(), plan.stepFactors);
  m_state = m_sampler->begin(m_weights.flat(),
                             m_sampler->hasMomentum() ? normals(momentum, 0) : torch::Tensor());
}

void ReplicaBlock::advanceTo(std::int64_t until, SharedProgress &progress) {
  for (; m_step < until && anyAlive() && !progress.stopped(); ++m_step) {
    advanceOne(m_step);
    progress.advance(m_count);
  }
  if (!anyAlive()) { // its steps need not be waited for
    progress.advance((until - m_step) * m_count);
    m_step = until;
  }
}

void ReplicaBlock::advanceOne(std::int64_t step) {
  const torch::Tensor indices = samplesOf(step);
  Pass at = forwardBackward(indices);
  torch::NoGradGuard noGrad;
  if (m_sampler->rejects()) {
    torch::Tensor uniforms = torch::empty({m_count}, torch::kFloat64);
    for (std::int64_t r = 0; r < m_count; ++r)
      m_metropolis[std::size_t(r)].uniforms(std::uint64_t(step), {uniforms.data_ptr<double>() + r, 1});
    const torch::Tensor accepted =
        m_sampler->settle(m_state, at.gradient, at.losses, uniforms.to(at.losses.device()));
    if (accepted.defined())
      countAcceptance(accepted);
  }
  endTheDiverged(step, at.losses);
  if (isDraw(step, false))
    m_evaluation.defined() ? evaluateDraw(step) : keepDraw(step, at.losses, indices);

  const bool measure = step % kEvidenceEvery == kEvidenceEvery - 1;
  if (measure)
    measureNorms(m_state.weights, at.gradient);
  const bool wouldBeAccepted = measure && m_sampler->langevinScale(m_state).defined() && m_settings.noiseScale == 1;
  const torch::Tensor before = wouldBeAccepted ? m_state.weights.clone() : torch::Tensor();
  m_sampler->step(m_state, at.gradient, normals(m_noise, step));
  if (wouldBeAccepted) {
    const Pass there = forwardBackward(indices);
    countAcceptance(malaAcceptance(before, at.gradient, at.losses, m_state.weights, there.gradient, there.losses,
                                   m_weights.anchor(), m_sampler->coefficients(),
                                   m_sampler->langevinScale(m_state)));
  }
  if (isDraw(step, true))
    evaluateDraw(step);
}

/// The samples whose loss moves the chains at a step, [R, B].
torch::Tensor ReplicaBlock::samplesOf(std::int64_t step) const {
  if (m_sampler->rejects()) // a Metropolis rule needs the whole loss
    return torch::arange(m_plan.objective.sampleCount(), torch::TensorOptions(m_weights.flat().device()).dtype(torch::kInt64))
        .unsqueeze(0)
        .expand({m_count, m_plan.objective.sampleCount()});
  return minibatch(m_batches, step, std::int64_t(m_settings.batchSize) * m_settings.gradientAccumulation);
}

torch::Tensor ReplicaBlock::minibatch(const std::vector<RandomStream> &streams, std::int64_t step,
                                      std::int64_t size) const {
  torch::Tensor indices = torch::empty({m_count, size}, torch::kInt64);
  for (std::int64_t r = 0; r < m_count; ++r)
    streams[std::size_t(r)].integers(std::uint64_t(step), std::uint32_t(m_plan.objective.sampleCount()),
                                     {indices.data_ptr<std::int64_t>() + r * size, std::size_t(size)});
  return indices.to(m_weights.flat().device());
}

torch::Tensor ReplicaBlock::normals(const std::vector<RandomStream> &streams, std::int64_t position) const {
  // Made on the CPU for every device: a GPU then walks the same path.
  torch::Tensor noise = torch::empty({m_count, m_weights.count()}, torch::dtype(m_weights.flat().scalar_type()));
  AT_DISPATCH_FLOATING_TYPES(noise.scalar_type(), "noise", [&] {
    for (std::int64_t r = 0; r < m_count; ++r)
      streams[std::size_t(r)].normals(std::uint64_t(position),
                                      std::span(noise.data_ptr<scalar_t>() + r * m_weights.count(),
                                                std::size_t(m_weights.count())));
  });
  return noise.to(m_weights.flat().device());
}

/// A minibatch goes forward and back in pieces whose activations stay in the cache.
std::int64_t ReplicaBlock::samplesAtOnce() const {
  if (!m_weights.flat().is_cpu())
    return m_settings.batchSize;
  const double numbers = double(m_plan.objective.activationsPerSample()) * double(m_count);
  const auto fitting = std::int64_t(kPieceNumbers / std::max(numbers, 1.0));
  const std::int64_t most = std::max<std::int64_t>(m_settings.batchSize, std::min(fitting, kPiece));
  const std::int64_t pieces = std::max<std::int64_t>(1, most / std::max(fitting, kFewestSamples));
  return (most + pieces - 1) / pieces;
}

ReplicaBlock::Pass ReplicaBlock::forwardBackward(const torch::Tensor &indices) const {
  torch::AutoGradMode withGrad(true);
  Pass pass;
  const std::int64_t all = indices.size(1), piece = samplesAtOnce();
  for (std::int64_t begin = 0; begin < all; begin += piece) {
    const std::int64_t size = std::min(piece, all - begin);
    const torch::Tensor samples = indices.narrow(1, begin, size);
    const torch::Tensor ofSamples = m_sampler->rejects() // the whole data set at every step: too much to keep
                                        ? m_plan.objective.losses(m_weights.parameters(), samples)
                                        : m_pass.losses(m_weights, samples, std::size_t(begin / piece));
    const torch::Tensor losses = ofSamples.sum(1) / double(all);
    const torch::Tensor gradient = m_weights.gradient(losses);
    pass.losses = pass.losses.defined() ? pass.losses + losses.detach() : losses.detach();
    pass.gradient = pass.gradient.defined() ? pass.gradient.add_(gradient) : gradient;
  }
  return pass;
}

torch::Tensor ReplicaBlock::forward(const torch::Tensor &indices) const {
  torch::Tensor sum;
  const std::int64_t all = indices.size(1), piece = samplesAtOnce();
  for (std::int64_t begin = 0; begin < all; begin += piece) {
    const torch::Tensor part =
        m_plan.objective.losses(m_weights.parameters(), indices.narrow(1, begin, std::min(piece, all - begin)))
            .sum(1);
    sum = sum.defined() ? sum + part : part;
  }
  return sum / double(all);
}

torch::Tensor ReplicaBlock::lossesAtStart(const torch::Tensor &indices) const {
  return m_plan.table.index_select(0, indices.reshape({-1})).view(indices.sizes()).mean(1);
}

bool ReplicaBlock::isDraw(std::int64_t step, bool afterUpdate) const {
  if (m_settings.includeBurnIn)
    return !afterUpdate;
  const std::int64_t kept = step - m_settings.burnInSteps, block = m_settings.stepsBetweenDraws;
  if (kept < 0)
    return false;
  return m_settings.drawRule == DrawRule::LastOfBlock ? !afterUpdate && (kept + 1) % block == 0
                                                      : afterUpdate && kept % block == 0;
}

void ReplicaBlock::endTheDiverged(std::int64_t step, const torch::Tensor &losses) {
  const torch::Tensor now = onCpu(losses);
  for (std::int64_t r = 0; r < m_count; ++r)
    if (m_alive[std::size_t(r)] && !std::isfinite(now.data_ptr<double>()[r])) {
      m_alive[std::size_t(r)] = false;
      ChainEvidence &chain = m_traces.chains[std::size_t(m_first + r)];
      chain.end = ChainEnd::Diverged;
      chain.message = "The loss was no longer finite at step " + std::to_string(step) + ".";
    }
}

void ReplicaBlock::keepDraw(std::int64_t step, const torch::Tensor &losses, const torch::Tensor &indices) {
  const torch::Tensor now = onCpu(losses), base = onCpu(lossesAtStart(indices));
  const std::int64_t draw =
      m_settings.includeBurnIn ? step : (step - m_settings.burnInSteps) / m_settings.stepsBetweenDraws;
  for (std::int64_t r = 0; r < m_count; ++r) {
    if (!m_alive[std::size_t(r)])
      continue;
    const double loss = now.data_ptr<double>()[r];
    m_traces.loss(draw, m_first + r) = float(loss);
    // difference in double before it is stored: both losses share their minibatch noise
    m_traces.excess(draw, m_first + r) = float(loss - base.data_ptr<double>()[r]);
    ++m_traces.chains[std::size_t(m_first + r)].draws;
  }
}

void ReplicaBlock::evaluateDraw(std::int64_t step) {
  const torch::Tensor indices =
      m_evaluation.defined() ? m_evaluation : minibatch(m_freshBatches, step, m_settings.batchSize);
  const torch::Tensor losses = forward(indices);
  endTheDiverged(step, losses);
  keepDraw(step, losses, indices);
}

void ReplicaBlock::countAcceptance(const torch::Tensor &probabilities) {
  const torch::Tensor p = onCpu(probabilities);
  for (std::int64_t r = 0; r < m_count; ++r) {
    if (!m_alive[std::size_t(r)])
      continue;
    const double accepted = p.data_ptr<double>()[r];
    m_evidence[std::size_t(r)].acceptance += std::isfinite(accepted) ? accepted : 0.0;
    ++m_evidence[std::size_t(r)].proposals;
  }
}

void ReplicaBlock::measureNorms(const torch::Tensor &weights, const torch::Tensor &gradient) {
  const torch::Tensor distance = onCpu((weights - m_weights.anchor()).norm(2, 1)), slope = onCpu(gradient.norm(2, 1));
  const LlcSettings::Scales scales = m_settings.scales();
  for (std::int64_t r = 0; r < m_count; ++r) {
    if (!m_alive[std::size_t(r)])
      continue;
    EvidenceSums &sums = m_evidence[std::size_t(r)];
    sums.distance += distance.data_ptr<double>()[r];
    sums.gradient += scales.gradient * slope.data_ptr<double>()[r];
    sums.pull += scales.pull * distance.data_ptr<double>()[r];
    ++sums.norms;
  }
}

bool ReplicaBlock::anyAlive() const {
  return std::find(m_alive.begin(), m_alive.end(), true) != m_alive.end();
}

void ReplicaBlock::finish(bool stopped) {
  for (std::int64_t r = 0; r < m_count; ++r) {
    ChainEvidence &chain = m_traces.chains[std::size_t(m_first + r)];
    const EvidenceSums &sums = m_evidence[std::size_t(r)];
    chain.acceptance = sums.proposals > 0 ? sums.acceptance / sums.proposals : kNaN;
    chain.distance = sums.norms > 0 ? sums.distance / sums.norms : kNaN;
    chain.gradientNorm = sums.norms > 0 ? sums.gradient / sums.norms : kNaN;
    chain.pullNorm = sums.norms > 0 ? sums.pull / sums.norms : kNaN;
    chain.noiseNorm = m_settings.noiseScale * std::sqrt(m_settings.stepSize * double(m_weights.count()));
    if (stopped && chain.end == ChainEnd::Completed) {
      chain.end = ChainEnd::Stopped;
      chain.message = "Stopped on request.";
    }
  }
}

} // namespace evolute::core
