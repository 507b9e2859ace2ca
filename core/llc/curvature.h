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
  double tolerance = 0.01; ///< stop when the residual is a smaller share of the eigenvalue
  int maxIterations = 60;  ///< Hessian-vector products, those for the trace not counted
  int traceProbes = 4;     ///< random vectors for the trace; 0: no trace
  std::uint64_t seed = 0;
};

/// Of the Hessian H of L (not of n*beta L), restricted to a component; unit of the loss per unit of weights
/// squared.
struct Curvature {
  double largest = 0;  ///< largest eigenvalue, from below (the largest Rayleigh quotient v'Hv seen)
  double residual = 0; ///< |Hv - largest v| / |largest|: H has an eigenvalue within this share of `largest`;
                       ///< NaN when not converged
  int iterations = 0;
  bool converged = false; ///< by `tolerance`; else maxIterations was reached or the work was stopped
  double trace = 0;       ///< Hutchinson: mean of z'Hz over random signs z; NaN without probes
  double traceError = 0;  ///< standard error of that; NaN with fewer than two probes
};

/// By restarted Lanczos iteration (Spectra) on Hessian-vector products, 20 vectors of the component's size in
/// float64.
///
/// A product is a central difference of gradients in float64, Hv = (g(w + dv) - g(w - dv)) / 2d with |v| = 1
/// and d = 1e-8: the models' fused pieces can be differentiated only once. Rounding is the error, some 1e-8 of
/// |g| + |H|. So short, because a ReLU's kink between the two points counts with its jump: at d = 1e-4 the
/// products of a small transformer were three times those of its smooth pieces and no longer linear in v. What
/// is found is the curvature of the smooth pieces, as automatic differentiation sees it; a sampler also meets
/// the kinks. Cost: 2 gradients over sampleCount samples for each iteration and probe. Threads: as many as `device`
/// says. Progress counts products. Stopping gives what there is (converged: false). \throws Error as
/// LlcEstimatorEngine does.
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
