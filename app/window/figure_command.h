// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace evolute::app {

/// Draws one figure of a run from its log, its stored estimates and its checkpoints, with no window (needs a
/// QApplication, any platform). `kind` is one of figureKinds(); the file's ending says the format.
/// For "validation" `runFolder` is a table of `evolute-cli validate --table`.
/// Writes nothing but `out`. Runs on the caller's thread; the trajectory costs one forward pass a checkpoint.
/// \return one sentence when it cannot be done, else an empty text.
QString drawFigure(const QString &runFolder, const QString &kind, const QString &out);

} // namespace evolute::app
