// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/llc/llc_settings.h"
#include "core/llc/validation.h"

namespace evolute::core {

/// Would these settings recover the truth? They are run as they are, eps, gamma, n*beta, lengths and batch,
/// on models whose lambda is known. What they do to a chain depends neither on how many there are nor on how many
/// samples a run has, how sharply it is seen does: so there are 65,536 samples at least (8,192 for mala, which takes
/// all of them at each step) and as many more chains as 20,000 steps give, 64 at most. The models:
///  - regression on 64 inputs whose variances span three decades: regular, lambda = 32, noise from
///  minibatches;
///  - w1^2 w2^4: singular, lambda = 1/4, exact gradients;
///  - a two-layer linear network 4-3-8 of true rank 0 on noisy targets: singular, lambda = 6.
/// A step size suits a curvature, so the losses are scaled: the steepest direction has curvature `curvature`
/// (of the network: where its other layer is of size one). Give what `calibrate` measured on the run that the
/// settings are for.
///
/// A row disagrees when lambda-hat is off its target, what an ideal sampler returns, by more than a tenth of the target
/// and by more than three standard errors. It agrees only if these three errors are at most a fifth of the target;
/// else it cannot tell.
struct SettingsValidation {
  std::vector<ValidationRow> rows; ///< ok: lambda-hat agrees with its target
  bool recoversTruth = false; ///< every row agrees, and every target is within a tenth of lambda itself
  std::string sentence; ///< the answer, with what takes lambda-hat away from lambda where it is no
  bool stopped = false;
};

/// Cost: settings.totalSteps() steps of three tiny models. Progress counts rows; stopping keeps those that
/// are whole. \throws Error for settings with fatal problems, without a pull (then two of the models have no
/// finite answer), or a curvature that is not above 0.
SettingsValidation validateSettings(LlcSettings settings, double curvature, const DeviceOptions &device = {},
                                    const Observer &observe = {});

} // namespace evolute::core
