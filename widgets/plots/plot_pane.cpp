// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/plot_pane.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QStackedWidget>
#include <QTableView>
#include <QToolButton>

#include "widgets/plots/math_label.h"
#include "widgets/plots/plot_table_model.h"

namespace evolute::widgets {

namespace {

enum class Glyph { Table, Export, Maximise };

/// Drawn, not loaded: three signs in the palette's colour need no icon theme and stay sharp at any ratio.
QIcon glyphIcon(Glyph glyph, const QColor &color) {
  constexpr int kSize = 64;
  QPixmap pixmap(kSize, kSize);
  pixmap.fill(Qt::transparent);
  QPainter p(&pixmap);
  p.setRenderHint(QPainter::Antialiasing);
  p.setPen(QPen(color, 5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
  switch (glyph) {
  case Glyph::Table:
    p.drawRoundedRect(QRectF(10, 12, 44, 40), 4, 4);
    p.drawLine(10, 26, 54, 26);
    p.drawLine(10, 39, 54, 39);
    p.drawLine(28, 12, 28, 52);
    break;
  case Glyph::Export:
    p.drawPolyline(QPolygonF{{12, 36}, {12, 52}, {52, 52}, {52, 36}});
    p.drawLine(32, 12, 32, 38);
    p.drawPolyline(QPolygonF{{21, 28}, {32, 39}, {43, 28}});
    break;
  case Glyph::Maximise:
    p.drawPolyline(QPolygonF{{38, 12}, {52, 12}, {52, 26}});
    p.drawPolyline(QPolygonF{{26, 52}, {12, 52}, {12, 38}});
    p.drawLine(52, 12, 37, 27);
    p.drawLine(12, 52, 27, 37);
    break;
  }
  return QIcon(pixmap);
}

} // namespace

PlotPane::PlotPane(QWidget *parent) : QWidget(parent) {
  auto *column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  buildTitleRow();
  m_stack = new QStackedWidget(this);
  column->addWidget(m_stack, 1);
  buildEmptyState();
  m_table = new QTableView(this);
  m_table->setModel(new PlotTableModel(m_table));
  m_table->setAlternatingRowColors(true);
  m_table->setWordWrap(false);
  m_table->verticalHeader()->setDefaultSectionSize(m_table->fontMetrics().height() + 6);
  m_table->horizontalHeader()->setResizeContentsPrecision(100); // rows looked at: there may be a million
  m_table->horizontalHeader()->setStretchLastSection(true);
  m_table->setAccessibleName(tr("Values of the plot"));
  m_stack->addWidget(m_table);
  setFocusPolicy(Qt::StrongFocus);
  setEmptyText({tr("Nothing to show yet"), {}, {}});
  m_stack->setCurrentWidget(m_emptyPage);
}

PlotPane::~PlotPane() = default;

void PlotPane::buildTitleRow() {
  auto *row = new QWidget(this);
  m_tools = new QHBoxLayout(row);
  m_tools->setContentsMargins(8, 2, 4, 2);
  m_tools->setSpacing(2);
  m_title = new MathLabelWidget(row);
  QFont bold = font();
  bold.setBold(true);
  m_title->setFont(bold);
  m_tools->addWidget(m_title, 1);
  const auto tool = [&](Glyph glyph, const QString &text, const QString &tip, const char *name) {
    auto *button = new QToolButton(row);
    button->setIcon(glyphIcon(glyph, palette().color(QPalette::WindowText)));
    button->setProperty("glyph", int(glyph));
    button->setText(text);
    button->setToolTip(tip);
    button->setAccessibleName(text);
    button->setAutoRaise(true);
    button->setFocusPolicy(Qt::TabFocus);
    button->setObjectName(QLatin1String(name));
    m_tools->addWidget(button);
    return button;
  };
  m_tableButton = tool(Glyph::Table, tr("Table"), tr("Show the values as a table (T)"), "tableButton");
  m_tableButton->setCheckable(true);
  connect(m_tableButton, &QToolButton::toggled, this, &PlotPane::setTableShown);
  auto *exportButton = tool(Glyph::Export, tr("Export"), tr("Export this figure… (Ctrl+E)"), "exportButton");
  connect(exportButton, &QToolButton::clicked, this, &PlotPane::exportRequested);
  auto *maximise =
      tool(Glyph::Maximise, tr("Maximise"), tr("This pane alone, or back (F11)"), "maximiseButton");
  connect(maximise, &QToolButton::clicked, this, &PlotPane::maximiseRequested);
  layout()->addWidget(row);
}

void PlotPane::buildEmptyState() {
  m_emptyPage = new QWidget(this);
  m_emptyPage->setObjectName(QStringLiteral("emptyPage"));
  auto *column = new QVBoxLayout(m_emptyPage);
  column->setContentsMargins(24, 16, 24, 24);
  column->addStretch(1);
  const auto label = [&](bool strong) {
    auto *text = new QLabel(m_emptyPage);
    text->setWordWrap(true);
    text->setAlignment(Qt::AlignCenter);
    if (strong) {
      QFont big = font();
      big.setPointSizeF(big.pointSizeF() * 1.15);
      big.setBold(true);
      text->setFont(big);
    }
    column->addWidget(text);
    return text;
  };
  m_emptyWhat = label(true);
  m_emptyWhy = label(false);
  column->addSpacing(8);
  m_emptyButton = new QPushButton(m_emptyPage);
  m_emptyButton->setObjectName(QStringLiteral("emptyButton"));
  column->addWidget(m_emptyButton, 0, Qt::AlignHCenter);
  column->addStretch(2);
  connect(m_emptyButton, &QPushButton::clicked, this, &PlotPane::emptyActionRequested);
  m_stack->addWidget(m_emptyPage);
}

void PlotPane::setTitle(const QString &markup) {
  m_titleMarkup = markup;
  m_title->setMarkup(markup);
  m_title->setToolTip(MathLabel(markup).plainText());
  setAccessibleName(MathLabel(markup).plainText());
}

QString PlotPane::title() const {
  return m_titleMarkup;
}

void PlotPane::setEmptyText(const EmptyText &text) {
  m_emptyWhat->setText(text.what);
  m_emptyWhy->setText(text.why);
  m_emptyWhy->setVisible(!text.why.isEmpty());
  m_emptyButton->setText(text.button);
  m_emptyButton->setVisible(!text.button.isEmpty());
  m_emptyButton->setEnabled(text.obstacle.isEmpty());
  m_emptyButton->setToolTip(text.obstacle);
}

bool PlotPane::isEmpty() const {
  return !m_hasData;
}

void PlotPane::setTableShown(bool shown) {
  if (m_tableButton->isChecked() != shown) {
    m_tableButton->setChecked(shown); // comes back here
    return;
  }
  contentChanged(m_hasData);
  Q_EMIT tableToggled(shown);
}

bool PlotPane::isTableShown() const {
  return m_tableButton->isChecked();
}

void PlotPane::addTool(QWidget *tool) {
  tool->setParent(this);
  if (auto *button = qobject_cast<QToolButton *>(tool))
    button->setAutoRaise(true);
  tool->setFocusPolicy(Qt::TabFocus);
  m_tools->insertWidget(m_tools->indexOf(m_tableButton), tool);
}

QString PlotPane::figureTitle() const {
  return MathLabel(m_titleMarkup).plainText();
}

QString PlotPane::tableText() const {
  return toCsv(table());
}

void PlotPane::setContent(QWidget *plot) {
  m_content = plot;
  plot->setObjectName(QStringLiteral("plotCanvas"));
  plot->setFocusPolicy(Qt::ClickFocus);
  m_stack->addWidget(plot);
}

void PlotPane::contentChanged(bool hasData) {
  m_hasData = hasData;
  QWidget *page = !hasData         ? m_emptyPage
                  : isTableShown() ? static_cast<QWidget *>(m_table)
                                   : m_content.data();
  static_cast<PlotTableModel *>(m_table->model())->setTable(page == m_table ? table() : PlotTable());
  if (page == m_table)
    m_table->resizeColumnsToContents();
  m_stack->setCurrentWidget(page);
  const QString words = hasData ? summary() : m_emptyWhat->text();
  setAccessibleDescription(words);
  if (m_content) {
    m_content->setAccessibleName(figureTitle());
    m_content->setAccessibleDescription(words);
  }
  for (const char *name : {"tableButton", "exportButton"})
    findChild<QToolButton *>(QLatin1String(name))->setEnabled(hasData);
}

PlotTheme PlotPane::theme() const {
  return screenTheme(palette(), font());
}

void PlotPane::changeEvent(QEvent *event) {
  QWidget::changeEvent(event);
  if (event->type() != QEvent::PaletteChange && event->type() != QEvent::FontChange)
    return;
  for (auto *button : findChildren<QToolButton *>())
    if (const QVariant glyph = button->property("glyph"); glyph.isValid())
      button->setIcon(glyphIcon(Glyph(glyph.toInt()), palette().color(QPalette::WindowText)));
  if (m_content)
    themeChanged();
}

void PlotPane::keyPressEvent(QKeyEvent *event) {
  if (event->matches(QKeySequence::Copy))
    Q_EMIT copyRequested();
  else if (event->key() == Qt::Key_T && event->modifiers() == Qt::NoModifier && m_hasData)
    setTableShown(!isTableShown());
  else if (event->key() == Qt::Key_F && event->modifiers() == Qt::NoModifier && m_hasData)
    fit();
  else
    QWidget::keyPressEvent(event);
}

} // namespace evolute::widgets
