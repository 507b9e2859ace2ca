// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include <QStringList>
#include <QWidget>

namespace evolute::widgets {

struct RecentRun {
  QString path;
  QString title;   ///< the run's name
  QString details; ///< "501 checkpoints · yesterday"
  bool missing = false;
};

/// The first screen: drop a folder, open one, take a recent one, or the demo; and the five keys worth
/// knowing.
class EmptyState : public QWidget {
  Q_OBJECT
public:
  explicit EmptyState(QWidget *parent = nullptr);
  ~EmptyState() override;
  void setRecentRuns(const std::vector<RecentRun> &runs);

Q_SIGNALS:
  void openRequested();
  void demoRequested();
  void recentRequested(const QString &path);
  void pathsDropped(const QStringList &paths); ///< local files and folders

protected:
  void dragEnterEvent(QDragEnterEvent *event) override;
  void dragLeaveEvent(QDragLeaveEvent *event) override;
  void dropEvent(QDropEvent *event) override;
  void paintEvent(QPaintEvent *event) override;

private:
  struct Private;
  std::unique_ptr<Private> d;
};

} // namespace evolute::widgets
