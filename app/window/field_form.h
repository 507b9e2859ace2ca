// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>

#include <QLineEdit>
#include <QString>
#include <QWidget>

class QGridLayout;
class QLabel;

#include "core/llc/llc_settings.h"

namespace evolute::app {

struct FieldProblem {
  QString field;
  QString sentence;
  bool fatal = true;
};
QList<FieldProblem> fieldProblems(const std::vector<core::LlcSettings::Problem> &problems);

/// Labelled fields, each with room for one sentence on what is wrong with its value.
class FieldForm : public QWidget {
  Q_OBJECT
public:
  explicit FieldForm(QWidget *parent = nullptr);
  /// `hint`: a few words after the field (a unit, what is usual); may be empty.
  /// \return the label that shows the hint, for hints that change.
  QLabel *addField(const QString &field, const QString &label, QWidget *editor, const QString &hint = {});
  void addHeading(const QString &text);
  bool hasField(const QString &field) const { return m_rows.contains(field); }
  void setFieldVisible(const QString &field, bool visible);
  /// Replaces the sentences shown; those whose field is not in this form are left out.
  void showProblems(const QList<FieldProblem> &problems);
  QString sentenceFor(const QString &field) const;

private:
  struct Row {
    QLabel *label;
    QWidget *editor;
    QLabel *hint;
    QLabel *sentence;
  };
  QGridLayout *m_grid;
  std::map<QString, Row> m_rows;
};

/// A number typed as people write small ones: 3e-4. Always with a decimal point, in every locale.
class NumberEdit : public QLineEdit {
  Q_OBJECT
public:
  explicit NumberEdit(QWidget *parent = nullptr);
  void setValue(double value);
  /// NaN when the text is no number; `whenEmpty` when there is none.
  double value() const;
  void setValueWhenEmpty(double value) { m_whenEmpty = value; }

private:
  double m_whenEmpty;
};

} // namespace evolute::app
