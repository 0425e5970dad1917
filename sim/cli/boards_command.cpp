#include <fmt/format.h>

#include <ostream>
#include <set>
#include <string>

#include "sim/cli/commands.hpp"
#include "sim/description/board.hpp"

namespace tinyscope {
namespace {

// How the command line feeds it: the common ones have options of their own.
std::string option_of(const std::string& stimulus) {
  const bool own = stimulus == "mic" || stimulus == "imu" || stimulus == "camera";
  return own ? "--" + stimulus : fmt::format("--sensor {}=", stimulus);
}

}  // namespace

ExitStatus boards_command(std::ostream& out) {
  out << fmt::format("{:<20} {:<30} {:<10} {:>8} {:>9} {:>9}  {}\n", "board", "title", "chip",
                     "clock", "flash", "RAM", "inputs");
  for (const std::string& name : list_boards()) {
    const BoardDescription board = load_board(name);
    std::uint64_t flash = 0;
    std::uint64_t ram = 0;
    for (const auto& memory : board.soc.memories) {
      if (!memory.alias_of.empty()) continue;
      if (memory.kind == MemoryKind::kRam) ram += memory.size;
      if (memory.kind == MemoryKind::kFlash) flash += memory.size;
    }
    std::set<std::string> stimuli;
    for (const auto& device : board.devices) stimuli.insert(device.stimulus);
    std::string inputs;
    for (const std::string& stimulus : stimuli) {
      if (!stimulus.empty()) inputs += ' ' + option_of(stimulus);
    }
    out << fmt::format("{:<20} {:<30} {:<10} {:>4} MHz {:>5} KiB {:>5} KiB {}\n", board.name,
                       board.title, board.soc.name, board.soc.cpu_hz / 1'000'000, flash / 1024,
                       ram / 1024, inputs);
  }
  return kPass;
}

}  // namespace tinyscope
