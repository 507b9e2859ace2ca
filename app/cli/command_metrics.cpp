// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include <nlohmann/json.hpp>

#include "app/cli/interruption.h"
#include "app/cli/number_text.h"
#include "app/cli/opened_run.h"
#include "app/cli/selection.h"
#include "app/cli/text_table.h"
#include "core/error.h"
#include "core/metrics/run_metrics.h"

namespace evolute::app::cli {

namespace {

nlohmann::json number(double value) {
  return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json();
}

/// One series a metric, component and slice, by step.
nlohmann::json seriesOf(const std::vector<core::MetricValue> &values) {
  using Key = std::tuple<std::string, std::string, std::string>;
  std::map<Key, std::map<std::int64_t, const core::MetricValue *>> series;
  for (const core::MetricValue &value : values)
    series[{value.name, value.component, value.slice}][value.step] = &value;
  nlohmann::json list = nlohmann::json::array();
  for (const auto &[key, points] : series) {
    nlohmann::json steps = nlohmann::json::array(), numbers = nlohmann::json::array(),
                   errors = nlohmann::json::array();
    for (const auto &[step, value] : points) {
      steps.push_back(step);
      numbers.push_back(number(value->value));
      errors.push_back(number(value->standardError));
    }
    list.push_back({{"name", std::get<0>(key)},
                    {"component", std::get<1>(key)},
                    {"slice", std::get<2>(key).empty() ? nlohmann::json() : nlohmann::json(std::get<2>(key))},
                    {"step", steps},
                    {"value", numbers},
                    {"se", errors}});
  }
  return list;
}

void print(std::vector<core::MetricValue> values, Console &console) {
  std::stable_sort(values.begin(), values.end(), [](const auto &a, const auto &b) {
    return std::tie(a.name, a.component, a.step) < std::tie(b.name, b.component, b.step);
  });
  TextTable table({"metric", "component", "step", "value", "se"});
  for (const core::MetricValue &v : values)
    table.addRow(
        {v.name, v.component, std::to_string(v.step), numberText(v.value), numberText(v.standardError, 2)});
  if (!table.isEmpty())
    console.print(table.text());
}

} // namespace

ExitCode runCommand(const MetricsArguments &arguments, const GlobalArguments &global, Console &console) {
  const core::Run run = openRunWithCheckpoints(arguments.run);
  const core::ModelSummary model = core::summarizeModel(run);
  core::MetricsRequest request;
  request.steps = selectSteps(arguments.checkpoints, stepsOf(run));
  request.families = arguments.metrics;
  request.heads = arguments.heads.empty() ? std::vector<std::string>()
                                          : selectComponents(arguments.heads, componentNamesOf(model));
  request.slice = !arguments.slice.empty() ? arguments.slice
                  : model.slices.empty()   ? "train"
                                           : model.slices.front();
  request.samples = arguments.samples;
  request.probes = arguments.probes;
  request.seed = global.seed.value_or(0);
  request.device = {global.device, global.threads, global.memory};
  core::checkDevice(request.device);
  core::ResultStore store(run.index.root);
  if (const std::string elsewhere = store.location(); !elsewhere.empty())
    console.note(elsewhere);

  std::vector<core::MetricValue> values;
  nlohmann::json failures = nlohmann::json::array();
  core::MetricsEvents events;
  events.progress = [&](const core::Progress &progress) {
    console.progress().report(double(progress.done), double(progress.total), progress.what);
    return Interruption::requested() ? core::Flow::Stop : core::Flow::Continue;
  };
  events.done = [&](const std::vector<core::MetricValue> &family, bool) {
    values.insert(values.end(), family.begin(), family.end());
  };
  events.failed = [&](std::int64_t step, const std::string &sentence) {
    failures.push_back({{"step", step}, {"reason", sentence}});
    console.note("Step " + std::to_string(step) + ": " + sentence);
  };
  const core::MetricsOutcome outcome = core::computeMetrics(run, request, store, events);
  const nlohmann::json series = seriesOf(values);
  print(std::move(values), console);
  console.note(countText(outcome.computed) + " computed, " + countText(outcome.reused) +
               " reused from earlier work" +
               (outcome.stopped ? "; stopped, the same command goes on from here" : ""));
  console.document({{"series", series},
                    {"computed", outcome.computed},
                    {"reused", outcome.reused},
                    {"failed", failures},
                    {"stopped", outcome.stopped}});
  if (outcome.stopped)
    return ExitCode::Interrupted;
  return outcome.computed + outcome.reused > 0 ? ExitCode::Done : ExitCode::BadInput;
}

} // namespace evolute::app::cli
