// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llc/llc_estimate.h"

namespace evolute::core {

// The one list of names under which an estimate is written: keys in JSON, columns in the results file and in
// CSV. `visit` is called with (name, member) in a fixed order; members are std::int64_t, double or
// std::string. The names up to `seconds` are the contract of `evolute-cli llc --json`; further ones are
// evidence. A new field of estimates or chains also needs a column: see core/results/schema.cpp.

template <class Estimate, class Visit> void visitFields(Estimate &e, Visit &&visit) {
  visit("step", e.step);
  visit("component", e.component);
  visit("slice", e.slice);
  visit("llc", e.llc);
  visit("se", e.standardError);
  visit("sd", e.sdOverChains);
  visit("rhat", e.rhat);
  visit("ess", e.essBulk);
  visit("acceptance", e.acceptance);
  visit("init_loss", e.initialLoss);
  visit("verdict", e.verdict.code);
  visit("seconds", e.seconds);
  visit("verdict_reason", e.verdict.reason);
  visit("llc_paired", e.llcPaired);
  visit("se_paired", e.sePaired);
  visit("llc_plain", e.llcPlain);
  visit("se_plain", e.sePlain);
  visit("ess_tail", e.essTail);
  visit("mcse", e.mcse);
  visit("init_loss_error", e.initialLossError);
  visit("share_below", e.shareBelow);
  visit("nbeta", e.inverseTemperature);
  visit("checkpoint_hash", e.checkpointHash);
  visit("data_hash", e.dataHash);
  visit("settings_hash", e.settingsHash);
  visit("message", e.message);
  visit("se_population", e.sePopulation);
  visit("half_step_difference", e.halfStepDifference);
  visit("half_step_difference_se", e.halfStepDifferenceError);
}

/// The fields of a chain but for `end`, which goes by its name.
template <class Chain, class Visit> void visitChainFields(Chain &c, Visit &&visit) {
  visit("llc_paired", c.llcPaired);
  visit("llc_plain", c.llcPlain);
  visit("acceptance", c.acceptance);
  visit("distance", c.distance);
  visit("gradient_norm", c.gradientNorm);
  visit("pull_norm", c.pullNorm);
  visit("noise_norm", c.noiseNorm);
  visit("draws", c.draws);
  visit("message", c.message);
}

/// "completed", "stopped" or "diverged".
const char *nameOf(ChainEnd end);
/// \throws Error for another name.
ChainEnd chainEndFromName(const std::string &name);

} // namespace evolute::core
