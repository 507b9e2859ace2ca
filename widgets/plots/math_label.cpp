// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/math_label.h"

#include <algorithm>
#include <iterator>

#include <QFontMetricsF>
#include <QPainter>
#include <QPainterPath>

#include "widgets/plots/plot_style.h"

namespace evolute::widgets {

namespace {

constexpr QChar kCombiningHat(0x0302);
constexpr double kScriptScale = 0.72; // of the base font, as TeX has it
constexpr double kSubDrop = 0.20;     // em below the baseline
constexpr double kSuperRise = 0.38;   // em above it
constexpr double kHatHeight = 0.13;   // em
constexpr double kHatGap = 0.07;      // em between the letter and its hat
constexpr double kHatStroke = 0.055;  // em
constexpr double kAscent = 0.82;      // em: box of a plain line; fonts for mathematics claim far more
constexpr double kDescent = 0.27;
constexpr double kItalicSlant = 0.21; // shift of the hat's place per letter height

struct Name {
  const char16_t *name;
  char16_t letter;
};
constexpr Name kNames[] = {
    {u"alpha", u'α'}, {u"beta", u'β'},  {u"gamma", u'γ'}, {u"delta", u'δ'}, {u"epsilon", u'ε'},
    {u"zeta", u'ζ'},  {u"eta", u'η'},   {u"theta", u'θ'}, {u"kappa", u'κ'}, {u"lambda", u'λ'},
    {u"mu", u'μ'},    {u"nu", u'ν'},    {u"xi", u'ξ'},    {u"pi", u'π'},    {u"rho", u'ρ'},
    {u"sigma", u'σ'}, {u"tau", u'τ'},   {u"phi", u'φ'},   {u"chi", u'χ'},   {u"psi", u'ψ'},
    {u"omega", u'ω'}, {u"Gamma", u'Γ'}, {u"Delta", u'Δ'}, {u"Theta", u'Θ'}, {u"Lambda", u'Λ'},
    {u"Sigma", u'Σ'}, {u"Phi", u'Φ'},   {u"Psi", u'Ψ'},   {u"Omega", u'Ω'}, {u"nabla", u'∇'},
    {u"times", u'×'}, {u"pm", u'±'},    {u"cdot", u'·'},  {u"infty", u'∞'}, {u"partial", u'∂'},
};

/// Reads one group, command or letter at `i` and moves past it.
struct Atom {
  QString text;
  bool hat = false;
};

Atom readAtom(const QString &s, qsizetype &i);

QString readGroup(const QString &s, qsizetype &i, bool *hat) { // s[i] == '{'
  QString result;
  ++i;
  while (i < s.size() && s[i] != QLatin1Char('}')) {
    const Atom atom = readAtom(s, i);
    result += atom.text;
    *hat = *hat || atom.hat;
  }
  ++i;
  return result;
}

Atom readCommand(const QString &s, qsizetype &i) { // s[i] == '\\'
  qsizetype end = i + 1;
  while (end < s.size() && s[end].unicode() < 128 && s[end].isLetter())
    ++end;
  const QString name = s.mid(i + 1, end - i - 1);
  if (name.isEmpty()) { // an escaped sign, or a backslash at the very end
    const Atom atom{i + 1 < s.size() ? QString(s[i + 1]) : QString(s[i])};
    i = std::min(i + 2, s.size());
    return atom;
  }
  if (name == QLatin1String("hat") && end < s.size()) {
    i = end;
    Atom atom = readAtom(s, i);
    atom.hat = true;
    return atom;
  }
  const auto *known = std::find_if(std::begin(kNames), std::end(kNames),
                                   [&](const Name &n) { return name == QStringView(n.name); });
  Atom atom{known == std::end(kNames) ? s.mid(i, end - i) : QString(QChar(known->letter))};
  i = end;
  return atom;
}

Atom readAtom(const QString &s, qsizetype &i) {
  Atom atom;
  if (s[i] == QLatin1Char('\\'))
    atom = readCommand(s, i);
  else if (s[i] == QLatin1Char('{') && s.indexOf(QLatin1Char('}'), i) > 0)
    atom.text = readGroup(s, i, &atom.hat);
  else {
    const bool pair = s[i].isHighSurrogate() && i + 1 < s.size();
    atom.text = s.mid(i, pair ? 2 : 1);
    i += pair ? 2 : 1;
  }
  if (i < s.size() && s[i] == kCombiningHat) {
    atom.hat = true;
    ++i;
  }
  return atom;
}

QFont scriptFont(const QFont &font) {
  QFont result = font;
  if (font.pixelSize() > 0)
    result.setPixelSize(std::max(1, qRound(font.pixelSize() * kScriptScale)));
  else
    result.setPointSizeF(font.pointSizeF() * kScriptScale);
  return result;
}

double em(const QFont &font) {
  // What was asked for, where it was asked in pixels: on a system with few fonts QFontInfo tells of another one.
  return font.pixelSize() > 0 ? font.pixelSize() : QFontInfo(font).pixelSize();
}

QRectF hatRect(const QFont &font, const QString &text, bool italic) {
  const QRectF ink = QFontMetricsF(font).tightBoundingRect(text);
  const double size = em(font);
  const double width = std::clamp(0.8 * ink.width(), 0.26 * size, 0.60 * size);
  const double lean = italic ? kItalicSlant * ink.height() * 0.5 : 0.0;
  return {ink.center().x() + lean - 0.5 * width, ink.top() - (kHatGap + kHatHeight) * size, width,
          kHatHeight * size};
}

} // namespace

MathLabel::MathLabel(const QString &markup) {
  bool math = false;
  for (qsizetype i = 0; i < markup.size();) {
    const QChar c = markup[i];
    if (c == QLatin1Char('$') && (math || markup.indexOf(c, i + 1) > 0)) {
      math = !math;
      ++i;
      continue;
    }
    Shift shift = Shift::None;
    if (math && (c == QLatin1Char('_') || c == QLatin1Char('^')) && i + 1 < markup.size()) {
      shift = c == QLatin1Char('_') ? Shift::Sub : Shift::Super;
      ++i;
    }
    const Atom atom = readAtom(markup, i);
    append(atom.text, shift, atom.hat, math && !atom.text.isEmpty() && atom.text.at(0).isLetter());
  }
}

void MathLabel::append(const QString &text, Shift shift, bool hat, bool italic) {
  if (text.isEmpty())
    return;
  const bool joins = !m_runs.empty() && !hat && !m_runs.back().hat && m_runs.back().shift == shift &&
                     m_runs.back().italic == italic;
  if (joins)
    m_runs.back().text += text;
  else
    m_runs.push_back({text, shift, hat, italic});
}

std::vector<MathLabel::Placed> MathLabel::place(const QFont &font, double *width) const {
  std::vector<Placed> result;
  double x = 0;
  for (const Run &run : m_runs) {
    Placed placed{run.shift == Shift::None ? font : scriptFont(font), {}};
    if (run.italic)
      placed.font.setItalic(true);
    const double rise = run.shift == Shift::Sub ? kSubDrop : run.shift == Shift::Super ? -kSuperRise : 0.0;
    placed.offset = {x, rise * em(font)};
    const QFontMetricsF metrics(placed.font);
    x += metrics.horizontalAdvance(run.text);
    if (run.italic) // a slanted letter leans into what follows
      x += 0.04 * em(placed.font);
    result.push_back(std::move(placed));
  }
  *width = x;
  return result;
}

QRectF MathLabel::boundingRect(const QFont &font) const {
  double width = 0;
  const auto placed = place(font, &width);
  double top = -kAscent * em(font), bottom = kDescent * em(font);
  for (std::size_t i = 0; i < m_runs.size(); ++i) {
    const double base = placed[i].offset.y();
    bottom = std::max(bottom, base + kDescent * em(placed[i].font));
    top = std::min(top, base - kAscent * em(placed[i].font));
    if (m_runs[i].hat)
      top = std::min(top, base + hatRect(placed[i].font, m_runs[i].text, m_runs[i].italic).top() -
                              kHatStroke * em(placed[i].font));
  }
  return {0.0, top, width, bottom - top};
}

void MathLabel::draw(QPainter &painter, const QFont &font, const QPointF &origin) const {
  double width = 0;
  const auto placed = place(font, &width);
  painter.save();
  painter.setBrush(Qt::NoBrush);
  for (std::size_t i = 0; i < m_runs.size(); ++i) {
    painter.setFont(placed[i].font);
    painter.drawText(origin + placed[i].offset, m_runs[i].text);
    if (!m_runs[i].hat)
      continue;
    const QRectF hat =
        hatRect(placed[i].font, m_runs[i].text, m_runs[i].italic).translated(origin + placed[i].offset);
    QPainterPath path(hat.bottomLeft());
    path.lineTo(hat.center().x(), hat.top());
    path.lineTo(hat.bottomRight());
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(painter.pen().color(), kHatStroke * em(placed[i].font), Qt::SolidLine, Qt::RoundCap,
                        Qt::MiterJoin));
    painter.drawPath(path);
    painter.restore();
  }
  painter.restore();
}

void MathLabel::draw(QPainter &painter, const QFont &font, const QRectF &rect,
                     Qt::Alignment alignment) const {
  const QRectF own = boundingRect(font);
  double x = rect.left();
  if (alignment & Qt::AlignHCenter)
    x = rect.center().x() - 0.5 * own.width();
  else if (alignment & Qt::AlignRight)
    x = rect.right() - own.width();
  draw(painter, font, QPointF(x, rect.center().y() - 0.5 * own.height() - own.top()));
}

QString MathLabel::plainText() const {
  QString result;
  for (const Run &run : m_runs) {
    const bool longer = run.text.size() > 1;
    if (run.shift != Shift::None)
      result += QLatin1Char(run.shift == Shift::Sub ? '_' : '^');
    result += longer && run.shift != Shift::None ? QStringLiteral("{%1}").arg(run.text) : run.text;
    if (run.hat)
      result += kCombiningHat;
  }
  return result;
}

MathLabelWidget::MathLabelWidget(QWidget *parent) : QWidget(parent) {
  setSizePolicy(QSizePolicy::Minimum, QSizePolicy::Fixed);
}

void MathLabelWidget::setMarkup(const QString &markup) {
  m_markup = markup;
  m_label = MathLabel(markup);
  setAccessibleName(m_label.plainText());
  updateGeometry();
  update();
}

QSize MathLabelWidget::sizeHint() const {
  return m_label.boundingRect(font()).size().toSize() + QSize(2, 4);
}

QSize MathLabelWidget::minimumSizeHint() const {
  return {24, sizeHint().height()};
}

void MathLabelWidget::paintEvent(QPaintEvent *) {
  QPainter painter(this);
  painter.setPen(palette().color(foregroundRole()));
  m_label.draw(painter, font(), QRectF(rect()), Qt::AlignLeft);
}

} // namespace evolute::widgets
