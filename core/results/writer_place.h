// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/results/database.h"

namespace evolute::core {

/// The two folders where results of a run may lie: its own, and the one in the user's data folder for runs
/// that cannot be written (empty when the system has no such folder).
struct ResultFolders {
  std::filesystem::path own, fallback;
};
ResultFolders resultFoldersOf(const std::filesystem::path &runFolder);

/// Every results file of both folders that exists now: results.db and results-*.db, by name, own folder
/// first.
std::vector<std::filesystem::path> resultFilesIn(const ResultFolders &folders);

/// The file that this process writes to, and the right to do so.
///
/// The right to results.db is an exclusive SQLite transaction that stays open on an empty file beside it,
/// results.lock: the operating system ends it when the process dies, however it dies; it also tells apart two
/// stores of one process, and needs no system call of ours. Who comes second takes results-<host>-<pid>.db.
/// The lock only keeps writers out of each other's files. If a network file system grants it twice, SQLite's
/// own locks still order the writes.
struct WriterPlace {
  std::unique_ptr<Database> lock; ///< null when another holds results.db
  std::unique_ptr<Database> database;
  std::string location; ///< one sentence when it is not the run's own folder; else empty
};
/// \throws Error when neither folder can be written, or the file is damaged or of a newer schema.
WriterPlace takeWriterPlace(const ResultFolders &folders);

/// Hands the file over in the plainest state: one file without a log beside it, readable from a read-only
/// copy. Best effort.
void leaveWriterPlace(WriterPlace &place);

} // namespace evolute::core
