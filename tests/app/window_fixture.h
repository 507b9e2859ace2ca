// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "app/window/action_registry.h"
#include "app/window/main_window.h"
#include "app/window/overview.h"
#include "tests/support/synthetic_run.h"

namespace evolute::test {

inline constexpr int kPatienceMs = 60'000; // a busy machine is no failure

/// Numerics of known outcome in no time: lambda-hat = ln(1 + step), features on a circle.
inline app::Numerics quickNumerics() {
  class Features : public app::FeatureSource {
  public:
    std::string probeHash() const override { return "probe"; }
    void addMissingRows(core::TrajectoryPca &pca, const core::Run &run, std::vector<core::SkippedFile> *,
                        const core::Observer &observe) override {
      std::int64_t done = 0;
      for (const auto &entry : run.index.checkpoints) {
        if (!pca.hasStep(entry.step)) {
          const float t = std::log1p(float(entry.step));
          pca.addRow(entry.step, std::vector<float>{std::cos(t), std::sin(t), 0.1f * t});
        }
        if (observe && observe({++done, std::int64_t(run.index.checkpoints.size()), {}}) == core::Flow::Stop)
          return;
      }
    }
  };
  app::Numerics numerics;
  numerics.summarizeModel = [](const core::Run &) {
    core::ModelSummary model;
    model.family = "test";
    model.text = "a model for tests";
    model.parameterCount = 16;
    for (const char *name : {"all", "L0.H0", "L0.H1"})
      model.components.push_back({name, {}, 16});
    model.slices = {"train"};
    return model;
  };
  numerics.computeLlcCurve = [](const core::Run &run, const core::LlcRequest &request,
                                core::ResultStore &store, const core::LlcCurveEvents &events) {
    core::LlcCurveOutcome outcome;
    for (const auto &entry : run.index.checkpoints)
      for (const std::string &component : request.components) {
        if (!request.steps.empty() &&
            std::find(request.steps.begin(), request.steps.end(), entry.step) == request.steps.end())
          continue;
        core::LlcEstimate estimate;
        estimate.step = entry.step;
        estimate.component = component;
        estimate.checkpointHash = "checkpoint" + std::to_string(entry.step);
        estimate.dataHash = "data";
        estimate.settingsHash = request.settings.hash();
        estimate.llc = estimate.llcPaired = std::log1p(double(entry.step));
        estimate.standardError = 0.1;
        estimate.rhat = 1.01;
        estimate.chains.resize(2);
        store.put(estimate, request.settings);
        events.done(estimate, false);
        ++outcome.computed;
      }
    return outcome;
  };
  numerics.forecastEstimateSeconds = [](const core::Run &, const core::LlcRequest &) { return 2.0; };
  numerics.makeFeatures = [](const core::Run &, const core::DeviceOptions &) {
    return std::make_unique<Features>();
  };
  return numerics;
}

/// A run of a few checkpoints and a log, and a window whose files live in a folder of its own.
class WindowFixture {
public:
  WindowFixture() {
    m_run.writeCheckpoints({0, 1, 10, 100, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10000});
    std::string log;
    for (std::int64_t step = 0; step <= 10000; step += 100)
      log += "{\"step\": " + std::to_string(step) + ", \"loss\": " + std::to_string(1.0 / double(1 + step)) +
             ", \"learning_rate\": 0.5}\n";
    m_run.appendLog(log);
    openWindow();
  }

  void openWindow(app::Numerics numerics = quickNumerics()) {
    m_window.reset();
    app::MainWindow::Options options;
    options.configFolder = m_config.path();
    options.numerics = std::move(numerics);
    m_window = std::make_unique<app::MainWindow>(options);
    m_window->setUnattended(true);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
  }
  void closeWindow() { m_window.reset(); }

  bool openRun() {
    QSignalSpy opened(&session(), &app::RunSession::opened);
    session().open(m_run.path());
    return QTest::qWaitFor([&] { return opened.count() == 1 && session().isModelKnown(); }, kPatienceMs);
  }

  app::MainWindow &window() { return *m_window; }
  app::RunSession &session() { return m_window->session(); }
  app::ActionRegistry &actions() { return m_window->actions(); }
  SyntheticRun &run() { return m_run; }
  void trigger(const QString &id) { actions().action(id)->trigger(); }

  template <class T> T *pane(const QString &id) { return static_cast<T *>(m_window->overview().pane(id)); }

private:
  SyntheticRun m_run;
  QTemporaryDir m_config;
  std::unique_ptr<app::MainWindow> m_window;
};

} // namespace evolute::test
