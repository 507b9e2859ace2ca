// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/session/run_summary.h"

#include <algorithm>
#include <optional>
#include <regex>

#include <QCoreApplication>
#include <QLocale>

#include "core/checkpoint/step_name.h"

namespace evolute::app {

namespace {
struct Summary {
  Q_DECLARE_TR_FUNCTIONS(evolute::app::RunSummary)
};

QString nameBelow(const std::filesystem::path &file, const std::filesystem::path &root) {
  return QString::fromStdString(file.lexically_relative(root).generic_string());
}

std::vector<CheckpointMark> unreadableMarks(const core::Run &run) {
  using State = CheckpointMark::State;
  const core::RunIndex &index = run.index;
  const std::string &own = run.description.scan.stepRegex;
  const std::optional<std::regex> expression = own.empty() ? std::nullopt : std::optional<std::regex>(own);
  std::vector<CheckpointMark> marks;
  const auto add = [&](const std::filesystem::path &file, State state, const QString &reason) {
    const std::string path = file.lexically_relative(index.root).generic_string();
    const auto step = expression ? core::stepInPath(path, *expression) : core::stepInPath(path);
    if (step && !std::binary_search(index.checkpoints.begin(), index.checkpoints.end(),
                                    core::CheckpointEntry{*step, {}},
                                    [](const auto &a, const auto &b) { return a.step < b.step; }))
      marks.push_back({*step, state, reason});
  };
  for (const auto &file : index.skipped)
    add(file.path, State::Failed,
        Summary::tr("%1: %2").arg(nameBelow(file.path, index.root), QString::fromStdString(file.reason)));
  for (const auto &file : index.growing)
    add(file, State::Growing,
        Summary::tr("%1 is not whole: still being written, or cut short").arg(nameBelow(file, index.root)));
  std::stable_sort(marks.begin(), marks.end(), [](const auto &a, const auto &b) { return a.step < b.step; });
  marks.erase(
      std::unique(marks.begin(), marks.end(), [](const auto &a, const auto &b) { return a.step == b.step; }),
      marks.end());
  return marks;
}
} // namespace

QString RunSummary::details() const {
  QStringList lines = skipped;
  for (const QString &file : growing)
    lines << Summary::tr("%1: not whole, still being written or cut short").arg(file);
  return lines.join(u'\n');
}

RunSummary summarize(const core::Run &run, const MetricsSnapshot &metrics) {
  const QLocale locale;
  const core::RunIndex &index = run.index;
  RunSummary summary;
  summary.path = QString::fromStdString(index.root.string());
  summary.name = QString::fromStdString(run.description.name);
  if (summary.name.isEmpty())
    summary.name = QString::fromStdString(index.root.filename().string());
  summary.checkpointCount = std::int64_t(index.checkpoints.size());
  for (const auto &file : index.skipped)
    summary.skipped << Summary::tr("%1: %2").arg(nameBelow(file.path, index.root),
                                                 QString::fromStdString(file.reason));
  for (const auto &file : index.growing)
    summary.growing << nameBelow(file, index.root);
  summary.unreadable = unreadableMarks(run);

  QStringList parts;
  if (index.checkpoints.empty()) {
    parts << Summary::tr("no checkpoints yet");
  } else {
    summary.firstStep = index.checkpoints.front().step;
    summary.lastStep = index.checkpoints.back().step;
    parts << Summary::tr("%n checkpoint(s)", nullptr, int(summary.checkpointCount))
          << Summary::tr("steps %1 to %2")
                 .arg(locale.toString(qlonglong(summary.firstStep)),
                      locale.toString(qlonglong(summary.lastStep)));
  }
  if (metrics.fileName.isEmpty())
    parts << Summary::tr("no log");
  else
    parts << Summary::tr("%1 with %n column(s)", nullptr, int(metrics.series.size())).arg(metrics.fileName);
  if (!summary.growing.isEmpty())
    parts << Summary::tr("%n file(s) still growing", nullptr, int(summary.growing.size()));
  if (!summary.skipped.isEmpty())
    parts << Summary::tr("%n file(s) skipped", nullptr, int(summary.skipped.size()));
  summary.sentence = parts.join(Summary::tr(", "));
  return summary;
}

} // namespace evolute::app
