// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/results/database.h"

#include <sqlite3.h>

#include "core/resource_error.h"

namespace evolute::core {

namespace {

// Another writer of the same file holds it for the milliseconds of a commit.
constexpr int kPatienceMilliseconds = 20000;

[[noreturn]] void fail(sqlite3 *database, const std::filesystem::path &path, const char *doing) {
  const char *reason = database != nullptr ? sqlite3_errmsg(database) : "out of memory";
  const std::string sentence = path.string() + ": cannot " + doing + ": " + reason;
  const int kind = database != nullptr ? sqlite3_errcode(database) & 0xff : SQLITE_NOMEM;
  if (kind == SQLITE_FULL || kind == SQLITE_IOERR)
    throw ResourceError(sentence);
  throw Error(sentence);
}

} // namespace

void Statement::Finalize::operator()(sqlite3_stmt *statement) const {
  sqlite3_finalize(statement);
}

Statement::Statement(sqlite3 *database, const std::filesystem::path &path, const std::string &sql)
    : m_database(database), m_path(path) {
  sqlite3_stmt *statement = nullptr;
  const int code = sqlite3_prepare_v2(database, sql.c_str(), int(sql.size()), &statement, nullptr);
  m_statement.reset(statement);
  check(code, "read the results");
}

void Statement::check(int code, const char *doing) const {
  if (code != SQLITE_OK)
    fail(m_database, m_path, doing);
}

void Statement::bind(int parameter, std::int64_t value) {
  check(sqlite3_bind_int64(m_statement.get(), parameter, value), "set a value");
}

void Statement::bind(int parameter, double value) {
  check(sqlite3_bind_double(m_statement.get(), parameter, value), "set a value"); // NaN becomes NULL in there
}

void Statement::bind(int parameter, const std::string &value) {
  check(sqlite3_bind_text64(m_statement.get(), parameter, value.data(), value.size(), SQLITE_TRANSIENT,
                            SQLITE_UTF8),
        "set a value");
}

void Statement::bind(int parameter, std::span<const std::byte> blob) {
  // A null pointer would be NULL instead of an empty blob.
  const void *data = blob.empty() ? static_cast<const void *>("") : blob.data();
  check(sqlite3_bind_blob64(m_statement.get(), parameter, data, blob.size(), SQLITE_TRANSIENT),
        "set a value");
}

bool Statement::step() {
  const int code = sqlite3_step(m_statement.get());
  if (code == SQLITE_ROW)
    return true;
  if (code != SQLITE_DONE)
    fail(m_database, m_path,
         sqlite3_stmt_readonly(m_statement.get()) != 0 ? "read the results" : "write the results");
  return false;
}

void Statement::read(int column, std::int64_t &value) const {
  value = sqlite3_column_int64(m_statement.get(), column);
}

void Statement::read(int column, double &value) const {
  value = sqlite3_column_type(m_statement.get(), column) == SQLITE_NULL
              ? std::numeric_limits<double>::quiet_NaN()
              : sqlite3_column_double(m_statement.get(), column);
}

void Statement::read(int column, std::string &value) const {
  const auto *text = reinterpret_cast<const char *>(sqlite3_column_text(m_statement.get(), column));
  value.assign(text != nullptr ? text : "", std::size_t(sqlite3_column_bytes(m_statement.get(), column)));
}

std::span<const std::byte> Statement::blob(int column) const {
  const auto *data = static_cast<const std::byte *>(sqlite3_column_blob(m_statement.get(), column));
  return {data, std::size_t(sqlite3_column_bytes(m_statement.get(), column))};
}

void Database::Close::operator()(sqlite3 *database) const {
  sqlite3_close_v2(database);
}

Database::Database(const std::filesystem::path &path, Mode mode) : m_path(path) {
  const int flags =
      mode == Mode::ReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const std::u8string utf8 = path.u8string(); // what SQLite expects on every system
  sqlite3 *handle = nullptr;
  const int code = sqlite3_open_v2(reinterpret_cast<const char *>(utf8.c_str()), &handle,
                                   flags | SQLITE_OPEN_EXRESCODE, nullptr);
  m_handle.reset(handle);
  if (code != SQLITE_OK)
    fail(handle, m_path, "open the results");
  sqlite3_busy_timeout(handle, kPatienceMilliseconds);
}

int Database::tryExecute(const std::string &sql) const {
  return sqlite3_exec(m_handle.get(), sql.c_str(), nullptr, nullptr, nullptr);
}

void Database::execute(const std::string &sql) const {
  if (tryExecute(sql) != SQLITE_OK)
    fail(m_handle.get(), m_path, "write the results");
}

std::int64_t Database::integer(const std::string &sql) const {
  Statement statement = prepare(sql);
  std::int64_t value = 0;
  if (statement.step())
    statement.read(0, value);
  return value;
}

bool Database::writable() const {
  return sqlite3_db_readonly(m_handle.get(), "main") == 0;
}

std::int64_t Database::lastRow() const {
  return sqlite3_last_insert_rowid(m_handle.get());
}

Transaction::Transaction(const Database &database) : m_database(database) {
  m_database.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  if (m_open)
    m_database.tryExecute("ROLLBACK"); // SQLite may have done so itself, on a full disk say
}

void Transaction::commit() {
  m_database.execute("COMMIT");
  m_open = false;
}

} // namespace evolute::core
