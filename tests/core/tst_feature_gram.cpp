// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>

#include <QTest>

#include "core/sampling/philox.h"
#include "core/trajectory/feature_gram.h"

using namespace evolute::core;
using Eigen::Index;
using Eigen::MatrixXd;

namespace {

/// Normal numbers far from the origin.
std::vector<std::vector<float>> rowsOf(Index count, Index features) {
  const std::vector<float> zeros(static_cast<std::size_t>(features));
  std::vector<std::vector<float>> rows(static_cast<std::size_t>(count), zeros);
  const RandomStream stream{streamKey(7, "feature-gram")};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    stream.normals(i, rows[i]);
    for (float &value : rows[i])
      value += 100;
  }
  return rows;
}

FeatureGram gramOf(const std::vector<std::vector<float>> &rows, RowStorage storage = RowStorage::Float32) {
  FeatureGram gram(storage);
  for (const auto &row : rows)
    gram.add(row, "");
  return gram;
}

/// As the formula says, in the widest numbers there are.
MatrixXd directly(const std::vector<std::vector<float>> &rows) {
  const auto count = Index(rows.size());
  MatrixXd products(count, count);
  for (Index i = 0; i < count; ++i)
    for (Index j = 0; j < count; ++j) {
      long double sum = 0;
      for (std::size_t f = 0; f < rows[0].size(); ++f)
        sum += ((long double)(rows[std::size_t(i)][f]) - rows[0][f]) *
               ((long double)(rows[std::size_t(j)][f]) - rows[0][f]);
      products(i, j) = double(sum);
    }
  return products;
}

/// Of each product, beside the lengths of its two rows.
double largestError(const MatrixXd &found, const MatrixXd &exact) {
  double worst = 0;
  for (Index i = 1; i < exact.rows(); ++i)
    for (Index j = 1; j < exact.cols(); ++j)
      worst = std::max(worst, std::abs(found(i, j) - exact(i, j)) / std::sqrt(exact(i, i) * exact(j, j)));
  return worst;
}

} // namespace

class TestFeatureGram : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void productsAreTheDirectOnes_data() {
    QTest::addColumn<int>("rows");
    QTest::addColumn<int>("features");
    QTest::newRow("one feature") << 3 << 1;
    QTest::newRow("less than a slab") << 5 << 511;
    QTest::newRow("a slab") << 66 << 512;
    QTest::newRow("a slab and a feature") << 66 << 513;
    QTest::newRow("slabs and blocks, and a part of each") << 131 << 1300;
    QTest::newRow("a block, no more") << 64 << 40;
    QTest::newRow("one row after a block") << 65 << 40;
  }
  void productsAreTheDirectOnes() {
    QFETCH(int, rows);
    QFETCH(int, features);
    const auto all = rowsOf(rows, features);
    const FeatureGram gram = gramOf(all);
    const MatrixXd found = gram.products();
    QCOMPARE(found.rows(), Index(rows));
    QCOMPARE(found.row(0).cwiseAbs().maxCoeff(), 0.0); // all is told from the first row
    // Each sum of n products of doubles is off by at most n eps times the product of the lengths.
    QVERIFY(largestError(found, directly(all)) <= features * std::numeric_limits<double>::epsilon());
    QCOMPARE((found - found.transpose()).cwiseAbs().maxCoeff(), 0.0);
  }

  void askingInBetweenChangesNoBit() {
    const auto all = rowsOf(130, 700);
    FeatureGram asked;
    for (std::size_t i = 0; i < all.size(); ++i) {
      asked.add(all[i], "");
      if (i % 7 == 0)
        asked.products();
    }
    QVERIFY(MatrixXd(asked.products()) == MatrixXd(gramOf(all).products()));
  }

  void anotherVectorMeetsEveryRow() {
    auto all = rowsOf(70, 600);
    const std::vector<float> last = all.back();
    all.pop_back();
    const Eigen::VectorXd found = gramOf(all).productsWith(last);
    all.push_back(last);
    const MatrixXd exact = directly(all);
    for (Index i = 1; i < found.size(); ++i)
      QVERIFY(std::abs(found(i) - exact(i, exact.cols() - 1)) <
              600 * std::numeric_limits<double>::epsilon() * std::sqrt(exact(i, i) * exact(69, 69)));
  }

  /// 11 bits of each difference: each row is off by 2^-11 of its length at most, so a product by 2^-10.
  void halfNumbersAreOffByWhatIsSaid() {
    const auto all = rowsOf(70, 600);
    const double error = largestError(gramOf(all, RowStorage::Float16).products(), directly(all));
    QVERIFY(error > 0 && error < std::ldexp(1.0, -10) + std::ldexp(1.0, -22));
  }

  void aReplacedRowHasNewProducts() {
    auto all = rowsOf(80, 50);
    FeatureGram gram = gramOf(all);
    gram.products();
    std::swap(all[3], all[79]);
    gram.replace(3, all[3], "");
    gram.replace(79, all[79], "");
    QVERIFY(MatrixXd(gram.products()) == MatrixXd(gramOf(all).products()));
  }
};

QTEST_GUILESS_MAIN(TestFeatureGram)
#include "tst_feature_gram.moc"
