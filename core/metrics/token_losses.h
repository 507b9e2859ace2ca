// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <utility>

#include <Eigen/Core>

namespace evolute::core {

// From the losses of next tokens, [sequences x (context - 1)], in nats. Column c is the loss of token c + 2,
// counted from 1, given the c + 1 tokens before it.

/// A mean over sequences with its standard error; the error is NaN with fewer than two.
struct MeanWithError {
  double value = 0, standardError = 0;
};

struct LossByPosition {
  Eigen::ArrayXd mean, standardError; ///< of each column
};
LossByPosition lossByPosition(const Eigen::ArrayXXd &losses);

/// Places that the in-context learning score compares, tokens counted from 1.
struct IclPlaces {
  std::int64_t early = 50, late = 500;
};
/// Hoogland et al.'s 50 and 500 of a context of 1024; in a shorter one places at the same shares of it.
IclPlaces iclPlacesFor(std::int64_t context);

/// Mean loss at the late place less that at the early one; errors are of the paired difference. More
/// negative: more is made of the context. Source: Hoogland et al. 2024 (arXiv:2402.02364), after Olsson et
/// al. 2022. \throws Error for places outside 2 ... context or in the wrong order.
MeanWithError iclScore(const Eigen::ArrayXXd &losses, const IclPlaces &places);

/// (mean loss at place n of the text) over (mean loss of the last token of frequent n-grams): 1 where n-grams
/// are nothing special, rising as they are learnt. `gramLosses`: the last token's loss of each n-gram on its
/// own.
double ngramScore(const Eigen::ArrayXXd &losses, std::int64_t n, const Eigen::ArrayXd &gramLosses);

} // namespace evolute::core
