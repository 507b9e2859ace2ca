// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/next_token_loss.h"

#include <algorithm>

#include "core/model/token_chunks.h"
#include "core/torch/products.h"

namespace evolute::core {

namespace {

torch::Tensor ofReplica(const torch::Tensor &t, std::int64_t r) {
  return t.select(0, t.size(0) == 1 ? 0 : r);
}

/// One replica: x [N, width], W [width, V], b [V], target [N].
struct Tokens {
  torch::Tensor x, W, b, target; ///< x and W as operands of products

  torch::Tensor logits(std::int64_t begin, std::int64_t count) const {
    return biasedProduct(b, x.narrow(0, begin, count), W);
  }

  /// losses [N]; with `slope` also d(loss)/dx, [N, width]. With gradientW and gradientB (zero on entry) theirs too, of the
  /// plain sum of losses: the probabilities are at hand, and a sampler's mean weighs all tokens alike.
  void forward(torch::Tensor losses, torch::Tensor slope, torch::Tensor gradientW, torch::Tensor gradientB) const {
    const torch::Tensor transposed = W.t();
    inChunks(x.size(0), W.size(1), [&](std::int64_t begin, std::int64_t count) {
      torch::Tensor z = logits(begin, count);
      const torch::Tensor wanted = target.narrow(0, begin, count).unsqueeze(1);
      const torch::Tensor chosen = z.gather(1, wanted), largest = z.amax(1, true);
      const torch::Tensor sum = z.sub_(largest).exp_().sum(1, true);
      losses.narrow(0, begin, count).copy_((sum.log() + largest - chosen).squeeze(1));
      if (!slope.defined())
        return;
      torch::Tensor part = slope.narrow(0, begin, count); // (softmax - one hot) W^T
      if (!gradientW.defined()) {
        multiplyInto(part, operandLike(z, W), transposed);
        part.div_(sum).sub_(transposed.index_select(0, wanted.squeeze(1)));
        return;
      }
      z.div_(sum).scatter_add_(1, wanted, torch::full_like(chosen, -1));
      const torch::Tensor p = operandLike(z, W);
      multiplyInto(part, p, transposed);
      multiplyInto(gradientW, x.narrow(0, begin, count).t(), p, true);
      gradientB.add_(z.sum(0));
    });
  }

  /// Adds the gradient in W and b of sum over tokens of weight * loss.
  void backward(const torch::Tensor &weight, torch::Tensor gradientW, torch::Tensor gradientB) const {
    inChunks(x.size(0), W.size(1), [&](std::int64_t begin, std::int64_t count) {
      const torch::Tensor p = torch::softmax(logits(begin, count), 1);
      const torch::Tensor wanted = target.narrow(0, begin, count).unsqueeze(1);
      p.scatter_add_(1, wanted, torch::full_like(wanted, -1, p.options()));
      p.mul_(weight.narrow(0, begin, count).unsqueeze(1));
      multiplyInto(gradientW, x.narrow(0, begin, count).t(), operandLike(p, W), true);
      gradientB.add_(p.sum(0));
    });
  }
};

class NextTokenLoss : public torch::autograd::Function<NextTokenLoss> {
public:
  /// All with replica axis: x [R or 1, N, width], W [R or 1, width, V], b [R or 1, V], target [R or 1, N].
  static torch::Tensor forward(torch::autograd::AutogradContext *context, const torch::Tensor &input,
                               const torch::Tensor &matrix, const torch::Tensor &b, const torch::Tensor &target,
                               bool slopeWanted, bool gradientWanted) {
    const torch::Tensor x = operand(input), W = operand(matrix);
    const std::int64_t replicas = std::max({x.size(0), W.size(0), b.size(0), target.size(0)}),
                       tokens = x.size(1);
    torch::Tensor losses = torch::empty({replicas, tokens}, b.options()), slope, gradientW, gradientB;
    if (slopeWanted)
      slope = torch::empty({replicas, tokens, x.size(2)}, b.options());
    if (slopeWanted && gradientWanted && W.size(0) == replicas && b.size(0) == replicas) {
      gradientW = torch::zeros(W.sizes(), b.options());
      gradientB = torch::zeros_like(b);
    }
    const auto of = [](const torch::Tensor &t, std::int64_t r) { return t.defined() ? t[r] : t; };
    for (std::int64_t r = 0; r < replicas; ++r)
      replica(x, W, b, target, r).forward(losses[r], of(slope, r), of(gradientW, r), of(gradientB, r));
    context->save_for_backward({x, W, b, target, slope, gradientW, gradientB});
    return losses;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const torch::Tensor &x = saved[0], &W = saved[1], &b = saved[2], &target = saved[3], &slope = saved[4];
    const torch::Tensor &weight = gradients[0]; // [R, N]
    torch::Tensor gradientX, gradientW, gradientB;
    if (slope.defined()) {
      gradientX = slope * weight.unsqueeze(2);
      if (x.size(0) == 1 && gradientX.size(0) > 1)
        gradientX = gradientX.sum(0, true);
    }
    const torch::Tensor first = weight.narrow(1, 0, 1); // [R, 1]
    if (saved[5].defined() && torch::equal(weight, first.expand_as(weight))) {
      gradientW = saved[5] * first.unsqueeze(2);
      gradientB = saved[6] * first;
    } else if (context->needs_input_grad(1) || context->needs_input_grad(2)) {
      gradientW = torch::zeros(W.sizes(), b.options());
      gradientB = torch::zeros_like(b);
      for (std::int64_t r = 0; r < weight.size(0); ++r)
        replica(x, W, b, target, r).backward(weight[r], ofReplica(gradientW, r), ofReplica(gradientB, r));
    }
    return {gradientX, gradientW, gradientB, torch::Tensor(), torch::Tensor(), torch::Tensor()};
  }

private:
  static Tokens replica(const torch::Tensor &x, const torch::Tensor &W, const torch::Tensor &b,
                        const torch::Tensor &target, std::int64_t r) {
    return {ofReplica(x, r), ofReplica(W, r), ofReplica(b, r), ofReplica(target, r)};
  }
};

} // namespace

torch::Tensor nextTokenLosses(const torch::Tensor &x, const torch::Tensor &W, const torch::Tensor &b,
                              const torch::Tensor &target) {
  return NextTokenLoss::apply(x, W.dim() == 2 ? W.unsqueeze(0) : W, b.dim() == 1 ? b.unsqueeze(0) : b, target,
                              x.requires_grad() && torch::GradMode::is_enabled(), W.requires_grad() || b.requires_grad());
}

} // namespace evolute::core
