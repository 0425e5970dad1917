#include "profiler/report_reader.hpp"

#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>

#include "profiler/report_fields.hpp"
#include "sim/error.hpp"
#include "sim/file.hpp"

namespace tinyscope {

namespace {

using Json = nlohmann::json;

constexpr std::size_t kLargestReport = 1u << 30;

// Where in the file something stands; a chain up to the whole, so that it costs nothing until
// somebody asks.
struct Place {
  const Place* outer = nullptr;
  std::string_view key = {};
  std::size_t index = 0;  // in a list; only where there is no key

  std::string text() const {
    if (outer == nullptr) return "";
    const std::string before = outer->text();
    if (key.empty()) return fmt::format("{}[{}]", before, index);
    return before.empty() ? std::string(key) : fmt::format("{}.{}", before, key);
  }
};

class FieldReader {
 public:
  static constexpr bool kReading = true;

  FieldReader(const Json& object, const Place& place, std::string_view file)
      : object_(object), place_(place), file_(file) {
    if (!object.is_object()) refuse(place, "an object");
  }

  template <class T>
  void operator()(std::string_view key, T& value) {
    const Place place{&place_, key};
    read(member(key, place), place, value);
  }
  void operator()(std::string_view key, Estimate& estimate) {
    const std::string name(key);
    (*this)(name, estimate.value);
    (*this)(name + "_low", estimate.low);
    (*this)(name + "_high", estimate.high);
  }
  void operator()(std::string_view key, std::optional<Estimate>& estimate) {
    const Place place{&place_, key};
    if (member(key, place).is_null()) return;
    (*this)(key, estimate.emplace());
  }
  void hex(std::string_view key, Address& address) {
    const Place place{&place_, key};
    std::string text;
    read(member(key, place), place, text);
    const char* const end = text.data() + text.size();
    const bool prefixed = text.starts_with("0x") && text.size() > 2;
    const auto result = std::from_chars(text.data() + (prefixed ? 2 : 0), end, address, 16);
    if (!prefixed || result.ec != std::errc{} || result.ptr != end) {
      refuse(place, "an address such as \"0x00001234\"");
    }
  }
  void hex_or_null(std::string_view key, Address& address) {
    if (!member(key, {&place_, key}).is_null()) hex(key, address);
  }

 private:
  [[noreturn]] void refuse(const Place& place, std::string_view expected) const {
    throw InputError(fmt::format(
        "{}: {}: expected {}; give a report that `tinyscope profile --json` of this version wrote",
        file_, place.text(), expected));
  }

  const Json& member(std::string_view key, const Place& place) const {
    const auto found = object_.find(std::string(key));
    if (found == object_.end()) refuse(place, "a value, but it is missing");
    return *found;
  }

  template <class T>
  void read(const Json& json, const Place& place, T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      if (!json.is_boolean()) refuse(place, "true or false");
      value = json.get<bool>();
    } else if constexpr (std::is_integral_v<T>) {
      read_integer(json, place, value);
    } else if constexpr (std::is_floating_point_v<T>) {
      if (!json.is_number()) refuse(place, "a number");
      value = json.get<T>();
    } else {
      FieldReader reader(json, place, file_);
      fields(reader, value);
    }
  }
  template <class T>
  void read_integer(const Json& json, const Place& place, T& value) {
    const auto fits = [&] {
      if (json.is_number_unsigned()) return std::in_range<T>(json.get<std::uint64_t>());
      return json.is_number_integer() && std::in_range<T>(json.get<std::int64_t>());
    };
    if (!fits()) {
      refuse(place, fmt::format("a whole number from {} to {}", std::numeric_limits<T>::min(),
                                std::numeric_limits<T>::max()));
    }
    value = json.get<T>();
  }
  void read(const Json& json, const Place& place, std::string& value) {
    if (!json.is_string()) refuse(place, "a text");
    value = json.get<std::string>();
  }
  void read(const Json& json, const Place& place, KernelKind& kind) {
    std::string name;
    read(json, place, name);
    for (const KernelKind known : {KernelKind::kUnknown, KernelKind::kReference,
                                   KernelKind::kOptimised, KernelKind::kFloat}) {
      if (name != name_of(known)) continue;
      kind = known;
      return;
    }
    refuse(place, "unknown, reference, optimised or float");
  }
  template <class T>
  void read(const Json& json, const Place& place, std::vector<T>& values) {
    if (!json.is_array()) refuse(place, "a list");
    values.resize(json.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      read(json[i], Place{&place, {}, i}, values[i]);
    }
  }
  template <class T>
  void read(const Json& json, const Place& place, std::optional<T>& value) {
    if (!json.is_null()) read(json, place, value.emplace());
  }

  const Json& object_;
  const Place& place_;
  std::string_view file_;
};

void require_version(const Json& json, std::string_view name) {
  const auto version = json.is_object() ? json.find("schema_version") : json.end();
  if (!json.is_object() || version == json.end() || !json.contains("firmware")) {
    throw InputError(fmt::format(
        "{}: is not a report of tinyscope; expected a file that `tinyscope profile --json` wrote",
        name));
  }
  if (*version == kReportSchemaVersion) return;
  throw InputError(fmt::format(
      "{}: is a report of schema version {}, expected {}; profile again with this tinyscope", name,
      version->dump(), kReportSchemaVersion));
}

// The tree and its functions refer to one another; whoever follows them need not check again.
void require_sound_tree(const ProfileReport& report, std::string_view name) {
  for (std::size_t i = 0; i < report.call_tree.size(); ++i) {
    const CallNode& node = report.call_tree[i];
    if (node.function < report.functions.size() && node.parent >= -1 &&
        node.parent < static_cast<std::int64_t>(i)) {
      continue;
    }
    throw InputError(fmt::format(
        "{}: call_tree[{}]: expected a parent before it and a function of the list", name, i));
  }
}

}  // namespace

ProfileReport parse_report(std::string_view text, std::string_view name) {
  const Json json = [&] {
    try {
      return Json::parse(text);
    } catch (const Json::parse_error& error) {
      throw InputError(fmt::format(
          "{}: is not JSON (byte {}); expected a report that `tinyscope profile --json` wrote",
          name, error.byte));
    } catch (const Json::out_of_range&) {
      throw InputError(fmt::format("{}: has a number that is too large for any report", name));
    }
  }();
  require_version(json, name);
  ProfileReport report;
  const Place whole;
  FieldReader reader(json, whole, name);
  fields(reader, report);
  require_sound_tree(report, name);
  return report;
}

ProfileReport read_report(const std::filesystem::path& path) {
  const std::vector<std::uint8_t> bytes = read_file(path, kLargestReport);
  return parse_report({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path.string());
}

}  // namespace tinyscope
