// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <cmath>
#include <csignal>
#include <fstream>
#include <functional>
#include <limits>
#include <thread>
#include <vector>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/results/database.h"
#include "core/results/result_store.h"

using namespace evolute::core;
namespace fs = std::filesystem;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Undoes what later versions added to the schema.
constexpr const char *kBackToVersion1 = "DROP TABLE stage_sets; DROP TABLE notes; DROP TABLE weights_at; DROP TABLE metrics;"
                                        "ALTER TABLE estimates DROP COLUMN se_population;"
                                        "ALTER TABLE estimates DROP COLUMN half_step_difference;"
                                        "ALTER TABLE estimates DROP COLUMN half_step_difference_se;"
                                        "PRAGMA user_version = 1";

LlcSettings someSettings() {
  LlcSettings settings;
  settings.stepSize = 1.0 / 3.0;
  settings.seed = 18446744073709551615ULL;
  return settings;
}

/// Everything an estimate can hold, told apart by its step.
LlcEstimate estimateOf(std::int64_t step, const std::string &component = "all", double llc = 12.5) {
  LlcEstimate e;
  e.step = step;
  e.checkpointHash = "checkpoint " + std::to_string(step);
  e.component = component;
  e.dataHash = "data";
  e.settingsHash = someSettings().hash();
  e.llc = llc;
  e.standardError = 0.1;
  e.sdOverChains = kNaN;
  e.rhat = std::numeric_limits<double>::infinity();
  e.verdict = {"chains-disagree", "R-hat is high; it's \"1.2\""};
  e.chains = {{1, 2, 3, 4, 5, 6, 7, 8, ChainEnd::Completed, ""},
              {kNaN, 2, kNaN, 4, 5, 6, 7, 3, ChainEnd::Diverged, "NaN at draw 3"},
              {1, 2, 3, 4, 5, 6, 7, 8, ChainEnd::Stopped, "stopped"}};
  e.loss = Eigen::ArrayXXf::Random(40, 3);
  e.loss.col(1).tail(37).setConstant(std::numeric_limits<float>::quiet_NaN());
  e.excess = e.loss - 0.5F;
  e.seconds = 1.5;
  return e;
}

/// Text that is equal when all is equal, traces and infinities included.
std::string everythingIn(const LlcEstimate &e) {
  return toJson(e, true).dump() + std::to_string(e.rhat) + std::to_string(e.chains.size());
}

/// A writer that dies without a word: runs `work` in a child process, which never returns from it normally.
pid_t inChild(const std::function<void()> &work) {
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      work();
    } catch (const std::exception &error) {
      qWarning("child: %s", error.what());
      ::_exit(99);
    }
    ::_exit(0);
  }
  return child;
}

int exitCodeOf(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string sentenceOf(const std::function<void()> &work) {
  try {
    work();
  } catch (const Error &error) {
    return error.what();
  }
  return "nothing was thrown";
}

CheckpointEntry fileAt(const fs::path &path) {
  CheckpointEntry entry;
  entry.path = path;
  return entry;
}

} // namespace

class TestResultStore : public QObject {
  Q_OBJECT
  std::unique_ptr<QTemporaryDir> m_folder;
  fs::path m_run;

private Q_SLOTS:
  void init() {
    m_folder = std::make_unique<QTemporaryDir>();
    m_run = fs::path(m_folder->path().toStdString()) / "run";
    fs::create_directories(m_run);
    qputenv("XDG_DATA_HOME", (m_folder->path() + "/data").toUtf8());
  }

  void keepsEstimatesWithTracesBitForBit() {
    const LlcEstimate e = estimateOf(100, "L0.H3");
    {
      ResultStore store(m_run);
      store.put(e, someSettings());
      QVERIFY(store.location().empty());
    }
    const ResultStore store(m_run, ResultStore::Access::ReadOnly);
    const auto back = store.find(keyOf(e));
    QVERIFY(back.has_value());
    QCOMPARE(everythingIn(*back), everythingIn(e));
    QVERIFY(std::isinf(back->rhat) && std::isnan(back->sdOverChains));
    QCOMPARE(store.settings(e.settingsHash).value(), someSettings());
    QVERIFY(!store.settings("unknown").has_value());
    EstimateKey other = keyOf(e);
    other.component = "L0.H4";
    QVERIFY(!store.find(other).has_value());
  }

  void listsEstimatesByStepWithoutTraces() {
    ResultStore store(m_run);
    for (const std::int64_t step : {500, 20, 1000})
      store.put(estimateOf(step), someSettings());
    store.put(estimateOf(20, "L0.H0"), someSettings());
    const auto all = store.estimates();
    QCOMPARE(all.size(), std::size_t(4));
    QCOMPARE(all[0].component, std::string("L0.H0"));
    QCOMPARE(all[1].step, 20);
    QCOMPARE(all[2].step, 500);
    QCOMPARE(all[3].step, 1000);
    QCOMPARE(all[0].loss.size(), 0);
    QCOMPARE(all[0].chains.size(), std::size_t(3));
    QCOMPARE(all[0].chains[1].end, ChainEnd::Diverged);
  }

  void theEarliestResultOfAKeyStays() {
    ResultStore store(m_run);
    store.put(estimateOf(1, "all", 5.0), someSettings());
    store.put(estimateOf(1, "all", 6.0), someSettings());
    QCOMPARE(store.find(keyOf(estimateOf(1)))->llc, 5.0);
    QCOMPARE(store.estimates().size(), std::size_t(1));
  }

  void anEmptyRunHasNoResultsAndReadingMakesNone() {
    const ResultStore store(m_run, ResultStore::Access::ReadOnly);
    QVERIFY(store.estimates().empty() && store.files().empty());
    QVERIFY(!store.findTrajectory("x").has_value());
    QVERIFY(!fs::exists(m_run / ".evolute"));
  }

  void keepsTrajectoriesAndTheNewestWins() {
    Trajectory t;
    t.steps = {0, 10, 30};
    t.points = Eigen::MatrixXd::Random(3, 2);
    t.explained = Eigen::Vector2d(0.7, 0.2);
    ResultStore store(m_run);
    store.putTrajectory("probe", Trajectory{});
    t.source = "hash of its checkpoints";
    store.putTrajectory("probe", t);
    const auto back = store.findTrajectory("probe");
    QCOMPARE(back->source, t.source);
    QVERIFY(back.has_value());
    QCOMPARE(back->steps, t.steps);
    QCOMPARE(back->points, t.points);
    QCOMPARE(back->explained, t.explained);
    QVERIFY(!store.findTrajectory("other").has_value());
    store.putTrajectory("probe", Trajectory{});
    QCOMPARE(store.findTrajectory("probe")->points.size(), 0);
  }

  void keepsStageSetsAndNotesAndTheNewestWins() {
    StageSet set = wholeRun(0, 100, "mine");
    split(set, 40);
    const Note note{"n1", "run", 40, "odd, λ̂ falls"}, unpinned{"n2", "component L0.H3", {}, "copies"};
    {
      ResultStore first(m_run), second(m_run); // two files: the second one is written later
      first.putStageSet(wholeRun(0, 5, "mine"));
      first.putStageSet(wholeRun(0, 5, "gone"));
      first.putNote({"n1", "run", 1, "older"});
      first.putNote({"n3", "run", {}, "deleted"});
      second.putStageSet(set);
      second.removeStageSet("gone");
      second.removeStageSet("never there");
      second.putNote(note);
      second.putNote(unpinned);
      second.putNote({"n3", "run", {}, ""});
      QCOMPARE(first.findStageSet("mine"), set);
    }
    const ResultStore store(m_run, ResultStore::Access::ReadOnly);
    QCOMPARE(store.findStageSet("mine"), set);
    QVERIFY(!store.findStageSet("gone"));
    QCOMPARE(store.stageSetNames(), std::vector<std::string>{"mine"});
    QCOMPARE(store.notes(), (std::vector<Note>{note, unpinned}));
  }

  void anOlderFileIsBroughtForwardAndReadMeanwhile() {
    { ResultStore(m_run).put(estimateOf(100), someSettings()); }
    const fs::path file = m_run / ".evolute" / "results.db";
    Database(file, Database::Mode::ReadWrite).execute(kBackToVersion1);
    {
      const ResultStore reader(m_run, ResultStore::Access::ReadOnly);
      QCOMPARE(reader.estimates().size(), std::size_t(1));
      QVERIFY(reader.stageSetNames().empty() && reader.notes().empty());
    }
    ResultStore writer(m_run);
    QCOMPARE(writer.estimates().size(), std::size_t(1));
    writer.putStageSet(wholeRun(0, 5));
    QVERIFY(writer.findStageSet("stages").has_value());
  }

  void remembersTheHashOfAnUnchangedFile() {
    const fs::path file = m_run / "model.pt";
    std::ofstream(file) << "weights";
    ResultStore store(m_run);
    store.rememberHash(fileAt(file), "too young to be trusted");
    QVERIFY(!store.rememberedHash(fileAt(file)).has_value());
    const auto old = fs::last_write_time(file) - std::chrono::hours(1);
    fs::last_write_time(file, old);
    store.rememberHash(fileAt(file), "abc");
    QCOMPARE(store.rememberedHash(fileAt(file)).value(), std::string("abc"));
    QCOMPARE(store.rememberedHash(fileAt(m_run / "." / "model.pt")).value(), std::string("abc"));
    fs::last_write_time(file, old + std::chrono::seconds(1));
    QVERIFY(!store.rememberedHash(fileAt(file)).has_value());
    std::ofstream(file) << "other weights";
    fs::last_write_time(file, old);
    QVERIFY(!store.rememberedHash(fileAt(file)).has_value());
    store.rememberHash(fileAt(m_run / "gone.pt"), "x");
    QVERIFY(!store.rememberedHash(fileAt(m_run / "gone.pt")).has_value());
  }

  void aHashHoldsWhileAllPartsAndTheMappingStay() {
    CheckpointEntry checkpoint = fileAt(m_run / "model.safetensors.index.json");
    checkpoint.parts = {m_run / "part1", m_run / "part2"};
    const auto old = fs::file_time_type::clock::now() - std::chrono::hours(1);
    for (const fs::path &file : {checkpoint.path, checkpoint.parts[0], checkpoint.parts[1]}) {
      std::ofstream(file) << "weights";
      fs::last_write_time(file, old);
    }
    ResultStore store(m_run);
    store.rememberHash(checkpoint, "abc");
    QCOMPARE(store.rememberedHash(checkpoint).value(), std::string("abc"));
    CheckpointEntry mapped = checkpoint;
    mapped.tensors = std::make_shared<TensorMapping>(TensorMapping{{"w", "v"}});
    QVERIFY(!store.rememberedHash(mapped).has_value());
    store.rememberHash(mapped, "def");
    QCOMPARE(store.rememberedHash(mapped).value(), std::string("def"));
    QCOMPARE(store.rememberedHash(checkpoint).value(), std::string("abc"));
    fs::last_write_time(checkpoint.parts[1], old + std::chrono::seconds(1));
    QVERIFY(!store.rememberedHash(checkpoint).has_value());
    fs::remove(checkpoint.parts[0]);
    QVERIFY(!store.rememberedHash(checkpoint).has_value());
  }

  void twoWritersHaveFilesOfTheirOwnAndSeeEachOther() {
    ResultStore first(m_run);
    ResultStore second(m_run);
    QCOMPARE(first.files().front().filename(), fs::path("results.db"));
    QVERIFY(second.files().front().filename().string().starts_with("results-"));
    first.put(estimateOf(1, "all", 5.0), someSettings());
    second.put(estimateOf(1, "all", 6.0), someSettings()); // later: its number must not show
    second.put(estimateOf(2), someSettings());
    for (const ResultStore *store : {&first, &second}) {
      QCOMPARE(store->estimates().size(), std::size_t(2));
      QCOMPARE(store->find(keyOf(estimateOf(1)))->llc, 5.0);
      QVERIFY(store->find(keyOf(estimateOf(2))).has_value());
      QCOMPARE(store->files().size(), std::size_t(2));
    }
  }

  void twoProcessesHaveFilesOfTheirOwn() {
    ResultStore mine(m_run);
    mine.put(estimateOf(1), someSettings());
    QCOMPARE(exitCodeOf(inChild([&] { // the child's copy of `mine` is never touched
               ResultStore store(m_run);
               if (store.files().front().filename() == "results.db" || store.estimates().size() != 1)
                 ::_exit(1);
               store.put(estimateOf(2), someSettings());
             })),
             0);
    QCOMPARE(mine.estimates().size(), std::size_t(2));
  }

  void aReaderSeesWhatIsPutMeanwhile() {
    ResultStore writer(m_run);
    const ResultStore reader(m_run, ResultStore::Access::ReadOnly);
    for (int i = 0; i < 3; ++i) {
      writer.put(estimateOf(i), someSettings());
      QCOMPARE(reader.estimates().size(), std::size_t(i + 1));
    }
  }

  void aFileThatIsReplacedIsReadAnew() {
    const fs::path elsewhere = m_run.parent_path() / "elsewhere";
    fs::create_directories(elsewhere);
    { ResultStore(m_run).put(estimateOf(1), someSettings()); }
    {
      ResultStore store(elsewhere);
      store.put(estimateOf(1), someSettings());
      store.put(estimateOf(2), someSettings());
    }
    const ResultStore reader(m_run, ResultStore::Access::ReadOnly);
    QCOMPARE(reader.estimates().size(), std::size_t(1));
    // as rsync does: a new file under the old name
    fs::copy_file(elsewhere / ".evolute" / "results.db", m_run / ".evolute" / "incoming");
    fs::rename(m_run / ".evolute" / "incoming", m_run / ".evolute" / "results.db");
    QCOMPARE(reader.estimates().size(), std::size_t(2));
  }

  void killingAWriterLosesNothingThatWasPut() {
    int channel[2];
    QCOMPARE(::pipe(channel), 0);
    const pid_t child = inChild([&] {
      ResultStore store(m_run);
      for (std::int64_t step = 0;; ++step) {
        store.put(estimateOf(step), someSettings());
        if (::write(channel[1], "x", 1) != 1)
          ::_exit(1);
      }
    });
    ::close(channel[1]);
    int confirmed = 0;
    for (char c = 0; confirmed < 25 && ::read(channel[0], &c, 1) == 1;)
      ++confirmed;
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    for (char c = 0; ::read(channel[0], &c, 1) == 1;)
      ++confirmed; // put before the signal arrived
    ::close(channel[0]);
    QVERIFY(confirmed >= 25);

    const auto verify = [&](const ResultStore &store) {
      for (int step = 0; step < confirmed; ++step) {
        const auto found = store.find(keyOf(estimateOf(step)));
        QVERIFY(found.has_value());
        QCOMPARE(found->chains.size(), std::size_t(3));
        QCOMPARE(found->loss.size(), 120);
      }
    };
    verify(ResultStore(m_run, ResultStore::Access::ReadOnly));
    ResultStore next(m_run); // the dead writer's right to results.db is free again
    QCOMPARE(next.files().front().filename(), fs::path("results.db"));
    verify(next);
  }

  /// SQLite sees a file that may not grow as it sees a full disk.
  void aFullDiskIsAnErrorAndKeepsWhatWasPut() {
    const int code = exitCodeOf(inChild([&] {
      std::signal(SIGXFSZ, SIG_IGN);
      ResultStore store(m_run);
      store.put(estimateOf(0), someSettings());
      const rlimit limit{400000, 400000};
      if (::setrlimit(RLIMIT_FSIZE, &limit) != 0)
        ::_exit(1);
      LlcEstimate large = estimateOf(1);
      large.loss = Eigen::ArrayXXf::Ones(1000, 200);
      const std::string sentence = sentenceOf([&] { store.put(large, someSettings()); });
      if (sentence.find("cannot write") == std::string::npos)
        ::_exit(2);
      if (store.find(keyOf(large)) || !store.find(keyOf(estimateOf(0))))
        ::_exit(3);
      store.put(estimateOf(2), someSettings()); // small enough: work goes on
    }));
    QCOMPARE(code, 0);
    const ResultStore store(m_run, ResultStore::Access::ReadOnly);
    QCOMPARE(store.estimates().size(), std::size_t(2));
  }

  /// A file in place of the folder stops even a privileged user, whom permissions do not.
  void aRunThatCannotBeWrittenHasItsResultsInTheUsersFolder() {
    std::ofstream(m_run / ".evolute") << "in the way";
    const fs::path data = fs::path(m_folder->path().toStdString()) / "data";
    {
      ResultStore store(m_run);
      QVERIFY(store.location().find(data.string()) != std::string::npos);
      store.put(estimateOf(1), someSettings());
      QVERIFY(store.files().front().string().starts_with(data.string()));
    }
    QCOMPARE(ResultStore(m_run, ResultStore::Access::ReadOnly).estimates().size(), std::size_t(1));
    fs::remove(m_run / ".evolute"); // writable by now: both places are read
    ResultStore store(m_run);
    QVERIFY(store.location().empty());
    QCOMPARE(store.estimates().size(), std::size_t(1));
    const fs::path other = m_run.parent_path() / "other";
    fs::create_directories(other);
    QVERIFY(ResultStore(other).estimates().empty());
  }

  void aReadOnlyFolderIsStillReadAndItsResultsJoined() {
    { ResultStore(m_run).put(estimateOf(1), someSettings()); }
    const auto modeOf = [&](fs::perms mode) {
      fs::permissions(m_run / ".evolute" / "results.db", mode);
      fs::permissions(m_run / ".evolute" / "results.lock", mode);
      fs::permissions(m_run / ".evolute", mode);
    };
    constexpr auto kOthersRead =
        fs::perms::group_read | fs::perms::group_exec | fs::perms::others_read | fs::perms::others_exec;
    fs::permissions(m_run.parent_path(), fs::perms::all);
    fs::create_directories(m_run.parent_path() / "data");
    fs::permissions(m_run.parent_path() / "data", fs::perms::all);
    modeOf(fs::perms::owner_all | kOthersRead);
    const bool privileged = ::geteuid() == 0;
    if (!privileged)
      modeOf(fs::perms::owner_read | fs::perms::owner_exec);
    QCOMPARE(exitCodeOf(inChild([&] {
               if (privileged && ::setuid(65534) != 0) // nobody: permissions hold again
                 ::_exit(1);
               ResultStore store(m_run);
               if (store.location().empty())
                 ::_exit(2);
               store.put(estimateOf(2), someSettings());
               if (store.estimates().size() != 2)
                 ::_exit(3);
             })),
             0);
    modeOf(fs::perms::owner_all);
  }

  void unfitFilesAreRefusedInOneSentence_data() {
    QTest::addColumn<QString>("what");
    QTest::addColumn<QString>("mentions");
    QTest::newRow("newer schema") << "newer"
                                  << "found schema 999";
    QTest::newRow("another program's database") << "foreign"
                                                << "another program";
    QTest::newRow("no database") << "text"
                                 << "not a database";
    QTest::newRow("cut in half") << "cut"
                                 << "malformed";
    QTest::newRow("overwritten pages") << "overwritten"
                                       << "malformed";
  }
  void unfitFilesAreRefusedInOneSentence() {
    QFETCH(QString, what);
    QFETCH(QString, mentions);
    const fs::path file = m_run / ".evolute" / "results.db";
    {
      ResultStore store(m_run);
      for (int step = 0; step < 20; ++step)
        store.put(estimateOf(step), someSettings());
    }
    if (what == "newer") {
      Database(file, Database::Mode::ReadWrite).execute("PRAGMA user_version = 999");
    } else if (what == "foreign") {
      fs::remove(file);
      Database(file, Database::Mode::ReadWrite).execute("CREATE TABLE notes (text)");
    } else if (what == "text") {
      std::ofstream(file, std::ios::trunc) << std::string(5000, 'x');
    } else if (what == "cut") {
      fs::resize_file(file, fs::file_size(file) / 2);
    } else {
      const std::string noise(fs::file_size(file) - 4096, '\x5a');
      std::fstream(file, std::ios::in | std::ios::out | std::ios::binary).seekp(4096) << noise;
    }
    for (const auto access : {ResultStore::Access::ReadWrite, ResultStore::Access::ReadOnly}) {
      const std::string sentence = sentenceOf([&] { ResultStore(m_run, access).estimates(); });
      QVERIFY2(QString::fromStdString(sentence).contains(mentions), sentence.c_str());
      QVERIFY2(sentence.starts_with(file.string()), sentence.c_str());
    }
  }

  void aFileWithoutTablesYetIsEmpty() {
    fs::create_directories(m_run / ".evolute");
    std::ofstream(m_run / ".evolute" / "results-node7-42.db");
    QVERIFY(ResultStore(m_run, ResultStore::Access::ReadOnly).estimates().empty());
    ResultStore store(m_run);
    store.put(estimateOf(1), someSettings());
    QCOMPARE(store.estimates().size(), std::size_t(1));
  }

  void readingOnlyRefusesToPut() {
    ResultStore store(m_run, ResultStore::Access::ReadOnly);
    QVERIFY_EXCEPTION_THROWN(store.put(estimateOf(1), someSettings()), Error);
    QVERIFY_EXCEPTION_THROWN(store.putTrajectory("x", {}), Error);
    store.rememberHash(fileAt(m_run), "x");
  }

  void aRunThatIsNotThereIsRefused() {
    const std::string sentence = sentenceOf([&] { ResultStore store(m_run / "missing"); });
    QVERIFY2(sentence.find("missing: expected the folder of a run") != std::string::npos, sentence.c_str());
  }

  void severalThreadsShareOneStore() {
    ResultStore store(m_run);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&store, t] {
        for (int i = 0; i < 10; ++i) {
          store.put(estimateOf(100 * t + i), someSettings());
          store.find(keyOf(estimateOf(i)));
          if (i % 3 == 0)
            store.estimates();
        }
      });
    for (std::thread &thread : threads)
      thread.join();
    QCOMPARE(store.estimates().size(), std::size_t(40));
  }

  /// A file as version 1 wrote it: read as it is, brought forward by a writer, nothing lost.
  void anOlderFileIsReadAndBroughtForward() {
    const fs::path file = m_run / ".evolute" / "results.db";
    LlcEstimate old = estimateOf(1);
    old.sePopulation = kNaN;
    { ResultStore(m_run).put(old, someSettings()); }
    Database(file, Database::Mode::ReadWrite).execute(kBackToVersion1);
    const ResultStore reader(m_run, ResultStore::Access::ReadOnly);
    QCOMPARE(everythingIn(*reader.find(keyOf(old))), everythingIn(old));
    QCOMPARE(reader.estimates().size(), std::size_t(1));
    QCOMPARE(Database(file, Database::Mode::ReadOnly).integer("PRAGMA user_version"), 1);
    ResultStore store(m_run);
    QCOMPARE(everythingIn(*store.find(keyOf(old))), everythingIn(old));
    store.put(estimateOf(2), someSettings());
    QCOMPARE(store.estimates().back().sePopulation, estimateOf(2).sePopulation);
  }

  /// The same weights at several steps, noted by different writers.
  void anEstimateHoldsAtEveryStepOfItsWeights() {
    ResultStore store(m_run), second(m_run);
    store.put(estimateOf(5), someSettings());
    store.put(estimateOf(6), someSettings());
    store.putStep(estimateOf(5).checkpointHash, 5); // its own: nothing new
    store.putStep(estimateOf(5).checkpointHash, 9);
    second.putStep(estimateOf(5).checkpointHash, 2);
    second.putStep(estimateOf(5).checkpointHash, 9);
    for (const ResultStore *any : {&store, &second}) {
      std::vector<std::pair<std::int64_t, std::string>> found;
      for (const LlcEstimate &e : any->estimates()) {
        found.emplace_back(e.step, e.checkpointHash);
        QCOMPARE(e.chains.size(), std::size_t(3));
      }
      const std::string five = estimateOf(5).checkpointHash, six = estimateOf(6).checkpointHash;
      QCOMPARE(found, (std::vector<std::pair<std::int64_t, std::string>>{
                          {2, five}, {5, five}, {6, six}, {9, five}}));
    }
  }

  void aStepSizeCheckIsAddedLater() {
    LlcEstimate e = estimateOf(1);
    ResultStore store(m_run);
    store.put(e, someSettings());
    e.halfStepDifference = 0.5;
    e.halfStepDifferenceError = 0.125;
    e.verdict = {"step-size-bias", "too much"};
    e.llc = 99; // no other number changes
    store.putStepSizeCheck(e);
    e.llc = estimateOf(1).llc;
    QCOMPARE(everythingIn(*store.find(keyOf(e))), everythingIn(e));
    QCOMPARE(store.estimates().size(), std::size_t(1));
    QVERIFY(sentenceOf([&] { store.putStepSizeCheck(estimateOf(7)); }).find("expected a stored estimate") !=
            std::string::npos);
    // An estimate in another writer's file gets a complete copy, which counts from then on.
    ResultStore second(m_run);
    LlcEstimate other = estimateOf(3);
    store.put(other, someSettings());
    other.halfStepDifference = -1;
    other.halfStepDifferenceError = 2;
    second.putStepSizeCheck(other);
    QCOMPARE(everythingIn(*store.find(keyOf(other))), everythingIn(other));
    QCOMPARE(store.estimates().back().halfStepDifference, -1.0);
    QCOMPARE(store.estimates().size(), std::size_t(2));
  }

  /// What is left after a clean end can be copied as one file.
  void aCleanEndLeavesOneFileWithoutALog() {
    { ResultStore(m_run).put(estimateOf(1), someSettings()); }
    QVERIFY(!fs::exists(m_run / ".evolute" / "results.db-wal"));
    const Database database(m_run / ".evolute" / "results.db", Database::Mode::ReadOnly);
    std::string mode;
    Statement statement = database.prepare("PRAGMA journal_mode");
    QVERIFY(statement.step());
    statement.read(0, mode);
    QCOMPARE(mode, std::string("delete"));
    QCOMPARE(database.integer("PRAGMA user_version"), 5);
  }

  void metricsAreKeptWholeAndTheEarliestCounts() {
    const auto value = [](const std::string &name, const std::string &component, double number) {
      MetricValue v;
      v.step = 100;
      v.checkpointHash = "weights";
      v.name = name;
      v.component = component;
      v.slice = "pile";
      v.dataHash = "data";
      v.settingsHash = "settings";
      v.value = number;
      return v;
    };
    ResultStore store(m_run), second(m_run);
    QVERIFY(store.findMetrics("weights", "data", "settings").empty());
    store.putMetrics({value("prefix-matching", "L1.H0", 0.5), value("prefix-matching", "L0.H0", 0.25)});
    second.putMetrics({value("prefix-matching", "L0.H0", 0.75), value("icl-score", "all", -0.2)});
    const auto found = store.findMetrics("weights", "data", "settings");
    QCOMPARE(found.size(), std::size_t(2));
    QCOMPARE(found.front().component, std::string("L0.H0"));
    QCOMPARE(found.front().value, 0.25);
    QVERIFY(std::isnan(found.front().standardError));
    QVERIFY(store.findMetrics("weights", "other data", "settings").empty());
    const auto all = ResultStore(m_run, ResultStore::Access::ReadOnly).metrics();
    QCOMPARE(all.size(), std::size_t(3));
    QCOMPARE(all[0].name, std::string("icl-score"));
    QCOMPARE(all[1].value, 0.25);
    QCOMPARE(all[2].slice, std::string("pile"));
    // The same weights at another step: the numbers hold there too.
    store.putStep("weights", 200);
    QCOMPARE(store.metrics().size(), std::size_t(6));
    QCOMPARE(store.metrics()[1].step, std::int64_t(200));
  }
};

QTEST_GUILESS_MAIN(TestResultStore)
#include "tst_result_store.moc"
