// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// In front of a plain function (no template): compiled for several instruction sets, the widest that the
/// processor has is chosen at start. Not under sanitizers, whose run-time is not up when the choice is made.
/// Levels, not models: "arch=skylake-avx512" would be chosen on that one processor and on none of its successors.
#if defined(__GNUC__) && __GNUC__ >= 12 && !defined(__clang__) && defined(__x86_64__) && defined(__linux__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define EVOLUTE_WIDEST __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define EVOLUTE_WIDEST
#endif

/// For what such a function calls: a copy is made in each of its versions.
#if defined(__GNUC__)
#define EVOLUTE_INLINE inline __attribute__((always_inline))
#else
#define EVOLUTE_INLINE inline
#endif
