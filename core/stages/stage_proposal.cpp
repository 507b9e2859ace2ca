// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/stages/stage_proposal.h"

#include <algorithm>
#include <limits>
#include <set>

#include "core/error.h"

namespace evolute::core {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kMostForChanges = 2000; // points; the search is quadratic where nothing changes

bool overlap(const Evidence &a, const Evidence &b) {
  return a.low <= b.high && b.low <= a.high;
}

double widthOf(const Evidence &e) {
  return logTime(e.high) - logTime(e.low);
}

EvidenceLane slopeLane(const std::string &source, const CurveReading &reading) {
  EvidenceLane lane{EvidenceKind::Slope, source, {}};
  for (const Milestone &m : reading.milestones)
    lane.marks.push_back(
        {EvidenceKind::Slope, source, stepAt(m.x), stepAt(m.low), stepAt(m.high), m.probability, kNone, kNone});
  return lane;
}

EvidenceLane changeLane(const Curve &curve, const ChangePointSettings &settings) {
  EvidenceLane lane{EvidenceKind::ChangePoint, curve.name, {}};
  for (const ChangePoint &c : findChangePoints(pointsOf(curve, kMostForChanges), settings))
    lane.marks.push_back(
        {EvidenceKind::ChangePoint, curve.name, stepAt(c.x), stepAt(c.low), stepAt(c.high), kNone, c.gain, kNone});
  return lane;
}

EvidenceLane vertexLane(const std::vector<VertexMark> &vertices) {
  EvidenceLane lane{EvidenceKind::Vertex, "trajectory", {}};
  for (const VertexMark &v : vertices)
    lane.marks.push_back({EvidenceKind::Vertex, lane.source, v.step, v.low, v.high, kNone, kNone, v.rank});
  std::sort(lane.marks.begin(), lane.marks.end(),
            [](const Evidence &a, const Evidence &b) { return a.step < b.step; });
  return lane;
}

/// The milestones, each with what overlaps it; the rest goes to `left`.
std::vector<ProposedBoundary> atMilestones(const std::vector<EvidenceLane> &lanes,
                                           std::vector<Evidence> &left) {
  std::vector<ProposedBoundary> boundaries;
  for (const Evidence &mark : lanes.front().marks)
    boundaries.push_back({mark.step, mark.low, mark.high, {mark}});
  for (std::size_t l = 1; l < lanes.size(); ++l)
    for (const Evidence &mark : lanes[l].marks) {
      ProposedBoundary *nearest = nullptr;
      const auto distance = [&mark](const ProposedBoundary &b) {
        return std::abs(logTime(b.step) - logTime(mark.step));
      };
      for (ProposedBoundary &b : boundaries)
        if (overlap(b.evidence.front(), mark) && (nearest == nullptr || distance(b) < distance(*nearest)))
          nearest = &b;
      if (nearest != nullptr)
        nearest->evidence.push_back(mark);
      else
        left.push_back(mark);
    }
  return boundaries;
}

/// Boundaries on which two sources agree, milestone or not. The narrowest goes first and takes what overlaps
/// it.
std::vector<ProposedBoundary> whereSourcesAgree(std::vector<Evidence> marks) {
  std::stable_sort(marks.begin(), marks.end(),
                   [](const Evidence &a, const Evidence &b) { return widthOf(a) < widthOf(b); });
  std::vector<ProposedBoundary> boundaries;
  std::vector<bool> isTaken(marks.size(), false);
  for (std::size_t i = 0; i < marks.size(); ++i) {
    if (isTaken[i])
      continue;
    ProposedBoundary boundary{marks[i].step, marks[i].low, marks[i].high, {}};
    std::set<std::string> sources;
    std::vector<std::size_t> members;
    for (std::size_t j = i; j < marks.size(); ++j)
      if (!isTaken[j] && overlap(marks[i], marks[j])) {
        members.push_back(j);
        sources.insert(marks[j].source);
      }
    if (sources.size() < 2)
      continue;
    for (const std::size_t j : members) {
      boundary.evidence.push_back(marks[j]);
      isTaken[j] = true;
    }
    boundaries.push_back(std::move(boundary));
  }
  return boundaries;
}

} // namespace

const char *nameOf(EvidenceKind kind) {
  switch (kind) {
  case EvidenceKind::Slope:
    return "slope";
  case EvidenceKind::ChangePoint:
    return "change-point";
  case EvidenceKind::Vertex:
    break;
  }
  return "vertex";
}

const char *nameOf(StageType type) {
  switch (type) {
  case StageType::A:
    return "A";
  case StageType::B:
    return "B";
  case StageType::Other:
    break;
  }
  return "other";
}

StageProposal proposeStages(const StageInputs &inputs, const StageSettings &settings,
                            const Observer &observe) {
  StageProposal proposal;
  Progress progress{0, std::int64_t(inputs.metrics.size()) + 2, {}};
  const auto isToStop = [&](const std::string &next) { // before each piece of work
    progress.what = next;
    proposal.stopped = observe && observe(progress) == Flow::Stop;
    ++progress.done;
    return proposal.stopped;
  };
  proposal.curve = inputs.curve.name;
  proposal.points = pointsOf(inputs.curve);
  if (proposal.points.x.size() == 0)
    throw Error(inputs.curve.name + ": expected a curve with finite values, found none");
  if (isToStop("slope of " + inputs.curve.name))
    return proposal;
  proposal.reading = readCurve(proposal.points, settings.milestones);

  proposal.lanes.push_back(slopeLane(inputs.curve.name, proposal.reading));
  std::vector<const Curve *> curves{&inputs.curve};
  for (const Curve &metric : inputs.metrics)
    curves.push_back(&metric);
  for (const Curve *curve : curves) {
    if (isToStop("changes of " + curve->name))
      return proposal;
    proposal.lanes.push_back(changeLane(*curve, settings.changePoints));
  }
  if (!inputs.vertices.empty())
    proposal.lanes.push_back(vertexLane(inputs.vertices));

  const std::int64_t first = stepAt(proposal.points.x[0]),
                     last = stepAt(proposal.points.x[proposal.points.x.size() - 1]);
  std::vector<Evidence> left;
  proposal.boundaries = atMilestones(proposal.lanes, left);
  std::erase_if(left, [first, last](const Evidence &e) { return e.step <= first || e.step >= last; });
  for (ProposedBoundary &boundary : whereSourcesAgree(std::move(left)))
    proposal.boundaries.push_back(std::move(boundary));
  std::sort(proposal.boundaries.begin(), proposal.boundaries.end(),
            [](const ProposedBoundary &a, const ProposedBoundary &b) { return a.step < b.step; });

  std::vector<double> places;
  for (const ProposedBoundary &boundary : proposal.boundaries)
    places.push_back(logTime(boundary.step));
  std::vector<StageChange> changes = proposal.reading.stages;
  if (changes.size() != places.size() + 1 || !places.empty())
    changes = stagesBetween({proposal.points, proposal.reading.kernel}, places, settings.milestones);
  for (const StageChange &change : changes)
    proposal.stages.push_back({stepAt(change.start), stepAt(change.end), change});

  constexpr Eigen::Index kFewPoints = 20;
  if (proposal.points.x.size() < kFewPoints)
    proposal.warnings.push_back(inputs.curve.name + " has only " + std::to_string(proposal.points.x.size()) +
                                " points: stages shorter than the gaps between them cannot show");
  for (const ProposedBoundary &boundary : proposal.boundaries)
    if (std::all_of(boundary.evidence.begin(), boundary.evidence.end(),
                    [](const Evidence &e) { return e.kind == EvidenceKind::Vertex; }))
      proposal.warnings.push_back(
          "the boundary at step " + std::to_string(boundary.step) +
          " rests on the trajectory alone, whose vertices a smooth random walk has too");
  return proposal;
}

} // namespace evolute::core
