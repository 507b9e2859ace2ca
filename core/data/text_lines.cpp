// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/text_lines.h"

#include <algorithm>
#include <utility>

#include "core/checkpoint/utf8.h"
#include "core/error.h"

namespace evolute::core {

namespace fs = std::filesystem;

std::vector<fs::path> textFilesOf(const std::vector<fs::path> &paths) {
  std::vector<fs::path> files;
  for (const fs::path &path : paths) {
    std::error_code error;
    if (fs::is_regular_file(path, error)) {
      files.push_back(path);
      continue;
    }
    if (!fs::is_directory(path, error))
      throw Error(path.string() + ": expected a text file or a folder of them, found neither");
    std::vector<fs::path> below;
    for (fs::recursive_directory_iterator it(path, fs::directory_options::skip_permission_denied, error), end;
         !error && it != end; it.increment(error)) {
      std::error_code ignored;
      if (it->path().filename().string().starts_with("."))
        it.disable_recursion_pending();
      else if (it->is_regular_file(ignored))
        below.push_back(it->path());
    }
    if (error)
      throw Error(path.string() + ": cannot read the folder: " + error.message());
    std::sort(below.begin(), below.end());
    files.insert(files.end(), below.begin(), below.end());
  }
  if (files.empty())
    throw Error((paths.empty() ? std::string("text") : paths.front().string()) +
                ": expected text files, found an empty folder");
  return files;
}

std::uint64_t bytesOf(const std::vector<fs::path> &files) {
  std::uint64_t bytes = 0;
  std::error_code ignored;
  for (const fs::path &file : files)
    bytes += fs::file_size(file, ignored);
  return bytes;
}

bool TextLines::openNext() {
  if (m_file == m_files.size())
    return false;
  m_stream = std::ifstream(m_files[m_file], std::ios::binary);
  if (!m_stream)
    throw Error(m_files[m_file].string() + ": cannot read the file");
  ++m_file;
  m_isOpen = m_first = true;
  m_line = 0;
  return true;
}

void TextLines::readMore() {
  constexpr std::size_t kStretch = 1U << 16U;
  m_buffer.erase(0, m_at);
  m_at = 0;
  const std::size_t held = m_buffer.size();
  m_buffer.resize(held + kStretch);
  m_stream.read(m_buffer.data() + held, std::streamsize(kStretch));
  m_buffer.resize(held + std::size_t(m_stream.gcount()));
  m_isOpen = m_buffer.size() > held;
}

bool TextLines::next(std::string &piece) {
  std::size_t end = m_buffer.find('\n', m_at);
  while (end == std::string::npos && m_buffer.size() - m_at <= kLongest) {
    if (m_isOpen)
      readMore();
    else if (m_at < m_buffer.size())
      break; // the last line has no newline
    else if (!openNext())
      return false;
    end = m_buffer.find('\n', m_at);
  }
  std::size_t length = end == std::string::npos ? m_buffer.size() - m_at : end + 1 - m_at;
  if (length > kLongest) {
    length = kLongest;
    while (length > kLongest - 4 && (static_cast<unsigned char>(m_buffer[m_at + length]) & 0xC0U) == 0x80U)
      --length; // not within a character
  }
  piece.assign(m_buffer, m_at, length);
  m_at += length;
  m_beginsFile = std::exchange(m_first, false);
  m_bytesRead += length;
  m_line += piece.back() == '\n' ? 1 : 0;
  if (!isUtf8(piece))
    throw Error(m_files[m_file - 1].string() + ", line " +
                std::to_string(m_line + (piece.back() == '\n' ? 0 : 1)) +
                ": expected UTF-8 text, found other bytes");
  return true;
}

} // namespace evolute::core
