// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

namespace evolute::app {

/// Brings work from any thread to the thread that the inbox lives in, in order and in batches: the first
/// after a quiet time at once, further ones at most 10 times a second, none longer than `kSlice` of the event
/// loop.
///
/// Workers hold a Sender, which may outlive the inbox: what is sent then is dropped. An item that captures an
/// object of the receiving thread must guard it (QPointer made in that thread, copied into the item).
class Inbox : public QObject {
  Q_OBJECT
public:
  using Item = std::function<void()>;
  static constexpr std::chrono::milliseconds kInterval{100};
  static constexpr std::chrono::milliseconds kSlice{10};

  class Sender {
  public:
    /// Any thread. Never blocks on the receiver.
    void post(Item item) const;

  private:
    friend class Inbox;
    struct Shared {
      std::mutex mutex;
      std::deque<Item> items;
      Inbox *inbox = nullptr; // null once the inbox is gone
      bool woken = false;
    };
    std::shared_ptr<Shared> m_shared;
  };

  explicit Inbox(QObject *parent = nullptr);
  ~Inbox() override;
  Sender sender() const { return m_sender; }

Q_SIGNALS:
  void delivered(); ///< a batch has been run; the moment to announce what it changed, once

private:
  void schedule();
  void deliver();

  Sender m_sender;
  QTimer m_timer;
  QElapsedTimer m_sinceLast;
};

} // namespace evolute::app
