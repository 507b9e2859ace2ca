// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <cmath>
#include <vector>

#include <Eigen/Cholesky>
#include <Eigen/LU>

#include "core/llc/llc_settings.h"
#include "core/llc/population_error.h"
#include "core/sampling/philox.h"
#include "core/torch/summarize_chains.h"

using namespace evolute::core;

namespace {

constexpr Eigen::Index kWeights = 4, kSamples = 400, kBatch = 40, kDraws = 400, kChains = 2;
constexpr double kNBeta = 20, kGamma = 5, kNoise = 2;

double sdOf(const std::vector<double> &values) {
  const Eigen::Map<const Eigen::ArrayXd> x(values.data(), Eigen::Index(values.size()));
  return std::sqrt((x - x.mean()).square().sum() / double(x.size() - 1));
}

/// y = noise with w* = 0, l_i = (y_i - x_i.w)^2 / 2: everything about lambda-hat of one data set in closed
/// form.
struct DataSet {
  Eigen::MatrixXd x{kSamples, kWeights};
  Eigen::VectorXd y{kSamples};
  Eigen::MatrixXd curvature, covariance; ///< of L_S, and of the posterior
  Eigen::VectorXd slope, mean;           ///< -gradient of L_S at w*, and the posterior's mean

  explicit DataSet(std::uint64_t number) {
    RandomStream{streamKey(number, "x")}.normals(0, std::span(x.data(), std::size_t(x.size())));
    RandomStream{streamKey(number, "y")}.normals(0, std::span(y.data(), std::size_t(y.size())));
    y *= kNoise;
    curvature = x.transpose() * x / double(kSamples);
    covariance = (kNBeta * curvature + kGamma * Eigen::MatrixXd::Identity(kWeights, kWeights)).inverse();
    slope = x.transpose() * y / double(kSamples);
    mean = kNBeta * covariance * slope;
  }

  double exact() const {
    return kNBeta *
           (0.5 * (curvature * covariance).trace() + 0.5 * mean.dot(curvature * mean) - slope.dot(mean));
  }

  /// Minibatch losses along stationary walks of that law (correlation 0.95 from draw to draw).
  ChainTraces traces(std::uint64_t number) const {
    constexpr double kKeep = 0.95;
    const Eigen::MatrixXd root = covariance.llt().matrixL();
    ChainTraces found{Eigen::ArrayXXf(kDraws, kChains), Eigen::ArrayXXf(kDraws, kChains), {}};
    found.chains.resize(std::size_t(kChains));
    std::vector<std::int64_t> batch(static_cast<std::size_t>(kBatch));
    for (Eigen::Index c = 0; c < kChains; ++c) {
      const RandomStream steps{streamKey(number, "walk", {}, {}, std::uint64_t(c))};
      const RandomStream batches{streamKey(number, "batch", {}, {}, std::uint64_t(c))};
      Eigen::VectorXd z(kWeights), kick(kWeights);
      steps.normals(0, std::span(z.data(), std::size_t(kWeights)));
      for (Eigen::Index t = 0; t < kDraws; ++t) {
        steps.normals(std::uint64_t(t + 1), std::span(kick.data(), std::size_t(kWeights)));
        z = kKeep * z + std::sqrt(1 - kKeep * kKeep) * kick;
        const Eigen::VectorXd w = mean + root * z;
        batches.integers(std::uint64_t(t), std::uint32_t(kSamples), batch);
        double loss = 0, start = 0;
        for (const std::int64_t i : batch) {
          loss += 0.5 * std::pow(y(i) - x.row(i).dot(w), 2) / double(kBatch);
          start += 0.5 * y(i) * y(i) / double(kBatch);
        }
        found.loss(t, c) = float(loss);
        found.excess(t, c) = float(loss - start);
      }
      found.chains[std::size_t(c)].draws = kDraws;
    }
    return found;
  }
};

LlcEstimate estimateOf(const DataSet &data, const ChainTraces &traces, LlcEstimator headline) {
  LlcSettings s;
  s.inverseTemperature = kNBeta;
  s.batchSize = int(kBatch);
  s.sampleCount = kSamples;
  s.estimator = headline;
  const Eigen::ArrayXd start = 0.5 * data.y.array().square();
  const double error =
      std::sqrt((start - start.mean()).square().sum() / double(kSamples - 1) / double(kSamples));
  return summarizeChains(s, traces, start.mean(), error);
}

} // namespace

/// The two readings of the error bar, against what resampled data sets really do.
class TestPopulationError : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void errorBarsHoldOverResampledDataSets() {
    constexpr int kDataSets = 200;
    const double population = 0.5 * double(kWeights) * kNBeta / (kNBeta + kGamma); // E x x' = 1
    std::vector<double> exact;
    double paired = 0, plain = 0;
    int sampleHits = 0, populationHits = 0, narrowHits = 0, plainHits = 0;
    for (std::uint64_t i = 0; i < kDataSets; ++i) {
      const DataSet data(i);
      const ChainTraces traces = data.traces(i);
      exact.push_back(data.exact());
      const LlcEstimate e = estimateOf(data, traces, LlcEstimator::Paired);
      const LlcEstimate f = estimateOf(data, traces, LlcEstimator::Plain);
      paired += std::sqrt(e.sePopulation * e.sePopulation - e.mcse * e.mcse) / kDataSets;
      plain += std::sqrt(f.sePopulation * f.sePopulation - f.mcse * f.mcse) / kDataSets;
      sampleHits += std::abs(e.llc - exact.back()) < 2 * e.standardError;
      narrowHits += std::abs(e.llc - population) < 2 * e.standardError;
      populationHits += std::abs(e.llc - population) < 2 * e.sePopulation;
      plainHits += std::abs(f.llc - population) < 2 * f.sePopulation;
    }
    // For these samples the sampling error is the whole of it: 95 % lie within two, less three binomial
    // errors (4.6 %) and what an error costs that is itself estimated from some 20 effective draws of the
    // slow part.
    QVERIFY2(sampleHits >= 0.87 * kDataSets, qPrintable(QString::number(sampleHits)));
    // For the population it is not, and sePopulation is enough.
    QVERIFY2(narrowHits < 0.85 * kDataSets, qPrintable(QString::number(narrowHits)));
    QVERIFY2(populationHits >= 0.95 * kDataSets, qPrintable(QString::number(populationHits)));
    QVERIFY2(plainHits >= 0.95 * kDataSets, qPrintable(QString::number(plainHits)));
    // The bounds are bounds; pairing's is the tighter one where the noise of targets is what varies.
    const QString message = QString("%1 %2 %3").arg(sdOf(exact)).arg(paired).arg(plain);
    QVERIFY2(sdOf(exact) < paired && paired < 0.5 * plain, qPrintable(message));
    QVERIFY2(paired < 8 * sdOf(exact), qPrintable(message));
  }

  /// Of white noise alone q is its variance, whatever slow walk lies beneath.
  void aSlowWalkDoesNotWidenTheBound() {
    Eigen::ArrayXXd draws(4000, 2);
    RandomStream{streamKey(1, "white")}.normals(0, std::span(draws.data(), std::size_t(draws.size())));
    const double white = pairedDataError(draws, 25, 100);
    // Var q = 3 / N for unit white noise, N pairs; half of that for its root
    QVERIFY2(std::abs(white - 0.5) < 4 * 0.25 * std::sqrt(3.0 / 8000), qPrintable(QString::number(white)));
    for (Eigen::Index t = 0; t < draws.rows(); ++t)
      draws.row(t) += 30 * std::sin(6.28 * double(t) / 4000);
    QVERIFY(std::abs(pairedDataError(draws, 25, 100) / white - 1) < 0.01);
    QVERIFY(std::isnan(pairedDataError(draws.topRows(1), 25, 100)));
  }
};

QTEST_GUILESS_MAIN(TestPopulationError)
#include "tst_population_error.moc"
