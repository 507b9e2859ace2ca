// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>

namespace evolute::test {

inline constexpr int kLongEnoughMs = 120000;

/// What a run of the real evolute-cli left behind.
struct Outcome {
  int code = -1;
  QByteArray out, err;

  QJsonObject json() const {
    QJsonParseError problem;
    const QJsonDocument document = QJsonDocument::fromJson(out, &problem);
    if (problem.error != QJsonParseError::NoError)
      qWarning("standard output is no JSON document (%s): %s", qPrintable(problem.errorString()),
               out.constData());
    return document.object();
  }
};

inline void start(QProcess &process, const QStringList &arguments) {
  process.start(QStringLiteral(EVOLUTE_BINARY_DIR "/evolute-cli"), arguments);
}

inline Outcome finish(QProcess &process) {
  if (!process.waitForFinished(kLongEnoughMs)) {
    process.kill();
    process.waitForFinished();
  }
  return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1,
          process.readAllStandardOutput(), process.readAllStandardError()};
}

inline Outcome run(const QStringList &arguments) {
  QProcess process;
  start(process, arguments);
  return finish(process);
}

} // namespace evolute::test
