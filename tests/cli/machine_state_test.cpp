// A whole board: a state that was saved gives the same future, on the machine it is of and on
// another one.
#include "sim/cli/machine_state.hpp"

#include <gtest/gtest.h>

#include <array>
#include <future>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "sim/cli/firmware.hpp"
#include "sim/cli/machine.hpp"
#include "sim/cli/machine_pool.hpp"
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
  std::map<std::string, std::string> stimuli{};  // files below the samples
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
    for (const auto& [name, file] : sample.stimuli) {
      options.stimuli.emplace(name, Stimulus(kSamples + file));
    }
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
    const std::string where =
        sample.image + " at cycle " + std::to_string(board.machine.core().cycles().count);
    const auto state = board.machine.save();
    const std::string printed = board.printed;
    const Everything saved = everything(board);
    board.run_to(board.machine.core().cycles().count + random() % (sample.end / 8));
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
        Sample{"nano33ble-sense", "kws/prebuilt/kws-verify-dsp.elf", 30'000'000, 100'000},
        Sample{"nano33ble-sense", "kws/prebuilt/kws-measure-dsp.elf", 2'000'000, 100'000, true},
        Sample{"nano33ble-sense",
               "kws/prebuilt/kws-dsp.elf",
               90'000'000,
               1'000,
               false,
               {{"mic", "kws/audio/yes.wav"}}},
        Sample{"nano33ble-sense",
               "ad/prebuilt/ad-dsp.elf",
               90'000'000,
               1'000,
               false,
               {{"mic", "ad/audio/pump.wav"}}},
        Sample{"nano33ble-sense",
               "gesture/prebuilt/gesture-dsp.elf",
               90'000'000,
               1'000,
               false,
               {{"imu", "gesture/motion/gestures.csv"}}},
        Sample{"nano33ble-sense",
               "vww/prebuilt/vww-dsp.elf",
               5'000'000,
               1'000,
               false,
               {{"camera", "vww/pictures/0-person.png"}}},
        Sample{"nano33ble-sense", "environment/prebuilt/environment-dsp.elf", 90'000'000, 1'000},
        Sample{"nano33ble-sense", "memory/prebuilt/memory-dsp.elf", 20'000'000, 1'000},
        Sample{"nucleo-l4r5zi", "kws/prebuilt/kws-verify-nucleo_l4r5zi-dsp.elf", 12'000'000, 1'000},
        Sample{"nucleo-f446re", "ic/prebuilt/ic-nucleo_f446re-dsp.elf", 12'000'000, 1'000},
        Sample{"nucleo-h7a3zi-q", "kws/prebuilt/kws-verify-nucleo_h7a3zi_q-dsp.elf", 12'000'000,
               1'000},
        Sample{"disco-f746ng", "kws/prebuilt/kws-verify-disco_f746ng-dsp.elf", 6'000'000, 1'000},
        Sample{"disco-f746ng", "kws/prebuilt/kws-disco_f746ng-dsp-code-itcm.elf", 4'000'000, 1'000},
        Sample{"disco-f746ng", "kws/prebuilt/kws-disco_f746ng-dsp.elf", 800'000, 1'000, true}),
    name_of);

// Machines on two threads at once, each with runs, states and forks of its own, do what they do
// alone.
TEST(MachineState, MachinesOnTwoThreadsDoNotTouchEachOther) {
  const Sample nano{"nano33ble-sense", "kws/prebuilt/kws-verify-dsp.elf", 6'000'000};
  const Sample disco{"disco-f746ng", "kws/prebuilt/kws-verify-disco_f746ng-dsp.elf", 6'000'000};
  const auto work = [](const Sample& sample) {
    Board board(sample);
    Board fork(sample);
    for (std::uint64_t cycle = 1'000'000; cycle < sample.end; cycle += 1'500'000) {
      board.run_to(cycle);
      const auto state = board.machine.save();
      fork.machine.restore(*state);
      fork.run_to(cycle + 700'000);
      board.machine.restore(*state);
    }
    board.run_to(sample.end);
    return std::pair(board.printed, board.machine.core().counts().instructions);
  };
  const auto alone_nano = work(nano);
  const auto alone_disco = work(disco);
  auto nano_beside = std::async(std::launch::async, work, nano);
  auto nano_twice = std::async(std::launch::async, work, nano);
  auto disco_beside = std::async(std::launch::async, work, disco);
  EXPECT_EQ(nano_beside.get(), alone_nano);
  EXPECT_EQ(nano_twice.get(), alone_nano);
  EXPECT_EQ(disco_beside.get(), alone_disco);
}

TEST(MachinePool, GivesMachinesThatWaitAndBuildsMore) {
  const Sample sample{"nano33ble-sense", "kws/prebuilt/kws-verify-dsp.elf"};
  Board board(sample);
  board.run_to(3'000'000);
  const auto state = board.machine.save();
  board.run_to(6'000'000);
  MachinePool pool(load_board(sample.board),
                   std::make_shared<const FirmwareImage>(load_image(kSamples + sample.image, "")),
                   {});
  pool.warm(2);
  EXPECT_EQ(pool.idle(), 2u);
  const auto use = [&] {
    auto machine = pool.take();
    machine->restore(*state);
    machine->core().set_cycle_limit({6'000'000});
    machine->core().run();
    return machine->core().counts().instructions;
  };
  std::vector<std::future<std::uint64_t>> uses;
  for (int i = 0; i < 4; ++i) uses.push_back(std::async(std::launch::async, use));
  for (auto& instructions : uses) {
    EXPECT_EQ(instructions.get(), board.machine.core().counts().instructions);
  }
  EXPECT_GE(pool.idle(), 2u);
  EXPECT_LE(pool.idle(), 4u);
}

// What the host writes behind the core's back, into flash as well, is taken back.
TEST(MachineState, TakesBackWhatTheHostHasWritten) {
  Board board({"nano33ble-sense", "kws/prebuilt/kws-verify-dsp.elf"});
  board.run_to(1'000'000);
  const auto state = board.machine.save();
  const Everything before = everything(board);
  Bus& bus = board.machine.bus();
  const std::array<std::uint8_t, 3> bytes{1, 2, 3};
  ASSERT_TRUE(bus.copy_in(0x0000'1001, bytes));
  ASSERT_TRUE(bus.write(0x000F'0000, AccessSize::kWord, 0x1234'5678, {}, true));
  ASSERT_TRUE(bus.copy_in(0x2000'2001, bytes));
  EXPECT_FALSE(everything(board).memories == before.memories);
  board.machine.restore(*state);
  expect_equal(everything(board), before, "restored");
}

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
