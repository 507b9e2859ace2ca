// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/settings_from_arguments.h"

#include <algorithm>
#include <optional>

#include "app/cli/exit_code.h"
#include "core/error.h"
#include "core/llc/preset_file.h"
#include "core/training/language_data.h"

namespace evolute::app::cli {

namespace {

template <class Value, class Given> void override(Value &value, const std::optional<Given> &given) {
  if (given)
    value = *given;
}

template <class Preset>
const Preset &presetNamed(const std::string &name, const std::vector<Preset> &presets) {
  const auto found =
      std::find_if(presets.begin(), presets.end(), [&](const Preset &p) { return p.name == name; });
  if (found != presets.end())
    return *found;
  std::string names;
  for (const Preset &preset : presets)
    names += (names.empty() ? "" : ", ") + preset.name;
  throw UsageError("--preset: there is no preset \"" + name + "\"; there are " + names);
}

/// A preset that measures L(w*) on minibatches, as devinterp does, means so many a chain and a minibatch of its step.
std::int64_t initialLossBatchesLike(const core::LlcSettings &preset, const core::LlcSettings &s) {
  return preset.initialLossBatches * s.chainCount * s.gradientAccumulation /
         std::max(1, preset.chainCount * preset.gradientAccumulation);
}

/// What most people leave as it is.
void overrideTheRest(core::LlcSettings &s, const LlcArguments &arguments, const core::LlcSettings &preset) {
  if (arguments.sampler)
    s.sampler = core::samplerFromName(*arguments.sampler);
  if (arguments.products)
    s.products = core::productPrecisionFromName(*arguments.products);
  if (arguments.nbetaRule) {
    s.inverseTemperature = 0; // a preset's number would win over the rule
    s.temperatureRule = *arguments.nbetaRule == "samples" ? core::TemperatureRule::SamplesOverLog
                                                          : core::TemperatureRule::BatchOverLog;
  }
  if (arguments.drawRule)
    s.drawRule = *arguments.drawRule == "first" ? core::DrawRule::FirstOfBlock : core::DrawRule::LastOfBlock;
  if (arguments.adapt)
    s.rmspropAdaptsAlways = *arguments.adapt == "always";
  override(s.noiseScale, arguments.noise);
  override(s.weightDecay, arguments.weightDecay);
  override(s.boundingBox, arguments.box);
  override(s.initialNoise, arguments.initialNoise);
  override(s.gradientAccumulation, arguments.accumulate);
  override(s.friction, arguments.friction);
  override(s.rmspropDecay, arguments.rmspropDecay);
  override(s.rmspropFloor, arguments.rmspropFloor);
  override(s.preconditioning, arguments.preconditioning);
  override(s.fixedEvaluationSamples, arguments.evaluationSamples);
  override(s.targetStandardError, arguments.targetError);
  override(s.maximalDraws, arguments.maximalDraws);
  s.initialLossBatches = arguments.initialLossBatches.value_or(initialLossBatchesLike(preset, s));
  override(s.includeBurnIn, arguments.includeBurnIn);
  override(s.sharedMinibatches, arguments.sharedMinibatches);
  if (arguments.stepSizeFactors)
    try {
      s.stepSizeFactors = core::stepSizeFactorsFromText(*arguments.stepSizeFactors);
    } catch (const core::Error &error) {
      throw UsageError("--" + std::string(error.what()));
    }
}

} // namespace

core::LlcSettings settingsFromArguments(const LlcArguments &arguments, const GlobalArguments &global,
                                        std::vector<std::string> &warnings) {
  const std::vector<core::LlcPreset> presets =
      arguments.run.empty() ? core::llcPresets() : core::llcPresetsOf(arguments.run);
  const core::LlcSettings preset =
      (arguments.preset.empty() ? presets.front() : presetNamed(arguments.preset, presets)).settings;
  core::LlcSettings s = preset;
  override(s.stepSize, arguments.epsilon);
  override(s.localization, arguments.gamma);
  override(s.inverseTemperature, arguments.nbeta);
  override(s.chainCount, arguments.chains);
  override(s.drawCount, arguments.draws);
  override(s.burnInSteps, arguments.burnIn);
  override(s.stepsBetweenDraws, arguments.thinning);
  override(s.batchSize, arguments.batch);
  override(s.sampleCount, arguments.samples);
  if (arguments.estimator)
    s.estimator = *arguments.estimator == "plain" ? core::LlcEstimator::Plain : core::LlcEstimator::Paired;
  if (arguments.dtype)
    s.doublePrecision = *arguments.dtype == "float64";
  override(s.seed, global.seed);
  overrideTheRest(s, arguments, preset);
  for (const auto &problem : s.problems()) {
    if (problem.fatal)
      throw UsageError(problem.sentence);
    warnings.push_back(problem.sentence);
  }
  return s;
}

core::TrainSettings settingsFromArguments(const TrainArguments &arguments, const GlobalArguments &global,
                                          const std::vector<core::TrainPreset> &presets) {
  core::TrainSettings s;
  s.task = arguments.task;
  if (s.task == "language-model" && arguments.preset.empty())
    s = presetNamed("demo-lm", presets).settings;
  if (!arguments.preset.empty()) {
    s = presetNamed(arguments.preset, presets).settings;
    if (s.task != arguments.task)
      throw UsageError("--preset: \"" + arguments.preset + "\" is a preset of " + s.task + ", not of " +
                       arguments.task);
  }
  override(s.steps, arguments.steps);
  override(s.batchSize, arguments.batch);
  override(s.learningRate, arguments.learningRate);
  override(s.weightDecay, arguments.weightDecay);
  override(s.gradientClip, arguments.gradientClip);
  override(s.schedule, arguments.schedule);
  override(s.seed, global.seed);
  override(s.linearCheckpoints, arguments.linearCheckpoints);
  override(s.logarithmicCheckpoints, arguments.logCheckpoints);
  override(s.logEvery, arguments.logEvery);
  override(s.taskDimension, arguments.taskDimension);
  override(s.contextPairs, arguments.pairs);
  override(s.modelWidth, arguments.width);
  override(s.heads, arguments.heads);
  override(s.layers, arguments.layers);
  override(s.noiseVariance, arguments.noiseVariance);
  override(s.taskCount, arguments.tasks);
  override(s.taskSeed, arguments.taskSeed);
  override(s.doubledResidual, arguments.doubledResidual);
  override(s.widths, arguments.widths);
  override(s.rank, arguments.rank);
  override(s.trainingSamples, arguments.trainingSamples);
  override(s.noisyTargets, arguments.noisyTargets);
  if (s.task != "language-model") {
    if (!arguments.data.empty())
      throw UsageError("--data: token arrays are for language-model; found the task " + s.task);
    return s;
  }
  if (arguments.data.empty())
    throw UsageError("--data: a language model needs token arrays: what tokenize wrote (data.toml), or a .npy file");
  override(s.language.context, arguments.context);
  override(s.language.positions, arguments.positions);
  override(s.language.evaluationSequences, arguments.evaluationSequences);
  core::LanguageData data = core::readLanguageData(arguments.data, arguments.vocabulary.value_or(0),
                                                   s.language.context, s.language.evaluationSequences);
  s.language.data = std::move(data.slices);
  s.language.vocabulary = data.vocabulary;
  return s;
}

} // namespace evolute::app::cli
