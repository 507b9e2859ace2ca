// SPDX-License-Identifier: GPL-3.0-or-later
// Source: the reduce functions of PyTorch's torch/_tensor.py and the helpers in torch/_utils.py that they
// name.
#include "core/checkpoint/torch_objects.h"

#include <array>
#include <limits>

#include "core/checkpoint/byte_source.h"
#include "core/error.h"

namespace evolute::core {

namespace {

constexpr std::array<std::pair<std::string_view, DType>, 11> kStorageTypes{{
    {"DoubleStorage", DType::F64},
    {"FloatStorage", DType::F32},
    {"HalfStorage", DType::F16},
    {"BFloat16Storage", DType::BF16},
    {"LongStorage", DType::I64},
    {"IntStorage", DType::I32},
    {"ShortStorage", DType::I16},
    {"CharStorage", DType::I8},
    {"ByteStorage", DType::U8},
    {"BoolStorage", DType::Bool},
    {"ComplexFloatStorage", DType::C64},
}};

/// torch.uint16 and the like: our names are PyTorch's.
std::optional<DType> dtypeNamed(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(DType::C64); ++i)
    if (nameOf(static_cast<DType>(i)) == name)
      return static_cast<DType>(i);
  return {};
}

[[noreturn]] void malformed(const std::string &problem) {
  throw Error("its description is malformed: " + problem);
}

} // namespace

std::string TorchObjects::calledFunction(PickleId id) const {
  const PickleValue &call = at(id);
  if (call.kind != Kind::Call || at(call.callable).kind != Kind::Global)
    return {};
  return std::string(at(call.callable).module) + "." + std::string(at(call.callable).text);
}

bool TorchObjects::isGlobal(PickleId id, std::string_view module, std::string_view name) const {
  return at(id).kind == Kind::Global && at(id).module == module && at(id).text == name;
}

std::optional<std::string_view> TorchObjects::textOf(PickleId id) const {
  return at(id).kind == Kind::Text ? std::optional(at(id).text) : std::nullopt;
}

std::string TorchObjects::describe(PickleId id) const {
  const PickleValue &value = at(id);
  switch (value.kind) {
  case Kind::None:
    return "None";
  case Kind::Boolean:
    return "a boolean";
  case Kind::Integer:
  case Kind::Real:
    return "a number";
  case Kind::Text:
    return "a text";
  case Kind::Bytes:
    return "bytes";
  case Kind::Tuple:
    return "a tuple";
  case Kind::List:
    return "a list";
  case Kind::Dict:
    return "a dictionary";
  case Kind::Global:
    return "a class or function";
  case Kind::Persistent:
    return "a bare storage";
  case Kind::Call:
    break;
  }
  if (isTensor(id))
    return "a bare tensor";
  const std::string function = calledFunction(id);
  return function.empty() ? "a Python object" : "a Python object of class " + shown(function);
}

std::optional<std::vector<std::pair<PickleId, PickleId>>> TorchObjects::entriesOf(PickleId id) const {
  const PickleValue &value = at(id);
  const std::string function = calledFunction(id);
  if (value.kind != Kind::Dict && function != "collections.OrderedDict" &&
      function != "collections.defaultdict")
    return {};
  std::vector<std::pair<PickleId, PickleId>> entries;
  // Python 2 wrote OrderedDict([[key, value], ...]); a defaultdict's argument is a function.
  if (value.kind == Kind::Call && at(value.arguments).kind == Kind::Tuple &&
      !at(value.arguments).items.empty()) {
    const PickleValue &pairs = at(at(value.arguments).items.front());
    for (const PickleId pair : pairs.kind == Kind::List ? pairs.items : std::vector<PickleId>{})
      if (at(pair).items.size() == 2)
        entries.emplace_back(at(pair).items[0], at(pair).items[1]);
  }
  for (std::size_t i = 0; i + 1 < value.items.size(); i += 2)
    entries.emplace_back(value.items[i], value.items[i + 1]);
  return entries;
}

std::optional<std::vector<std::pair<PickleId, PickleId>>> TorchObjects::moduleEntriesOf(PickleId id) const {
  const PickleValue &value = at(id);
  // "__torch__" is where TorchScript puts the classes that it compiled.
  if (!calledFunction(id).starts_with("__torch__.") || value.state == kNoPickle)
    return {};
  return entriesOf(value.state);
}

bool TorchObjects::isTensor(PickleId id) const {
  const std::string function = calledFunction(id);
  return function.starts_with("torch._utils._rebuild_") || function.starts_with("torch._tensor._rebuild_");
}

std::int64_t TorchObjects::integerOf(PickleId id, const char *what) const {
  if (at(id).kind != Kind::Integer || at(id).integer < 0)
    malformed(std::string(what) + " should be a whole number of 0 or more, found " +
              (at(id).kind == Kind::Integer ? std::to_string(at(id).integer) : describe(id)));
  return at(id).integer;
}

std::vector<std::int64_t> TorchObjects::extentsOf(PickleId id, const char *what) const {
  if (calledFunction(id) == "torch.Size" && at(at(id).arguments).items.size() == 1)
    id = at(at(id).arguments).items.front();
  if (at(id).kind != Kind::Tuple)
    malformed(std::string(what) + " should be a tuple, found " + describe(id));
  constexpr std::size_t kMostDimensions = 64; // PyTorch's own limit
  if (at(id).items.size() > kMostDimensions)
    malformed(std::string(what) + " has " + std::to_string(at(id).items.size()) +
              " dimensions, expected at most 64");
  std::vector<std::int64_t> extents;
  for (const PickleId item : at(id).items)
    extents.push_back(integerOf(item, what));
  return extents;
}

std::optional<TorchTensor> TorchObjects::tensorAt(PickleId id, std::string &why) const {
  // Unwraps Parameter(tensor) and subclass(function, type, arguments, state).
  std::string function = calledFunction(id);
  PickleId arguments = at(id).arguments;
  for (int wrapper = 0;; ++wrapper) {
    if (wrapper == 8 || at(arguments).kind != Kind::Tuple)
      malformed("too many wrappers, or no arguments");
    const std::vector<PickleId> &items = at(arguments).items;
    if (function.starts_with("torch._utils._rebuild_parameter") && !items.empty() &&
        at(items[0]).kind == Kind::Call) {
      arguments = at(items[0]).arguments;
      function = calledFunction(items[0]);
    } else if (function == "torch._tensor._rebuild_from_type_v2" && items.size() == 4 &&
               at(items[0]).kind == Kind::Global) {
      function = std::string(at(items[0]).module) + "." + std::string(at(items[0]).text);
      arguments = items[2];
    } else {
      break;
    }
  }
  const bool hasDType = function == "torch._utils._rebuild_tensor_v3";
  if (!hasDType && function != "torch._utils._rebuild_tensor_v2" &&
      function != "torch._utils._rebuild_tensor") {
    why = "it is built by " + shown(function);
    return {};
  }
  const std::vector<PickleId> &items = at(arguments).items;
  const std::size_t needed = hasDType ? 7 : function.ends_with("_v2") ? 6 : 4;
  if (items.size() < needed || at(items[0]).kind != Kind::Persistent)
    malformed("a tensor should have a storage and " + std::to_string(needed - 1) + " more arguments");
  const std::size_t flags = hasDType ? 7 : 6; // the lazy conjugate and negative bits
  if (items.size() > flags && at(items[flags]).kind != Kind::None && !at(items[flags]).items.empty()) {
    why = "it has conjugate or negative bits";
    return {};
  }

  // ("storage", type, key, device, number of elements)
  const PickleValue &storage = at(at(items[0]).arguments);
  if (storage.kind != Kind::Tuple || storage.items.size() < 5 || textOf(storage.items[0]) != "storage" ||
      !textOf(storage.items[2]) || at(storage.items[1]).kind != Kind::Global)
    malformed("its storage should be (\"storage\", type, key, device, size)");
  const std::string_view type = at(storage.items[1]).text;
  std::optional<DType> stored, dtype;
  for (const auto &[name, candidate] : kStorageTypes)
    if (type == name)
      stored = candidate;
  if (hasDType && isGlobal(items[6], "torch", at(items[6]).text))
    dtype = dtypeNamed(at(items[6]).text);
  const bool untyped = type == "UntypedStorage";
  if (!hasDType)
    dtype = stored;
  if (!dtype || (!stored && !untyped)) {
    why = "its values are of type " + shown(hasDType ? at(items[6]).text : type);
    return {};
  }

  TorchTensor tensor;
  tensor.dtype = *dtype;
  tensor.storageKey = *textOf(storage.items[2]);
  const auto elements = static_cast<std::uint64_t>(integerOf(storage.items[4], "the storage's size"));
  const std::uint64_t unit = untyped ? 1 : byteSize(*stored);
  if (elements > std::numeric_limits<std::uint64_t>::max() / unit)
    malformed("its storage claims " + std::to_string(elements) + " elements");
  tensor.storageBytes = elements * unit;
  tensor.offset = static_cast<std::uint64_t>(integerOf(items[1], "the offset"));
  // Before 1.6: (key, offset, size) of a part of that storage which was a storage of its own.
  if (storage.items.size() > 5 && at(storage.items[5]).kind == Kind::Tuple && at(storage.items[5]).items.size() == 3)
    tensor.offset += static_cast<std::uint64_t>(integerOf(at(storage.items[5]).items[1], "the offset of its part"));
  tensor.shape = extentsOf(items[2], "the shape");
  tensor.strides = extentsOf(items[3], "the strides");
  if (tensor.shape.size() != tensor.strides.size())
    malformed("the shape has " + std::to_string(tensor.shape.size()) + " dimensions, the strides " +
              std::to_string(tensor.strides.size()));
  return tensor;
}

std::unordered_map<std::string, std::uint64_t> TorchObjects::storageElementBytes() const {
  // Kinds that are not read, but whose bytes have to be passed over.
  constexpr std::array<std::pair<std::string_view, std::uint64_t>, 7> kOthers{{{"ComplexDoubleStorage", 16},
                                                                               {"UntypedStorage", 1},
                                                                               {"QInt8Storage", 1},
                                                                               {"QUInt8Storage", 1},
                                                                               {"QInt32Storage", 4},
                                                                               {"QUInt4x2Storage", 1},
                                                                               {"QUInt2x4Storage", 1}}};
  std::unordered_map<std::string, std::uint64_t> bytes;
  for (PickleId id = 0; id < m_document.size(); ++id) {
    if (at(id).kind != Kind::Persistent)
      continue;
    const PickleValue &storage = at(at(id).arguments);
    if (storage.kind != Kind::Tuple || storage.items.size() < 5 || textOf(storage.items[0]) != "storage" ||
        !textOf(storage.items[2]) || at(storage.items[1]).kind != Kind::Global)
      continue; // "module": the source of a class
    const std::string_view type = at(storage.items[1]).text;
    std::uint64_t size = 0;
    for (const auto &[name, dtype] : kStorageTypes)
      if (type == name)
        size = byteSize(dtype);
    for (const auto &[name, known] : kOthers)
      if (type == name)
        size = known;
    if (size == 0)
      throw Error("a storage has elements of a type that is not known: " + shown(type));
    bytes[std::string(*textOf(storage.items[2]))] = size;
  }
  return bytes;
}

std::int64_t TorchObjects::countTensors(PickleId id) {
  m_counted.resize(m_document.size(), false);
  std::int64_t count = 0;
  std::vector<PickleId> open{id};
  while (!open.empty()) {
    const PickleId next = open.back();
    open.pop_back();
    if (next == kNoPickle || m_counted[next])
      continue;
    m_counted[next] = true;
    const PickleValue &value = at(next);
    if (isTensor(next)) {
      ++count; // a parameter wraps a tensor: one, not two
      continue;
    }
    open.insert(open.end(), {value.callable, value.arguments, value.state});
    open.insert(open.end(), value.items.begin(), value.items.end());
  }
  return count;
}

} // namespace evolute::core
