// A whole board: a state that was saved gives the same future, on the machine it is of and on
// another one.
#include "sim/cli/machine_state.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "sim/cli/firmware.hpp"
#include "sim/cli/machine.hpp"
#include "tests/support/paths.hpp"

namespace tinyscope {
namespace {

const std::string kSamples = TINYSCOPE_SOURCE_DIR "/firmware-samples/";

struct Sample {
  std::string board;
  std::string image;
  std::uint64_t end = 0;  // cycles, from a moment on that is worth it
  std::uint64_t first = 1;
  bool reference_path = false;
};

struct Board {
  FirmwareImage image;
  Machine machine;
  std::string printed;

  explicit Board(const Sample& sample, std::uint64_t seed = 1)
      : image(load_image(kSamples + sample.image, "")),
        machine(load_board(sample.board), image, options(sample, seed)) {
    for (UartPort* const port : machine.consoles()) {
      port->on_transmit(
          [this](std::uint8_t byte, TimePoint) { printed += static_cast<char>(byte); });
    }
    machine.power_on();
  }
  static MachineOptions options(const Sample& sample, std::uint64_t seed) {
    MachineOptions options;
    options.seed = seed;
    options.reference_path = sample.reference_path;
    return options;
  }
  StopReason run_to(std::uint64_t cycle) {
    machine.core().set_cycle_limit({cycle});
    return machine.core().run();
  }
};

// All that a program could ever notice of another.
struct Everything {
  std::uint64_t cycles = 0;
  CoreCounts counts;
  TimePoint scheduled{};
  std::vector<std::uint32_t> registers;
  std::vector<std::vector<std::uint8_t>> memories;
  std::size_t unmodelled = 0;
  std::size_t faults = 0;
};

Everything everything(Board& board) {
  Everything all;
  CortexM& core = board.machine.core();
  all.cycles = core.cycles().count;
  all.counts = core.counts();
  all.scheduled = board.machine.scheduler().next().value_or(TimePoint{});
  for (unsigned n = 0; n < static_cast<unsigned>(CoreRegister::kCount); ++n) {
    all.registers.push_back(core.read_register(static_cast<CoreRegister>(n)));
  }
  for (const auto& mapped : board.machine.bus().memories()) {
    const auto bytes = mapped.memory->bytes();
    all.memories.emplace_back(bytes.begin(), bytes.end());
  }
  for (const auto& access : board.machine.notes().unmodelled_accesses()) {
    all.unmodelled += access.count;
  }
  all.faults = core.faults().size();
  return all;
}

void expect_equal(const Everything& a, const Everything& b, const std::string& where) {
  EXPECT_EQ(a.cycles, b.cycles) << where;
  EXPECT_EQ(a.counts.cycles.by_cause, b.counts.cycles.by_cause) << where;
  EXPECT_EQ(a.counts.instructions, b.counts.instructions) << where;
  EXPECT_EQ(a.scheduled.ps, b.scheduled.ps) << where;
  EXPECT_EQ(a.registers, b.registers) << where;
  EXPECT_EQ(a.unmodelled, b.unmodelled) << where;
  EXPECT_EQ(a.faults, b.faults) << where;
  ASSERT_EQ(a.memories.size(), b.memories.size());
  for (std::size_t i = 0; i < a.memories.size(); ++i) {
    EXPECT_TRUE(a.memories[i] == b.memories[i]) << where << ", memory " << i;
  }
}

class SavedState : public ::testing::TestWithParam<Sample> {};

// One machine runs through. Another is saved at random moments, runs on for a while, is taken back
// and runs to the end; a third, which has been elsewhere, goes on from each of those states too.
TEST_P(SavedState, GivesTheSameFutureWhereverItIsTaken) {
  const Sample& sample = GetParam();
  Board through(sample);
  through.run_to(sample.end);
  const Everything end = everything(through);
  std::mt19937 random(2024);
  Board board(sample);
  Board fork(sample);
  fork.run_to(sample.first / 2);
  constexpr int kMoments = 6;
  for (int moment = 0; moment < kMoments; ++moment) {
    const std::uint64_t now = board.machine.core().cycles().count;
    const std::uint64_t from = std::max(now, sample.first);
    const std::uint64_t step = (sample.end - from) / static_cast<unsigned>(kMoments - moment + 1);
    board.run_to(from + random() % (2 * step));
    const std::string where = sample.image + " at cycle " +
                              std::to_string(board.machine.core().cycles().count);
    const auto state = board.machine.save();
    const std::string printed = board.printed;
    const Everything saved = everything(board);
    board.run_to(board.machine.core().cycles().count + random() % 2'000'000);
    board.machine.restore(*state);
    expect_equal(everything(board), saved, where + ", restored");
    board.printed = printed;

    fork.machine.restore(*state);
    expect_equal(everything(fork), saved, where + ", forked");
    fork.printed = printed;
    fork.run_to(sample.end);
    expect_equal(everything(fork), end, where + ", end of the fork");
    EXPECT_EQ(fork.printed, through.printed) << where;
  }
  board.run_to(sample.end);
  expect_equal(everything(board), end, sample.image);
  EXPECT_EQ(board.printed, through.printed);
}

std::string name_of(const ::testing::TestParamInfo<Sample>& info) {
  std::string name = info.param.board + (info.param.reference_path ? "_reference_" : "_");
  const std::string& image = info.param.image;
  name += image.substr(image.rfind('/') + 1, image.rfind('.') - image.rfind('/') - 1);
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(
    Samples, SavedState,
    ::testing::Values(
        Sample{"nano33ble-sense", "kws/prebuilt/kws-verify-dsp.elf", 30'000'000, 1'000'000}),
    name_of);

TEST(MachineState, OfAnotherBoardImageOrOptionsIsRefused) {
  const Sample sample{"nano33ble-sense", "kws/prebuilt/kws-verify-dsp.elf"};
  Board board(sample);
  board.run_to(100'000);
  const auto state = board.machine.save();
  Board other_image({"nano33ble-sense", "kws/prebuilt/kws-dsp.elf"});
  Board other_seed(sample, 2);
  Board other_board({"nano33ble", "kws/prebuilt/kws-verify-dsp.elf"});
  for (Board* const other : {&other_image, &other_seed, &other_board}) {
    const Everything before = everything(*other);
    EXPECT_THROW(other->machine.restore(*state), InputError);
    expect_equal(everything(*other), before, "refused");
  }
}

TEST(MachineState, SharesWhatHasNotChanged) {
  Board board({"nano33ble-sense", "kws/prebuilt/kws-verify-dsp.elf"});
  board.run_to(10'000'000);
  const auto first = board.machine.save();
  const auto second = board.machine.save();
  EXPECT_LT(second->size().own_bytes, 200'000u);
  EXPECT_GT(second->size().shared_bytes, 200'000u);
}

}  // namespace
}  // namespace tinyscope
