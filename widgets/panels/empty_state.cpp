// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/empty_state.h"

#include <QDragEnterEvent>
#include <QGridLayout>
#include <QLabel>
#include <QListWidget>
#include <QMimeData>
#include <QPainter>
#include <QPushButton>

#include "widgets/panels/dropped_paths.h"

namespace evolute::widgets {

namespace {

constexpr int kColumnWidth = 560;
constexpr int kPathRole = Qt::UserRole;
constexpr int kMissingRole = Qt::UserRole + 1;

} // namespace

struct EmptyState::Private {
  QWidget *card = nullptr;
  QLabel *recentTitle = nullptr;
  QListWidget *recent = nullptr;
  bool dragging = false;
};

EmptyState::EmptyState(QWidget *parent) : QWidget(parent), d(std::make_unique<Private>()) {
  setAcceptDrops(true);
  setAccessibleName(tr("Nothing is open"));
  auto *outer = new QVBoxLayout(this);
  outer->addStretch(1);
  auto *column = new QWidget(this);
  column->setMaximumWidth(kColumnWidth);
  auto *rows = new QVBoxLayout(column);
  rows->setSpacing(10);

  d->card = new QWidget(column);
  auto *card = new QVBoxLayout(d->card);
  card->setContentsMargins(24, 28, 24, 24);
  card->setSpacing(8);
  const auto label = [](QWidget *owner, const QString &text, double scale, bool bold) {
    auto *result = new QLabel(text, owner);
    QFont font = result->font();
    font.setPointSizeF(font.pointSizeF() * scale);
    font.setBold(bold);
    result->setFont(font);
    result->setAlignment(Qt::AlignCenter);
    result->setWordWrap(true);
    return result;
  };
  card->addWidget(label(d->card, tr("Drop a folder of checkpoints here"), 1.5, true));
  card->addWidget(label(d->card,
                        tr("Steps, architecture and logs are recognised from the files; nothing is "
                           "written into the folder except .evolute/."),
                        1.0, false));
  auto *buttons = new QHBoxLayout;
  auto *open = new QPushButton(tr("&Open a run folder…"), d->card);
  auto *demo = new QPushButton(tr("Open the &demo"), d->card);
  open->setObjectName(QStringLiteral("openButton"));
  demo->setObjectName(QStringLiteral("demoButton"));
  open->setDefault(true);
  demo->setToolTip(tr("A small run that trains live: try everything in a minute"));
  buttons->addStretch(1);
  buttons->addWidget(open);
  buttons->addWidget(demo);
  buttons->addStretch(1);
  card->addSpacing(6);
  card->addLayout(buttons);
  rows->addWidget(d->card);

  d->recentTitle = label(column, tr("Recent runs"), 1.0, true);
  d->recentTitle->setAlignment(Qt::AlignLeft);
  d->recent = new QListWidget(column);
  d->recent->setObjectName(QStringLiteral("recentList"));
  d->recent->setAccessibleName(tr("Recent runs"));
  d->recent->setSpacing(3);
  d->recent->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  d->recent->setTextElideMode(Qt::ElideMiddle);
  rows->addWidget(d->recentTitle);
  rows->addWidget(d->recent);

  auto *keys = new QGridLayout;
  keys->setHorizontalSpacing(12);
  keys->setVerticalSpacing(4);
  const std::pair<QString, QString> hints[] = {{tr("Ctrl+Shift+P"), tr("every command, by name")},
                                               {tr("← →"), tr("previous, next checkpoint")},
                                               {tr("F"), tr("fit the plot under the mouse")},
                                               {tr("Ctrl+E"), tr("export a figure, to the millimetre")},
                                               {tr("?"), tr("all keys")}};
  int row = 0;
  for (const auto &[key, what] : hints) {
    auto *name = new QLabel(key, column);
    QFont bold = name->font();
    bold.setBold(true);
    name->setFont(bold);
    name->setAlignment(Qt::AlignRight);
    keys->addWidget(name, row, 0);
    keys->addWidget(new QLabel(what, column), row++, 1);
  }
  keys->setColumnStretch(1, 1);
  rows->addSpacing(6);
  rows->addLayout(keys);

  auto *centre = new QHBoxLayout;
  centre->addStretch(1);
  centre->addWidget(column, 100);
  centre->addStretch(1);
  outer->addLayout(centre);
  outer->addStretch(2);

  connect(open, &QPushButton::clicked, this, &EmptyState::openRequested);
  connect(demo, &QPushButton::clicked, this, &EmptyState::demoRequested);
  connect(d->recent, &QListWidget::itemActivated, this, [this](const QListWidgetItem *item) {
    if (!item->data(kMissingRole).toBool())
      Q_EMIT recentRequested(item->data(kPathRole).toString());
  });
  // One click opens, as in a list of links; keyboards have itemActivated.
  connect(d->recent, &QListWidget::itemClicked, d->recent, &QListWidget::itemActivated);
  setRecentRuns({});
}

EmptyState::~EmptyState() = default;

void EmptyState::setRecentRuns(const std::vector<RecentRun> &runs) {
  d->recent->clear();
  for (const RecentRun &run : runs) {
    const QString details = run.missing ? tr("missing") : run.details;
    QString text = run.title.isEmpty() ? run.path : run.title;
    if (!details.isEmpty())
      text += QStringLiteral("  ·  ") + details;
    auto *item = new QListWidgetItem(text + QLatin1Char('\n') + run.path, d->recent);
    item->setData(kPathRole, run.path);
    item->setData(kMissingRole, run.missing);
    item->setToolTip(run.missing ? tr("%1 is not there any more").arg(run.path) : run.path);
    if (run.missing)
      item->setFlags(item->flags() & ~Qt::ItemIsEnabled);
  }
  d->recent->setVisible(!runs.empty());
  d->recentTitle->setVisible(!runs.empty());
  if (runs.empty())
    return;
  const int rowHeight = d->recent->sizeHintForRow(0) + 2 * d->recent->spacing();
  d->recent->setFixedHeight(int(std::min<std::size_t>(runs.size(), 5)) * rowHeight +
                            2 * d->recent->frameWidth() + 4);
}

void EmptyState::dragEnterEvent(QDragEnterEvent *event) {
  if (droppedPaths(event->mimeData()).isEmpty())
    return;
  event->acceptProposedAction();
  d->dragging = true;
  update();
}

void EmptyState::dragLeaveEvent(QDragLeaveEvent *) {
  d->dragging = false;
  update();
}

void EmptyState::dropEvent(QDropEvent *event) {
  d->dragging = false;
  update();
  event->acceptProposedAction();
  Q_EMIT pathsDropped(droppedPaths(event->mimeData()));
}

void EmptyState::paintEvent(QPaintEvent *) {
  QPainter p(this);
  p.setRenderHint(QPainter::Antialiasing);
  const QRectF card = QRectF(d->card->rect()).translated(d->card->mapTo(this, QPoint(0, 0)));
  const QColor line = palette().color(d->dragging ? QPalette::Highlight : QPalette::Mid);
  p.setPen(QPen(line, d->dragging ? 2.5 : 1.5, Qt::DashLine));
  QColor fill = palette().color(QPalette::Highlight);
  fill.setAlpha(d->dragging ? 40 : 0);
  p.setBrush(fill);
  p.drawRoundedRect(card.adjusted(1.5, 1.5, -1.5, -1.5), 10, 10);
}

} // namespace evolute::widgets
