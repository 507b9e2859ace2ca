// SPDX-License-Identifier: GPL-3.0-or-later
// The part of WindowCommands that matches tensors of the files with what the model expects.
#include <QMainWindow>
#include <QPointer>

#include "app/jobs/job_queue.h"
#include "app/session/run_session.h"
#include "app/window/tensor_dialog.h"
#include "app/window/window_commands.h"
#include "core/checkpoint/tensor_mapping_file.h"

namespace evolute::app {

namespace {

TensorNames namesIn(const core::Run &run) {
  const core::CheckpointEntry &entry = run.index.checkpoints.back();
  const core::CheckpointFile file = core::CheckpointFile::open(entry.path);
  TensorNames names;
  names.file = QString::fromStdString(entry.path.string());
  names.mapping = entry.tensors ? *entry.tensors : core::TensorMapping();
  names.found = file.arrays();
  names.expected = core::expectedTensors(run.description.model, file.renamed(names.mapping));
  return names;
}

/// Runs on a worker; what it throws is shown where it was asked for, not as a failed job.
template <typename Work> QString problemOf(Work work) {
  try {
    work();
  } catch (const std::exception &error) {
    return QString::fromUtf8(error.what());
  }
  return {};
}

} // namespace

void WindowCommands::matchTensors() {
  if (!hasCheckpoints())
    return;
  JobSpec spec;
  spec.title = tr("Read the names of tensors");
  spec.priority = JobPriority::Interactive;
  spec.passing = true;
  spec.work = [guard = QPointer<WindowCommands>(this), run = m_parts.session->run()](JobControl &control) {
    TensorNames names;
    const QString problem = problemOf([&] { names = namesIn(run); });
    control.post([guard, names, problem, root = run.index.root] {
      if (!guard)
        return;
      if (!problem.isEmpty()) {
        Q_EMIT guard->failed(problem);
        return;
      }
      auto *dialog = new TensorDialog(names, guard->m_parts.window);
      dialog->setAttribute(Qt::WA_DeleteOnClose);
      connect(dialog, &QDialog::accepted, guard, [guard, dialog, root] { guard->keepTensors(root, dialog->mapping()); });
      dialog->open();
    });
    return QString();
  };
  m_parts.session->jobs().add(std::move(spec));
}

void WindowCommands::keepTensors(const std::filesystem::path &run, const core::TensorMapping &mapping) {
  JobSpec spec;
  spec.title = tr("Keep the names of tensors");
  spec.priority = JobPriority::Interactive;
  spec.passing = true;
  spec.work = [guard = QPointer<WindowCommands>(this), run, mapping](JobControl &control) {
    const QString problem = problemOf([&] { core::storeTensorMapping(run, mapping); });
    control.post([guard, run, problem] {
      if (!guard)
        return;
      if (!problem.isEmpty()) {
        Q_EMIT guard->failed(problem);
        return;
      }
      Q_EMIT guard->reported(tr("The names are kept with the run"));
      // Under other names these are other weights: all that is known of the run is read anew.
      if (guard->m_parts.session->run().index.root == run)
        guard->m_parts.session->open(QString::fromStdString(run.string()));
    });
    return QString();
  };
  m_parts.session->jobs().add(std::move(spec));
}

} // namespace evolute::app
