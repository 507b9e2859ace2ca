// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/results/netcdf_tables.h"

#include "core/error.h"

namespace evolute::core {

bool hasNetcdf() {
  return false;
}

std::vector<std::filesystem::path> writeDraws(const ResultStore &, const std::filesystem::path &folder) {
  throw Error(folder.string() +
              ": this evolute-cli was built without NetCDF; install libnetcdf-dev and build again, or ask for csv or json");
}

} // namespace evolute::core
