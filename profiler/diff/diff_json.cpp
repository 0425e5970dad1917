#include <nlohmann/json.hpp>
#include <ostream>

#include "profiler/diff/diff_writers.hpp"

namespace tinyscope {
namespace {

using Json = nlohmann::ordered_json;

Json change(const Change& values) {
  Json json;
  json["before"] = values.before;
  json["after"] = values.after;
  json["change"] = values.difference();
  json["percent"] = values.percent() ? Json(*values.percent()) : Json();
  return json;
}

Json stalls(const StallChanges& changes) {
  Json json;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    json[std::string(name_of(static_cast<StallCause>(i)))] = change(changes[i]);
  }
  return json;
}

Json index(const std::optional<unsigned>& value) { return value ? Json(*value) : Json(); }

Json side(const ReportSide& report) {
  return {{"report", report.name},
          {"firmware", report.firmware},
          {"board", report.board},
          {"clock_hz", report.clock_hz}};
}

Json quantities(const std::vector<QuantityDiff>& rows) {
  Json json = Json::array();
  for (const QuantityDiff& row : rows) {
    Json entry{{"name", row.name}, {"unit", row.unit}};
    entry.update(change(row.change));
    json.push_back(std::move(entry));
  }
  return json;
}

Json layer(const LayerDiff& row) {
  return {{"index_before", index(row.index_before)},
          {"index_after", index(row.index_after)},
          {"op", row.op},
          {"name", row.name},
          {"kernel_before", row.kernel_before},
          {"kernel_after", row.kernel_after},
          {"cycles", change(row.cycles)},
          {"energy_uj", change(row.energy_uj)},
          {"stack_bytes", change(row.stack_bytes)},
          {"arena_bytes", change(row.arena_bytes)},
          {"weight_bytes", change(row.weight_bytes)},
          {"stalls", stalls(row.stalls)}};
}

}  // namespace

void write_diff_json(const ReportDiff& diff, std::ostream& out) {
  Json json;
  json["before"] = side(diff.before);
  json["after"] = side(diff.after);
  json["warnings"] = diff.warnings;
  json["inferences"] = Json::array();
  for (const GroupDiff& group : diff.groups) {
    Json entry{{"model", group.model},
               {"function", group.function},
               {"inferences_before", group.inferences_before},
               {"inferences_after", group.inferences_after},
               {"cycles", change(group.cycles)},
               {"milliseconds", change(group.milliseconds)},
               {"energy_uj", change(group.energy_uj)},
               {"stalls", stalls(group.stalls)}};
    entry["layers"] = Json::array();
    for (const LayerDiff& row : group.layers) entry["layers"].push_back(layer(row));
    json["inferences"].push_back(std::move(entry));
  }
  json["memory"] = quantities(diff.memory);
  json["run"] = quantities(diff.run);
  json["functions"] = Json::array();
  for (const FunctionDiff& row : diff.functions) {
    json["functions"].push_back({{"name", row.name},
                                 {"cycles", change(row.cycles)},
                                 {"inclusive_cycles", change(row.inclusive_cycles)},
                                 {"calls", change(row.calls)}});
  }
  // Names come from images and may hold any byte.
  out << json.dump(1, ' ', false, Json::error_handler_t::replace) << '\n';
}

}  // namespace tinyscope
