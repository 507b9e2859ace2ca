// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/figure/export_dialog.h"

#include <utility>

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QFontComboBox>
#include <QFormLayout>
#include <QLabel>
#include <QPainter>
#include <QPointer>
#include <QPushButton>
#include <QRegularExpression>
#include <QResizeEvent>
#include <QTimer>

#include "widgets/plots/plot_style.h"

namespace evolute::widgets {

namespace {

constexpr double kMmPerInch = 25.4;
constexpr int kPreviewDelayMs = 60; // a spin box that is being turned needs no preview of every value

struct Preset {
  const char *name;
  double widthMm, heightMm, fontPt, titlePt, lineWidthPt;
};
// Heights of the paper presets are golden: width / 1.618, as the field's published figures are.
constexpr Preset kPresets[] = {
    {QT_TRANSLATE_NOOP("ExportDialog", "Paper, one column (3.25 in)"), 82.55, 51.15, 8, 10, 1.0},
    {QT_TRANSLATE_NOOP("ExportDialog", "Paper, text width (5.5 in)"), 139.7, 86.43, 8, 10, 1.0},
    {QT_TRANSLATE_NOOP("ExportDialog", "Slide, 16:9"), 254.0, 142.9, 18, 22, 2.0},
};

/// The figure at its true size where there is room, else smaller; always laid out as in the file.
class Preview : public QWidget {
public:
  explicit Preview(const FigureSource &figure, QWidget *parent) : QWidget(parent), source(figure) {
    setMinimumSize(420, 320);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    setAccessibleName(ExportDialog::tr("Preview of the figure"));
  }

  void show(const FigureSpec &wanted) {
    spec = wanted;
    image = QImage();
    update();
  }
  double scale() const { return shownScale; }

protected:
  void paintEvent(QPaintEvent *) override {
    QPainter painter(this);
    painter.fillRect(rect(), palette().color(QPalette::Dark));
    if (!spec.problem().isEmpty())
      return;
    const double wide = (width() - 24) * kMmPerInch / (spec.widthMm * logicalDpiX());
    const double high = (height() - 24) * kMmPerInch / (spec.heightMm * logicalDpiX());
    shownScale = std::min({1.0, wide, high});
    if (image.isNull() || imageScale != shownScale) {
      FigureSpec onScreen = spec;
      onScreen.dpi = std::max(1, int(logicalDpiX() * shownScale * devicePixelRatioF()));
      image = figureImage(source, onScreen);
      image.setDevicePixelRatio(devicePixelRatioF());
      imageScale = shownScale;
    }
    QRectF page(QPointF(0, 0), QSizeF(image.size()) / devicePixelRatioF());
    page.moveCenter(QRectF(rect()).center());
    painter.drawImage(page.topLeft().toPoint(), image);
  }
  void resizeEvent(QResizeEvent *) override { update(); }

private:
  const FigureSource &source;
  FigureSpec spec;
  QImage image;
  double imageScale = 0, shownScale = 1;
};

} // namespace

struct ExportDialog::Private {
  Private(ExportDialog *owner, const FigureSource &figure, const QString &recipeText)
      : q(owner), source(figure), recipe(recipeText) {}
  void buildForm(QFormLayout *form);
  void refresh();
  void save();
  QString proposedName() const;

  ExportDialog *q;
  const FigureSource &source;
  QString recipe;
  QComboBox *preset = nullptr, *format = nullptr;
  QDoubleSpinBox *width = nullptr, *height = nullptr, *font = nullptr, *titleSize = nullptr, *line = nullptr;
  QSpinBox *dpi = nullptr;
  QComboBox *family = nullptr;
  QCheckBox *transparent = nullptr, *showTitle = nullptr, *legend = nullptr, *cursor = nullptr;
  QLabel *facts = nullptr;
  ExportDialog::Runner runner;
  QPushButton *saveButton = nullptr, *copyButton = nullptr;
  Preview *preview = nullptr;
  QTimer later;
  bool filling = false;
};

ExportDialog::ExportDialog(const FigureSource &source, const QString &recipe, QWidget *parent)
    : QDialog(parent), d(std::make_unique<Private>(this, source, recipe)) {
  setWindowTitle(tr("Export figure"));
  auto *columns = new QHBoxLayout;
  auto *form = new QFormLayout;
  d->buildForm(form);
  columns->addLayout(form);
  auto *right = new QVBoxLayout;
  d->preview = new Preview(source, this);
  d->facts = new QLabel(this);
  d->facts->setObjectName(QStringLiteral("facts"));
  d->facts->setWordWrap(true);
  right->addWidget(d->preview, 1);
  right->addWidget(d->facts);
  columns->addLayout(right, 1);
  auto *buttons = new QDialogButtonBox(this);
  d->saveButton = buttons->addButton(tr("&Save…"), QDialogButtonBox::AcceptRole);
  d->copyButton = buttons->addButton(tr("&Copy"), QDialogButtonBox::ActionRole);
  d->copyButton->setToolTip(tr("PNG, SVG and CSV on the clipboard"));
  buttons->addButton(QDialogButtonBox::Cancel);
  auto *rows = new QVBoxLayout(this);
  rows->addLayout(columns, 1);
  rows->addWidget(buttons);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(d->saveButton, &QPushButton::clicked, this, [this] { d->save(); });
  connect(d->copyButton, &QPushButton::clicked, this, [this] {
    copyFigure(d->source, spec(), d->recipe);
    d->facts->setText(tr("Copied as PNG, SVG and CSV."));
  });
  d->later.setSingleShot(true);
  d->later.setInterval(kPreviewDelayMs);
  connect(&d->later, &QTimer::timeout, this, [this] { d->preview->show(spec()); });
  setSpec(FigureSpec());
  resize(860, 480);
}

ExportDialog::~ExportDialog() = default;

void ExportDialog::Private::buildForm(QFormLayout *form) {
  preset = new QComboBox(q);
  preset->setObjectName(QStringLiteral("preset"));
  for (const Preset &p : kPresets)
    preset->addItem(tr(p.name));
  preset->addItem(tr("Own size"));
  const auto number = [this](double low, double high, double step, const QString &unit, const char *name) {
    auto *box = new QDoubleSpinBox(q);
    box->setRange(low, high);
    box->setDecimals(2);
    box->setSingleStep(step);
    box->setSuffix(unit);
    box->setObjectName(QLatin1String(name));
    QObject::connect(box, &QDoubleSpinBox::valueChanged, q, [this] { refresh(); });
    return box;
  };
  width = number(10, 2000, 1, tr(" mm"), "width");
  height = number(10, 2000, 1, tr(" mm"), "height");
  font = number(2, 144, 0.5, tr(" pt"), "font");
  titleSize = number(2, 144, 0.5, tr(" pt"), "title");
  line = number(0.05, 20, 0.25, tr(" pt"), "line");
  dpi = new QSpinBox(q);
  dpi->setRange(30, 2400);
  dpi->setSuffix(tr(" dpi"));
  dpi->setObjectName(QStringLiteral("dpi"));
  family = new QFontComboBox(q);
  family->setObjectName(QStringLiteral("family"));
  family->setMaximumWidth(220);
  format = new QComboBox(q);
  format->setObjectName(QStringLiteral("format"));
  format->addItem(tr("PDF, vectors"));
  format->addItem(tr("SVG, vectors"));
  format->addItem(tr("PNG, pixels"));
  format->addItem(tr("CSV, the values"));
  transparent = new QCheckBox(tr("Transparent background"), q);
  showTitle = new QCheckBox(tr("Title"), q);
  legend = new QCheckBox(tr("Legend"), q);
  cursor = new QCheckBox(tr("Time cursor"), q);
  for (QCheckBox *box : {transparent, showTitle, legend, cursor})
    QObject::connect(box, &QCheckBox::toggled, q, [this] { refresh(); });
  QObject::connect(dpi, &QSpinBox::valueChanged, q, [this] { refresh(); });
  QObject::connect(family, &QComboBox::currentTextChanged, q, [this] { refresh(); });
  QObject::connect(format, &QComboBox::currentIndexChanged, q, [this] { refresh(); });
  QObject::connect(preset, &QComboBox::activated, q, [this](int index) {
    if (index < 0 || index >= int(std::size(kPresets)))
      return;
    FigureSpec spec = q->spec();
    const Preset &p = kPresets[index];
    spec.widthMm = p.widthMm;
    spec.heightMm = p.heightMm;
    spec.fontPt = p.fontPt;
    spec.titlePt = p.titlePt;
    spec.lineWidthPt = p.lineWidthPt;
    q->setSpec(spec);
  });
  form->addRow(tr("&Format"), format);
  form->addRow(tr("&Preset"), preset);
  form->addRow(tr("&Width"), width);
  form->addRow(tr("&Height"), height);
  form->addRow(tr("F&ont"), family);
  form->addRow(tr("&Text size"), font);
  form->addRow(tr("T&itle size"), titleSize);
  form->addRow(tr("&Line width"), line);
  form->addRow(tr("&Resolution"), dpi);
  form->addRow(tr("Show"), showTitle);
  form->addRow(QString(), legend);
  form->addRow(QString(), cursor);
  form->addRow(QString(), transparent);
}

void ExportDialog::setRunner(Runner runner) {
  d->runner = std::move(runner);
}

FigureSpec ExportDialog::spec() const {
  FigureSpec spec;
  spec.widthMm = d->width->value();
  spec.heightMm = d->height->value();
  spec.fontFamily = d->family->currentText();
  spec.fontPt = d->font->value();
  spec.titlePt = d->titleSize->value();
  spec.lineWidthPt = d->line->value();
  spec.dpi = d->dpi->value();
  spec.transparent = d->transparent->isChecked();
  spec.showTitle = d->showTitle->isChecked();
  spec.showLegend = d->legend->isChecked();
  spec.showCursor = d->cursor->isChecked();
  return spec;
}

void ExportDialog::setSpec(const FigureSpec &spec) {
  d->filling = true;
  d->width->setValue(spec.widthMm);
  d->height->setValue(spec.heightMm);
  d->family->setCurrentText(spec.fontFamily.isEmpty() ? figureFontFamily() : spec.fontFamily);
  d->font->setValue(spec.fontPt);
  d->titleSize->setValue(spec.titlePt);
  d->line->setValue(spec.lineWidthPt);
  d->dpi->setValue(spec.dpi);
  d->transparent->setChecked(spec.transparent);
  d->showTitle->setChecked(spec.showTitle);
  d->legend->setChecked(spec.showLegend);
  d->cursor->setChecked(spec.showCursor);
  d->filling = false;
  d->refresh();
}

FigureFormat ExportDialog::format() const {
  return FigureFormat(d->format->currentIndex());
}

void ExportDialog::setFormat(FigureFormat format) {
  d->format->setCurrentIndex(int(format));
}

void ExportDialog::Private::refresh() {
  if (filling)
    return;
  const FigureSpec spec = q->spec();
  int known = int(std::size(kPresets));
  for (int i = 0; i < int(std::size(kPresets)); ++i)
    if (std::abs(spec.widthMm - kPresets[i].widthMm) < 0.006 &&
        std::abs(spec.heightMm - kPresets[i].heightMm) < 0.006)
      known = i;
  preset->setCurrentIndex(known);
  const FigureFormat chosen = q->format();
  dpi->setEnabled(chosen == FigureFormat::Png);
  const QString problem = spec.problem();
  const bool possible = problem.isEmpty() || chosen == FigureFormat::Csv;
  saveButton->setEnabled(possible);
  copyButton->setEnabled(problem.isEmpty());
  const QString size = tr("%1 × %2 mm (%3 × %4 in)")
                           .arg(spec.widthMm, 0, 'f', 2)
                           .arg(spec.heightMm, 0, 'f', 2)
                           .arg(spec.widthMm / kMmPerInch, 0, 'f', 2)
                           .arg(spec.heightMm / kMmPerInch, 0, 'f', 2);
  const QString pixels = tr("%1 × %2 pixels").arg(spec.pixels().width()).arg(spec.pixels().height());
  facts->setText(!problem.isEmpty()            ? problem
                 : chosen == FigureFormat::Csv ? tr("The values behind the figure, one row each.")
                 : chosen == FigureFormat::Png ? size + QStringLiteral(" · ") + pixels
                                               : size);
  later.start();
}

QString ExportDialog::Private::proposedName() const {
  QString name = source.figureTitle();
  // Letters that file systems or shells stumble over; λ̂ becomes llc, which is what people type.
  name.replace(QStringLiteral("λ\u0302"), QStringLiteral("llc"));
  name.replace(QRegularExpression(QStringLiteral("[^A-Za-z0-9._-]+")), QStringLiteral("-"));
  while (name.startsWith(QLatin1Char('-')))
    name.remove(0, 1);
  while (name.endsWith(QLatin1Char('-')))
    name.chop(1);
  return (name.isEmpty() ? QStringLiteral("figure") : name.toLower()) + QLatin1Char('.') +
         suffixOf(q->format());
}

void ExportDialog::Private::save() {
  const QString suffix = suffixOf(q->format());
  QString name = QFileDialog::getSaveFileName(q, tr("Save figure"), proposedName(),
                                              QStringLiteral("%1 (*.%2)").arg(suffix.toUpper(), suffix));
  if (name.isEmpty())
    return;
  if (!formatFromFileName(name))
    name += QLatin1Char('.') + suffix;
  const FigureFormat chosen = *formatFromFileName(name);
  const auto done = [this, guard = QPointer<ExportDialog>(q), name](const QString &problem) {
    if (!guard)
      return; // closed meanwhile; the file is there all the same
    saveButton->setEnabled(true);
    if (!problem.isEmpty()) {
      facts->setText(problem); // shown where the action was; the dialog stays
      return;
    }
    Q_EMIT q->exported(name);
    q->accept();
  };
  const auto write = [drawing = drawFigure(source, q->spec(), chosen), chosen, name, recipe = recipe] {
    return writeFigure(drawing, chosen, name, recipe);
  };
  if (!runner) {
    done(write());
    return;
  }
  saveButton->setEnabled(false);
  facts->setText(tr("Writing …"));
  runner(write, done);
}

} // namespace evolute::widgets
