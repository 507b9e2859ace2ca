// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "core/model/architectures.h"

namespace evolute::core {

class ModelModule;

// One file a family; makeModel(const Architecture &) chooses.
std::unique_ptr<ModelModule> makeModel(const LinearNetworkConfig &config);
std::unique_ptr<ModelModule> makeModel(const IclTransformerConfig &config);
std::unique_ptr<ModelModule> makeModel(const DecoderConfig &config);
std::unique_ptr<ModelModule> makeModel(const MlpConfig &config);
std::unique_ptr<ModelModule> makeModel(const ScriptConfig &config);

} // namespace evolute::core
