// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include <QStringView>

namespace evolute::app {

/// How well the letters of `query` stand in `text` in their order, case and spaces of the query aside;
/// nothing when they do not. Higher is better: letters that start a word and letters in a row score,
/// later first letters and longer texts lose a little. An empty query matches everything with 0.
std::optional<int> fuzzyScore(QStringView query, QStringView text);

} // namespace evolute::app
