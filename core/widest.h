// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// In front of a plain function (no template): compiled for several instruction sets, the widest that the
/// processor has is chosen at start. Not under sanitizers, whose run-time is not up when the choice is made.
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__linux__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define EVOLUTE_WIDEST __attribute__((target_clones("arch=skylake-avx512", "arch=haswell", "default")))
#else
#define EVOLUTE_WIDEST
#endif

/// For what such a function calls: a copy is made in each of its versions.
#if defined(__GNUC__)
#define EVOLUTE_INLINE inline __attribute__((always_inline))
#else
#define EVOLUTE_INLINE inline
#endif
