// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/family_report.h"

#include <cmath>
#include <limits>

#include "app/cli/number_text.h"
#include "app/cli/text_table.h"
#include "core/error.h"
#include "core/results/result_tables.h"

namespace evolute::app::cli {

namespace {

using nlohmann::json;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

const core::FamilyEstimate *lastEstimate(const core::FamilyEstimates &estimates, std::size_t member) {
  const auto &own = estimates.members[member];
  return own.empty() ? nullptr : &own.back();
}

const core::FamilyEstimate *estimateAt(const core::FamilyEstimates &estimates, std::size_t member, std::int64_t step) {
  for (const core::FamilyEstimate &estimate : estimates.members[member])
    if (estimate.step == step)
      return &estimate;
  return nullptr;
}

double lastOf(const std::vector<double> &values) {
  return values.empty() ? kNone : values.back();
}

std::string valueText(double value) {
  return std::isinf(value) ? "inf" : numberText(value);
}

std::vector<double> rowOf(const Eigen::MatrixXd &points, Eigen::Index row) {
  const Eigen::VectorXd values = points.row(row);
  return {values.begin(), values.end()};
}

json curveJson(const core::RegressionCurve &curve) {
  return {{"steps", curve.steps},
          {"loss", curve.loss},
          {"ood_loss", curve.oodLoss},
          {"to_ridge", curve.toRidge},
          {"to_dmmse", curve.toTasks},
          {"ood_to_ridge", curve.oodToRidge},
          {"ood_to_dmmse", curve.oodToTasks}};
}

json estimatesJson(const std::vector<core::FamilyEstimate> &estimates) {
  json list = json::array();
  for (const core::FamilyEstimate &estimate : estimates)
    list.push_back({{"step", estimate.step},
                    {"llc", estimate.llc},
                    {"se", estimate.standardError},
                    {"loss", estimate.loss},
                    {"verdict", estimate.verdict}});
  return list;
}

std::vector<std::string> componentColumns(std::vector<std::string> columns, Eigen::Index components) {
  for (Eigen::Index k = 0; k < components; ++k)
    columns.push_back("pc" + std::to_string(k + 1));
  return columns;
}

core::CsvTable pointTable(const core::FamilyResult &result) {
  const Eigen::Index components = result.joint.explained.size();
  core::CsvTable table(componentColumns({"run", "name", "value", "kind", "step"}, components));
  const auto add = [&](const std::string &run, const std::string &name, double value, const char *kind, double step,
                       const Eigen::MatrixXd &points, Eigen::Index row) {
    table.cell(run).cell(name).cell(value).cell(std::string(kind)).cell(step);
    for (const double coordinate : rowOf(points, row))
      table.cell(coordinate);
    table.endRow();
  };
  for (std::size_t i = 0; i < result.members.size(); ++i) {
    const core::FamilyMemberResult &member = result.members[i];
    const core::Trajectory &curve = result.joint.curves[i];
    for (Eigen::Index t = 0; t < curve.points.rows(); ++t)
      add(member.folder, member.label, member.value, "checkpoint", double(curve.steps[std::size_t(t)]), curve.points, t);
  }
  for (Eigen::Index i = 0; i < result.joint.others.rows(); ++i) {
    const core::FamilyOracle &oracle = result.oracles[std::size_t(i)];
    const auto *member = oracle.member ? &result.members[*oracle.member] : nullptr;
    add(member ? member->folder : "", oracle.name, member ? member->value : kNone, "oracle", kNone, result.joint.others, i);
  }
  return table;
}

core::CsvTable curveTable(const core::FamilyResult &result, const core::FamilyEstimates &estimates) {
  core::CsvTable table({"run", "name", "value", "step", "loss", "ood_loss", "to_ridge", "to_dmmse", "ood_to_ridge",
                        "ood_to_dmmse", "llc", "llc_se", "llc_loss"});
  for (std::size_t i = 0; i < result.members.size(); ++i) {
    const core::FamilyMemberResult &member = result.members[i];
    const auto &steps = member.regression ? member.regression->steps : result.joint.curves[i].steps;
    for (std::size_t t = 0; t < steps.size(); ++t) {
      table.cell(member.folder).cell(member.label).cell(member.value).cell(steps[t]);
      const auto cell = [&](std::vector<double> core::RegressionCurve::*values) {
        table.cell(member.regression ? ((*member.regression).*values)[t] : kNone);
      };
      cell(&core::RegressionCurve::loss);
      cell(&core::RegressionCurve::oodLoss);
      cell(&core::RegressionCurve::toRidge);
      cell(&core::RegressionCurve::toTasks);
      cell(&core::RegressionCurve::oodToRidge);
      cell(&core::RegressionCurve::oodToTasks);
      const core::FamilyEstimate *estimate = estimateAt(estimates, i, steps[t]);
      table.cell(estimate ? estimate->llc : kNone)
          .cell(estimate ? estimate->standardError : kNone)
          .cell(estimate ? estimate->loss : kNone);
      table.endRow();
    }
  }
  return table;
}

core::CsvTable runTable(const core::FamilyResult &result, const core::FamilyEstimates &estimates) {
  core::CsvTable table({"run", "name", "value", "loss", "ood_loss", "ridge_loss", "dmmse_loss", "ood_ridge_loss",
                        "ood_dmmse_loss", "t_crit", "ood_loss_at_t_crit", "ood_rise", "ood_rise_se", "llc", "llc_se"});
  for (std::size_t i = 0; i < result.members.size(); ++i) {
    const core::FamilyMemberResult &m = result.members[i];
    table.cell(m.folder).cell(m.label).cell(m.value);
    table.cell(m.regression ? lastOf(m.regression->loss) : kNone).cell(m.regression ? lastOf(m.regression->oodLoss) : kNone);
    table.cell(m.oracles ? m.oracles->ridge : kNone).cell(m.oracles ? m.oracles->tasks : kNone);
    table.cell(m.oracles ? m.oracles->oodRidge : kNone).cell(m.oracles ? m.oracles->oodTasks : kNone);
    table.cell(m.critical ? double(m.critical->step) : kNone).cell(m.critical ? m.critical->oodLoss : kNone);
    table.cell(m.critical ? m.critical->rise : kNone).cell(m.critical ? m.critical->riseError : kNone);
    const core::FamilyEstimate *last = lastEstimate(estimates, i);
    table.cell(last ? last->llc : kNone).cell(last ? last->standardError : kNone);
    table.endRow();
  }
  return table;
}

} // namespace

void printFamily(const core::FamilyResult &result, const core::FamilyEstimates &estimates, Console &console) {
  TextTable table({result.parameter.empty() ? "run" : result.parameter, "loss", "ridge", "dMMSE", "ood loss", "t_crit",
                   "ood at t_crit", "rise", "+-", "llc"});
  for (std::size_t i = 0; i < result.members.size(); ++i) {
    const core::FamilyMemberResult &m = result.members[i];
    const core::FamilyEstimate *last = lastEstimate(estimates, i);
    table.addRow({result.parameter.empty() ? m.label : valueText(m.value),
                  numberText(m.regression ? lastOf(m.regression->loss) : kNone),
                  numberText(m.oracles ? m.oracles->ridge : kNone), numberText(m.oracles ? m.oracles->tasks : kNone),
                  numberText(m.regression ? lastOf(m.regression->oodLoss) : kNone),
                  m.critical ? std::to_string(m.critical->step) : "-", numberText(m.critical ? m.critical->oodLoss : kNone),
                  numberText(m.critical ? m.critical->rise : kNone, 3),
                  numberText(m.critical ? m.critical->riseError : kNone, 2), numberText(last ? last->llc : kNone)});
  }
  console.print(table.text() + "\n");
}

json familyJson(const core::FamilyResult &result, const core::FamilyEstimates &estimates) {
  json members = json::array(), oracles = json::array();
  for (std::size_t i = 0; i < result.members.size(); ++i) {
    const core::FamilyMemberResult &m = result.members[i];
    json member = {{"run", m.folder}, {"label", m.label}, {"value", m.value}};
    member["curve"] = m.regression ? curveJson(*m.regression) : json();
    member["oracle_losses"] = m.oracles ? json{{"ridge", m.oracles->ridge},
                                               {"dmmse", m.oracles->tasks},
                                               {"ood_ridge", m.oracles->oodRidge},
                                               {"ood_dmmse", m.oracles->oodTasks}}
                                        : json();
    member["critical"] = m.critical ? json{{"step", m.critical->step},
                                           {"ood_loss", m.critical->oodLoss},
                                           {"rise", m.critical->rise},
                                           {"rise_se", m.critical->riseError}}
                                    : json();
    member["estimates"] = estimatesJson(estimates.members[i]);
    members.push_back(member);
  }
  for (Eigen::Index i = 0; i < result.joint.others.rows(); ++i) {
    const core::FamilyOracle &oracle = result.oracles[std::size_t(i)];
    oracles.push_back({{"name", oracle.name},
                       {"run", oracle.member ? json(result.members[*oracle.member].folder) : json()},
                       {"pc", rowOf(result.joint.others, i)}});
  }
  return {{"parameter", result.parameter},
          {"weighting", core::nameOf(result.weighting)},
          {"members", members},
          {"oracles", oracles},
          {"kept_features", result.keptFeatures},
          {"projection_error", result.projectionError},
          {"storage", result.plan},
          {"llc_settings", estimates.settingsHash},
          {"llc_left_out", estimates.leftOut}};
}

std::vector<std::filesystem::path> writeFamilyTables(const core::FamilyResult &result,
                                                     const core::FamilyEstimates &estimates,
                                                     const std::filesystem::path &folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    throw core::Error(folder.string() + ": cannot make the folder: " + error.message());
  const std::vector<std::filesystem::path> files = {folder / "points.csv", folder / "curves.csv", folder / "runs.csv"};
  core::writeTextFile(files[0], pointTable(result).text());
  core::writeTextFile(files[1], curveTable(result, estimates).text());
  core::writeTextFile(files[2], runTable(result, estimates).text());
  return files;
}

} // namespace evolute::app::cli
