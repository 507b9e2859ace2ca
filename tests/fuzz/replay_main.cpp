// SPDX-License-Identifier: GPL-3.0-or-later
// Stands in for libFuzzer where it is not at hand: runs a fuzz target on every file of the given folders and
// on mutations of them, the same ones each time.
//   replay MUTATIONS FOLDER...
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size);

namespace {

using Bytes = std::vector<std::uint8_t>;

std::vector<Bytes> filesIn(const std::filesystem::path &folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto &entry : std::filesystem::directory_iterator(folder))
    if (entry.is_regular_file() && entry.path().extension() != ".json")
      paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end()); // the order of a folder differs between machines
  std::vector<Bytes> files;
  for (const auto &path : paths) {
    std::ifstream stream(path, std::ios::binary);
    files.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  }
  return files;
}

/// Changes that break parsers: flipped bits, cut ends, lying lengths, swapped and repeated pieces.
class Mutator {
public:
  void mutate(Bytes &bytes) {
    for (std::uint64_t times = 1 + below(4); times > 0 && !bytes.empty(); --times)
      once(bytes);
  }

  /// Not std::uniform_int_distribution, whose numbers differ between standard libraries.
  std::uint64_t below(std::uint64_t bound) { return m_random() % bound; }

private:
  void once(Bytes &bytes) {
    const std::size_t at = below(bytes.size());
    switch (below(7)) {
    case 0:
      bytes[at] ^= static_cast<std::uint8_t>(1U << below(8));
      break;
    case 1:
      bytes[at] = static_cast<std::uint8_t>(below(256));
      break;
    case 2:
      bytes.resize(at);
      break;
    case 3:
      overwriteNumber(bytes, at, 4);
      break;
    case 4:
      overwriteNumber(bytes, at, 8);
      break;
    case 5:
      bytes.erase(bytes.begin() + std::ptrdiff_t(at), bytes.begin() + std::ptrdiff_t(endNear(bytes, at)));
      break;
    default: {
      const Bytes piece(bytes.begin() + std::ptrdiff_t(at),
                        bytes.begin() + std::ptrdiff_t(endNear(bytes, at)));
      bytes.insert(bytes.begin() + std::ptrdiff_t(below(bytes.size())), piece.begin(), piece.end());
    }
    }
  }

  std::size_t endNear(const Bytes &bytes, std::size_t at) {
    return std::min<std::size_t>(bytes.size(), at + 1 + below(32));
  }

  void overwriteNumber(Bytes &bytes, std::size_t at, std::size_t width) {
    static constexpr std::array<std::uint64_t, 10> kNumbers{0,
                                                            1,
                                                            8,
                                                            0x7F,
                                                            0xFFFF,
                                                            0x7FFFFFFF,
                                                            0xFFFFFFFF,
                                                            0x7FFFFFFFFFFFFFFF,
                                                            0x8000000000000000,
                                                            0xFFFFFFFFFFFFFFFF};
    const std::uint64_t number =
        below(3) == 0 ? bytes.size() + below(9) - 4 : kNumbers[below(kNumbers.size())];
    std::memcpy(bytes.data() + at, &number, std::min(width, bytes.size() - at));
  }

  std::mt19937_64 m_random{20240229};
};

} // namespace

int main(int argc, char **argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: %s MUTATIONS FOLDER...\n", argv[0]);
    return 2;
  }
  std::vector<Bytes> files;
  for (int i = 2; i < argc; ++i)
    for (Bytes &file : filesIn(argv[i]))
      files.push_back(std::move(file));
  if (files.empty()) {
    std::fprintf(stderr, "no files to replay\n");
    return 2;
  }
  for (const Bytes &file : files)
    LLVMFuzzerTestOneInput(file.data(), file.size());
  Mutator mutator;
  const long mutations = std::strtol(argv[1], nullptr, 10);
  for (long i = 0; i < mutations; ++i) {
    Bytes bytes = files[static_cast<std::size_t>(i) % files.size()];
    mutator.mutate(bytes);
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  }
  std::printf("%zu files and %ld mutations replayed\n", files.size(), mutations);
  return 0;
}
