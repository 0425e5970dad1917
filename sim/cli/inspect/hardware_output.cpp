// The report on needed hardware as tables and as JSON.
#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>

#include "profiler/exporters/text_table.hpp"
#include "sim/cli/inspect/hardware_report.hpp"

namespace tinyscope {
namespace {

constexpr std::size_t kWidth = 140;
constexpr std::size_t kMostPrinted = 400;  // characters of the console

std::string place_text(const SourceFrame& place) {
  if (place.function.empty()) return "";
  if (place.file.empty()) return printable(place.function);
  return printable(fmt::format("{} ({}:{})", place.function,
                               std::filesystem::path(place.file).filename().string(), place.line));
}

void write_peripherals(const HardwareReport& report, std::ostream& out) {
  TextTable table({{"peripheral", TextTable::Align::kLeft},
                   {"base", TextTable::Align::kLeft},
                   {"status", TextTable::Align::kLeft},
                   {"model", TextTable::Align::kLeft},
                   {"registers"},
                   {"reads"},
                   {"writes"}});
  for (const PeripheralRow& row : report.peripherals) {
    std::uint64_t reads = 0, writes = 0;
    for (const RegisterRow& reg : row.registers) {
      reads += reg.reads;
      writes += reg.writes;
    }
    table.row({printable(row.name), fmt::format("{:#010x}", row.base),
               row.status == HardwareStatus::kUnmodelled && !row.model.empty()
                   ? "in part"
                   : std::string(name_of(row.status)),
               row.model, fmt::format("{}", row.registers.size()),
               reads + writes == 0 ? "in code" : fmt::format("{}", reads),
               reads + writes == 0 ? "only" : fmt::format("{}", writes)});
  }
  out << "\nHardware that the firmware needs\n";
  table.write(out, kWidth);
}

void write_registers(const HardwareReport& report, std::ostream& out) {
  TextTable table({{"register", TextTable::Align::kLeft, 12},
                   {"address", TextTable::Align::kLeft},
                   {"status", TextTable::Align::kLeft},
                   {"reads"},
                   {"writes"},
                   {"last value"},
                   {"bits set in it", TextTable::Align::kLeft, 14},
                   {"first in", TextTable::Align::kLeft, 12}});
  bool any = false;
  for (const PeripheralRow& row : report.peripherals) {
    for (const RegisterRow& reg : row.registers) {
      if (reg.status == HardwareStatus::kModelled) continue;
      any = true;
      const bool used = reg.reads + reg.writes != 0;
      table.row({printable(fmt::format("{} {}", row.name, reg.name)),
                 fmt::format("{:#010x}", reg.address), std::string(name_of(reg.status)),
                 used ? fmt::format("{}", reg.reads) : "",
                 used ? fmt::format("{}", reg.writes) : "",
                 used ? fmt::format("{:#x}", reg.last_value) : "in code", printable(reg.fields),
                 place_text(reg.place)});
    }
  }
  if (!any) {
    out << "\nAll registers that it needs are modelled.\n";
    return;
  }
  out << "\nRegisters that are not modelled\n";
  table.write(out, kWidth);
}

void write_waits(const HardwareReport& report, std::ostream& out) {
  if (report.waits.empty()) return;
  out << "\nPolled for long, always with the same value\n";
  for (const WaitRow& wait : report.waits) {
    out << fmt::format("  {} = {:#x}: {} reads from {:.6f} s to {:.6f} s, in {}\n", wait.name(),
                       wait.poll.value, wait.poll.count, wait.poll.since.seconds(),
                       wait.poll.last.seconds(), place_text(wait.place));
  }
}

nlohmann::ordered_json place_json(const SourceFrame& place) {
  return {{"function", place.function}, {"file", place.file}, {"line", place.line}};
}

std::string hex(std::uint32_t value) { return fmt::format("{:#010x}", value); }

}  // namespace

void write_hardware(const HardwareReport& report, std::ostream& out) {
  out << fmt::format("run      {:.6f} s, {} cycles: {}\n", report.end.seconds(), report.cycles,
                     report.stopped);
  for (const std::string& finding : report.findings) {
    out << fmt::format("stopped  {}\n", printable(finding));
  }
  if (!report.printed.empty()) {
    const std::string text = report.printed.substr(0, kMostPrinted);
    out << fmt::format("printed  {} characters:", report.printed.size());
    bool line_start = true;
    for (const char c : text) {
      if (c == '\r') continue;
      if (line_start) out << "\n  | ";
      line_start = c == '\n';
      if (!line_start) out << printable(std::string(1, c));
    }
    out << (text.size() < report.printed.size() ? " ...\n" : "\n");
  }
  write_peripherals(report, out);
  write_registers(report, out);
  write_waits(report, out);
}

nlohmann::ordered_json hardware_json(const HardwareReport& report) {
  nlohmann::ordered_json json;
  json["schema_version"] = 1;
  json["seconds"] = report.end.seconds();
  json["cycles"] = report.cycles;
  json["stopped"] = report.stopped;
  json["findings"] = report.findings;
  json["printed"] = printable(report.printed);
  json["peripherals"] = nlohmann::ordered_json::array();
  for (const PeripheralRow& row : report.peripherals) {
    nlohmann::ordered_json peripheral = {{"name", row.name},
                                         {"base", hex(row.base)},
                                         {"status", name_of(row.status)},
                                         {"model", row.model}};
    peripheral["registers"] = nlohmann::ordered_json::array();
    for (const RegisterRow& reg : row.registers) {
      nlohmann::ordered_json each = {{"name", reg.name},
                                     {"address", hex(reg.address)},
                                     {"status", name_of(reg.status)},
                                     {"reads", reg.reads},
                                     {"writes", reg.writes},
                                     {"last_value", hex(reg.last_value)},
                                     {"fields", reg.fields},
                                     {"in_code", reg.in_code}};
      each["pc"] = reg.pc == 0 ? nlohmann::ordered_json() : nlohmann::ordered_json(hex(reg.pc));
      each.update(place_json(reg.place));
      peripheral["registers"].push_back(std::move(each));
    }
    json["peripherals"].push_back(std::move(peripheral));
  }
  json["waits"] = nlohmann::ordered_json::array();
  for (const WaitRow& wait : report.waits) {
    nlohmann::ordered_json each = {{"register", wait.reg},
                                   {"address", hex(wait.poll.address)},
                                   {"bits", wait.bits},
                                   {"mask", hex(wait.mask)},
                                   {"value", hex(wait.poll.value)},
                                   {"reads", wait.poll.count},
                                   {"from_seconds", wait.poll.since.seconds()},
                                   {"to_seconds", wait.poll.last.seconds()},
                                   {"to_the_end", wait.to_the_end},
                                   {"pc", hex(wait.poll.pc)}};
    each.update(place_json(wait.place));
    json["waits"].push_back(std::move(each));
  }
  return json;
}

}  // namespace tinyscope
