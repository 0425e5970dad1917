// The fields of a report by their JSON keys, in the order in which they are written: one list for
// the writer and for the reader. What each means is in report.hpp and report.schema.json.
//
// An archive has
//   archive(key, value)       a number, boolean, text, row with fields() of its own, list or
//                             optional of these; an Estimate becomes KEY, KEY_low and KEY_high
//   archive.hex(key, address)
//   kReading                  true: it changes the row
#pragma once

#include <concepts>
#include <string>
#include <type_traits>

#include "profiler/report.hpp"

namespace tinyscope {

// A row to write is const, one to read is not.
template <class Row, class Of>
concept RowOf = std::same_as<std::remove_const_t<Row>, Of>;

// --- costs

template <class Archive, RowOf<StallCycles> Row>
void fields(Archive& archive, Row& row) {
  for (std::size_t i = 0; i < kStallCauseCount; ++i) {
    archive(name_of(static_cast<StallCause>(i)), row.by_cause[i]);
  }
}

template <class Archive, RowOf<Statistics> Row>
void fields(Archive& archive, Row& row) {
  archive("mean", row.mean);
  archive("min", row.min);
  archive("max", row.max);
  archive("deviation", row.deviation);
}

template <class Archive, RowOf<TrafficRow> Row>
void fields(Archive& archive, Row& row) {
  archive("region", row.region);
  archive("reads", row.reads);
  archive("writes", row.writes);
  archive("read_bytes", row.read_bytes);
  archive("written_bytes", row.written_bytes);
  archive("working_set_bytes", row.working_set_bytes);
}

template <class Archive, RowOf<CacheRow> Row>
void fields(Archive& archive, Row& row) {
  archive("name", row.name);
  archive("hits", row.hits);
  archive("misses", row.misses);
}

// --- inferences

template <class Archive, RowOf<LayerRow> Row>
void fields(Archive& archive, Row& row) {
  archive("index", row.index);
  archive("op", row.op);
  archive("name", row.name);
  archive("kernel", row.kernel);
  archive("kernel_kind", row.kernel_kind);
  archive("output_shape", row.output_shape);
  archive("macs", row.macs);
  archive("roof_percent", row.roof_percent);
  archive("weight_bytes", row.weight_bytes);
  archive("notes", row.notes);
  archive("cycles", row.cycles);
  archive("stalls", row.stalls);
  archive("instructions", row.instructions);
  archive("stack_peak_bytes", row.stack_peak_bytes);
  archive("arena_live_bytes", row.arena_live_bytes);
  archive("heap_peak_bytes", row.heap_peak_bytes);
  archive("traffic", row.traffic);
  archive("caches", row.caches);
  archive("energy_uj", row.energy_uj);
  archive("start_ns", row.start_ns);
  archive("end_ns", row.end_ns);
}

template <class Archive, RowOf<InferenceRow> Row>
void fields(Archive& archive, Row& row) {
  archive("index", row.index);
  archive("model", row.model);
  archive.hex_or_null("model_address", row.model_address);
  archive("rules", row.rules);
  archive("function", row.function);
  archive("complete", row.complete);
  archive("warm_up", row.warm_up);
  archive("start_cycle", row.start_cycle);
  archive("start_ns", row.start_ns);
  archive("end_ns", row.end_ns);
  archive("cycles", row.cycles);
  archive("own_cycles", row.own_cycles);
  archive("interrupt_cycles", row.interrupt_cycles);
  archive("elapsed_cycles", row.elapsed_cycles);
  archive("stalls", row.stalls);
  archive("instructions", row.instructions);
  archive("stack_peak_bytes", row.stack_peak_bytes);
  archive("energy_uj", row.energy_uj);
  archive("layers", row.layers);
}

template <class Archive, RowOf<InferenceGroup> Row>
void fields(Archive& archive, Row& row) {
  archive("model", row.model);
  archive("function", row.function);
  archive("inferences", row.inferences);
  archive("warm_up", row.warm_up);
  archive("steady", row.steady);
  archive("cycles", row.cycles);
  archive("milliseconds", row.milliseconds);
  archive("energy_uj", row.energy_uj);
  archive("layer_cycles", row.layer_cycles);
}

template <class Archive, RowOf<Roof> Row>
void fields(Archive& archive, Row& row) {
  archive("macs_per_cycle", row.macs_per_cycle);
  archive("text", row.text);
}

// --- interrupts, phases, functions

template <class Archive, RowOf<InterruptRow> Row>
void fields(Archive& archive, Row& row) {
  archive("number", row.number);
  archive("name", row.name);
  archive("count", row.count);
  archive("cycles", row.cycles);
  archive("stalls", row.stalls);
  archive("instructions", row.instructions);
  archive("energy_uj", row.energy_uj);
}

template <class Archive, RowOf<PhaseRow> Row>
void fields(Archive& archive, Row& row) {
  archive("name", row.name);
  archive("count", row.count);
  archive("cycles", row.cycles);
  archive("stalls", row.stalls);
  archive("instructions", row.instructions);
  archive("energy_uj", row.energy_uj);
}

template <class Archive, RowOf<FunctionRow> Row>
void fields(Archive& archive, Row& row) {
  archive("name", row.name);
  archive.hex("address", row.address);
  archive("file", row.file);
  archive("line", row.line);
  archive("calls", row.calls);
  archive("cycles", row.cycles);
  archive("inclusive_cycles", row.inclusive_cycles);
  archive("stalls", row.stalls);
  archive("instructions", row.instructions);
}

template <class Archive, RowOf<CallNode> Row>
void fields(Archive& archive, Row& row) {
  archive("parent", row.parent);
  archive("function", row.function);
  archive.hex("call_site", row.call_site);
  archive("exception", row.exception);
  archive("layer", row.layer);
  archive("calls", row.calls);
  archive("cycles", row.cycles);
  archive("sleep_cycles", row.sleep_cycles);
  archive("instructions", row.instructions);
}

template <class Archive, RowOf<LineRow> Row>
void fields(Archive& archive, Row& row) {
  archive("file", row.file);
  archive("line", row.line);
  archive("function", row.function);
  archive("count", row.count);
  archive("cycles", row.cycles);
  archive("stalls", row.stalls);
}

template <class Archive, RowOf<ThreadRow> Row>
void fields(Archive& archive, Row& row) {
  archive("name", row.name);
  archive("idle", row.idle);
  archive("cycles", row.cycles);
  archive("sleep_cycles", row.sleep_cycles);
  archive("starts", row.starts);
  archive("stack_bytes", row.stack_bytes);
  archive("stack_peak_bytes", row.stack_peak_bytes);
}

template <class Archive, RowOf<ThreadReport> Row>
void fields(Archive& archive, Row& row) {
  archive("rtos", row.rtos);
  archive("handler_cycles", row.handler_cycles);
  archive("rows", row.threads);
}

// --- memory

template <class Archive, RowOf<StackRow> Row>
void fields(Archive& archive, Row& row) {
  archive("name", row.name);
  archive.hex("top", row.top);
  archive("size_bytes", row.size_bytes);
  archive("size_source", row.size_source);
  archive("peak_bytes", row.peak_bytes);
  archive("peak_ns", row.peak_ns);
  archive("path", row.path);
  archive("overflow", row.overflow);
}

template <class Archive, RowOf<HeapSite> Row>
void fields(Archive& archive, Row& row) {
  archive("function", row.function);
  archive("file", row.file);
  archive("line", row.line);
  archive("allocations", row.allocations);
  archive("bytes", row.bytes);
  archive("peak_live_bytes", row.peak_live_bytes);
  archive("live_bytes", row.live_bytes);
}

template <class Archive, RowOf<HeapReport> Row>
void fields(Archive& archive, Row& row) {
  archive("allocator", row.allocator);
  archive("allocations", row.allocations);
  archive("frees", row.frees);
  archive("failures", row.failures);
  archive("live_bytes", row.live_bytes);
  archive("peak_bytes", row.peak_bytes);
  archive("peak_ns", row.peak_ns);
  archive("reserved_bytes", row.reserved_bytes);
  archive("room_bytes", row.room_bytes);
  archive("sites", row.sites);
}

template <class Archive, RowOf<ArenaTensor> Row>
void fields(Archive& archive, Row& row) {
  archive("name", row.name);
  archive("bytes", row.bytes);
  archive("offset", row.offset);
  archive("first_layer", row.first_layer);
  archive("last_layer", row.last_layer);
}

template <class Archive, RowOf<ArenaReport> Row>
void fields(Archive& archive, Row& row) {
  archive("symbol", row.symbol);
  archive.hex("address", row.address);
  archive("bytes", row.bytes);
  archive("used_bytes", row.used_bytes);
  archive("used_source", row.used_source);
  archive("suggested_bytes", row.suggested_bytes);
  archive("tensor_peak_bytes", row.tensor_peak_bytes);
  archive("peak_layer", row.peak_layer);
  archive("tensors", row.tensors);
}

template <class Archive, RowOf<ImagePart> Row>
void fields(Archive& archive, Row& row) {
  archive("name", row.name);
  archive("kind", row.kind);
  archive.hex("address", row.address);
  archive("flash_bytes", row.flash_bytes);
  archive("ram_bytes", row.ram_bytes);
}

template <class Archive, RowOf<MemoryReport> Row>
void fields(Archive& archive, Row& row) {
  archive("flash_bytes", row.flash_bytes);
  archive("flash_total_bytes", row.flash_total_bytes);
  archive("static_ram_bytes", row.static_ram_bytes);
  archive("ram_total_bytes", row.ram_total_bytes);
  archive("stack_peak_bytes", row.stack_peak_bytes);
  archive("arena_bytes", row.arena_bytes);
  archive("arena_symbol", row.arena_symbol);
  archive("ram_peak_bytes", row.ram_peak_bytes);
  archive("ram_peak_ns", row.ram_peak_ns);
  archive("stacks", row.stacks);
  archive("heap", row.heap);
  archive("arena", row.arena);
  archive("sections", row.sections);
  archive("symbols", row.symbols);
  archive("traffic", row.traffic);
  archive("caches", row.caches);
  archive("findings", row.findings);
}

// --- energy

template <class Archive, RowOf<EnergyPart> Row>
void fields(Archive& archive, Row& row) {
  archive("unit", row.unit);
  archive("state", row.state);
  archive("condition", row.condition);
  archive("seconds", row.seconds);
  archive("events", row.events);
  archive("energy_uj", row.uj);
  archive("source", row.source);
}

template <class Archive, RowOf<BatteryReport> Row>
void fields(Archive& archive, Row& row) {
  archive("battery", row.battery);
  archive("capacity_mah", row.capacity_mah);
  archive("capacity_source", row.capacity_source);
  archive("period_seconds", row.period_seconds);
  archive("active_seconds", row.active_seconds);
  archive("sleep_state", row.sleep_state);
  archive("active_uj", row.active_uj);
  archive("sleep_uj", row.sleep_uj);
  archive("sleep_percent", row.sleep_percent);
  archive("life_hours", row.life_hours);
}

template <class Archive, RowOf<EnergyReport> Row>
void fields(Archive& archive, Row& row) {
  archive("total_uj", row.total_uj);
  archive("per_inference_uj", row.per_inference_uj);
  archive("average_mw", row.average_mw);
  archive("supply_volts", row.supply_volts);
  archive("parts", row.parts);
  archive("battery", row.battery);
}

// --- advice, notes

template <class Archive, RowOf<LintRow> Row>
void fields(Archive& archive, Row& row) {
  archive("rule", row.rule);
  archive("text", row.text);
  archive("fix", row.fix);
}

template <class Archive, RowOf<AdviceRow> Row>
void fields(Archive& archive, Row& row) {
  archive("title", row.title);
  archive("text", row.text);
  archive("cycles_saved", row.cycles_saved);
  archive("milliseconds_saved", row.milliseconds_saved);
  archive("uj_saved", row.uj_saved);
  archive("ram_bytes_saved", row.ram_bytes_saved);
  archive("flash_bytes_saved", row.flash_bytes_saved);
  archive("how", row.how);
}

template <class Archive, RowOf<Assumption> Row>
void fields(Archive& archive, Row& row) {
  archive("topic", row.topic);
  archive("text", row.text);
  archive("source", row.source);
}

template <class Archive, RowOf<UnmodelledAccess> Row>
void fields(Archive& archive, Row& row) {
  archive("block", row.block);
  archive("what", row.what);
  archive.hex("address", row.address);
  std::string access = row.write ? "write" : "read";
  archive("access", access);
  if constexpr (Archive::kReading) row.write = access == "write";
  archive.hex("first_value", row.first_value);
  archive("count", row.count);
  archive.hex("last_value", row.last_value);
  archive("fields", row.fields);
  archive("stub", row.stub);
  archive.hex_or_null("pc", row.pc);
  archive("function", row.function);
  archive("file", row.file);
  archive("line", row.line);
}

// --- the whole

template <class Archive, RowOf<ProfileReport::Firmware> Row>
void fields(Archive& archive, Row& row) {
  archive("path", row.path);
  archive("format", row.format);
  archive("sha256", row.sha256);
}

template <class Archive, RowOf<ProfileReport::Host> Row>
void fields(Archive& archive, Row& row) {
  archive("seconds", row.seconds);
  archive("mips", row.mips);
  archive("real_time_factor", row.real_time_factor);
  archive("tinyscope_version", row.tinyscope_version);
}

template <class Archive, RowOf<ProfileReport> Row>
void fields(Archive& archive, Row& row) {
  archive("firmware", row.firmware);
  archive("board", row.board);
  archive("soc", row.soc);
  archive("clock_hz", row.clock_hz);
  archive("total_cycles", row.total_cycles);
  archive("sleep_cycles", row.sleep_cycles);
  archive("simulated_seconds", row.simulated_seconds);
  archive("instructions", row.instructions);
  archive("stalls", row.stalls);
  archive("stop_reason", row.stop_reason);
  archive("exit_code", row.exit_code);
  archive("inferences", row.inferences);
  archive("shown_inference", row.shown_inference);
  archive("groups", row.groups);
  archive("roof", row.roof);
  archive("no_inference", row.no_inference);
  archive("interrupts", row.interrupts);
  archive("interrupt_cycles", row.interrupt_cycles);
  archive("exception_cycles", row.exception_cycles);
  archive("unattributed_cycles", row.unattributed_cycles);
  archive("unattributed_stalls", row.unattributed_stalls);
  archive("phases", row.phases);
  archive("functions", row.functions);
  archive("call_tree", row.call_tree);
  archive("lines", row.lines);
  archive("threads", row.threads);
  archive("memory", row.memory);
  archive("energy", row.energy);
  archive("lint", row.lint);
  archive("advice", row.advice);
  archive("assumptions", row.assumptions);
  archive("unmodelled", row.unmodelled);
  archive("host", row.host);
}

}  // namespace tinyscope
