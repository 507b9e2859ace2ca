// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/torch_state.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <set>

#include "core/checkpoint/torch_objects.h"
#include "core/checkpoint/utf8.h"
#include "core/error.h"

namespace evolute::core {

namespace {

/// Where an array's values lie: a view of one storage.
struct StridedView {
  std::size_t storage = 0;
  std::uint64_t begin = 0; // bytes
  std::uint64_t span = 0;  // bytes from the first to the last element; 0 for no elements
  std::size_t itemBytes = 0;
  std::vector<std::int64_t> shape, strides;

  bool isContiguous() const {
    std::int64_t expected = 1;
    for (std::size_t d = shape.size(); d-- > 0;) {
      if (shape[d] != 1 && strides[d] != expected)
        return false;
      expected *= shape[d];
    }
    return true;
  }
};

/// Copies the elements of a view out of `packed` (its first to its last element) in row-major order.
void gather(const StridedView &view, std::span<const std::byte> packed, std::span<std::byte> out) {
  std::vector<std::int64_t> index(view.shape.size(), 0);
  std::int64_t at = 0; // elements
  for (std::size_t done = 0; done < out.size(); done += view.itemBytes) {
    std::memcpy(out.data() + done, packed.data() + static_cast<std::size_t>(at) * view.itemBytes,
                view.itemBytes);
    for (std::size_t d = view.shape.size(); d-- > 0;) {
      at += view.strides[d];
      if (++index[d] < view.shape[d])
        break;
      at -= view.strides[d] * view.shape[d];
      index[d] = 0;
    }
  }
}

class PytorchBytes final : public ArrayBytes {
public:
  PytorchBytes(std::shared_ptr<const TorchStorages> storages, std::vector<StridedView> views)
      : m_storages(std::move(storages)), m_views(std::move(views)) {}

  void read(std::size_t index, std::span<std::byte> out) const override {
    const StridedView &view = m_views[index];
    if (out.empty())
      return;
    if (view.isContiguous()) {
      m_storages->read(view.storage, view.begin, out);
      return;
    }
    std::vector<std::byte> packed(static_cast<std::size_t>(view.span));
    m_storages->read(view.storage, view.begin, packed);
    gather(view, packed, out);
  }
  bool isContiguous(std::size_t index) const override { return m_views[index].isContiguous(); }
  void readFrom(std::size_t index, std::uint64_t offset, std::span<std::byte> out) const override {
    m_storages->read(m_views[index].storage, m_views[index].begin + offset, out);
  }

private:
  std::shared_ptr<const TorchStorages> m_storages;
  std::vector<StridedView> m_views;
};

class StateReader {
public:
  StateReader(const std::filesystem::path &path, const PickleDocument &document,
              std::shared_ptr<const TorchStorages> storages)
      : m_path(path), m_document(document), m_objects(document), m_storages(std::move(storages)) {}

  ParsedCheckpoint read() {
    m_parsed.format = "pytorch";
    takeModel();
    m_parsed.bytes = std::make_shared<PytorchBytes>(m_storages, std::move(m_views));
    return std::move(m_parsed);
  }

private:
  [[noreturn]] void fail(const std::string &sentence) const {
    throw Error(m_path.string() + ": " + sentence);
  }

  // --- which part of the file is the model ---

  /// A dictionary with tensors as direct values.
  bool isStateDict(PickleId id) const {
    const auto entries = m_objects.entriesOf(id);
    return entries && std::any_of(entries->begin(), entries->end(),
                                  [&](const auto &entry) { return m_objects.isTensor(entry.second); });
  }

  /// Whether the wrapper keys below a value lead to a model; circles end with the depth.
  bool leadsToModel(PickleId id, int depth) const {
    return isStateDict(id) || (depth > 0 && bestWrapper(id, depth - 1).has_value());
  }

  std::optional<std::pair<PickleId, PickleId>> bestWrapper(PickleId id, int depth) const {
    constexpr std::array<std::string_view, 7> kWrappers{"model",   "model_state_dict", "state_dict", "net",
                                                        "weights", "module",           "checkpoint"};
    const auto entries = m_objects.entriesOf(id);
    if (!entries)
      return {};
    for (const std::string_view wrapper : kWrappers) {
      const auto found = std::find_if(entries->begin(), entries->end(), [&](const auto &entry) {
        return m_objects.textOf(entry.first) == wrapper;
      });
      if (found != entries->end() && leadsToModel(found->second, depth))
        return *found;
    }
    return {};
  }

  /// Follows the wrapper keys first: {"model": {...}, "best_loss": tensor} has a tensor of its own.
  void takeModel() {
    PickleId id = m_document.root();
    std::string where;
    for (int depth = 3; depth > 0; --depth) {
      const auto wrapper = bestWrapper(id, depth - 1);
      if (!wrapper)
        break;
      noteOthers(id, wrapper->first);
      takeProgress(id);
      id = wrapper->second;
      where += (where.empty() ? "" : ".") + std::string(*m_objects.textOf(wrapper->first));
    }
    if (m_objects.isTensor(id)) {
      takeBareTensor(id);
      return;
    }
    if (m_objects.moduleEntriesOf(id)) {
      takeScript(id);
      return;
    }
    if (!isStateDict(id))
      failWithoutModel(id, where);
    if (!where.empty())
      m_parsed.notes.insert(m_parsed.notes.begin(), "the model is read from \"" + where + "\"");
    takeStateDict(id);
  }

  /// Says what the file holds instead of weights under one of the usual keys.
  [[noreturn]] void failWithoutModel(PickleId id, const std::string &where) const {
    const std::string place = where.empty() ? "it" : "\"" + shown(where) + "\"";
    const auto entries = m_objects.entriesOf(id);
    if (!entries)
      fail(place + " holds " + m_objects.describe(id) + ", expected a state_dict: save model.state_dict()");
    std::string keys;
    for (const auto &[key, value] : *entries) {
      if (keys.size() > 120) {
        keys += ", ...";
        break;
      }
      keys += keys.empty() ? "" : ", ";
      keys += m_objects.textOf(key) ? shown(*m_objects.textOf(key)) : m_objects.describe(key);
      keys += " (" + m_objects.describe(value) + ")";
    }
    fail("no tensors found directly or under model, model_state_dict, state_dict, net or weights; " + place +
         (keys.empty() ? " is an empty dictionary" : " holds " + keys));
  }

  /// What trainers write beside the weights about how far they were.
  void takeProgress(PickleId wrapper) {
    const auto entries = m_objects.entriesOf(wrapper);
    const auto numberAt = [&](std::string_view key) -> std::optional<std::int64_t> {
      for (const auto &[name, value] : *entries)
        if (m_objects.textOf(name) == key && m_document.at(value).kind == PickleValue::Kind::Integer &&
            m_document.at(value).integer >= 0)
          return m_document.at(value).integer;
      return {};
    };
    for (const std::string_view key : {"global_step", "step", "iteration", "iter"})
      if (!m_parsed.step)
        m_parsed.step = numberAt(key);
    if (!m_parsed.epoch)
      m_parsed.epoch = numberAt("epoch");
    for (const auto &[name, value] : *entries)
      if (m_objects.textOf(name) == "pytorch-lightning_version")
        m_parsed.fromLightning = true;
  }

  void noteOthers(PickleId wrapper, PickleId taken) {
    std::string withoutWeights;
    const auto entries = m_objects.entriesOf(wrapper);
    for (const auto &[key, value] : *entries) {
      const std::string name = shown(m_objects.textOf(key).value_or(std::string_view("?")));
      if (key == taken)
        continue;
      if (const std::int64_t count = m_objects.countTensors(value); count > 0)
        m_parsed.notes.push_back(name + ": " + std::to_string(count) + (count == 1 ? " tensor" : " tensors") +
                                 " left unread");
      else if (withoutWeights.size() < 200)
        withoutWeights += (withoutWeights.empty() ? "" : ", ") + name;
    }
    if (!withoutWeights.empty())
      m_parsed.notes.push_back("left unread, no weights: " + withoutWeights);
  }

  // --- its tensors ---

  /// torch.save(tensor): token ids, as a rule.
  void takeBareTensor(PickleId id) {
    std::string why;
    const auto tensor = describedTensor(id, "its tensor", why);
    if (!tensor)
      fail("its tensor cannot be read: " + why);
    takeTensor("tensor", *tensor, "its tensor");
    m_parsed.notes.push_back("the file holds one tensor without a name");
  }

  /// What torch.jit.save wrote: a tree of modules, whose tensors are named as state_dict() names them.
  void takeScript(PickleId id) {
    m_parsed.notes.push_back("it is a TorchScript module: its tensors are read, its program is not");
    takeModule(id, "", 0);
    if (m_parsed.arrays.empty())
      fail("no tensor that can be read in its modules");
  }

  void takeModule(PickleId id, const std::string &prefix, int depth) {
    constexpr int kDeepest = 100;
    constexpr std::size_t kLongestName = 4096;
    if (depth > kDeepest || prefix.size() > kLongestName)
      fail("its modules are nested more than " + std::to_string(kDeepest) + " deep, or their names have more than " +
           std::to_string(kLongestName) + " bytes");
    std::set<std::string_view> names;
    const auto entries = m_objects.moduleEntriesOf(id);
    // Modules may be shared, and are then read once under each name; lying files share without bound.
    m_attributes += entries->size();
    if (m_attributes > PickleDocument::kMostValues)
      fail("its modules have more than " + std::to_string(PickleDocument::kMostValues) + " attributes");
    for (const auto &[key, value] : *entries) {
      const auto name = m_objects.textOf(key);
      if (!name) // TorchScript names every attribute
        fail("a module has an attribute whose name is " + m_objects.describe(key));
      if (m_objects.moduleEntriesOf(value))
        takeModule(value, prefix + std::string(*name) + ".", depth + 1);
      else if (m_objects.isTensor(value))
        takeNamed(prefix, *name, value, names);
    }
  }

  void takeStateDict(PickleId id) {
    std::set<std::string_view> names;
    const auto entries = m_objects.entriesOf(id);
    for (const auto &[key, value] : *entries) {
      const auto name = m_objects.textOf(key);
      if (!name) {
        m_parsed.notes.push_back("an entry whose key is " + m_objects.describe(key) + " is left unread");
        continue;
      }
      if (m_objects.isTensor(value))
        takeNamed("", *name, value, names);
      else
        m_parsed.notes.push_back(shown(*name) + " is left unread: it is " + m_objects.describe(value));
    }
    if (m_parsed.arrays.empty())
      fail("no tensor of a kind that can be read; " + m_parsed.notes.back());
  }

  /// `names`: those that stand beside it.
  void takeNamed(const std::string &prefix, std::string_view name, PickleId value, std::set<std::string_view> &names) {
    const std::string label = "tensor \"" + shown(prefix + std::string(name)) + "\"";
    if (!isUtf8(prefix) || !isUtf8(name))
      fail(label + ": the name is no valid UTF-8");
    if (!names.insert(name).second)
      fail(label + " stands twice");
    std::string why;
    const auto tensor = describedTensor(value, label, why);
    if (tensor)
      takeTensor(prefix + std::string(name), *tensor, label);
    else
      m_parsed.notes.push_back(shown(prefix + std::string(name)) + " is left unread: " + why);
  }

  std::optional<TorchTensor> describedTensor(PickleId id, const std::string &label, std::string &why) const {
    try {
      return m_objects.tensorAt(id, why);
    } catch (const Error &error) {
      fail(label + ": " + error.what());
    }
  }

  void takeTensor(std::string name, const TorchTensor &tensor, const std::string &label) {
    const auto storage = m_storages->find(tensor.storageKey);
    const std::string storageName = shown(m_storages->nameOf(tensor.storageKey));
    if (!storage)
      fail(label + ": its storage \"" + storageName + "\" is not in the file");
    const std::uint64_t bytes = m_storages->bytes(*storage);
    if (bytes != tensor.storageBytes)
      fail(label + ": its storage should have " + std::to_string(tensor.storageBytes) + " bytes, \"" +
           storageName + "\" has " + std::to_string(bytes));

    StridedView view;
    view.storage = *storage;
    view.itemBytes = byteSize(tensor.dtype);
    view.shape = tensor.shape;
    view.strides = tensor.strides;
    // A stride of 0 repeats values; a huge shape over a small storage would unfold without bound.
    const std::uint64_t mostElements = m_storages->allBytes() / view.itemBytes;
    std::uint64_t elements = 1;
    for (const std::int64_t extent : tensor.shape) {
      if (extent != 0 && elements > mostElements / static_cast<std::uint64_t>(extent))
        fail(label + ": its shape has more elements than the file has room for");
      elements *= static_cast<std::uint64_t>(extent);
    }
    if (elements > 0) {
      const std::uint64_t available = bytes / view.itemBytes;
      const auto failReach = [&] {
        fail(label + ": offset, shape and strides reach beyond the " + std::to_string(available) +
             " elements of its storage");
      };
      if (tensor.offset >= available)
        failReach();
      std::uint64_t last = tensor.offset; // < available throughout
      for (std::size_t d = 0; d < tensor.shape.size(); ++d) {
        const auto steps = static_cast<std::uint64_t>(tensor.shape[d] - 1);
        const auto stride = static_cast<std::uint64_t>(tensor.strides[d]);
        if (steps > 0 && stride > (available - 1 - last) / steps)
          failReach();
        last += steps * stride;
      }
      view.begin = tensor.offset * view.itemBytes;
      view.span = (last - tensor.offset + 1) * view.itemBytes;
    }
    // gather() steps once past each end; a stride that is never walked must not overflow it.
    for (std::size_t d = 0; d < view.shape.size(); ++d)
      if (elements == 0 || view.shape[d] == 1)
        view.strides[d] = 0;
    m_views.push_back(std::move(view));
    m_parsed.arrays.push_back({std::move(name), tensor.dtype, tensor.shape});
  }

  const std::filesystem::path &m_path;
  const PickleDocument &m_document;
  TorchObjects m_objects;
  std::shared_ptr<const TorchStorages> m_storages;
  ParsedCheckpoint m_parsed;
  std::vector<StridedView> m_views;
  std::size_t m_attributes = 0; // of the modules of a script, shared ones counted each time
};

} // namespace

ParsedCheckpoint readTorchState(const std::filesystem::path &path, const PickleDocument &document,
                                std::shared_ptr<const TorchStorages> storages) {
  return StateReader(path, document, std::move(storages)).read();
}

} // namespace evolute::core
