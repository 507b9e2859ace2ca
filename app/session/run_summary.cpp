// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/session/run_summary.h"

#include <QCoreApplication>
#include <QLocale>

namespace evolute::app {

namespace {
struct Summary {
  Q_DECLARE_TR_FUNCTIONS(evolute::app::RunSummary)
};

QString nameBelow(const std::filesystem::path &file, const std::filesystem::path &root) {
  return QString::fromStdString(file.lexically_relative(root).generic_string());
}
} // namespace

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
