// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/command_options.h"

#include "app/cli/option_kinds.h"

namespace evolute::app::cli {

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
      ->check(isSeed())
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

  // The groups name the tasks that their options belong to.
  static const std::string kOfAll = "Options"; // CLI11's own
  command.parse_complete_callback([&command, &a] {
    for (const CLI::Option *option : command.get_options()) {
      const std::string &tasks = option->get_group();
      if (option->count() > 0 && tasks != kOfAll && tasks.find(a.task) == std::string::npos)
        throw CLI::ValidationError(option->get_name(), "is an option of " + tasks + ", found with " + a.task);
    }
  });
}

} // namespace evolute::app::cli
