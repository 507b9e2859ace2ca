// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <sstream>

#include "core/llc/llc_settings.h"

namespace evolute::core {

namespace {

template <class Value> std::string shown(Value value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

class ProblemList {
public:
  void require(bool ok, const char *field, const std::string &sentence) {
    if (!ok)
      m_found.push_back({field, sentence, true});
  }
  void warn(bool ok, const char *field, const std::string &sentence) {
    if (!ok)
      m_found.push_back({field, sentence, false});
  }
  void requireNotNegative(double value, const char *field, const std::string &what) {
    require(std::isfinite(value) && value >= 0, field, what + " must be 0 or more; it is " + shown(value) + ".");
  }
  void requirePositive(double value, const char *field, const std::string &what) {
    require(std::isfinite(value) && value > 0, field, what + " must be above 0; it is " + shown(value) + ".");
  }
  bool empty() const { return m_found.empty(); }
  std::vector<LlcSettings::Problem> take() { return std::move(m_found); }

private:
  std::vector<LlcSettings::Problem> m_found;
};

void checkPosterior(const LlcSettings &s, ProblemList &list) {
  list.requirePositive(s.stepSize, "stepSize", "The step size");
  list.requireNotNegative(s.localization, "localization", "The localization");
  list.require(std::isfinite(s.inverseTemperature) && s.inverseTemperature >= 0, "inverseTemperature",
               "The inverse temperature must be above 0, or 0 for batch / ln batch; it is " +
                   shown(s.inverseTemperature) + ".");
  list.requireNotNegative(s.weightDecay, "weightDecay", "The weight decay");
  list.requireNotNegative(s.noiseScale, "noiseScale", "The noise scale");
  list.requireNotNegative(s.boundingBox, "boundingBox", "The box");
  list.requireNotNegative(s.initialNoise, "initialNoise", "The noise at the start");
}

void checkCounts(const LlcSettings &s, ProblemList &list) {
  list.require(s.chainCount >= 1 && s.chainCount <= 4096, "chainCount",
               "Chains must be 1 to 4096; asked for " + shown(s.chainCount) + ".");
  list.require(s.drawCount >= 2, "drawCount", "Draws must be 2 or more; asked for " + shown(s.drawCount) + ".");
  list.require(s.burnInSteps >= 0, "burnInSteps",
               "Burn-in cannot be negative; it is " + shown(s.burnInSteps) + ".");
  list.require(s.stepsBetweenDraws >= 1, "stepsBetweenDraws",
               "Steps between draws must be 1 or more; asked for " + shown(s.stepsBetweenDraws) + ".");
  list.require(s.batchSize >= 2, "batchSize",
               "The batch must have 2 samples or more; it has " + shown(s.batchSize) + ".");
  list.require(s.sampleCount >= s.batchSize, "sampleCount",
               "The data set must hold at least one batch (" + shown(s.batchSize) + " samples); it holds " +
                   shown(s.sampleCount) + ".");
  list.require(s.gradientAccumulation >= 1 && s.gradientAccumulation <= 65536, "gradientAccumulation",
               "Minibatches a step must be 1 to 65536; asked for " + shown(s.gradientAccumulation) + ".");
  list.require(s.fixedEvaluationSamples == 0 ||
                   (s.fixedEvaluationSamples >= 2 && s.fixedEvaluationSamples <= s.sampleCount),
               "fixedEvaluationSamples",
               "The fixed evaluation set must have 2 samples or more and no more than the data set (" +
                   shown(s.sampleCount) + "), or 0 for none; asked for " + shown(s.fixedEvaluationSamples) + ".");
  list.require(s.initialLossBatches >= 0, "initialLossBatches",
               "Minibatches for the loss at w* must be 0 (the whole data set) or more; asked for " +
                   shown(s.initialLossBatches) + ".");
  list.require(s.products == ProductPrecision::Full || !s.doublePrecision, "products",
               std::string("Products of ") + nameOf(s.products) + " operands need float32 weights; these are float64.");
  list.requireNotNegative(s.targetStandardError, "targetStandardError", "The target standard error");
  if (s.targetStandardError > 0) {
    list.require(s.maximalDraws >= s.drawCount, "maximalDraws",
                 "The most draws of a chain must be no fewer than one round of draws (" + shown(s.drawCount) +
                     "); they are " + shown(s.maximalDraws) + ".");
    list.require(!s.includeBurnIn, "targetStandardError",
                 "A target standard error cannot be met with draws of the burn-in: leave one of the two out.");
  }
}

void checkSampler(const LlcSettings &s, ProblemList &list) {
  for (const StepSizeFactor &f : s.stepSizeFactors) {
    list.require(!f.pattern.empty(), "stepSizeFactors", "A step size factor needs a component or parameter name.");
    list.require(std::isfinite(f.factor) && f.factor > 0, "stepSizeFactors",
                 "The step size factor of " + f.pattern + " must be above 0; it is " + shown(f.factor) + ".");
  }
  list.require(s.rmspropDecay >= 0 && s.rmspropDecay < 1, "rmspropDecay",
               "The decay of squared gradients must be 0 or more and below 1; it is " + shown(s.rmspropDecay) +
                   ".");
  list.requirePositive(s.rmspropFloor, "rmspropFloor", "The floor of the preconditioner");
  list.require(s.preconditioning >= 0 && s.preconditioning <= 1, "preconditioning",
               "The weight of preconditioning must be 0 to 1; it is " + shown(s.preconditioning) + ".");
  list.requirePositive(s.friction, "friction", "The friction");
  if (s.sampler == SamplerKind::Mala) {
    list.require(s.boundingBox == 0, "boundingBox", "mala has no box: its law would not be exact.");
    list.require(s.gradientAccumulation == 1, "gradientAccumulation",
                 "mala takes the whole data set at each step: nothing is left to accumulate.");
    list.require(s.fixedEvaluationSamples == 0, "fixedEvaluationSamples",
                 "mala measures each loss on the whole data set: it needs no evaluation set.");
    list.require(s.drawRule == DrawRule::LastOfBlock, "drawRule",
                 "mala decides on a point with the gradient at it: draws can only be taken before the step.");
  }
  if (s.sampler == SamplerKind::Mala || s.sampler == SamplerKind::Sgnht)
    list.require(s.noiseScale == 1, "noiseScale",
                 std::string(nameOf(s.sampler)) + " keeps the temperature at 1: the noise scale must be 1; it is " +
                     shown(s.noiseScale) + ".");
}

void advise(const LlcSettings &s, ProblemList &list) {
  list.warn(s.stepSize <= 1e-2, "stepSize",
            "A step size above 0.01 rarely samples well; it is " + shown(s.stepSize) + ".");
  // Var of a discretised flat direction diverges at eps*gamma = 4, for SGLD and BAOAB alike.
  list.warn(s.stepSize * s.localization < 2, "localization",
            "Step size times localization is " + shown(s.stepSize * s.localization) +
                "; above 2 the pull overshoots w* at each step.");
  list.warn(s.chainCount >= 2, "chainCount",
            "With one chain neither R-hat nor the spread over chains can be told.");
  const double relaxation = s.relaxationSteps();
  list.warn(relaxation <= 2.0 * double(s.stepsPerChain()) || s.localization == 0, "burnInSteps",
            "Flat directions relax in about " + shown(std::round(relaxation)) +
                " steps, longer than these chains run.");
  list.warn(s.noiseScale == 1, "noiseScale",
            "With a noise scale other than 1 (" + shown(s.noiseScale) +
                ") chains sample at another temperature than n*beta says.");
  list.warn(!(s.sampler == SamplerKind::RmspropSgld && s.rmspropAdaptsAlways), "rmspropAdaptsAlways",
            "A preconditioner that goes on adapting after burn-in draws from a biased law.");
  list.warn(s.sampler != SamplerKind::RmspropSgld || s.rmspropAdaptsAlways || s.burnInSteps > 0, "burnInSteps",
            "The preconditioner adapts during burn-in alone, which has no steps here: it stays flat, and this is sgld at " +
                shown(s.preconditioning / s.rmspropFloor + 1 - s.preconditioning) + " times the step size.");
  list.warn(!s.sharedMinibatches, "sharedMinibatches",
            "Chains that share minibatches agree better than they should: the error is understated.");
  list.warn(!s.includeBurnIn || s.burnInSteps == 0, "includeBurnIn",
            "Draws of the burn-in are too close to w*: they lower the estimate.");
  list.warn(s.sampler != SamplerKind::Mala || s.sampleCount <= 65536, "sampler",
            "mala takes all " + shown(s.sampleCount) + " samples at every step: a smaller data set costs less.");
}

} // namespace

std::vector<LlcSettings::Problem> LlcSettings::problems() const {
  ProblemList list;
  checkPosterior(*this, list);
  checkCounts(*this, list);
  checkSampler(*this, list);
  if (list.empty()) // advice on numbers that cannot be meant would only confuse
    advise(*this, list);
  return list.take();
}

} // namespace evolute::core
