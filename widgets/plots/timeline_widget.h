// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <QWidget>

#include "widgets/plots/plot_data.h"
#include "widgets/plots/time_axis.h"

namespace evolute::widgets {

class StageLane;

/// The run's checkpoints along the time axis, one mark each: dot = file only, ring = with metrics, half =
/// computing, full = λ̂ done, cross = failed or unreadable; and the time cursor with its step and index in
/// figures. Click or drag moves the cursor; ←/→ one checkpoint, Page up/down ten, Home/End the ends.
class TimelineWidget : public QWidget {
  Q_OBJECT
public:
  explicit TimelineWidget(QWidget *parent = nullptr);
  ~TimelineWidget() override;

  /// Ascending steps, none twice. The cursor stays on its step; where that is gone, on the nearest.
  void setCheckpoints(const std::vector<CheckpointMark> &marks);
  /// Files that are no checkpoint, at the steps of their names: crosses, at which the cursor does not stop.
  /// Ascending.
  void setUnreadable(std::vector<CheckpointMark> marks);
  void setEmptyText(const QString &text); ///< stands there while there are no marks at all
  QString emptyText() const;
  void setState(std::int64_t step, CheckpointState state, const QString &note = {});
  void setAxisKind(TimeAxisKind kind);
  const TimeAxis &timeAxis() const;
  /// The run's own stages above the marks; without any the lane is away.
  void setStages(std::vector<StageBand> stages);
  /// A second lane above it, not to be edited: stages of another run called `title`.
  void setComparedStages(const QString &title, std::vector<StageBand> stages);
  StageLane *stageLane() const; ///< of the own stages: tells what is asked of them

  void setCursorStep(std::int64_t step); ///< goes to the nearest checkpoint; sends no signal
  std::optional<std::int64_t> cursorStep() const;
  int cursorIndex() const; ///< -1 when there are no checkpoints

  enum class Live { Off, Following, Paused };
  void setLive(Live live, const QString &text = {}); ///< badge: "LIVE", "Follow ▸ 12 new"

  CheckpointState stateAt(int index) const;
  QPointF markPosition(int index) const; ///< in the widget's pixels
  const std::vector<CheckpointMark> &unreadable() const;
  QPointF unreadablePosition(int index) const;
  QString textAt(double pixel) const; ///< of the mark that the mouse is nearest to; empty when there are none

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

Q_SIGNALS:
  void cursorMoved(qint64 step);         ///< by the user
  void checkpointActivated(qint64 step); ///< double click: "compute this one next"
  void liveClicked();                    ///< the badge: follow again, or pause
  void hovered(const QString &text);

protected:
  bool event(QEvent *event) override;
  bool eventFilter(QObject *watched, QEvent *event) override;
  void paintEvent(QPaintEvent *event) override;
  void resizeEvent(QResizeEvent *event) override;
  void mousePressEvent(QMouseEvent *event) override;
  void mouseMoveEvent(QMouseEvent *event) override;
  void mouseDoubleClickEvent(QMouseEvent *event) override;
  void leaveEvent(QEvent *event) override;
  void keyPressEvent(QKeyEvent *event) override;

private:
  struct Private;
  std::unique_ptr<Private> d;
};

} // namespace evolute::widgets
