// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/command_options.h"

#include "app/cli/option_kinds.h"
#include "core/llc/llc_settings.h"

namespace evolute::app::cli {

namespace {

std::vector<std::string> samplerNames() {
  std::vector<std::string> names;
  for (const core::SamplerKind kind : core::samplerKinds())
    names.emplace_back(core::nameOf(kind));
  return names;
}

/// Everything of core::LlcSettings that few people change.
void addMoreOfTheSampler(CLI::App &command, LlcArguments &a) {
  const auto option = [&](const char *name, auto &value, const char *what) {
    return command.add_option(name, value, what)->group("More of the sampler");
  };
  option("--nbeta-rule", a.nbetaRule, "n*beta from the batch (B / ln B) or the data set (n / ln n)")
      ->check(CLI::IsMember({"batch", "samples"}))
      ->excludes("--nbeta");
  option("--noise", a.noise, "Scale of the noise; other than 1 samples at another temperature")->type_name("X");
  option("--weight-decay", a.weightDecay, "Pull towards 0")->type_name("X");
  option("--box", a.box, "Hold every weight within this of the checkpoint; 0 is no box")->type_name("X");
  option("--initial-noise", a.initialNoise, "Start chains this far from the checkpoint, times N(0, 1)")
      ->type_name("X");
  option("--step-size-factors", a.stepSizeFactors,
         "Step sizes of components or parameters as multiples of --epsilon, say L0.H*=0.5,unembed=2")
      ->type_name("GLOB=X,...");
  option("--accumulate", a.accumulate, "Minibatches whose mean makes one step")->check(atLeast(1))->type_name("N");
  option("--friction", a.friction, "Of baoab a unit of time; of sgnht the noise put in")->type_name("X");
  option("--rmsprop-decay", a.rmspropDecay, "Share of the old squared gradient kept a step")->type_name("X");
  option("--rmsprop-floor", a.rmspropFloor, "Added to the root of the squared gradient")->type_name("X");
  option("--preconditioning", a.preconditioning, "Weight of the preconditioner, 0 to 1")->type_name("X");
  option("--adapt", a.adapt, "When the preconditioner adapts; always is biased")
      ->check(CLI::IsMember({"burn-in", "always"}));
  option("--products", a.products,
         "Operands of matrix products: full, tf32 (NVIDIA GPUs) or bfloat16 (faster on processors with AMX and on GPUs)")
      ->check(CLI::IsMember({"full", "tf32", "bfloat16"}));
  option("--evaluation-samples", a.evaluationSamples,
         "Measure every draw on the same so many samples; 0 is the step's minibatch")
      ->check(atLeast(0))
      ->type_name("N");
  option("--init-loss-batches", a.initialLossBatches,
         "Measure the checkpoint's loss on so many minibatches; 0 is the whole data set")
      ->check(atLeast(0))
      ->type_name("N");
  option("--draw-rule", a.drawRule, "Draw at the last or the first of --thinning steps")
      ->check(CLI::IsMember({"last", "first"}));
  const auto flag = [&](const char *names, std::optional<bool> &value, const char *what) {
    addPresetFlag(command, names, value, what)->group("More of the sampler");
  };
  flag("--include-burn-in,!--exclude-burn-in", a.includeBurnIn, "Every step is a draw, burn-in too");
  flag("--shared-minibatches,!--own-minibatches", a.sharedMinibatches, "All chains see the same minibatches");
}

} // namespace

void addLlc(CLI::App &command, LlcArguments &a) {
  addRunOption(command, a.run);
  addCheckpointsOption(command, a.checkpoints);
  command
      .add_option("--components", a.components,
                  "Of the weights: names as `info` lists them (L0.H3,L1.mlp), heads for every head, heads+bias with "
                  "biases; /EXPRESSION/ for parameters by name, /EXPRESSION/@0=2:4 for a slice of them; all is the "
                  "whole model")
      ->delimiter(',')
      ->type_name("LIST")
      ->capture_default_str();
  command
      .add_option("--slice", a.slice,
                  "Data that the loss is measured on, one after another: names as `info` lists them, all "
                  "for each; the run's first if not given")
      ->type_name("NAME,...|all");
  command
      .add_option("--reference-model", a.referenceModel,
                  "The loss is how far predictions are from those of this language model, a checkpoint or a run: "
                  "KL(reference || model)")
      ->type_name("PATH");
  command.add_option("--preset", a.preset, "Named settings, which the options below change")
      ->type_name("NAME");
  const std::string sampler = "Sampler";
  const auto number = [&](const char *name, auto &value, const char *what) {
    return command.add_option(name, value, what)->group(sampler);
  };
  number("--epsilon", a.epsilon, "Step size of the sampler")->type_name("X");
  number("--gamma", a.gamma, "Localization: the pull back to the checkpoint")->type_name("X");
  number("--nbeta", a.nbeta, "Inverse temperature n*beta; 0 is batch / ln(batch)")->type_name("X");
  number("--chains", a.chains, "Chains")->check(atLeast(1))->type_name("N");
  number("--draws", a.draws, "Draws kept a chain")->check(atLeast(2))->type_name("N");
  number("--burn-in", a.burnIn, "Steps before the first draw")->check(atLeast(0))->type_name("N");
  number("--thinning", a.thinning, "Steps between draws")->check(atLeast(1))->type_name("N");
  number("--batch", a.batch, "Samples a step")->check(atLeast(2))->type_name("N");
  number("--samples", a.samples, "Samples that the loss of the checkpoint is measured on")
      ->check(atLeast(2))
      ->type_name("N");
  number("--estimator", a.estimator, "Which of the two is the headline; both are stored")
      ->check(CLI::IsMember({"paired", "plain"}));
  number("--dtype", a.dtype, "Precision of weights and losses")->check(CLI::IsMember({"float32", "float64"}));
  number("--sampler", a.sampler, "How chains move")->check(CLI::IsMember(samplerNames()));
  number("--target-se", a.targetError, "Go on in rounds of --draws until the standard error is this; 0 is one round")
      ->type_name("X");
  number("--max-draws", a.maximalDraws, "Draws a chain after which --target-se gives up")
      ->check(atLeast(2))
      ->type_name("N");
  addMoreOfTheSampler(command, a);
  command
      .add_flag("--check-step-size", a.checkStepSize,
                "Estimate at half the step too: the bias of the step size (three times the work)")
      ->group(sampler);
}

void addCalibrate(CLI::App &command, CalibrateArguments &a) {
  addRunOption(command, a.base.run);
  command
      .add_option("--checkpoints", a.checkpoints,
                  "Steps (0,100,200), first, last or log:N; early, middle and late if not given")
      ->type_name("LIST");
  command.add_option("--component", a.component, "Of the weights")->type_name("NAME")->capture_default_str();
  command.add_option("--slice", a.base.slice, "Data that the loss is measured on; the run's first if not given")
      ->type_name("NAME");
  command.add_option("--preset", a.base.preset, "Settings of all that is not searched")->type_name("NAME");
  command.add_option("--save", a.save, "Name of the preset that keeps the recommendation")
      ->type_name("NAME")
      ->capture_default_str();
  command.add_flag("--forecast", a.forecast, "Only say what would be tried and how long it would take");
  const auto list = [&](const char *name, std::vector<double> &values, const char *what) {
    command.add_option(name, values, what)->delimiter(',')->type_name("X,...")->group("Grid");
  };
  list("--epsilon", a.epsilon, "Step sizes to try; from the largest curvature if not given");
  list("--gamma", a.gamma, "Localizations to try; a third, one and three times the preset's if not given");
  list("--nbeta", a.nbeta, "Inverse temperatures to try; likewise");
  const auto number = [&](const char *name, auto &value, int least, const char *what) {
    command.add_option(name, value, what)->check(atLeast(least))->type_name("N")->group("Each cell");
  };
  number("--chains", a.base.chains, 1, "Chains");
  number("--draws", a.base.draws, 2, "Draws kept a chain");
  number("--burn-in", a.base.burnIn, 0, "Steps before the first draw");
  number("--thinning", a.base.thinning, 1, "Steps between draws");
  number("--batch", a.base.batch, 2, "Samples a step");
  number("--samples", a.base.samples, 2, "Samples that the loss of the checkpoint is measured on");
}

void addValidate(CLI::App &command, ValidateArguments &a) {
  command.add_option("--sampler", a.sampler, "The sampler to check")
      ->check(CLI::IsMember(samplerNames()))
      ->capture_default_str();
  command
      .add_option("--settings", a.settings,
                  "Try these instead, with their own sampler: a preset, of RUN too where it is given, or a preset file")
      ->type_name("PRESET|FILE")
      ->excludes("--sampler");
  command
      .add_option("--curvature", a.curvature,
                  "Largest curvature of the loss that the settings are for; what calibrate measured and kept with the "
                  "preset if not given, else 1")
      ->check(CLI::PositiveNumber)
      ->type_name("H")
      ->needs("--settings");
  command.add_option("run", a.run, "Folder of the run whose presets --settings may name")
      ->type_name("RUN")
      ->needs("--settings");
  command
      .add_flag("--full", a.full,
                "Linear networks of up to a million weights too (about ten minutes in all); sgld alone")
      ->excludes("--settings");
  command.add_option("--table", a.table, "Write the rows as CSV too")->type_name("FILE");
}

void addBench(CLI::App &command, BenchArguments &a) {
  command.add_flag("--quick", a.quick, "Two small cases, a few steps: too short to compare with");
  command
      .add_option("--relative-error", a.relativeError,
                  "Standard error, as a fraction of the estimate, that the time is told to")
      ->check(CLI::Range(1e-6, 1.0))
      ->type_name("X")
      ->capture_default_str();
}

} // namespace evolute::app::cli
