// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace evolute::app::cli {

enum class ProgressStyle { Automatic, Bar, Json, None }; ///< Automatic: a bar on a terminal, else none

/// Options that every command takes, before or after its name.
struct GlobalArguments {
  bool json = false;
  bool quiet = false;
  std::string device = "auto";
  int threads = 0;
  double memory = 0; ///< GiB for replicas; 0: half of what is free
  std::optional<std::uint64_t> seed; ///< absent: the preset's own
  ProgressStyle progress = ProgressStyle::Automatic;
};

// One struct a command. An absent optional leaves the value to the preset.

struct DoctorArguments {};

struct InfoArguments {
  std::filesystem::path run;
  bool tensors = false;            ///< the table of tensors too
  bool proposeTensors = false;     ///< with the mapping of names that seems meant
};

struct TokenizeArguments {
  std::vector<std::string> slices; ///< NAME=PATH; a name may come again
  std::filesystem::path out;
  std::filesystem::path vocabulary;            ///< a SentencePiece model; empty: one is learned
  std::int64_t vocabularySize = 5000;
  double trainingMegabytes = 32; ///< of text that a vocabulary is learned from, at most
};

struct TrainArguments {
  std::string task;
  std::filesystem::path out;
  std::string preset; ///< empty: the task's default settings
  std::optional<std::int64_t> steps;
  std::optional<int> batch, linearCheckpoints, logCheckpoints, logEvery;
  std::optional<double> learningRate, weightDecay, gradientClip;
  std::optional<std::string> schedule;
  std::filesystem::path data; ///< of a language model: a token array, or TOML with [data.NAME]
  std::optional<std::int64_t> vocabulary, context;
  std::optional<std::string> positions;
  std::optional<int> evaluationSequences;
  std::optional<int> taskDimension, pairs, width, heads, layers;
  std::optional<double> noiseVariance;
  std::optional<std::int64_t> tasks; ///< 0: fresh ones
  std::optional<std::uint64_t> taskSeed;
  std::optional<bool> doubledResidual;
  std::optional<std::vector<std::int64_t>> widths;
  std::optional<std::int64_t> rank, trainingSamples;
  std::optional<bool> noisyTargets;
};

struct LlcArguments {
  std::filesystem::path run;
  std::string checkpoints = "all";               ///< see selectSteps()
  std::vector<std::string> components = {"all"}; ///< see selectComponents()
  std::string slice;                             ///< empty: the run's default slice
  std::filesystem::path referenceModel;          ///< empty: the loss that the run has
  std::string preset;                            ///< empty: the first of core::llcPresets()
  std::optional<double> epsilon, gamma, nbeta;
  std::optional<int> chains, draws, burnIn, thinning, batch;
  std::optional<std::int64_t> samples;
  std::optional<std::string> estimator, dtype;
  // rarely changed: the "More of the sampler" group of --help
  std::optional<std::string> sampler, nbetaRule, drawRule, adapt;
  std::optional<double> noise, weightDecay, box, initialNoise, rmspropDecay, rmspropFloor, preconditioning,
      friction, targetError;
  std::optional<int> accumulate, maximalDraws;
  std::optional<std::string> products;
  std::optional<std::int64_t> evaluationSamples, initialLossBatches;
  std::optional<std::string> stepSizeFactors; ///< GLOB=FACTOR,...
  std::optional<bool> includeBurnIn, sharedMinibatches;
  bool checkStepSize = false; ///< estimate at half the step too, and report the difference
};

struct MetricsArguments {
  std::filesystem::path run;
  std::string checkpoints = "all";    ///< see selectSteps()
  std::vector<std::string> metrics;   ///< families; empty: core's choice
  std::vector<std::string> heads;     ///< of ablation and paths; empty: all
  std::string slice;                  ///< empty: the run's default slice
  std::int64_t samples = 128, probes = 256;
};

struct ClustersArguments {
  std::filesystem::path run;
  std::string metric;          ///< stored metric of heads; empty: lambda-hat
  std::string slice, settings; ///< empty: the one there is; settings: the beginning of their hash
  bool includeSuspect = false; ///< estimates with a verdict other than ok
  std::string method = "k-means", scaling = "standardise";
  int count = 4;
  int permutations = 9999;
};

struct CalibrateArguments {
  LlcArguments base;       ///< run, slice, preset, chains, draws, burn-in, batch, samples ...
  std::string checkpoints; ///< empty: early, middle and late; else see selectSteps()
  std::string component = "all";
  std::vector<double> epsilon, gamma, nbeta; ///< values to try; empty: proposed
  std::string save = "calibrated";           ///< name of the preset that keeps the recommendation
  bool forecast = false;                     ///< say what it would try and cost, and stop there
};

struct EdArguments {
  std::vector<std::filesystem::path> inputs; ///< run folders, folders of runs, or one .npy file of points
  std::string checkpoints = "all";
  bool joint = false;
  std::string weighting = "checkpoints"; ///< core::CurveWeighting, with joint
  std::string parameter;                 ///< with joint; empty: the first that differs
  std::int64_t evaluation = 256;         ///< sequences of losses and distances, with joint
  std::filesystem::path tables;          ///< with joint; empty: none
  int dims = 10;
  std::int64_t probe = 256;
  std::string outputs = "all";  ///< core::OutputChoice; without joint
  std::optional<double> smooth; ///< absent: a share of the checkpoints
  std::string smoothWidth = "constant";
  double smoothStart = 1;
  int smoothRampEnd = 0;
  bool arcLength = false, smoothBeforePca = false;
  int planes = 3;
  int walks = 99;
};

inline constexpr char kStoredTrajectory[] = "trajectory"; ///< a word of `stages --vertices`

struct StagesArguments {
  std::filesystem::path input; ///< a run's folder, or a table of curves
  std::string curve;           ///< empty: lambda-hat of a run; of a table llc or the only column
  std::string component = "all", slice, settings; ///< of a run's estimates; empty: any
  std::vector<std::string> metrics;               ///< looked at for change points; {"all"} for each
  std::vector<std::string> vertices; ///< steps, or {"trajectory"} for those of the run's stored one
  std::filesystem::path compare;     ///< another run or table read in the same way, or stages as TOML
  std::string stepColumn;
  bool ignoreErrors = false;
  double flatness = 0.25, certainty = 0.99; ///< core::MilestoneSettings
  std::filesystem::path out;
  bool store = false;
  std::string name = "stages";
};

struct BenchArguments {
  bool quick = false;
  double relativeError = 0.05;
};

struct ValidateArguments {
  std::string sampler = "sgld"; ///< that our own checks use
  bool full = false;           ///< our own checks on large networks too
  std::string settings;        ///< empty: our own checks; else a preset or a preset file to be tried
  std::filesystem::path run;   ///< with settings: where its own presets are; empty: the built-in ones alone
  /// With settings: the largest curvature of the run that they are for; none: what the preset keeps, else 1.
  std::optional<double> curvature;
  std::filesystem::path table; ///< empty: none; else a CSV file of the rows
};

struct TableArguments {
  std::filesystem::path run;
  std::filesystem::path out;
  std::vector<std::string> formats = {"csv"}; ///< csv, json, netcdf
};

struct ImportArguments {
  std::filesystem::path file, run;
  std::optional<std::int64_t> step; ///< of a file that does not say
  std::string component = "all";
  std::string slice; ///< empty: the run's default slice
  std::optional<double> nbeta;
};

struct ExportDataArguments {
  std::filesystem::path run;
  std::filesystem::path out;
  std::string slice; ///< empty: the run's default slice
  std::int64_t samples = 0;
};

using CommandArguments =
    std::variant<DoctorArguments, InfoArguments, TrainArguments, LlcArguments, MetricsArguments,
                 ClustersArguments, CalibrateArguments, EdArguments, StagesArguments, ValidateArguments, BenchArguments, TableArguments, ExportDataArguments,
                 ImportArguments, TokenizeArguments>;

struct Arguments {
  GlobalArguments global;
  CommandArguments command;
};

} // namespace evolute::app::cli
