// SPDX-License-Identifier: GPL-3.0-or-later
// Opcodes as documented in CPython's Lib/pickletools.py; those of protocols 0 and 1 that carry lines of text
// are not written by torch.save and refused.
#include "core/checkpoint/pickle_stream.h"

#include <array>
#include <optional>
#include <span>
#include <unordered_map>

#include "core/error.h"

namespace evolute::core {

class PickleInterpreter {
public:
  explicit PickleInterpreter(PickleDocument &document)
      : m_document(document), m_stream(document.m_stream.data(), document.m_stream.size()) {}

  std::size_t run() {
    while (step()) {
    }
    m_document.m_root = pop();
    return m_at;
  }

private:
  using Kind = PickleValue::Kind;

  [[noreturn]] void fail(const std::string &problem) const {
    throw Error("the pickle stream, byte " + std::to_string(m_opcodeAt) + ": " + problem);
  }

  [[noreturn]] void endEarly(const std::string &problem) const {
    throw EndsEarly("the pickle stream, byte " + std::to_string(m_opcodeAt) + ": " + problem);
  }

  // --- the stream ---
  std::string_view take(std::uint64_t count) {
    if (count > m_stream.size() - m_at)
      endEarly("expected " + std::to_string(count) + " more bytes, found " +
           std::to_string(m_stream.size() - m_at));
    const std::string_view taken = m_stream.substr(m_at, static_cast<std::size_t>(count));
    m_at += taken.size();
    return taken;
  }

  std::uint64_t takeUnsigned(int bytes) {
    std::uint64_t value = 0;
    const std::string_view raw = take(static_cast<std::uint64_t>(bytes));
    for (std::size_t i = raw.size(); i-- > 0;)
      value = value << 8U | static_cast<unsigned char>(raw[i]);
    return value;
  }

  std::string_view takeLine() {
    const std::size_t end = m_stream.find('\n', m_at);
    if (end == std::string_view::npos)
      endEarly("expected a line of text, the stream ends before it does");
    const std::string_view line = take(end - m_at);
    take(1);
    return line;
  }

  // --- the stack ---
  PickleValue &value(PickleId id) { return m_document.m_values[id]; }

  PickleId add(Kind kind) {
    if (m_document.m_values.size() >= PickleDocument::kMostValues)
      fail("more than " + std::to_string(PickleDocument::kMostValues) + " values");
    m_document.m_values.emplace_back().kind = kind;
    return static_cast<PickleId>(m_document.m_values.size() - 1);
  }

  PickleValue &push(Kind kind) {
    m_stack.push_back(add(kind));
    return value(m_stack.back());
  }
  void pushInteger(std::int64_t number) { push(Kind::Integer).integer = number; }
  void pushText(Kind kind, std::string_view text) { push(kind).text = text; }

  /// Values below the last mark are out of reach until it is taken away.
  std::size_t reachable() const { return m_stack.size() - (m_marks.empty() ? 0 : m_marks.back()); }

  PickleId pop() {
    if (reachable() == 0)
      fail("it takes a value from an empty stack");
    const PickleId id = m_stack.back();
    m_stack.pop_back();
    return id;
  }

  PickleId top() const {
    if (reachable() == 0)
      fail("it looks at an empty stack");
    return m_stack.back();
  }

  std::vector<PickleId> popToMark() {
    if (m_marks.empty())
      fail("there is no mark on the stack");
    const auto begin = m_stack.begin() + static_cast<std::ptrdiff_t>(m_marks.back());
    std::vector<PickleId> items(begin, m_stack.end());
    m_stack.erase(begin, m_stack.end());
    m_marks.pop_back();
    return items;
  }

  void pushTuple(std::size_t count) {
    std::vector<PickleId> items(count);
    for (std::size_t i = count; i-- > 0;)
      items[i] = pop();
    push(Kind::Tuple).items = std::move(items);
  }

  void appendTo(PickleId target, std::span<const PickleId> items, bool pairs) {
    PickleValue &container = value(target);
    if (container.kind != Kind::Call && container.kind != (pairs ? Kind::Dict : Kind::List))
      fail(std::string("it adds to a value that is no ") + (pairs ? "dictionary" : "list"));
    if (pairs && items.size() % 2 != 0)
      fail("a dictionary gets a key without a value");
    container.items.insert(container.items.end(), items.begin(), items.end());
  }

  void pushCall(PickleId callable, PickleId arguments) {
    PickleValue &call = push(Kind::Call);
    call.callable = callable;
    call.arguments = arguments;
  }

  void remember(std::uint64_t index) { m_memo[index] = top(); }
  void recall(std::uint64_t index) {
    const auto found = m_memo.find(index);
    if (found == m_memo.end())
      fail("it recalls value " + std::to_string(index) + ", which was never stored");
    m_stack.push_back(found->second);
  }

  void pushLong(std::uint64_t bytes) {
    const std::string_view raw = take(bytes);
    if (raw.size() > 8) {
      pushText(Kind::Bytes, raw);
      return;
    }
    std::uint64_t bits =
        !raw.empty() && (static_cast<unsigned char>(raw.back()) & 0x80U) != 0 ? ~std::uint64_t{0} : 0;
    for (std::size_t i = raw.size(); i-- > 0;)
      bits = bits << 8U | static_cast<unsigned char>(raw[i]);
    pushInteger(static_cast<std::int64_t>(bits));
  }

  bool step(); // false at the STOP

  PickleDocument &m_document;
  std::string_view m_stream;
  std::size_t m_at = 0, m_opcodeAt = 0;
  std::vector<PickleId> m_stack;
  std::vector<std::size_t> m_marks; // stack sizes
  std::unordered_map<std::uint64_t, PickleId> m_memo;
};

bool PickleInterpreter::step() {
  m_opcodeAt = m_at;
  const auto opcode = static_cast<unsigned char>(take(1)[0]);
  switch (opcode) {
  case 0x80: { // PROTO
    const std::uint64_t protocol = takeUnsigned(1);
    if (protocol < 2 || protocol > 5)
      fail("expected pickle protocol 2 to 5, found " + std::to_string(protocol));
    break;
  }
  case 0x95: // FRAME: a length that only matters to buffering
    take(8);
    break;
  case '.':
    return false;

  case '(':
    m_marks.push_back(m_stack.size());
    break;
  case '0': // POP takes away a mark that lies on top
    if (reachable() == 0 && !m_marks.empty())
      m_marks.pop_back();
    else
      pop();
    break;
  case '1':
    popToMark();
    break;
  case '2':
    m_stack.push_back(top());
    break;

  case 'N':
    push(Kind::None);
    break;
  case 0x88:
    push(Kind::Boolean).integer = 1;
    break;
  case 0x89:
    push(Kind::Boolean);
    break;
  case 'K':
    pushInteger(static_cast<std::int64_t>(takeUnsigned(1)));
    break;
  case 'M':
    pushInteger(static_cast<std::int64_t>(takeUnsigned(2)));
    break;
  case 'J':
    pushInteger(static_cast<std::int32_t>(takeUnsigned(4)));
    break;
  case 0x8a:
    pushLong(takeUnsigned(1));
    break;
  case 0x8b:
    pushLong(takeUnsigned(4));
    break;
  case 'G':
    take(8);
    push(Kind::Real);
    break;

  case 'X':
    pushText(Kind::Text, take(takeUnsigned(4)));
    break;
  case 0x8c:
    pushText(Kind::Text, take(takeUnsigned(1)));
    break;
  case 0x8d:
    pushText(Kind::Text, take(takeUnsigned(8)));
    break;
  case 'T':
    pushText(Kind::Text, take(takeUnsigned(4)));
    break; // a text of Python 2
  case 'U':
    pushText(Kind::Text, take(takeUnsigned(1)));
    break;
  case 'B':
    pushText(Kind::Bytes, take(takeUnsigned(4)));
    break;
  case 'C':
    pushText(Kind::Bytes, take(takeUnsigned(1)));
    break;
  case 0x8e:
  case 0x96:
    pushText(Kind::Bytes, take(takeUnsigned(8)));
    break;

  case ')':
    push(Kind::Tuple);
    break;
  case 0x85:
    pushTuple(1);
    break;
  case 0x86:
    pushTuple(2);
    break;
  case 0x87:
    pushTuple(3);
    break;
  case 't': {
    auto items = popToMark();
    push(Kind::Tuple).items = std::move(items);
    break;
  }
  case ']':
  case 0x8f:
    push(Kind::List);
    break;
  case 'l':
  case 0x91: {
    auto items = popToMark();
    push(Kind::List).items = std::move(items);
    break;
  }
  case 'a': {
    const PickleId item = pop();
    appendTo(top(), std::span(&item, 1), false);
    break;
  }
  case 'e':
  case 0x90: {
    const auto items = popToMark();
    appendTo(top(), items, false);
    break;
  }
  case '}':
    push(Kind::Dict);
    break;
  case 'd': {
    const auto items = popToMark();
    push(Kind::Dict);
    appendTo(top(), items, true);
    break;
  }
  case 's': {
    const PickleId second = pop(), first = pop();
    appendTo(top(), std::array{first, second}, true);
    break;
  }
  case 'u': {
    const auto items = popToMark();
    appendTo(top(), items, true);
    break;
  }

  case 'q':
    remember(takeUnsigned(1));
    break;
  case 'r':
    remember(takeUnsigned(4));
    break;
  case 0x94:
    remember(m_memo.size());
    break;
  case 'h':
    recall(takeUnsigned(1));
    break;
  case 'j':
    recall(takeUnsigned(4));
    break;

  case 'c': {
    const std::string_view module = takeLine(), name = takeLine();
    PickleValue &global = push(Kind::Global);
    global.module = module;
    global.text = name;
    break;
  }
  case 0x93: { // STACK_GLOBAL
    const PickleId name = pop(), module = pop();
    if (value(name).kind != Kind::Text || value(module).kind != Kind::Text)
      fail("the name of a class is no text");
    PickleValue &global = push(Kind::Global);
    global.module = value(module).text;
    global.text = value(name).text;
    break;
  }
  case 'R':
  case 0x81: { // REDUCE, NEWOBJ
    const PickleId arguments = pop(), callable = pop();
    pushCall(callable, arguments);
    break;
  }
  case 0x92: { // NEWOBJ_EX; keyword arguments are kept as state, only to be counted
    const PickleId keywords = pop(), arguments = pop(), callable = pop();
    pushCall(callable, arguments);
    value(top()).state = keywords;
    break;
  }
  case 'b': { // BUILD: the attributes of an object; those of a dictionary say nothing about its items
    const PickleId state = pop();
    value(top()).state = state;
    break;
  }
  case 'Q': {
    const PickleId id = pop();
    push(Kind::Persistent).arguments = id;
    break;
  }
  default: {
    static constexpr char kDigits[] = "0123456789abcdef";
    fail(std::string("opcode 0x") + kDigits[opcode >> 4U] + kDigits[opcode & 15U] +
         " is not one that torch.save writes");
  }
  }
  return true;
}

PickleDocument PickleDocument::parse(std::string stream) {
  if (stream.size() > kLongestStream)
    throw Error("the pickle stream has " + std::to_string(stream.size()) + " bytes, expected at most " +
                std::to_string(kLongestStream));
  PickleDocument document;
  document.m_stream.assign(stream.begin(), stream.end());
  PickleInterpreter(document).run();
  return document;
}

PickleDocument PickleDocument::parseFirst(std::string_view bytes, std::size_t &used) {
  PickleDocument document;
  document.m_stream.assign(bytes.begin(), bytes.end());
  used = PickleInterpreter(document).run();
  return document;
}

} // namespace evolute::core
