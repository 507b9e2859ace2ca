// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace evolute::core {

/// One prepared SQL statement. Parameters count from 1, columns from 0, as in SQLite. Failures throw Error.
class Statement {
public:
  Statement(sqlite3 *database, const std::filesystem::path &path, const std::string &sql);

  void bind(int parameter, std::int64_t value);
  void bind(int parameter, double value); ///< NaN is kept as NULL
  void bind(int parameter, const std::string &value);
  void bind(int parameter, std::span<const std::byte> blob); ///< copied
  template <class... Values> Statement &bindAll(const Values &...values) {
    int parameter = 0;
    (bind(++parameter, values), ...);
    return *this;
  }
  /// True when there is a row to read.
  bool step();

  void read(int column, std::int64_t &value) const;
  void read(int column, double &value) const; ///< NULL becomes NaN
  void read(int column, std::string &value) const;
  /// Valid until the next step().
  std::span<const std::byte> blob(int column) const;

private:
  struct Finalize {
    void operator()(sqlite3_stmt *statement) const;
  };
  sqlite3 *m_database;
  std::filesystem::path m_path;
  std::unique_ptr<sqlite3_stmt, Finalize> m_statement;

  void check(int code, const char *doing) const;
};

/// One connection to one SQLite file. For one thread at a time.
class Database {
public:
  enum class Mode { ReadOnly, ReadWrite }; ///< ReadWrite creates the file
  /// \throws Error when the file cannot be opened. Damage shows at the first statement.
  Database(const std::filesystem::path &path, Mode mode);

  const std::filesystem::path &path() const { return m_path; }
  Statement prepare(const std::string &sql) const { return {m_handle.get(), m_path, sql}; }
  void execute(const std::string &sql) const; ///< one or more statements, rows thrown away
  /// As execute(), but tells instead of throwing; the answer is SQLite's result code.
  int tryExecute(const std::string &sql) const;
  std::int64_t integer(const std::string &sql) const; ///< first column of the first row
  bool writable() const;
  std::int64_t lastRow() const;

private:
  struct Close {
    void operator()(sqlite3 *database) const;
  };
  std::filesystem::path m_path;
  std::unique_ptr<sqlite3, Close> m_handle;
};

/// Everything or nothing: rolled back unless commit() is reached.
class Transaction {
public:
  explicit Transaction(const Database &database);
  ~Transaction();
  Transaction(const Transaction &) = delete;
  Transaction &operator=(const Transaction &) = delete;
  void commit();

private:
  const Database &m_database;
  bool m_open = true;
};

} // namespace evolute::core
