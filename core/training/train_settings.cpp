// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/trainer.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/number_text.h"

namespace evolute::core {

std::vector<LlcSettings::Problem> TrainSettings::problems() const {
  std::vector<LlcSettings::Problem> found;
  const auto require = [&](bool ok, const char *field, const std::string &sentence) {
    if (!ok)
      found.push_back({field, sentence, true});
  };
  const auto between = [&](auto value, std::int64_t least, std::int64_t most, const char *field, const char *what) {
    require(value >= least && value <= most, field,
            std::string(what) + " must be " + std::to_string(least) + " to " + std::to_string(most) + "; found " +
                std::to_string(value) + ".");
  };
  const auto positive = [&](auto value, const char *field, const char *what) {
    between(value, 1, 1'000'000'000, field, what);
  };
  require(task == "icl-regression" || task == "linear-network" || task == "language-model", "task",
          "The task must be icl-regression, linear-network or language-model; found " + task + ".");
  positive(steps, "steps", "Steps");
  positive(batchSize, "batchSize", "The batch");
  require(learningRate > 0 && learningRate <= 1e30, "learningRate", // in single precision
          "The learning rate must be above 0 and at most 1e30; found " + numberText(learningRate) + ".");
  require(schedule == "triangle" || schedule == "constant", "schedule",
          "The schedule must be triangle or constant; found " + schedule + ".");
  between(linearCheckpoints, 0, 1'000'000, "linearCheckpoints", "Checkpoints spaced evenly in steps");
  between(logarithmicCheckpoints, 0, 1'000'000, "logarithmicCheckpoints", "Checkpoints spaced evenly in log steps");
  positive(logEvery, "logEvery", "Steps between log rows");
  const auto notNegative = [&](double value, const char *field, const char *what) {
    require(value >= 0 && value <= 1e30, field, // of single precision
            std::string(what) + " must be 0 to 1e30; found " + numberText(value) + ".");
  };
  notNegative(noiseVariance, "noiseVariance", "The noise variance");
  notNegative(weightDecay, "weightDecay", "The weight decay");
  notNegative(gradientClip, "gradientClip", "The largest norm of the gradient");
  const auto transformer = [&] {
    between(layers, 1, 1000, "layers", "Layers");
    positive(heads, "heads", "Heads");
    require(modelWidth >= 1 && heads >= 1 && modelWidth % heads == 0, "modelWidth",
            "The width must be a multiple of the heads (" + std::to_string(heads) + "); found " +
                std::to_string(modelWidth) + ".");
  };
  if (task == "language-model") {
    transformer();
    require(language.data.contains("train") && language.data.size() > 1, "data",
            "A language model needs tokens to train on and a slice to measure its loss on (--data).");
    positive(language.vocabulary, "vocabulary", "The vocabulary");
    require(language.context >= 2, "context",
            "The context must be 2 tokens or more; found " + std::to_string(language.context) + ".");
    require(language.positions == "shortformer" || language.positions == "standard", "positions",
            "Positions must be shortformer or standard; found " + language.positions + ".");
    positive(language.evaluationSequences, "evaluationSequences", "Sequences to measure the loss on");
  } else if (task == "icl-regression") {
    positive(taskDimension, "taskDimension", "The task dimension D");
    positive(contextPairs, "contextPairs", "The number of context pairs K");
    require(taskCount >= 0 && taskCount < (std::int64_t(1) << 32), "taskCount",
            "Fixed tasks must be 0 (fresh ones) or up to 4294967295; found " + std::to_string(taskCount) + ".");
    transformer();
  } else {
    require(widths.size() >= 2 && *std::min_element(widths.begin(), widths.end()) >= 1, "widths",
            "A linear network needs two or more widths, each 1 or more.");
    if (widths.size() >= 2) {
      const std::int64_t most = *std::min_element(widths.begin(), widths.end());
      require(rank >= 0 && rank <= most, "rank",
              "The rank must be 0 to " + std::to_string(most) + "; found " + std::to_string(rank) + ".");
    }
    positive(trainingSamples, "trainingSamples", "Training samples");
  }
  return found;
}

const std::vector<TrainPreset> &trainPresets() {
  static const std::vector<TrainPreset> presets = [] {
    // Picked by trial: the loss stays near D + noise variance (4.125) while predictions fall to 0 at about step
    // 130, then in-context learning sets in and the loss reaches 2.2 by step 1,200; 35 s on two idle cores.
    TrainSettings demo;
    demo.steps = 4000;
    demo.batchSize = 128;
    demo.linearCheckpoints = 40;
    demo.logarithmicCheckpoints = 40;
    TrainSettings paper;
    paper.steps = 500000;
    paper.doubledResidual = true;
    TrainSettings linear;
    linear.task = "linear-network";
    linear.steps = 3000;
    linear.learningRate = 5e-3;
    linear.schedule = "constant";
    TrainSettings text;
    text.task = "language-model";
    text.schedule = "constant";
    text.learningRate = 1e-3;
    text.weightDecay = 0.05;
    text.modelWidth = 256;
    text.heads = 8;
    text.language.context = 1024;
    text.batchSize = 100;
    text.steps = 50000;
    text.linearCheckpoints = 500;
    text.logarithmicCheckpoints = 0;
    TrainSettings clipped = text;
    clipped.gradientClip = 1;
    TrainSettings small = text;
    small.steps = 16000;
    small.batchSize = 16;
    small.modelWidth = 64;
    small.heads = 4; // with 8 of them, of 8 dimensions each, none came to induction
    small.learningRate = 3e-3;
    small.gradientClip = 1;
    small.language.context = 128;
    small.linearCheckpoints = 40;
    small.logarithmicCheckpoints = 30;
    return std::vector<TrainPreset>{
        {"demo", "In-context linear regression made small: two stages within three minutes on two cores.", demo},
        {"hoogland2024-lr",
         "Hoogland et al. 2024 (arXiv:2402.02364): in-context linear regression as in the released code.", paper},
        {"linear-network", "A deep linear network 6-5-5 that learns a map of rank 2.", linear},
        {"demo-lm", "Two layers of attention made small for two cores: it learns to use neighbours, then to copy what came before.", small},
        {"hoogland2024-lm",
         "Hoogland et al. 2024 (arXiv:2402.02364): two layers of attention, vocabulary 5,000, context 1,024.", text},
        {"wang2024-lm", "Wang et al. 2024 (arXiv:2410.02984): the same with gradients clipped at norm 1.", clipped}};
  }();
  return presets;
}

std::vector<std::int64_t> checkpointGrid(std::int64_t steps, int linear, int logarithmic) {
  std::set<std::int64_t> grid = {0, steps};
  for (int i = 1; i <= linear; ++i)
    grid.insert(std::llround(double(steps) * i / linear));
  for (int i = 0; i < logarithmic; ++i)
    grid.insert(std::llround(std::pow(double(steps), logarithmic > 1 ? double(i) / (logarithmic - 1) : 1.0)));
  return {grid.begin(), grid.end()};
}

} // namespace evolute::core
