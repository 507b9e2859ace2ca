// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/stages/curve_file.h"

#include <algorithm>
#include <fstream>
#include <map>

#include "core/error.h"

namespace evolute::core {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kErrorSuffix = "_se";

bool isRangeOfWandb(const std::string &column) {
  return column.ends_with("__MIN") || column.ends_with("__MAX");
}

std::string headerOf(const fs::path &file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream)
    throw Error(file.string() + ": expected a table of curves, cannot read it");
  std::string line(2000, '\0');
  stream.read(line.data(), std::streamsize(line.size()));
  line.resize(std::size_t(stream.gcount()));
  return line.substr(0, line.find_first_of("\r\n"));
}

void attachErrors(Curve &curve, const MetricSeries &errors) {
  std::map<std::int64_t, double> at;
  for (std::size_t i = 0; i < errors.steps.size(); ++i)
    at[errors.steps[i]] = errors.values[i];
  for (const std::int64_t step : curve.steps) {
    const auto found = at.find(step);
    curve.errors.push_back(found == at.end() ? std::nan("") : found->second);
  }
}

std::string namesOf(const std::vector<NamedCurve> &curves) {
  std::string names;
  constexpr std::size_t kShown = 12;
  for (std::size_t i = 0; i < std::min(kShown, curves.size()); ++i)
    names += (names.empty() ? "" : ", ") + curves[i].curve.name;
  return curves.size() > kShown ? names + " and " + std::to_string(curves.size() - kShown) + " more" : names;
}

} // namespace

std::vector<NamedCurve> curvesOf(const MetricsLog &log) {
  const auto &series = log.series();
  std::vector<NamedCurve> curves;
  for (const auto &[column, values] : series) {
    const bool isError = column.ends_with(kErrorSuffix) &&
                         series.contains(column.substr(0, column.size() - kErrorSuffix.size()));
    if (isRangeOfWandb(column) || isError)
      continue;
    NamedCurve named{{}, column, {column, values.steps, values.values, {}}};
    const bool isExport = series.contains(column + "__MIN") && series.contains(column + "__MAX");
    const auto dash = column.rfind(" - ");
    if (isExport && dash != std::string::npos) {
      named.run = column.substr(0, dash);
      named.metric = column.substr(dash + 3);
    }
    if (const auto errors = series.find(column + std::string(kErrorSuffix)); errors != series.end())
      attachErrors(named.curve, errors->second);
    curves.push_back(std::move(named));
  }
  return curves;
}

std::vector<NamedCurve> readCurves(const fs::path &file, const std::string &stepColumn) {
  const std::string header = headerOf(file);
  if (header.find("checkpoint_hash") != std::string::npos)
    throw Error(
        file.string() +
        ": expected one row a step, found estimates of components and settings; give the run's folder");
  MetricsLog log(file, stepColumn.empty() ? "step" : stepColumn);
  log.refresh();
  log.finish();
  if (log.rowCount() == 0)
    throw Error(file.string() + ": expected a column of steps called " +
                (stepColumn.empty() ? "step, Step, _step, global_step or iteration" : stepColumn) +
                ", found the line: " + header.substr(0, 160));
  std::vector<NamedCurve> curves = curvesOf(log);
  if (curves.empty())
    throw Error(file.string() + ": expected a column of numbers beside the steps, found none");
  return curves;
}

const NamedCurve &curveCalled(const std::vector<NamedCurve> &curves, const std::string &name,
                              const fs::path &file) {
  if (name.empty() && curves.size() == 1)
    return curves.front();
  const std::vector<std::string> wanted =
      name.empty() ? std::vector<std::string>{"llc", "lambda"} : std::vector<std::string>{name};
  for (const std::string &one : wanted) {
    const NamedCurve *found = nullptr;
    for (const NamedCurve &curve : curves) {
      if (curve.curve.name == one)
        return curve;
      if (curve.metric != one)
        continue;
      if (found != nullptr)
        throw Error(file.string() + ": expected one curve called " + one + ", found " + found->curve.name +
                    " and " + curve.curve.name);
      found = &curve;
    }
    if (found != nullptr)
      return *found;
  }
  throw Error(file.string() + ": expected " +
              (name.empty() ? "one curve or one called llc" : "a curve called " + name) + ", found " +
              namesOf(curves));
}

} // namespace evolute::core
