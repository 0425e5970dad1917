#include "sim/svd/svd_properties.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tinyscope {
namespace {

constexpr std::uint64_t kLargestDim = 65'536;

constexpr std::array<std::pair<std::string_view, SvdWrite>, 9> kWriteNames = {{
    {"oneToClear", SvdWrite::kOneToClear},
    {"oneToSet", SvdWrite::kOneToSet},
    {"oneToToggle", SvdWrite::kOneToToggle},
    {"zeroToClear", SvdWrite::kZeroToClear},
    {"zeroToSet", SvdWrite::kZeroToSet},
    {"zeroToToggle", SvdWrite::kZeroToToggle},
    {"clear", SvdWrite::kClear},
    {"set", SvdWrite::kSet},
    {"modify", SvdWrite::kModify},
}};

template <class Value, std::size_t N>
std::optional<Value> choice(const SvdNode& node, std::string_view key,
                            const std::array<std::pair<std::string_view, Value>, N>& known) {
  const auto text = node.text(key);
  if (!text || text->empty()) return std::nullopt;
  for (const auto& [name, value] : known) {
    if (*text == name) return value;
  }
  std::string names;
  for (const auto& [name, value] : known) {
    names += names.empty() ? "" : ", ";
    names += name;
  }
  node.child(key).fail(fmt::format("expected one of {}, found '{}'", names, *text));
}

// "%s" and "[%s]" of a name, replaced by an index.
std::string indexed(std::string name, std::string_view index) {
  const std::size_t at = name.find("%s");
  return at == std::string::npos ? fmt::format("{}{}", name, index) : name.replace(at, 2, index);
}

// Indices of <dimIndex>: "0-3", "A-D" or "A,B,C"; without it 0, 1, 2, …
std::vector<std::string> indices(const SvdNode& node, std::uint64_t count) {
  std::vector<std::string> result;
  const std::string text = node.text("dimIndex").value_or("");
  const std::size_t dash = text.find('-');
  if (text.find(',') != std::string::npos) {
    std::size_t begin = 0;
    for (std::size_t end = 0; begin <= text.size(); begin = end + 1) {
      end = std::min(text.find(',', begin), text.size());
      std::string part = text.substr(begin, end - begin);
      std::erase(part, ' ');
      result.push_back(std::move(part));
    }
  } else if (dash != std::string::npos) {
    const std::string first = text.substr(0, dash);
    const auto number = parse_svd_number(first);
    for (std::uint64_t i = 0; i < count; ++i) {
      result.push_back(
          number ? fmt::format("{}", *number + i)
                 : std::string(1, static_cast<char>(first.front() + static_cast<int>(i))));
    }
  }
  // What does not fit the count is no help.
  if (result.size() != count) {
    result.clear();
    for (std::uint64_t i = 0; i < count; ++i) result.push_back(fmt::format("{}", i));
  }
  return result;
}

}  // namespace

std::optional<SvdAccess> access_of(const SvdNode& node) {
  static constexpr std::array<std::pair<std::string_view, SvdAccess>, 6> kNames = {{
      {"read-write", SvdAccess::kReadWrite},
      {"read-only", SvdAccess::kReadOnly},
      {"write-only", SvdAccess::kWriteOnly},
      {"writeOnce", SvdAccess::kWriteOnce},
      {"writeonce", SvdAccess::kWriteOnce},
      {"read-writeOnce", SvdAccess::kReadWriteOnce},
  }};
  // In Nordic's files.
  if (node.text("access") == "read-writeonce") return SvdAccess::kReadWriteOnce;
  return choice(node, "access", kNames);
}

std::optional<SvdWrite> write_of(const SvdNode& node) {
  return choice(node, "modifiedWriteValues", kWriteNames);
}

std::optional<SvdWrite> parse_svd_write(std::string_view text) {
  for (const auto& [name, value] : kWriteNames) {
    if (name == text) return value;
  }
  return std::nullopt;
}

std::optional<SvdRead> read_of(const SvdNode& node) {
  static constexpr std::array<std::pair<std::string_view, SvdRead>, 4> kNames = {{
      {"clear", SvdRead::kClear},
      {"set", SvdRead::kSet},
      {"modify", SvdRead::kNone},
      {"modifyExternal", SvdRead::kNone},
  }};
  return choice(node, "readAction", kNames);
}

SvdProperties inherit(const SvdNode& node, SvdProperties from) {
  if (const auto bits = node.number("size")) {
    if (*bits == 0 || *bits > 1024) node.child("size").fail("expected 1 to 1024 bits");
    from.bits = *bits;
  }
  if (const auto reset = node.number("resetValue")) from.reset_value = *reset;
  if (const auto access = access_of(node)) from.access = *access;
  return from;
}

std::vector<SvdCopy> copies(const SvdNode& node, const std::string& name) {
  const auto count = node.number("dim");
  if (!count) return {{name, 0}};
  if (*count == 0 || *count > kLargestDim) {
    node.child("dim").fail(fmt::format("expected 1 to {}, found {}", kLargestDim, *count));
  }
  const std::uint64_t step = node.require_number("dimIncrement");
  std::vector<SvdCopy> result;
  const std::vector<std::string> names = indices(node, *count);
  for (std::uint64_t i = 0; i < *count; ++i) result.push_back({indexed(name, names[i]), i * step});
  return result;
}

}  // namespace tinyscope
