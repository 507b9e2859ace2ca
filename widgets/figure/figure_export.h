// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>

#include <QByteArray>
#include <QImage>
#include <QPicture>
#include <QString>

#include "widgets/figure/figure_source.h"

class QMimeData;

namespace evolute::widgets {

enum class FigureFormat { Pdf, Svg, Png, Csv };

QString suffixOf(FigureFormat format);                               ///< "pdf"
std::optional<FigureFormat> formatFromFileName(const QString &name); ///< nothing for an unknown ending

/// A figure drawn once, to be written as often as wanted: a value, which any one thread at a time may use.
/// Drawing takes milliseconds; what takes long, filling and packing the pixels of a large PNG, is left to the
/// writing.
struct FigureDrawing {
  FigureSpec spec;
  QPicture picture; ///< in figure units
  QImage pixels;    ///< of the PNG, where they could not wait; else null
  QString title, table;
};
/// In the GUI thread. Drawn for a PNG, a source that needs pixels is given them here.
FigureDrawing drawFigure(const FigureSource &source, const FigureSpec &spec, FigureFormat format);

/// The figure as a file's bytes. `recipe` (any text; empty: none) is embedded so that the figure can be drawn
/// again: PDF attachment, SVG <metadata>, PNG text chunk (Base64); a CSV carries it in leading "# " lines.
/// Same source, spec and recipe give the same SVG, PNG and CSV bytes; a PDF holds its date.
/// Sizes: SVG exact in mm; PNG round(mm / 25.4 * dpi) pixels with its dpi set; PDF whole points (Qt rounds).
QByteArray figureBytes(FigureDrawing drawing, FigureFormat format, const QString &recipe = {});
QByteArray figureBytes(const FigureSource &source, const FigureSpec &spec, FigureFormat format,
                       const QString &recipe = {});

/// Writes it atomically (the old file stays when anything fails). Returns an empty text, or one sentence.
QString writeFigure(FigureDrawing drawing, FigureFormat format, const QString &fileName,
                    const QString &recipe = {});
QString writeFigure(const FigureSource &source, const FigureSpec &spec, FigureFormat format,
                    const QString &fileName, const QString &recipe = {});

QImage figureImage(FigureDrawing drawing); ///< pixels as in the PNG
QImage figureImage(const FigureSource &source, const FigureSpec &spec);

/// PNG, SVG and CSV in one, for the clipboard: each program takes what it likes best.
std::unique_ptr<QMimeData> figureMimeData(const FigureSource &source, const FigureSpec &spec,
                                          const QString &recipe = {});
void copyFigure(const FigureSource &source, const FigureSpec &spec, const QString &recipe = {});
void copyTable(const FigureSource &source); ///< CSV as text

/// The recipe inside a figure that figureBytes() made; empty when there is none. Any bytes may be given.
QString recipeFromFigure(const QByteArray &bytes);
/// From a file's first bytes: a picture of a kind that figureBytes() makes, or a table that starts with a
/// recipe.
bool mayHoldRecipe(const QByteArray &head);

} // namespace evolute::widgets
