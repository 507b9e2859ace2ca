// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/figure_command.h"

#include <exception>

#include <QCoreApplication>

#include "app/session/ed_view.h"
#include "app/session/trajectory_shape.h"
#include "app/window/ed_data.h"
#include "app/window/pane_data.h"
#include "app/window/stage_data.h"
#include "app/window/validation_figure.h"
#include "core/checkpoint/metrics_log.h"
#include "core/error.h"
#include "core/model/run_model.h"
#include "core/results/result_store.h"
#include "core/results/validation_table.h"
#include "core/stages/stage_proposal.h"
#include "core/trajectory/essential_dynamics.h"
#include "widgets/figure/figure_export.h"
#include "widgets/figure/figure_note.h"
#include "widgets/figure/figure_page.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/plots/line_plot.h"
#include "widgets/plots/scree_plot.h"
#include "widgets/plots/stacked_plot.h"
#include "widgets/plots/trajectory_plot.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

QString tr(const char *text) {
  return QCoreApplication::translate("FigureCommand", text);
}

/// The panes of a run, filled with what is stored or quick to compute.
class Panes {
public:
  explicit Panes(const core::Run &run) : m_run(run) {
    for (const core::CheckpointEntry &entry : run.index.checkpoints)
      m_steps.push_back(entry.step);
    m_loss.setTitle(tr("Loss"));
    m_loss.setValueLabel(tr("Loss"));
    m_llc.setTitle(u"$\\hat\\lambda$"_s);
    m_llc.setValueLabel(u"$\\hat\\lambda$"_s);
    m_ed.setTitle(tr("Essential dynamics"));
    m_scree.setTitle(tr("Explained variance"));
    const widgets::TimeAxis axis(widgets::TimeAxisKind::LogOnePlus, m_steps);
    m_loss.setTimeAxis(axis);
    m_llc.setTimeAxis(axis);
    m_ed.setTimeAxis(axis);
    m_development.setTimeAxis(axis);
    m_reading.setTimeAxis(axis);
    m_development.setTitle(tr("Development"));
    m_reading.setTitle(tr("Stages"));
    const core::ResultStore store(run.index.root, core::ResultStore::Access::ReadOnly);
    if (const auto kept = store.findStageSet("stages")) {
      const std::vector<widgets::StageBand> bands = stageBands(*kept);
      m_loss.setStages(bands);
      m_llc.setStages(bands);
      m_ed.setStages(bands);
      m_ed.setColoredByStage(true);
      m_development.setStages(bands);
      m_reading.setStages(bands);
    }
  }

  /// Each gives an empty text, or why there is nothing to draw.
  QString fillLoss() {
    const auto file = core::findMetricsFile(m_run.index.root);
    if (!file)
      return tr("the run has no metrics.jsonl or metrics.csv");
    core::MetricsLog log(*file, core::textOr(m_run.description.log, "step", "step"));
    log.refresh();
    MetricsSnapshot snapshot;
    for (const auto &[column, series] : log.series())
      if (isLossColumn(column))
        snapshot.series[column] = series;
    if (snapshot.series.empty())
      snapshot.series = log.series(); // then whatever there is
    if (snapshot.series.empty())
      return tr("the log holds no values yet");
    m_loss.setSeries(metricCurves(snapshot));
    return {};
  }

  QString fillLlc() {
    const core::ResultStore store(m_run.index.root, core::ResultStore::Access::ReadOnly);
    const std::vector<core::LlcEstimate> estimates = store.estimates();
    const std::vector<EstimateSet> sets = estimateSets(estimates);
    if (sets.empty())
      return tr("the run has no stored estimates; \"evolute-cli llc\" makes them");
    m_llc.setSeries(llcCurves(sets.front(), headShapeOf(core::summarizeModel(m_run).components)));
    m_curve = llcCurve(sets.front(), sets.front().members.front()->component);
    for (const core::LlcEstimate *estimate : sets.front().members)
      if (estimate->component == "all")
        m_curve = llcCurve(sets.front(), "all");
    return {};
  }

  /// The loss above λ̂ over one time axis; what there is of the two.
  QString fillDevelopment() {
    std::vector<widgets::StackedPanel> panels;
    const QString noLoss = fillLoss();
    if (noLoss.isEmpty())
      panels.push_back({tr("Loss"), m_loss.series()});
    const QString noLlc = fillLlc();
    if (noLlc.isEmpty())
      panels.push_back({u"$\\hat\\lambda$"_s, m_llc.series()});
    if (panels.size() < 2)
      return noLoss.isEmpty() ? noLlc : noLoss;
    m_development.setPanels(std::move(panels));
    return {};
  }

  /// λ̂ with its smooth law above its slope, and the evidence for edges. Without estimates there is none.
  QString fillReading() {
    if (const QString problem = fillLlc(); !problem.isEmpty())
      return problem;
    const core::StageProposal proposal = core::proposeStages({m_curve, {}, {}});
    m_reading.setPanels(readingPanels(proposal, u"$\\hat\\lambda$"_s));
    m_reading.setEvidence(evidenceRows(proposal), proposedEdges(proposal));
    return {};
  }

  QString fillTrajectory() {
    core::FeatureExtractor extractor(m_run);
    core::TrajectoryPca pca;
    core::addMissingRows(pca, m_run, extractor);
    const core::Trajectory trajectory = pca.compute();
    if (trajectoryPlane(trajectory, 0, 1).steps.empty())
      return tr("a trajectory needs two readable checkpoints");
    // As the window shows it at first: smoothed, with what was found on it, and saying so.
    const EdView view;
    core::GeometrySettings settings = view.geometry(trajectory.steps.size());
    settings.walks = TrajectoryShape::kWalks;
    const core::TrajectoryGeometry geometry = core::computeGeometry(trajectory, settings);
    m_ed.setOverlays(edOverlays(trajectory, geometry, view));
    m_ed.setMarks(edMarks(geometry, view));
    m_ed.setTrajectory(trajectoryPlane(geometry.path, view.first, view.second));
    m_scree.setExplained(explainedShares(trajectory));
    return {};
  }

  widgets::CurvePlot m_loss, m_llc;
  widgets::TrajectoryPlot m_ed;
  widgets::ScreePlot m_scree;
  widgets::StackedPlot m_development{2, false}, m_reading{2, true};

private:
  const core::Run &m_run;
  std::vector<std::int64_t> m_steps;
  core::Curve m_curve; // λ̂, of the whole model where there is one
};

QString draw(const QString &runFolder, const QString &kind, const QString &out) {
  const auto format = widgets::formatFromFileName(out);
  if (!format)
    return tr("%1: expected a file ending in .pdf, .svg, .png or .csv.").arg(out);
  if (kind == u"validation"_s) {
    widgets::LinePlot plot;
    plot.setTitle(tr("$\\hat\\lambda$ against $\\lambda$"));
    plot.setData(validationLines(core::readValidationTable(runFolder.toStdString())));
    widgets::FigureSpec square;
    square.heightMm = square.widthMm; // the diagonal is one
    return widgets::writeFigure(plot, square, *format, out);
  }
  const core::Run run = core::openRun(runFolder.toStdString());
  Panes panes(run);
  QString problem;
  std::vector<const widgets::FigureSource *> sources;
  const widgets::FigureNote noLoss(tr("Loss"), tr("no log of the loss")),
      noLlc(u"$\\hat\\lambda$"_s, tr("no $\\hat\\lambda$ yet"));
  if (kind == u"overview"_s) {
    // A page shows what there is: a run without estimates still has a loss and a trajectory.
    const bool hasLoss = panes.fillLoss().isEmpty();
    const bool hasTrajectory = panes.fillTrajectory().isEmpty();
    const bool hasLlc = panes.fillLlc().isEmpty();
    if (hasLoss)
      sources.push_back(&panes.m_loss);
    else if (hasTrajectory && hasLlc) // three would leave a hole
      sources.push_back(&noLoss);
    if (hasTrajectory)
      sources.push_back(&panes.m_ed);
    if (hasLlc)
      sources.push_back(&panes.m_llc);
    else if (hasTrajectory && hasLoss)
      sources.push_back(&noLlc);
    if (hasTrajectory)
      sources.push_back(&panes.m_scree);
    if (sources.empty())
      problem = tr("the run has neither a log, nor estimates, nor two readable checkpoints");
  } else if (kind == u"loss"_s) {
    problem = panes.fillLoss();
    sources = {&panes.m_loss};
  } else if (kind == u"llc"_s) {
    problem = panes.fillLlc();
    sources = {&panes.m_llc};
  } else if (kind == u"development"_s) {
    problem = panes.fillDevelopment();
    sources = {&panes.m_development};
  } else if (kind == u"stages"_s) {
    problem = panes.fillReading();
    sources = {&panes.m_reading};
  } else {
    problem = panes.fillTrajectory();
    sources = {kind == u"ed"_s ? static_cast<const widgets::FigureSource *>(&panes.m_ed) : &panes.m_scree};
  }
  if (!problem.isEmpty())
    return tr("%1: no figure \"%2\": %3.").arg(runFolder, kind, problem);
  widgets::FigureSpec spec;
  if (kind == u"development"_s || kind == u"stages"_s)
    spec.heightMm = spec.widthMm; // panels one above the other
  if (sources.size() == 1)
    return widgets::writeFigure(*sources.front(), spec, *format, out);
  const widgets::FigurePage page(QString::fromStdString(run.description.name), sources, 2);
  spec.widthMm = 139.7; // 5.5 in: the text width of a one-column paper
  spec.heightMm = 0.62 * spec.widthMm;
  spec.fontPt = 7;
  return widgets::writeFigure(page, spec, *format, out);
}

} // namespace

QString drawFigure(const QString &runFolder, const QString &kind, const QString &out) {
  try {
    return draw(runFolder, kind, out);
  } catch (const core::Error &error) {
    return QString::fromUtf8(error.what());
  } catch (
      const std::exception &error) { // of the standard library: a file system's refusal, too little memory
    return tr("%1: no figure \"%2\": %3.").arg(runFolder, kind, QString::fromUtf8(error.what()));
  }
}

} // namespace evolute::app
