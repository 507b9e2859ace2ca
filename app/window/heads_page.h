// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <QPointer>
#include <QTimer>

#include "app/session/run_session.h"
#include "app/session/view_state.h"
#include "app/window/heads_data.h"
#include "app/window/pane_page.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QSpinBox;
class QTabWidget;
class QToolButton;

namespace evolute::widgets {
class CurvePlot;
}

namespace evolute::app {

/// The Heads tab: λ̂ of each attention head over training, in panels with shared axes, over each other and as
/// a map; grouped by the shape of their curves. What is selected here narrows every view that knows heads.
class HeadsPage : public PanePage {
  Q_OBJECT
public:
  HeadsPage(RunSession &session, ViewState &view, QWidget *parent = nullptr);

  const std::vector<HeadCurve> &heads() const { return m_heads; } ///< as ordered
  const HeadClusters &clusters() const { return m_clusters; }
  bool isGrouping() const { return m_grouping && !m_grouping->hasEnded(); } ///< beside the window
  void enter() override; ///< shows what has changed meanwhile

Q_SIGNALS:
  void computeRequested(); ///< λ̂ of the heads

protected:
  void arrange() override;

private:
  QWidget *makeControls();
  QWidget *makePanes();
  void connectPanes();
  void reset();
  void changed(); ///< soon shown
  void showSets();
  void takeMetrics(const std::vector<core::MetricValue> &values);
  void showEvidence();
  void showModelMetrics(); ///< those of no head
  QWidget *makeAttention();
  void askAttention(); ///< of the text at the cursor, where its tab is in front
  void showAttention();
  const HeadCurve *attendedHead() const; ///< the selected one, else the first; null where there is none
  const EstimateSet *chosenSet() const; ///< null for a metric
  void showHeads();
  void showRange(); ///< of all heads: panels and the button that says what lies outside
  void showSelection();
  std::vector<HeadCurve> shownHeads() const; ///< the selected ones, all where none is
  void showCard();
  void showCursor();
  void showAxis();
  void showStages();
  void highlight(const QString &id);
  void click(const QString &id, bool add);
  void group();
  void takeClusters(HeadClusters clusters);
  core::ClusterSettings clusterSettings() const;
  const HeadCurve *headOf(const QString &id) const;

  RunSession &m_session;
  ViewState &m_view;
  QComboBox *m_quantity, *m_set, *m_beside, *m_order, *m_method, *m_scaling;
  QSpinBox *m_count;
  QCheckBox *m_suspects;
  QToolButton *m_whole; ///< checked: the full range of values
  widgets::SmallMultiples *m_panels;
  widgets::CurvePlot *m_overlay, *m_model;
  widgets::MatrixPlot *m_map;
  widgets::LinePlot *m_centres, *m_scatter;
  widgets::MatrixPlot *m_agreement, *m_composition, *m_attention;
  QWidget *m_attentionBox;
  QLineEdit *m_text;
  QSpinBox *m_sequence;
  QLabel *m_tokens;
  QComboBox *m_compositionKind, *m_scatterMetric, *m_modelGroup, *m_shade;
  QTabWidget *m_more;
  QWidget *m_controls, *m_right, *m_cardBox;
  QLabel *m_cardTitle, *m_card;

  std::vector<EstimateSet> m_sets;
  std::vector<core::LlcEstimate> m_estimates; ///< that m_sets point into
  std::vector<core::MetricValue> m_metrics;
  std::optional<core::AttentionOnText> m_attentionFound;
  std::optional<core::AttentionRequest> m_attentionAsked;
  std::vector<HeadCurve> m_heads;
  std::vector<QString> m_mapRows; ///< id of each row of the map
  std::vector<std::int64_t> m_mapSteps;
  HeadClusters m_clusters;
  QPointer<Job> m_grouping;
  bool m_groupAgain = false;    ///< something changed while m_grouping ran
  quint64 m_groupingNumber = 0; ///< of the request whose answer counts
  QTimer m_refresh;
  bool m_stale = true;
};

} // namespace evolute::app
