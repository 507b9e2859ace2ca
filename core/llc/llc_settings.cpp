// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llc/llc_settings.h"

#include <cmath>
#include <sstream>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/hash.h"

namespace evolute::core {

double LlcSettings::effectiveInverseTemperature() const {
  return inverseTemperature > 0 ? inverseTemperature : batchSize / std::log(double(batchSize));
}

std::int64_t LlcSettings::totalSteps() const {
  return std::int64_t(chainCount) * (burnInSteps + std::int64_t(drawCount) * stepsBetweenDraws);
}

std::vector<LlcSettings::Problem> LlcSettings::problems() const {
  std::vector<Problem> found;
  const auto require = [&](bool ok, const char *field, const std::string &sentence) {
    if (!ok)
      found.push_back({field, sentence, true});
  };
  const auto warn = [&](bool ok, const char *field, const std::string &sentence) {
    if (!ok)
      found.push_back({field, sentence, false});
  };
  const auto shown = [](auto value) {
    std::ostringstream text;
    text << value;
    return text.str();
  };
  require(std::isfinite(stepSize) && stepSize > 0, "stepSize",
          "The step size must be above 0; it is " + shown(stepSize) + ".");
  require(std::isfinite(localization) && localization >= 0, "localization",
          "The localization must be 0 or more; it is " + shown(localization) + ".");
  require(std::isfinite(inverseTemperature) && inverseTemperature >= 0, "inverseTemperature",
          "The inverse temperature must be above 0, or 0 for batch / ln batch; it is " +
              shown(inverseTemperature) + ".");
  require(chainCount >= 1 && chainCount <= 4096, "chainCount",
          "Chains must be 1 to 4096; asked for " + shown(chainCount) + ".");
  require(drawCount >= 2, "drawCount", "Draws must be 2 or more; asked for " + shown(drawCount) + ".");
  require(burnInSteps >= 0, "burnInSteps", "Burn-in cannot be negative; it is " + shown(burnInSteps) + ".");
  require(stepsBetweenDraws >= 1, "stepsBetweenDraws",
          "Steps between draws must be 1 or more; asked for " + shown(stepsBetweenDraws) + ".");
  require(batchSize >= 2, "batchSize", "The batch must have 2 samples or more; it has " + shown(batchSize) + ".");
  require(sampleCount >= batchSize, "sampleCount",
          "The data set must hold at least one batch (" + shown(batchSize) + " samples); it holds " +
              shown(sampleCount) + ".");
  if (!found.empty())
    return found;
  warn(stepSize <= 1e-2, "stepSize", "A step size above 0.01 rarely samples well; it is " + shown(stepSize) + ".");
  // Var of a discretised flat direction diverges at eps*gamma = 4 (science: closed form of the AR(1) chain).
  warn(stepSize * localization < 2, "localization",
       "Step size times localization is " + shown(stepSize * localization) +
           "; above 2 the pull overshoots w* at each step.");
  warn(chainCount >= 2, "chainCount", "With one chain neither R-hat nor the spread over chains can be told.");
  const double relaxation = localization > 0 ? 2.0 / (stepSize * localization) : 0.0;
  warn(relaxation <= 2.0 * (burnInSteps + double(drawCount) * stepsBetweenDraws) || localization == 0, "burnInSteps",
       "Flat directions relax in about " + shown(std::llround(relaxation)) +
           " steps, longer than these chains run.");
  return found;
}

nlohmann::json toJson(const LlcSettings &s) {
  return {{"sampler", "sgld"},
          {"stepSize", s.stepSize},
          {"localization", s.localization},
          {"inverseTemperature", s.inverseTemperature},
          {"chainCount", s.chainCount},
          {"drawCount", s.drawCount},
          {"burnInSteps", s.burnInSteps},
          {"stepsBetweenDraws", s.stepsBetweenDraws},
          {"batchSize", s.batchSize},
          {"sampleCount", s.sampleCount},
          {"estimator", s.estimator == LlcEstimator::Paired ? "paired" : "plain"},
          {"doublePrecision", s.doublePrecision},
          {"seed", s.seed}};
}

LlcSettings llcSettingsFromJson(const nlohmann::json &json) {
  LlcSettings s;
  const auto read = [&](const char *key, auto &field) {
    if (!json.contains(key))
      return;
    try {
      json.at(key).get_to(field);
    } catch (const nlohmann::json::exception &) {
      throw Error(std::string("settings: ") + key + " has the wrong type: " + json.at(key).dump());
    }
  };
  read("stepSize", s.stepSize);
  read("localization", s.localization);
  read("inverseTemperature", s.inverseTemperature);
  read("chainCount", s.chainCount);
  read("drawCount", s.drawCount);
  read("burnInSteps", s.burnInSteps);
  read("stepsBetweenDraws", s.stepsBetweenDraws);
  read("batchSize", s.batchSize);
  read("sampleCount", s.sampleCount);
  read("doublePrecision", s.doublePrecision);
  read("seed", s.seed);
  std::string estimator = "paired";
  read("estimator", estimator);
  if (estimator != "paired" && estimator != "plain")
    throw Error("settings: estimator must be \"paired\" or \"plain\", found \"" + estimator + "\"");
  s.estimator = estimator == "paired" ? LlcEstimator::Paired : LlcEstimator::Plain;
  return s;
}

std::string LlcSettings::hash() const {
  nlohmann::json json = toJson(*this);
  json["inverseTemperature"] = effectiveInverseTemperature();
  return hashOf(json.dump());
}

const std::vector<LlcPreset> &llcPresets() {
  static const std::vector<LlcPreset> presets = [] {
    std::vector<LlcPreset> list;
    LlcSettings quick;
    quick.stepSize = 3e-4;
    quick.localization = 150;
    quick.inverseTemperature = 30;
    quick.chainCount = 4;
    quick.drawCount = 150;
    quick.burnInSteps = 100;
    quick.batchSize = 64;
    quick.sampleCount = 2048;
    list.push_back({"quick",
                    "A first look on two cores. The strong pull (relaxation in 45 steps) makes chains settle soon and "
                    "biases every value down: read shape and order, not the level.",
                    quick});
    LlcSettings regression;
    regression.stepSize = 3e-4;
    regression.localization = 2 * 1e-3 / 3e-4;
    regression.inverseTemperature = 2 * 1e-2 / 3e-4;
    regression.chainCount = 10;
    regression.drawCount = 5000;
    regression.burnInSteps = 1000;
    regression.batchSize = 1024;
    regression.sampleCount = 1 << 20;
    list.push_back({"hoogland2024-lr",
                    "Hoogland et al. 2024 (arXiv:2402.02364), in-context linear regression sweep.", regression});
    return list;
  }();
  return presets;
}

} // namespace evolute::core
