// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "app/session/view_state.h"

class QComboBox;
class QLabel;
class QMenu;
class QSlider;
class QToolButton;
class QUndoStack;

namespace evolute::app {

/// Plane, width of the smoothing and a menu with the other choices, in one row.
class EdControls : public QWidget {
  Q_OBJECT
public:
  EdControls(ViewState &view, QUndoStack &undo, QWidget *parent = nullptr);
  /// Without the slider, which the ED tab has too.
  void setCompact(bool compact);
  void setMenu(QMenu *menu);

private:
  void showView(const EdView &view);
  void takeWidth(int tick);

  ViewState &m_view;
  QUndoStack &m_undo;
  QComboBox *m_plane;
  QSlider *m_width;
  QLabel *m_widthText;
  QToolButton *m_more;
};

/// The slider's ticks: fine where the width is small, since there a little changes much.
double percentFromTick(int tick);
int tickFromPercent(double percent);
inline constexpr int kWidthTicks = 100;

} // namespace evolute::app
