#include "cores/verification/timing_case.hpp"

#include <fmt/format.h>

#include <optional>

#include "cores/cortex_m/core.hpp"
#include "cores/engine/unicorn_engine.hpp"
#include "cores/memory/flat_memory_timing.hpp"
#include "sim/description/board.hpp"
#include "sim/description/toml.hpp"
#include "sim/error.hpp"

namespace tinyscope {
namespace {

constexpr Address kFlash = 0x0800'0000, kCcm = 0x1000'0000, kSram1 = 0x2000'0000,
                  kSram2 = 0x2001'C000;
constexpr std::uint32_t kFlashBytes = 0x10'0000, kCcmBytes = 0x1'0000, kSram1Bytes = 0x1'C000,
                        kSram2Bytes = 0x4000;
constexpr Address kVectors = 0;  // a block of its own, so that programs begin at round addresses
constexpr std::uint32_t kVectorBytes = 0x1000;
constexpr Address kStackTop = kSram1 + 0x8000;
constexpr unsigned kInterrupts = 16;

int nibble(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  return -1;
}

std::vector<std::uint8_t> read_code(TomlTable& entry) {
  const std::string digits = entry.require_string("code");
  std::vector<std::uint8_t> code;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    const int high = nibble(digits[i]);
    const int low = nibble(digits[i + 1]);
    if (high < 0 || low < 0) entry.fail("code", "expected pairs of digits 0-9 and a-f");
    code.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
  if (code.empty() || digits.size() % 2 != 0) {
    entry.fail("code", "expected pairs of digits 0-9 and a-f");
  }
  return code;
}

TimingCase read_case(TomlTable& entry) {
  TimingCase result;
  result.name = entry.require_string("name");
  result.title = entry.require_string("title");
  result.least = entry.require_u32("least");
  result.most = entry.require_u32("most");
  if (result.most < result.least) entry.fail("most", "is below 'least'");
  result.source = entry.require_string("source");
  result.base = entry.require_u32("base");
  result.entry = entry.require_u32("entry");
  result.start = entry.require_u32("start");
  result.end = entry.require_u32("end");
  for (TomlTable& vector : entry.tables("vectors")) {
    const std::uint32_t exception = vector.require_u32("exception");
    if (exception < 2 || exception >= 16 + kInterrupts) {
      vector.fail("exception", fmt::format("expected 2 to {}", 16 + kInterrupts - 1));
    }
    result.vectors.push_back({exception, vector.require_u32("handler")});
  }
  result.code = read_code(entry);
  return result;
}

// The machine that a case runs on.
class CaseMachine {
 public:
  explicit CaseMachine(const TimingCase& timing_case) {
    bus_.add_memory("vectors", MemoryKind::kFlash, kVectors, kVectorBytes, 0);
    bus_.add_memory("flash", MemoryKind::kFlash, kFlash, kFlashBytes, 0xFF);
    bus_.add_memory("ccm", MemoryKind::kRam, kCcm, kCcmBytes);
    bus_.add_memory("sram1", MemoryKind::kRam, kSram1, kSram1Bytes);
    bus_.add_memory("sram2", MemoryKind::kRam, kSram2, kSram2Bytes);
    auto memory =
        std::make_unique<FlatMemoryTiming>(std::vector<MemoryBlock>{{kVectors, kVectorBytes},
                                                                    {kFlash, kFlashBytes},
                                                                    {kCcm, kCcmBytes},
                                                                    {kSram1, kSram1Bytes},
                                                                    {kSram2, kSram2Bytes}});
    auto timing = make_timing_model(timing_case.core, *memory);
    const bool m7 = timing_case.core == "cortex-m7";
    const CoreConfig config{.family = m7 ? CoreFamily::kCortexM7 : CoreFamily::kCortexM4,
                            .float_unit = m7 ? FloatUnit::kDouble : FloatUnit::kSingle,
                            .interrupts = kInterrupts,
                            .bit_band = !m7,
                            .vector_table = kVectors};
    core = std::make_unique<CortexM>(
        config, make_unicorn_engine(EngineDetail::kInstructions, config.family), std::move(memory),
        std::move(timing), bus_, scheduler_, notes_, power_);
    core->attach_memories();
    put_word(kVectors, kStackTop);
    put_word(kVectors + 4, timing_case.entry | 1u);
    for (const auto& [exception, handler] : timing_case.vectors) {
      put_word(kVectors + 4 * exception, handler | 1u);
    }
    bus_.copy_in(timing_case.base, timing_case.code);
  }

  std::unique_ptr<CortexM> core;

 private:
  void put_word(Address address, std::uint32_t value) {
    std::array<std::uint8_t, 4> bytes{};
    for (unsigned i = 0; i < 4; ++i) bytes[i] = static_cast<std::uint8_t>(value >> (8 * i));
    bus_.copy_in(address, bytes);
  }

  RunNotes notes_;
  Scheduler scheduler_;
  PowerTracker power_;
  Bus bus_{notes_};
};

}  // namespace

std::int64_t TimingCaseResult::difference(const TimingCase& timing_case) const {
  const auto took = static_cast<std::int64_t>(cycles.total());
  const auto least = static_cast<std::int64_t>(timing_case.least);
  const auto most = static_cast<std::int64_t>(timing_case.most);
  return took < least ? took - least : took > most ? took - most : 0;
}

std::vector<TimingCase> load_timing_cases(const std::string& core) {
  const std::string name = fmt::format("cores/verification/{}.toml", core);
  for (const auto& folder : data_folders()) {
    if (!std::filesystem::exists(folder / name)) continue;
    TomlTable document = TomlTable::from_file(folder / name);
    std::vector<TimingCase> cases;
    for (TomlTable& entry : document.tables("case")) {
      cases.push_back(read_case(entry));
      cases.back().core = core;
    }
    document.reject_unknown_keys();
    return cases;
  }
  throw InputError(fmt::format(
      "timing cases: no {} in any data folder; set TINYSCOPE_DATA to the folder that has it",
      name));
}

TimingCaseResult run_timing_case(const TimingCase& timing_case) {
  constexpr Cycles kMostCycles{1'000'000};
  CaseMachine machine(timing_case);
  CortexM& core = *machine.core;
  std::optional<StallCycles> before;
  TimingCaseResult result;
  bool reached = false;
  core.watch_address(timing_case.start, [&] {
    if (!before) before = core.counts().cycles;
  });
  core.watch_address(timing_case.end, [&] {
    if (!before || reached) return;
    reached = true;
    result.cycles = core.counts().cycles;
    for (std::size_t i = 0; i < kStallCauseCount; ++i) {
      result.cycles.by_cause[i] -= before->by_cause[i];
    }
    core.request_stop({});
  });
  core.set_cycle_limit(kMostCycles);
  core.reset();
  const StopReason reason = core.run();
  if (!reached) {
    const std::string_view what = before ? "end" : "start";
    result.not_reached =
        fmt::format("stopped before '{}': {} ({})", what, reason.text, core.describe_state());
  }
  return result;
}

}  // namespace tinyscope
