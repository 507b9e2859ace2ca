// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/summarize_chains.h"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <limits>
#include <sstream>

#include "core/llc/diagnostics.h"
#include "core/llc/population_error.h"

namespace evolute::core {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Columns of chains that count, cut to a common number of draws, as float64.
Eigen::ArrayXXd usable(const Eigen::ArrayXXf &trace, const std::vector<int> &chains, std::int64_t draws) {
  Eigen::ArrayXXd chosen(draws, std::int64_t(chains.size()));
  for (std::size_t c = 0; c < chains.size(); ++c)
    chosen.col(std::int64_t(c)) = trace.col(chains[c]).head(draws).cast<double>();
  return chosen;
}

double spread(const Eigen::ArrayXd &means) {
  if (means.size() < 2)
    return kNaN;
  return std::sqrt((means - means.mean()).square().sum() / double(means.size() - 1));
}

/// Error of the difference between the data that draws are measured on and the data that L(w*) is. By itself L(w*)
/// adds none: it is of the very samples that minibatches come from. A set of E samples out of n is off by
/// sd sqrt(1/E - 1/n), L(w*) from minibatches by its own error.
double offsetError(const LlcSettings &s, double initialLossError) {
  double variance = 0;
  if (s.initialLossBatches > 0)
    variance += initialLossError * initialLossError;
  if (s.fixedEvaluationSamples > 0) {
    const double n = double(s.initialLossBatches > 0 ? s.initialLossBatches * s.batchSize : s.sampleCount);
    variance += initialLossError * initialLossError * n * // sd^2
                (1.0 / double(s.fixedEvaluationSamples) - 1.0 / double(s.sampleCount));
  }
  return std::sqrt(variance);
}

std::string whyItStopped(const LlcSettings &s, double error, std::int64_t draws) {
  std::ostringstream text;
  text << std::setprecision(3);
  if (error <= s.targetStandardError)
    text << "Stopped after " << draws << " draws a chain: the standard error is " << error << ", at most "
         << s.targetStandardError << " was asked for.";
  else
    text << "Stopped at the most draws allowed (" << draws << " a chain): the standard error is " << error
         << ", above the " << s.targetStandardError << " asked for.";
  return text.str();
}

/// NaN where draws carry no noise of minibatches of their own, from which alone it can be told.
double pairedPopulationError(const LlcSettings &s, const Eigen::ArrayXXd &paired) {
  if (s.fixedEvaluationSamples > 0 || s.sampler == SamplerKind::Mala)
    return kNaN;
  return pairedDataError(paired, std::int64_t(s.batchSize) * s.gradientAccumulation, s.sampleCount);
}

} // namespace

LlcEstimate summarizeChains(const LlcSettings &settings, ChainTraces traces, double initialLoss,
                            double initialLossError) {
  const double nBeta = settings.effectiveInverseTemperature();
  LlcEstimate e;
  e.settingsHash = settings.hash();
  e.inverseTemperature = nBeta;
  e.initialLoss = initialLoss;
  e.initialLossError = initialLossError;
  e.loss = std::move(traces.loss);
  e.excess = std::move(traces.excess);
  e.chains = std::move(traces.chains);

  // Finished chains count; when there is none (stopped by the user), those that have draws.
  std::vector<int> chosen;
  for (std::size_t c = 0; c < e.chains.size(); ++c)
    if (e.chains[c].end == ChainEnd::Completed)
      chosen.push_back(int(c));
  for (std::size_t c = 0, none = chosen.empty(); none && c < e.chains.size(); ++c)
    if (e.chains[c].end == ChainEnd::Stopped && e.chains[c].draws > 0)
      chosen.push_back(int(c));
  std::int64_t draws = e.loss.rows();
  for (const int c : chosen)
    draws = std::min(draws, e.chains[std::size_t(c)].draws);
  for (std::size_t c = 0; c < e.chains.size(); ++c) {
    ChainEvidence &chain = e.chains[c];
    chain.llcPaired = chain.draws > 0 ? nBeta * double(e.excess.col(int(c)).head(chain.draws).cast<double>().mean()) : kNaN;
    chain.llcPlain =
        chain.draws > 0 ? nBeta * (double(e.loss.col(int(c)).head(chain.draws).cast<double>().mean()) - initialLoss) : kNaN;
  }
  if (chosen.empty() || draws < 1) {
    e.llc = e.standardError = e.llcPaired = e.llcPlain = e.sePaired = e.sePlain = kNaN;
    e.sePopulation = e.sdOverChains = e.rhat = e.essBulk = e.essTail = e.mcse = e.acceptance = e.shareBelow = kNaN;
    e.message = "No chain kept a draw.";
    e.verdict = judge(e, settings.sampler == SamplerKind::Mala);
    return e;
  }

  const Eigen::ArrayXXd paired = nBeta * usable(e.excess, chosen, draws);
  const Eigen::ArrayXXd plain = nBeta * (usable(e.loss, chosen, draws) - initialLoss);
  e.llcPaired = paired.mean();
  e.sePaired = mcseMean(paired);
  e.llcPlain = plain.mean();
  e.sePlain = std::hypot(mcseMean(plain), nBeta * offsetError(settings, initialLossError));
  const bool headlineIsPaired = settings.estimator == LlcEstimator::Paired;
  const Eigen::ArrayXXd &headline = headlineIsPaired ? paired : plain;
  e.llc = headlineIsPaired ? e.llcPaired : e.llcPlain;
  e.standardError = headlineIsPaired ? e.sePaired : e.sePlain;
  e.mcse = mcseMean(headline);
  e.sePopulation = headlineIsPaired ? std::hypot(e.sePaired, pairedPopulationError(settings, paired))
                                    : std::hypot(e.sePlain, nBeta * initialLossError);
  e.rhat = splitRhat(headline);
  e.essBulk = essBulk(headline);
  e.essTail = essTail(headline);
  e.sdOverChains = spread(headline.colwise().mean().transpose());
  e.shareBelow = double((paired < 0).count()) / double(paired.size());
  e.acceptance = 0;
  for (const int c : chosen)
    e.acceptance += e.chains[std::size_t(c)].acceptance / double(chosen.size());
  if (settings.targetStandardError > 0 && e.chains[std::size_t(chosen.front())].end == ChainEnd::Completed)
    e.message = whyItStopped(settings, e.standardError, draws);
  e.verdict = judge(e, settings.sampler == SamplerKind::Mala);
  return e;
}

} // namespace evolute::core
