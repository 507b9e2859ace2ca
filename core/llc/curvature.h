// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "core/checkpoint/run_description.h"
#include "core/model/device.h"
#include "core/progress.h"

namespace evolute::core {

/// How steep the loss is about a checkpoint: what says how large a step a sampler can take.
struct CurvatureSettings {
  std::int64_t sampleCount = 512; ///< the first ones of the data slice: L is their mean
  double tolerance = 0.01; ///< stop when two iterations in a row change the eigenvalue by a smaller share
  int maxIterations = 60;  ///< of the power iteration
  int traceProbes = 4;     ///< random vectors for the trace; 0: no trace
  std::uint64_t seed = 0;
};

/// Of the Hessian H of L (not of n*beta L), restricted to a component; unit of the loss per unit of weights
/// squared.
struct Curvature {
  double largest = 0;  ///< largest eigenvalue, from below (Rayleigh quotient v'Hv)
  double residual = 0; ///< |Hv - largest v| / |largest|: H has an eigenvalue within this share of `largest`
  int iterations = 0;
  bool converged = false; ///< by `tolerance`; else maxIterations was reached or the work was stopped
  double trace = 0;       ///< Hutchinson: mean of z'Hz over random signs z; NaN without probes
  double traceError = 0;  ///< standard error of that; NaN with fewer than two probes
};

/// By power iteration on Hessian-vector products. Where the largest eigenvalue in size is negative or has a
/// partner of the other sign (far from a minimum), the iteration goes on with H shifted by it, to the largest
/// positive one.
///
/// A product is a central difference of gradients in float64, Hv = (g(w + dv) - g(w - dv)) / 2d with |v| = 1
/// and d = 1e-7: the models' fused pieces can be differentiated only once. Rounding puts some 1e-16 |g| / d =
/// 1e-9 |g| on it. A longer reach would bring in the kinks of ReLUs: one activation that changes sign between
/// the two points adds a jump of the gradient over 2d, another one for each v, and no iteration converges on
/// that. Like automatic differentiation this is the curvature between the kinks.
///
/// Cost: 2 gradients over sampleCount samples for each iteration and probe. Threads: as many as `device` says.
/// Progress counts products. Stopping gives what there is (converged: false).
/// \throws Error as LlcEstimatorEngine does.
Curvature estimateCurvature(const Run &run, const CheckpointEntry &checkpoint,
                            const std::string &component = "all", const std::string &slice = "train",
                            const CurvatureSettings &settings = {}, const DeviceOptions &device = {},
                            const Observer &observe = {});

/// A first step size: c / (n*beta h + gamma), c = 0.2.
///
/// On a bowl SGLD with step eps multiplies the share of a direction of curvature h_i by 1 / (1 - eps p_i /
/// 4), p_i = n*beta h_i + gamma (quadraticBowl()), and has no law at all from eps p = 4 on. With eps p <= c
/// for the steepest direction every direction, hence lambda-hat, comes out too large by at most c/4 / (1 -
/// c/4): 5.3 % at c = 0.2; all flatter ones by less. A Metropolis test would accept nearly all of the
/// steepest direction's proposals there. It does not know the noise of minibatches, nor how the curvature
/// changes within the law's reach: compare with half the step (core/llc/step_size_bias.h). NaN when n*beta h
/// + gamma is not above 0.
double firstStepSize(double largestCurvature, double inverseTemperature, double localization);

} // namespace evolute::core
