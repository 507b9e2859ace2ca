// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/inbox.h"

#include <algorithm>
#include <utility>

namespace evolute::app {

Inbox::Inbox(QObject *parent) : QObject(parent) {
  m_sender.m_shared = std::make_shared<Sender::Shared>();
  m_sender.m_shared->inbox = this;
  m_timer.setSingleShot(true);
  m_timer.setTimerType(Qt::PreciseTimer);
  connect(&m_timer, &QTimer::timeout, this, &Inbox::deliver);
}

Inbox::~Inbox() {
  const std::lock_guard lock(m_sender.m_shared->mutex);
  m_sender.m_shared->inbox = nullptr;
  m_sender.m_shared->items.clear();
}

void Inbox::Sender::post(Item item) const {
  const std::lock_guard lock(m_shared->mutex);
  if (!m_shared->inbox)
    return;
  m_shared->items.push_back(std::move(item));
  if (m_shared->woken)
    return;
  m_shared->woken = true;
  // Under the mutex: the inbox cannot be destroyed between the test above and this.
  QMetaObject::invokeMethod(
      m_shared->inbox, [inbox = m_shared->inbox] { inbox->schedule(); }, Qt::QueuedConnection);
}

void Inbox::schedule() {
  const auto past = m_sinceLast.isValid() ? m_sinceLast.elapsed() : kInterval.count();
  m_timer.start(int(std::max<qint64>(0, kInterval.count() - past)));
}

void Inbox::deliver() {
  QElapsedTimer clock;
  clock.start();
  bool more = true;
  while (more && clock.elapsed() < kSlice.count()) {
    Item item;
    {
      const std::lock_guard lock(m_sender.m_shared->mutex);
      auto &items = m_sender.m_shared->items;
      if (items.empty()) {
        m_sender.m_shared->woken = false;
        more = false;
      } else {
        item = std::move(items.front());
        items.pop_front();
      }
    }
    if (item)
      item();
  }
  if (more) // the rest after other events have had their turn
    m_timer.start(0);
  if (!more || !m_sinceLast.isValid() || m_sinceLast.elapsed() >= kInterval.count()) {
    m_sinceLast.start();
    Q_EMIT delivered();
  }
}

} // namespace evolute::app
