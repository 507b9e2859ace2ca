# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes diagnostics.json: chains of draws and what ArviZ says of them.

Run with the versions that the file names under "made_with":
    pip install arviz==0.23.4 && python make_diagnostics.py

ArviZ asks for two chains before it gives R-hat; for one chain its own rank-normalisation and
split are applied to the two halves, as it does for more chains.
"""
import json
import platform
import sys
from pathlib import Path

import arviz
import numpy
import scipy
from arviz.stats.diagnostics import _rhat, _split_chains, _z_scale


def autoregressive(rng, chains, draws, rho):
    x = numpy.empty((chains, draws))
    x[:, 0] = rng.normal(size=chains)
    for t in range(1, draws):
        x[:, t] = rho * x[:, t - 1] + numpy.sqrt(1 - rho**2) * rng.normal(size=chains)
    return x


def split_rhat(x):
    halves = _split_chains(x)
    folded = numpy.abs(halves - numpy.median(halves))
    value = float(max(_rhat(_z_scale(halves)), _rhat(_z_scale(folded))))
    if len(x) > 1:
        assert value == float(arviz.rhat(x, method="rank"))
    return value


def main():
    rng = numpy.random.default_rng(20211)
    sets = {
        "independent": rng.normal(size=(4, 100)),
        "correlated, 0.9": autoregressive(rng, 4, 250, 0.9),
        "correlated, 0.99": autoregressive(rng, 2, 400, 0.99),
        "alternating, -0.5": autoregressive(rng, 3, 80, -0.5),
        "chains disagree": rng.normal(size=(4, 100)) + numpy.array([[0.0], [0.0], [1.5], [3.0]]),
        "unlike spread": rng.normal(size=(4, 100)) * numpy.array([[1.0], [1.0], [1.0], [6.0]]),
        "heavy tail": rng.standard_cauchy(size=(4, 100)),
        "odd number of draws": autoregressive(rng, 3, 101, 0.3),
        "one chain": autoregressive(rng, 1, 200, 0.5),
        "ties": rng.integers(0, 12, size=(4, 60)).astype(float),
        "drift": 0.02 * numpy.arange(100) + rng.normal(size=(4, 100)),
        "four draws": rng.normal(size=(2, 4)),
        "five draws": rng.normal(size=(3, 5)),
        "eleven draws": autoregressive(rng, 2, 11, 0.8),
    }
    cases = []
    for name, x in sets.items():
        x = numpy.round(x, 6)  # so that the file holds exactly what was used
        cases.append({
            "name": name,
            "chains": x.tolist(),
            "rhat": split_rhat(x),
            "ess_bulk": float(arviz.ess(x, method="bulk")),
            "ess_tail": float(arviz.ess(x, method="tail")),
            "ess_mean": float(arviz.ess(x, method="mean")),
            "mcse_mean": float(arviz.mcse(x, method="mean")),
        })
    document = {
        "made_with": {"script": Path(__file__).name, "arviz": arviz.__version__, "numpy": numpy.__version__,
                      "scipy": scipy.__version__, "python": platform.python_version()},
        "cases": cases,
    }
    out = Path(__file__).with_name("diagnostics.json")
    out.write_text(json.dumps(document, separators=(",", ":")).replace('{"name"', '\n{"name"') + "\n")


if __name__ == "__main__":
    sys.exit(main())
