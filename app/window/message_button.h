// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <QToolButton>

namespace evolute::app {

/// The quiet list of messages: a counter in the status bar that opens on request.
class MessageButton : public QToolButton {
  Q_OBJECT
public:
  static constexpr int kLimit = 100; ///< the oldest go first

  explicit MessageButton(QWidget *parent = nullptr);
  void add(const QString &sentence);
  const QStringList &messages() const { return m_messages; } ///< newest last, each with its time

private:
  void showList();
  QStringList m_messages;
  int m_unread = 0;
};

} // namespace evolute::app
