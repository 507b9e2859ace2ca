// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <cmath>

#include "core/llc/exact_learning_coefficient.h"
#include "core/torch/curvature.h"

using namespace evolute::core;

namespace {

/// sum_i h_i w_i^2 / 2 + 3 sum_i w_i, the same for each of 100 samples.
class Bowl : public Objective {
public:
  explicit Bowl(const std::vector<double> &h) : m_h(torch::tensor(h, torch::kFloat64)) {}
  std::int64_t sampleCount() const override { return 100; }
  std::int64_t activationsPerSample() const override { return 8; }
  torch::Tensor losses(const Weights &w, const torch::Tensor &indices) const override {
    const torch::Tensor x = w[0].dim() == 1 ? w[0].unsqueeze(0) : w[0];
    return (0.5 * (x.square() * m_h).sum(1) + 3 * x.sum(1)).unsqueeze(1).expand({x.size(0), indices.size(1)});
  }
  torch::Tensor m_h;
};

CurvatureSettings exactly() {
  CurvatureSettings s;
  s.tolerance = 1e-6;
  s.maxIterations = 500;
  s.traceProbes = 8;
  return s;
}

Curvature ofBowl(const std::vector<double> &h, const Component &component, const Observer &observe = {}) {
  const Bowl bowl(h);
  const auto count = std::int64_t(h.size());
  return curvatureAt(bowl, {torch::full({count}, 0.7, torch::kFloat64)}, {{"w", {count}}}, component,
                     exactly(), 1, observe);
}

bool near(double a, double b, double relative) {
  return std::abs(a - b) <= relative * std::abs(b);
}

} // namespace

class TestCurvature : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void aBowlsCurvaturesAreFound() {
    const Curvature c = ofBowl({0.1, 7, 2, 0}, {"all", {{"w", -1, 0, 0}}, 4});
    QVERIFY(c.converged && c.iterations < 100);
    QVERIFY2(near(c.largest, 7, 1e-7), qPrintable(QString::number(c.largest, 'g', 12)));
    QVERIFY2(c.residual < 1e-3, qPrintable(QString::number(c.residual)));
    // of a diagonal Hessian every probe of random signs gives the trace itself
    QVERIFY2(near(c.trace, 9.1, 1e-7) && c.traceError < 1e-6, qPrintable(QString::number(c.trace, 'g', 12)));
  }

  void aComponentHasItsOwn() {
    const Curvature c = ofBowl({9, 1, 4, 2}, {"part", {{"w", 0, 1, 3}}, 2});
    QVERIFY(near(c.largest, 4, 1e-7));
    QVERIFY(near(c.trace, 5, 1e-7));
  }

  void aSteeperFallDoesNotHideTheRise() {
    const Curvature c = ofBowl({-10, 3, 1}, {"all", {{"w", -1, 0, 0}}, 3});
    QVERIFY2(near(c.largest, 3, 1e-6), qPrintable(QString::number(c.largest, 'g', 12)));
  }

  void aPairOfSignsIsToldApart() {
    const Curvature c = ofBowl({-6, 6, 1}, {"all", {{"w", -1, 0, 0}}, 3});
    QVERIFY2(near(c.largest, 6, 1e-6) && c.residual < 1e-2, qPrintable(QString::number(c.largest, 'g', 12)));
  }

  /// One layer on data: the Hessian of mean |W x - y|^2 is 2 X'X / n for each output.
  void aLinearNetworkOnDataHasItsInputsCovariance() {
    const Architecture architecture = LinearNetworkConfig{{5, 3}};
    const auto model = makeModel(architecture);
    const auto parameters = parametersOf(architecture);
    torch::manual_seed(1);
    const torch::Tensor x = torch::randn({200, 5}, torch::kFloat64),
                        y = torch::randn({200, 3}, torch::kFloat64);
    const DataObjective objective(*model, x, y);
    const Weights start = {torch::randn({3, 5}, torch::kFloat64)};
    // The loss may be a sum or a mean over outputs: its scale is read off one sample.
    const torch::Tensor one = objective.losses(start, torch::zeros({1, 1}, torch::kInt64));
    const double scale =
        one.item<double>() / (torch::mv(start[0], x[0]) - y[0]).square().sum().item<double>();
    CurvatureSettings settings = exactly();
    settings.traceProbes = 64;
    for (const std::int64_t samples : {200, 70}) {
      settings.sampleCount = samples;
      const Component all = componentsOf(architecture).front();
      const Curvature c = curvatureAt(objective, start, parameters, all, settings, 2);
      const torch::Tensor part = x.narrow(0, 0, samples);
      const torch::Tensor h = 2 * scale * torch::mm(part.t(), part) / double(samples);
      const double largest = std::get<1>(torch::svd(h)).max().item<double>();
      QVERIFY2(near(c.largest, largest, 1e-6), qPrintable(QString("%1 %2").arg(c.largest).arg(largest)));
      const double trace = 3 * h.trace().item<double>();
      QVERIFY2(std::abs(c.trace - trace) < 4 * c.traceError,
               qPrintable(QString("%1 %2").arg(c.trace).arg(trace)));
    }
  }

  /// Attention can be differentiated only once; the residual says that what was found is an eigenvalue all
  /// the same.
  void theRegressionTransformerConverges() {
    IclTransformerConfig config;
    config.taskDimension = 2;
    config.contextPairs = 4;
    config.width = 16;
    config.heads = 2;
    const Architecture architecture = config;
    const auto model = makeModel(architecture);
    const Dataset data = makeDataset(architecture, {}, "llc", 0, 64);
    const DataObjective objective(*model, data.inputs.to(torch::kFloat64), data.targets.to(torch::kFloat64));
    Weights start = model->initialWeights(3);
    for (torch::Tensor &w : start)
      w = w.to(torch::kFloat64);
    const Component all = componentsOf(architecture).front();
    CurvatureSettings settings;
    settings.tolerance = 1e-4;
    settings.maxIterations = 300;
    settings.traceProbes = 0;
    const Curvature c = curvatureAt(objective, start, parametersOf(architecture), all, settings, 2);
    const QString message =
        QString("%1 after %2, residual %3").arg(c.largest).arg(c.iterations).arg(c.residual);
    QVERIFY2(c.converged && c.largest > 0, qPrintable(message));
    QVERIFY2(c.residual < 0.1, qPrintable(message));
  }

  void stoppingGivesWhatThereIs() {
    int calls = 0;
    const Curvature c = ofBowl({5, 4.9, 1}, {"all", {{"w", -1, 0, 0}}, 3},
                               [&](const Progress &) { return ++calls == 3 ? Flow::Stop : Flow::Continue; });
    QCOMPARE(c.iterations, 3);
    QVERIFY(!c.converged && c.largest > 0 && std::isnan(c.trace));
  }

  /// What the header derives: no direction is biased by more than 5.3 %, and the steepest one by just that.
  void theFirstStepKeepsTheClosedFormsBiasLow() {
    const double nBeta = 30, gamma = 10;
    for (const double h : {0.01, 1.0, 300.0}) {
      const double eps = firstStepSize(h, nBeta, gamma);
      const auto bias = [&](double curvature) {
        return quadraticBowl({curvature}, nBeta, gamma, eps) / quadraticBowl({curvature}, nBeta, gamma, 0) -
               1;
      };
      QVERIFY(near(bias(h), 0.05 / 0.95, 1e-9));
      QVERIFY(bias(h / 10) < bias(h));
    }
    QVERIFY(std::isnan(firstStepSize(-1, nBeta, gamma)));
  }
};

QTEST_GUILESS_MAIN(TestCurvature)
#include "tst_curvature.moc"
