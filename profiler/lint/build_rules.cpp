// How the program was compiled: software floating point, no optimisation.
#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string_view>

#include "profiler/lint/lint.hpp"
#include "sim/glob.hpp"

namespace tinyscope {
namespace {

constexpr double kWorthAWord = 1.0;  // percent of an inference, or of the cycles awake

// Run-time functions of the Arm EABI (IHI 0043, "Run-time ABI", section 4.1.2) and libgcc's names
// of the same.
const std::vector<std::string>& single_functions() {
  static const std::vector<std::string> kNames = {
      "__aeabi_fadd",  "__aeabi_fsub", "__aeabi_frsub", "__aeabi_fmul", "__aeabi_fdiv",
      "__aeabi_fcmp*", "__aeabi_f2iz", "__aeabi_f2uiz", "__aeabi_i2f",  "__aeabi_ui2f",
      "__aeabi_l2f",   "__aeabi_ul2f", "__addsf3",      "__subsf3",     "__mulsf3",
      "__divsf3",      "__floatsisf",  "__floatunsisf", "__fixsfsi",    "__fixunssfsi",
      "__*sf2"};
  return kNames;
}
const std::vector<std::string>& double_functions() {
  static const std::vector<std::string> kNames = {
      "__aeabi_d*",    "__aeabi_cd*",  "__aeabi_i2d",   "__aeabi_ui2d", "__aeabi_l2d",
      "__aeabi_ul2d",  "__aeabi_f2d",  "__adddf3",      "__subdf3",     "__muldf3",
      "__divdf3",      "__floatsidf",  "__floatunsidf", "__fixdfsi",    "__fixunsdfsi",
      "__extendsfdf2", "__truncdfsf2", "__*df2"};
  return kNames;
}

// Cycles of functions of these names, wherever they ran, and below the layers of inferences.
struct Spent {
  std::uint64_t cycles = 0;
  std::uint64_t calls = 0;
  std::uint64_t in_layers = 0;
  std::string most;
};

Spent spent_in(const ProfileReport& report, const std::vector<std::string>& names) {
  Spent spent;
  std::uint64_t most = 0;
  std::vector<bool> counts(report.functions.size());
  for (std::size_t i = 0; i < report.functions.size(); ++i) {
    const FunctionRow& function = report.functions[i];
    if (!glob_match_any(names, function.name)) continue;
    counts[i] = true;
    spent.cycles += function.cycles;
    spent.calls += function.calls;
    if (spent.most.empty() || function.cycles > most) {
      most = function.cycles;
      spent.most = function.name;
    }
  }
  std::vector<bool> in_layer(report.call_tree.size());
  for (std::size_t i = 0; i < report.call_tree.size(); ++i) {
    const CallNode& node = report.call_tree[i];
    const auto parent = static_cast<std::size_t>(std::max(node.parent, 0));
    in_layer[i] = node.layer >= 0 || (node.parent >= 0 && in_layer[parent]);
    const bool counted = node.function < counts.size() && counts[node.function];
    if (in_layer[i] && counted) spent.in_layers += node.cycles;
  }
  return spent;
}

// Where the bytes of [address, address + size) are in the image; empty: not there.
std::span<const std::uint8_t> code(const FirmwareImage& image, Address address,
                                   std::uint32_t size) {
  // RAM functions lie elsewhere in the image.
  for (const SectionInfo& section : image.sections) {
    if (!section.occupies_image || address - section.address >= section.size) continue;
    address = address - section.address + section.load_address;
    break;
  }
  for (const ImageSegment& segment : image.segments) {
    const Address offset = address - segment.address;
    if (offset >= segment.bytes.size() || size > segment.bytes.size() - offset) continue;
    return std::span(segment.bytes).subspan(offset, size);
  }
  return {};
}

// Does a function look as GCC makes it at -O0? It then keeps R7 as frame pointer (ADD R7, SP, #n in
// its prologue), and each use of a variable is a load relative to R7, each assignment a store. Of
// the samples' C code (GCC 12.2) this finds 87 % at -O0 and nothing at -Og to -O3. Encodings: Arm
// DDI 0403E, A5.2 and A7.7. Literal pools are read as code, which blurs a little.
bool looks_unoptimised(std::span<const std::uint8_t> bytes) {
  constexpr unsigned kShort = 12;  // instructions: says nothing
  constexpr unsigned kPrologue = 8;
  constexpr double kInFrame = 0.25;
  unsigned instructions = 0;
  unsigned in_frame = 0;
  bool frame_pointer = false;
  for (std::size_t at = 0; at + 1 < bytes.size(); ++instructions) {
    const auto first = static_cast<std::uint32_t>(bytes[at] | bytes[at + 1] << 8);
    const bool narrow = first >> 11 < 0x1D;
    if (narrow) {
      if (first >> 8 == 0xAF && instructions < kPrologue) frame_pointer = true;
      const bool transfer = first >> 13 == 0x3 || first >> 12 == 0x8;  // LDR, STR, …B, …H
      if (transfer && (first >> 3 & 7) == 7) ++in_frame;
    } else if (first >> 9 == 0x7C && (first & 0xF) == 7) {  // LDR.W, STR.W, …
      ++in_frame;
    }
    at += narrow ? 2 : 4;
  }
  return frame_pointer && instructions >= kShort && in_frame >= kInFrame * instructions;
}

}  // namespace

// Much of what a program computes in double it computes once, when it starts; that is no finding.
void lint_soft_float(const LintInputs& inputs, std::vector<LintRow>& rows) {
  // All cores that are modelled have an FPU of single precision.
  constexpr double kMuchOfTheRun = 30.0;  // percent of the cycles awake
  const ProfileReport& report = inputs.report;
  const std::uint64_t awake =
      report.total_cycles - std::min(report.total_cycles, report.sleep_cycles);
  const InferenceSums inferences = inference_sums(report);
  const auto check = [&](const std::vector<std::string>& names, double of_the_run, const char* rule,
                         const char* what, const char* fix) {
    const Spent spent = spent_in(report, names);
    const double run = percent_of(spent.cycles, awake);
    const double layers =
        inferences.count == 0 ? 0 : percent_of(spent.in_layers, inferences.cycles);
    if (run < of_the_run && layers < kWorthAWord) return;
    const std::string share =
        layers < kWorthAWord ? "" : fmt::format(", {:.1f} % of an inference", layers);
    rows.push_back({rule,
                    fmt::format("{}: {} calls take {:.1f} % of the cycles awake{}, most of them {}",
                                what, spent.calls, run, share, spent.most),
                    fix});
  };
  check(single_functions(), kWorthAWord, "soft-float",
        "float arithmetic in software although the core has an FPU",
        "-mfpu=fpv4-sp-d16 -mfloat-abi=hard, for all libraries too");
  check(double_functions(), kMuchOfTheRun, "soft-double",
        "double arithmetic in software: the FPU has single precision only",
        "float constants with suffix f, sqrtf() for sqrt(); -Wdouble-promotion finds them");
}

void lint_unoptimised(const LintInputs& inputs, std::vector<LintRow>& rows) {
  constexpr double kMuch = 5.0;  // percent of the cycles awake
  const ProfileReport& report = inputs.report;
  std::uint64_t cycles = 0;
  std::string names;
  unsigned named = 0;
  for (const FunctionRow& function : report.functions) {
    const Symbol* const symbol = inputs.image.symbols.function_at(function.address);
    if (symbol == nullptr || symbol->size == 0) continue;
    if (!looks_unoptimised(code(inputs.image, symbol->address, symbol->size))) continue;
    cycles += function.cycles;
    if (++named <= 3) names += (names.empty() ? "" : ", ") + function.name;
  }
  const std::uint64_t awake =
      report.total_cycles - std::min(report.total_cycles, report.sleep_cycles);
  const double percent = percent_of(cycles, awake);
  if (percent < kMuch) return;
  rows.push_back({"unoptimised",
                  fmt::format("{} functions look as compiled with -O0 (each variable is kept in "
                              "memory) and take {:.1f} % of the cycles awake: {}{}",
                              named, percent, names, named > 3 ? ", ..." : ""),
                  "-O2 or -Os, at least for kernels and the runtime"});
}

}  // namespace tinyscope
