#include "sim/description/toml.hpp"

#include <stdexcept>

// Compiled into this file, so that sanitizers and fuzzers see the parser as well. Its assertions
// can be reached by malformed text ("[="), and in release builds it would take them as promises to
// the optimiser; here they stay active and end as a syntax error.
#undef NDEBUG
#undef TOML_HEADER_ONLY
#undef TOML_SHARED_LIB
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 1
#define TOML_ASSERT(condition) ((condition) ? void(0) : ::tinyscope::toml_assertion_failed())

namespace tinyscope {
struct TomlAssertion : std::runtime_error {
  using std::runtime_error::runtime_error;
};
[[noreturn]] static void toml_assertion_failed() {
  throw TomlAssertion("expected a key or a value; check the brackets and equals signs");
}
}  // namespace tinyscope

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "sim/error.hpp"
#include "sim/file.hpp"
#include "sim/text.hpp"

namespace tinyscope {
namespace {

constexpr std::size_t kLargestFile = 4u << 20;
// Dotted keys nest tables without a limit in the library, and deep tables overflow the stack.
constexpr int kMostDotsInLine = 64;

// Counts dots in strings too: telling them apart would need the parser itself.
void refuse_deep_keys(std::string_view text, std::string_view name) {
  int line = 1;
  int dots = 0;
  bool blank = true;
  bool comment = false;
  for (const char c : text) {
    if (c == '\n') {
      ++line;
      dots = 0;
      blank = true;
      comment = false;
      continue;
    }
    if (blank && c == '#') comment = true;
    if (c != ' ' && c != '\t') blank = false;
    if (!comment && c == '.' && ++dots > kMostDotsInLine) {
      throw InputError(fmt::format("{}:{}: expected at most {} dots in one line; split the line",
                                   name, line, kMostDotsInLine));
    }
  }
}

std::string_view describe(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::none: return "nothing";
    case toml::node_type::table: return "a table";
    case toml::node_type::array: return "an array";
    case toml::node_type::string: return "a string";
    case toml::node_type::integer: return "an integer";
    case toml::node_type::floating_point: return "a decimal number";
    case toml::node_type::boolean: return "a boolean";
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time: return "a date or time";
  }
  return "something else";
}

}  // namespace

struct TomlTable::Node {
  struct Child {
    std::string key;
    std::size_t index = 0;  // within an array of tables
    bool checked_later = false;
    std::shared_ptr<Node> node;
  };

  std::shared_ptr<const toml::table> document;  // keeps `table` alive
  const toml::table* table = nullptr;
  std::string file;
  std::string prefix;  // "power.current." in front of key names in messages
  std::size_t line = 0;
  std::set<std::string> asked;
  std::vector<Child> children;

  std::string where_line(std::size_t at) const {
    return at == 0 ? file : fmt::format("{}:{}", file, at);
  }

  std::size_t line_of(std::string_view key) const {
    const auto found = table->find(key);
    if (found == table->end()) return line;
    if (const std::size_t at = found->first.source().begin.line; at != 0) return at;
    if (const std::size_t at = found->second.source().begin.line; at != 0) return at;
    return line;
  }

  [[noreturn]] void fail(std::string_view key, std::string_view message) const {
    throw InputError(fmt::format("{}: {}{}: {}", where_line(line_of(key)), prefix, key, message));
  }

  [[noreturn]] void fail_type(std::string_view key, std::string_view expected,
                              const toml::node& found) const {
    fail(key, fmt::format("expected {}, found {}", expected, describe(found)));
  }

  const toml::node* ask(std::string_view key) {
    asked.emplace(key);
    return table->get(key);
  }

  std::shared_ptr<Node> child(std::string_view key, std::size_t index, const toml::table& part,
                              bool checked_later) {
    for (const Child& known : children) {
      if (known.key == key && known.index == index) return known.node;
    }
    auto node = std::make_shared<Node>();
    node->document = document;
    node->table = &part;
    node->file = file;
    node->prefix = fmt::format("{}{}.", prefix, key);
    node->line = part.source().begin.line != 0 ? part.source().begin.line : line_of(key);
    children.push_back({std::string(key), index, checked_later, node});
    return node;
  }

  void reject_unknown_keys() const {
    for (const auto& [key, value] : *table) {
      if (asked.contains(std::string(key.str()))) continue;
      const std::vector<std::string> known(asked.begin(), asked.end());
      fail(key.str(), "unknown key" + suggest(key.str(), known));
    }
    for (const Child& part : children) {
      if (!part.checked_later) part.node->reject_unknown_keys();
    }
  }
};

TomlTable::TomlTable(std::shared_ptr<Node> node) : node_(std::move(node)) {}
TomlTable::TomlTable(TomlTable&&) noexcept = default;
TomlTable& TomlTable::operator=(TomlTable&&) noexcept = default;
TomlTable::TomlTable(const TomlTable&) = default;
TomlTable::~TomlTable() = default;

TomlTable TomlTable::from_text(std::string_view text, std::string_view name) {
  refuse_deep_keys(text, name);
  auto node = std::make_shared<Node>();
  node->file = name;
  try {
    node->document = std::make_shared<const toml::table>(toml::parse(text, name));
  } catch (const toml::parse_error& error) {
    throw InputError(
        fmt::format("{}:{}: {}", name, error.source().begin.line, error.description()));
  } catch (const TomlAssertion& error) {
    throw InputError(fmt::format("{}: {}", name, error.what()));
  }
  node->table = node->document.get();
  return TomlTable(std::move(node));
}

TomlTable TomlTable::from_file(const std::filesystem::path& path) {
  const std::vector<std::uint8_t> bytes = read_file(path, kLargestFile);
  return from_text({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path.string());
}

TomlTable TomlTable::empty(std::string_view name) { return from_text({}, name); }

std::optional<std::string> TomlTable::string(std::string_view key) {
  const toml::node* found = node_->ask(key);
  if (found == nullptr) return std::nullopt;
  const auto* value = found->as_string();
  if (value == nullptr) node_->fail_type(key, "a string", *found);
  return value->get();
}

std::optional<std::int64_t> TomlTable::integer(std::string_view key) {
  const toml::node* found = node_->ask(key);
  if (found == nullptr) return std::nullopt;
  const auto* value = found->as_integer();
  if (value == nullptr) node_->fail_type(key, "an integer", *found);
  return value->get();
}

std::optional<double> TomlTable::number(std::string_view key) {
  const toml::node* found = node_->ask(key);
  if (found == nullptr) return std::nullopt;
  if (const auto* whole = found->as_integer()) return static_cast<double>(whole->get());
  const auto* value = found->as_floating_point();
  if (value == nullptr) node_->fail_type(key, "a number", *found);
  if (!std::isfinite(value->get())) node_->fail(key, "expected a finite number");
  return value->get();
}

std::optional<bool> TomlTable::boolean(std::string_view key) {
  const toml::node* found = node_->ask(key);
  if (found == nullptr) return std::nullopt;
  const auto* value = found->as_boolean();
  if (value == nullptr) node_->fail_type(key, "true or false", *found);
  return value->get();
}

std::optional<std::uint32_t> TomlTable::u32(std::string_view key) {
  const auto value = integer(key);
  if (!value) return std::nullopt;
  if (*value < 0 || *value > std::numeric_limits<std::uint32_t>::max()) {
    fail(key, fmt::format("expected 0 to 0xFFFFFFFF, found {}", *value));
  }
  return static_cast<std::uint32_t>(*value);
}

std::optional<TomlTable> TomlTable::table(std::string_view key) {
  const toml::node* found = node_->ask(key);
  if (found == nullptr) return std::nullopt;
  const auto* part = found->as_table();
  if (part == nullptr) node_->fail_type(key, "a table", *found);
  return TomlTable(node_->child(key, 0, *part, false));
}

std::optional<TomlTable> TomlTable::table_for_later(std::string_view key) {
  const toml::node* found = node_->ask(key);
  if (found == nullptr) return std::nullopt;
  const auto* part = found->as_table();
  if (part == nullptr) node_->fail_type(key, "a table", *found);
  return TomlTable(node_->child(key, 0, *part, true));
}

std::vector<TomlTable> TomlTable::tables(std::string_view key) {
  std::vector<TomlTable> parts;
  const toml::node* found = node_->ask(key);
  if (found == nullptr) return parts;
  const std::string expected = fmt::format("an array of tables, [[{}{}]]", node_->prefix, key);
  const auto* array = found->as_array();
  if (array == nullptr) node_->fail_type(key, expected, *found);
  for (std::size_t i = 0; i < array->size(); ++i) {
    const auto* part = (*array)[i].as_table();
    if (part == nullptr) node_->fail_type(key, expected, (*array)[i]);
    parts.push_back(TomlTable(node_->child(key, i, *part, false)));
  }
  return parts;
}

std::vector<std::string> TomlTable::strings(std::string_view key) {
  std::vector<std::string> values;
  const toml::node* found = node_->ask(key);
  if (found == nullptr) return values;
  const auto* array = found->as_array();
  if (array == nullptr) node_->fail_type(key, "an array of strings", *found);
  for (const toml::node& item : *array) {
    const auto* value = item.as_string();
    if (value == nullptr) node_->fail_type(key, "an array of strings", item);
    values.push_back(value->get());
  }
  return values;
}

namespace {
template <class T>
T require(const TomlTable& table, std::string_view key, std::optional<T> value) {
  if (value) return *std::move(value);
  const std::string similar = closest_match(key, table.keys());
  table.fail(key, similar.empty() ? "is missing; add it"
                                  : fmt::format("is missing; is '{}' meant?", similar));
}
}  // namespace

std::string TomlTable::require_string(std::string_view key) {
  return require(*this, key, string(key));
}
std::int64_t TomlTable::require_integer(std::string_view key) {
  return require(*this, key, integer(key));
}
double TomlTable::require_number(std::string_view key) { return require(*this, key, number(key)); }
std::uint32_t TomlTable::require_u32(std::string_view key) { return require(*this, key, u32(key)); }

std::vector<std::string> TomlTable::keys() const {
  struct Place {
    std::string key;
    toml::source_position at;
  };
  std::vector<Place> places;
  for (const auto& [key, value] : *node_->table) {
    places.push_back({std::string(key.str()), key.source().begin});
  }
  std::stable_sort(places.begin(), places.end(),
                   [](const Place& a, const Place& b) { return a.at < b.at; });
  std::vector<std::string> names;
  for (Place& place : places) names.push_back(std::move(place.key));
  return names;
}

bool TomlTable::contains(std::string_view key) const { return node_->table->contains(key); }

std::optional<TomlType> TomlTable::type(std::string_view key) const {
  const toml::node* found = node_->table->get(key);
  if (found == nullptr) return std::nullopt;
  switch (found->type()) {
    case toml::node_type::none: return std::nullopt;
    case toml::node_type::table: return TomlType::kTable;
    case toml::node_type::array: return TomlType::kArray;
    case toml::node_type::string: return TomlType::kString;
    case toml::node_type::integer: return TomlType::kInteger;
    case toml::node_type::floating_point: return TomlType::kNumber;
    case toml::node_type::boolean: return TomlType::kBoolean;
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time: return TomlType::kDate;
  }
  return std::nullopt;
}

void TomlTable::reject_unknown_keys() const { node_->reject_unknown_keys(); }

std::string TomlTable::where() const { return node_->where_line(node_->line); }
std::string TomlTable::where(std::string_view key) const {
  return node_->where_line(node_->line_of(key));
}
void TomlTable::fail(std::string_view key, std::string_view message) const {
  node_->fail(key, message);
}

}  // namespace tinyscope
