// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/kl_loss.h"

#include <algorithm>

#include "core/model/token_chunks.h"
#include "core/torch/products.h"

namespace evolute::core {

namespace {

torch::Tensor ofReplica(const torch::Tensor &t, std::int64_t r) {
  return t.select(0, t.size(0) == 1 ? 0 : r);
}

/// One replica: x [N, width], W [width, V], b [V]; the reference's y [N, width'], U [width', V], a [V].
struct Tokens {
  torch::Tensor x, W, b, y, U, a; ///< x and W as operands of products

  /// log softmax of both models for `count` tokens: ours, the reference's.
  std::pair<torch::Tensor, torch::Tensor> logs(std::int64_t begin, std::int64_t count) const {
    return {torch::log_softmax(biasedProduct(b, x.narrow(0, begin, count), W), 1),
            torch::log_softmax(torch::addmm(a, y.narrow(0, begin, count), U), 1)};
  }

  /// losses [N]; with `slope` also d(loss)/dx, [N, width]: (ours - the reference's) W^T.
  void forward(torch::Tensor losses, torch::Tensor slope) const {
    inChunks(x.size(0), W.size(1), [&](std::int64_t begin, std::int64_t count) {
      const auto [own, reference] = logs(begin, count);
      const torch::Tensor p = reference.exp();
      losses.narrow(0, begin, count).copy_((p * (reference - own)).sum(1));
      if (slope.defined())
        multiplyInto(slope.narrow(0, begin, count), operandLike(own.exp() - p, W), W.t());
    });
  }

  /// Adds the gradient in W and b of sum over tokens of weight * loss.
  void backward(const torch::Tensor &weight, torch::Tensor gradientW, torch::Tensor gradientB) const {
    inChunks(x.size(0), W.size(1), [&](std::int64_t begin, std::int64_t count) {
      const auto [own, reference] = logs(begin, count);
      const torch::Tensor slope = (own.exp() - reference.exp()) * weight.narrow(0, begin, count).unsqueeze(1);
      multiplyInto(gradientW, x.narrow(0, begin, count).t(), operandLike(slope, W), true);
      gradientB.add_(slope.sum(0));
    });
  }
};

class ReferenceKl : public torch::autograd::Function<ReferenceKl> {
public:
  /// All but U and a with replica axis, of 1 or R.
  static torch::Tensor forward(torch::autograd::AutogradContext *context, const torch::Tensor &input, const torch::Tensor &matrix,
                               const torch::Tensor &b, const torch::Tensor &y, const torch::Tensor &U,
                               const torch::Tensor &a, bool slopeWanted) {
    const torch::Tensor x = operand(input), W = operand(matrix);
    const std::int64_t replicas = std::max({x.size(0), W.size(0), b.size(0), y.size(0)});
    torch::Tensor losses = torch::empty({replicas, x.size(1)}, b.options()), slope;
    if (slopeWanted)
      slope = torch::empty({replicas, x.size(1), x.size(2)}, b.options());
    for (std::int64_t r = 0; r < replicas; ++r)
      replica({x, W, b, y, U, a}, r).forward(losses[r], slopeWanted ? slope[r] : slope);
    context->save_for_backward({x, W, b, y, U, a, slope});
    return losses;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const torch::Tensor &slope = saved[6], &weight = gradients[0]; // [R, N]
    torch::autograd::variable_list result(7);
    if (slope.defined()) {
      result[0] = slope * weight.unsqueeze(2);
      if (saved[0].size(0) == 1 && slope.size(0) > 1)
        result[0] = result[0].sum(0, true);
    }
    if (context->needs_input_grad(1) || context->needs_input_grad(2)) {
      result[1] = torch::zeros(saved[1].sizes(), saved[2].options());
      result[2] = torch::zeros_like(saved[2]);
      for (std::int64_t r = 0; r < weight.size(0); ++r)
        replica(saved, r).backward(weight[r], ofReplica(result[1], r), ofReplica(result[2], r));
    }
    return result;
  }

private:
  static Tokens replica(const torch::autograd::variable_list &v, std::int64_t r) {
    return {ofReplica(v[0], r), ofReplica(v[1], r), ofReplica(v[2], r), ofReplica(v[3], r), v[4], v[5]};
  }
};

} // namespace

torch::Tensor referenceKl(const torch::Tensor &x, const torch::Tensor &W, const torch::Tensor &b, const torch::Tensor &y,
                          const torch::Tensor &U, const torch::Tensor &a) {
  return ReferenceKl::apply(x, W.dim() == 2 ? W.unsqueeze(0) : W, b.dim() == 1 ? b.unsqueeze(0) : b, y, U, a,
                            x.requires_grad() && torch::GradMode::is_enabled());
}

} // namespace evolute::core
