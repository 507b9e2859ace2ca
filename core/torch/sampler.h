// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <torch/torch.h>

#include "core/llc/llc_settings.h"
#include "core/model/architectures.h"

namespace evolute::core {

/// What R chains carry from step to step; row r belongs to chain r alone. What a sampler has no use for is
/// undefined.
struct SamplerState {
  torch::Tensor weights;      ///< [R, P], changed in place
  torch::Tensor momentum;     ///< [R, P], of unit variance: sgnht, baoab
  torch::Tensor secondMoment; ///< [R, P], running mean of g^2: rmsprop-sgld
  torch::Tensor thermostat;   ///< [R] float64: sgnht
  torch::Tensor keptWeights, keptGradient; ///< [R, P], the points that stand: mala
  torch::Tensor keptLosses;                ///< [R]: mala
  std::int64_t steps = 0;     ///< made so far
};

/// The numbers of a step, in the notation of LlcSettings.
struct SamplerCoefficients {
  double stepSize = 0;           ///< eps
  double inverseTemperature = 0; ///< n*beta
  double localization = 0;       ///< gamma
  double weightDecay = 0;        ///< lambda
  double noiseScale = 1;         ///< sigma
  double boundingBox = 0;        ///< b; 0: none
};
SamplerCoefficients coefficientsOf(const LlcSettings &settings);

/// How chains move: one step of a sampler as a function of state, gradient and noise, on a flat buffer.
///
/// All draw from exp(-U), U = n*beta L(w) + gamma/2 |w - w*|^2 + lambda/2 |w|^2, as eps -> 0; F is the drift
/// -grad U with the minibatch's gradient in place of the loss's, xi is N(0, I). With step size factors f, eps
/// stands for eps f_i. With a box, weights that leave w* +- b are put on its side after the step.
/// No state of its own: one sampler serves any number of states, from several threads.
/// Cost: one pass over memory on the CPU (sgnht and mala two), tensor operations elsewhere.
class Sampler {
public:
  /// \param anchor w*, [P], or [R, P] when rows have anchors of their own
  /// \param factors of the step size, [P] or undefined
  Sampler(const SamplerCoefficients &c, torch::Tensor anchor, torch::Tensor factors);
  virtual ~Sampler() = default;

  /// The state at the first weights. `noise` [R, P] is N(0, I), for samplers with momentum.
  virtual SamplerState begin(torch::Tensor weights, const torch::Tensor &noise) const;
  virtual bool hasMomentum() const { return false; }

  /// Before anything is made of gradient and losses at state.weights. A sampler that rejects decides here
  /// whether the points it proposed stand, by uniforms [R] in [0, 1); where they do not, weights, gradient and
  /// losses become those of the point before. \return acceptance probabilities [R]; undefined where it never
  /// rejects and at the first call.
  virtual torch::Tensor settle(SamplerState &, torch::Tensor &gradient, torch::Tensor &losses,
                               const torch::Tensor &uniforms) const;
  virtual bool rejects() const { return false; }

  /// Moves state.weights. gradient of the loss, noise: [R, P].
  virtual void step(SamplerState &state, const torch::Tensor &gradient, const torch::Tensor &noise) const = 0;

  /// For samplers whose last step was w' ~ N(w + eps s/2 F, eps s): s, broadcast to [R, P]. Undefined for
  /// others: Metropolis' rule says nothing of them.
  virtual torch::Tensor langevinScale(const SamplerState &) const { return {}; }

  const SamplerCoefficients &coefficients() const { return m_c; }
  const torch::Tensor &anchor() const { return m_anchor; }
  const torch::Tensor &factors() const { return m_factors; }
  /// As on devices other than the CPU, for tests of that path.
  void useTensorOperations() { m_loops = false; }

protected:
  SamplerCoefficients m_c;
  torch::Tensor m_anchor;  ///< [1 or R, P]
  torch::Tensor m_factors; ///< [P] or undefined
  bool m_loops;            ///< plain loops over contiguous memory
};

/// The sampler that the settings name:
///
/// sgld           w' = w + eps/2 F + sigma sqrt(eps) xi
///                (Welling, Teh 2011). Bias of variances on a bowl: factor 1 / (1 - eps p/4), p the curvature of U.
/// rmsprop-sgld   V' = a V + (1 - a) g^2,  G = (1 - k) + k / (floor + sqrt V'),
///                w' = w + eps/2 G F + sigma sqrt(eps G) xi
///                (Li, Chen, Carlson, Carin 2016, arXiv:1512.07666, without its Gamma term.) While V moves, the
///                missing term biases the law, and so does G made from the very gradient that it multiplies; so V
///                stands still after burn-in unless rmspropAdaptsAlways. Then bias as sgld's at eps G.
/// baoab          h = sqrt(eps), c = exp(-friction h):
///                v += h F;  w += h/2 v;  v = c v + sigma sqrt(1 - c^2) xi;  w += h/2 v
///                (Leimkuhler, Matthews 2013, doi:10.1093/amrx/abs010, both half kicks as one.) Positions are biased
///                by order h^2 = eps; not at all on a bowl, where it is stable for eps p < 4. Noise of variance s^2
///                in F heats by the factor 1 + h s^2 / (2 friction), more than sgld (1 + eps s^2 / 4).
/// sgnht          the same with c = exp(-z h) and noise sqrt(A (1 - c^2) / z), A = friction, where the thermostat
///                z starts at A and moves by z += h (mean v^2 - 1), half before and half after the noise
///                (dynamics: Ding et al. 2014; splitting: Leimkuhler, Shang 2016, arXiv:1505.06889, BADODAB).
///                Rises to balance white noise of minibatches if it is alike in all directions. One z a chain: it
///                wants many weights.
/// mala           proposals of sgld on the whole data set, accepted with malaAcceptance() (Roberts, Tweedie 1996).
///                Exact at any eps; about 0.57 accepted is fastest.
std::unique_ptr<Sampler> makeSampler(const LlcSettings &settings, const torch::Tensor &anchor,
                                     const torch::Tensor &factors = {});

/// Step size factors of a component's weights in the order of MovingWeights, [P]; undefined when there are none.
/// A factor's pattern is matched with the names of parameters and of `components`.
/// \throws Error for a pattern that matches nothing in the model.
torch::Tensor stepSizeFactors(const std::vector<StepSizeFactor> &wanted, const Component &component,
                              const std::vector<Component> &components,
                              const std::vector<ParameterShape> &parameters, const torch::TensorOptions &options);

/// Probability [R] that Metropolis' rule accepts the step from a to b of a Langevin proposal:
///   min(1, exp(U(a) - U(b) + log q(a|b) - log q(b|a))),  q(b|a) = N(b; a - (eps s/2) grad U(a), eps s).
/// `scale` is s, broadcast to [R, P]; undefined: 1. Loss and gradient of both ends are on the same samples. In
/// float64, because the two log q are large and nearly equal. NaN where an end is not finite.
torch::Tensor malaAcceptance(const torch::Tensor &a, const torch::Tensor &gradientA, const torch::Tensor &lossA,
                             const torch::Tensor &b, const torch::Tensor &gradientB, const torch::Tensor &lossB,
                             const torch::Tensor &anchor, const SamplerCoefficients &c,
                             const torch::Tensor &scale = {});

} // namespace evolute::core
