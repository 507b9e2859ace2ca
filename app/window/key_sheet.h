// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

namespace evolute::app {

class ActionRegistry;

/// All keys on one page, by menu, and what the mouse does in plots. Read from the registry when made.
class KeySheet : public QDialog {
  Q_OBJECT
public:
  KeySheet(const ActionRegistry &registry, QWidget *parent);
};

} // namespace evolute::app
