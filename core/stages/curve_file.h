// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/checkpoint/metrics_log.h"
#include "core/stages/curve.h"

namespace evolute::core {

/// A column of a table of curves.
struct NamedCurve {
  std::string run;    ///< of a W&B export, whose columns are called "run - metric"; else empty
  std::string metric; ///< the column's name, or the part after the last " - " of a W&B export
  Curve curve;        ///< named as the column; errors from the column "<name>_se" where there is one
};

/// Every column of numbers of a CSV or JSON-lines file, by name. What MetricsLog understands, quoted numbers
/// included. Of a W&B export the columns __MIN and __MAX are left out: they are the range of what was
/// averaged into a row, no error of it. `stepColumn` empty: step and its usual other names. \throws Error
/// when the file cannot be read, has no step column or no numbers, or is a table of estimates of several
/// components.
std::vector<NamedCurve> readCurves(const std::filesystem::path &file, const std::string &stepColumn = {});

/// The same of a log that was read already.
std::vector<NamedCurve> curvesOf(const MetricsLog &log);

/// The only curve, or the one called `name` (its column's or its metric's name); an empty name takes llc,
/// lambda or the only one. \throws Error naming what there is.
const NamedCurve &curveCalled(const std::vector<NamedCurve> &curves, const std::string &name,
                              const std::filesystem::path &file);

} // namespace evolute::core
