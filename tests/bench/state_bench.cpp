// What it costs to save the state of a machine, to go back to it, and to go on from it elsewhere:
// in host time, median of many with the middle half beside it, and in memory.
//
// usage: tinyscope_state_bench
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "sim/cli/firmware.hpp"
#include "sim/cli/machine.hpp"
#include "sim/cli/machine_pool.hpp"
#include "tests/support/paths.hpp"

namespace tinyscope {
namespace {

struct Case {
  std::string board;
  std::string image;
};

constexpr Duration kBefore = Duration::from_ms(200);  // from power-on to the first state
constexpr Duration kBetween = Duration::from_ms(10);  // from one state to the next
constexpr int kRounds = 60;
constexpr int kColdRounds = 9;

class Times {
 public:
  template <class Action>
  auto measure(Action&& action) {
    const auto start = std::chrono::steady_clock::now();
    auto result = action();
    const auto end = std::chrono::steady_clock::now();
    milliseconds_.push_back(std::chrono::duration<double, std::milli>(end - start).count());
    return result;
  }
  std::string text() {
    std::sort(milliseconds_.begin(), milliseconds_.end());
    const std::size_t count = milliseconds_.size();
    return fmt::format("{:8.3f} ms ({:.3f} to {:.3f})", milliseconds_[count / 2],
                       milliseconds_[count / 4], milliseconds_[count * 3 / 4]);
  }

 private:
  std::vector<double> milliseconds_;
};

void run_for(Machine& machine, Duration time) {
  const double cycles = time.seconds() * static_cast<double>(machine.core().clock_hz());
  machine.core().set_cycle_limit(
      {machine.core().cycles().count + static_cast<std::uint64_t>(cycles)});
  machine.core().run();
}

void bench(const Case& what) {
  const std::string path = TINYSCOPE_SOURCE_DIR "/firmware-samples/" + what.image;
  const auto image = std::make_shared<const FirmwareImage>(load_image(path, ""));
  Times build;
  for (int round = 0; round < kColdRounds; ++round) {
    build.measure([&] {
      return std::make_unique<Machine>(load_board(what.board), *image, MachineOptions());
    });
  }
  MachinePool pool(load_board(what.board), image, {});
  Machine machine(load_board(what.board), *image, {});
  machine.power_on();
  run_for(machine, kBefore);

  // A run that saves its state from time to time.
  Times save;
  std::size_t own_bytes = 0;
  std::vector<std::shared_ptr<const MachineState>> states;
  for (int round = 0; round < kRounds; ++round) {
    states.push_back(save.measure([&] { return machine.save(); }));
    run_for(machine, kBetween);
  }
  for (const auto& state : states) own_bytes += state->size().own_bytes;
  const std::size_t shared_bytes = states.front()->size().shared_bytes;

  // A run that goes back again and again.
  Times restore;
  const auto& state = states[kRounds / 2];
  for (int round = 0; round < kRounds; ++round) {
    restore.measure([&] {
      machine.restore(*state);
      return 0;
    });
    run_for(machine, kBetween);
  }

  // Forks: from the call to the moment at which the other machine could run.
  Times cold;
  for (int round = 0; round < kColdRounds; ++round) {
    MachinePool empty(load_board(what.board), image, {});
    cold.measure([&] {
      const auto now = machine.save();
      auto fork = empty.take();
      fork->restore(*now);
      return 0;
    });
  }
  Times warm;
  pool.warm(2);
  for (int round = 0; round < kRounds; ++round) {
    MachinePool::Taken other;
    warm.measure([&] {
      const auto now = machine.save();
      other = pool.take();
      other->restore(*now);
      return 0;
    });
    run_for(*other, kBetween);
    run_for(machine, kBetween);
  }

  fmt::print(
      "{} on {}\n"
      "  build a machine     {}\n"
      "  save                {}, every 10 ms of its time\n"
      "  restore             {}, 10 ms of its time later\n"
      "  fork, cold pool     {}\n"
      "  fork, warm pool     {}\n"
      "  memory per state    {:.0f} KiB of its own, {:.0f} KiB shared\n",
      what.image, what.board, build.text(), save.text(), restore.text(), cold.text(), warm.text(),
      static_cast<double>(own_bytes) / kRounds / 1024, static_cast<double>(shared_bytes) / 1024);
}

}  // namespace
}  // namespace tinyscope

int main() {
  try {
    for (const tinyscope::Case& what : {
             tinyscope::Case{"nano33ble-sense", "kws/prebuilt/kws-dsp.elf"},
             tinyscope::Case{"nucleo-l4r5zi", "kws/prebuilt/kws-nucleo_l4r5zi-dsp.elf"},
             tinyscope::Case{"nucleo-h7a3zi-q", "kws/prebuilt/kws-nucleo_h7a3zi_q-dsp.elf"},
             tinyscope::Case{"disco-f746ng", "kws/prebuilt/kws-disco_f746ng-dsp.elf"},
         }) {
      tinyscope::bench(what);
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "tinyscope_state_bench: %s\n", error.what());
    return 2;
  }
  return 0;
}
