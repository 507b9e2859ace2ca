// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/llc/llc_settings.h"
#include "core/llc/validation.h"

namespace evolute::core {

/// Would these settings recover the truth? They are run as they are, eps, gamma, n*beta, lengths and batch,
/// on models whose lambda is known:
///  - regression on 64 inputs whose variances span three decades: regular, lambda = 32, noise from
///  minibatches;
///  - w1^2 w2^4: singular, lambda = 1/4, exact gradients;
///  - a two-layer linear network 4-3-8 of true rank 0 on noisy targets: singular, lambda = 6.
/// A step size suits a curvature, so the losses are scaled: the steepest direction has curvature `curvature`
/// (of the network: where its other layer is of size one). Give what `calibrate` measured on the run that the
/// settings are for.
struct SettingsValidation {
  std::vector<ValidationRow>
      rows; ///< `target`: what an ideal sampler returns; ok: lambda-hat agrees with that
  /// Every lambda-hat within a tenth of lambda itself, or within three standard errors where those are wider.
  bool recoversTruth = false;
  std::string sentence; ///< the answer, with what takes lambda-hat away from lambda where it is no
  bool stopped = false;
};

/// Cost: settings.totalSteps() steps of three tiny models. Progress counts rows; stopping keeps those that
/// are whole. \throws Error for settings with fatal problems, without a pull (then two of the models have no
/// finite answer), or a curvature that is not above 0.
SettingsValidation validateSettings(LlcSettings settings, double curvature, const DeviceOptions &device = {},
                                    const Observer &observe = {});

} // namespace evolute::core
