// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <vector>

#include "core/results/result_store.h"

namespace evolute::core {

/// Every stored draw as NetCDF-4 in ArviZ's layout, so that `arviz.from_netcdf` reads it: groups `posterior`
/// (llc, what each draw says of the headline estimate) and `sample_stats` (loss, excess: minibatch losses), all
/// with dimensions chain, draw and estimate; coordinates step and component tell the estimates apart. NaN after a
/// chain ended. One file for estimates of equal settings, slice and data: draws.nc, numbered when there are
/// several. Settings, slice, n*beta and the data's hash are attributes of the file.
/// Estimates without traces (imported ones may have none) are left out. Returns the files written, each written
/// whole or not at all. Memory: the traces of one estimate at a time.
/// \throws Error when this build has no NetCDF library (see hasNetcdf()), or a file cannot be written.
std::vector<std::filesystem::path> writeDraws(const ResultStore &store, const std::filesystem::path &folder);

bool hasNetcdf();

} // namespace evolute::core
