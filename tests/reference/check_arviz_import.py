#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens what `evolute-cli table RUN --out DIR --format netcdf,json` wrote with ArviZ and compares its numbers.

    python3 check_arviz_import.py DIR

Needs arviz and netCDF4. Passed with Python 3.11, arviz 0.23.4, xarray 2026.9.0, netCDF4 1.7.5.1, numpy 2.4.6.
"""
import glob
import importlib.metadata
import json
import pathlib
import sys

import arviz
import numpy

folder = pathlib.Path(sys.argv[1])
stored = {
    (e["settings_hash"], e["data_hash"], e["step"], e["component"]): e
    for e in json.loads((folder / "results.json").read_text())["estimates"]
}
compared = 0
for file in sorted(glob.glob(str(folder / "draws*.nc"))):
    data = arviz.from_netcdf(file)
    attributes = data.attrs
    posterior = data["posterior"]
    draws = posterior["llc"].transpose("chain", "draw", "estimate")
    statistics = data["sample_stats"]
    assert set(statistics.data_vars) == {"loss", "excess"}, statistics
    for i in range(posterior.sizes["estimate"]):
        key = (attributes["settings_hash"], attributes["data_hash"],
               int(posterior["step"][i]), str(posterior["component"][i].values))
        e = stored[key]
        chains = draws[:, :, i].values
        for ours, theirs, name in [
            (e["llc"], chains.mean(), "mean"),
            (e["rhat"], arviz.rhat(chains), "R-hat"),
            (e["ess"], arviz.ess(chains), "bulk ESS"),
            (e["ess_tail"], arviz.ess(chains, method="tail"), "tail ESS"),
            (e["mcse"], arviz.mcse(chains), "MCSE"),
        ]:
            # draws are stored as float32
            assert numpy.isclose(ours, float(theirs), rtol=2e-4), (key, name, ours, float(theirs))
            compared += 1
        nbeta = attributes["nbeta"]
        assert numpy.allclose(nbeta * statistics["excess"][:, :, i], chains) or numpy.allclose(
            nbeta * (statistics["loss"][:, :, i] - e["init_loss"]), chains)
assert compared, f"no draws in {folder}"
versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("arviz", "xarray", "netCDF4", "numpy"))
print(f"{compared} numbers agree; {versions}")
