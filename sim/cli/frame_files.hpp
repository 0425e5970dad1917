// --frame: what the board's display shows, as PNG files.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "sim/cli/machine.hpp"

namespace tinyscope {

class FrameOutput;

class FrameFiles {
 public:
  // With `every` = N each N-th frame goes to a file of its own: screen.png becomes screen-0001.png
  // and so on. Throws InputError if the chip has no display controller, `every` is 0 or the folder
  // of `file` does not exist. The machine must not have started.
  FrameFiles(Machine& machine, const std::string& file, std::optional<unsigned> every);

  // The run is over: without `every` what is shown now goes to the file.
  void finish();

 private:
  void frame_ended();
  void write(const std::filesystem::path& file);

  FrameOutput* output_ = nullptr;
  std::filesystem::path file_;
  std::optional<unsigned> every_;
  std::uint64_t frames_ = 0;
  unsigned written_ = 0;
};

}  // namespace tinyscope
