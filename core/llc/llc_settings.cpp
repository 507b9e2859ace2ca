// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llc/llc_settings.h"

#include <cmath>
#include <iomanip>
#include <limits>
#include <locale>
#include <sstream>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/hash.h"

namespace evolute::core {

namespace {

using nlohmann::json;

/// The one list of fields with their JSON keys, but for those that are not plain numbers or flags.
template <class Settings, class Visit> void visitPlainFields(Settings &s, Visit &&visit) {
  visit("stepSize", s.stepSize);
  visit("localization", s.localization);
  visit("inverseTemperature", s.inverseTemperature);
  visit("chainCount", s.chainCount);
  visit("drawCount", s.drawCount);
  visit("burnInSteps", s.burnInSteps);
  visit("stepsBetweenDraws", s.stepsBetweenDraws);
  visit("batchSize", s.batchSize);
  visit("sampleCount", s.sampleCount);
  visit("doublePrecision", s.doublePrecision);
  visit("seed", s.seed);
  visit("noiseScale", s.noiseScale);
  visit("weightDecay", s.weightDecay);
  visit("boundingBox", s.boundingBox);
  visit("initialNoise", s.initialNoise);
  visit("gradientAccumulation", s.gradientAccumulation);
  visit("rmspropDecay", s.rmspropDecay);
  visit("rmspropFloor", s.rmspropFloor);
  visit("preconditioning", s.preconditioning);
  visit("rmspropAdaptsAlways", s.rmspropAdaptsAlways);
  visit("friction", s.friction);
  visit("fixedEvaluationSamples", s.fixedEvaluationSamples);
  visit("targetStandardError", s.targetStandardError);
  visit("maximalDraws", s.maximalDraws);
  visit("initialLossBatches", s.initialLossBatches);
  visit("includeBurnIn", s.includeBurnIn);
  visit("sharedMinibatches", s.sharedMinibatches);
}

template <class Value> using Names = std::vector<std::pair<Value, const char *>>;

const Names<SamplerKind> &samplerNames() {
  static const Names<SamplerKind> names = {{SamplerKind::Sgld, "sgld"},
                                           {SamplerKind::RmspropSgld, "rmsprop-sgld"},
                                           {SamplerKind::Sgnht, "sgnht"},
                                           {SamplerKind::Baoab, "baoab"},
                                           {SamplerKind::Mala, "mala"}};
  return names;
}

const Names<LlcEstimator> kEstimatorNames = {{LlcEstimator::Paired, "paired"}, {LlcEstimator::Plain, "plain"}};
const Names<TemperatureRule> kTemperatureNames = {{TemperatureRule::BatchOverLog, "batch"},
                                                  {TemperatureRule::SamplesOverLog, "samples"}};
const Names<ProductPrecision> kProductNames = {{ProductPrecision::Full, "full"},
                                               {ProductPrecision::Tf32, "tf32"},
                                               {ProductPrecision::Bfloat16, "bfloat16"}};
const Names<DrawRule> kDrawRuleNames = {{DrawRule::LastOfBlock, "last"}, {DrawRule::FirstOfBlock, "first"}};

template <class Value> const char *named(Value value, const Names<Value> &names) {
  for (const auto &[candidate, name] : names)
    if (candidate == value)
      return name;
  return "";
}

template <class Value> Value fromName(const char *key, const std::string &name, const Names<Value> &names) {
  std::string all;
  for (const auto &[value, candidate] : names) {
    if (name == candidate)
      return value;
    all += (all.empty() ? "\"" : ", \"") + std::string(candidate) + '"';
  }
  throw Error(std::string("settings: ") + key + ": expected one of " + all + ", found \"" + name + '"');
}

[[noreturn]] void refuse(const std::string &key, const json &found) {
  throw Error("settings: " + key + " has the wrong type: " + found.dump());
}

template <class Value> void read(const json &object, const char *key, Value &value) {
  const auto found = object.find(key);
  if (found == object.end())
    return;
  try {
    found->get_to(value);
  } catch (const json::exception &) {
    refuse(key, *found);
  }
}

template <class Value>
void readName(const json &object, const char *key, Value &value, const Names<Value> &names) {
  std::string name = named(value, names);
  read(object, key, name);
  value = fromName(key, name, names);
}

std::vector<StepSizeFactor> factorsFromJson(const json &list) {
  std::vector<StepSizeFactor> factors;
  for (const json &entry : list) {
    if (!entry.is_object() || !entry.contains("pattern") || !entry.contains("factor"))
      throw Error("settings: stepSizeFactors: expected objects with pattern and factor, found " + entry.dump());
    StepSizeFactor factor;
    read(entry, "pattern", factor.pattern);
    read(entry, "factor", factor.factor);
    factors.push_back(std::move(factor));
  }
  return factors;
}

} // namespace

std::vector<StepSizeFactor> stepSizeFactorsFromText(const std::string &text) {
  std::vector<StepSizeFactor> factors;
  std::istringstream words(text);
  for (std::string word; std::getline(words, word, ',');) {
    const auto first = word.find_first_not_of(' '), last = word.find_last_not_of(' ');
    if (first == std::string::npos)
      continue;
    word = word.substr(first, last - first + 1);
    const auto equals = word.rfind('=');
    StepSizeFactor factor{word.substr(0, equals), 0};
    std::istringstream number(equals == std::string::npos ? "" : word.substr(equals + 1));
    number.imbue(std::locale::classic());
    if (!(number >> factor.factor) || number.peek() != std::char_traits<char>::eof())
      throw Error("step size factors: expected GLOB=NUMBER such as L0.H*=0.5, found " + word);
    factors.push_back(std::move(factor));
  }
  return factors;
}

std::string stepSizeFactorsText(const std::vector<StepSizeFactor> &factors) {
  std::ostringstream text;
  text.imbue(std::locale::classic());
  text << std::setprecision(17);
  for (const StepSizeFactor &f : factors)
    text << (text.tellp() > 0 ? ", " : "") << f.pattern << '=' << f.factor;
  return text.str();
}

const char *nameOf(SamplerKind sampler) {
  return named(sampler, samplerNames());
}

const char *nameOf(ProductPrecision products) {
  return named(products, kProductNames);
}

ProductPrecision productPrecisionFromName(const std::string &name) {
  return fromName("products", name, kProductNames);
}

SamplerKind samplerFromName(const std::string &name) {
  return fromName("sampler", name, samplerNames());
}

const std::vector<SamplerKind> &samplerKinds() {
  static const std::vector<SamplerKind> kinds = [] {
    std::vector<SamplerKind> list;
    for (const auto &[kind, name] : samplerNames())
      list.push_back(kind);
    return list;
  }();
  return kinds;
}

double LlcSettings::effectiveInverseTemperature() const {
  if (inverseTemperature > 0)
    return inverseTemperature;
  const double n = temperatureRule == TemperatureRule::SamplesOverLog ? double(sampleCount)
                                                                      : double(batchSize) * gradientAccumulation;
  return n / std::log(n);
}

LlcSettings::Scales LlcSettings::scales() const {
  return {0.5 * stepSize * effectiveInverseTemperature(), 0.5 * stepSize * localization, stepSize};
}

double LlcSettings::relaxationSteps() const {
  if (localization <= 0)
    return std::numeric_limits<double>::infinity();
  if (sampler != SamplerKind::Baoab && sampler != SamplerKind::Sgnht)
    return 2.0 / (stepSize * localization);
  // x'' = -gamma x - friction x': the slower of its two rates
  const double half = 0.5 * friction;
  const double rate = half - std::sqrt(std::max(0.0, half * half - localization));
  return 1.0 / (rate * std::sqrt(stepSize));
}

std::int64_t LlcSettings::stepsPerChain() const {
  const std::int64_t draws = targetStandardError > 0 ? maximalDraws : drawCount;
  return burnInSteps + draws * stepsBetweenDraws;
}

std::int64_t LlcSettings::mostDraws() const {
  if (includeBurnIn)
    return stepsPerChain();
  return targetStandardError > 0 ? maximalDraws : drawCount;
}

std::int64_t LlcSettings::totalSteps() const {
  return chainCount * stepsPerChain();
}

json toJson(const LlcSettings &s) {
  json object = {{"sampler", nameOf(s.sampler)},
                 {"estimator", named(s.estimator, kEstimatorNames)},
                 {"temperatureRule", named(s.temperatureRule, kTemperatureNames)},
                 {"drawRule", named(s.drawRule, kDrawRuleNames)},
                 {"products", named(s.products, kProductNames)},
                 {"stepSizeFactors", json::array()}};
  for (const StepSizeFactor &f : s.stepSizeFactors)
    object["stepSizeFactors"].push_back({{"pattern", f.pattern}, {"factor", f.factor}});
  visitPlainFields(s, [&](const char *key, const auto &value) { object[key] = value; });
  return object;
}

LlcSettings llcSettingsFromJson(const json &object) {
  LlcSettings s;
  visitPlainFields(s, [&](const char *key, auto &value) { read(object, key, value); });
  readName(object, "sampler", s.sampler, samplerNames());
  readName(object, "estimator", s.estimator, kEstimatorNames);
  readName(object, "temperatureRule", s.temperatureRule, kTemperatureNames);
  readName(object, "drawRule", s.drawRule, kDrawRuleNames);
  readName(object, "products", s.products, kProductNames);
  if (const auto factors = object.find("stepSizeFactors"); factors != object.end()) {
    if (!factors->is_array())
      refuse("stepSizeFactors", *factors);
    s.stepSizeFactors = factorsFromJson(*factors);
  }
  return s;
}

std::string LlcSettings::hash() const {
  static const std::set<std::string> always = {
      "sampler",     "stepSize",          "localization", "inverseTemperature", "chainCount",
      "drawCount",   "burnInSteps",       "batchSize",    "stepsBetweenDraws",  "sampleCount",
      "estimator",   "doublePrecision",   "seed"};
  json object = toJson(*this);
  object["inverseTemperature"] = effectiveInverseTemperature();
  object.erase("temperatureRule"); // n*beta says it all
  if (sampler != SamplerKind::RmspropSgld)
    for (const char *key : {"rmspropDecay", "rmspropFloor", "preconditioning", "rmspropAdaptsAlways"})
      object.erase(key);
  if (sampler != SamplerKind::Sgnht && sampler != SamplerKind::Baoab)
    object.erase("friction");
  if (!(targetStandardError > 0))
    object.erase("maximalDraws");
  const json defaults = toJson(LlcSettings());
  for (auto entry = object.begin(); entry != object.end();)
    entry = !always.contains(entry.key()) && *entry == defaults.at(entry.key()) ? object.erase(entry)
                                                                               : std::next(entry);
  return hashOf(object.dump());
}

} // namespace evolute::core
