// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <cmath>
#include <limits>
#include <vector>

#include <Eigen/SVD>

#include "core/error.h"
#include "core/sampling/philox.h"
#include "core/trajectory/trajectory_pca.h"

using namespace evolute::core;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::MatrixXf;
using Eigen::VectorXd;

namespace {

MatrixXf normals(Index rows, Index columns, std::uint64_t seed) {
  std::vector<double> z(std::size_t(rows * columns));
  RandomStream{streamKey(seed, "pca")}.normals(0, z);
  return Eigen::Map<const MatrixXd>(z.data(), rows, columns).cast<float>();
}

std::span<const float> spanOf(const Eigen::VectorXf &row) {
  return {row.data(), std::size_t(row.size())};
}

/// Row i becomes the features of step 10 i.
TrajectoryPca pcaOf(const MatrixXf &rows) {
  TrajectoryPca pca;
  for (Index i = 0; i < rows.rows(); ++i) {
    const Eigen::VectorXf row = rows.row(i);
    pca.addRow(10 * i, spanOf(row));
  }
  return pca;
}

/// A smooth path in three orthonormal directions of N, far from the origin: its centred coordinates are
/// known.
struct Planted {
  MatrixXd points;   // T x 3, centred columns, orthogonal to one another
  MatrixXf features; // T x N
};
Planted planted(Index count, Index features) {
  Planted p;
  // Cosines on this grid are orthogonal to one another and to constants (the discrete cosine transform).
  p.points.resize(count, 3);
  for (Index t = 0; t < count; ++t) {
    const double phase = M_PI * (double(t) + 0.5) / double(count);
    p.points.row(t) << -8 * std::cos(phase), 2 * std::cos(2 * phase), -0.5 * std::cos(3 * phase);
  }
  const Eigen::HouseholderQR<MatrixXd> qr(normals(features, 3, 11).cast<double>());
  const MatrixXd axes = qr.householderQ() * MatrixXd::Identity(features, 3);
  p.features = ((p.points * axes.transpose()).array() + 3.0).matrix().cast<float>();
  return p;
}

/// Singular value decomposition of the centred rows, all in double.
Eigen::BDCSVD<MatrixXd> svdOf(const MatrixXf &rows) {
  MatrixXd centred = rows.cast<double>();
  centred.rowwise() -= centred.colwise().mean().eval();
  return {centred, Eigen::ComputeThinU | Eigen::ComputeThinV};
}

/// Largest difference of two sets of points when each column's sign is free.
double differenceButForSigns(const MatrixXd &a, const MatrixXd &b) {
  double largest = 0;
  for (Index k = 0; k < a.cols(); ++k)
    largest = std::max(largest, std::min((a.col(k) - b.col(k)).cwiseAbs().maxCoeff(),
                                         (a.col(k) + b.col(k)).cwiseAbs().maxCoeff()));
  return largest;
}

// Features of size about 10 rounded to float: each coordinate is an inner product with a unit vector, so its
// error is at most the rounding of one feature times sqrt(N).
double roundingOf(const MatrixXf &rows) {
  return double(rows.cwiseAbs().maxCoeff()) * 6e-8 * std::sqrt(double(rows.cols()));
}

} // namespace

class TestTrajectoryPca : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void findsAPlantedPath() {
    const Planted p = planted(50, 2000);
    const Trajectory t = pcaOf(p.features).compute(3);
    QCOMPARE(t.points.cols(), 3);
    // Signs: the odd cosines grow from first to last; the second's ends are equal and its largest is there, >
    // 0.
    QVERIFY((t.points - p.points).cwiseAbs().maxCoeff() < 4 * roundingOf(p.features));
    const double sizes = 64 + 4 + 0.25;
    QVERIFY(std::abs(t.explained(0) - 64 / sizes) < 1e-6);
    QVERIFY(std::abs(t.explained(2) - 0.25 / sizes) < 1e-6);
    QCOMPARE(t.steps.front(), 0);
    QCOMPARE(t.steps.back(), 490);
  }

  /// Floats near 1e9 lie 64 apart: whole multiples of 64 shift without rounding, and must give the same path.
  /// Their uncentred squares of 1e18 a feature leave nothing of variances of 1e4 in double.
  void aCommonOffsetCostsNoVariance() {
    MatrixXf plain = planted(20, 300).features * 10.0F;
    plain = plain.array().round() * 64.0F;
    const MatrixXf shifted = plain.array() + 1'000'013'824.0F; // a multiple of 64
    QVERIFY(((shifted.cast<double>() - plain.cast<double>()).array() == 1'000'013'824.0).all());
    const TrajectoryPca a = pcaOf(plain), b = pcaOf(shifted);
    const Trajectory expected = a.compute(4), found = b.compute(4);
    QCOMPARE(found.points.cols(), expected.points.cols());
    QCOMPARE(found.points.cols(), 4);
    const double tolerance = 1e-9 * expected.points.cwiseAbs().maxCoeff();
    QVERIFY((found.points - expected.points).cwiseAbs().maxCoeff() < tolerance);
    const Eigen::VectorXf row = shifted.row(7);
    QVERIFY((b.project(spanOf(row), 4).transpose() - expected.points.row(7)).cwiseAbs().maxCoeff() <
            tolerance);
  }

  void agreesWithASingularValueDecomposition_data() {
    QTest::addColumn<int>("rows");
    QTest::addColumn<int>("features");
    QTest::newRow("long rows") << 12 << 500;
    QTest::newRow("fewer features than rows") << 30 << 7;
    QTest::newRow("one feature") << 9 << 1;
    QTest::newRow("across block edges") << 5 << 9001;
  }
  void agreesWithASingularValueDecomposition() {
    QFETCH(int, rows);
    QFETCH(int, features);
    const MatrixXf matrix = normals(rows, features, 12).array() + 5.0F;
    const auto svd = svdOf(matrix);
    const Index rank = std::min(rows - 1, features);
    const MatrixXd expected = (svd.matrixU() * svd.singularValues().asDiagonal()).leftCols(rank);
    const Trajectory t = pcaOf(matrix).compute(100);
    QCOMPARE(t.points.rows(), rows);
    QCOMPARE(t.points.cols(), rank);
    // Rounding of the Gram matrix turns an axis by that rounding over the gap to the next eigenvalue.
    VectorXd values = VectorXd::Zero(rank + 1);
    values.head(rank) = svd.singularValues().head(rank).cwiseAbs2();
    const double gap = (values.head(rank) - values.tail(rank)).minCoeff();
    const double tolerance = 4e-16 * matrix.squaredNorm() * svd.singularValues()(0) / gap;
    QVERIFY2(differenceButForSigns(t.points, expected) < tolerance,
             qPrintable(QString::number(differenceButForSigns(t.points, expected))));
    QVERIFY(std::abs(t.explained.sum() - 1) < 1e-12);
    for (Index k = 0; k + 1 < rank; ++k)
      QVERIFY(t.explained(k) >= t.explained(k + 1));
  }

  void manyRowsGiveTheSameComponents_data() {
    QTest::addColumn<int>("rank");
    QTest::newRow("full rank") << 40;
    QTest::newRow("less variance than components asked for") << 3;
  }
  /// Beyond 500 rows another method finds them.
  void manyRowsGiveTheSameComponents() {
    QFETCH(int, rank);
    constexpr Index rows = 620;
    MatrixXf matrix = normals(rows, rank, 21);
    for (Index k = 0; k < rank; ++k)
      matrix.col(k) *= float(rank - k); // well apart
    const auto svd = svdOf(matrix);
    const Index found = std::min(rank, 6);
    const Trajectory t = pcaOf(matrix).compute(6);
    QCOMPARE(t.points.cols(), found);
    const MatrixXd expected = (svd.matrixU() * svd.singularValues().asDiagonal()).leftCols(found);
    // Squares of size 1e6 with gaps of a twentieth: 1e-10 of the values is asked of the method.
    QVERIFY2(differenceButForSigns(t.points, expected) < 1e-6,
             qPrintable(QString::number(differenceButForSigns(t.points, expected))));
    const VectorXd squares = svd.singularValues().cwiseAbs2();
    QVERIFY((t.explained - squares.head(found) / squares.sum()).cwiseAbs().maxCoeff() < 1e-10);
  }

  void turningFeatureSpaceTurnsNothing() {
    const MatrixXf matrix = normals(15, 40, 13);
    const Eigen::HouseholderQR<MatrixXd> qr(normals(40, 40, 14).cast<double>());
    const MatrixXd rotation = qr.householderQ();
    const MatrixXf turned = (matrix.cast<double>() * rotation).cast<float>();
    const Trajectory a = pcaOf(matrix).compute(3), b = pcaOf(turned).compute(3);
    QVERIFY((a.explained - b.explained).cwiseAbs().maxCoeff() < 1e-6);
    // Float rounding of the turned features mixes neighbouring components by rounding over their gap.
    QVERIFY((a.points - b.points).cwiseAbs().maxCoeff() < 1e-4);
  }

  void theOrderOfAddingDoesNotMatter() {
    const MatrixXf matrix = normals(9, 60, 15);
    TrajectoryPca backwards;
    for (Index i = 8; i >= 0; --i) {
      const Eigen::VectorXf row = matrix.row(i);
      backwards.addRow(10 * i, spanOf(row));
    }
    const Trajectory a = pcaOf(matrix).compute(), b = backwards.compute();
    QCOMPARE(a.steps, b.steps);
    QVERIFY((a.points - b.points).cwiseAbs().maxCoeff() < 1e-10);
  }

  void aStepThatIsThereIsReplaced() {
    const MatrixXf matrix = normals(8, 30, 16);
    TrajectoryPca pca = pcaOf(matrix);
    const Eigen::VectorXf wrong = Eigen::VectorXf::Constant(30, 9.0F), right = matrix.row(4);
    pca.addRow(40, spanOf(wrong));
    QVERIFY((pca.compute().points - pcaOf(matrix).compute().points).cwiseAbs().maxCoeff() > 1);
    pca.addRow(40, spanOf(right));
    QCOMPARE(pca.rowCount(), 8);
    QVERIFY(pca.hasStep(40) && !pca.hasStep(41));
    QCOMPARE(pca.compute().points, pcaOf(matrix).compute().points);
  }

  void theFirstComponentGrowsWithTime() {
    for (const float direction : {1.0F, -1.0F}) {
      MatrixXf matrix(6, 3);
      for (Index t = 0; t < 6; ++t)
        matrix.row(t) << direction * float(t), 0.1F * float(t % 2), 1.0F;
      const Trajectory t = pcaOf(matrix).compute();
      QCOMPARE(t.points.cols(), 2);
      QVERIFY(t.points(5, 0) > t.points(0, 0));
    }
  }

  void equalEndsMakeTheLargestCoordinatePositive() {
    for (const float direction : {1.0F, -1.0F}) {
      MatrixXf loop(3, 1);
      loop << 1.0F, 1.0F + direction, 1.0F;
      const Trajectory t = pcaOf(loop).compute();
      QVERIFY(t.points(1, 0) > 0);
    }
  }

  void anIncludedRowProjectsToItsPoint() {
    const MatrixXf matrix = normals(20, 300, 17).array() - 2.0F;
    const TrajectoryPca pca = pcaOf(matrix);
    const Trajectory t = pca.compute(4);
    for (Index i = 0; i < 20; ++i) {
      const Eigen::VectorXf row = matrix.row(i);
      const VectorXd point = pca.project(spanOf(row), 4);
      QVERIFY((point - t.points.row(i).transpose()).cwiseAbs().maxCoeff() < 1e-9);
    }
  }

  void anotherRowProjectsOnTheAxes() {
    const MatrixXf matrix = normals(10, 50, 18), other = normals(1, 50, 19);
    const TrajectoryPca pca = pcaOf(matrix);
    const auto svd = svdOf(matrix);
    const VectorXd centred =
        (other.row(0).cast<double>() - matrix.cast<double>().colwise().mean()).transpose();
    const VectorXd expected = svd.matrixV().leftCols(5).transpose() * centred;
    const Eigen::VectorXf row = other.row(0);
    QVERIFY(differenceButForSigns(pca.project(spanOf(row), 5).transpose(), expected.transpose()) < 1e-9);
  }

  void tooLittleGivesAnEmptyTrajectory() {
    QCOMPARE(TrajectoryPca().compute().points.size(), 0);
    const Eigen::VectorXf row = Eigen::VectorXf::Constant(4, 0.1F);
    TrajectoryPca pca;
    pca.addRow(0, spanOf(row));
    QCOMPARE(pca.compute().points.size(), 0);
    pca.addRow(1, spanOf(row)); // no variance
    pca.addRow(2, spanOf(row));
    QVERIFY(pca.compute().steps.empty());
    QCOMPARE(pca.project(spanOf(row)).size(), 0);
  }

  void unfitRowsAreRefusedAndLeaveNoTrace_data() {
    QTest::addColumn<std::vector<float>>("row");
    QTest::addColumn<QString>("mentions");
    const float nan = std::numeric_limits<float>::quiet_NaN(),
                infinite = std::numeric_limits<float>::infinity();
    QTest::newRow("empty") << std::vector<float>{} << "step 7";
    QTest::newRow("short") << std::vector<float>{1, 2} << "expected 3 values like the first row, found 2";
    QTest::newRow("NaN") << std::vector<float>{1, nan, 3} << "position 1";
    QTest::newRow("infinite") << std::vector<float>{1, 2, -infinite} << "position 2";
  }
  void unfitRowsAreRefusedAndLeaveNoTrace() {
    QFETCH(std::vector<float>, row);
    QFETCH(QString, mentions);
    TrajectoryPca pca = pcaOf(normals(4, 3, 20));
    const MatrixXd before = pca.compute().points;
    try {
      pca.addRow(7, row);
      QFAIL("accepted");
    } catch (const Error &error) {
      QVERIFY2(QString::fromUtf8(error.what()).contains(mentions), error.what());
    }
    QCOMPARE(pca.rowCount(), 4);
    QCOMPARE(pca.compute().points, before);
    QVERIFY_EXCEPTION_THROWN(pca.project(std::vector<float>{1}), Error);
  }
};

QTEST_GUILESS_MAIN(TestTrajectoryPca)
#include "tst_trajectory_pca.moc"
