// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <Eigen/Core>

namespace evolute::core {

/// One attention head in the row-vector convention: q = x W_Q, a head writes (attention x W_V) W_O.
struct HeadMatrices {
  Eigen::MatrixXd query, key, value; ///< width x head width
  Eigen::MatrixXd output;            ///< head width x width
};

/// How much of what an earlier head writes a later one reads, with W_OV = W_V W_O and W_QK = W_Q W_K':
///   queries  |W_OV W_QK| / (|W_OV| |W_QK|)      keys    |W_OV W_QK'| / (|W_OV| |W_QK|)
///   values   |W_OV W_OV'later| / (|W_OV| |W_OV later|)      Frobenius norms
/// Random matrices do not give 0: compare with the value at initialisation. Source: Elhage et al. 2021; the
/// same convention as TransformerLens' all_composition_scores. A head of zeros gives NaN.
struct Composition {
  double queries = 0, keys = 0, values = 0;
};
/// Cost: 10 products of width x head width matrices; nothing of width x width is made.
Composition compositionOf(const HeadMatrices &earlier, const HeadMatrices &later);

} // namespace evolute::core
