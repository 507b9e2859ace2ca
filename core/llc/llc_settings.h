// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace evolute::core {

enum class LlcEstimator {
  Paired, ///< mean over draws of L_m(w) - L_m(w*) on the same minibatch m
  Plain   ///< mean over draws of L_m(w), minus L(w*)
};

/// How a chain moves; core/torch/sampler.h has each one's formula, source and bias.
enum class SamplerKind {
  Sgld,        ///< stochastic gradient Langevin dynamics
  RmspropSgld, ///< the same, preconditioned by a running mean of squared gradients
  Sgnht,       ///< momentum with a Nose-Hoover thermostat, which takes up the noise of minibatches
  Baoab,       ///< kinetic Langevin dynamics, BAOAB splitting
  Mala         ///< Langevin proposals on the whole data set, accepted or rejected: exact at any step size
};

/// n*beta where none is given as a number.
enum class TemperatureRule {
  BatchOverLog,  ///< B / ln B, B = batchSize * gradientAccumulation
  SamplesOverLog ///< n / ln n, n = sampleCount
};

/// What matrix products take as operands; core/torch/products.h says which products.
enum class ProductPrecision {
  Full,    ///< the type of the weights
  Tf32,    ///< 10 bits of mantissa, on NVIDIA GPUs from Ampere on; full elsewhere
  Bfloat16 ///< 7 bits of mantissa: several times faster on processors with AMX and on GPUs with tensor cores
};

/// Which weights a block of stepsBetweenDraws steps gives.
enum class DrawRule {
  LastOfBlock, ///< those that its last step starts from; their loss is the one the step needs anyway
  FirstOfBlock ///< those that its first step ends at; their loss is one more forward pass
};

/// The step size of the weights that a component or parameter name matches, as a multiple of stepSize.
struct StepSizeFactor {
  std::string pattern; ///< glob: "L0.H*", "unembed", "blocks.1.*"; where several match, factors multiply
  double factor = 1;   ///< above 0
  bool operator==(const StepSizeFactor &) const = default;
};

/// "L0.H*=0.5, unembed=2". \throws Error for what is not GLOB=NUMBER.
std::vector<StepSizeFactor> stepSizeFactorsFromText(const std::string &text);
std::string stepSizeFactorsText(const std::vector<StepSizeFactor> &factors);

/// Settings of one estimate of the local learning coefficient. A value; what computes the same has one hash.
///
/// Draws come from the tempered, localised posterior
///   exp( -n*beta L(w) - gamma/2 |w - w*|^2 - lambda/2 |w|^2 ),  lambda = weightDecay, usually 0
/// (Lau et al. 2023, arXiv:2308.12108), by SGLD
///   w' = w - (eps/2) (n*beta grad L_m(w) + gamma (w - w*) + lambda w) + sigma sqrt(eps) N(0, I)
/// or by another sampler. Mind the eps/2: some libraries write eps and sqrt(2 eps). Samplers with momentum take
/// sqrt(eps) as their time step, so that one step on its own moves as far as a step of SGLD.
struct LlcSettings {
  double stepSize = 3e-4;          ///< epsilon > 0; above 1e-2 is warned of
  double localization = 10.0;      ///< gamma >= 0, pull towards w*
  double inverseTemperature = 0.0; ///< n*beta; 0 means what temperatureRule says
  int chainCount = 4;              ///< 1 ... 4096
  int drawCount = 200;             ///< kept per chain, after burn-in; 2 or more
  int burnInSteps = 200;           ///< about relaxationSteps() or more
  int stepsBetweenDraws = 1;       ///< 1 = every step is a draw
  int batchSize = 256;             ///< 2 or more
  std::int64_t sampleCount = 8192; ///< size of the data set that L is measured on; at least batchSize
  LlcEstimator estimator = LlcEstimator::Paired; ///< which of the two is the headline; both are stored
  bool doublePrecision = false;
  /// Of the weights' float32 only; L(w*) is measured the same way, so that rounding enters the difference little.
  ProductPrecision products = ProductPrecision::Full;
  std::uint64_t seed = 0; ///< streams come from (seed, checkpoint, component, chain)

  SamplerKind sampler = SamplerKind::Sgld;
  TemperatureRule temperatureRule = TemperatureRule::BatchOverLog;
  double noiseScale = 1;        ///< sigma >= 0: the posterior at temperature sigma^2; not for sgnht and mala
  double weightDecay = 0;       ///< lambda >= 0, pull towards 0
  double boundingBox = 0;       ///< > 0: every weight is held within w* +- this; 0: no box; not for mala
  double initialNoise = 0;      ///< >= 0: chains start at w* + this * N(0, I)
  int gradientAccumulation = 1; ///< minibatches whose mean is one step's loss and gradient; 1 ... 65536
  std::vector<StepSizeFactor> stepSizeFactors; ///< constant, so the target stays what it is

  // rmsprop-sgld: G = (1 - k) + k / (floor + sqrt V), V' = a V + (1 - a) g^2
  double rmspropDecay = 0.99;       ///< a, 0 <= a < 1
  double rmspropFloor = 0.1;        ///< > 0; where gradients are small, G is 1 / floor: eps is so much larger
  double preconditioning = 1;       ///< k, 0 (plain SGLD) ... 1 (all of it)
  bool rmspropAdaptsAlways = false; ///< false: V stands still after burn-in, without which the law is biased

  /// baoab: friction a unit of time; sgnht: the noise put in, where its thermostat starts too. > 0.
  /// 2 sqrt(gamma) damps flat directions critically; more heats less by minibatch noise.
  double friction = 10;

  /// 0: a draw's loss is that of a minibatch. Else that of this many samples, the same for all draws: one more
  /// forward pass a draw, no minibatch noise. 2 ... sampleCount; not for mala, whose loss is on all samples.
  std::int64_t fixedEvaluationSamples = 0;

  /// > 0: rounds of drawCount draws a chain until the standard error is this small or maximalDraws are made.
  double targetStandardError = 0;
  int maximalDraws = 10'000; ///< a chain; drawCount or more

  // As other tools count, so that their numbers can be had again.
  std::int64_t initialLossBatches = 0; ///< 0: L(w*) is on the whole data set; else on this many minibatches
  DrawRule drawRule = DrawRule::LastOfBlock;
  bool includeBurnIn = false;     ///< every step is a draw, those of burn-in too
  bool sharedMinibatches = false; ///< all chains see the same ones: their spread then understates the error

  double effectiveInverseTemperature() const;

  /// What a step does, whatever names its numbers go by. Equal scales, equal chains (of SGLD).
  struct Scales {
    double gradient = 0; ///< eps n*beta / 2, what multiplies the gradient of the loss
    double pull = 0;     ///< eps gamma / 2, what multiplies w - w*
    double noise = 0;    ///< eps, the variance of a step's noise
  };
  Scales scales() const;
  /// Steps in which a flat direction forgets where it was: 2 / (eps gamma) for SGLD. Infinite without a pull.
  double relaxationSteps() const;

  struct Problem {
    std::string field; ///< name of the member, as in the JSON form
    std::string sentence;
    bool fatal = true; ///< false: a warning, the estimate can still be asked for
  };
  /// Empty when usable; one sentence per problem, shown beside the field.
  std::vector<Problem> problems() const;

  /// Draws that a chain may make: drawCount, maximalDraws with a target, every step with includeBurnIn.
  std::int64_t mostDraws() const;
  /// Steps of one chain, burn-in and all, and of all chains together; with a target at most so many.
  std::int64_t stepsPerChain() const;
  std::int64_t totalSteps() const;
  /// Identity: hash of the JSON form, with n*beta as in force. The headline estimator enters: an estimate's
  /// value, error and diagnostics are the headline's. Fields that came later enter where they change the
  /// result, so that what was stored before them keeps its key.
  std::string hash() const;
  bool operator==(const LlcSettings &) const = default;
};

/// "full", "tf32", "bfloat16".
const char *nameOf(ProductPrecision products);
/// \throws Error for another name, with those there are.
ProductPrecision productPrecisionFromName(const std::string &name);

/// "sgld", "rmsprop-sgld", "sgnht", "baoab", "mala".
const char *nameOf(SamplerKind sampler);
/// \throws Error for another name, with those there are.
SamplerKind samplerFromName(const std::string &name);
/// In the order in which they are offered.
const std::vector<SamplerKind> &samplerKinds();

nlohmann::json toJson(const LlcSettings &settings);
/// Missing keys keep their defaults. \throws Error naming the key whose value has the wrong type.
LlcSettings llcSettingsFromJson(const nlohmann::json &json);

struct LlcPreset {
  std::string name;
  std::string source; ///< where the numbers come from, for people
  LlcSettings settings;
};
/// Built-in presets, the default first.
const std::vector<LlcPreset> &llcPresets();

} // namespace evolute::core
