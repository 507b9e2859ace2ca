// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <cmath>

#include "core/error.h"
#include "core/sampling/philox.h"
#include "core/trajectory/random_projection.h"

using namespace evolute::core;

namespace {

std::vector<float> normals(std::size_t count, std::uint64_t seed) {
  std::vector<float> values(count);
  RandomStream{streamKey(seed, "features")}.normals(0, values);
  return values;
}

double squaredNorm(const std::vector<float> &values) {
  double sum = 0;
  for (const float value : values)
    sum += double(value) * double(value);
  return sum;
}

} // namespace

class TestRandomProjection : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void squaredLengthsAreKeptWithTheErrorThatIsTold_data() {
    QTest::addColumn<bool>("spiky");
    QTest::newRow("spread out") << false;
    QTest::newRow("a few large features") << true;
  }
  void squaredLengthsAreKeptWithTheErrorThatIsTold() {
    QFETCH(bool, spiky);
    constexpr int repeats = 1000;
    constexpr std::size_t features = 600;
    std::vector<float> row = normals(features, 1);
    if (spiky)
      for (std::size_t i = 8; i < features; ++i)
        row[i] = 0;
    double fourth = 0;
    for (const float x : row)
      fourth += std::pow(double(x), 4);
    const double length = squaredNorm(row);
    double mean = 0, square = 0, told = 0;
    for (std::uint64_t seed = 0; seed < repeats; ++seed) {
      const RandomProjection projection(features, 64, seed);
      const double error = squaredNorm(projection.project(row)) / length - 1;
      mean += error / repeats;
      square += error * error / repeats;
      told = projection.relativeError();
    }
    // Two features meet in a block once in width: Var = 2 / D (1 - sum x^4 / (sum x^2)^2), below what is
    // told.
    const double expected = told * std::sqrt(1 - fourth / (length * length));
    QVERIFY2(std::abs(mean) < 4 * told / std::sqrt(repeats), qPrintable(QString::number(mean)));
    // A variance measured on 1,000 heavy-tailed values: kurtosis up to 9, standard error 9 % of the variance.
    QVERIFY2(std::abs(square / (expected * expected) - 1) < 0.36,
             qPrintable(QString::number(std::sqrt(square) / expected)));
    QVERIFY(std::sqrt(square) < 1.2 * told);
  }

  void itIsLinearAndRepeatable() {
    const RandomProjection projection(300, 32, 5), same(300, 32, 5), other(300, 32, 6);
    const std::vector<float> a = normals(300, 1), b = normals(300, 2);
    std::vector<float> sum(300);
    for (std::size_t i = 0; i < 300; ++i)
      sum[i] = a[i] + 2 * b[i];
    const auto pa = projection.project(a), pb = projection.project(b), ps = projection.project(sum);
    for (std::size_t i = 0; i < 32; ++i)
      QVERIFY(std::abs(ps[i] - pa[i] - 2 * pb[i]) < 1e-4F); // floats of size 10 to 30
    QVERIFY(same.project(a) == pa);
    QVERIFY(other.project(a) != pa);
  }

  void whatDoesNotFitIsRefused() {
    QVERIFY_EXCEPTION_THROWN(RandomProjection(0, 4, 0), Error);
    QVERIFY_EXCEPTION_THROWN(RandomProjection(10, 6, 0), Error);
    QVERIFY_EXCEPTION_THROWN(RandomProjection(10, 0, 0), Error);
    QVERIFY_EXCEPTION_THROWN(RandomProjection(10, 4, 0).project(normals(9, 0)), Error);
  }
};

QTEST_GUILESS_MAIN(TestRandomProjection)
#include "tst_random_projection.moc"
