// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/field_form.h"

#include <limits>

#include <QGridLayout>
#include <QLabel>
#include <QLocale>

using namespace Qt::StringLiterals;

namespace evolute::app {

FieldForm::FieldForm(QWidget *parent) : QWidget(parent), m_grid(new QGridLayout(this)) {
  m_grid->setContentsMargins(0, 0, 0, 0);
  m_grid->setVerticalSpacing(3);
  m_grid->setHorizontalSpacing(10);
  m_grid->setColumnStretch(2, 1);
}

QLabel *FieldForm::addField(const QString &field, const QString &label, QWidget *editor,
                            const QString &hint) {
  const int row = m_grid->rowCount();
  auto *name = new QLabel(label, this);
  name->setBuddy(editor);
  auto *hintLabel = new QLabel(hint, this);
  hintLabel->setForegroundRole(QPalette::PlaceholderText);
  auto *sentence = new QLabel(this);
  sentence->setObjectName(u"problem."_s + field);
  sentence->setWordWrap(true);
  sentence->hide();
  editor->setParent(this);
  if (editor->objectName().isEmpty())
    editor->setObjectName(u"field."_s + field);
  const bool tall =
      editor->minimumHeight() > 2 * name->sizeHint().height(); // a list: its name stands at the top
  m_grid->addWidget(name, row, 0, tall ? Qt::AlignTop : Qt::Alignment());
  m_grid->addWidget(editor, row, 1);
  m_grid->addWidget(hintLabel, row, 2);
  m_grid->addWidget(sentence, row + 1, 1, 1, 2);
  m_rows[field] = {name, editor, hintLabel, sentence};
  return hintLabel;
}

void FieldForm::addHeading(const QString &text) {
  auto *heading = new QLabel(text, this);
  QFont font = heading->font();
  font.setBold(true);
  heading->setFont(font);
  heading->setContentsMargins(0, m_rows.empty() ? 0 : 8, 0, 0);
  m_grid->addWidget(heading, m_grid->rowCount(), 0, 1, 3);
}

void FieldForm::setFieldVisible(const QString &field, bool visible) {
  const Row &row = m_rows.at(field);
  row.label->setVisible(visible);
  row.editor->setVisible(visible);
  row.hint->setVisible(visible);
  row.sentence->setVisible(visible && !row.sentence->text().isEmpty());
}

void FieldForm::showProblems(const QList<FieldProblem> &problems) {
  for (auto &[name, row] : m_rows) {
    row.sentence->clear();
    row.sentence->hide();
    row.editor->setAccessibleDescription({});
  }
  // A fatal sentence is red, advice is amber; the sign before it says the same without colour.
  const bool dark = palette().color(QPalette::Window).lightness() < 128;
  for (const FieldProblem &problem : problems) {
    const auto found = m_rows.find(problem.field);
    if (found == m_rows.end())
      continue;
    const Row &row = found->second;
    const QString before = row.sentence->text();
    const QString sentence = (problem.fatal ? u"✕ "_s : u"⚠ "_s) + problem.sentence;
    row.sentence->setText(before.isEmpty() ? sentence : before + u'\n' + sentence);
    QPalette colours = row.sentence->palette();
    const QColor fatal(dark ? 0xff8a80 : 0xb3261e), advice(dark ? 0xf0b429 : 0x8a5a00);
    colours.setColor(QPalette::WindowText, problem.fatal ? fatal : advice);
    row.sentence->setPalette(colours);
    row.sentence->setVisible(!row.editor->isHidden());
    row.editor->setAccessibleDescription(row.sentence->text());
  }
}

QString FieldForm::sentenceFor(const QString &field) const {
  const auto found = m_rows.find(field);
  return found == m_rows.end() ? QString() : found->second.sentence->text();
}

NumberEdit::NumberEdit(QWidget *parent)
    : QLineEdit(parent), m_whenEmpty(std::numeric_limits<double>::quiet_NaN()) {}

void NumberEdit::setValue(double value) {
  setText(QString::number(value, 'g', QLocale::FloatingPointShortest));
}

double NumberEdit::value() const {
  const QString typed = text().trimmed();
  if (typed.isEmpty())
    return m_whenEmpty;
  bool ok = false;
  const double number = typed.toDouble(&ok); // QString::toDouble reads the C locale
  return ok ? number : std::numeric_limits<double>::quiet_NaN();
}

QList<FieldProblem> fieldProblems(const std::vector<core::LlcSettings::Problem> &problems) {
  QList<FieldProblem> list;
  for (const core::LlcSettings::Problem &problem : problems)
    list << FieldProblem{QString::fromStdString(problem.field), QString::fromStdString(problem.sentence),
                         problem.fatal};
  return list;
}

} // namespace evolute::app
