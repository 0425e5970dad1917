#include "profiler/exporters/json.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>

namespace tinyscope {

namespace {

using Json = nlohmann::ordered_json;

std::string hex(Address address) { return fmt::format("{:#010x}", address); }

// "energy_uj" with its bounds beside it.
void put_energy(Json& json, const std::string& key, const Estimate& energy) {
  json[key] = energy.value;
  json[key + "_low"] = energy.low;
  json[key + "_high"] = energy.high;
}

Json stalls(const StallCycles& cycles) {
  Json json = Json::object();
  for (std::size_t i = 0; i < kStallCauseCount; ++i) {
    const auto cause = static_cast<StallCause>(i);
    json[std::string(name_of(cause))] = cycles[cause];
  }
  return json;
}

Json layer(const LayerRow& row) {
  Json json;
  json["index"] = row.index;
  json["op"] = row.op;
  json["name"] = row.name;
  json["kernel"] = row.kernel;
  json["output_shape"] = row.output_shape;
  json["macs"] = row.macs ? Json(*row.macs) : Json(nullptr);
  json["cycles"] = row.cycles;
  json["stalls"] = stalls(row.stalls);
  json["instructions"] = row.instructions;
  json["stack_peak_bytes"] = row.stack_peak_bytes;
  put_energy(json, "energy_uj", row.energy_uj);
  return json;
}

Json inference(const InferenceRow& row) {
  Json json;
  json["index"] = row.index;
  json["model"] = row.model;
  json["model_address"] = row.model_address != 0 ? Json(hex(row.model_address)) : Json(nullptr);
  json["rules"] = row.rules;
  json["function"] = row.function;
  json["complete"] = row.complete;
  json["start_cycle"] = row.start_cycle;
  json["cycles"] = row.cycles;
  json["own_cycles"] = row.own_cycles;
  json["interrupt_cycles"] = row.interrupt_cycles;
  json["elapsed_cycles"] = row.elapsed_cycles;
  json["stalls"] = stalls(row.stalls);
  json["instructions"] = row.instructions;
  json["stack_peak_bytes"] = row.stack_peak_bytes;
  put_energy(json, "energy_uj", row.energy_uj);
  json["layers"] = Json::array();
  for (const LayerRow& part : row.layers) json["layers"].push_back(layer(part));
  return json;
}

Json interrupt(const InterruptRow& row) {
  Json json;
  json["number"] = row.number;
  json["name"] = row.name;
  json["count"] = row.count;
  json["cycles"] = row.cycles;
  json["stalls"] = stalls(row.stalls);
  json["instructions"] = row.instructions;
  put_energy(json, "energy_uj", row.energy_uj);
  return json;
}

Json threads(const ThreadReport& report) {
  Json json;
  json["rtos"] = report.rtos;
  json["handler_cycles"] = report.handler_cycles;
  json["rows"] = Json::array();
  for (const ThreadRow& row : report.threads) {
    json["rows"].push_back({{"name", row.name},
                            {"idle", row.idle},
                            {"cycles", row.cycles},
                            {"sleep_cycles", row.sleep_cycles},
                            {"starts", row.starts},
                            {"stack_bytes", row.stack_bytes},
                            {"stack_peak_bytes", row.stack_peak_bytes}});
  }
  return json;
}

Json memory(const MemoryReport& report) {
  Json json;
  json["flash_bytes"] = report.flash_bytes;
  json["flash_total_bytes"] = report.flash_total_bytes;
  json["static_ram_bytes"] = report.static_ram_bytes;
  json["ram_total_bytes"] = report.ram_total_bytes;
  json["stack_peak_bytes"] = report.stack_peak_bytes;
  json["arena_bytes"] = report.arena_bytes;
  json["arena_symbol"] = report.arena_symbol;
  return json;
}

Json energy(const EnergyReport& report) {
  Json json;
  put_energy(json, "total_uj", report.total_uj);
  if (report.per_inference_uj) {
    put_energy(json, "per_inference_uj", *report.per_inference_uj);
  } else {
    json["per_inference_uj"] = nullptr;
  }
  json["supply_volts"] = report.supply_volts;
  json["parts"] = Json::array();
  for (const EnergyPart& part : report.parts) {
    Json item;
    item["unit"] = part.unit;
    item["state"] = part.state;
    item["condition"] = part.condition;
    item["seconds"] = part.seconds;
    put_energy(item, "energy_uj", part.uj);
    item["source"] = part.source;
    json["parts"].push_back(std::move(item));
  }
  return json;
}

void put_notes(Json& json, const ProfileReport& report) {
  json["assumptions"] = Json::array();
  for (const Assumption& assumption : report.assumptions) {
    json["assumptions"].push_back(
        {{"topic", assumption.topic}, {"text", assumption.text}, {"source", assumption.source}});
  }
  json["unmodelled"] = Json::array();
  for (const UnmodelledAccess& access : report.unmodelled) {
    json["unmodelled"].push_back({{"block", access.block},
                                  {"what", access.what},
                                  {"address", hex(access.address)},
                                  {"access", access.write ? "write" : "read"},
                                  {"first_value", hex(access.first_value)},
                                  {"count", access.count}});
  }
}

}  // namespace

void JsonExporter::write(const ProfileReport& report, std::ostream& out) const {
  Json json;
  json["schema_version"] = kReportSchemaVersion;
  json["firmware"] = {{"path", report.firmware.path},
                      {"format", report.firmware.format},
                      {"sha256", report.firmware.sha256}};
  json["board"] = report.board;
  json["soc"] = report.soc;
  json["clock_hz"] = report.clock_hz;
  json["total_cycles"] = report.total_cycles;
  json["sleep_cycles"] = report.sleep_cycles;
  json["simulated_seconds"] = report.simulated_seconds;
  json["instructions"] = report.instructions;
  json["stalls"] = stalls(report.stalls);
  json["stop_reason"] = report.stop_reason;
  json["exit_code"] = report.exit_code;
  json["inferences"] = Json::array();
  for (const InferenceRow& row : report.inferences) json["inferences"].push_back(inference(row));
  json["no_inference"] = report.no_inference;
  json["interrupts"] = Json::array();
  for (const InterruptRow& row : report.interrupts) json["interrupts"].push_back(interrupt(row));
  json["interrupt_cycles"] = report.interrupt_cycles;
  json["unattributed_cycles"] = report.unattributed_cycles;
  json["unattributed_stalls"] = stalls(report.unattributed_stalls);
  json["functions"] = Json::array();
  for (const FunctionRow& row : report.functions) {
    json["functions"].push_back(
        {{"name", row.name}, {"address", hex(row.address)}, {"cycles", row.cycles}});
  }
  json["threads"] = threads(report.threads);
  json["memory"] = memory(report.memory);
  json["energy"] = energy(report.energy);
  put_notes(json, report);
  json["host"] = {{"seconds", report.host.seconds},
                  {"mips", report.host.mips},
                  {"real_time_factor", report.host.real_time_factor},
                  {"tinyscope_version", report.host.tinyscope_version}};
  // Names come from the firmware and need not be valid UTF-8.
  out << json.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

}  // namespace tinyscope
