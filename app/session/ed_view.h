// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>
#include <QString>

#include "core/trajectory/trajectory_geometry.h"

class QUndoStack;

namespace evolute::app {

class ViewState;

/// How the user wants to see the essential dynamics: which plane, how smooth, with what drawn over it. A
/// value; of no run, so that it holds for the next one too.
struct EdView {
  int first = 0, second = 1; ///< components of the plane, 0 = PC1; first < second < kComponents
  core::SmoothingWidth width = core::SmoothingWidth::Constant;
  double widthPercent = 2; ///< kernel's sigma, of the number of checkpoints; 0: the path as it is
  bool byArcLength = false, beforePca = false;
  bool raw = true; ///< the path as it is, pale behind the smooth one
  bool circles = false, evolute = false;
  bool vertices = true, cusps = true, forms = true;
  bool operator==(const EdView &) const = default;

  static constexpr int kComponents = 3; ///< planes are all pairs of these; forms must show in each
  static constexpr double kMostPercent = 10;

  /// For a run of so many checkpoints; without random walks.
  core::GeometrySettings geometry(std::size_t checkpoints) const;
  QJsonObject toJson() const;
  static EdView fromJson(const QJsonObject &json); ///< what is missing or out of range stays at its default
};

/// One undoable change. Changes that follow one another with the same `gesture` above 0 (one drag of a
/// slider) are one step.
void pushEdView(QUndoStack &stack, ViewState &view, const EdView &wanted, const QString &text,
                int gesture = 0);

} // namespace evolute::app
