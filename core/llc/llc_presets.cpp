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
    return list;
  }();
  return presets;
}

} // namespace evolute::core
