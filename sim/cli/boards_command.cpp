#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <set>
#include <string>
#include <vector>

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
  std::vector<BoardDescription> boards;
  std::size_t name_width = 0;
  std::size_t title_width = 0;
  for (const std::string& name : list_boards()) {
    boards.push_back(load_board(name));
    name_width = std::max(name_width, boards.back().name.size());
    title_width = std::max(title_width, boards.back().title.size());
  }
  out << fmt::format("{:<{}}  {:<{}}  {:<10} {:>8} {:>9} {:>9}  {}\n", "board", name_width, "title",
                     title_width, "chip", "at reset", "flash", "RAM", "inputs");
  for (const BoardDescription& board : boards) {
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
      if (!stimulus.empty()) inputs += (inputs.empty() ? "  " : " ") + option_of(stimulus);
    }
    out << fmt::format("{:<{}}  {:<{}}  {:<10} {:>4} MHz {:>5} KiB {:>5} KiB{}\n", board.name,
                       name_width, board.title, title_width, board.soc.name,
                       board.soc.cpu_hz / 1'000'000, flash / 1024, ram / 1024, inputs);
  }
  return kPass;
}

}  // namespace tinyscope
