// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/results/writer_place.h"

#include <algorithm>
#include <optional>
#include <system_error>

#include <sqlite3.h>

#include "core/error.h"
#include "core/hash.h"
#include "core/results/platform_identity.h"
#include "core/results/schema.h"

namespace evolute::core {

namespace {

namespace fs = std::filesystem;

struct Attempt {
  std::optional<WriterPlace> place;
  std::string obstacle; ///< why the folder cannot be written
};

Attempt takePlaceIn(const fs::path &folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error || !fs::is_directory(folder, error))
    return {std::nullopt, error ? error.message() : "a file is in the way"};
  WriterPlace place;
  std::string name = "results.db";
  try {
    place.lock = std::make_unique<Database>(folder / "results.lock", Database::Mode::ReadWrite);
  } catch (const Error &) {
    return {std::nullopt, "no file can be made there"};
  }
  place.lock->execute("PRAGMA busy_timeout = 0");
  const int code = place.lock->tryExecute("BEGIN EXCLUSIVE");
  if ((code & 0xff) == SQLITE_BUSY) {
    place.lock.reset();
    name = "results-" + hostName() + "-" + processName() + ".db";
  } else if (code != SQLITE_OK) {
    return {std::nullopt, "its files cannot be written"};
  }
  place.database = std::make_unique<Database>(folder / name, Database::Mode::ReadWrite);
  if (!place.database->writable())
    return {std::nullopt, name + " is read-only"};
  // Readers and the writer do not wait for each other in this mode; where it is not to be had (some network
  // file systems) SQLite stays with its older journal, which is as safe.
  checkSchema(*place.database); // before anything is written to a file that may not be ours
  place.database->tryExecute("PRAGMA journal_mode = WAL");
  place.database->execute("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
  createOrMigrateSchema(*place.database);
  return {std::move(place), {}};
}

bool isResultFile(const fs::path &path) {
  const std::string name = path.filename().string();
  return name == "results.db" || (name.starts_with("results-") && name.ends_with(".db"));
}

} // namespace

ResultFolders resultFoldersOf(const fs::path &runFolder) {
  std::error_code error;
  fs::path run = fs::weakly_canonical(runFolder, error);
  if (error)
    run = fs::absolute(runFolder);
  ResultFolders folders{run / ".evolute", {}};
  if (const fs::path data = userDataFolder(); !data.empty())
    folders.fallback = data / "evolute" / "runs" / hashOf(run.generic_string());
  return folders;
}

std::vector<fs::path> resultFilesIn(const ResultFolders &folders) {
  std::vector<fs::path> files;
  for (const fs::path &folder : {folders.own, folders.fallback}) {
    std::vector<fs::path> here;
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
      if (isResultFile(it->path()))
        here.push_back(it->path());
    // What is not there holds no results; what is there and closed to us may.
    if (error == std::errc::permission_denied || error == std::errc::io_error)
      throw Error(folder.string() + ": cannot look for results: " + error.message());
    std::sort(here.begin(), here.end());
    files.insert(files.end(), here.begin(), here.end());
  }
  return files;
}

WriterPlace takeWriterPlace(const ResultFolders &folders) {
  Attempt own = takePlaceIn(folders.own);
  if (own.place)
    return std::move(*own.place);
  const std::string refusal = folders.own.string() + " cannot be written (" + own.obstacle + ")";
  if (folders.fallback.empty())
    throw Error(refusal + " and the system names no data folder for this user");
  Attempt fallback = takePlaceIn(folders.fallback);
  if (!fallback.place)
    throw Error(refusal + " and neither can " + folders.fallback.string() + " (" + fallback.obstacle + ")");
  fallback.place->location = refusal + ": results are kept in " + folders.fallback.string() + ".";
  return std::move(*fallback.place);
}

void leaveWriterPlace(WriterPlace &place) {
  if (place.database)
    place.database->tryExecute("PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE");
  place.database.reset();
  place.lock.reset(); // last: nobody else may take the file before it is closed
}

} // namespace evolute::core
