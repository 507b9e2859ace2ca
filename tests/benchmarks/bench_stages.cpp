// SPDX-License-Identifier: GPL-3.0-or-later
#include <benchmark/benchmark.h>

#include "core/stages/change_points.h"
#include "core/stages/milestones.h"
#include "tests/support/stage_curves.h"

namespace {

using namespace evolute;
using namespace evolute::stage_curves;

core::CurvePoints curve(std::int64_t count) {
  return noisy(fourStages(), Eigen::VectorXd::LinSpaced(count, 0, kLastX), 2, 1);
}

void likelihoodAndGradient(benchmark::State &state) {
  const core::CurvePoints points = curve(state.range(0));
  Eigen::Vector3d gradient;
  for (auto _ : state)
    benchmark::DoNotOptimize(core::logMarginalLikelihood(points, {10, 2, 2}, &gradient));
}
BENCHMARK(likelihoodAndGradient)->Arg(500)->Arg(5000)->Unit(benchmark::kMillisecond);

void fit(benchmark::State &state) {
  const core::CurvePoints points = curve(state.range(0));
  for (auto _ : state)
    benchmark::DoNotOptimize(core::GaussianProcess::fitted(points));
}
BENCHMARK(fit)->Arg(500)->Arg(5000)->Unit(benchmark::kMillisecond);

void milestonesAndStages(benchmark::State &state) {
  const core::CurvePoints points = curve(state.range(0));
  for (auto _ : state)
    benchmark::DoNotOptimize(core::readCurve(points));
}
BENCHMARK(milestonesAndStages)->Arg(500)->Arg(5000)->Unit(benchmark::kMillisecond);

void changePointsWithoutChange(benchmark::State &state) {
  const core::CurvePoints points = noisy(line(), Eigen::VectorXd::LinSpaced(state.range(0), 0, kLastX), 2, 1);
  for (auto _ : state)
    benchmark::DoNotOptimize(core::findChangePoints(points));
}
BENCHMARK(changePointsWithoutChange)->Arg(2000)->Arg(5000)->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
