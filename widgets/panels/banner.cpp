// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/banner.h"

#include <QEvent>
#include <QGridLayout>
#include <QLabel>
#include <QPainter>
#include <QToolButton>

namespace evolute::widgets {

Banner::Banner(QWidget *parent) : QWidget(parent) {
  setAutoFillBackground(true);
  auto *grid = new QGridLayout(this);
  grid->setContentsMargins(10, 5, 6, 5);
  grid->setHorizontalSpacing(8);
  m_icon = new QLabel(this);
  m_text = new QLabel(this);
  m_text->setWordWrap(true);
  m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
  m_text->setTextFormat(Qt::PlainText); // messages quote file names
  m_details = new QLabel(this);
  m_details->setObjectName(QStringLiteral("details"));
  m_details->setWordWrap(true);
  m_details->setTextFormat(Qt::PlainText);
  m_details->setTextInteractionFlags(Qt::TextSelectableByMouse);
  m_details->hide();
  const auto button = [this](const QString &text, const char *name) {
    auto *result = new QToolButton(this);
    result->setText(text);
    result->setObjectName(QLatin1String(name));
    result->setAutoRaise(true);
    return result;
  };
  m_action = button({}, "action");
  m_action->setAutoRaise(false);
  m_action->hide();
  m_more = button(tr("Details"), "details button");
  m_more->setCheckable(true);
  m_close = button(QStringLiteral("✕"), "close");
  m_close->setToolTip(tr("Put this message away"));
  m_close->setAccessibleName(tr("Dismiss"));
  grid->addWidget(m_icon, 0, 0);
  grid->addWidget(m_text, 0, 1);
  grid->addWidget(m_action, 0, 2);
  grid->addWidget(m_more, 0, 3);
  grid->addWidget(m_close, 0, 4);
  grid->addWidget(m_details, 1, 1, 1, 4);
  grid->setColumnStretch(1, 1);
  connect(m_more, &QToolButton::toggled, m_details, &QLabel::setVisible);
  connect(m_action, &QToolButton::clicked, this, &Banner::actionTriggered);
  connect(m_close, &QToolButton::clicked, this, &Banner::dismiss);
  hide();
}

void Banner::showMessage(Kind kind, const QString &text, const QString &details) {
  m_kind = kind;
  setAction({});
  m_text->setText(text);
  m_details->setText(details);
  m_more->setChecked(false);
  m_more->setVisible(!details.isEmpty());
  const QString word = kind == Kind::Error ? tr("Error") : kind == Kind::Warning ? tr("Warning") : tr("Note");
  m_icon->setText(kind == Kind::Info ? QStringLiteral("ℹ") : QStringLiteral("⚠"));
  m_icon->setAccessibleName(word);
  setAccessibleName(QStringLiteral("%1: %2").arg(word, text));
  applyColors();
  show();
}

void Banner::setAction(const QString &text) {
  m_action->setText(text);
  m_action->setVisible(!text.isEmpty());
}

void Banner::dismiss() {
  hide();
  setAction({});
  Q_EMIT dismissed();
}

QString Banner::text() const {
  return m_text->text();
}

void Banner::changeEvent(QEvent *event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange)
    applyColors();
}

void Banner::applyColors() {
  // From the application's palette, not from our own: that one is what we set here.
  const QPalette base = parentWidget() ? parentWidget()->palette() : QPalette();
  const QColor window = base.color(QPalette::Window);
  const QColor accent = m_kind == Kind::Error     ? QColor(0xD6, 0x45, 0x41)
                        : m_kind == Kind::Warning ? QColor(0xE6, 0x9F, 0x00)
                                                  : QColor(0x3D, 0x9B, 0xE0);
  const auto blend = [&](int a, int b) { return int(a + (b - a) * 0.20); };
  const QColor fill(blend(window.red(), accent.red()), blend(window.green(), accent.green()),
                    blend(window.blue(), accent.blue()));
  if (palette().color(QPalette::Window) == fill)
    return; // setPalette comes back here
  QPalette own = base;
  own.setColor(QPalette::Window, fill);
  setPalette(own);
}

} // namespace evolute::widgets
