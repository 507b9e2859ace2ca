// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

namespace evolute::widgets {

// How a recipe lies in each kind of file; see figureBytes() and recipeFromFigure().

inline constexpr char kRecipeKey[] =
    "evolute-recipe"; ///< PNG chunk (Base64), SVG id, PDF attachment (+ ".toml")

/// Puts exact sizes and <metadata> with the escaped recipe into an SVG document.
/// (QSvgGenerator's own description is not escaped: "<" or "&" in it makes an invalid file.)
QByteArray svgWithRecipe(const QByteArray &svg, double widthMm, double heightMm, const QString &recipe);

QByteArray csvWithRecipe(const QString &csv, const QString &recipe); ///< "# " before each line

} // namespace evolute::widgets
