// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include <QString>

#include "app/window/pane_data.h"
#include "core/stages/stage_proposal.h"
#include "core/stages/stage_set.h"
#include "widgets/plots/plot_data.h"
#include "widgets/plots/stacked_data.h"

namespace evolute::app {

// Stages and what speaks for them as the plots take them. Pure functions.

std::vector<widgets::StageBand> stageBands(const core::StageSet &set);

/// λ̂ of one component over a set's checkpoints, with standard errors. Named "llc of all" as on the command
/// line.
core::Curve llcCurve(const EstimateSet &set, const std::string &component);

/// The curve that was fitted: points, mean with its 95 % band; below it the slope with its band and zero.
/// `label`: markup of the curve.
std::vector<widgets::StackedPanel> readingPanels(const core::StageProposal &proposal, const QString &label);
/// A row for each lane of evidence, and one for what is proposed.
std::vector<widgets::EvidenceRow> evidenceRows(const core::StageProposal &proposal);
std::vector<widgets::EdgeInterval> proposedEdges(const core::StageProposal &proposal);

QString kindText(core::EvidenceKind kind); ///< "slope of", "change of", "bend of"
/// "slope of llc of all (p = 1.00)"
QString evidenceText(const core::Evidence &evidence);
/// What the curve does in a stage: "12.1 (10.2 to 14)"
QString changeText(const core::StageChange &change);

} // namespace evolute::app
