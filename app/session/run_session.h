// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include <QDateTime>
#include <QObject>
#include <QPointer>
#include <QString>
#include <QStringList>
#include <QThreadPool>

#include "app/jobs/calibration_job.h"
#include "app/jobs/job_queue.h"
#include "app/jobs/llc_job.h"
#include "app/jobs/load_job.h"
#include "app/jobs/numerics.h"
#include "app/jobs/run_watcher.h"
#include "app/jobs/stages_job.h"
#include "app/session/checkpoint_mark.h"
#include "app/session/run_summary.h"
#include "core/stages/stage_set.h"

namespace evolute::app {

class EdComputation;

/// What a λ̂ request would cost.
struct LlcForecast {
  double secondsPerEstimate = 0;
  std::int64_t estimates = 0; ///< asked for
  std::int64_t stored = 0;    ///< of these, there already
  double seconds() const { return secondsPerEstimate * double(estimates - stored); }
};

/// What a calibration tells while it runs; all on the GUI thread, as long as the run is open. None may be
/// empty.
struct CalibrationCallbacks {
  std::function<void(const CalibrationCellReport &)> cell;
  std::function<void(const QString &sentence)> failed;        ///< a checkpoint that cannot be read
  std::function<void(const core::CalibrationResult &)> ended; ///< not when the job fails: see its sentence
};

/// Stages of another run, or from a file, that stand beside those of the open run.
struct ComparedStages {
  QString title; ///< the run's or the file's name
  core::StageSet set;
  bool operator==(const ComparedStages &) const = default;
};

/// One open run: what is known of it, and the only place where the docks meet. Signals say what happened,
/// functions say what to do. Everything that reads, scans, hashes or computes runs off the GUI thread;
/// results arrive in batches, at most 10 a second, and no function here takes longer than a few milliseconds.
/// For the GUI thread only. The queue must outlive the session.
class RunSession : public QObject {
  Q_OBJECT
public:
  enum class Phase { Closed, Opening, Open };

  explicit RunSession(JobQueue &jobs, Numerics numerics, QObject *parent = nullptr);
  ~RunSession() override; ///< cancels its jobs, does not wait

  // -- what is known --

  Phase phase() const { return m_phase; }
  const RunSummary &summary() const { return m_summary; }
  const core::Run &run() const { return m_run; }
  const core::ModelSummary &model() const { return m_model; }
  bool isModelKnown() const { return m_modelKnown; } ///< false until modelChanged()
  /// Never null while open.
  const std::shared_ptr<const MetricsSnapshot> &metrics() const { return m_metrics; }
  /// By (step, component, slice, settings); without traces. Those of replaced checkpoints are left out.
  const std::vector<core::LlcEstimate> &estimates() const { return m_estimates; }
  const core::Trajectory &trajectory() const { return m_trajectory; }
  /// Of a trajectory that cannot be had; empty otherwise.
  const QString &trajectoryProblem() const { return m_trajectoryProblem; }
  /// The job that computes it, not ended yet; null when nothing is on its way.
  const Job *trajectoryJob() const { return m_edJob && !m_edJob->hasEnded() ? m_edJob.data() : nullptr; }
  /// Why λ̂ cannot be asked for now, one sentence; empty when it can.
  QString llcObstacle() const;
  const std::vector<CheckpointMark> &checkpoints() const { return m_marks; } ///< by step
  const CheckpointMark *checkpoint(std::int64_t step) const;                 ///< nullptr when there is none
  std::int64_t cursor() const { return m_cursor; } ///< step of a checkpoint; 0 when there is none
  bool isLive() const { return m_live; }           ///< something was written since opening, within 10 minutes
  QDateTime lastArrival() const { return m_lastArrival; } ///< invalid when nothing has arrived
  bool isFollowing() const { return m_following; }        ///< the cursor goes to each new checkpoint
  const QString &lostSentence() const { return m_lost; }  ///< why the folder cannot be read now; else empty
  const QString &resultsLocation() const { return m_resultsLocation; } ///< told once; empty when in the run
  /// Built-in ones first, then those kept with the run: see core/llc/preset_file.h.
  const std::vector<core::LlcPreset> &presets() const { return m_presets; }
  /// Kept with the run's results under the name "stages"; nothing while none are there.
  const std::optional<core::StageSet> &stages() const { return m_stages; }
  const std::optional<ComparedStages> &comparedStages() const { return m_compared; }
  JobQueue &jobs() const { return m_jobs; }

  /// Numeric work without a device of its own (essential dynamics) runs here. Default "auto".
  void setDevice(const core::DeviceOptions &device) { m_device = device; }
  /// How closely the folder is followed; from the next open() on.
  void setWatchOptions(const RunWatcher::Options &options) { m_watchOptions = options; }

  // -- what to do --

  /// Answers with opened() or openFailed(). What was open is closed.
  void open(const QString &path);
  void close();
  /// Runs `then` once the run that was last asked for is open; drops it when that fails or another run is opened
  /// instead. To be called after open().
  void whenOpened(QObject *context, std::function<void()> then);

  /// Estimates what is asked for and not stored yet. nullptr when nothing is open. See problems in the
  /// settings first: a fatal one makes the job fail with its sentence.
  Job *computeLlc(const core::LlcRequest &request);
  /// The estimate of this checkpoint is wanted next by every running λ̂ job that has it.
  void promote(std::int64_t step);
  /// Answers once, through `done`, on the GUI thread: the forecast, or a sentence why there is none. A newer
  /// question replaces one not answered yet, closing the run drops it. Takes a second or so.
  void forecast(const core::LlcRequest &request, QObject *context,
                std::function<void(const std::optional<LlcForecast> &, const QString &problem)> done);
  /// The stored estimate with its traces; nothing when it is not stored. Answers once while the run is open.
  void fetchEstimate(const core::EstimateKey &key, QObject *context,
                     std::function<void(const std::optional<core::LlcEstimate> &)> done);
  /// Numbers about checkpoints that `evolute-cli metrics` has stored, by name, component and step. Answers once while
  /// the run is open; nothing where nothing is stored.
  void fetchMetrics(QObject *context, std::function<void(const std::vector<core::MetricValue> &)> done);
  /// What heads attend to, or a sentence why that cannot be had. Answers once, unless a newer question or closing the
  /// run comes before.
  void fetchAttention(const core::AttentionRequest &request, QObject *context,
                      std::function<void(const std::optional<core::AttentionOnText> &, const QString &problem)> done);
  /// What core::planCalibration() answers, or a sentence why it has none. Answers once, unless a newer
  /// question or closing the run comes before. Takes seconds.
  void planCalibration(
      const core::CalibrationRequest &request, QObject *context,
      std::function<void(const std::optional<core::CalibrationPlan> &, const QString &problem)> done);
  /// Its estimates join the others. `context` guards the callbacks. nullptr when nothing is open.
  Job *calibrate(const core::CalibrationRequest &request, const core::CalibrationPlan &plan, QObject *context,
                 const CalibrationCallbacks &callbacks);
  /// Keeps a preset with the run, in place of one of the same name. Answers with its file or a sentence.
  void savePreset(const core::LlcPreset &preset, QObject *context,
                  std::function<void(const QString &file, const QString &problem)> done);

  /// Shown at once, written in the background in the order of the calls; the last one is there when the run is
  /// opened again. Nothing takes the stages away. Does nothing while no run is open.
  void setStages(std::optional<core::StageSet> stages);
  void setComparedStages(std::optional<ComparedStages> stages); ///< for this session; nothing ends the comparison
  /// Answers unless it fails or is cancelled. nullptr when nothing is open.
  Job *proposeStages(const StagesRequest &request, QObject *context,
                     std::function<void(const core::StageProposal &)> done);
  /// What the proposal's curve does between the edges of `set`: one answer a stage. A newer question replaces one
  /// not answered yet.
  void measureStages(const core::StageProposal &proposal, const core::MilestoneSettings &settings,
                     const core::StageSet &set, QObject *context,
                     std::function<void(const std::vector<core::StageChange> &)> done);
  /// From a TOML file or from another run's folder. Answers with stages or with a sentence.
  void readStages(const QString &path, QObject *context,
                  std::function<void(const std::optional<core::StageSet> &, const QString &problem)> done);
  /// As TOML. Answers with an empty text or a sentence; not at all while there are no stages.
  void writeStages(const QString &file, QObject *context, std::function<void(const QString &problem)> done);

public Q_SLOTS:
  void setCursor(std::int64_t step);  ///< goes to the nearest checkpoint
  void moveCursorBy(int checkpoints); ///< stays inside
  void setFollow(bool follow);        ///< turning it on goes to the last checkpoint
  void pauseJob(quint64 id) { m_jobs.pause(id); }
  void resumeJob(quint64 id) { m_jobs.resume(id); }
  void cancelJob(quint64 id) { m_jobs.cancel(id); }

Q_SIGNALS:
  void opened(const evolute::app::RunSummary &summary);
  void openFailed(const QString &sentence);
  void closed();
  void modelChanged();
  void checkpointsAdded(const std::vector<std::int64_t> &steps);
  void checkpointsReplaced(const std::vector<std::int64_t> &steps);
  void metricsChanged();
  void estimatesAdded(const std::vector<core::LlcEstimate> &estimates); ///< new or found stored
  void estimatesChanged(); ///< after every change, also when some were dropped
  void trajectoryChanged(const core::Trajectory &trajectory); ///< or its problem
  void checkpointStateChanged(const std::vector<std::int64_t> &steps);
  void summaryChanged(); ///< of the open run, by what was written to its folder
  void cursorMoved(std::int64_t step);
  void followChanged(bool follow);
  void liveChanged(bool live);
  void folderLost(const QString &sentence);
  void folderFound();
  void jobsChanged();
  void presetsChanged();
  void stagesChanged();
  void comparedStagesChanged();
  void message(const QString &sentence); ///< for the quiet list of messages

private:
  /// What the batch being delivered has changed, told once at its end.
  struct Pending {
    std::vector<std::int64_t> added, replaced;
    std::set<std::int64_t> marks;
    std::vector<core::LlcEstimate> estimates;
    bool metrics = false;
    bool estimatesChanged = false;
    bool trajectory = false;
  };

  /// Runs `item` on the GUI thread unless the run has been closed or replaced meanwhile.
  std::function<void(std::function<void(RunSession &)>)> poster();
  void announce();
  void reset();
  Job *addJob(JobSpec spec);
  void takeOpened(const core::Run &run, const RunSummary &summary, std::shared_ptr<core::MetricsLog> log,
                  std::shared_ptr<const MetricsSnapshot> metrics);
  void takeResults(std::vector<core::LlcEstimate> estimates, const QString &location);
  void takeModel(const core::ModelSummary &model);
  void takeEstimates(std::vector<core::LlcEstimate> estimates);
  void replaceEstimates(std::vector<core::LlcEstimate> estimates);
  void takeChange(const RunChange &change);
  void recheck();        // which estimates still hold, after checkpoints were replaced
  void summarizeAgain(); // the model, of a run that had none
  void setMark(std::int64_t step, CheckpointMark::State state, const QString &reason = {});
  void settleMarks(const std::set<std::int64_t> &steps); // to what is known of them
  void endLlcJob(quint64 id);
  void readPresets();
  void readKeptStages();
  void startTrajectory();
  void noticeArrival();
  void setLive(bool live);
  std::vector<std::int64_t> stepsOf(const core::LlcRequest &request) const;

  JobQueue &m_jobs;
  Numerics m_numerics;
  core::DeviceOptions m_device;
  Phase m_phase = Phase::Closed;
  std::uint64_t m_generation = 0; // grows with every open and close

  RunSummary m_summary;
  core::Run m_run;
  core::ModelSummary m_model;
  bool m_modelKnown = false;
  std::shared_ptr<const MetricsSnapshot> m_metrics;
  std::vector<core::LlcEstimate> m_estimates;
  std::vector<core::LlcPreset> m_presets = core::llcPresets();
  core::Trajectory m_trajectory;
  QString m_trajectoryProblem;
  std::vector<CheckpointMark> m_marks;
  std::int64_t m_cursor = 0;
  bool m_following = false;
  bool m_live = false;
  QDateTime m_lastArrival;
  QTimer m_quiet; // turns m_live off
  QString m_lost;
  QString m_resultsLocation;

  RunWatcher m_watcher;
  RunWatcher::Options m_watchOptions;
  StorePromise::Future m_store;
  std::shared_ptr<EdComputation> m_ed;
  QPointer<Job> m_edJob;
  bool m_edWanted = false; // checkpoints came while m_edJob ran
  std::vector<QPointer<Job>> m_ownJobs;
  struct LlcJobState {
    std::set<std::int64_t> steps;
    std::shared_ptr<PromotedSteps> promoted;
  };
  std::map<quint64, LlcJobState> m_llcJobs; // not ended yet
  QPointer<Job> m_forecastJob, m_planJob, m_measureJob, m_attentionJob;
  Pending m_pending;
  std::optional<core::StageSet> m_stages;
  std::optional<ComparedStages> m_compared;
  QThreadPool m_stageKeeper; // one after the other, and to the end: its destructor waits
};

} // namespace evolute::app
