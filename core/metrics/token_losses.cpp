// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/token_losses.h"

#include <cmath>
#include <limits>
#include <string>

#include "core/error.h"

namespace evolute::core {

using Eigen::Index;

namespace {

MeanWithError meanOf(const Eigen::ArrayXd &values) {
  const auto n = double(values.size());
  MeanWithError result{values.mean(), std::numeric_limits<double>::quiet_NaN()};
  if (n > 1)
    result.standardError = std::sqrt((values - result.value).square().sum() / (n - 1) / n);
  return result;
}

} // namespace

LossByPosition lossByPosition(const Eigen::ArrayXXd &losses) {
  LossByPosition result;
  result.mean.resize(losses.cols());
  result.standardError.resize(losses.cols());
  for (Index c = 0; c < losses.cols(); ++c) {
    const MeanWithError mean = meanOf(losses.col(c));
    result.mean[c] = mean.value;
    result.standardError[c] = mean.standardError;
  }
  return result;
}

IclPlaces iclPlacesFor(std::int64_t context) {
  const IclPlaces published;
  if (context >= 1024)
    return published;
  const auto share = [&](std::int64_t place) {
    return std::max<std::int64_t>(2, std::llround(double(place) * double(context) / 1024));
  };
  return {share(published.early), share(published.late)};
}

MeanWithError iclScore(const Eigen::ArrayXXd &losses, const IclPlaces &places) {
  const std::int64_t context = losses.cols() + 1;
  if (places.early < 2 || places.late <= places.early || places.late > context)
    throw Error("in-context learning score: expected places 2 <= early < late <= " + std::to_string(context) +
                ", found " + std::to_string(places.early) + " and " + std::to_string(places.late));
  return meanOf(losses.col(places.late - 2) - losses.col(places.early - 2));
}

double ngramScore(const Eigen::ArrayXXd &losses, std::int64_t n, const Eigen::ArrayXd &gramLosses) {
  if (n < 2 || n > losses.cols() + 1)
    throw Error("n-gram score: expected n from 2 to the context of " + std::to_string(losses.cols() + 1) +
                " tokens, found " + std::to_string(n));
  return losses.col(n - 2).mean() / gramLosses.mean();
}

} // namespace evolute::core
