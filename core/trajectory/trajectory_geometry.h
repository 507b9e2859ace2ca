// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/progress.h"
#include "core/trajectory/forms.h"
#include "core/trajectory/smoothing.h"
#include "core/trajectory/trajectory_pca.h"

namespace evolute::core {

struct GeometrySettings {
  SmoothingSettings smoothing;
  int components = 3; ///< >= 2: planes are all pairs of the first so many; forms need to be seen in each
  int walks = 0;      ///< random walks to compare with; 0: ranks stay NaN
  std::uint64_t seed = 0;

  /// Empty when usable; else one sentence per problem.
  std::vector<std::string> problems() const;
  bool operator==(const GeometrySettings &) const = default;
};

/// A trajectory's shape: all that is drawn and printed of it. A value.
struct TrajectoryGeometry {
  GeometrySettings settings;
  Trajectory path; ///< smoothed; all components of the input. Shares are the input's, or new (see beforePca)
  std::vector<PlaneGeometry>
      planes; ///< (0,1), (0,2), ..., (1,2), ...; of fewer components where there are fewer
  std::vector<Form> forms;
  /// What the walks share with this path: see PathRoughness. Of no meaning without walks.
  double walkCorrelation = 0; ///< checkpoints
  double walkNoiseShare = 0;  ///< of the increments' variance
  int walks = 0;              ///< really compared with, fewer than asked for when stopped

  const PlaneGeometry *plane(int firstComponent, int secondComponent) const; ///< nullptr when not there
};

/// Smooths, then finds circles, vertices and forms in every plane, and ranks each against as many random
/// walks of the same length, speed, smoothness and noise (10 dimensions or the trajectory's, if fewer), put
/// through the same PCA, smoothing and search.
///
/// Smoothing before the PCA happens in the space of the components given, which is the whole space but for
/// the variance that they leave unexplained; shares are then of that space's smoothed variance.
///
/// Fewer than 5 points or 2 components: no planes; fewer than 3 components: no forms. Cost O(T components
/// sigma) without walks (milliseconds for 500 checkpoints), that times the walks with them. Progress counts
/// walks; Stop keeps those compared with so far. Threads: any; repeatable to the last bit. \throws Error when
/// settings.problems() is not empty.
TrajectoryGeometry computeGeometry(const Trajectory &trajectory, const GeometrySettings &settings,
                                   const Observer &observe = {});

} // namespace evolute::core
