// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llc/llc_settings.h"

namespace evolute::core {

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
    LlcSettings language;
    language.stepSize = 3e-3;
    language.localization = 300;
    language.inverseTemperature = 0; // by the rule: 100 / ln 100
    language.chainCount = 20;
    language.drawCount = 200;
    language.burnInSteps = 0;
    language.batchSize = 100;
    language.sampleCount = 8192;
    list.push_back({"hoogland2024-lm",
                    "Hoogland et al. 2024 (arXiv:2402.02364), language models. How many sequences they drew batches from "
                    "is not told: 8,192 here.",
                    language});
    LlcSettings heads = language;
    heads.stepSize = 1e-3;
    heads.localization = 200;
    heads.inverseTemperature = 30;
    heads.chainCount = 4;
    heads.batchSize = 32;
    list.push_back({"wang2024-rllc",
                    "Wang et al. 2024 (arXiv:2410.02984), refined estimates of heads. How many sequences they drew batches "
                    "from is not told: 8,192 here; L(w*) is of all of them, theirs of 16 batches.",
                    heads});
    LlcSettings first;
    first.stepSize = 0.01;
    first.localization = 0;
    first.chainCount = 10;
    first.drawCount = 100;
    first.burnInSteps = 0;
    first.batchSize = 64;
    first.estimator = LlcEstimator::Plain;
    first.initialLossBatches = 10; // theirs: as many as chains
    first.rmspropAdaptsAlways = true;
    list.push_back({"compat-devinterp-1",
                    "Defaults and estimator of devinterp 1.x (checked with 1.3.2); the batch size it leaves to the "
                    "caller. Without a pull or burn-in and with so large a step, few networks sample well: change "
                    "the numbers, keep the rules.",
                    first});
    LlcSettings second = first;
    second.stepSize = 1e-4;
    second.chainCount = 4;
    second.drawCount = 200;
    second.batchSize = 32;
    second.initialLossBatches = 128; // theirs: 32 a chain
    second.drawRule = DrawRule::FirstOfBlock; // of its observables; lambda-hat takes the losses of all steps
    second.includeBurnIn = true;
    second.sharedMinibatches = true;
    list.push_back({"compat-devinterp-2",
                    "Defaults and estimator of devinterp 2.x (checked with 2.0.1), which counts burn-in and gives all "
                    "chains the same minibatches; the step size it leaves to the caller.",
                    second});
    return list;
  }();
  return presets;
}

} // namespace evolute::core
