// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/stage_table_model.h"

#include <QLocale>

#include "app/window/plain_text.h"
#include "app/window/stage_data.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

QString typeText(core::StageType type) {
  return QString::fromLatin1(core::nameOf(type));
}

std::optional<core::StageType> typeFrom(const QString &text) {
  for (const core::StageType type : {core::StageType::A, core::StageType::B, core::StageType::Other})
    if (text.compare(typeText(type), Qt::CaseInsensitive) == 0)
      return type;
  return std::nullopt;
}

/// Of the sign that the label claims.
double probabilityOf(core::StageType type, const core::StageChange &change) {
  return type == core::StageType::B                        ? 1 - change.probabilityRises
         : type == core::StageType::A || change.delta >= 0 ? change.probabilityRises
                                                           : 1 - change.probabilityRises;
}

} // namespace

void StageTableModel::setStages(const core::StageSet &set, const std::vector<core::StageChange> &changes) {
  beginResetModel();
  m_set = set;
  m_changes = changes.size() == set.stages.size() ? changes : std::vector<core::StageChange>();
  endResetModel();
}

void StageTableModel::clear() {
  setStages({}, {});
}

int StageTableModel::rowCount(const QModelIndex &parent) const {
  return parent.isValid() ? 0 : int(m_set.stages.size());
}

int StageTableModel::columnCount(const QModelIndex &parent) const {
  return parent.isValid() ? 0 : ColumnCount;
}

QString StageTableModel::textOf(std::size_t stage, Column column) const {
  const core::NamedStage &named = m_set.stages[stage];
  const core::StageEdge *end = stage < m_set.edges.size() ? &m_set.edges[stage] : nullptr;
  switch (column) {
  case Stage:
    return named.type == core::StageType::Other ? u"–"_s : QString::fromStdString(m_set.labelOf(stage));
  case Name:
    return QString::fromStdString(named.name);
  case Label:
    return typeText(named.type);
  case Probability:
    return m_changes.empty() ? QString()
                             : QString::number(probabilityOf(named.type, m_changes[stage]), 'f', 2);
  case Change:
    return m_changes.empty() ? QString() : changeText(m_changes[stage]);
  case From:
    return groupedText(m_set.startOf(stage));
  case To:
    return groupedText(m_set.endOf(stage));
  case Interval:
    if (!end)
      return tr("end of the curve");
    return end->isByHand ? tr("by hand") : tr("%1 to %2").arg(groupedText(end->low), groupedText(end->high));
  case RestsOn: {
    QStringList words;
    if (end)
      for (const std::string &one : end->evidence)
        words << QString::fromStdString(one);
    // Where it lies now is a person's word; what it was first proposed from is not lost.
    return words.isEmpty() || !end->isByHand ? words.join(u"; "_s)
                                             : tr("moved by hand; first from %1").arg(words.join(u"; "_s));
  }
  case Note:
    return QString::fromStdString(named.note);
  case ColumnCount:
    break;
  }
  return {};
}

QString StageTableModel::tipOf(std::size_t stage, Column column) const {
  if (column == Probability || column == Label) {
    if (m_changes.empty())
      return tr("Suggest stages reads the curve; then its change in each stage is known.");
    const core::StageType measured = m_changes[stage].type, kept = m_set.stages[stage].type;
    return measured == kept ? tr("The curve changes by %1 here.").arg(changeText(m_changes[stage]))
                            : tr("The curve says %1 here: it changes by %2.")
                                  .arg(typeText(measured), changeText(m_changes[stage]));
  }
  if (column == Interval && stage < m_set.edges.size() && !m_set.edges[stage].isByHand)
    return tr("95 % interval of the edge where the stage ends");
  return textOf(stage, column);
}

QVariant StageTableModel::data(const QModelIndex &index, int role) const {
  if (!index.isValid() || std::size_t(index.row()) >= m_set.stages.size())
    return {};
  const auto stage = std::size_t(index.row());
  const auto column = Column(index.column());
  if (role == Qt::DisplayRole) {
    const QString text = textOf(stage, column);
    const bool contradicts = column == Label && !m_changes.empty() &&
                             m_changes[stage].type != core::StageType::Other &&
                             m_changes[stage].type != m_set.stages[stage].type;
    return contradicts ? tr("%1 (curve: %2)").arg(text, typeText(m_changes[stage].type)) : text;
  }
  if (role == Qt::EditRole) // steps without separators, as they are typed
    return column == From ? QString::number(m_set.startOf(stage))
           : column == To ? QString::number(m_set.endOf(stage))
                          : textOf(stage, column);
  if (role == Qt::ToolTipRole)
    return tipOf(stage, column);
  if (role == Qt::TextAlignmentRole && (column == Probability || column == From || column == To))
    return int(Qt::AlignRight | Qt::AlignVCenter);
  return {};
}

QVariant StageTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
    return QAbstractTableModel::headerData(section, orientation, role);
  const QString texts[ColumnCount] = {tr("Stage"),    tr("Name"), tr("Label"), tr("Probability"),
                                      tr("Change"),   tr("From"), tr("To"),    tr("Interval of its end"),
                                      tr("Rests on"), tr("Note")};
  return texts[section];
}

Qt::ItemFlags StageTableModel::flags(const QModelIndex &index) const {
  Qt::ItemFlags flags = QAbstractTableModel::flags(index);
  const int last = rowCount() - 1;
  switch (Column(index.column())) {
  case Name:
  case Label:
  case Note:
    return flags | Qt::ItemIsEditable;
  case From:
    return index.row() > 0 ? flags | Qt::ItemIsEditable : flags;
  case To:
    return index.row() < last ? flags | Qt::ItemIsEditable : flags;
  default:
    return flags;
  }
}

bool StageTableModel::setData(const QModelIndex &index, const QVariant &value, int role) {
  if (role != Qt::EditRole || !index.isValid() || value == data(index, Qt::EditRole))
    return false;
  const int row = index.row();
  switch (Column(index.column())) {
  case Name:
    Q_EMIT nameEdited(row, value.toString());
    return true;
  case Note:
    Q_EMIT noteEdited(row, value.toString());
    return true;
  case Label:
    if (const auto type = typeFrom(value.toString())) {
      Q_EMIT typeEdited(row, *type);
      return true;
    }
    return false;
  case From:
  case To: {
    bool isNumber = false;
    const qint64 step = value.toString().remove(u',').trimmed().toLongLong(&isNumber);
    if (isNumber)
      Q_EMIT edgeEdited(index.column() == From ? row - 1 : row, step);
    return isNumber;
  }
  default:
    return false;
  }
}

} // namespace evolute::app
