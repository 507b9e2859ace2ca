// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <Eigen/Core>
#include <nlohmann/json_fwd.hpp>

namespace evolute::core {

enum class ChainEnd { Completed, Stopped, Diverged };

struct ChainEvidence {
  double llcPaired = 0;    ///< n*beta * mean over this chain's draws of L_m(w) - L_m(w*)
  double llcPlain = 0;     ///< n*beta * (mean over draws of L_m(w) - L(w*))
  double acceptance = 0;   ///< mean MALA acceptance probability of the proposals made; NaN when not measured
  double distance = 0;     ///< mean |w - w*| over draws
  double gradientNorm = 0; ///< mean eps/2 * n*beta * |grad|: with the next two, what moves the chain
  double pullNorm = 0;     ///< mean eps/2 * gamma * |w - w*|
  double noiseNorm = 0;    ///< sqrt(eps * number of moving weights), expected
  std::int64_t draws = 0;  ///< kept; fewer than asked when the chain ended early
  ChainEnd end = ChainEnd::Completed;
  std::string message; ///< why it ended early; else empty
};

/// Advice, never a block: how far an estimate can be trusted, with the rule and the number behind it.
struct Verdict {
  std::string code = "ok"; ///< ok, diverged, below-start, start-spike, step-too-big, not-exploring, not-settled,
                           ///< slow-mixing, chains-disagree, too-few-draws, step-size-bias
  std::string reason;      ///< one sentence with the number; when ok, a remark or empty
  bool healthy() const { return code == "ok"; }
};

/// lambda-hat of one checkpoint x component x slice x settings, with the evidence needed to distrust it.
struct LlcEstimate {
  std::int64_t step = 0;
  std::string checkpointHash;
  std::string component = "all";
  std::string slice = "train";
  std::string dataHash;     ///< identity of the data slice and loss
  std::string settingsHash; ///< LlcSettings::hash()

  double llc = 0;           ///< the headline, dimensionless; NaN when no draw was kept
  double standardError = 0; ///< sampling error, MCSE: for lambda-hat of these samples; step-size bias is not in it
  double sePopulation = 0;  ///< of llc as a statement about the population: see populationError()
  double llcPaired = 0, sePaired = 0;
  double llcPlain = 0, sePlain = 0;
  double sdOverChains = 0; ///< spread of the chain means (ddof 1); NaN with one chain. Not an error bar.
  double rhat = 0; ///< rank-normalised split R-hat of the headline's trace (peers: Vehtari et al. 2021)
  double essBulk = 0, essTail = 0; ///< effective draws, all chains together
  double mcse = 0;                 ///< of the mean of the headline's trace
  double acceptance = 0;           ///< mean MALA acceptance over chains
  double initialLoss = 0;          ///< L(w*) on the whole data set, unit of the loss
  double initialLossError = 0;     ///< its standard error as an estimate of the population's loss
  double shareBelow = 0;           ///< share of draws with L_m(w) < L_m(w*)
  double inverseTemperature = 0;   ///< n*beta in force
  /// lambda-hat(eps) - lambda-hat(eps/2) and its standard error; NaN until core/llc/step_size_bias.h measured it.
  /// To first order in eps the bias of llc is twice the difference.
  double halfStepDifference = std::numeric_limits<double>::quiet_NaN();
  double halfStepDifferenceError = std::numeric_limits<double>::quiet_NaN();
  Verdict verdict;
  std::vector<ChainEvidence> chains;
  /// Minibatch losses, draws x chains; NaN after a chain ended. excess = loss - L_m(w*).
  Eigen::ArrayXXf loss, excess;
  double seconds = 0;
  std::string message; ///< why nothing could be estimated, or how a target standard error ended it; else empty
};

/// The fields of the command-line contract (step, component, slice, llc, se, sd, rhat, ess (bulk),
/// acceptance, init_loss, verdict (its code), chains[], seconds) and the evidence beside them; `withTraces`
/// adds loss and excess, one array of draws for each chain. JSON knows no NaN or infinity: both are written
/// as null.
nlohmann::json toJson(const LlcEstimate &estimate, bool withTraces = false);
/// Reads what toJson() writes; null, or a number that is not there, becomes NaN.
/// \throws Error naming the key when it has the wrong type, or when step or llc is missing.
LlcEstimate llcEstimateFromJson(const nlohmann::json &json);

} // namespace evolute::core
