// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <cmath>

#include <Eigen/Cholesky>

#include "core/data/regression_oracles.h"
#include "core/error.h"

using namespace evolute::core;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

std::vector<float> sequences(const IclRegressionTask &task, std::int64_t count, std::uint64_t key = 7) {
  std::vector<float> tokens(std::size_t(count * task.tokenCount() * task.tokenWidth())),
      targets(std::size_t(count * task.pairs));
  makeIclSequences(task, key, 0, count, tokens, targets);
  return tokens;
}

VectorXd xOf(const IclRegressionTask &task, const std::vector<float> &tokens, Index sequence, Index pair) {
  const std::size_t at = std::size_t((sequence * task.tokenCount() + 2 * pair) * task.tokenWidth() + 1);
  return Eigen::Map<const Eigen::VectorXf>(&tokens[at], task.dimension).cast<double>();
}

double meanSquare(const MatrixXd &difference) {
  return difference.squaredNorm() / double(difference.size());
}

IclRegressionTask taskSet(std::int64_t dimension, std::int64_t pairs, double noise, std::int64_t tasks) {
  return {dimension, pairs, noise, tasks, 3};
}

} // namespace

class TestRegressionOracles : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void taskSetsAreNested() {
    const auto few = makeIclTasks(taskSet(3, 2, 0.1, 4)), many = makeIclTasks(taskSet(3, 2, 0.1, 50));
    QVERIFY(std::equal(few.begin(), few.end(), many.begin()));
    IclRegressionTask other = taskSet(3, 2, 0.1, 4);
    other.taskSeed = 4;
    QVERIFY(makeIclTasks(other) != few);
  }

  /// Inputs and noise are those of the stream whatever M is: only the task changes.
  void sequencesOfATaskSetKeepInputsAndUseEveryTask() {
    const IclRegressionTask fresh{2, 1, 0.0}, set = taskSet(2, 1, 0.0, 5);
    const auto a = sequences(fresh, 400), b = sequences(set, 400);
    const MatrixXd tasks = fixedTaskMatrix(set), y = targetsOf(set, b);
    std::vector<int> used(5, 0);
    for (Index s = 0; s < 400; ++s) {
      const VectorXd x = xOf(fresh, a, s, 0);
      QCOMPARE(x, xOf(set, b, s, 0));
      Index m = 0;
      const double error = ((tasks * x).array() - y(s, 0)).abs().minCoeff(&m);
      QVERIFY(error < 1e-5);
      ++used[std::size_t(m)];
    }
    for (const int count : used) // binomial, 80 expected of 400: five standard deviations of 8
      QVERIFY2(std::abs(count - 80) < 40, qPrintable(QString::number(count)));
  }

  void ridgeSolvesItsNormalEquations() {
    const IclRegressionTask task{5, 9, 0.3};
    const auto tokens = sequences(task, 20);
    const OraclePredictions ridge = predictByRidge(task, tokens);
    const MatrixXd y = targetsOf(task, tokens);
    for (Index s = 0; s < 20; ++s) {
      QCOMPARE(ridge.mean(s, 0), 0.0);
      MatrixXd gram = 0.3 * MatrixXd::Identity(5, 5);
      VectorXd moment = VectorXd::Zero(5);
      for (Index k = 0; k < 9; ++k) {
        const VectorXd x = xOf(task, tokens, s, k);
        const Eigen::LLT<MatrixXd> solver(gram);
        QVERIFY(std::abs(ridge.mean(s, k) - solver.solve(moment).dot(x)) < 1e-10);
        QVERIFY(std::abs(ridge.variance(s, k) - 0.3 * (1 + solver.solve(x).dot(x))) < 1e-10);
        gram += x * x.transpose();
        moment += y(s, k) * x;
      }
    }
  }

  void bayesOptimalLossesAreReproduced_data() {
    QTest::addColumn<int>("dimension");
    QTest::addColumn<std::vector<double>>("losses");
    // Monte-Carlo values of another program, noise variance 0.125, to the last digit given.
    QTest::newRow("D = 4, K = 8") << 4
                                  << std::vector<double>{4.125, 3.178, 2.280, 1.487, .895, .574, .410, .322};
    QTest::newRow("D = 8, K = 16") << 8
                                   << std::vector<double>{8.125, 7.145, 6.173, 5.212, 4.272, 3.366, 2.523, 1.787,
                                                          1.218, .848,  .624,  .489,  .404,  .349,  .310,  .282};
  }
  void bayesOptimalLossesAreReproduced() {
    QFETCH(int, dimension);
    QFETCH(std::vector<double>, losses);
    const IclRegressionTask task{dimension, std::int64_t(losses.size()), 0.125};
    constexpr Index n = 20000;
    const auto tokens = sequences(task, n);
    const OraclePredictions ridge = predictByRidge(task, tokens);
    const MatrixXd squares = (targetsOf(task, tokens) - ridge.mean).cwiseAbs2();
    for (Index k = 0; k < task.pairs; ++k) {
      // The expected error has less spread than the error, so it is the sharper of the two.
      for (const MatrixXd *values : {&ridge.variance, &squares}) {
        const VectorXd column = values->col(k);
        const double mean = column.mean(), deviation = std::sqrt((column.array() - mean).square().mean() / double(n));
        // The other program's own error is taken to be as large, and half its last digit.
        QVERIFY2(std::abs(mean - losses[std::size_t(k)]) < 4 * std::sqrt(2.0) * deviation + 0.0005,
                 qPrintable(QStringLiteral("k = %1: %2").arg(k + 1).arg(mean)));
      }
    }
  }

  /// On its own prior a posterior mean's stated variance is its loss, and no other prediction does better.
  void eachOracleIsBestOnItsOwnTasks() {
    const IclRegressionTask set = taskSet(4, 8, 0.125, 16);
    IclRegressionTask fresh = set;
    fresh.taskCount = 0;
    const MatrixXd tasks = fixedTaskMatrix(set);
    for (const IclRegressionTask &world : {set, fresh}) {
      const auto tokens = sequences(world, 4000);
      const MatrixXd y = targetsOf(world, tokens);
      const OraclePredictions ridge = predictByRidge(world, tokens), discrete = predictByTaskSet(world, tasks, tokens);
      const double ridgeLoss = meanSquare(y - ridge.mean), setLoss = meanSquare(y - discrete.mean);
      const bool own = world.taskCount > 0;
      QVERIFY(own ? setLoss < 0.8 * ridgeLoss : ridgeLoss < 0.8 * setLoss);
      const OraclePredictions &best = own ? discrete : ridge;
      const MatrixXd excess = (y - best.mean).cwiseAbs2() - best.variance;
      // Given the pairs before, each has mean 0: they are uncorrelated within a sequence too.
      const double error = std::sqrt(meanSquare(excess) / double(excess.size()));
      QVERIFY2(std::abs(excess.mean()) < 4 * error, qPrintable(QString::number(excess.mean() / error)));
    }
  }

  void oneTaskIsKnownFromTheStart() {
    const IclRegressionTask one = taskSet(3, 4, 0.5, 1);
    const auto tokens = sequences(one, 10);
    const MatrixXd tasks = fixedTaskMatrix(one);
    const OraclePredictions found = predictByTaskSet(one, tasks, tokens);
    for (Index s = 0; s < 10; ++s)
      for (Index k = 0; k < 4; ++k) {
        QVERIFY(std::abs(found.mean(s, k) - tasks.row(0).dot(xOf(one, tokens, s, k))) < 1e-14);
        QVERIFY(std::abs(found.variance(s, k) - 0.5) < 1e-14);
      }
  }

  /// t and -t: the posterior odds are exp(2 sum y_j t.x_j / s), so the prediction is a tanh.
  void twoOppositeTasksGiveATangent() {
    const IclRegressionTask task{2, 5, 0.4};
    const auto tokens = sequences(task, 10);
    MatrixXd tasks(2, 2);
    tasks << 0.7, -0.4, -0.7, 0.4;
    const MatrixXd found = predictByTaskSet(task, tasks, tokens).mean, y = targetsOf(task, tokens);
    for (Index s = 0; s < 10; ++s) {
      double evidence = 0;
      for (Index k = 0; k < 5; ++k) {
        const double answer = tasks.row(0).dot(xOf(task, tokens, s, k));
        QVERIFY(std::abs(found(s, k) - answer * std::tanh(evidence)) < 1e-12);
        evidence += y(s, k) * answer / 0.4;
      }
    }
  }

  /// A posterior mean over M draws of the prior is importance sampling of ridge: its error falls as 1 / M.
  void manyTasksApproachRidge() {
    const IclRegressionTask task{2, 4, 0.5};
    const auto tokens = sequences(task, 100);
    const MatrixXd ridge = predictByRidge(task, tokens).mean;
    double before = 0;
    for (const std::int64_t count : {1, 32, 1024, 32768}) {
      const MatrixXd tasks = fixedTaskMatrix(taskSet(2, 4, 0.5, count));
      const double distance = meanSquare(predictByTaskSet(task, tasks, tokens).mean - ridge);
      if (count > 1)
        QVERIFY2(distance < before / 4, qPrintable(QString::number(distance / before)));
      before = distance;
    }
    QVERIFY2(before < 1e-3, qPrintable(QString::number(before)));
  }

  void withoutNoiseDPairsSayAll() {
    const IclRegressionTask exact = taskSet(3, 6, 0.0, 40);
    const auto tokens = sequences(exact, 50);
    const MatrixXd y = targetsOf(exact, tokens), tasks = fixedTaskMatrix(exact);
    const OraclePredictions ridge = predictByRidge(exact, tokens), discrete = predictByTaskSet(exact, tasks, tokens);
    // y is rounded to float; an ill-conditioned triple of inputs enlarges that, so the median counts.
    MatrixXd error = (ridge.mean - y).rightCols(3).cwiseAbs();
    std::sort(error.data(), error.data() + error.size());
    QVERIFY(error.data()[error.size() / 2] < 1e-5);
    QVERIFY((ridge.mean - y).leftCols(2).cwiseAbs().mean() > 0.1);
    QVERIFY((discrete.mean - y).rightCols(5).cwiseAbs().maxCoeff() < 1e-5); // one pair tells the task
    QVERIFY(ridge.mean.allFinite() && ridge.variance.minCoeff() >= 0);
    // The limit is approached by small noise.
    IclRegressionTask small = exact;
    small.noiseVariance = 1e-9;
    QVERIFY((predictByRidge(small, tokens).mean - ridge.mean).leftCols(3).cwiseAbs().maxCoeff() < 1e-2);
    QVERIFY((predictByTaskSet(small, tasks, tokens).mean - discrete.mean).cwiseAbs().maxCoeff() < 1e-9);
  }

  void noiseWithoutEndTeachesNothing() {
    IclRegressionTask task = taskSet(3, 5, 0.1, 7);
    const auto tokens = sequences(task, 20);
    task.noiseVariance = 1e12;
    const MatrixXd tasks = fixedTaskMatrix(task);
    QVERIFY(predictByRidge(task, tokens).mean.cwiseAbs().maxCoeff() < 1e-9);
    const MatrixXd found = predictByTaskSet(task, tasks, tokens).mean;
    for (Index s = 0; s < 20; ++s)
      for (Index k = 0; k < 5; ++k)
        QVERIFY(std::abs(found(s, k) - tasks.colwise().mean().dot(xOf(task, tokens, s, k))) < 1e-9);
  }

  /// Squared errors of 1e6 noise variances leave no task a weight that a float could hold.
  void evidenceBeyondAllExponentsStaysANumber() {
    IclRegressionTask task = taskSet(4, 8, 1.0, 64);
    auto tokens = sequences(task, 10);
    for (float &value : tokens)
      value *= 1e3F;
    for (const double noise : {1e-300, 1e-30, 1e-3}) {
      task.noiseVariance = noise;
      const OraclePredictions found = predictByTaskSet(task, fixedTaskMatrix(task), tokens);
      QVERIFY(found.mean.allFinite() && found.variance.allFinite());
      QVERIFY(predictByRidge(task, tokens).mean.allFinite());
    }
  }

  void unfitInputIsRefused() {
    const IclRegressionTask task{3, 4, 0.1};
    QVERIFY_EXCEPTION_THROWN(predictByRidge(task, std::vector<float>(7)), Error);
    QVERIFY_EXCEPTION_THROWN(predictByTaskSet(task, MatrixXd(0, 3), sequences(task, 1)), Error);
    QVERIFY_EXCEPTION_THROWN(predictByTaskSet(task, MatrixXd::Zero(2, 4), sequences(task, 1)), Error);
    QVERIFY_EXCEPTION_THROWN(fixedTaskMatrix(task), Error);
  }
};

QTEST_GUILESS_MAIN(TestRegressionOracles)
#include "tst_regression_oracles.moc"
