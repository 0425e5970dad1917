#include "profiler/lint/lint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tinyscope {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A chip with an accelerator for its flash, a regulator to choose, and a clock to set.
SocDescription chip() {
  SocDescription soc;
  soc.cpu_hz = 4'000'000;
  TuningDescription tuning;
  tuning.instruction_cache = "ACR.ICEN = 1";
  tuning.data_cache = "ACR.DCEN = 1";
  tuning.prefetch = "ACR.PRFTEN = 1";
  tuning.wait_states = "ACR.LATENCY";
  tuning.clock = "start the PLL";
  tuning.highest_cpu_hz = 80'000'000;
  tuning.needed_wait_states = {{"pwr", {"range1"}, {20'000'000, 40'000'000, 60'000'000}, "manual"}};
  tuning.regulators = {{"regulator", "ldo", "dcdc", "inductor", "DCDCEN = 1", "manual"}};
  soc.tuning = tuning;
  soc.power.currents = {{"cpu", "run", "regulator=ldo", 6000, 0.1, "manual"},
                        {"cpu", "run", "regulator=dcdc", 3000, 0.1, "manual"}};
  return soc;
}

ChipConfiguration well_set_up() {
  ChipConfiguration chip;
  chip.clock_hz = 60'000'000;
  chip.flash = FlashReadPort::Settings{
      .wait_states = 2, .prefetch = true, .instruction_cache = true, .data_cache = true};
  chip.power_states = {{"pwr", "range1"}, {"regulator", "dcdc"}};
  chip.fitted = {"inductor"};
  return chip;
}

// One inference of 1000 cycles: 100 wait for fetches, 200 for data.
ProfileReport one_inference() {
  ProfileReport report;
  report.clock_hz = 60'000'000;
  report.total_cycles = 1000;
  InferenceRow row;
  row.cycles = 1000;
  row.elapsed_cycles = 1000;
  row.stalls[StallCause::kIssue] = 700;
  row.stalls[StallCause::kFetch] = 100;
  row.stalls[StallCause::kData] = 200;
  report.inferences = {row};
  return report;
}

std::vector<LintRow> findings(const ProfileReport& report, const ChipConfiguration& chip_now,
                              const FirmwareImage& image = {}) {
  const SocDescription soc = chip();
  return lint({report, image, soc, chip_now});
}

std::vector<std::string> rules(const std::vector<LintRow>& rows) {
  std::vector<std::string> names;
  for (const LintRow& row : rows) names.push_back(row.rule);
  return names;
}

TEST(Lint, SaysNothingAboutAChipThatIsSetUpWell) {
  EXPECT_THAT(findings(one_inference(), well_set_up()), IsEmpty());
}

TEST(Lint, NamesEachCacheThatIsOffWithWhatWaitsForFlash) {
  ChipConfiguration chip_now = well_set_up();
  chip_now.flash->instruction_cache = chip_now.flash->data_cache = false;
  const auto rows = findings(one_inference(), chip_now);
  ASSERT_THAT(rules(rows), ElementsAre("cache-off", "cache-off"));
  EXPECT_THAT(rows[0].text, HasSubstr("instruction cache"));
  EXPECT_THAT(rows[0].text, HasSubstr("10.0 %"));
  EXPECT_EQ(rows[0].fix, "ACR.ICEN = 1");
  EXPECT_THAT(rows[1].text, HasSubstr("20.0 %"));
}

TEST(Lint, LeavesACacheAloneThatNothingWaitsFor) {
  ChipConfiguration chip_now = well_set_up();
  chip_now.flash->instruction_cache = chip_now.flash->prefetch = false;
  ProfileReport report = one_inference();
  report.inferences[0].stalls[StallCause::kFetch] = 5;  // 0.5 %
  EXPECT_THAT(findings(report, chip_now), IsEmpty());
  chip_now.flash->wait_states = 0;
  chip_now.clock_hz = 20'000'000;
  EXPECT_THAT(findings(one_inference(), chip_now), IsEmpty()) << "flash without waits";
}

TEST(Lint, ComparesWaitStatesWithWhatClockAndVoltageNeed) {
  ChipConfiguration chip_now = well_set_up();
  chip_now.flash->wait_states = 5;
  auto rows = findings(one_inference(), chip_now);
  ASSERT_THAT(rules(rows), ElementsAre("wait-states"));
  EXPECT_THAT(rows[0].text, HasSubstr("5 wait states where 60 MHz needs 2"));
  EXPECT_THAT(rows[0].text, HasSubstr("30.0 %"));
  chip_now.flash->wait_states = 1;
  rows = findings(one_inference(), chip_now);
  ASSERT_THAT(rules(rows), ElementsAre("wait-states"));
  EXPECT_THAT(rows[0].text, HasSubstr("wrong data"));
  chip_now.power_states["pwr"] = "something else";
  EXPECT_THAT(findings(one_inference(), chip_now), IsEmpty()) << "what is needed is not known";
}

TEST(Lint, NoticesTheClockThatTheChipHasAfterReset) {
  ChipConfiguration chip_now = well_set_up();
  chip_now.clock_hz = 4'000'000;
  chip_now.flash->wait_states = 0;
  const auto rows = findings(one_inference(), chip_now);
  ASSERT_THAT(rules(rows), ElementsAre("slow-clock"));
  EXPECT_THAT(rows[0].text, HasSubstr("4 MHz"));
  EXPECT_THAT(rows[0].text, HasSubstr("80 MHz"));
}

TEST(Lint, NamesABetterRegulatorOnlyIfTheBoardHasItsParts) {
  ChipConfiguration chip_now = well_set_up();
  chip_now.power_states["regulator"] = "ldo";
  const auto rows = findings(one_inference(), chip_now);
  ASSERT_THAT(rules(rows), ElementsAre("regulator"));
  EXPECT_THAT(rows[0].text, HasSubstr("3.0 mA instead of 6.0 mA"));
  chip_now.fitted.clear();
  EXPECT_THAT(findings(one_inference(), chip_now), IsEmpty());
}

CallNode node(std::int32_t parent, std::uint32_t function, std::int32_t layer, std::uint64_t calls,
              std::uint64_t cycles) {
  CallNode made;
  made.parent = parent;
  made.function = function;
  made.layer = layer;
  made.calls = calls;
  made.cycles = cycles;
  return made;
}

FunctionRow function(const std::string& name, std::uint64_t calls, std::uint64_t cycles) {
  FunctionRow row;
  row.name = name;
  row.calls = calls;
  row.cycles = cycles;
  return row;
}

TEST(Lint, CountsArithmeticInSoftware) {
  ProfileReport report = one_inference();
  report.functions = {function("conv", 1, 500), function("__aeabi_fmul", 7, 150),
                      function("__aeabi_ddiv", 3, 50)};
  report.call_tree = {node(-1, 0, 0, 1, 500), node(0, 1, -1, 7, 150), node(0, 2, -1, 3, 50)};
  const auto rows = findings(report, well_set_up());
  ASSERT_THAT(rules(rows), ElementsAre("soft-float", "soft-double"));
  EXPECT_THAT(rows[0].text, HasSubstr("7 calls take 15.0 % of the cycles awake, 15.0 % of an"));
  EXPECT_THAT(rows[1].text, HasSubstr("3 calls take 5.0 %"));
  report.functions[1].cycles = report.functions[2].cycles = 5;
  report.call_tree[1].cycles = report.call_tree[2].cycles = 5;
  EXPECT_THAT(findings(report, well_set_up()), IsEmpty()) << "0.5 % each";
}

TEST(Lint, LeavesDoubleArithmeticAloneThatAProgramDoesAtItsStart) {
  ProfileReport report = one_inference();
  report.functions = {function("prepare", 1, 10), function("__aeabi_ddiv", 30, 200)};
  report.call_tree = {node(-1, 0, -1, 1, 10), node(0, 1, -1, 30, 200)};
  EXPECT_THAT(findings(report, well_set_up()), IsEmpty()) << "20 % of this short run";
}

TEST(Lint, JudgesTheWholeRunWhereNoInferenceWasSeen) {
  ProfileReport report;
  report.total_cycles = 2000;
  report.sleep_cycles = 1000;
  report.stalls[StallCause::kIssue] = 600;
  report.stalls[StallCause::kFetch] = 400;
  report.stalls[StallCause::kSleep] = 1000;
  ChipConfiguration chip_now = well_set_up();
  chip_now.flash->instruction_cache = false;
  const auto rows = findings(report, chip_now);
  ASSERT_THAT(rules(rows), ElementsAre("cache-off"));
  EXPECT_THAT(rows[0].text, HasSubstr("40.0 % of the run"));
}

// Of a function at 0x100; `body` is repeated.
FirmwareImage image_of(const std::vector<std::uint16_t>& prologue,
                       const std::vector<std::uint16_t>& body) {
  FirmwareImage image;
  ImageSegment segment{0x100, {}};
  const auto put = [&](const std::vector<std::uint16_t>& code) {
    for (const std::uint16_t halfword : code) {
      segment.bytes.push_back(static_cast<std::uint8_t>(halfword));
      segment.bytes.push_back(static_cast<std::uint8_t>(halfword >> 8));
    }
  };
  put(prologue);
  for (int i = 0; i < 8; ++i) put(body);
  const auto size = static_cast<std::uint32_t>(segment.bytes.size());
  image.segments = {segment};
  image.symbols = SymbolTable({{"kernel", "kernel", 0x100, size, SymbolKind::kFunction}});
  return image;
}

TEST(Lint, RecognisesCodeThatKeepsItsVariablesInMemory) {
  ProfileReport report = one_inference();
  FunctionRow kernel;
  kernel.name = "kernel";
  kernel.address = 0x100;
  kernel.cycles = 600;
  report.functions = {kernel};
  // push {r7, lr}; sub sp, #16; add r7, sp, #0 | ldr r3, [r7, #4]; adds r3, #1; str r3, [r7, #4]
  const auto unoptimised = image_of({0xB580, 0xB084, 0xAF00}, {0x687B, 0x3301, 0x607B});
  const auto rows = findings(report, well_set_up(), unoptimised);
  ASSERT_THAT(rules(rows), ElementsAre("unoptimised"));
  EXPECT_THAT(rows[0].text, HasSubstr("60.0 %"));
  EXPECT_THAT(rows[0].text, HasSubstr("kernel"));
  // r7 as any other base register, without a frame.
  const auto optimised = image_of({0xB580, 0xB084, 0x2700}, {0x687B, 0x3301, 0x607B});
  EXPECT_THAT(findings(report, well_set_up(), optimised), IsEmpty());
}

TEST(Lint, NamesReferenceKernelsWithTheirRate) {
  ProfileReport report = one_inference();
  LayerRow layer;
  layer.index = 3;
  layer.op = "CONV_2D";
  layer.kernel = "conv_reference";
  layer.kernel_kind = KernelKind::kReference;
  layer.cycles = 400;
  layer.macs = 50;
  report.inferences[0].layers = {layer};
  const auto rows = findings(report, well_set_up());
  ASSERT_THAT(rules(rows), ElementsAre("reference-kernels"));
  EXPECT_THAT(rows[0].text, HasSubstr("40.0 %"));
  EXPECT_THAT(rows[0].text, HasSubstr("8.0 cycles for a MAC"));
  report.inferences[0].layers[0].kernel_kind = KernelKind::kOptimised;
  EXPECT_THAT(findings(report, well_set_up()), IsEmpty());
}

TEST(Lint, WantsModelAndArenaAlignedTo16) {
  ProfileReport report = one_inference();
  report.inferences[0].model_address = 0x0800'0104;
  report.memory.arena.symbol = "tensor_arena";
  report.memory.arena.address = 0x2000'0008;
  EXPECT_THAT(rules(findings(report, well_set_up())),
              ElementsAre("unaligned-model", "unaligned-arena"));
  report.inferences[0].model_address = 0x0800'0100;
  report.memory.arena.address = 0x2000'0010;
  EXPECT_THAT(findings(report, well_set_up()), IsEmpty());
}

TEST(Lint, NoticesPrintingBelowALayerAndNotBehindTheInference) {
  ProfileReport report = one_inference();
  for (const char* const name : {"main", "conv", "printf", "vfprintf"}) {
    report.functions.push_back(function(name, 1, 0));
  }
  report.call_tree = {node(-1, 0, -1, 1, 10), node(0, 2, -1, 5, 100)};
  EXPECT_THAT(findings(report, well_set_up()), IsEmpty()) << "main prints";
  report.call_tree = {node(-1, 0, -1, 1, 10), node(0, 1, 0, 1, 600), node(1, 2, -1, 5, 20),
                      node(2, 3, -1, 5, 80)};
  const auto rows = findings(report, well_set_up());
  ASSERT_THAT(rules(rows), ElementsAre("printf-in-inference"));
  EXPECT_THAT(rows[0].text, HasSubstr("5 calls, 10.0 %"));
}

TEST(Lint, NoticesInterruptsThatTakeMuchOfAnInference) {
  ProfileReport report = one_inference();
  report.inferences[0].elapsed_cycles = 1100;
  report.inferences[0].interrupt_cycles = 100;
  InterruptRow handler;
  handler.name = "SysTick_Handler";
  handler.count = 10;
  handler.cycles = 100;
  report.interrupts = {handler};
  const auto rows = findings(report, well_set_up());
  ASSERT_THAT(rules(rows), ElementsAre("interrupts"));
  EXPECT_THAT(rows[0].text, HasSubstr("9.1 %"));
  EXPECT_THAT(rows[0].text, HasSubstr("SysTick_Handler, 10 times, 10 cycles each"));
}

TEST(Lint, NoticesARunThatWaitsWithoutSleep) {
  ProfileReport report = one_inference();
  report.total_cycles = 60'000'000;  // a second
  ASSERT_THAT(rules(findings(report, well_set_up())), ElementsAre("busy-wait"));
  report.sleep_cycles = 1;
  EXPECT_THAT(findings(report, well_set_up()), IsEmpty());
}

}  // namespace
}  // namespace tinyscope
