// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <cmath>

#include <Eigen/QR>
#include <Eigen/SVD>

#include "core/error.h"
#include "core/sampling/philox.h"
#include "core/trajectory/joint_pca.h"

using namespace evolute::core;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::MatrixXf;
using Eigen::VectorXd;

namespace {

MatrixXf normals(Index rows, Index columns, std::uint64_t seed) {
  MatrixXf matrix(rows, columns);
  RandomStream{streamKey(seed, "tst-joint-pca")}.normals(0, std::span(matrix.data(), std::size_t(matrix.size())));
  return matrix;
}

std::vector<float> rowOf(const MatrixXf &matrix, Index row) {
  const Eigen::VectorXf values = matrix.row(row);
  return {values.begin(), values.end()};
}

/// Rows of runs that have 1, 2, 3 ... times as many checkpoints as the first, at steps 0, 10, 20 ...
struct Family {
  MatrixXf features;
  std::vector<int> curve;
  std::vector<std::int64_t> step;
};
Family family(int curves, Index first, Index features, std::uint64_t seed) {
  Family f;
  for (int c = 0; c < curves; ++c)
    for (Index t = 0; t < first * (c + 1); ++t) {
      f.curve.push_back(c);
      f.step.push_back(10 * t);
    }
  f.features = normals(Index(f.curve.size()), features, seed).array() + 4.0F;
  return f;
}

JointPca pcaOf(const Family &f, RowStorage storage = RowStorage::Float32) {
  JointPca pca(f.curve.back() + 1, storage);
  for (std::size_t i = 0; i < f.curve.size(); ++i)
    pca.addRow(f.curve[i], f.step[i], rowOf(f.features, Index(i)));
  return pca;
}

/// All curves' points one below the other.
MatrixXd stacked(const JointTrajectory &joint) {
  MatrixXd all(0, joint.explained.size());
  for (const Trajectory &curve : joint.curves) {
    all.conservativeResize(all.rows() + curve.points.rows(), Eigen::NoChange);
    all.bottomRows(curve.points.rows()) = curve.points;
  }
  return all;
}

double differenceButForSigns(const MatrixXd &a, const MatrixXd &b) {
  double largest = 0;
  for (Index k = 0; k < a.cols(); ++k)
    largest = std::max(largest, std::min((a.col(k) - b.col(k)).cwiseAbs().maxCoeff(),
                                         (a.col(k) + b.col(k)).cwiseAbs().maxCoeff()));
  return largest;
}

} // namespace

class TestJointPca : public QObject {
  Q_OBJECT
private Q_SLOTS:
  /// With one mean over all rows, and others projected on axes that they had no part in.
  void agreesWithASingularValueDecompositionOfAllRows() {
    const Family f = family(3, 5, 40, 1);
    const MatrixXf others = normals(2, 40, 2);
    const MatrixXd all = f.features.cast<double>();
    const Eigen::RowVectorXd mean = all.colwise().mean();
    const Eigen::BDCSVD<MatrixXd> svd(all.rowwise() - mean, Eigen::ComputeThinU | Eigen::ComputeThinV);
    const std::vector<std::vector<float>> projected = {rowOf(others, 0), rowOf(others, 1)};
    const JointTrajectory joint = pcaOf(f).compute(4, CurveWeighting::Checkpoints, projected);
    const MatrixXd expected = (svd.matrixU() * svd.singularValues().asDiagonal()).leftCols(4);
    QVERIFY(differenceButForSigns(stacked(joint), expected) < 1e-9);
    const VectorXd squares = svd.singularValues().cwiseAbs2();
    QVERIFY((joint.explained - squares.head(4) / squares.sum()).cwiseAbs().maxCoeff() < 1e-12);
    const MatrixXd place = (others.cast<double>().rowwise() - mean) * svd.matrixV().leftCols(4);
    QVERIFY(differenceButForSigns(joint.others, place) < 1e-9);
    QCOMPARE(joint.curves[1].steps.size(), 10u);
    QCOMPARE(joint.curves[1].steps.back(), 90);
  }

  /// The oracles' places do not move the axes.
  void othersDoNotChangeTheCurves() {
    const Family f = family(2, 6, 30, 3);
    const JointPca pca = pcaOf(f);
    const std::vector<std::vector<float>> far = {std::vector<float>(30, 1e4F)};
    QCOMPARE(stacked(pca.compute(3, CurveWeighting::Runs, far)), stacked(pca.compute(3, CurveWeighting::Runs)));
  }

  /// A weight of two is a row that is there twice: run 0 has half as many checkpoints as run 1.
  void runsOfEqualWeightAreRowsAsOftenAsItTakes() {
    const Family f = family(2, 6, 25, 4);
    Family twice = f;
    for (Index i = 0; i < 6; ++i) {
      twice.curve.push_back(0);
      twice.step.push_back(1000 + i);
      twice.features.conservativeResize(twice.features.rows() + 1, Eigen::NoChange);
      twice.features.row(twice.features.rows() - 1) = f.features.row(i);
    }
    JointPca repeated(2);
    for (std::size_t i = 0; i < twice.curve.size(); ++i)
      repeated.addRow(twice.curve[i], twice.step[i], rowOf(twice.features, Index(i)));
    const JointTrajectory weighted = pcaOf(f).compute(3, CurveWeighting::Runs), expected = repeated.compute(3);
    QVERIFY((weighted.explained - expected.explained).cwiseAbs().maxCoeff() < 1e-12);
    QVERIFY(differenceButForSigns(weighted.curves[1].points, expected.curves[1].points) < 1e-9);
    QVERIFY(differenceButForSigns(weighted.curves[0].points, expected.curves[0].points.topRows(6)) < 1e-9);
    QVERIFY((weighted.explained - pcaOf(f).compute(3).explained).cwiseAbs().maxCoeff() > 1e-3); // it matters
  }

  /// The same path saved 20 times as densely in its first tenth: weighted by time the axes are those of the even
  /// grid, but for the trapezoid rule's error.
  void weightsByTimeForgetHowDenselyWasSaved_data() {
    QTest::addColumn<int>("weighting");
    QTest::newRow("steps") << int(CurveWeighting::Steps);
    QTest::newRow("log time") << int(CurveWeighting::LogTime);
  }
  void weightsByTimeForgetHowDenselyWasSaved() {
    QFETCH(int, weighting);
    const auto path = [](std::int64_t step) {
      const double t = double(step) / 10000;
      return std::vector<float>{float(3 * t), float(std::sin(3 * t)), float(t * t), float(std::exp(-20 * t))};
    };
    JointPca even(1), dense(1);
    for (std::int64_t step = 0; step <= 10000; step += 20) {
      even.addRow(0, step, path(step));
      dense.addRow(0, step, path(step));
    }
    for (std::int64_t step = 0; step < 1000; ++step)
      dense.addRow(0, step, path(step));
    const auto w = CurveWeighting(weighting);
    const VectorXd a = even.compute(2, w).explained, b = dense.compute(2, w).explained;
    const double change = (even.compute(2).explained - dense.compute(2).explained).cwiseAbs().maxCoeff();
    const double kept = (a - b).cwiseAbs().maxCoeff();
    QVERIFY2(kept < 0.1 * change, qPrintable(QStringLiteral("%1 of %2").arg(kept).arg(change)));
  }

  void weightingsHaveNames() {
    for (const auto weighting : {CurveWeighting::Checkpoints, CurveWeighting::Runs, CurveWeighting::Steps,
                                 CurveWeighting::LogTime})
      QCOMPARE(curveWeightingFrom(nameOf(weighting)), std::optional(weighting));
    QVERIFY(!curveWeightingFrom("mass"));
  }

  /// Two blocks and a part of one, read in between or not: the same bits.
  void blocksDoNotShowInTheNumbers() {
    const Family f = family(1, 150, 700, 5);
    JointPca watched(1);
    for (std::size_t i = 0; i < f.curve.size(); ++i) {
      watched.addRow(0, f.step[i], rowOf(f.features, Index(i)));
      if (i % 7 == 3)
        watched.compute(1);
    }
    QCOMPARE(stacked(watched.compute(5)), stacked(pcaOf(f).compute(5)));
  }

  void aRowThatIsThereIsReplaced() {
    const Family f = family(2, 40, 60, 6); // beyond the first block
    JointPca pca = pcaOf(f);
    for (const std::size_t i : {std::size_t(0), std::size_t(17), f.curve.size() - 1}) {
      pca.addRow(f.curve[i], f.step[i], std::vector<float>(60, 100.0F));
      QVERIFY(stacked(pca.compute(3)) != stacked(pcaOf(f).compute(3)));
      pca.addRow(f.curve[i], f.step[i], rowOf(f.features, Index(i)));
      QCOMPARE(stacked(pca.compute(3)), stacked(pcaOf(f).compute(3)));
    }
    QCOMPARE(pca.rowCount(), 120);
  }

  /// Each row is off by at most 2^-11 of its distance from the first row, a distance of two by twice that.
  void halfPrecisionKeepsWhatItSays() {
    const Family f = family(2, 15, 3000, 7);
    double furthest = 0;
    for (Index i = 0; i < f.features.rows(); ++i)
      furthest = std::max(furthest, double((f.features.row(i) - f.features.row(0)).norm()));
    const double bound = 2 * std::ldexp(furthest, -11);
    const MatrixXd p = stacked(pcaOf(f).compute(44)), q = stacked(pcaOf(f, RowStorage::Float16).compute(44));
    QCOMPARE(p.cols(), 44); // all directions there are
    double error = 0;
    for (Index i = 0; i < p.rows(); ++i)
      for (Index j = 0; j < i; ++j)
        error = std::max(error, std::abs((p.row(i) - p.row(j)).norm() - (q.row(i) - q.row(j)).norm()));
    QVERIFY2(error < bound && error > 0, qPrintable(QStringLiteral("%1 of %2").arg(error).arg(bound)));
    JointPca pca(1, RowStorage::Float16);
    pca.addRow(0, 0, std::vector<float>{1e6F, 0});
    pca.addRow(0, 1, std::vector<float>{1e6F + 100, 1}); // only the difference counts
    QVERIFY_EXCEPTION_THROWN(pca.addRow(0, 2, std::vector<float>{1.1e6F, 0}), Error);
    QCOMPARE(pca.rowCount(), 2);
  }

  void componentsGrowOnTheWhole() {
    JointPca pca(3);
    for (int curve = 0; curve < 3; ++curve)
      for (int t = 0; t < 4; ++t) {
        const float way = curve == 2 ? -0.5F : 1.0F; // one of three goes the other way
        pca.addRow(curve, t, std::vector<float>{-way * float(t), 0.1F * float(t * t % 3)});
      }
    const JointTrajectory joint = pca.compute(1);
    QVERIFY(joint.curves[0].points(3, 0) > joint.curves[0].points(0, 0));
    QVERIFY(joint.curves[2].points(3, 0) < joint.curves[2].points(0, 0));
  }

  void tooLittleIsEmptyAndAnUnfitLengthRefused() {
    JointPca pca(2);
    QCOMPARE(pca.compute(2).explained.size(), 0);
    pca.addRow(0, 0, std::vector<float>{1, 2});
    pca.addRow(0, 1, std::vector<float>{1, 3});
    QVERIFY_EXCEPTION_THROWN(pca.addRow(1, 0, std::vector<float>{1, 2, 3}), Error);
    const JointTrajectory joint = pca.compute(2);
    QCOMPARE(joint.curves.size(), 2u);
    QVERIFY(joint.curves[1].steps.empty());
    const std::vector<std::vector<float>> unfit = {{1}};
    QVERIFY_EXCEPTION_THROWN(pca.compute(2, CurveWeighting::Checkpoints, unfit), Error);
  }
};

QTEST_GUILESS_MAIN(TestJointPca)
#include "tst_joint_pca.moc"
