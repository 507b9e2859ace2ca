// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <cmath>
#include <vector>

#include "core/sampling/philox.h"

using namespace evolute::core;

class TestPhilox : public QObject {
  Q_OBJECT
private Q_SLOTS:
  /// Known answers published with the authors' Random123 library (kat_vectors, philox4x32 10).
  void matchesThePublishedVectors() {
    QCOMPARE(philox({0, 0, 0, 0}, 0), (PhiloxBlock{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
    QCOMPARE(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, 0xffffffffffffffffULL),
             (PhiloxBlock{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
    QCOMPARE(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0x299f31d0a4093822ULL),
             (PhiloxBlock{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
  }

  void normalsHaveTheMomentsOfANormal() {
    const std::size_t n = 1 << 20;
    std::vector<double> z(n);
    RandomStream{streamKey(1, "test")}.normals(7, z);
    double sums[5] = {};
    for (const double x : z)
      for (int p = 1; p <= 4; ++p)
        sums[p] += std::pow(x, p) / double(n);
    // standard errors of the sample moments: 1, sqrt 2, sqrt 15, sqrt 96 over sqrt n
    const double unit = 4.0 / std::sqrt(double(n));
    QVERIFY(std::abs(sums[1]) < unit);
    QVERIFY(std::abs(sums[2] - 1) < unit * std::sqrt(2.0));
    QVERIFY(std::abs(sums[3]) < unit * std::sqrt(15.0));
    QVERIFY(std::abs(sums[4] - 3) < unit * std::sqrt(96.0));
  }

  void integersCoverTheirRangeEvenly() {
    const std::uint32_t bound = 7;
    std::vector<std::int64_t> values(70000);
    RandomStream{streamKey(2, "test")}.integers(0, bound, values);
    std::vector<double> counts(bound);
    for (const std::int64_t v : values) {
      QVERIFY(v >= 0 && v < bound);
      counts[std::size_t(v)] += 1;
    }
    double chiSquared = 0;
    for (const double c : counts)
      chiSquared += (c - 10000) * (c - 10000) / 10000;
    QVERIFY2(chiSquared < 24.1, qPrintable(QString::number(chiSquared))); // 6 degrees of freedom, p = 0.0005
  }

  void positionsAndKeysAreIndependentStreams() {
    std::vector<float> a(64), b(64), c(64), again(64);
    const RandomStream stream{streamKey(1, "noise", "hash", "all", 0)};
    stream.normals(0, a);
    stream.normals(1, b);
    RandomStream{streamKey(1, "noise", "hash", "all", 1)}.normals(0, c);
    stream.normals(0, again);
    QCOMPARE(a, again);
    QVERIFY(a != b && a != c && b != c);
  }

  /// One in vectors of float, the other number by number in double.
  void bothPrecisionsAreTheSameNumbers() {
    std::vector<float> narrow(100'003);
    std::vector<double> wide(narrow.size());
    const RandomStream stream{streamKey(3, "test")};
    stream.normals((1ULL << 40U) + 5, narrow);
    stream.normals((1ULL << 40U) + 5, wide);
    // an angle near 2 pi is off by half its last bit, 2.4e-7, times a radius below 6.7; a radius near 0 is the root of
    // 2 (1 - u), u rounded to 6e-8: off by up to 3.5e-4
    for (std::size_t i = 0; i < narrow.size(); ++i)
      QVERIFY2(std::abs(double(narrow[i]) - wide[i]) < (std::abs(wide[i]) > 1e-2 ? 1e-5 : 4e-4),
               qPrintable(QString("%1: %2, %3").arg(i).arg(narrow[i]).arg(wide[i])));
  }

  void aShorterRequestIsAPrefix() {
    std::vector<float> whole(150), part(71);
    const RandomStream stream{42};
    stream.normals(3, whole);
    stream.normals(3, part);
    QVERIFY(std::equal(part.begin(), part.end(), whole.begin()));
  }
};

QTEST_GUILESS_MAIN(TestPhilox)
#include "tst_philox.moc"
