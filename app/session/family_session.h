// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QPointer>
#include <QStringList>

#include "app/jobs/job_queue.h"
#include "app/jobs/numerics.h"
#include "core/family/family_estimates.h"

namespace evolute::app {

/// The runs that are compared, beside the one run that is open. What it holds grows while its job works.
class FamilySession : public QObject {
  Q_OBJECT
public:
  /// `jobs` outlives this.
  FamilySession(JobQueue &jobs, Numerics numerics, QObject *parent = nullptr);
  ~FamilySession() override;

  /// Runs, and folders of them. Answers with opened() and changed(), or failed(). What was open is closed.
  void open(const QStringList &paths);
  void close();
  bool isOpen() const { return m_open; } ///< the runs are known
  bool isBusy() const { return m_job && !m_job->hasEnded(); }

  const core::Family &family() const { return m_family; }
  const core::FamilyEstimates &estimates() const { return m_estimates; }
  const core::FamilyResult &result() const { return m_result; } ///< without members until there is one

  /// Takes effect at once when a result is there: it is computed anew.
  void setWeighting(core::CurveWeighting weighting);
  core::CurveWeighting weighting() const { return m_settings.weighting; }
  void cancel();

Q_SIGNALS:
  void opened();
  void changed();
  void closed();
  void busyChanged();
  void failed(const QString &sentence);
  void message(const QString &sentence); ///< for the quiet list of messages

private:
  void start();

  JobQueue &m_jobs;
  Numerics m_numerics;
  core::FamilySettings m_settings;
  QStringList m_paths;
  bool m_open = false;
  core::Family m_family;
  core::FamilyEstimates m_estimates;
  core::FamilyResult m_result;
  QPointer<Job> m_job;
  std::uint64_t m_generation = 0;
};

} // namespace evolute::app
