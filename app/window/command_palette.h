// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include <QDialog>
#include <QList>

class QLineEdit;
class QTreeWidget;

namespace evolute::app {

class ActionRegistry;

struct PaletteEntry {
  QString text;   ///< what is searched first
  QString detail; ///< where it stands; searched too, shown paler
  QString keys;
  bool enabled = true;
  std::function<void()> run;
};

/// A filtered list worked by keyboard alone: type, Up/Down, Enter; Esc leaves.
/// Commands that cannot be used now are shown grey, so that people learn that they exist.
class CommandPalette : public QDialog {
  Q_OBJECT
public:
  explicit CommandPalette(QWidget *parent);

  static QList<PaletteEntry> commandsOf(const ActionRegistry &registry);

  /// Shows the entries over the parent's upper part; `prompt` says what is listed.
  void open(const QString &prompt, const QList<PaletteEntry> &entries);
  using QDialog::open;

  QStringList shownTexts() const; ///< after the filter, best first

protected:
  bool eventFilter(QObject *watched, QEvent *event) override;

private:
  void filter(const QString &query);
  void runCurrent();
  QLineEdit *m_query;
  QTreeWidget *m_list;
  QList<PaletteEntry> m_entries;
};

} // namespace evolute::app
