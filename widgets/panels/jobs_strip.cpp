// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/jobs_strip.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QScrollArea>
#include <QToolButton>

#include "widgets/plots/math_label.h"
#include "widgets/plots/plot_style.h"

namespace evolute::widgets {

namespace {

constexpr int kPermille = 1000;
constexpr int kBarWidth = 180;
constexpr int kMostRowsShown = 5;

bool isOver(JobPhase phase) {
  return phase == JobPhase::Finished || phase == JobPhase::Failed || phase == JobPhase::Cancelled;
}

QString phaseText(const JobStatus &job) {
  switch (job.phase) {
  case JobPhase::Queued:
    return JobsStrip::tr("waiting");
  case JobPhase::Paused:
    return JobsStrip::tr("paused");
  case JobPhase::Finished:
    return JobsStrip::tr("done");
  case JobPhase::Failed:
    return JobsStrip::tr("failed");
  case JobPhase::Cancelled:
    return JobsStrip::tr("cancelled, finished parts kept");
  case JobPhase::Running:
    break;
  }
  const QString left = formatDuration(job.secondsLeft);
  return left.isEmpty() ? JobsStrip::tr("measuring…") : JobsStrip::tr("%1 left").arg(left);
}

/// One job's line. The collapsed strip shows the same for the running one.
class JobRow : public QWidget {
public:
  explicit JobRow(QWidget *parent) : QWidget(parent) {
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(6, 1, 6, 1);
    row->setSpacing(8);
    title = new MathLabelWidget(this);
    bar = new QProgressBar(this);
    bar->setRange(0, kPermille);
    bar->setFixedWidth(kBarWidth);
    bar->setMaximumHeight(fontMetrics().height() + 2);
    left = new QLabel(this);
    text = new QLabel(this);
    text->setTextFormat(Qt::PlainText);
    text->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    pause = new QToolButton(this);
    cancel = new QToolButton(this);
    cancel->setText(JobsStrip::tr("Cancel"));
    cancel->setToolTip(JobsStrip::tr("Stop this job; what is finished stays"));
    pause->setObjectName(QStringLiteral("pause"));
    cancel->setObjectName(QStringLiteral("cancel"));
    row->addWidget(title);
    row->addWidget(bar);
    row->addWidget(left);
    row->addWidget(text, 1);
    row->addWidget(pause);
    row->addWidget(cancel);
  }

  void show(const JobStatus &job) {
    status = job;
    title->setMarkup(job.title);
    const bool busy = job.phase == JobPhase::Running && job.fraction < 0;
    bar->setRange(0, busy ? 0 : kPermille);
    const double fraction = job.phase == JobPhase::Finished ? 1.0 : std::clamp(job.fraction, 0.0, 1.0);
    bar->setValue(std::isnan(fraction) ? 0 : int(fraction * kPermille));
    bar->setFormat(QStringLiteral("%1 %").arg(int(std::floor(bar->value() * 100.0 / kPermille))));
    bar->setVisible(job.phase == JobPhase::Running || job.phase == JobPhase::Paused);
    left->setText(phaseText(job));
    text->setText(job.text);
    text->setToolTip(job.text);
    const QString plain = title->accessibleName();
    setAccessibleName(QStringLiteral("%1, %2").arg(plain, left->text()));
    bar->setAccessibleName(plain);
    const bool paused = job.phase == JobPhase::Paused;
    pause->setText(paused ? JobsStrip::tr("Resume") : JobsStrip::tr("Pause"));
    pause->setToolTip(paused ? JobsStrip::tr("Go on where it stopped")
                             : JobsStrip::tr("Hold this job after the step in work"));
    pause->setVisible(job.canPause && (job.phase == JobPhase::Running || paused));
    cancel->setVisible(!isOver(job.phase));
  }

  JobStatus status;
  MathLabelWidget *title;
  QProgressBar *bar;
  QLabel *left, *text;
  QToolButton *pause, *cancel;
};

} // namespace

struct JobsStrip::Private {
  JobRow *makeRow(JobsStrip *q, QWidget *parent) {
    auto *row = new JobRow(parent);
    QObject::connect(row->pause, &QToolButton::clicked, q, [q, row] {
      if (row->status.phase == JobPhase::Paused)
        Q_EMIT q->resumeRequested(row->status.id);
      else
        Q_EMIT q->pauseRequested(row->status.id);
    });
    QObject::connect(row->cancel, &QToolButton::clicked, q,
                     [q, row] { Q_EMIT q->cancelRequested(row->status.id); });
    return row;
  }
  void showHead();

  std::vector<JobStatus> jobs;
  QToolButton *toggle = nullptr, *clear = nullptr;
  QLabel *idle = nullptr, *waiting = nullptr, *device = nullptr;
  JobRow *head = nullptr;
  QScrollArea *scroll = nullptr;
  QWidget *list = nullptr;
  std::map<QString, JobRow *> rows;
};

JobsStrip::JobsStrip(QWidget *parent) : QWidget(parent), d(std::make_unique<Private>()) {
  setAccessibleName(tr("Jobs"));
  auto *column = new QVBoxLayout(this);
  column->setContentsMargins(4, 2, 8, 2);
  column->setSpacing(2);
  auto *line = new QHBoxLayout;
  d->toggle = new QToolButton(this);
  d->toggle->setObjectName(QStringLiteral("expandButton"));
  d->toggle->setCheckable(true);
  d->toggle->setAutoRaise(true);
  d->toggle->setText(tr("Jobs"));
  d->toggle->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  d->toggle->setToolTip(tr("Show all jobs"));
  d->idle = new QLabel(tr("nothing is being computed"), this);
  d->idle->setEnabled(false);
  d->head = d->makeRow(this, this);
  d->head->setObjectName(QStringLiteral("headRow"));
  d->waiting = new QLabel(this);
  d->clear = new QToolButton(this);
  d->clear->setText(tr("Clear finished"));
  d->clear->setToolTip(tr("Forget the jobs that are over; their results stay"));
  d->device = new QLabel(this);
  line->addWidget(d->toggle);
  line->addWidget(d->idle);
  line->addWidget(d->head, 1);
  line->addWidget(d->waiting);
  line->addStretch(0);
  line->addWidget(d->clear);
  line->addSpacing(12);
  line->addWidget(d->device);
  column->addLayout(line);
  d->scroll = new QScrollArea(this);
  d->scroll->setWidgetResizable(true);
  d->scroll->setFrameShape(QFrame::StyledPanel);
  d->list = new QWidget;
  auto *rows = new QVBoxLayout(d->list);
  rows->setContentsMargins(0, 2, 0, 2);
  rows->setSpacing(2);
  d->scroll->setWidget(d->list);
  column->addWidget(d->scroll);
  connect(d->toggle, &QToolButton::toggled, this, &JobsStrip::setExpanded);
  connect(d->clear, &QToolButton::clicked, this, &JobsStrip::clearRequested);
  setExpanded(false);
  setJobs({});
}

JobsStrip::~JobsStrip() = default;

void JobsStrip::setJobs(const std::vector<JobStatus> &jobs) {
  d->jobs = jobs;
  for (const auto &[id, row] : d->rows)
    row->deleteLater();
  d->rows.clear();
  auto *column = static_cast<QVBoxLayout *>(d->list->layout());
  while (QLayoutItem *item = column->takeAt(0))
    delete item;
  for (const JobStatus &job : jobs) {
    JobRow *row = d->makeRow(this, d->list);
    row->setObjectName(QStringLiteral("job ") + job.id);
    row->show(job);
    static_cast<QWidget *>(row)->show();
    column->addWidget(row);
    d->rows[job.id] = row;
  }
  column->addStretch(1);
  int widest = 0; // so that bars stand below each other
  for (const auto &[id, row] : d->rows)
    widest = std::max(widest, row->title->sizeHint().width());
  for (const auto &[id, row] : d->rows)
    row->title->setMinimumWidth(widest);
  const int rowHeight = fontMetrics().height() + 14;
  d->scroll->setFixedHeight(std::clamp(int(jobs.size()), 1, kMostRowsShown) * rowHeight + 8);
  d->showHead();
}

void JobsStrip::updateJob(const JobStatus &job) {
  const auto known = std::find_if(d->jobs.begin(), d->jobs.end(),
                                  [&](const JobStatus &other) { return other.id == job.id; });
  if (known == d->jobs.end())
    return;
  *known = job;
  d->rows[job.id]->show(job);
  d->showHead();
}

void JobsStrip::Private::showHead() {
  const auto in = [this](auto... phases) {
    return std::find_if(jobs.begin(), jobs.end(),
                        [=](const JobStatus &job) { return ((job.phase == phases) || ...); });
  };
  auto shown = in(JobPhase::Running);
  if (shown == jobs.end())
    shown = in(JobPhase::Paused);
  if (shown == jobs.end())
    shown = in(JobPhase::Queued);
  const bool expanded = toggle->isChecked();
  const bool some = shown != jobs.end();
  if (some)
    head->show(*shown);
  head->setVisible(some && !expanded);
  idle->setVisible(!some && !expanded);
  const auto queued = std::count_if(jobs.begin(), jobs.end(),
                                    [](const JobStatus &job) { return job.phase == JobPhase::Queued; });
  const auto failed = std::count_if(jobs.begin(), jobs.end(),
                                    [](const JobStatus &job) { return job.phase == JobPhase::Failed; });
  QStringList words;
  if (queued > 0 && (!some || shown->phase != JobPhase::Queued || queued > 1))
    words << JobsStrip::tr("%n waiting", nullptr, int(queued));
  if (failed > 0)
    words << JobsStrip::tr("%n failed", nullptr, int(failed));
  waiting->setText(words.join(QStringLiteral(" · ")));
  waiting->setVisible(!words.isEmpty());
  clear->setVisible(expanded && std::any_of(jobs.begin(), jobs.end(),
                                            [](const JobStatus &job) { return isOver(job.phase); }));
}

void JobsStrip::setDeviceText(const QString &text) {
  d->device->setText(text);
}

void JobsStrip::setExpanded(bool expanded) {
  const bool changed = d->scroll->isVisibleTo(this) != expanded;
  d->toggle->setChecked(expanded);
  d->toggle->setArrowType(expanded ? Qt::DownArrow : Qt::RightArrow);
  d->scroll->setVisible(expanded);
  d->showHead();
  if (changed)
    Q_EMIT expandedChanged(expanded);
}

bool JobsStrip::isExpanded() const {
  return d->toggle->isChecked();
}

} // namespace evolute::widgets
