// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace evolute::core {

void parallelFor(std::int64_t count, int threads, const std::function<void(std::int64_t)> &work,
                 const std::function<void()> &prepare) {
  std::atomic<std::int64_t> next = 0;
  std::exception_ptr failure;
  std::mutex mutex;
  const auto takePart = [&] {
    try {
      if (prepare)
        prepare();
      for (std::int64_t i = next++; i < count; i = next++)
        work(i);
    } catch (...) {
      next = count;
      const std::lock_guard lock(mutex);
      if (!failure)
        failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> others;
    for (std::int64_t t = 1; t < std::min<std::int64_t>(threads, count); ++t)
      others.emplace_back(takePart);
    takePart();
  }
  if (failure)
    std::rethrow_exception(failure);
}

} // namespace evolute::core
