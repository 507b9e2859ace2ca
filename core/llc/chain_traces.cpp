// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llc/chain_traces.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace evolute::core {

namespace {
constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();
}

std::vector<TraceEnvelope> excessEnvelopes(const LlcEstimate &estimate, int stretches) {
  const Eigen::Index draws = estimate.excess.rows();
  const auto count = std::min<Eigen::Index>(stretches, draws);
  std::vector<TraceEnvelope> envelopes;
  for (Eigen::Index chain = 0; chain < estimate.excess.cols() && count > 0; ++chain) {
    TraceEnvelope envelope;
    for (Eigen::Index i = 0; i < count; ++i) {
      double low = kNotANumber, high = kNotANumber;
      for (Eigen::Index draw = draws * i / count; draw < draws * (i + 1) / count; ++draw) {
        const double value = estimate.inverseTemperature * double(estimate.excess(draw, chain));
        if (!std::isfinite(value))
          continue;
        low = std::isnan(low) ? value : std::min(low, value);
        high = std::isnan(high) ? value : std::max(high, value);
      }
      envelope.low.push_back(float(low));
      envelope.high.push_back(float(high));
    }
    envelopes.push_back(std::move(envelope));
  }
  return envelopes;
}

RunningLlc runningLlc(const LlcEstimate &estimate, LlcEstimator headline) {
  const bool paired = headline == LlcEstimator::Paired;
  const Eigen::ArrayXXf &trace = paired ? estimate.excess : estimate.loss;
  const double level = paired ? 0.0 : estimate.initialLoss;
  std::vector<double> sums(std::size_t(trace.cols()), 0.0);
  RunningLlc running;
  for (Eigen::Index draw = 0; draw < trace.rows(); ++draw) {
    double mean = 0, squares = 0; // Welford, over the chains still going
    int chains = 0;
    for (Eigen::Index chain = 0; chain < trace.cols(); ++chain) {
      double &sum = sums[std::size_t(chain)];
      sum += double(trace(draw, chain)) - level; // NaN stays NaN: the chain has ended
      if (!std::isfinite(sum))
        continue;
      const double value = estimate.inverseTemperature * sum / double(draw + 1);
      const double away = value - mean;
      mean += away / ++chains;
      squares += away * (value - mean);
    }
    running.mean.push_back(chains > 0 ? mean : kNotANumber);
    running.spread.push_back(chains > 1 ? std::sqrt(squares / (chains - 1)) : kNotANumber);
  }
  return running;
}

} // namespace evolute::core
