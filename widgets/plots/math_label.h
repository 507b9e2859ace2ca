// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QFont>
#include <QPointF>
#include <QRectF>
#include <QString>
#include <QWidget>

class QPainter;

namespace evolute::widgets {

/// One line of text with hats, sub- and superscripts and Greek, drawn by us: the usual screen fonts lose a
/// combining hat, and an estimate must not look like the quantity it estimates. A value.
///
/// Markup: "λ̂" or "\hat\lambda" or "\hat{x}", and "\alpha" ... "\omega", "\times" and the like anywhere.
/// Inside "$...$" also "L_n", "w^*", "x_{12}", and letters in italics; outside it "_" and "^" are ordinary,
/// so that a metric named train_loss needs no escape. "\$" and "\\" stand for themselves. Text that is not
/// understood is drawn as it stands.
class MathLabel {
public:
  MathLabel() = default;
  explicit MathLabel(const QString &markup);

  bool isEmpty() const { return m_runs.empty(); }
  /// Room for one line in the unit of the font's pixel size, hats and scripts included. The origin is the
  /// left end of the baseline.
  QRectF boundingRect(const QFont &font) const;
  /// Draws with the painter's pen; `origin` is the left end of the baseline.
  void draw(QPainter &painter, const QFont &font, const QPointF &origin) const;
  /// Draws inside `rect`, horizontally as `alignment` says, vertically centred.
  void draw(QPainter &painter, const QFont &font, const QRectF &rect, Qt::Alignment alignment) const;
  /// For tables, tooltips and screen readers: "λ̂" with a combining hat, "L_n", "w^*".
  QString plainText() const;

private:
  enum class Shift { None, Sub, Super };
  struct Run {
    QString text;
    Shift shift = Shift::None;
    bool hat = false;
    bool italic = false;
    bool operator==(const Run &) const = default;
  };
  struct Placed {
    QFont font;
    QPointF offset; // of the baseline's left end
  };
  std::vector<Placed> place(const QFont &font, double *width) const;
  void append(const QString &text, Shift shift, bool hat, bool italic);
  std::vector<Run> m_runs;
};

/// A MathLabel as a widget; elided never, its size hint is its size.
class MathLabelWidget : public QWidget {
  Q_OBJECT
public:
  explicit MathLabelWidget(QWidget *parent = nullptr);
  void setMarkup(const QString &markup);
  QString markup() const { return m_markup; }
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

protected:
  void paintEvent(QPaintEvent *event) override;

private:
  QString m_markup;
  MathLabel m_label;
};

} // namespace evolute::widgets
