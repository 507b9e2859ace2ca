// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include <QPointer>
#include <QWidget>

#include "widgets/figure/figure_source.h"
#include "widgets/plots/plot_style.h"

class QHBoxLayout;
class QLabel;
class QPushButton;
class QStackedWidget;
class QTableView;
class QToolButton;

namespace evolute::widgets {

class MathLabelWidget;

/// The values behind a plot, read cell by cell: nothing is copied for a million rows.
struct PlotTable {
  QStringList header;
  int rows = 0;
  std::function<QString(int row, int column)> cell; ///< valid until the plot's data change
};

/// What a pane shows when its values do not exist yet. Never a blank axis.
struct EmptyText {
  QString what;          ///< what is missing
  QString why;           ///< why it matters
  QString button;        ///< the way to make it; empty: no button
  QString obstacle = {}; ///< why the button cannot be pressed now, its tool tip; empty: it can
};

/// Frame of every plot: a title row with tools, then the plot, its table, or an empty state with one button.
/// T toggles the table, F fits, Ctrl+C copies the figure. Starts empty.
class PlotPane : public QWidget, public FigureSource {
  Q_OBJECT
public:
  explicit PlotPane(QWidget *parent = nullptr);
  ~PlotPane() override;

  void setTitle(const QString &markup);
  QString title() const;
  void setEmptyText(const EmptyText &text); ///< shown while the pane has nothing to draw
  bool isEmpty() const;
  void setTableShown(bool shown);
  bool isTableShown() const;
  /// Adds a tool to the title row, left of the common ones. Takes ownership.
  void addTool(QWidget *tool);

  QString figureTitle() const override;
  QString tableText() const override;
  virtual PlotTable table() const = 0;
  virtual void fit() = 0;              ///< shows all data
  virtual QString summary() const = 0; ///< one sentence for a screen reader

Q_SIGNALS:
  void emptyActionRequested();
  void exportRequested();
  void copyRequested();
  void maximiseRequested();
  void tableToggled(bool shown);
  /// Values under the mouse, in words for the status bar; empty when the mouse left.
  void hovered(const QString &text);

protected:
  void setContent(QWidget *plot); ///< once, by the constructor of a derived pane
  /// To be called when data changed: chooses plot, table or empty state and renews the summary.
  void contentChanged(bool hasData);
  PlotTheme theme() const;
  virtual void themeChanged() = 0; ///< palette or font changed
  void changeEvent(QEvent *event) override;
  void keyPressEvent(QKeyEvent *event) override;

private:
  void buildTitleRow();
  void buildEmptyState();
  QString m_titleMarkup;
  MathLabelWidget *m_title;
  QHBoxLayout *m_tools;
  QToolButton *m_tableButton;
  QStackedWidget *m_stack;
  QWidget *m_emptyPage;
  QLabel *m_emptyWhat, *m_emptyWhy;
  QPushButton *m_emptyButton;
  QTableView *m_table;
  QPointer<QWidget> m_content;
  bool m_hasData = false;
};

} // namespace evolute::widgets
