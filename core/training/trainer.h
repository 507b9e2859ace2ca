// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/checkpoint/run_description.h"
#include "core/llc/llc_settings.h"
#include "core/model/device.h"
#include "core/progress.h"

namespace evolute::core {

/// What a language model of one's own is trained on, and what width, heads and layers do not say of it: a decoder of
/// attention alone, with LayerNorms and biases (Hoogland et al. 2024; Wang et al. 2024).
struct LanguageTask {
  std::map<std::string, DescriptionTable> data; ///< see readLanguageData(); "train" and one slice more or several
  std::int64_t vocabulary = 0;
  std::int64_t context = 128;
  std::string positions = "shortformer"; ///< or "standard", as [model] of run.toml has them
  int evaluationSequences = 32;          ///< of each slice but "train": the loss in the log
};

/// All that a training run of a built-in task depends on. Same settings and seed, same bits.
struct TrainSettings {
  std::string task = "icl-regression"; ///< "icl-regression", "linear-network" or "language-model"
  std::int64_t steps = 20000;
  int batchSize = 256;
  double learningRate = 3e-3;
  std::string schedule = "triangle"; ///< "triangle": 0 -> lr half-way -> 0; "constant"
  double weightDecay = 0;  ///< of AdamW, on every parameter; 0 is Adam
  double gradientClip = 0; ///< largest norm of a step's gradient; 0: any
  std::uint64_t seed = 1;
  int linearCheckpoints = 100;      ///< evenly spaced over steps
  int logarithmicCheckpoints = 100; ///< evenly spaced in log t; the union is taken, with 0 and the last
  int logEvery = 10;                ///< steps between rows of metrics.jsonl

  // icl-regression: Hoogland et al. 2024, section on in-context linear regression
  int taskDimension = 4;  ///< D
  int contextPairs = 8;   ///< K
  int modelWidth = 64;    ///< d_model = d_mlp
  int heads = 4;
  int layers = 2;
  double noiseVariance = 0.125;
  std::int64_t taskCount = 0;   ///< M fixed tasks; 0: a fresh one for each sequence
  std::uint64_t taskSeed = 0;   ///< of the fixed tasks; not `seed`, so that runs of several seeds share them
  bool doubledResidual = false; ///< the released code's loop adds each block's input twice

  LanguageTask language; ///< of language-model, beside modelWidth, heads and layers

  // linear-network
  std::vector<std::int64_t> widths = {6, 5, 5};
  std::int64_t rank = 2;           ///< of the true map
  std::int64_t trainingSamples = 10000;
  bool noisyTargets = false;

  /// Empty when usable; one sentence per problem.
  std::vector<LlcSettings::Problem> problems() const;
};

struct TrainPreset {
  std::string name;
  std::string source;
  TrainSettings settings;
};
/// "demo" (two stages in three minutes on two cores), "hoogland2024-lr", "linear-network", and of language models, whose
/// data are the user's, "demo-lm", "hoogland2024-lm", "wang2024-lm".
const std::vector<TrainPreset> &trainPresets();

/// The union of linear and logarithmic grids on 0 ... steps, ascending, both ends in.
std::vector<std::int64_t> checkpointGrid(std::int64_t steps, int linear, int logarithmic);

struct TrainReport {
  std::int64_t steps = 0;       ///< reached
  std::int64_t checkpoints = 0; ///< on disk
  double finalLoss = 0;
  bool resumed = false, stopped = false;
  std::string failure; ///< why it ended early by itself (the loss was no longer finite); finalLoss is then NaN
};

/// Trains and writes a run: OUT/run.toml, OUT/metrics.jsonl, OUT/checkpoints/step_N.safetensors, each
/// checkpoint atomically. A folder that holds an unfinished run of the same settings is resumed from its last
/// checkpoint and gives the same bits as an uninterrupted one, on the CPU with any number of threads; a GPU sums in an
/// order of its own. Language models train on either, the others on the CPU.
/// Progress counts steps. \throws Error for settings with problems, a folder that holds another run, a full disk.
TrainReport train(const TrainSettings &settings, const std::filesystem::path &out,
                  const DeviceOptions &device = {}, const Observer &observe = {});

} // namespace evolute::core
