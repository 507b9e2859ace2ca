// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/parse_arguments.h"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>

#include <CLI/CLI.hpp>

#include "app/cli/exit_code.h"
#include "core/llc/llc_settings.h"

namespace evolute::app::cli {

namespace {

constexpr const char *kEpilogue =
    "Exit codes: 0 done, 2 usage, 3 bad input, 4 numerical failure of everything asked, "
    "130 interrupted.\nResults go to standard output, progress and messages to "
    "standard error. app/cli/README.md lists the fields of --json.";

/// A whole number of at least `least`; the type decides the upper end.
CLI::Validator atLeast(std::int64_t least) {
  return CLI::Validator(
      [least](const std::string &text) -> std::string {
        std::int64_t value = 0;
        if (!CLI::detail::lexical_cast(text, value) || value < least)
          return "expected a whole number of " + std::to_string(least) + " or more, found " + text;
        return {};
      },
      "INT>=" + std::to_string(least));
}

/// For unsigned numbers of all 64 bits: CLI11 reads -1 as the largest of them.
CLI::Validator isNotNegative() {
  return CLI::Validator(
      [](const std::string &text) -> std::string {
        return text.starts_with('-') ? "expected a whole number of 0 or more, found " + text : std::string();
      },
      "");
}

/// What regression tasks can be counted by.
CLI::Validator isTaskCount() {
  return CLI::Validator(
      [](const std::string &text) -> std::string {
        std::int64_t value = 0;
        if (text != "inf" && (!CLI::detail::lexical_cast(text, value) || value < 1 || value > 4294967295))
          return "expected a whole number from 1 to 4294967295, or inf, found " + text;
        return {};
      },
      "");
}

void addGlobalOptions(CLI::App &app, GlobalArguments &global) {
  app.add_flag("--json", global.json, "Print one JSON document on standard output, and nothing else there");
  app.add_option("--device", global.device, "auto, cpu or cuda:N")->type_name("NAME")->capture_default_str();
  app.add_option("--threads", global.threads, "CPU threads; 0 is one a core")
      ->check(atLeast(0))
      ->type_name("N");
  app.add_option("--memory", global.memory, "GiB that replicas of a model may take; 0 is half of what is free")
      ->check(CLI::NonNegativeNumber)
      ->type_name("GIB");
  app.add_option("--seed", global.seed, "Seed of everything random; the preset's own if not given")
      ->check(isNotNegative())
      ->type_name("N");
  app.add_flag("--quiet", global.quiet, "Neither progress nor remarks on standard error, only errors");
  static const std::map<std::string, ProgressStyle> styles = {
      {"bar", ProgressStyle::Bar}, {"json", ProgressStyle::Json}, {"none", ProgressStyle::None}};
  app.add_option_function<std::string>(
         "--progress", [&global](const std::string &name) { global.progress = styles.at(name); },
         "On standard error; a bar on a terminal if not given")
      ->check(CLI::IsMember({"json", "bar", "none"}));
}

/// A flag that leaves the value to the preset where it is absent. (CLI11 writes false into a bound std::optional then.)
CLI::Option *addPresetFlag(CLI::App &command, const char *names, std::optional<bool> &value, const char *what) {
  return command.add_flag_function(
      names,
      [&value](std::int64_t count) {
        if (count != 0)
          value = count > 0;
      },
      what);
}

void addRunOption(CLI::App &command, std::filesystem::path &run) {
  command.add_option("RUN", run, "Folder of checkpoints")->required();
}

void addCheckpointsOption(CLI::App &command, std::string &checkpoints) {
  command
      .add_option("--checkpoints", checkpoints,
                  "Steps (0,100,200), first, last, log:N (N of them evenly in log time) or all")
      ->type_name("LIST")
      ->capture_default_str();
}

void addTrain(CLI::App &command, TrainArguments &a) {
  command.add_option("TASK", a.task, "icl-regression, linear-network or language-model")
      ->required()
      ->check(CLI::IsMember({"icl-regression", "linear-network", "language-model"}));
  command.add_option("--out", a.out, "Folder of the run; an unfinished run in it is resumed")
      ->required()
      ->type_name("DIR");
  command.add_option("--preset", a.preset, "Named settings, which the options below change")
      ->type_name("NAME");
  command.add_option("--steps", a.steps, "Optimiser steps")->check(atLeast(1))->type_name("N");
  command.add_option("--batch", a.batch, "Samples a step")->check(atLeast(1))->type_name("N");
  command.add_option("--learning-rate", a.learningRate, "Largest learning rate")->type_name("X");
  command.add_option("--weight-decay", a.weightDecay, "Of AdamW; 0 is Adam")->type_name("X");
  command.add_option("--gradient-clip", a.gradientClip, "Largest norm of a step's gradient; 0 is any")->type_name("X");
  command.add_option("--schedule", a.schedule, "Of the learning rate")
      ->check(CLI::IsMember({"triangle", "constant"}));
  command.add_option("--linear-checkpoints", a.linearCheckpoints, "Checkpoints spaced evenly in steps")
      ->check(atLeast(0))
      ->type_name("N");
  command.add_option("--log-checkpoints", a.logCheckpoints, "Checkpoints spaced evenly in log steps")
      ->check(atLeast(0))
      ->type_name("N");
  command.add_option("--log-every", a.logEvery, "Steps between rows of metrics.jsonl")
      ->check(atLeast(1))
      ->type_name("N");

  const std::string regression = "icl-regression", language = "language-model",
                    transformers = "icl-regression, language-model";
  command.add_option("--task-dimension", a.taskDimension, "Length D of a regression vector")
      ->check(atLeast(1))
      ->type_name("D")
      ->group(regression);
  command.add_option("--pairs", a.pairs, "Pairs K in a context")
      ->check(atLeast(1))
      ->type_name("K")
      ->group(regression);
  command.add_option("--width", a.width, "Width of the residual stream")
      ->check(atLeast(1))
      ->type_name("W")
      ->group(transformers);
  command.add_option("--heads", a.heads, "Attention heads a layer")
      ->check(atLeast(1))
      ->type_name("H")
      ->group(transformers);
  command.add_option("--layers", a.layers, "Transformer layers")
      ->check(atLeast(1))
      ->type_name("L")
      ->group(transformers);
  command
      .add_option_function<std::string>(
          "--tasks", [&a](const std::string &text) { a.tasks = text == "inf" ? 0 : std::stoll(text); },
          "Fixed tasks M that sequences are of; inf is a fresh task for each (the default)")
      ->check(isTaskCount())
      ->type_name("M|inf")
      ->group(regression);
  command.add_option("--task-seed", a.taskSeed, "Seed of the fixed tasks, apart from --seed; the sets are nested")
      ->check(isNotNegative())
      ->type_name("N")
      ->group(regression);
  command.add_option("--noise-variance", a.noiseVariance, "Of the regression targets")
      ->type_name("S")
      ->group(regression);
  addPresetFlag(command, "--doubled-residual,!--single-residual", a.doubledResidual,
                "Add each block's input twice, as the code released with the paper does")
      ->group(regression);

  command
      .add_option("--data", a.data,
                  "Tokens: the data.toml of tokenize ([data.train] is trained on, the other slices are measured), or one "
                  "token array, of which the last sequences are held out")
      ->type_name("FILE")
      ->group(language);
  command.add_option("--vocabulary-size", a.vocabulary, "Tokens there are, where --data does not say")
      ->check(atLeast(1))
      ->type_name("N")
      ->group(language);
  command.add_option("--context", a.context, "Tokens a sequence")->check(atLeast(2))->type_name("N")->group(language);
  command
      .add_option("--positions", a.positions, "Position embeddings: for queries and keys alone, or added to the tokens")
      ->check(CLI::IsMember({"shortformer", "standard"}))
      ->group(language);
  command
      .add_option("--evaluation-sequences", a.evaluationSequences,
                  "Of each slice but train, for the losses in the log; of one token array, how many are held out")
      ->check(atLeast(1))
      ->type_name("N")
      ->group(language);

  const std::string linear = "linear-network";
  command.add_option("--widths", a.widths, "Layer widths, input first")
      ->delimiter(',')
      ->type_name("W0,W1,...")
      ->group(linear);
  command.add_option("--rank", a.rank, "Rank of the true map")
      ->check(atLeast(0))
      ->type_name("R")
      ->group(linear);
  command.add_option("--training-samples", a.trainingSamples, "Size of the data set")
      ->check(atLeast(1))
      ->type_name("N")
      ->group(linear);
  addPresetFlag(command, "--noisy-targets,!--clean-targets", a.noisyTargets, "Add unit noise to the targets")
      ->group(linear);
}

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
  command.add_option("--slice", a.slice, "Data that the loss is measured on; the run's first if not given")
      ->type_name("NAME");
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

void addEd(CLI::App &command, EdArguments &a) {
  command.add_option("RUN", a.inputs, "Run folders, folders of runs, or one .npy file of points (steps x features)")
      ->required();
  addCheckpointsOption(command, a.checkpoints);
  command.add_flag("--joint", a.joint, "One space for all runs, so that their curves can be compared");
  command.add_option("--dims", a.dims, "Principal components")
      ->check(atLeast(1))
      ->type_name("K")
      ->capture_default_str();
  command.add_option("--probe", a.probe, "Fixed inputs on which outputs are recorded")
      ->check(atLeast(1))
      ->type_name("N")
      ->capture_default_str();
  const std::string family = "Families of runs, with --joint";
  command
      .add_option("--weighting", a.weighting,
                  "What counts the same: checkpoints, runs, or in each run equal steps or log steps")
      ->check(CLI::IsMember({"checkpoints", "runs", "steps", "log-time"}))
      ->capture_default_str()
      ->group(family);
  command.add_option("--parameter", a.parameter, "Number of run.toml that the runs are ordered by; the first that differs")
      ->type_name("NAME")
      ->group(family);
  command.add_option("--evaluation", a.evaluation, "Sequences that losses and distances to ridge and dMMSE are of")
      ->check(atLeast(1))
      ->type_name("N")
      ->capture_default_str()
      ->group(family);
  command.add_option("--tables", a.tables, "Folder for points.csv, curves.csv and runs.csv")
      ->type_name("DIR")
      ->group(family);
  const std::string shape = "Smoothing, vertices and forms";
  const auto option = [&](const char *name, auto &value, const char *what) {
    return command.add_option(name, value, what)->group(shape);
  };
  option("--smooth", a.smooth,
         "Width of the Gaussian in checkpoints; 0 is none, 2 % of the checkpoints if not given")
      ->type_name("SIGMA");
  option("--smooth-width", a.smoothWidth,
         "The same everywhere, rising with the checkpoint, or constant in log(1 + step)")
      ->check(CLI::IsMember({"constant", "ramp", "log"}))
      ->capture_default_str();
  option("--smooth-start", a.smoothStart, "Width at the start of a ramp")
      ->type_name("SIGMA")
      ->capture_default_str();
  option("--smooth-ramp-end", a.smoothRampEnd, "Index of the checkpoint where a ramp ends; 0 is the last")
      ->check(atLeast(0))
      ->type_name("N");
  command.add_flag("--arc-length", a.arcLength, "Smooth along the way made instead of by checkpoint")
      ->group(shape);
  command.add_flag("--smooth-before-pca", a.smoothBeforePca, "Smooth outputs, then find their components")
      ->group(shape);
  option("--planes", a.planes, "Components whose pairs are searched; a form must be seen in each pair")
      ->check(atLeast(2))
      ->type_name("K")
      ->capture_default_str();
  option("--walks", a.walks, "Random walks that vertices and forms are ranked among; 0 for no ranks")
      ->check(atLeast(0))
      ->type_name("N")
      ->capture_default_str();
}

void addStages(CLI::App &command, StagesArguments &a) {
  command.add_option("RUN", a.input, "A run's folder, or a CSV of curves over steps (W&B exports too)")
      ->required()
      ->type_name("RUN|CURVE.csv");
  command
      .add_option("--curve", a.curve,
                  "Curve whose slope says where stages end; lambda-hat if not given, or the only column")
      ->type_name("NAME");
  command.add_option("--component", a.component, "Component of the run's estimates")->capture_default_str();
  command.add_option("--slice", a.slice, "Slice of the run's estimates")->type_name("NAME");
  command
      .add_option("--settings", a.settings, "Settings of the run's estimates: the beginning of their hash")
      ->type_name("HASH");
  command.add_option("--metrics", a.metrics, "Further curves, looked at for change points; all for each")
      ->delimiter(',')
      ->type_name("NAME,...");
  command
      .add_option("--vertices", a.vertices,
                  "Vertices of the trajectory as evidence: steps, or trajectory for those of the stored one")
      ->delimiter(',')
      ->check(atLeast(0) | CLI::IsMember({kStoredTrajectory}))
      ->type_name("STEP,...|trajectory");
  command
      .add_option("--compare", a.compare,
                  "Set the stages beside those of another run or CSV, read in the same way, or of a TOML file")
      ->type_name("RUN2|FILE");
  command.add_option("--step-column", a.stepColumn, "Column of the steps in a CSV")->type_name("NAME");
  command.add_flag("--ignore-errors", a.ignoreErrors, "Fit the noise alone, whatever errors are known");
  command
      .add_option("--flatness", a.flatness,
                  "A slope is near zero below this share of the lesser one beside it")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command.add_option("--certainty", a.certainty, "Probability that a boundary must have")
      ->check(CLI::Range(0.5, 1.0))
      ->capture_default_str();
  command.add_option("--out", a.out, "Write the stages as TOML")->type_name("FILE");
  command.add_flag("--store", a.store, "Keep the stages with the run's results");
  command.add_option("--name", a.name, "Name of the stages")->capture_default_str();
}

void addValidate(CLI::App &command, ValidateArguments &a) {
  command.add_option("--sampler", a.sampler, "The sampler to check")
      ->check(CLI::IsMember(samplerNames()))
      ->capture_default_str();
  command
      .add_option("--settings", a.settings,
                  "Try these instead, with their own sampler: a built-in preset or a preset file "
                  "(RUN/.evolute/presets/NAME.toml)")
      ->type_name("PRESET|FILE")
      ->excludes("--sampler");
  command
      .add_option("--curvature", a.curvature,
                  "Largest curvature of the loss that the settings are for, as calibrate measures it")
      ->check(CLI::PositiveNumber)
      ->type_name("H")
      ->capture_default_str()
      ->needs("--settings");
  command
      .add_flag("--full", a.full,
                "Linear networks of up to a million weights too (about ten minutes in all); sgld alone")
      ->excludes("--settings");
  command.add_option("--table", a.table, "Write the rows as CSV too")->type_name("FILE");
}

void addTable(CLI::App &command, TableArguments &a) {
  addRunOption(command, a.run);
  command.add_option("--out", a.out, "Folder for the files")->required()->type_name("DIR");
  command
      .add_option("--format", a.formats,
                  "csv, json (numbers and settings in one file) or netcdf (draws, as ArviZ reads them); "
                  "several with commas")
      ->delimiter(',')
      ->check(CLI::IsMember({"csv", "json", "netcdf"}))
      ->type_name("LIST")
      ->capture_default_str();
}

void addImport(CLI::App &command, ImportArguments &a) {
  command
      .add_option("FILE", a.file, "Results of devinterp 1.x: its dictionary as .json, or .csv with a row a step")
      ->required();
  command.add_option("--run", a.run, "Folder of the checkpoints that were estimated")->required()->type_name("RUN");
  command.add_option("--step", a.step, "Step, where the file does not say")->check(atLeast(0))->type_name("N");
  command.add_option("--component", a.component, "Component that moved")
      ->type_name("NAME")
      ->capture_default_str();
  command.add_option("--slice", a.slice, "Data that the loss was measured on; the run's first if not given")
      ->type_name("NAME");
  command.add_option("--nbeta", a.nbeta, "n*beta, which the file does not hold")
      ->check(CLI::PositiveNumber)
      ->type_name("X");
}

void addExportData(CLI::App &command, ExportDataArguments &a) {
  addRunOption(command, a.run);
  command.add_option("--out", a.out, "Folder for inputs.npy and targets.npy")->required()->type_name("DIR");
  command.add_option("--slice", a.slice, "Data slice; the run's first if not given")->type_name("NAME");
  command.add_option("--samples", a.samples, "Samples, as `llc --samples` counts them")
      ->required()
      ->check(atLeast(1))
      ->type_name("N");
}

void addInfo(CLI::App &command, InfoArguments &a) {
  addRunOption(command, a.run);
  auto *tensors = command.add_flag("--tensors", a.tensors, "Each tensor that the model expects, and what the files have");
  command.add_flag("--propose", a.proposeTensors, "With --tensors: the [tensors] section for run.toml that seems meant")
      ->needs(tensors);
}

void addTokenize(CLI::App &command, TokenizeArguments &a) {
  command
      .add_option("slices", a.slices,
                  "NAME=PATH: UTF-8 text for the slice NAME, a file or a folder with all below it; a NAME may come again")
      ->required()
      ->type_name("NAME=PATH");
  command.add_option("--out", a.out, "Folder for NAME.npy, vocabulary.model and data.toml")
      ->required()
      ->type_name("DIR");
  auto *size = command.add_option("--vocabulary-size", a.vocabularySize, "Tokens of the vocabulary that is learned")
                   ->check(atLeast(1))
                   ->type_name("N")
                   ->capture_default_str();
  command.add_option("--vocabulary", a.vocabulary, "SentencePiece model to use instead of learning one")
      ->excludes(size)
      ->type_name("FILE");
  command
      .add_option("--training-megabytes", a.trainingMegabytes, "Text to learn the vocabulary from, at most")
      ->check(CLI::Range(0.001, 1e6))
      ->type_name("MB")
      ->capture_default_str();
}

void addMetrics(CLI::App &command, MetricsArguments &a) {
  addRunOption(command, a.run);
  command.add_option("--checkpoints", a.checkpoints, "Steps, first, last, log:N or all")
      ->type_name("LIST")
      ->capture_default_str();
  command
      .add_option("--metrics", a.metrics,
                  "Some of loss, ngrams, attention, positions, composition, collapse, norms, curvature, ablation, "
                  "paths; all but the last three if not given")
      ->delimiter(',')
      ->type_name("LIST");
  command.add_option("--components", a.heads, "Heads that ablation and paths are of; all if not given")
      ->delimiter(',')
      ->type_name("LIST");
  command.add_option("--slice", a.slice, "Data slice; the run's first if not given")->type_name("NAME");
  command.add_option("--samples", a.samples, "Sequences of the slice")
      ->check(atLeast(2))
      ->type_name("N")
      ->capture_default_str();
  command.add_option("--probes", a.probes, "Random sequences that heads are scored on")
      ->check(atLeast(2))
      ->type_name("N")
      ->capture_default_str();
}

void addClusters(CLI::App &command, ClustersArguments &a) {
  addRunOption(command, a.run);
  command.add_option("--of", a.metric, "Stored metric of heads to group them by; lambda-hat if not given")
      ->type_name("METRIC");
  command.add_option("--count", a.count, "Number of clusters")->check(atLeast(1))->type_name("K")->capture_default_str();
  command.add_option("--method", a.method, "How curves are grouped")
      ->check(CLI::IsMember({"k-means", "dtw-k-means", "k-shape", "hierarchical"}))
      ->capture_default_str();
  command.add_option("--scaling", a.scaling, "What is taken out of each curve before")
      ->check(CLI::IsMember({"none", "standardise", "min-max"}))
      ->capture_default_str();
  command.add_option("--slice", a.slice, "Slice of the estimates; where there is one, that")->type_name("NAME");
  command.add_option("--settings", a.settings, "Settings of the estimates: the beginning of their hash")
      ->type_name("HASH");
  command.add_flag("--include-suspect", a.includeSuspect, "Take estimates with a verdict other than ok too");
  command
      .add_option("--permutations", a.permutations, "Random labellings that the agreement with types is held against")
      ->check(CLI::Range(1, 10'000'000))
      ->type_name("N")
      ->capture_default_str();
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

/// The targets of the large networks carry the step-size bias of sgld, which no other sampler has.
void checkTogether(const ValidateArguments &a) {
  if (a.full && a.sampler != core::nameOf(core::SamplerKind::Sgld))
    throw UsageError("--full: the large networks are checked with sgld alone, found --sampler " + a.sampler +
                     "; leave one of the two out");
}

/// "run `evolute-cli llc --help`" for the command that was meant.
std::string withHint(std::string sentence, const CLI::App &app) {
  const auto commands = app.get_subcommands();
  const std::string command = commands.empty() ? "" : " " + commands.front()->get_name();
  std::replace(sentence.begin(), sentence.end(), '\n', ' '); // one sentence, one line
  while (!sentence.empty() && (sentence.back() == '.' || sentence.back() == ' '))
    sentence.pop_back();
  return sentence + "; see `evolute-cli" + command + " --help`";
}

/// CLI11 says only that a command is required.
std::string unknownCommand(const CLI::App &app) {
  std::string names;
  for (const CLI::App *command : app.get_subcommands(nullptr))
    names += (names.empty() ? "" : ", ") + command->get_name();
  return "expected one of the commands " + names + ", found " + app.remaining().front() +
         "; see `evolute-cli --help`";
}

} // namespace

std::variant<Arguments, TextAnswer> parseArguments(std::vector<std::string> words) {
  CLI::App app("Developmental interpretability from the command line", "evolute-cli");
  app.footer(kEpilogue);
  app.set_version_flag("--version", std::string("evolute-cli ") + EVOLUTE_VERSION);
  app.require_subcommand(1);
  app.fallthrough(); // global options after the command too

  Arguments arguments;
  addGlobalOptions(app, arguments.global);

  DoctorArguments doctor;
  InfoArguments info;
  TrainArguments train;
  LlcArguments llc;
  MetricsArguments metrics;
  EdArguments ed;
  StagesArguments stages;
  ClustersArguments clusters;
  CalibrateArguments calibrate;
  ValidateArguments validate;
  BenchArguments bench;
  TableArguments table;
  ExportDataArguments exportData;
  ImportArguments importResults;
  TokenizeArguments tokenize;
  const auto add = [&](const char *name, const char *what, auto &own) {
    CLI::App *command = app.add_subcommand(name, what);
    command->callback([&arguments, &own] { arguments.command = own; });
    return command;
  };
  add("doctor", "What the numbers are computed with, and what would make it faster", doctor);
  addTrain(*add("train", "Make a run: train a small model and write its checkpoints", train), train);
  addInfo(*add("info", "What a folder of checkpoints holds", info), info);
  addLlc(*add("llc", "Local learning coefficients over checkpoints and components; resumable", llc), llc);
  addMetrics(*add("metrics", "Behaviour and structure of heads and models over checkpoints; resumable", metrics),
             metrics);
  addClusters(*add("clusters", "Group heads by the curves of their stored estimates or metrics", clusters), clusters);
  addCalibrate(*add("calibrate", "Find sampler settings that this run can be estimated with; resumable", calibrate),
               calibrate);
  addEd(*add("ed", "Essential dynamics: principal components of the outputs over training", ed), ed);
  addStages(
      *add("stages", "Where one stage of development ends and another begins, with the evidence", stages),
      stages);
  addBench(*add("bench", "Measure the sampler's speed on this machine", bench), bench);
  addTable(*add("table", "Write every stored result as CSV, JSON or NetCDF", table), table);
  addValidate(*add("validate", "Check a sampler against models whose learning coefficient is known exactly",
                   validate),
              validate);
  addImport(*add("import", "Take over results of the Python package devinterp, marked as imported", importResults),
            importResults);
  addExportData(*add("export-data", "Write the samples of a data slice as .npy, for other programs", exportData),
                exportData);
  addTokenize(*add("tokenize", "Turn text into token arrays, with a vocabulary learned from it", tokenize), tokenize);

  try {
    std::reverse(words.begin(), words.end()); // CLI11 takes them last first
    app.parse(words);
  } catch (const CLI::CallForVersion &answer) {
    return TextAnswer{std::string(answer.what()) + "\n"};
  } catch (const CLI::CallForHelp &) {
    const auto commands = app.get_subcommands();
    return TextAnswer{commands.empty() ? app.help() : commands.front()->help()};
  } catch (const CLI::CallForAllHelp &) {
    return TextAnswer{app.help("", CLI::AppFormatMode::All)};
  } catch (const CLI::ParseError &error) {
    if (app.get_subcommands().empty() && !app.remaining().empty())
      throw UsageError(unknownCommand(app));
    throw UsageError(withHint(error.what(), app));
  }
  if (const auto *command = std::get_if<ValidateArguments>(&arguments.command))
    checkTogether(*command);
  return arguments;
}

} // namespace evolute::app::cli
