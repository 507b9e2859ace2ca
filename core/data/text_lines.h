// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace evolute::core {

/// The text files that a list of files and folders means: folders with all below them, sorted; hidden names
/// are left out. \throws Error for a path that is not there, or when nothing is found.
std::vector<std::filesystem::path> textFilesOf(const std::vector<std::filesystem::path> &paths);

std::uint64_t bytesOf(const std::vector<std::filesystem::path> &files);

/// The text of files line by line, each with its newline; a line beyond kLongest bytes comes in pieces, never
/// cut within a character. Memory: one piece.
class TextLines {
public:
  static constexpr std::size_t kLongest = 4096;
  explicit TextLines(std::vector<std::filesystem::path> files) : m_files(std::move(files)) {}

  /// False at the end. \throws Error for a file that cannot be read or is no UTF-8, naming file and line.
  bool next(std::string &piece);
  bool beginsFile() const { return m_beginsFile; } ///< the last piece was a file's first
  std::uint64_t bytesRead() const { return m_bytesRead; }

private:
  bool openNext();
  void readMore();

  std::vector<std::filesystem::path> m_files;
  std::size_t m_file = 0; // the next to open
  std::ifstream m_stream;
  std::string m_buffer;
  std::size_t m_at = 0;
  std::int64_t m_line = 0;
  std::uint64_t m_bytesRead = 0;
  bool m_isOpen = false, m_beginsFile = false, m_first = false;
};

} // namespace evolute::core
