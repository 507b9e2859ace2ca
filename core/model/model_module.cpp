// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/model_module.h"

#include "core/model/built_in_models.h"

namespace evolute::core {

std::unique_ptr<ModelModule> makeModel(const Architecture &architecture) {
  return std::visit([](const auto &config) { return makeModel(config); }, architecture);
}

} // namespace evolute::core
