// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "core/model/token_chunks.h"
#include "core/torch/next_token_loss.h"

// logits = ((x* - mean) diag(gain) W + (z A - z* A*) map) / deviation(x) + bias: the first product is frozen, the
// second has rank 2c. The deviation comes from x itself and carries its own gradient.
namespace evolute::core {

namespace {

/// One replica. Unit: for losses summed with weight 1.
struct Update {
  torch::Tensor scores, z, B, frozenZ, frozenB, bias, inverse, target; ///< [N, V], [N, c], [c, V], ..., [V], [N], [N]

  /// losses [N]. Where slopes are wanted also d(loss)/dz [N, c], d(loss)/d(inverse) [N] and the gradient in B of the
  /// sum of weight * loss, [c, V] (weight undefined: 1).
  void run(torch::Tensor losses, torch::Tensor slopeZ, torch::Tensor slopeInverse, torch::Tensor gradientB,
           const torch::Tensor &weight) const {
    const torch::Tensor both = torch::cat({z, -frozenZ}, 1), maps = torch::cat({B, frozenB}, 0);
    inChunks(z.size(0), B.size(1), [&](std::int64_t begin, std::int64_t count) {
      const auto rows = [&](const torch::Tensor &t) { return t.narrow(0, begin, count); };
      torch::Tensor s = torch::addmm(rows(scores), rows(both), maps); // [count, V]
      const torch::Tensor scale = rows(inverse).unsqueeze(1), wanted = rows(target).unsqueeze(1);
      torch::Tensor p = torch::addcmul(bias, s, scale);
      const torch::Tensor chosen = p.gather(1, wanted), largest = p.amax(1, true);
      const torch::Tensor sum = p.sub_(largest).exp_().sum(1, true);
      rows(losses).copy_((sum.log() + largest - chosen).squeeze(1));
      if (!slopeZ.defined())
        return;
      const torch::Tensor chosenScore = s.gather(1, wanted);
      p.div_(sum);
      rows(slopeInverse).copy_((s.mul_(p).sum(1, true) - chosenScore).squeeze(1));
      p.scatter_add_(1, wanted, torch::full_like(chosen, -1));
      rows(slopeZ).copy_(torch::mm(p, B.t()).mul_(scale));
      const torch::Tensor factor = weight.defined() ? scale * rows(weight).unsqueeze(1) : scale;
      gradientB.addmm_((rows(z) * factor).t(), p);
    });
  }
};

torch::Tensor ofReplica(const torch::Tensor &t, std::int64_t r) {
  return t.select(0, t.size(0) == 1 ? 0 : r);
}

class HeadUpdateLoss : public torch::autograd::Function<HeadUpdateLoss> {
public:
  /// z [R, N, c], B [R, c, V], inverse [R, N] move; the rest is frozen, [R or 1, ...] or without replica axis.
  static torch::Tensor forward(torch::autograd::AutogradContext *context, const torch::Tensor &z,
                               const torch::Tensor &B, const torch::Tensor &inverse, const torch::Tensor &scores,
                               const torch::Tensor &frozenZ, const torch::Tensor &frozenB, const torch::Tensor &bias,
                               const torch::Tensor &target, bool slopesWanted) {
    torch::Tensor losses = torch::empty({z.size(0), z.size(1)}, z.options()), slopeZ, slopeInverse, gradientB;
    if (slopesWanted) {
      slopeZ = torch::empty_like(z);
      slopeInverse = torch::empty_like(inverse);
      gradientB = torch::zeros_like(B);
    }
    const torch::autograd::variable_list all = {z, B, inverse, scores, frozenZ, frozenB, bias, target};
    for (std::int64_t r = 0; r < z.size(0); ++r)
      replica(all, r).run(losses[r], slopesWanted ? slopeZ[r] : slopeZ, slopesWanted ? slopeInverse[r] : slopeInverse,
                          slopesWanted ? gradientB[r] : gradientB, {});
    torch::autograd::variable_list kept = all;
    kept.insert(kept.end(), {slopeZ, slopeInverse, gradientB});
    context->save_for_backward(kept);
    return losses;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const torch::Tensor &weight = gradients[0]; // [R, N]
    const torch::Tensor slopeZ = saved[8], slopeInverse = saved[9];
    torch::Tensor gradientB = saved[10];
    const torch::Tensor first = weight.narrow(1, 0, 1);
    if (torch::equal(weight, first.expand_as(weight))) { // a mean over samples, as samplers take it
      gradientB = gradientB * first.unsqueeze(2);
    } else {
      gradientB = torch::zeros_like(gradientB);
      for (std::int64_t r = 0; r < weight.size(0); ++r)
        replica(saved, r).run(torch::empty_like(weight[r]), torch::empty_like(slopeZ[r]),
                              torch::empty_like(slopeInverse[r]), gradientB[r], weight[r]);
    }
    torch::autograd::variable_list result(9);
    result[0] = slopeZ * weight.unsqueeze(2);
    result[1] = gradientB;
    result[2] = slopeInverse * weight;
    return result;
  }

private:
  static Update replica(const torch::autograd::variable_list &v, std::int64_t r) {
    return {ofReplica(v[3], r), ofReplica(v[0], r), ofReplica(v[1], r), ofReplica(v[4], r),
            v[5],               v[6],               ofReplica(v[2], r), ofReplica(v[7], r)};
  }
};

} // namespace

FrozenReadout frozenReadout(const torch::Tensor &x, const torch::Tensor &gain, const torch::Tensor &shift,
                            const torch::Tensor &W, const torch::Tensor &b) {
  torch::NoGradGuard noGrad;
  const torch::Tensor map = gain.unsqueeze(1) * W, centred = map - map.mean(0, true);
  return {centred, torch::mv(W.t(), shift) + b, torch::matmul(x, centred)};
}

torch::Tensor nextTokenLosses(const FrozenReadout &readout, const HeadUpdate &u, const torch::Tensor &target) {
  constexpr double kEpsilon = 1e-5; // as layerNorm()
  const torch::Tensor inverse = (u.x.var({-1}, /*unbiased=*/false, /*keepdim=*/false) + kEpsilon).rsqrt();
  const torch::Tensor maps = torch::matmul(u.output, readout.map), frozenMap = torch::mm(u.frozenOutput, readout.map);
  return HeadUpdateLoss::apply(u.z, maps, inverse, readout.scores, u.frozenZ, frozenMap, readout.bias, target,
                               torch::GradMode::is_enabled() && u.z.requires_grad());
}

} // namespace evolute::core
