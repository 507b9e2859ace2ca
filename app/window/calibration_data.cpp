// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/calibration_data.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include <QCoreApplication>
#include <QLocale>

#include "app/window/plain_text.h"
#include "widgets/plots/plot_style.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

struct CalibrationData {
  Q_DECLARE_TR_FUNCTIONS(evolute::app::CalibrationData)
};

constexpr int kFullStretches = 2000; // of a full-size trace: more than a pane has pixels

QString number(double value, int digits = 3) {
  return std::isfinite(value) ? widgets::formatNumber(value, digits) : u"–"_s;
}

QString stepText(std::int64_t step) {
  return CalibrationData::tr("step %1").arg(groupedText(step));
}

/// "λ̂ 172.4 ± 2.3"; the plots' own writing keeps a true minus.
QString valueMarkup(const core::LlcEstimate &e) {
  return u"$\\hat\\lambda$ "_s +
         (std::isfinite(e.llc) ? withErrorText(e.llc, e.standardError) : CalibrationData::tr("none"));
}

QString reasonOf(const core::LlcEstimate &e) {
  return QString::fromStdString(e.message.empty() ? e.verdict.reason : e.message);
}

widgets::TraceRow rowOf(std::int64_t step, const CalibrationCellReport *report) {
  widgets::TraceRow row;
  row.label = groupedText(step);
  if (!report) {
    row.word = CalibrationData::tr("waits");
    return row;
  }
  const core::LlcEstimate &e = report->cell.estimate;
  for (const core::TraceEnvelope &chain : report->chains)
    row.chains.push_back({chain.low, chain.high});
  row.value = valueMarkup(e);
  const VerdictChip chip = chipOf(e.verdict.code);
  row.kind = chip.kind;
  row.word = chip.word;
  row.note = e.verdict.healthy() ? CalibrationData::tr("no rule objects. %1").arg(reasonOf(e)).trimmed() : reasonOf(e);
  return row;
}

const std::vector<double> &axisOf(const core::CalibrationPlan &plan, int axis) {
  return axis == 0 ? plan.stepSizes : axis == 1 ? plan.localizations : plan.inverseTemperatures;
}

QString csv(double value) {
  return std::isfinite(value) ? QString::number(value, 'g', QLocale::FloatingPointShortest) : QString();
}

} // namespace

CalibrationState CalibrationState::begin(const core::CalibrationPlan &plan, const core::LlcSettings &base) {
  CalibrationState state;
  state.plan = plan;
  state.base = base;
  for (std::size_t j = 0; j < plan.localizations.size(); ++j)
    for (std::size_t k = 0; k < plan.inverseTemperatures.size(); ++k)
      for (std::size_t i = 0; i < plan.stepSizes.size(); ++i)
        state.order.push_back({i, j, k});
  return state;
}

const CalibrationCellReport *CalibrationState::cell(const CalibrationPlace &place, std::size_t step) const {
  const auto found = cells.find({place, step});
  return found == cells.end() ? nullptr : &found->second;
}

std::vector<core::CalibrationCell> CalibrationState::list() const {
  std::vector<core::CalibrationCell> all;
  for (const auto &[key, report] : cells)
    all.push_back(report.cell);
  return all;
}

void CalibrationState::take(const CalibrationCellReport &report) {
  const CalibrationPlace place = report.cell.place();
  const auto begun = [&](const CalibrationPlace &p) {
    for (std::size_t step = 0; step < plan.steps.size(); ++step)
      if (cell(p, step))
        return true;
    return false;
  };
  if (!begun(place)) {
    const auto at = std::find(order.begin(), order.end(), place);
    const auto to = std::find_if(order.begin(), order.end(), [&](const auto &p) { return !begun(p); });
    if (at != order.end() && to < at)
      std::rotate(to, at, at + 1);
  }
  CalibrationCellReport &kept = cells[{place, report.cell.step}];
  auto chains = std::move(kept.chains);
  kept = report;
  if (kept.chains.empty()) // told again for its verdict alone
    kept.chains = std::move(chains);
}

void CalibrationState::rank() {
  const std::vector<core::CalibrationChoice> choices = core::rankChoices(plan, list());
  const auto rankOf = [&](const CalibrationPlace &place) {
    const auto choice =
        std::find_if(choices.begin(), choices.end(), [&](const auto &c) { return c.place == place; });
    std::ptrdiff_t healthy = 0;
    for (std::size_t step = 0; step < plan.steps.size(); ++step)
      if (const CalibrationCellReport *report = cell(place, step))
        healthy += report->cell.estimate.verdict.healthy() ? 2 : 1;
    return std::tuple(recommended != place, choice == choices.end(), choice - choices.begin(), -healthy);
  };
  std::stable_sort(order.begin(), order.end(), [&](const CalibrationPlace &a, const CalibrationPlace &b) {
    return rankOf(a) < rankOf(b);
  });
}

VerdictChip chipOf(const std::string &code) {
  using widgets::ChipKind;
  const auto tr = [](const char *text) { return CalibrationData::tr(text); };
  static const std::map<std::string, std::pair<ChipKind, const char *>> kChips{
      {"ok", {ChipKind::Good, QT_TRANSLATE_NOOP("evolute::app::CalibrationData", "ok")}},
      {"diverged", {ChipKind::Bad, QT_TRANSLATE_NOOP("evolute::app::CalibrationData", "diverged")}},
      {"below-start",
       {ChipKind::Bad, QT_TRANSLATE_NOOP("evolute::app::CalibrationData", "falls below L(w*)")}},
      {"start-spike", {ChipKind::Advice, QT_TRANSLATE_NOOP("evolute::app::CalibrationData", "start spike")}},
      {"step-too-big", {ChipKind::Bad, QT_TRANSLATE_NOOP("evolute::app::CalibrationData", "step too big")}},
      {"not-exploring",
       {ChipKind::Advice, QT_TRANSLATE_NOOP("evolute::app::CalibrationData", "not exploring")}},
      {"not-settled", {ChipKind::Advice, QT_TRANSLATE_NOOP("evolute::app::CalibrationData", "not settled")}},
      {"slow-mixing", {ChipKind::Advice, QT_TRANSLATE_NOOP("evolute::app::CalibrationData", "slow mixing")}},
      {"chains-disagree",
       {ChipKind::Advice, QT_TRANSLATE_NOOP("evolute::app::CalibrationData", "chains disagree")}},
      {"too-few-draws",
       {ChipKind::Advice, QT_TRANSLATE_NOOP("evolute::app::CalibrationData", "too few draws")}},
      {"step-size-bias",
       {ChipKind::Advice, QT_TRANSLATE_NOOP("evolute::app::CalibrationData", "step-size bias")}}};
  const auto found = kChips.find(code);
  return found == kChips.end() ? VerdictChip{ChipKind::Advice, QString::fromStdString(code)}
                               : VerdictChip{found->second.first, tr(found->second.second)};
}

QString settingText(double value) {
  if (value >= 1e-2 && value < 1e5)
    return QString::number(value, 'g', 3);
  // as people type it: 3e-4, not 0.0003 and not 3e-04
  const int exponent = int(std::floor(std::log10(value) + 1e-9));
  return u"%1e%2"_s.arg(QString::number(value / std::pow(10.0, exponent), 'g', 3)).arg(exponent);
}

QString settingsMarkup(const core::CalibrationPlan &plan, const CalibrationPlace &place) {
  return u"ε %1 · γ %2 · nβ %3"_s.arg(settingText(plan.stepSizes[place[0]]),
                                      settingText(plan.localizations[place[1]]),
                                      settingText(plan.inverseTemperatures[place[2]]));
}

std::vector<widgets::TracePanel> tracePanels(const CalibrationState &state) {
  std::vector<widgets::TracePanel> panels;
  for (const CalibrationPlace &place : state.order) {
    widgets::TracePanel panel;
    panel.title = settingsMarkup(state.plan, place);
    panel.column = int(place[0]);
    panel.row = int(place[1] * state.plan.inverseTemperatures.size() + place[2]);
    panel.marked = state.recommended == place;
    for (std::size_t step = 0; step < state.plan.steps.size(); ++step)
      panel.rows.push_back(rowOf(state.plan.steps[step], state.cell(place, step)));
    panels.push_back(std::move(panel));
  }
  return panels;
}

widgets::PlotTable cellTable(const CalibrationState &state) {
  struct Kept {
    core::CalibrationPlan plan;
    std::vector<core::CalibrationCell> cells;
    std::optional<CalibrationPlace> recommended;
  };
  const auto kept = std::make_shared<const Kept>(Kept{state.plan, state.list(), state.recommended});
  using E = core::LlcEstimate;
  struct Column {
    const char *name;
    double (*read)(const E &);
  };
  static constexpr Column kNumbers[] = {
      {"llc", [](const E &e) { return e.llc; }},
      {"se", [](const E &e) { return e.standardError; }},
      {"sd", [](const E &e) { return e.sdOverChains; }},
      {"rhat", [](const E &e) { return e.rhat; }},
      {"ess", [](const E &e) { return e.essBulk; }},
      {"ess_tail", [](const E &e) { return e.essTail; }},
      {"acceptance", [](const E &e) { return e.acceptance; }},
      {"share_below", [](const E &e) { return e.shareBelow; }},
      {"init_loss", [](const E &e) { return e.initialLoss; }},
      {"half_step_difference", [](const E &e) { return e.halfStepDifference; }},
      {"seconds", [](const E &e) { return e.seconds; }}};
  constexpr int kFirst = 4, kCount = int(std::size(kNumbers));
  widgets::PlotTable table;
  table.header = {u"epsilon"_s, u"gamma"_s, u"nbeta"_s, u"step"_s};
  for (const Column &column : kNumbers)
    table.header << QString::fromLatin1(column.name);
  table.header << u"verdict"_s << u"reason"_s << u"recommended"_s;
  table.rows = int(kept->cells.size());
  table.cell = [kept](int row, int column) -> QString {
    const core::CalibrationCell &cell = kept->cells[std::size_t(row)];
    switch (column) {
    case 0:
      return csv(kept->plan.stepSizes[cell.stepSize]);
    case 1:
      return csv(kept->plan.localizations[cell.localization]);
    case 2:
      return csv(kept->plan.inverseTemperatures[cell.inverseTemperature]);
    case 3:
      return QString::number(cell.estimate.step);
    case kFirst + kCount:
      return QString::fromStdString(cell.estimate.verdict.code);
    case kFirst + kCount + 1:
      return reasonOf(cell.estimate);
    case kFirst + kCount + 2:
      return kept->recommended == cell.place() ? u"yes"_s : u"no"_s;
    default:
      return csv(kNumbers[column - kFirst].read(cell.estimate));
    }
  };
  return table;
}

widgets::LineData chainLines(const core::LlcEstimate &estimate) {
  widgets::LineData data;
  data.xLabel = CalibrationData::tr("Draw");
  data.valueLabel = u"$n\\beta (L_m(w) - L_m(w^*))$"_s;
  data.header = {CalibrationData::tr("draw"), CalibrationData::tr("nbeta_excess")};
  data.valueMark = 0.0;
  const auto chains = core::excessEnvelopes(estimate, kFullStretches);
  const double draws = double(estimate.excess.rows());
  for (std::size_t c = 0; c < chains.size(); ++c) {
    widgets::LineSeries series;
    series.label = CalibrationData::tr("chain %1").arg(c + 1);
    const double stretch = draws / double(chains[c].low.size());
    for (std::size_t i = 0; i < chains[c].low.size(); ++i) {
      const double draw = 1 + std::floor(stretch * double(i));
      series.points.push_back({.x = draw, .value = chains[c].low[i], .note = {}});
      if (chains[c].high[i] > chains[c].low[i])
        series.points.push_back({.x = draw, .value = chains[c].high[i], .note = {}});
    }
    data.series.push_back(std::move(series));
  }
  return data;
}

widgets::LineData runningLines(const core::LlcEstimate &estimate, core::LlcEstimator headline) {
  widgets::LineData data;
  data.xLabel = CalibrationData::tr("Draw");
  data.valueLabel = u"$\\hat\\lambda$ so far"_s;
  data.header = {CalibrationData::tr("draw"), CalibrationData::tr("running_llc")};
  const core::RunningLlc running = core::runningLlc(estimate, headline);
  widgets::LineSeries series;
  const std::size_t stride = 1 + running.mean.size() / kFullStretches;
  for (std::size_t i = 0; i < running.mean.size(); i += stride)
    series.points.push_back({.x = double(i + 1),
                             .value = running.mean[i],
                             .low = running.mean[i] - running.spread[i],
                             .high = running.mean[i] + running.spread[i],
                             .note = {}});
  if (!series.points.empty())
    data.series.push_back(std::move(series));
  if (std::isfinite(estimate.llc))
    data.valueMark = estimate.llc;
  return data;
}

widgets::LineData sweepLines(const CalibrationState &state, const CalibrationPlace &place, int axis) {
  static const QString labels[] = {u"Step size $\\epsilon$"_s, u"Localization $\\gamma$"_s,
                                   u"Inverse temperature $n\\beta$"_s};
  static const QString names[] = {u"epsilon"_s, u"gamma"_s, u"nbeta"_s};
  widgets::LineData data;
  data.xLabel = labels[axis];
  data.valueLabel = u"$\\hat\\lambda$ ± standard error"_s;
  data.header = {names[axis], u"llc"_s};
  data.logX = true;
  const std::vector<double> &values = axisOf(state.plan, axis);
  data.xMark = values[place[std::size_t(axis)]];
  for (const double value : values)
    data.xTicks.emplace_back(value, settingText(value));
  for (std::size_t step = 0; step < state.plan.steps.size(); ++step) {
    widgets::LineSeries series;
    series.label = stepText(state.plan.steps[step]);
    series.dots = true;
    for (std::size_t i = 0; i < values.size(); ++i) {
      CalibrationPlace at = place;
      at[std::size_t(axis)] = i;
      const CalibrationCellReport *report = state.cell(at, step);
      if (!report)
        continue;
      const core::LlcEstimate &e = report->cell.estimate;
      widgets::LinePoint point;
      point.x = values[i];
      point.value = e.llc;
      point.error = e.standardError;
      point.suspect = !e.verdict.healthy();
      if (point.suspect)
        point.note = chipOf(e.verdict.code).word + u": "_s + reasonOf(e);
      series.points.push_back(point);
    }
    if (!series.points.empty())
      data.series.push_back(std::move(series));
  }
  return data;
}

QString evidenceText(const core::LlcEstimate &e) {
  QString rows;
  const auto row = [&](const QString &name, const QString &value) {
    rows += u"<tr><td style=\"padding-right:8px\">%1</td><td>%2</td></tr>"_s.arg(name.toHtmlEscaped(), value);
  };
  const auto mean = [&](double core::ChainEvidence::*field) {
    double sum = 0;
    int count = 0;
    for (const core::ChainEvidence &chain : e.chains)
      if (std::isfinite(chain.*field)) {
        sum += chain.*field;
        ++count;
      }
    return count > 0 ? sum / count : std::nan("");
  };
  row(CalibrationData::tr("LLC ± se"), withErrorText(e.llc, e.standardError));
  row(CalibrationData::tr("sd of chains"), number(e.sdOverChains));
  row(CalibrationData::tr("R̂"), number(e.rhat, 4));
  row(CalibrationData::tr("ESS bulk · tail"), u"%1 · %2"_s.arg(number(e.essBulk), number(e.essTail)));
  row(CalibrationData::tr("MALA acceptance"), number(e.acceptance));
  row(CalibrationData::tr("Below L(w*)"),
      std::isfinite(e.shareBelow) ? u"%1 %"_s.arg(number(100 * e.shareBelow, 2)) : u"–"_s);
  row(CalibrationData::tr("Grad : pull : noise"),
      u"%1\u00a0:\u00a0%2\u00a0:\u00a0%3"_s.arg(number(mean(&core::ChainEvidence::gradientNorm), 2),
                                                number(mean(&core::ChainEvidence::pullNorm), 2),
                                                number(mean(&core::ChainEvidence::noiseNorm), 2)));
  row(CalibrationData::tr("Distance from w*"), number(mean(&core::ChainEvidence::distance)));
  if (std::isfinite(e.halfStepDifference))
    row(CalibrationData::tr("Half the step moves by"),
        withErrorText(e.halfStepDifference, e.halfStepDifferenceError));
  row(CalibrationData::tr("Took"), durationText(e.seconds).toHtmlEscaped());
  QString text = u"<table cellspacing=\"0\" cellpadding=\"1\">"_s + rows + u"</table>"_s;
  if (!e.verdict.healthy())
    text += u"<p><b>%1</b>: %2</p>"_s.arg(chipOf(e.verdict.code).word.toHtmlEscaped(),
                                          reasonOf(e).toHtmlEscaped());
  return text;
}

QString comparabilityText(const core::LlcSettings &settings, const std::string &slice, bool onPlateau) {
  const QString nBeta = widgets::formatNumber(settings.effectiveInverseTemperature(), 4);
  const QString gamma = widgets::formatNumber(settings.localization, 3);
  const QString data = QString::fromStdString(slice);
  return onPlateau
             ? CalibrationData::tr("Compare LLC of these settings with any other at nβ = %1 on “%2” from the "
                                   "same plateau; step size and localization need not be the same there.")
                   .arg(nBeta, data)
             : CalibrationData::tr(
                   "Compare LLC of these settings only with others at the same nβ = %1, γ = %2 "
                   "and ε on “%3”: off a plateau its level belongs to the settings.")
                   .arg(nBeta, gamma, data);
}

} // namespace evolute::app
