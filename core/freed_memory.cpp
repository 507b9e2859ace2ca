// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/freed_memory.h"

#include <cstdlib> // says which C library this is

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace evolute::core {

void returnFreedMemory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

} // namespace evolute::core
