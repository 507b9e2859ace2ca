// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/ed_controls.h"

#include <algorithm>
#include <cmath>

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QSignalBlocker>
#include <QSlider>
#include <QToolButton>

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {
int lastGesture = 0; // of any row: two of them must not join their steps
}

double percentFromTick(int tick) {
  const double share = double(std::clamp(tick, 0, kWidthTicks)) / kWidthTicks;
  return std::round(EdView::kMostPercent * share * share * 1000) / 1000;
}

int tickFromPercent(double percent) {
  return int(std::lround(kWidthTicks * std::sqrt(std::clamp(percent / EdView::kMostPercent, 0.0, 1.0))));
}

EdControls::EdControls(ViewState &view, QUndoStack &undo, QWidget *parent)
    : QWidget(parent), m_view(view), m_undo(undo) {
  setObjectName(u"edControls"_s);
  auto *row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(4);
  m_plane = new QComboBox;
  m_plane->setObjectName(u"edPlane"_s);
  m_plane->setAccessibleName(tr("Plane of components"));
  m_plane->setToolTip(tr("Plane of principal components"));
  for (int first = 0; first < EdView::kComponents; ++first)
    for (int second = first + 1; second < EdView::kComponents; ++second)
      m_plane->addItem(tr("PC%1 × PC%2").arg(first + 1).arg(second + 1), QPoint(first, second));
  m_width = new QSlider(Qt::Horizontal);
  m_width->setObjectName(u"edWidth"_s);
  m_width->setAccessibleName(tr("Width of the smoothing"));
  m_width->setToolTip(tr("Width of the Gaussian that smooths the path, of all checkpoints; 0: as it is"));
  m_width->setRange(0, kWidthTicks);
  m_width->setPageStep(10);
  m_width->setFixedWidth(90);
  m_widthText = new QLabel;
  m_widthText->setObjectName(u"edWidthText"_s);
  m_widthText->setMinimumWidth(m_widthText->fontMetrics().horizontalAdvance(u"σ 10.0 %"_s));
  m_more = new QToolButton;
  m_more->setObjectName(u"edMenuButton"_s);
  m_more->setText(tr("Shape"));
  m_more->setToolTip(tr("How the path is smoothed and what is drawn over it"));
  m_more->setAutoRaise(true);
  m_more->setPopupMode(QToolButton::InstantPopup);
  m_more->hide();
  for (QWidget *widget : {static_cast<QWidget *>(m_plane), static_cast<QWidget *>(m_width),
                          static_cast<QWidget *>(m_widthText), static_cast<QWidget *>(m_more)})
    row->addWidget(widget);
  connect(m_plane, &QComboBox::activated, this, [this] {
    EdView wanted = m_view.edView();
    const QPoint plane = m_plane->currentData().toPoint();
    wanted.first = plane.x();
    wanted.second = plane.y();
    pushEdView(m_undo, m_view, wanted, tr("Change plane"));
  });
  connect(m_width, &QSlider::sliderPressed, this, [] { ++lastGesture; });
  connect(m_width, &QSlider::valueChanged, this, &EdControls::takeWidth);
  connect(&m_view, &ViewState::edViewChanged, this, &EdControls::showView);
  showView(m_view.edView());
}

void EdControls::setCompact(bool compact) {
  m_width->setVisible(!compact);
  m_widthText->setVisible(!compact);
}

void EdControls::setMenu(QMenu *menu) {
  m_more->setMenu(menu);
  m_more->setVisible(menu);
}

void EdControls::takeWidth(int tick) {
  if (!m_width->isSliderDown())
    ++lastGesture; // a key or the wheel: a step of its own
  EdView wanted = m_view.edView();
  wanted.widthPercent = percentFromTick(tick);
  pushEdView(m_undo, m_view, wanted, tr("Change smoothing"), lastGesture);
}

void EdControls::showView(const EdView &view) {
  const QSignalBlocker quiet(m_width);
  m_plane->setCurrentIndex(m_plane->findData(QPoint(view.first, view.second)));
  if (!m_width->isSliderDown()) // else it is where the user holds it
    m_width->setValue(tickFromPercent(view.widthPercent));
  m_widthText->setText(view.widthPercent > 0 ? tr("σ %1 %").arg(view.widthPercent, 0, 'g', 3) : tr("raw"));
}

} // namespace evolute::app
