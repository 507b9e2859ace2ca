// SPDX-License-Identifier: GPL-3.0-or-later
// Time and peak memory of a PCA of many checkpoints, without the network: rows are made here.
//   bench_joint_pca RUNS CHECKPOINTS FEATURES [float32|float16|DIMENSIONS]
// DIMENSIONS: of a random projection. Without the last word as the program itself would choose (1 GiB for features).
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

#include <sys/resource.h>

#include "core/sampling/philox.h"
#include "core/trajectory/feature_storage.h"
#include "core/trajectory/joint_pca.h"
#include "core/trajectory/random_projection.h"

using namespace evolute::core;

int main(int argc, char **argv) {
  if (argc < 4 || argc > 5) {
    std::fprintf(stderr, "usage: bench_joint_pca RUNS CHECKPOINTS FEATURES [float32|float16|DIMENSIONS]\n");
    return 2;
  }
  const std::int64_t runs = std::atoll(argv[1]), checkpoints = std::atoll(argv[2]), features = std::atoll(argv[3]);
  FeatureStorage storage = planFeatureStorage(runs * checkpoints, features);
  if (const std::string word = argc == 5 ? argv[4] : ""; !word.empty())
    storage = word == "float32"   ? FeatureStorage{}
              : word == "float16" ? FeatureStorage{RowStorage::Float16, 0}
                                  : FeatureStorage{RowStorage::Float32, std::atoll(word.c_str())};

  // Each run in its own plane of a space of four directions, far from the origin, with a little noise of its own.
  std::vector<std::vector<float>> directions(4, std::vector<float>(std::size_t(features)));
  const RandomStream stream{streamKey(0, "bench-joint-pca")};
  for (std::size_t i = 0; i < directions.size(); ++i)
    stream.normals(i, directions[i]);
  const auto coordinates = [&](std::int64_t run, std::int64_t t) {
    const double s = std::log1p(double(t)) / std::log1p(double(checkpoints)), turn = double(run) / double(runs);
    return std::array<double, 4>{4 * s, std::sin(M_PI * s), turn * s * s, 0.3 * turn * std::cos(3 * s)};
  };

  using Clock = std::chrono::steady_clock;
  const auto seconds = [](Clock::time_point a, Clock::time_point b) { return std::chrono::duration<double>(b - a).count(); };
  std::optional<RandomProjection> projection;
  if (storage.dimensions > 0)
    projection.emplace(features, storage.dimensions, 1);
  JointPca pca(int(runs), storage.rows);
  std::vector<float> row(static_cast<std::size_t>(features));
  double making = 0;
  const auto begin = Clock::now();
  for (std::int64_t t = 0; t < checkpoints; ++t)
    for (std::int64_t run = 0; run < runs; ++run) {
      const auto start = Clock::now();
      const auto c = coordinates(run, t);
      for (std::size_t i = 0; i < row.size(); ++i)
        row[i] = float(2 + c[0] * directions[0][i] + c[1] * directions[1][i] + c[2] * directions[2][i] +
                       c[3] * directions[3][i]);
      making += seconds(start, Clock::now());
      pca.addRow(int(run), t, projection ? projection->project(row) : row);
    }
  const auto added = Clock::now();
  const JointTrajectory joint = pca.compute(10);
  const auto end = Clock::now();
  double worst = 0; // of distances from the first to the later points of each run, against what was put in
  for (std::int64_t run = 0; run < runs; ++run)
    for (std::int64_t t = checkpoints / 10; t < checkpoints; t += std::max<std::int64_t>(checkpoints / 10, 1)) {
      double exact = 0;
      const auto a = coordinates(run, 0), b = coordinates(run, t);
      for (std::size_t i = 0; i < row.size(); ++i) {
        double difference = 0;
        for (std::size_t k = 0; k < 4; ++k)
          difference += (b[k] - a[k]) * directions[k][i];
        exact += difference * difference;
      }
      const auto &points = joint.curves[std::size_t(run)].points;
      const double found = (points.row(t) - points.row(0)).squaredNorm();
      worst = std::max(worst, std::abs(found / exact - 1));
    }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const double processor = double(usage.ru_utime.tv_sec) + double(usage.ru_utime.tv_usec) * 1e-6;
  std::printf("%lld runs x %lld checkpoints x %lld features, %s: rows %.1f s (their making %.1f s not counted), "
              "components %.1f s, processor %.1f s in all, peak memory %ld MiB, explained %.4f %.4f, largest relative "
              "error of a squared distance %.2g\n",
              static_cast<long long>(runs), static_cast<long long>(checkpoints), static_cast<long long>(features),
              describe(storage).c_str(), seconds(begin, added) - making, making, seconds(added, end), processor,
              usage.ru_maxrss / 1024, joint.explained(0), joint.explained(1), worst);
  return 0;
}
