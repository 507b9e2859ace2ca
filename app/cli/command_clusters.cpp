// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <nlohmann/json.hpp>

#include "app/cli/number_text.h"
#include "app/cli/text_table.h"
#include "core/checkpoint/run_description.h"
#include "core/error.h"
#include "core/metrics/curve_clusters.h"
#include "core/metrics/head_place.h"
#include "core/metrics/head_types.h"
#include "core/metrics/partition_agreement.h"
#include "core/results/result_store.h"

namespace evolute::app::cli {

namespace {

using HeadCurves = std::map<core::HeadPlace, core::Curve>; // in order of layer and head

std::size_t pointsIn(const HeadCurves &curves) {
  std::size_t points = 0;
  for (const auto &[place, curve] : curves)
    points += curve.steps.size();
  return points;
}

/// Stored λ̂ of heads. Of several settings, which do not compare, those with most estimates.
HeadCurves storedLlc(const core::ResultStore &store, const ClustersArguments &arguments, Console &console) {
  std::map<std::string, std::map<std::string, HeadCurves>> found; // slice, settings
  int leftOut = 0;
  for (const core::LlcEstimate &e : store.estimates()) {
    const auto place = core::headPlaceOf(e.component);
    if (!place || (!arguments.slice.empty() && e.slice != arguments.slice) ||
        !e.settingsHash.starts_with(arguments.settings) || !std::isfinite(e.llc))
      continue;
    if (!e.verdict.healthy() && !arguments.includeSuspect) {
      ++leftOut;
      continue;
    }
    core::Curve &curve = found[e.slice][e.settingsHash][*place];
    curve.name = e.component;
    curve.steps.push_back(e.step);
    curve.values.push_back(e.llc);
  }
  if (leftOut > 0)
    console.note(pluralText(leftOut, "estimate") +
                 " with a verdict other than ok left out; --include-suspect takes them");
  if (found.empty())
    return {};
  if (found.size() > 1)
    throw core::Error(arguments.run.string() + ": expected estimates of one slice, found several; choose with --slice");
  auto &bySettings = found.begin()->second;
  const auto most = std::max_element(bySettings.begin(), bySettings.end(), [](const auto &a, const auto &b) {
    return pointsIn(a.second) < pointsIn(b.second);
  });
  if (bySettings.size() > 1)
    console.note("There are estimates with " + std::to_string(bySettings.size()) +
                 " settings, which do not compare; taken: " + most->first + ". --settings takes others.");
  return std::move(most->second);
}

HeadCurves storedMetric(const std::vector<core::MetricValue> &values, const ClustersArguments &arguments) {
  HeadCurves curves;
  for (const core::MetricValue &v : values) {
    const auto place = core::headPlaceOf(v.component);
    if (!place || v.name != arguments.metric || (!arguments.slice.empty() && v.slice != arguments.slice) ||
        !std::isfinite(v.value))
      continue;
    core::Curve &curve = curves[*place];
    if (!curve.steps.empty() && curve.steps.back() == v.step)
      continue; // measured with other settings too: the first counts
    curve.name = v.component;
    curve.steps.push_back(v.step);
    curve.values.push_back(v.value);
  }
  return curves;
}

nlohmann::json numbersOf(const Eigen::VectorXd &values) {
  return std::vector<double>(values.data(), values.data() + values.size());
}

nlohmann::json toJson(const core::PartitionAgreement &agreement) {
  if (agreement.rows.empty())
    return nullptr;
  nlohmann::json counts = nlohmann::json::array();
  for (Eigen::Index i = 0; i < agreement.counts.rows(); ++i) {
    nlohmann::json row = nlohmann::json::array();
    for (Eigen::Index j = 0; j < agreement.counts.cols(); ++j)
      row.push_back(agreement.counts(i, j));
    counts.push_back(row);
  }
  return {{"clusters", agreement.rows},
          {"types", agreement.columns},
          {"counts", counts},
          {"adjusted_rand", agreement.adjustedRand},
          {"chance", agreement.chance}};
}

std::string textOf(const core::PartitionAgreement &agreement) {
  std::vector<std::string> headings = {"cluster"};
  headings.insert(headings.end(), agreement.columns.begin(), agreement.columns.end());
  TextTable table(headings);
  for (Eigen::Index i = 0; i < agreement.counts.rows(); ++i) {
    std::vector<std::string> cells = {agreement.rows[std::size_t(i)]};
    for (Eigen::Index j = 0; j < agreement.counts.cols(); ++j)
      cells.push_back(std::to_string(agreement.counts(i, j)));
    table.addRow(cells);
  }
  return table.text() + "Adjusted Rand index against the types after scores " + numberText(agreement.adjustedRand, 3) +
         "; " + numberText(100 * agreement.chance, 3) + " % of random labellings agree as well\n";
}

} // namespace

ExitCode runCommand(const ClustersArguments &arguments, const GlobalArguments &global, Console &console) {
  const core::Run run = core::openRun(arguments.run);
  const core::ResultStore store(run.index.root, core::ResultStore::Access::ReadOnly);
  const std::vector<core::MetricValue> values = store.metrics();
  const HeadCurves heads =
      arguments.metric.empty() ? storedLlc(store, arguments, console) : storedMetric(values, arguments);
  if (heads.empty())
    throw core::Error(arguments.run.string() + ": expected stored " +
                      (arguments.metric.empty() ? "estimates of heads, found none; `evolute-cli llc --components heads`"
                                                : "values of the metric " + arguments.metric +
                                                      " of heads, found none; `evolute-cli metrics`") +
                      " makes them");
  std::vector<core::Curve> curves;
  for (const auto &[place, curve] : heads)
    curves.push_back(curve);
  const core::CurveSet set = core::commonSteps(curves);
  if (set.steps.size() < 2)
    throw core::Error(arguments.run.string() + ": expected two checkpoints or more at which every head has a value, found " +
                      std::to_string(set.steps.size()));
  core::ClusterSettings settings;
  settings.method = core::clusterMethodFromName(arguments.method);
  settings.scaling = core::curveScalingFromName(arguments.scaling);
  settings.count = arguments.count;
  settings.seed = global.seed.value_or(0);
  const core::CurveClusters found = core::clusterCurves(set.values, settings);

  const std::map<std::string, std::string> types = core::headTypes(values);
  std::vector<std::string> clusterOf, typeOf;
  for (std::size_t i = 0; i < set.names.size(); ++i)
    if (const auto type = types.find(set.names[i]); type != types.end()) {
      clusterOf.push_back(std::to_string(found.labels[i] + 1));
      typeOf.push_back(type->second);
    }
  const core::PartitionAgreement agreement =
      core::agreementOf(clusterOf, typeOf, arguments.permutations, settings.seed);

  nlohmann::json list = nlohmann::json::array();
  TextTable table({"cluster", "heads"});
  for (Eigen::Index k = 0; k < found.centres.rows(); ++k) {
    std::vector<std::string> members;
    std::string text;
    for (std::size_t i = 0; i < set.names.size(); ++i)
      if (found.labels[i] == k) {
        members.push_back(set.names[i]);
        const auto type = types.find(set.names[i]);
        text += (text.empty() ? "" : ", ") + set.names[i] + (type == types.end() ? "" : " (" + type->second + ")");
      }
    list.push_back({{"members", members}, {"centre", numbersOf(found.centres.row(k).transpose())}});
    table.addRow({std::to_string(k + 1), text});
  }
  console.print(table.text());
  if (agreement.rows.empty())
    console.note("No scores of heads are stored: `evolute-cli metrics --metrics attention` makes the types to compare with");
  else
    console.print("\n" + textOf(agreement));
  console.document({{"of", arguments.metric.empty() ? "llc" : arguments.metric},
                    {"method", arguments.method},
                    {"scaling", arguments.scaling},
                    {"steps", set.steps},
                    {"clusters", list},
                    {"types", types},
                    {"agreement", toJson(agreement)}});
  return ExitCode::Done;
}

} // namespace evolute::app::cli
