// SPDX-License-Identifier: GPL-3.0-or-later
// Every widget with made-up values, as pictures to look at: widget_gallery [folder] [--dark]
// Not a test. With QT_SCALE_FACTOR=2 it shows how a hi-dpi screen looks.
#include <cmath>
#include <cstdio>

#include <QApplication>
#include <QDir>
#include <QGridLayout>
#include <QStyleFactory>

#include "widgets/figure/export_dialog.h"
#include "widgets/figure/figure_export.h"
#include "widgets/panels/banner.h"
#include "widgets/panels/empty_state.h"
#include "widgets/panels/jobs_strip.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/plots/scree_plot.h"
#include "widgets/plots/timeline_widget.h"
#include "widgets/plots/trajectory_plot.h"

using namespace evolute::widgets;
using namespace Qt::StringLiterals;

namespace {

QPalette darkPalette() {
  QPalette p;
  p.setColor(QPalette::Window, QColor(0x2B, 0x2D, 0x31));
  p.setColor(QPalette::Base, QColor(0x1F, 0x21, 0x24));
  p.setColor(QPalette::AlternateBase, QColor(0x26, 0x28, 0x2C));
  p.setColor(QPalette::Button, QColor(0x36, 0x39, 0x3E));
  p.setColor(QPalette::Mid, QColor(0x55, 0x58, 0x5E));
  p.setColor(QPalette::Dark, QColor(0x18, 0x19, 0x1B));
  for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::ToolTipText})
    p.setColor(role, QColor(0xE4, 0xE6, 0xE9));
  for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
    p.setColor(QPalette::Disabled, role, QColor(0x80, 0x84, 0x8A));
  p.setColor(QPalette::Highlight, QColor(0x3D, 0x7E, 0xD6));
  p.setColor(QPalette::HighlightedText, Qt::white);
  return p;
}

std::vector<std::int64_t> schedule() {
  std::vector<std::int64_t> steps = {0};
  for (std::int64_t s = 1; s < 1000; s *= 2)
    steps.push_back(s);
  for (std::int64_t s = 1000; s <= 50000; s += 1000)
    steps.push_back(s);
  return steps;
}

double development(double t, double shift) {
  const double u = std::log10(1 + t) - shift;
  return 124 / (1 + std::exp(-6 * (u - 2.1))) + 60 / (1 + std::exp(-14 * (u - 3.7))) -
         22 / (1 + std::exp(-22 * (u - 4.3)));
}

std::vector<CurveSeries> lambdaCurves() {
  std::vector<CurveSeries> result;
  int series = 0;
  for (const auto &name : {u"$\\hat\\lambda$ all"_s, u"L0.H3"_s, u"L1.mlp"_s}) {
    CurveSeries s{u"s%1"_s.arg(series), name, {}, {}};
    for (const auto step : schedule()) {
      const double v = development(double(step), 0.15 * series) / (1 + 0.6 * series);
      const double wobble = 3 * std::sin(double(step) * 0.37 + series);
      CurvePoint p{step, v + wobble, 3.5 + 0.02 * v, kNone, kNone, false, {}};
      if (series == 0) {
        p.low = p.value - 9;
        p.high = p.value + 9;
      }
      if (series == 0 && (step == 31000 || step == 42000)) {
        p.suspect = true;
        p.value = step == 31000 ? 236 : 2e5;
        p.note = u"chains disagree (R-hat 1.34 > 1.1)"_s;
      }
      s.points.push_back(p);
    }
    result.push_back(s);
    ++series;
  }
  return result;
}

std::vector<CurveSeries> lossCurve() {
  CurveSeries raw{u"raw"_s, {}, seriesColor(0, 1, false), {}};
  CurveSeries smooth{u"train_loss"_s, u"train_loss"_s, seriesColor(0, 1, false), {}};
  for (int t = 0; t <= 50000; t += 10) {
    const double base = 1.8 + 9 / std::pow(1 + t, 0.33) - 0.7 / (1 + std::exp(-(t - 9000) / 900.0));
    const double noise = 0.12 * std::sin(t * 12.9898) * std::cos(t * 78.233);
    CurvePoint p;
    p.step = t;
    p.value = base + noise;
    raw.points.push_back(p);
    p.value = base;
    smooth.points.push_back(p);
  }
  raw.faint = true;
  return {raw, smooth};
}

std::vector<StageBand> stages() {
  return {{0, 40, u"A1"_s, StageKind::Other},
          {40, 900, u"A2"_s, StageKind::Rising},
          {900, 3000, u"A3"_s, StageKind::Other},
          {3000, 17000, u"A4"_s, StageKind::Rising},
          {17000, 50000, u"B1"_s, StageKind::Falling}};
}

TrajectoryData path() {
  TrajectoryData d;
  d.xLabel = u"PC1 (62.1 %)"_s;
  d.yLabel = u"PC2 (21.4 %)"_s;
  for (const auto step : schedule()) {
    const double u = std::log10(1.0 + double(step)) / std::log10(50001.0);
    d.steps.push_back(step);
    d.x.push_back(-80 * std::cos(M_PI * u) + 6 * std::sin(9 * u));
    d.y.push_back(34 * std::cos(2 * M_PI * u) + 4 * std::cos(7 * u));
  }
  return d;
}

void save(QWidget &widget, const QString &name) {
  widget.show();
  for (int i = 0; i < 20; ++i)
    QApplication::processEvents(QEventLoop::AllEvents, 10);
  const bool ok = widget.grab().save(name);
  std::printf("%s %s\n", ok ? "wrote" : "could not write", qPrintable(name));
}

void saveFigures(const PlotPane &pane, const QString &stem) {
  for (const auto format : {FigureFormat::Pdf, FigureFormat::Svg, FigureFormat::Png})
    writeFigure(pane, FigureSpec(), format, stem + u'.' + suffixOf(format), u"kind = \"<test> & more\""_s);
}

} // namespace

int main(int argc, char **argv) {
  QApplication application(argc, argv);
  QApplication::setStyle(QStyleFactory::create(u"Fusion"_s));
  const QStringList arguments = QApplication::arguments();
  const bool dark = arguments.contains(u"--dark"_s);
  if (dark)
    QApplication::setPalette(darkPalette());
  const QString folder = arguments.value(1, u"gallery"_s);
  QDir().mkpath(folder);
  const auto file = [&](const QString &name) {
    return u"%1/%2%3.png"_s.arg(folder, name, dark ? u"-dark"_s : QString());
  };
  const TimeAxis log(TimeAxisKind::LogOnePlus, schedule());

  QWidget window;
  window.resize(1180, 860);
  auto *grid = new QGridLayout(&window);
  auto *lambda = new CurvePlot;
  lambda->setTitle(u"LLC $\\hat\\lambda$ over training"_s);
  lambda->setValueLabel(u"$\\hat\\lambda$"_s);
  lambda->setTimeAxis(log);
  lambda->setSeries(lambdaCurves());
  lambda->setStages(stages());
  lambda->setCursorStep(8000);
  auto *loss = new CurvePlot;
  loss->setTitle(u"Loss"_s);
  loss->setValueLabel(u"Loss (nats)"_s);
  loss->setTimeAxis(log);
  loss->setSeries(lossCurve());
  loss->setLogValues(true);
  loss->setCursorStep(8000);
  auto *trajectory = new TrajectoryPlot;
  trajectory->setTitle(u"Essential dynamics, PC1 × PC2"_s);
  trajectory->setTimeAxis(log);
  trajectory->setTrajectory(path());
  trajectory->setCursorStep(8000);
  trajectory->setMarks({{0.0, -34.0, u"V1"_s, u"vertex"_s}});
  auto *scree = new ScreePlot;
  scree->setTitle(u"Explained variance"_s);
  scree->setExplained({0.621, 0.214, 0.071, 0.034, 0.018, 0.011, 0.008, 0.005, 0.003, 0.002});
  auto *empty = new CurvePlot;
  empty->setTitle(u"Refined LLC"_s);
  empty->setEmptyText({u"No refined LLC yet"_s,
                       u"It tells which head changes when. About 6 min on this machine."_s,
                       u"Estimate all heads…"_s});
  auto *index = new CurvePlot;
  index->setTitle(u"By checkpoint, as a table"_s);
  index->setTimeAxis(log.withKind(TimeAxisKind::Index));
  index->setValueLabel(u"$\\hat\\lambda$"_s);
  index->setSeries(lambdaCurves());
  auto *timeline = new TimelineWidget;
  std::vector<CheckpointMark> marks;
  int i = 0;
  for (const auto step : schedule()) {
    const auto state = i % 13 == 5  ? CheckpointState::Failed
                       : i < 12     ? CheckpointState::Done
                       : i == 12    ? CheckpointState::Computing
                       : i % 3 == 0 ? CheckpointState::Metrics
                                    : CheckpointState::File;
    marks.push_back({step, state, {}});
    ++i;
  }
  timeline->setCheckpoints(marks);
  timeline->setStages(stages());
  timeline->setCursorStep(8000);
  timeline->setLive(TimelineWidget::Live::Following);
  auto *banner = new Banner;
  banner->showMessage(
      Banner::Kind::Info,
      u"501 checkpoints (safetensors), steps 0–50,000, metrics.jsonl with 14 columns, 3 files skipped"_s,
      u"optimizer.pt: optimiser state, not a model"_s);
  auto *jobs = new JobsStrip;
  jobs->setJobs({{u"a"_s, u"$\\hat\\lambda$ over 107 checkpoints"_s, JobPhase::Running, 0.37, 760,
                  u"37 of 107 · step 8,500 · L0.H3"_s, true},
                 {u"b"_s, u"Essential dynamics"_s, JobPhase::Queued, 0, kNone, {}, true}});
  jobs->setDeviceText(u"CPU · 2 threads"_s);
  grid->addWidget(banner, 0, 0, 1, 2);
  grid->addWidget(lambda, 1, 0);
  grid->addWidget(loss, 1, 1);
  grid->addWidget(trajectory, 2, 0);
  grid->addWidget(scree, 2, 1);
  grid->addWidget(empty, 3, 0);
  grid->addWidget(index, 3, 1);
  grid->addWidget(timeline, 4, 0, 1, 2);
  grid->addWidget(jobs, 5, 0, 1, 2);
  save(window, file(u"window"_s));
  index->setTableShown(true);
  jobs->setExpanded(true);
  save(window, file(u"table"_s));

  EmptyState start;
  start.resize(900, 640);
  start.setRecentRuns({{u"/data/runs/icl-seed1"_s, u"icl-seed1"_s, u"501 checkpoints · yesterday"_s, false},
                       {u"/data/runs/pythia-14m"_s, u"pythia-14m"_s, u"154 checkpoints"_s, false},
                       {u"/mnt/old/dln"_s, u"dln"_s, {}, true}});
  save(start, file(u"empty"_s));
  ExportDialog dialog(*lambda, u"kind = \"curve\""_s);
  save(dialog, file(u"export"_s));
  saveFigures(*lambda, folder + u"/figure-llc"_s);
  saveFigures(*loss, folder + u"/figure-loss"_s);
  saveFigures(*trajectory, folder + u"/figure-path"_s);
  saveFigures(*scree, folder + u"/figure-scree"_s);
  return 0;
}
