// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace evolute::core {

enum class LlcEstimator {
  Paired, ///< mean over draws of L_m(w) - L_m(w*) on the same minibatch m
  Plain   ///< mean over draws of L_m(w), minus L(w*) on the whole data set
};

/// Settings of one estimate of the local learning coefficient. A value; equal settings, equal hash.
///
/// Draws come from SGLD on the tempered, localised posterior exp(-n*beta L(w) - gamma/2 |w - w*|^2),
///   w' = w - (eps/2) (n*beta grad L_m(w) + gamma (w - w*)) + sqrt(eps) N(0, I)
/// (Lau et al. 2023, arXiv:2308.12108). Mind the eps/2: some libraries write eps and sqrt(2 eps).
struct LlcSettings {
  double stepSize = 3e-4;          ///< epsilon > 0; above 1e-2 is warned of
  double localization = 10.0;      ///< gamma >= 0, pull towards w*
  double inverseTemperature = 0.0; ///< n*beta; 0 means batchSize / ln(batchSize)
  int chainCount = 4;              ///< 1 ... 4096
  int drawCount = 200;             ///< kept per chain, after burn-in; 2 or more
  int burnInSteps = 200;           ///< about 2 / (eps * gamma) or more
  int stepsBetweenDraws = 1;       ///< 1 = every step is a draw
  int batchSize = 256;             ///< 2 or more
  std::int64_t sampleCount = 8192; ///< size of the data set that L is measured on; at least batchSize
  LlcEstimator estimator = LlcEstimator::Paired; ///< which of the two is the headline; both are stored
  bool doublePrecision = false;
  std::uint64_t seed = 0; ///< streams come from (seed, checkpoint, component, chain)

  double effectiveInverseTemperature() const;

  struct Problem {
    std::string field; ///< name of the member, as in the JSON form
    std::string sentence;
    bool fatal = true; ///< false: a warning, the estimate can still be asked for
  };
  /// Empty when usable; one sentence per problem, shown beside the field.
  std::vector<Problem> problems() const;
  /// Steps of all chains together: chainCount * (burnInSteps + drawCount * stepsBetweenDraws).
  std::int64_t totalSteps() const;
  /// Identity: hash of the JSON form, with n*beta as in force. The headline estimator enters: an estimate's
  /// value, error and diagnostics are the headline's.
  std::string hash() const;
  bool operator==(const LlcSettings &) const = default;
};

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
