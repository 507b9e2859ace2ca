// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Precompiled for core alone: this one header takes half a minute to parse.
#include <torch/torch.h>
