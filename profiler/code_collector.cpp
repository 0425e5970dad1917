#include "profiler/code_collector.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "sim/error.hpp"
#include "sim/image/source_frames.hpp"

namespace tinyscope {
namespace {

// Which function the code at an address belongs to. Where there are no symbols a function is known
// by its entry alone, and reaches to the next one.
class Entries {
 public:
  Entries(const FunctionTable& functions, const ProfileReport& report) : functions_(functions) {
    for (const FunctionRow& row : report.functions) entries_.push_back(row.address);
    std::sort(entries_.begin(), entries_.end());
  }
  Address function_of(Address address) const {
    const CodeRange range = functions_.range(address);
    if (range.named) return range.begin;
    const auto after = std::upper_bound(entries_.begin(), entries_.end(), address);
    const bool known = after != entries_.begin() && range.contains(*std::prev(after));
    return known ? *std::prev(after) : range.begin;
  }

 private:
  const FunctionTable& functions_;
  std::vector<Address> entries_;
};

void fill_insns(const std::vector<InsnCount>& counts, const FirmwareImage& image,
                const FunctionTable& functions, ProfileReport& report) {
  const Entries entries(functions, report);
  std::map<CodeLocation, std::uint32_t> numbers;
  report.insns.reserve(counts.size());
  for (const InsnCount& counted : counts) {
    CodeLocation location{entries.function_of(counted.address),
                          source_frames(image, counted.address)};
    std::string& function = location.frames.back().function;
    if (function.empty()) function = fmt::format("{:#010x}", location.function);
    const auto [known, fresh] =
        numbers.try_emplace(std::move(location), static_cast<std::uint32_t>(numbers.size()));
    if (fresh) report.locations.push_back(known->first);
    report.insns.push_back({counted.address, known->second, counted.count, counted.stalls});
  }
}

void fill_lines(ProfileReport& report) {
  std::map<std::tuple<std::string, int, std::string>, std::size_t> numbers;
  std::vector<std::size_t> row_of(report.locations.size());  // by location
  for (std::size_t i = 0; i < report.locations.size(); ++i) {
    const SourceFrame& frame = report.locations[i].frames.front();
    const auto [known, fresh] = numbers.try_emplace(
        std::tuple(frame.file, frame.line, frame.function), report.lines.size());
    if (fresh) {
      LineRow row;
      row.file = frame.file;
      row.line = frame.line;
      row.function = frame.function;
      report.lines.push_back(std::move(row));
    }
    row_of[i] = known->second;
  }
  for (const InsnRow& insn : report.insns) {
    LineRow& row = report.lines[row_of[insn.location]];
    row.count += insn.count;
    row.stalls += insn.stalls;
  }
  for (LineRow& row : report.lines) row.cycles = row.stalls.total();
  std::sort(report.lines.begin(), report.lines.end(), [](const LineRow& a, const LineRow& b) {
    if (a.cycles != b.cycles) return a.cycles > b.cycles;
    return std::tie(a.file, a.line, a.function) < std::tie(b.file, b.line, b.function);
  });
}

}  // namespace

void CodeCollector::fill(const FirmwareImage& image, const FunctionTable& functions,
                         ProfileReport& report) const {
  if (!counting_) return;
  fill_insns(counts_.by_address(), image, functions, report);
  fill_lines(report);
  StallCycles sum = beside_;
  std::uint64_t instructions = 0;
  for (const InsnRow& insn : report.insns) {
    sum += insn.stalls;
    instructions += insn.count;
  }
  TINYSCOPE_ASSERT(sum.by_cause == report.stalls.by_cause);
  TINYSCOPE_ASSERT(instructions == report.instructions);
}

}  // namespace tinyscope
