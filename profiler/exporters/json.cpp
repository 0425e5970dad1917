#include "profiler/exporters/json.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <ostream>

#include "profiler/exporters/json_rows.hpp"
#include "profiler/report_fields.hpp"
#include "sim/error.hpp"

namespace tinyscope {

namespace {

using Json = nlohmann::ordered_json;

class FieldWriter {
 public:
  static constexpr bool kReading = false;

  explicit FieldWriter(Json& object) : object_(object) {}

  template <class T>
  void operator()(std::string_view key, const T& value) {
    object_[std::string(key)] = json_of(value);
  }
  void operator()(std::string_view key, const Estimate& estimate) {
    put(key, estimate.value, estimate.low, estimate.high);
  }
  void operator()(std::string_view key, const std::optional<Estimate>& estimate) {
    if (estimate) {
      (*this)(key, *estimate);
    } else {
      put(key, nullptr, nullptr, nullptr);
    }
  }
  void hex(std::string_view key, Address address) {
    object_[std::string(key)] = fmt::format("{:#010x}", address);
  }
  void hex_or_null(std::string_view key, Address address) {
    if (address != 0) return hex(key, address);
    object_[std::string(key)] = nullptr;
  }

 private:
  template <class T>
  void put(std::string_view key, T value, T low, T high) {
    object_[std::string(key)] = json_of(value);
    object_[std::string(key) + "_low"] = json_of(low);
    object_[std::string(key) + "_high"] = json_of(high);
  }

  template <class T>
  static Json json_of(const T& value) {
    if constexpr (requires(FieldWriter & writer) { fields(writer, value); }) {
      Json object = Json::object();
      FieldWriter writer(object);
      fields(writer, value);
      return object;
    } else {
      return value;
    }
  }
  template <class T>
  static Json json_of(const std::vector<T>& values) {
    Json list = Json::array();
    for (const T& value : values) list.push_back(json_of(value));
    return list;
  }
  template <class T>
  static Json json_of(const std::optional<T>& value) {
    return value ? json_of(*value) : Json(nullptr);
  }
  static Json json_of(KernelKind kind) { return std::string(name_of(kind)); }
  static Json json_of(double value) {
    TINYSCOPE_ASSERT(std::isfinite(value));  // JSON knows no others
    return value;
  }

  Json& object_;
};

}  // namespace

void JsonExporter::write(const ProfileReport& report, std::ostream& out) const {
  Json json;
  json["schema_version"] = kReportSchemaVersion;
  FieldWriter writer(json);
  fields(writer, report);
  constexpr std::size_t kWidth = 110;
  const auto fits = [](const Json&, std::size_t indent, const std::string& line) {
    return indent + line.size() <= kWidth;
  };
  out << json_rows(json, fits) << '\n';
}

}  // namespace tinyscope
