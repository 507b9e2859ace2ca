// SPDX-License-Identifier: GPL-3.0-or-later
#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include "app/jobs/film_job.h"
#include "app/jobs/job_queue.h"

using namespace evolute::app;
using namespace Qt::StringLiterals;

namespace {

QImage greyFrame(std::int64_t step) {
  QImage image(6, 4, QImage::Format_RGB32);
  image.fill(QColor(int(step), int(step), int(step)));
  return image;
}

/// A program that stands for ffmpeg: writes the names of the frames into its last argument.
QString fakeEncoder(const QTemporaryDir &folder, const QString &body) {
  const QString path = folder.filePath(u"encoder"_s);
  QFile file(path);
  if (!file.open(QIODevice::WriteOnly))
    return {};
  file.write("#!/bin/sh\n" + body.toUtf8() + "\n");
  file.close();
  file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
  return path;
}

} // namespace

class TestFilmJob : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void framesAreNumberedAndInOrder() {
    FilmRequest request;
    request.target = folder.filePath(u"deep/frames"_s);
    request.steps = {5, 60, 200};
    request.frame = greyFrame;
    const Job *job = run(request);
    QCOMPARE(job->state(), JobState::Finished);
    QCOMPARE(QDir(request.target).entryList(QDir::Files),
             (QStringList{u"frame_00001.png"_s, u"frame_00002.png"_s, u"frame_00003.png"_s}));
    QCOMPARE(QImage(request.target + u"/frame_00002.png"_s).pixelColor(1, 1), QColor(60, 60, 60));
    QVERIFY(job->sentence().contains(u"3 frame"_s));
  }

  void aFilmIsMadeOfAllFramesAndNothingElseIsLeft() {
    FilmRequest request = film();
    request.encoder =
        fakeEncoder(folder, u"for last; do :; done\nls \"$(dirname \"$last\")\" | grep -c png > \"$last\""_s);
    QCOMPARE(run(request)->state(), JobState::Finished);
    QFile file(request.target);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll().trimmed(), QByteArray("3"));
  }

  void anEncoderThatFailsIsQuoted() {
    FilmRequest request = film();
    request.encoder = fakeEncoder(folder, u"echo 'Unknown codec' >&2; exit 3"_s);
    const Job *job = run(request);
    QCOMPARE(job->state(), JobState::Failed);
    QVERIFY2(job->sentence().contains(u"Unknown codec"_s), qPrintable(job->sentence()));
    QVERIFY(!QFile::exists(request.target));
  }

  void withoutFfmpegOneSentenceSaysSo() {
    const QByteArray path = qgetenv("PATH");
    qputenv("PATH", "/nowhere");
    const Job *job = run(film());
    qputenv("PATH", path);
    QCOMPARE(job->state(), JobState::Failed);
    QVERIFY2(job->sentence().contains(u"ffmpeg, which is not installed"_s), qPrintable(job->sentence()));
  }

  void stoppingEndsTheEncoderAndLeavesNoHalfFilm() {
    FilmRequest request = film();
    request.encoder = fakeEncoder(folder, u"exec sleep 60"_s);
    JobQueue queue;
    Job *job = start(queue, request);
    QTRY_COMPARE_WITH_TIMEOUT(job->sentence(), u"encoding"_s, 10'000);
    job->cancel();
    QTRY_VERIFY_WITH_TIMEOUT(job->hasEnded(), 10'000);
    QVERIFY(!QFile::exists(request.target));
  }

  void aFolderThatCannotBeMadeIsNamed() {
    FilmRequest request;
    QFile blocked(folder.filePath(u"blocked"_s));
    QVERIFY(blocked.open(QIODevice::WriteOnly));
    request.target = folder.filePath(u"blocked/frames"_s);
    request.steps = {1};
    request.frame = greyFrame;
    const Job *job = run(request);
    QCOMPARE(job->state(), JobState::Failed);
    QVERIFY(job->sentence().contains(u"blocked/frames"_s));
  }

  void framesOfAnotherFilmAreNotMixedWithNewOnes() {
    FilmRequest request;
    request.target = folder.filePath(u"taken"_s);
    request.steps = {5, 60, 200};
    request.frame = greyFrame;
    QCOMPARE(run(request)->state(), JobState::Finished);
    request.steps = {9};
    const Job *job = run(request);
    QCOMPARE(job->state(), JobState::Failed);
    QVERIFY2(job->sentence().contains(u"holds frames already"_s), qPrintable(job->sentence()));
    QCOMPARE(QImage(request.target + u"/frame_00001.png"_s).pixelColor(1, 1), QColor(5, 5, 5));
  }

  void manyStepsAreThinnedEvenly() {
    std::vector<std::int64_t> steps;
    for (std::int64_t i = 0; i <= 1000; ++i)
      steps.push_back(7 * i);
    const auto chosen = filmSteps(steps, 11);
    QCOMPARE(chosen.size(), std::size_t(11));
    for (std::size_t i = 0; i < chosen.size(); ++i)
      QCOMPARE(chosen[i], std::int64_t(700 * i));
    QCOMPARE(filmSteps({1, 2, 3}, 11), (std::vector<std::int64_t>{1, 2, 3}));
  }

private:
  FilmRequest film() {
    FilmRequest request;
    request.target = folder.filePath(u"film%1.mp4"_s.arg(++m_films));
    request.steps = {5, 60, 200};
    request.frame = greyFrame;
    return request;
  }
  static Job *start(JobQueue &queue, const FilmRequest &request) {
    return queue.add({u"film"_s, {}, JobPriority::Interactive, [request](JobControl &control) {
                        return runFilmJob(request, control);
                      }});
  }
  const Job *run(const FilmRequest &request) {
    const Job *job = start(m_queue, request);
    if (!QTest::qWaitFor([job] { return job->hasEnded(); }, 10'000))
      qWarning("the film job did not end");
    return job;
  }
  QTemporaryDir folder;
  JobQueue m_queue;
  int m_films = 0;
};

QTEST_GUILESS_MAIN(TestFilmJob)
#include "tst_film_job.moc"
