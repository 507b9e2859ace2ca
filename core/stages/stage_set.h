// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/stages/stage_proposal.h"

namespace evolute::core {

/// An edge between two stages as a person keeps it.
struct StageEdge {
  std::int64_t step = 0;
  std::int64_t low = 0, high = 0; ///< the interval of who placed it; the step itself for one placed by hand
  bool isByHand = false;          ///< placed or moved by a person
  std::vector<std::string> evidence; ///< what it rested on when proposed, in words: "slope of llc, p = 1.00"
  std::string note;
  bool operator==(const StageEdge &) const = default;
};

/// A stage as a person keeps it; where it lies is told by the edges.
struct NamedStage {
  std::string name; ///< may be empty
  StageType type = StageType::Other;
  std::string note;
  bool operator==(const NamedStage &) const = default;
};

/// The stages of a run: intervals of steps that lie next to each other. A value; edits give no half-made set.
struct StageSet {
  std::string name;                 ///< "stages" unless told
  std::string curve;                ///< the curve whose sign the types are of
  std::int64_t first = 0, last = 0; ///< where the first stage begins and the last one ends
  std::vector<StageEdge> edges;     ///< strictly ascending, within (first, last)
  std::vector<NamedStage> stages;   ///< one more than edges
  bool operator==(const StageSet &) const = default;

  std::int64_t startOf(std::size_t stage) const;
  std::int64_t endOf(std::size_t stage) const;
  std::size_t stageAt(std::int64_t step) const; ///< the later one at an edge; the nearest outside
  /// "A1", "A2", "B1", ...: the stage's letter and its number among those of its type. "-" for others.
  std::string labelOf(std::size_t stage) const;
};

StageSet stageSetFrom(const StageProposal &proposal, const std::string &name = "stages");
/// One stage without edges, to begin by hand.
StageSet wholeRun(std::int64_t first, std::int64_t last, const std::string &name = "stages");

// Edits. False, and nothing done, where the set would not be one any more.

/// Both halves keep the type, the first one the name and the note.
bool split(StageSet &set, std::int64_t step);
/// Takes the edge away; the stage takes the type of the longer one in log time, and its name and note where
/// it has them, else the other's.
bool merge(StageSet &set, std::size_t edge);
bool moveEdge(StageSet &set, std::size_t edge, std::int64_t step);

/// Types anew from what the curve does between the edges as they are now. Asserts points.
void relabel(StageSet &set, const GaussianProcess &curve, const MilestoneSettings &settings = {});

/// TOML for people to edit and compare: the order of keys is fixed.
std::string toToml(const StageSet &set);
/// \throws Error with `source`, line and column for what is no such text.
StageSet stageSetFromToml(const std::string &text, const std::string &source);

} // namespace evolute::core
