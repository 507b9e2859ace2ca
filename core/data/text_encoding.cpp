// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/text_encoding.h"

#include "core/data/text_lines.h"
#include "core/data/token_writer.h"

namespace evolute::core {

EncodedText encodeText(const TextTokenizer &tokenizer, const std::vector<std::filesystem::path> &files,
                       const std::filesystem::path &npy, const Observer &observe) {
  TokenWriter writer(npy, tokenizer.vocabularySize());
  const auto total = std::int64_t(bytesOf(files));
  const std::vector<std::int32_t> end(tokenizer.endOfText() < 0 ? 0 : 1, tokenizer.endOfText());
  TextLines lines(files);
  EncodedText result;
  result.dtype = writer.dtype();
  std::string line;
  for (std::int64_t count = 0; lines.next(line); ++count) {
    if (lines.beginsFile() && count > 0)
      writer.add(end);
    writer.add(tokenizer.encode(line));
    constexpr std::int64_t kLinesAReport = 1000;
    if (observe && count % kLinesAReport == 0 &&
        observe({std::int64_t(lines.bytesRead()), total, "encoding " + npy.stem().string()}) == Flow::Stop) {
      result.stopped = true;
      return result;
    }
  }
  writer.add(end);
  writer.commit();
  result.tokens = writer.count();
  result.bytes = lines.bytesRead();
  return result;
}

} // namespace evolute::core
