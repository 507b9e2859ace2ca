// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/safetensors_header.h"

#include <array>
#include <limits>
#include <optional>
#include <set>

#include <nlohmann/json.hpp>

#include "core/error.h"

namespace evolute::core {

namespace {

constexpr std::array<std::pair<std::string_view, DType>, 16> kDTypes{{
    {"F64", DType::F64},
    {"F32", DType::F32},
    {"F16", DType::F16},
    {"BF16", DType::BF16},
    {"F8_E4M3", DType::F8E4M3},
    {"F8_E5M2", DType::F8E5M2},
    {"I64", DType::I64},
    {"I32", DType::I32},
    {"I16", DType::I16},
    {"I8", DType::I8},
    {"U64", DType::U64},
    {"U32", DType::U32},
    {"U16", DType::U16},
    {"U8", DType::U8},
    {"BOOL", DType::Bool},
    {"C64", DType::C64},
}};

constexpr std::string_view kMetadata = "__metadata__";

/// Walks {name: {dtype: text, shape: [n...], data_offsets: [begin, end]}, "__metadata__": {text: text}}.
class HeaderEvents : public nlohmann::json_sax<nlohmann::json> {
public:
  SafetensorsHeader header;

  bool null() override { return unexpected("null"); }
  bool boolean(bool) override { return unexpected("a boolean"); }
  bool number_float(double, const std::string &text) override { return unexpected("the number " + text); }
  bool number_integer(std::int64_t value) override {
    return unexpected("the number " + std::to_string(value));
  }
  bool binary(binary_t &) override { return unexpected("binary data"); }

  bool number_unsigned(std::uint64_t value) override {
    if (m_place != Place::Numbers)
      return unexpected("the number " + std::to_string(value));
    if (value > std::uint64_t(std::numeric_limits<std::int64_t>::max()))
      fail("the number " + std::to_string(value) + " is out of range");
    m_numbers.push_back(std::int64_t(value));
    return true;
  }

  bool string(std::string &text) override {
    if (m_place == Place::Metadata) {
      header.metadata.emplace_back(m_field, text);
      return true;
    }
    if (m_place != Place::Tensor || m_field != "dtype")
      return unexpected("the text \"" + shown(text) + "\"");
    for (const auto &[name, dtype] : kDTypes)
      if (text == name) {
        m_dtype = dtype;
        return true;
      }
    fail("dtype \"" + shown(text) + "\" is not supported");
  }

  bool start_object(std::size_t) override {
    if (m_place == Place::Outside) {
      m_place = Place::Top;
    } else if (m_place == Place::Top) {
      m_place = m_name == kMetadata ? Place::Metadata : Place::Tensor;
      m_fields.clear();
      m_dtype.reset();
      m_shape.reset();
      m_offsets.reset();
    } else {
      return unexpected("an object");
    }
    return true;
  }

  bool key(std::string &text) override {
    if (m_place == Place::Top) {
      m_name = text;
      m_field.clear();
      if (!m_names.insert(text).second)
        fail("the name stands twice");
      return true;
    }
    m_field = text;
    if (!m_fields.insert(text).second)
      fail("the key \"" + shown(text) + "\" stands twice");
    if (m_place == Place::Tensor && text != "dtype" && text != "shape" && text != "data_offsets")
      fail("expected the keys dtype, shape and data_offsets, found \"" + shown(text) + "\"");
    return true;
  }

  bool end_object() override {
    if (m_place == Place::Tensor)
      addTensor();
    m_place = m_place == Place::Top ? Place::Outside : Place::Top;
    return true;
  }

  bool start_array(std::size_t) override {
    if (m_place != Place::Tensor || m_field == "dtype")
      return unexpected("a list");
    m_place = Place::Numbers;
    m_numbers.clear();
    return true;
  }

  bool end_array() override {
    (m_field == "shape" ? m_shape : m_offsets) = m_numbers;
    m_place = Place::Tensor;
    return true;
  }

  bool parse_error(std::size_t position, const std::string &, const nlohmann::detail::exception &) override {
    throw Error("the header is no valid JSON at byte " + std::to_string(position) + " of it");
  }

private:
  enum class Place { Outside, Top, Metadata, Tensor, Numbers };

  [[noreturn]] void fail(const std::string &problem) const {
    if (m_place == Place::Outside || (m_place == Place::Top && m_name.empty()))
      throw Error("header: " + problem);
    const std::string field = m_field.empty() ? "" : ", " + shown(m_field);
    throw Error((m_name == kMetadata ? "header, __metadata__" : "tensor \"" + shown(m_name) + "\"") + field +
                ": " + problem);
  }

  bool unexpected(const std::string &found) const {
    switch (m_place) {
    case Place::Outside:
      fail("expected an object, found " + found);
    case Place::Top:
      fail("expected an object, found " + found);
    case Place::Metadata:
      fail("expected a text, found " + found);
    case Place::Numbers:
      fail("expected a whole number of 0 or more, found " + found);
    case Place::Tensor:
      break;
    }
    fail(std::string("expected ") + (m_field == "dtype" ? "a text" : "a list") + ", found " + found);
  }

  void addTensor() {
    m_field.clear();
    if (!m_dtype || !m_shape || !m_offsets)
      fail("expected dtype, shape and data_offsets, found only some of them");
    if (m_offsets->size() != 2)
      fail("expected two data_offsets, found " + std::to_string(m_offsets->size()));
    SafetensorsTensor tensor;
    tensor.begin = std::uint64_t(m_offsets->front());
    tensor.end = std::uint64_t(m_offsets->back());
    if (tensor.end < tensor.begin)
      fail("data_offsets end before they begin: " + std::to_string(tensor.begin) + " to " +
           std::to_string(tensor.end));
    std::uint64_t bytes = byteSize(*m_dtype);
    for (const std::int64_t extent : *m_shape)
      if (extent != 0 && bytes > std::numeric_limits<std::uint64_t>::max() / std::uint64_t(extent))
        fail("the shape has more bytes than 64 bits can count");
      else
        bytes *= std::uint64_t(extent);
    if (bytes != tensor.end - tensor.begin)
      fail("dtype and shape need " + std::to_string(bytes) + " bytes, data_offsets span " +
           std::to_string(tensor.end - tensor.begin));
    tensor.info = {m_name, *m_dtype, *m_shape};
    header.tensors.push_back(std::move(tensor));
  }

  Place m_place = Place::Outside;
  std::string m_name, m_field;
  std::set<std::string> m_names, m_fields;
  std::vector<std::int64_t> m_numbers;
  std::optional<DType> m_dtype;
  std::optional<std::vector<std::int64_t>> m_shape, m_offsets;
};

} // namespace

SafetensorsHeader parseSafetensorsHeader(std::string_view json) {
  HeaderEvents events;
  if (!nlohmann::json::sax_parse(json.begin(), json.end(), &events))
    throw Error("the header is no valid JSON");
  return std::move(events.header);
}

std::string_view safetensorsNameOf(DType dtype) {
  for (const auto &[name, candidate] : kDTypes)
    if (candidate == dtype)
      return name;
  return {};
}

} // namespace evolute::core
