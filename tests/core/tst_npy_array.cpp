// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <cstring>

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include "core/data/npy_array.h"
#include "core/error.h"

using namespace evolute;

namespace {

QByteArray npy(const QByteArray &dictionary, const QByteArray &data, char version = 1) {
  QByteArray file("\x93NUMPY", 6);
  file += version;
  file += '\0';
  const auto length = quint32(dictionary.size());
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i)
    file += char(length >> (8 * i) & 255);
  return file + dictionary + data;
}

QByteArray header(const char *descr, const char *shape, bool fortran = false) {
  return QByteArray("{'descr': '") + descr + "', 'fortran_order': " + (fortran ? "True" : "False") +
         ", 'shape': " + shape + ", }   \n";
}

template <class Number> QByteArray bytesOf(std::initializer_list<Number> numbers) {
  QByteArray bytes;
  for (const Number number : numbers)
    bytes.append(reinterpret_cast<const char *>(&number), sizeof number);
  return bytes;
}

/// NumPy 2.4: np.save of np.array([[1.5, -2.0, 3.25]], dtype='<f4'), byte for byte (header padded to 64), or
/// of the same numbers in another shape.
QByteArray numPyFile(const char *shape) {
  QByteArray content("\x93NUMPY\x01\x00\x76\x00", 10);
  content += QByteArray("{'descr': '<f4', 'fortran_order': False, 'shape': ") + shape + ", }";
  content += QByteArray(128 - 1 - content.size(), ' ') + '\n';
  return content + QByteArray::fromHex("0000c03f000000c000005040");
}

} // namespace

class TestNpyArray : public QObject {
  Q_OBJECT

  QTemporaryDir m_folder;

  std::filesystem::path write(const QByteArray &content) {
    QFile file(m_folder.filePath("points.npy"));
    if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate) || file.write(content) != content.size())
      qFatal("cannot write the test's file");
    return file.fileName().toStdString();
  }
  std::vector<double> read(const QByteArray &content) { return core::readNpy(write(content)).values; }

private Q_SLOTS:
  void readsTheBytesThatNumPyWrites();
  void writesTheBytesThatNumPyWrites();
  void everyElementTypeGivesItsNumbers_data();
  void everyElementTypeGivesItsNumbers();
  void columnMajorFilesComeOutRowMajor();
  void damagedFilesAreRefusedWithASentence_data();
  void damagedFilesAreRefusedWithASentence();
  void everyTruncationIsRefused();
};

void TestNpyArray::readsTheBytesThatNumPyWrites() {
  const core::NpyArray array = core::readNpy(write(numPyFile("(1, 3)")));
  QCOMPARE(array.shape, (std::vector<std::int64_t>{1, 3}));
  QCOMPARE(array.values, (std::vector<double>{1.5, -2.0, 3.25}));
}

void TestNpyArray::writesTheBytesThatNumPyWrites() {
  const std::vector<float> values = {1.5F, -2.0F, 3.25F};
  const auto written = [&](const std::vector<std::int64_t> &shape) {
    const std::filesystem::path path = write({});
    core::writeNpy(path, shape, values);
    QFile file(QString::fromStdString(path.string()));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
  };
  QCOMPARE(written({1, 3}), numPyFile("(1, 3)"));
  QCOMPARE(written({3}), numPyFile("(3,)"));
}

void TestNpyArray::everyElementTypeGivesItsNumbers_data() {
  QTest::addColumn<QByteArray>("descr");
  QTest::addColumn<QByteArray>("data");
  QTest::addColumn<QList<double>>("expected");
  QTest::newRow("float64") << QByteArray("<f8") << bytesOf<double>({0.1, -1e300})
                           << QList<double>{0.1, -1e300};
  QTest::newRow("float64 big-endian")
      << QByteArray(">f8") << QByteArray::fromHex("3ff8000000000000c000000000000000")
      << QList<double>{1.5, -2.0};
  // IEEE 754 binary16: 1, the largest finite, the smallest subnormal, -2
  QTest::newRow("float16") << QByteArray("<f2") << bytesOf<quint16>({0x3c00, 0x7bff, 0x0001, 0xc000})
                           << QList<double>{1.0, 65504.0, std::ldexp(1.0, -24), -2.0};
  QTest::newRow("int8") << QByteArray("|i1") << bytesOf<qint8>({-128, 127}) << QList<double>{-128, 127};
  QTest::newRow("uint8") << QByteArray("|u1") << bytesOf<quint8>({0, 255}) << QList<double>{0, 255};
  QTest::newRow("int16") << QByteArray("<i2") << bytesOf<qint16>({-32768, 5}) << QList<double>{-32768, 5};
  QTest::newRow("uint16 big-endian") << QByteArray(">u2") << QByteArray::fromHex("0102ff00")
                                     << QList<double>{258, 65280};
  QTest::newRow("int32") << QByteArray("<i4") << bytesOf<qint32>({-7, 1 << 30}) << QList<double>{-7, 1 << 30};
  QTest::newRow("uint32") << QByteArray("<u4") << bytesOf<quint32>({4294967295u, 1})
                          << QList<double>{4294967295., 1};
  QTest::newRow("int64") << QByteArray("<i8") << bytesOf<qint64>({-(1ll << 52), 3})
                         << QList<double>{-4503599627370496., 3};
  QTest::newRow("uint64") << QByteArray("<u8") << bytesOf<quint64>({1ull << 63, 3})
                          << QList<double>{9223372036854775808., 3};
}

void TestNpyArray::everyElementTypeGivesItsNumbers() {
  QFETCH(QByteArray, descr);
  QFETCH(QByteArray, data);
  QFETCH(QList<double>, expected);
  const QByteArray shape = "(" + QByteArray::number(expected.size()) + ",)";
  for (const char version : {1, 2, 3})
    QCOMPARE(read(npy(header(descr, shape), data, version)),
             std::vector<double>(expected.begin(), expected.end()));
}

void TestNpyArray::columnMajorFilesComeOutRowMajor() {
  // [[1, 2, 3], [4, 5, 6]] stored column by column
  QCOMPARE(read(npy(header("<i4", "(2, 3)", true), bytesOf<qint32>({1, 4, 2, 5, 3, 6}))),
           (std::vector<double>{1, 2, 3, 4, 5, 6}));
  // element (i, j, k) of shape (2, 3, 2) holds 100 i + 10 j + k
  QCOMPARE(read(npy(header("<i4", "(2, 3, 2)", true),
                    bytesOf<qint32>({0, 100, 10, 110, 20, 120, 1, 101, 11, 111, 21, 121}))),
           (std::vector<double>{0, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121}));
  QCOMPARE(read(npy(header("<f8", "()"), bytesOf<double>({2.5}))), std::vector<double>{2.5});
  QCOMPARE(read(npy(header("<f8", "(0, 4)", true), {})), std::vector<double>{});
}

void TestNpyArray::damagedFilesAreRefusedWithASentence_data() {
  QTest::addColumn<QByteArray>("content");
  QTest::addColumn<QByteArray>("says");
  const QByteArray eight = bytesOf<double>({1.0});
  QTest::newRow("other file") << QByteArray("PK\x03\x04 not numpy at all")
                              << QByteArray("expected a NumPy .npy file");
  QTest::newRow("version 9") << npy(header("<f8", "(1,)"), eight, 9) << QByteArray("found 9");
  QTest::newRow("pickled objects") << npy(header("|O", "(1,)"), eight) << QByteArray("\"|O\"");
  QTest::newRow("complex") << npy(header("<c8", "(1,)"), eight) << QByteArray("\"<c8\"");
  QTest::newRow("structured") << npy("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }",
                                     eight)
                              << QByteArray("structured");
  QTest::newRow("too little data") << npy(header("<f8", "(2,)"), eight) << QByteArray("8 bytes of data");
  QTest::newRow("too much data") << npy(header("<f8", "(1,)"), eight + eight)
                                 << QByteArray("16 bytes of data");
  QTest::newRow("size past 64 bits") << npy(header("<f8", "(99999999999999999999,)"), eight)
                                     << QByteArray("fits 64 bits");
  QTest::newRow("product past 64 bits")
      << npy(header("<f8", "(4294967296, 4294967296, 4294967296)"), eight) << QByteArray("disagree");
  QTest::newRow("negative size") << npy(header("<f8", "(-1,)"), eight) << QByteArray("a whole number");
  QTest::newRow("no shape") << npy("{'descr': '<f8', 'fortran_order': False, }", eight)
                            << QByteArray("shape");
  QTest::newRow("shape twice") << npy("{'shape': (1,), 'shape': (1,), 'descr': '<f8'}", eight)
                               << QByteArray("once");
  QTest::newRow("code") << npy("{'descr': '<f8', 'fortran_order': exit(), 'shape': (1,)}", eight)
                        << QByteArray("True or False");
}

void TestNpyArray::damagedFilesAreRefusedWithASentence() {
  QFETCH(QByteArray, content);
  QFETCH(QByteArray, says);
  try {
    read(content);
    QFAIL("accepted");
  } catch (const core::Error &error) {
    QVERIFY2(QByteArray(error.what()).contains(says), error.what());
    QVERIFY2(QByteArray(error.what()).contains("points.npy"), error.what());
  }
}

void TestNpyArray::everyTruncationIsRefused() {
  const QByteArray whole = npy(header("<f8", "(2, 2)"), bytesOf<double>({1, 2, 3, 4}));
  for (qsizetype length = 0; length < whole.size(); ++length)
    QVERIFY_THROWS_EXCEPTION(core::Error, read(whole.left(length)));
  QCOMPARE(read(whole).size(), std::size_t(4));
}

QTEST_GUILESS_MAIN(TestNpyArray)
#include "tst_npy_array.moc"
