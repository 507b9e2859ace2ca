// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/message_button.h"

#include <QDialog>
#include <QDialogButtonBox>
#include <QListWidget>
#include <QTime>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace evolute::app {

MessageButton::MessageButton(QWidget *parent) : QToolButton(parent) {
  setObjectName(u"messages"_s);
  setAutoRaise(true);
  setToolTip(tr("What has happened since the start"));
  hide();
  connect(this, &QToolButton::clicked, this, &MessageButton::showList);
}

void MessageButton::add(const QString &sentence) {
  if (sentence.isEmpty())
    return;
  m_messages << u"%1  %2"_s.arg(QTime::currentTime().toString(u"HH:mm"_s), sentence);
  if (m_messages.size() > kLimit)
    m_messages.removeFirst();
  ++m_unread;
  setText(tr("%n message(s)", nullptr, m_unread));
  show();
}

void MessageButton::showList() {
  auto *dialog = new QDialog(window());
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(tr("Messages"));
  auto *list = new QListWidget;
  list->setWordWrap(true);
  list->addItems(m_messages);
  list->scrollToBottom();
  auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close);
  connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::reject);
  auto *layout = new QVBoxLayout(dialog);
  layout->addWidget(list);
  layout->addWidget(buttons);
  dialog->resize(640, 320);
  m_unread = 0;
  setText(tr("Messages"));
  dialog->open();
}

} // namespace evolute::app
