// --phase with markers, on a program that reads CYCCNT where it marks: a phase must have the cycles
// that the firmware itself counts, but for the reads and the basic blocks around them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "sim/cli/firmware.hpp"
#include "sim/cli/phase_options.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/program_bench.hpp"

namespace tinyscope {
namespace {

using namespace test;

constexpr double kNear = 40;  // cycles: stores to peripherals, reads, rests of blocks

// A store to 0x20000100, a write to ITM port 1, and pin D7 (P0.23) high for a while; r4 to r7 are
// CYCCNT at the marks, r8 at the falling edge.
constexpr std::string_view kMarks = R"(
reset:
  poke 0xE000EDFC, 0x01000000
  poke 0xE0001000, 1
  poke 0xE0000E00, 2
  poke 0xE0000E80, 1
  poke 0x50000518, 0x00800000  @ DIRSET
  ldr r9, =0xE0001004
  ldr r10, =0x20000100
  ldr r11, =0xE0000004
  ldr r12, =0x50000508         @ OUTSET, OUTCLR behind it
  mov r1, #0x00800000
  mov r0, #10
  bl wait
  ldr r4, [r9]
  str r1, [r10]
  mov r0, #1000
  bl wait
  ldr r5, [r9]
  str r1, [r11]
  mov r0, #2000
  bl wait
  ldr r6, [r9]
  str r1, [r12]
  mov r0, #4000
  bl wait
  ldr r7, [r9]
  str r1, [r12, #4]
  mov r0, #500
  bl wait
  exit
  .type wait, %function
wait:
  subs r0, #1
  bgt wait
  bx lr
)";

class PhaseMarkers : public ::testing::Test {
 protected:
  ProfileReport profile(const std::vector<std::string>& phases) {
    const BoardDescription board = load_board("nano33ble");
    const FirmwareImage image = assemble(kMarks);
    Machine machine(board, image, {});
    PhaseOptions options(phases, image.symbols, machine);
    std::vector<LayerRules> rules = {options.rules()};
    Profiler profiler(image, std::move(rules), board.soc);
    machine.core().add_listener(profiler.listener());
    options.follow(profiler);
    machine.power_on();
    EXPECT_EQ(machine.core().run().kind, StopKind::kExit);
    for (unsigned i = 0; i < 4; ++i) {
      at_[i] = machine.core().read_register(core_register(4 + i));
    }
    RunSummary run;
    run.clock_hz = machine.core().clock_hz();
    run.total_cycles = machine.core().cycles().count;
    run.end = machine.core().now();
    return profiler.report(run, machine.notes());
  }
  static double cycles(const ProfileReport& report, const std::string& phase) {
    for (const PhaseRow& row : report.phases) {
      if (row.name == phase) return static_cast<double>(row.cycles);
    }
    return 0;
  }

  double at_[4] = {};
};

TEST_F(PhaseMarkers, LastUntilTheNextOfAnyKind) {
  const ProfileReport report =
      profile({"stored=0x20000100", "written=itm:1", "high=pin:D7", "other=pin:D2"});
  EXPECT_NEAR(cycles(report, "stored"), at_[1] - at_[0], kNear);
  EXPECT_NEAR(cycles(report, "written"), at_[2] - at_[1], kNear);
  EXPECT_NEAR(cycles(report, "high"), at_[3] - at_[2], kNear);
  EXPECT_GT(cycles(report, "stored"), 2000);  // 1000 rounds of a compare and a branch
  EXPECT_GT(cycles(report, "other"), 0);
}

TEST_F(PhaseMarkers, AFallingPinEndsOnlyItsOwnPhase) {
  const ProfileReport report = profile({"stored=0x20000100", "high=pin:D7"});
  EXPECT_NEAR(cycles(report, "stored"), at_[2] - at_[0], kNear);
  EXPECT_NEAR(cycles(report, "high"), at_[3] - at_[2], kNear);
}

TEST_F(PhaseMarkers, ReadsOfTheCycleCounterAreCountedByPlace) {
  const ProfileReport report = profile({"second=dwt:2", "last=dwt:4"});
  EXPECT_NEAR(cycles(report, "second"), at_[2] - at_[1], kNear);
  EXPECT_GT(cycles(report, "last"), 1000);
}

TEST_F(PhaseMarkers, AFunctionGoesBeforeAMarker) {
  const ProfileReport report = profile({"stored=0x20000100", "waiting=wait"});
  EXPECT_LT(cycles(report, "stored"), 300);
  EXPECT_GT(cycles(report, "waiting"), at_[3] - at_[0] - 300);
}

// The measurement image reads CYCCNT before and after each operator, which it calls without the
// function that runs a model: the third and fourth places that read it.
TEST(PhasesOfSamples, EqualWhatTheFirmwareMeasures) {
  const std::string image =
      TINYSCOPE_SOURCE_DIR "/firmware-samples/kws/prebuilt/kws-measure-dsp.elf";
  const TemporaryFile report_file("report.json");
  const Outcome outcome = tinyscope_program({"profile", image, "--board", "nano33ble-sense",
                                             "--phase", "operators=dwt:3", "--until",
                                             "uart:MEASURE DONE", "--json", report_file.path()});
  ASSERT_EQ(outcome.status, 0) << outcome.error;
  static const std::regex kLine("MEASURE layer [0-9]+ ([0-9]+)");
  double measured = 0;
  int layers = 0;
  for (std::sregex_iterator match(outcome.out.begin(), outcome.out.end(), kLine), end; match != end;
       ++match) {
    measured += std::stod((*match)[1]);
    ++layers;
  }
  ASSERT_GT(layers, 0);
  const auto report = nlohmann::json::parse(report_file.content());
  bool found = false;
  for (const auto& row : report["phases"]) {
    if (row["name"] != "operators") continue;
    found = true;
    EXPECT_EQ(row["count"], layers);
    EXPECT_NEAR(row["cycles"].get<double>(), measured, 20 * layers);
  }
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace tinyscope
