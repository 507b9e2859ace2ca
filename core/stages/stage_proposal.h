// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "core/progress.h"
#include "core/stages/change_points.h"
#include "core/stages/curve.h"
#include "core/stages/milestones.h"

namespace evolute::core {

enum class EvidenceKind { Slope, ChangePoint, Vertex };
const char *nameOf(EvidenceKind kind); ///< "slope", "change-point", "vertex"
const char *nameOf(StageType type);    ///< "A", "B", "other"

/// One reason to see a boundary. Steps of training.
struct Evidence {
  EvidenceKind kind = EvidenceKind::Slope;
  std::string source; ///< name of the curve; "trajectory" for vertices
  std::int64_t step = 0, low = 0, high = 0;
  double probability = 0; ///< of a milestone; NaN for other kinds
  double gain = 0; ///< of a change point, twice the log likelihood beyond its penalty; NaN for other kinds
  double rank = std::numeric_limits<double>::quiet_NaN(); ///< of a vertex: see VertexMark
};

/// All evidence of one kind from one source, by step.
struct EvidenceLane {
  EvidenceKind kind = EvidenceKind::Slope;
  std::string source;
  std::vector<Evidence> marks;
};

struct ProposedBoundary {
  std::int64_t step = 0, low = 0, high = 0;
  std::vector<Evidence> evidence; ///< what it rests on, never empty
};

struct ProposedStage {
  std::int64_t start = 0, end = 0;
  StageChange change; ///< its places are those of start and end in log time
};

/// A vertex of the trajectory as another part found it; low and high are the step where no interval is known.
struct VertexMark {
  std::int64_t step = 0, low = 0, high = 0;
  /// Share of random walks that bend as well: see Vertex in core/trajectory/vertices.h. NaN when not compared.
  double rank = std::numeric_limits<double>::quiet_NaN();
};

struct StageInputs {
  Curve curve;                ///< whose slope says where stages end, lambda-hat as a rule
  std::vector<Curve> metrics; ///< further curves, looked at for change points
  std::vector<VertexMark> vertices;
};

struct StageSettings {
  MilestoneSettings milestones;
  ChangePointSettings changePoints;
};

struct StageProposal {
  std::string curve;
  CurvePoints points; ///< what was fitted
  CurveReading reading;
  std::vector<EvidenceLane> lanes; ///< slope of the curve first; a lane without marks is there too
  std::vector<ProposedBoundary> boundaries;
  std::vector<ProposedStage> stages;
  std::vector<std::string> warnings; ///< one sentence each
  bool stopped = false;              ///< `observe` said so: not whole, not to be shown
};

/// Collects the evidence for stages lane by lane and proposes boundaries that say what they rest on.
///
/// A boundary is proposed at each milestone of the curve's slope; evidence of other lanes whose interval
/// overlaps the milestone's is named with it. Other evidence makes a boundary of its own only where two
/// sources overlap, and then stands where the narrowest of them does. What is left stays in its lane. Change
/// points of the curve itself are the same data as its slope: they count as one source. \throws Error when
/// the curve has no finite value. Cost: readCurve() and findChangePoints() for each metric; progress counts the
/// curves read.
StageProposal proposeStages(const StageInputs &inputs, const StageSettings &settings = {},
                            const Observer &observe = {});

} // namespace evolute::core
