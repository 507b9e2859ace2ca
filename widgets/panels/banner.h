// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;
class QToolButton;

namespace evolute::widgets {

/// A strip with one message, what stands behind it on request, and a button to put it away. Hidden while it
/// has nothing to say.
class Banner : public QWidget {
  Q_OBJECT
public:
  enum class Kind { Info, Warning, Error };
  explicit Banner(QWidget *parent = nullptr);

  /// Takes the place of what was there, its button included.
  void showMessage(Kind kind, const QString &text, const QString &details = {});
  /// A button in the strip, "Retry"; empty text: none. Sends actionTriggered().
  void setAction(const QString &text);
  void dismiss();
  QString text() const;
  Kind kind() const { return m_kind; }

Q_SIGNALS:
  void dismissed();
  void actionTriggered();

protected:
  void changeEvent(QEvent *event) override;

private:
  void applyColors();
  Kind m_kind = Kind::Info;
  QLabel *m_icon, *m_text, *m_details;
  QToolButton *m_more, *m_action, *m_close;
};

} // namespace evolute::widgets
