// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/command_options.h"

#include "app/cli/option_kinds.h"

namespace evolute::app::cli {

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
  command
      .add_option("--outputs", a.outputs,
                  "Of each sample: all, one-position (language models: the true next token's logit at one position), or "
                  "numbers and ranges from 0 as 3,0:288:18; without --joint")
      ->type_name("all|one-position|LIST")
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

} // namespace evolute::app::cli
