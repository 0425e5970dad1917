#include "profiler/budget/baseline_file.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <ostream>

#include "profiler/exporters/json_rows.hpp"
#include "sim/error.hpp"
#include "sim/file.hpp"

namespace tinyscope {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLargestFile = 64u << 20;

// Whole numbers as such: they are exact, and shorter.
Json number(double value) {
  if (std::abs(value) < 1e15 && value == std::floor(value)) return static_cast<std::int64_t>(value);
  return value;
}

void put_metrics(Json& json, const MeasuredRow& row) {
  for (const MetricKind& kind : metric_kinds(row.scope)) {
    const Metric* const metric = row.find(kind.name);
    if (metric == nullptr) continue;
    const std::string name(kind.name);
    json[name] = number(metric->value);
    if (!kind.estimate) continue;
    json[name + "_low"] = number(metric->low);
    json[name + "_high"] = number(metric->high);
  }
}

Json layer_json(const LayerRow& layer, const MeasuredRow& row) {
  Json json{{"index", layer.index},
            {"op", layer.op},
            {"name", layer.name},
            {"kernel", layer.kernel},
            {"output_shape", layer.output_shape}};
  put_metrics(json, row);
  return json;
}

// Reads rows; `json.at()` throws if a key is missing, `get` if it has another type.
class Reader {
 public:
  explicit Reader(const Json& json) : json_(json) {}

  RunMeasurements read() {
    const Json& firmware = json_.at("firmware");
    out_.firmware.path = firmware.at("path").get<std::string>();
    out_.firmware.sha256 = firmware.at("sha256").get<std::string>();
    out_.board = json_.at("board").get<std::string>();
    out_.clock_hz = json_.at("clock_hz").get<std::uint64_t>();
    add(Scope::kRun, json_.at("metrics")).name = "";
    for (const Json& model : json_.at("models")) {
      ModelLayers& layers = out_.models.emplace_back();
      layers.model = model.at("model").get<std::string>();
      layers.function = model.at("function").get<std::string>();
      for (const Json& layer : model.at("layers")) layers.layers.push_back(layer_row(layer));
    }
    for (std::size_t i = 0; i < out_.models.size(); ++i) add_model(i, json_.at("models").at(i));
    for (const Json& phase : json_.at("phases")) {
      MeasuredRow& row = add(Scope::kPhase, phase);
      row.name = phase.at("name").get<std::string>();
      row.matches = {row.name};
    }
    return std::move(out_);
  }

 private:
  static LayerRow layer_row(const Json& json) {
    LayerRow row;
    row.index = json.at("index").get<unsigned>();
    row.op = json.at("op").get<std::string>();
    row.name = json.at("name").get<std::string>();
    row.kernel = json.at("kernel").get<std::string>();
    row.output_shape = json.at("output_shape").get<std::vector<int>>();
    return row;
  }

  MeasuredRow& add(Scope scope, const Json& json) {
    MeasuredRow& row = out_.rows.emplace_back();
    row.scope = scope;
    for (const MetricKind& kind : metric_kinds(scope)) {
      const std::string name(kind.name);
      if (!json.contains(name)) continue;
      const double value = json.at(name).get<double>();
      const double low = kind.estimate ? json.at(name + "_low").get<double>() : value;
      const double high = kind.estimate ? json.at(name + "_high").get<double>() : value;
      row.metrics.push_back({kind.name, value, low, high});
    }
    return row;
  }

  void add_model(std::size_t index, const Json& json) {
    const ModelLayers& model = out_.models[index];
    MeasuredRow& row = add(Scope::kModel, json.at("metrics"));
    row.name = model.model;
    row.matches = {model.model, model.function};
    row.model = index;
    for (std::size_t i = 0; i < model.layers.size(); ++i) {
      MeasuredRow& layer = add(Scope::kLayer, json.at("layers").at(i));
      layer.name = layer_name(out_, index, i);
      layer.matches = layer_matches(model.layers[i]);
      layer.model = index;
      layer.layer = i;
    }
  }

  const Json& json_;
  RunMeasurements out_;
};

}  // namespace

void write_baseline(const RunMeasurements& of, std::ostream& out) {
  Json json;
  json["baseline_schema_version"] = kBaselineSchemaVersion;
  json["firmware"] = {{"path", of.firmware.path}, {"sha256", of.firmware.sha256}};
  json["board"] = of.board;
  json["clock_hz"] = of.clock_hz;
  json["metrics"] = Json::object();
  json["models"] = Json::array();
  json["phases"] = Json::array();
  for (const MeasuredRow& row : of.rows) {
    if (row.scope == Scope::kRun) put_metrics(json["metrics"], row);
    if (row.scope == Scope::kModel) {
      const ModelLayers& model = of.models[row.model];
      Json entry{{"model", model.model}, {"function", model.function}};
      entry["metrics"] = Json::object();
      put_metrics(entry["metrics"], row);
      entry["layers"] = Json::array();
      json["models"].push_back(std::move(entry));
    }
    if (row.scope == Scope::kLayer) {
      json["models"][row.model]["layers"].push_back(
          layer_json(of.models[row.model].layers[row.layer], row));
    }
    if (row.scope == Scope::kPhase) {
      Json entry{{"name", row.name}};
      put_metrics(entry, row);
      json["phases"].push_back(std::move(entry));
    }
  }
  // Layers and phases, which have names, and lists of numbers: one line changes where one did.
  const auto is_row = [](const Json& value, std::size_t, const std::string&) {
    return value.empty() || value.contains("name") || (value.is_array() && !value[0].is_object());
  };
  out << json_rows(json, is_row) << '\n';
}

RunMeasurements parse_baseline(std::string_view text, std::string_view name) {
  constexpr const char* kRemedy = "write it anew with `tinyscope baseline update`";
  try {
    const Json json = Json::parse(text);
    if (!json.is_object() || !json.contains("baseline_schema_version")) {
      throw InputError(fmt::format("{}: expected a baseline; {}", name, kRemedy));
    }
    const int version = json.at("baseline_schema_version").get<int>();
    if (version != kBaselineSchemaVersion) {
      throw InputError(fmt::format("{}: baseline of schema version {}, expected {}; {}", name,
                                   version, kBaselineSchemaVersion, kRemedy));
    }
    return Reader(json).read();
  } catch (const Json::exception& error) {
    throw InputError(fmt::format("{}: damaged baseline: {}; {}", name, error.what(), kRemedy));
  }
}

RunMeasurements read_baseline(const std::filesystem::path& path) {
  const std::vector<std::uint8_t> bytes = read_file(path, kLargestFile);
  return parse_baseline({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path.string());
}

}  // namespace tinyscope
