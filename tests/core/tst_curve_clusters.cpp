// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <fstream>
#include <functional>
#include <limits>

#include <QTest>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/metrics/agglomeration.h"
#include "core/metrics/curve_clusters.h"
#include "core/metrics/partition_agreement.h"

using namespace evolute::core;

namespace {

/// Made by numpy, scipy and scikit-learn: make_curve_clusters.py.
const nlohmann::json &reference() {
  static const nlohmann::json json = [] {
    std::ifstream file(EVOLUTE_TEST_DATA "/curve_clusters.json");
    return nlohmann::json::parse(file);
  }();
  return json;
}

Eigen::MatrixXd matrixOf(const nlohmann::json &rows) {
  Eigen::MatrixXd m(Eigen::Index(rows.size()), Eigen::Index(rows.at(0).size()));
  for (Eigen::Index i = 0; i < m.rows(); ++i)
    for (Eigen::Index j = 0; j < m.cols(); ++j)
      m(i, j) = rows.at(std::size_t(i)).at(std::size_t(j)).get<double>();
  return m;
}

Eigen::MatrixXd curves() {
  return matrixOf(reference().at("curves"));
}

Eigen::VectorXd vector(std::initializer_list<double> values) {
  return Eigen::Map<const Eigen::VectorXd>(values.begin(), Eigen::Index(values.size()));
}

} // namespace

class TestCurveClusters : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void onlyStepsThatAllCurvesHaveAreKept() {
    const double nan = std::nan("");
    const CurveSet set =
        commonSteps({{"a", {0, 10, 20, 30}, {1, 2, 3, 4}, {}}, {"b", {10, 20, 30}, {5, nan, 7}, {}}});
    QCOMPARE(set.steps, (std::vector<std::int64_t>{10, 30}));
    QCOMPARE(set.values, (Eigen::MatrixXd(2, 2) << 2, 4, 5, 7).finished());
    QVERIFY(commonSteps({{"a", {0}, {1}, {}}, {"b", {1}, {1}, {}}}).steps.empty());
  }

  void scalingTakesOutLevelAndSize() {
    const Eigen::MatrixXd x = (Eigen::MatrixXd(2, 4) << 1, 2, 3, 4, 7, 7, 7, 7).finished();
    const Eigen::MatrixXd z = scaled(x, CurveScaling::Standardise);
    QVERIFY(std::abs(z.row(0).mean()) < 1e-15);
    QVERIFY(std::abs(z.row(0).squaredNorm() / 4 - 1) < 1e-15);
    QCOMPARE(scaled(x, CurveScaling::MinMax).row(0), Eigen::RowVector4d(0, 1. / 3, 2. / 3, 1));
    QVERIFY(z.row(1).isZero(0) && scaled(x, CurveScaling::MinMax).row(1).isZero(0));
    QCOMPARE(scaled(x, CurveScaling::None), x);
  }

  void warpingFollowsADelay() {
    // A step that comes later costs nothing: the path waits for it.
    QCOMPARE(warpingDistance(vector({0, 0, 1, 1}), vector({0, 1, 1, 1})), 0.0);
    // Two constants: n times the squared difference along the diagonal, no shorter path exists.
    QCOMPARE(warpingDistance(vector({2, 2, 2}), vector({0, 0, 0})), std::sqrt(12.0));
    const auto path = warpingPath(vector({0, 0, 1, 1}), vector({0, 1, 1, 1}));
    QCOMPARE(path.front(), std::make_pair(Eigen::Index(0), Eigen::Index(0)));
    QCOMPARE(path.back(), std::make_pair(Eigen::Index(3), Eigen::Index(3)));
    for (std::size_t k = 1; k < path.size(); ++k) {
      const auto di = path[k].first - path[k - 1].first, dj = path[k].second - path[k - 1].second;
      QVERIFY(di >= 0 && dj >= 0 && di <= 1 && dj <= 1 && di + dj >= 1);
    }
  }

  void shapesAreAlikeWhereverTheyStand() {
    const Eigen::VectorXd a = vector({0, 0, 1, 2, 0, 0}), b = vector({1, 2, 0, 0, 0, 0});
    Eigen::Index shift = 0;
    QVERIFY(std::abs(shapeDistance(a, 3 * b, &shift)) < 1e-15);
    QCOMPARE(shift, Eigen::Index(2));
    QCOMPARE(shifted(b, shift), a);
    QCOMPARE(shapeDistance(a, Eigen::VectorXd::Zero(6)), 1.0);
    QCOMPARE(shifted(a, -9), Eigen::VectorXd(Eigen::VectorXd::Zero(6)));
  }

  void warpingFindsTheLeastOfAllPaths() {
    const Eigen::VectorXd a = vector({0.3, -1, 2, 0.5, 1.7}), b = vector({1, 0.2, 0.1, 2.5, -0.4});
    const std::function<double(Eigen::Index, Eigen::Index)> least = [&](Eigen::Index i,
                                                                        Eigen::Index j) -> double {
      const double here = (a[i] - b[j]) * (a[i] - b[j]);
      if (i == 0 && j == 0)
        return here;
      double before = std::numeric_limits<double>::infinity();
      if (i > 0)
        before = std::min(before, least(i - 1, j));
      if (j > 0)
        before = std::min(before, least(i, j - 1));
      if (i > 0 && j > 0)
        before = std::min(before, least(i - 1, j - 1));
      return here + before;
    };
    QVERIFY(std::abs(warpingDistance(a, b) - std::sqrt(least(4, 4))) < 1e-14);
    double along = 0; // the path costs what the distance says
    for (const auto &[i, j] : warpingPath(a, b))
      along += (a[i] - b[j]) * (a[i] - b[j]);
    QVERIFY(std::abs(std::sqrt(along) - warpingDistance(a, b)) < 1e-14);
  }

  void shapeDistancesEqualNumpys() {
    const Eigen::MatrixXd z = scaled(curves(), CurveScaling::Standardise).topRows(6);
    const Eigen::MatrixXd expected = matrixOf(reference().at("shape_distance"));
    QVERIFY((distances(z, CurveDistance::Shape) - expected).cwiseAbs().maxCoeff() < 1e-10);
  }

  void treesEqualScipys_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("linkage");
    QTest::newRow("ward") << QStringLiteral("ward") << int(Linkage::Ward);
    QTest::newRow("average") << QStringLiteral("average") << int(Linkage::Average);
    QTest::newRow("complete") << QStringLiteral("complete") << int(Linkage::Complete);
  }
  void treesEqualScipys() {
    QFETCH(QString, name);
    QFETCH(int, linkage);
    ClusterSettings settings;
    settings.method = ClusterMethod::Hierarchical;
    settings.linkage = Linkage(linkage);
    const CurveClusters found = clusterCurves(curves(), settings);
    const nlohmann::json &expected = reference().at("linkage").at(name.toStdString());
    QCOMPARE(found.labels, expected.at("labels").get<std::vector<int>>());
    const Eigen::MatrixXd tree = matrixOf(expected.at("tree"));
    QCOMPARE(Eigen::Index(found.merges.size()), tree.rows());
    for (Eigen::Index m = 0; m < tree.rows(); ++m) {
      const ClusterMerge &merge = found.merges[std::size_t(m)];
      QCOMPARE(merge.first, int(tree(m, 0)));
      QCOMPARE(merge.second, int(tree(m, 1)));
      QVERIFY(std::abs(merge.height - tree(m, 2)) < 1e-10);
      QCOMPARE(merge.size, int(tree(m, 3)));
    }
  }

  void kMeansFindsTheGroupsAndTheCostOfScikitLearn() {
    ClusterSettings settings;
    const CurveClusters found = clusterCurves(curves(), settings);
    QCOMPARE(found.labels, reference().at("k_means").at("labels").get<std::vector<int>>());
    const double cost = reference().at("k_means").at("cost").get<double>();
    QVERIFY2(std::abs(found.cost - cost) < 1e-9 * cost, qPrintable(QString::number(found.cost)));
    QCOMPARE(found.centres.rows(), Eigen::Index(4));
    // Of standardised curves a centre is the mean of its members.
    const Eigen::MatrixXd z = scaled(curves(), CurveScaling::Standardise);
    QVERIFY((found.centres.row(0) - z.topRows(4).colwise().mean()).norm() < 1e-12);
  }

  /// Two shapes, each at many delays: no pair of points at one step tells them apart, the shapes do.
  static Eigen::MatrixXd delayed() {
    Eigen::MatrixXd x = Eigen::MatrixXd::Zero(10, 60);
    for (int i = 0; i < 10; ++i)
      for (int t = 0; t < 60; ++t) {
        const double s = (t - 14 - 3.5 * i) / 3; // one bump, or a bump followed by a dip
        x(i, t) = (1 + i % 3) * (std::exp(-s * s) - (i % 2) * std::exp(-(s - 3) * (s - 3)));
      }
    return x;
  }
  void delaysDoNotHideShapes_data() {
    QTest::addColumn<int>("method");
    QTest::newRow("time warping") << int(ClusterMethod::TimeWarpingKMeans);
    QTest::newRow("k-Shape") << int(ClusterMethod::Shapes);
  }
  void delaysDoNotHideShapes() {
    QFETCH(int, method);
    ClusterSettings settings;
    settings.method = ClusterMethod(method);
    settings.count = 2;
    const CurveClusters found = clusterCurves(delayed(), settings);
    QCOMPARE(found.labels, (std::vector<int>{0, 1, 0, 1, 0, 1, 0, 1, 0, 1}));
    settings.method = ClusterMethod::KMeans;
    QVERIFY(clusterCurves(delayed(), settings).labels != found.labels);
  }

  void aBarycentreCostsLessThanAnyMember() {
    ClusterSettings settings;
    settings.method = ClusterMethod::TimeWarpingKMeans;
    settings.count = 1;
    const Eigen::MatrixXd z = scaled(delayed(), CurveScaling::Standardise);
    const double cost = clusterCurves(delayed(), settings).cost;
    for (Eigen::Index i = 0; i < z.rows(); ++i) {
      double ofMember = 0;
      for (Eigen::Index k = 0; k < z.rows(); ++k)
        ofMember += std::pow(warpingDistance(z.row(i).transpose(), z.row(k).transpose()), 2);
      QVERIFY(cost < ofMember);
    }
  }

  void groupsDoNotDependOnTheOrderOfCurves() {
    const Eigen::MatrixXd x = curves();
    for (const ClusterMethod method : {ClusterMethod::KMeans, ClusterMethod::Hierarchical}) {
      ClusterSettings settings;
      settings.method = method;
      const std::vector<int> forward = clusterCurves(x, settings).labels;
      const std::vector<int> backward = clusterCurves(x.colwise().reverse(), settings).labels;
      std::vector<std::string> a, b;
      for (std::size_t i = 0; i < forward.size(); ++i) {
        a.push_back(std::to_string(forward[i]));
        b.push_back(std::to_string(backward[forward.size() - 1 - i]));
      }
      QCOMPARE(agreementOf(a, b).adjustedRand, 1.0);
    }
  }

  void asManyClustersAsCurvesCostNothing() {
    ClusterSettings settings;
    settings.count = 16;
    const CurveClusters found = clusterCurves(curves(), settings);
    QVERIFY(found.cost < 1e-20);
    QCOMPARE(found.labels.back(), 15);
    settings.count = 1;
    QCOMPARE(clusterCurves(curves(), settings).labels, std::vector<int>(16, 0));
    // Equal curves leave clusters without members; each gets one nevertheless.
    settings.count = 3;
    QCOMPARE(clusterCurves(Eigen::MatrixXd::Ones(3, 5), settings).labels, (std::vector<int>{0, 1, 2}));
  }

  void aCountThatCannotBeIsRefused() {
    ClusterSettings settings;
    settings.count = 17;
    QVERIFY_EXCEPTION_THROWN(clusterCurves(curves(), settings), Error);
    settings.count = 0;
    QVERIFY_EXCEPTION_THROWN(clusterCurves(curves(), settings), Error);
    QVERIFY_EXCEPTION_THROWN(clusterMethodFromName("nearest"), Error);
    for (const ClusterMethod method : {ClusterMethod::KMeans, ClusterMethod::TimeWarpingKMeans,
                                       ClusterMethod::Shapes, ClusterMethod::Hierarchical})
      QCOMPARE(clusterMethodFromName(nameOf(method)), method);
    for (const CurveScaling scaling : {CurveScaling::None, CurveScaling::Standardise, CurveScaling::MinMax})
      QCOMPARE(curveScalingFromName(nameOf(scaling)), scaling);
  }

  void agreementIsWhatScikitLearnSays() {
    std::vector<std::string> first, second;
    for (const int group : reference().at("rand").at("first"))
      first.push_back(std::to_string(group));
    for (const int group : reference().at("rand").at("second"))
      second.push_back("type " + std::to_string(group));
    const PartitionAgreement agreement = agreementOf(first, second);
    QVERIFY(std::abs(agreement.adjustedRand - reference().at("rand").at("adjusted").get<double>()) < 1e-12);
    QCOMPARE(agreement.counts, (Eigen::MatrixXi(3, 3) << 2, 1, 0, 0, 2, 1, 1, 0, 3).finished());
    QCOMPARE(agreement.columns, (std::vector<std::string>{"type 0", "type 1", "type 2"}));
  }

  void chanceIsTheShareOfRelabellingsThatDoAsWell() {
    // Four things in two pairs: of the 3 ways to pair them 1 is the same, so a third of all shuffles agree
    // fully.
    const PartitionAgreement pairs = agreementOf({"a", "a", "b", "b"}, {"x", "x", "y", "y"}, 9999);
    QCOMPARE(pairs.adjustedRand, 1.0);
    QVERIFY2(std::abs(pairs.chance - 1. / 3) < 4 * std::sqrt(2. / 9 / 9999),
             qPrintable(QString::number(pairs.chance)));
    const PartitionAgreement many =
        agreementOf({"a", "a", "a", "a", "b", "b", "b", "b", "c", "c", "c", "c"},
                    {"x", "x", "x", "x", "y", "y", "y", "y", "z", "z", "z", "z"}, 999);
    QCOMPARE(many.chance, 1. / 1000); // 1 in 5775
    QVERIFY_EXCEPTION_THROWN(agreementOf({"a"}, {}), Error);
  }
};

QTEST_GUILESS_MAIN(TestCurveClusters)
#include "tst_curve_clusters.moc"
