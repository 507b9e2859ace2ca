# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes curve_clusters.json: curves and what numpy, scipy and scikit-learn make of them.

Run with the versions that the file names under "made_with":
    pip install scipy scikit-learn && python make_curve_clusters.py
"""
import json
import platform
from pathlib import Path

import numpy
import scipy
import sklearn
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score


def curves(rng):
    """Four families of four: late rise, early rise, rise and fall, slow rise; shifted and noisy."""
    t = numpy.linspace(0, 1, 40)
    rows = []
    for family in range(4):
        for member in range(4):
            s = 0.03 * member
            shape = [
                1 / (1 + numpy.exp(-(t - 0.7 - s) / 0.04)),
                1 / (1 + numpy.exp(-(t - 0.2 - s) / 0.04)),
                numpy.exp(-(((t - 0.5 - s) / 0.12) ** 2)),
                t,
            ][family]
            rows.append((2 + member) * shape + 0.05 * rng.normal(size=t.size))
    return numpy.array(rows)


def renumbered(labels):
    seen = {}
    return [seen.setdefault(int(label), len(seen)) for label in labels]


def main():
    rng = numpy.random.default_rng(2410)
    x = curves(rng)
    z = (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True)
    out = {
        "made_with": {
            "python": platform.python_version(),
            "numpy": numpy.__version__,
            "scipy": scipy.__version__,
            "scikit-learn": sklearn.__version__,
        },
        "curves": x.tolist(),
        # 1 - largest cross-correlation over all shifts
        "shape_distance": [
            [float(1 - numpy.correlate(a, b, "full").max() / numpy.linalg.norm(a) / numpy.linalg.norm(b)) for b in z[:6]]
            for a in z[:6]
        ],
        "linkage": {},
    }
    for method in ("ward", "average", "complete"):
        tree = linkage(z, method)
        out["linkage"][method] = {
            "tree": tree.tolist(),
            "labels": renumbered(fcluster(tree, 4, "maxclust")),
        }
    means = KMeans(4, n_init=50, random_state=0).fit(z)
    out["k_means"] = {"labels": renumbered(means.labels_), "cost": float(means.inertia_)}
    groups = [[0, 0, 0, 1, 1, 1, 2, 2, 2, 2], [0, 0, 1, 1, 1, 2, 2, 2, 0, 2]]
    out["rand"] = {"first": groups[0], "second": groups[1], "adjusted": float(adjusted_rand_score(*groups))}
    Path(__file__).with_name("curve_clusters.json").write_text(json.dumps(out, indent=None) + "\n")


main()
