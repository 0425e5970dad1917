// Options of every command that runs firmware.
#pragma once

#include "sim/cli/options.hpp"

namespace CLI {
class App;
}

namespace tinyscope {

// The image, the board, and what is set up on it.
void add_firmware_options(CLI::App& command, RunOptions& options, bool needs_board = true);

// What the board's sensors and pins sense.
void add_stimulus_options(CLI::App& command, StimulusArguments& stimuli);

// When a run ends, its limits, and where what it says goes.
void add_run_options(CLI::App& command, RunOptions& options);

// The chip set up in another way than firmware does it.
void add_what_if_option(CLI::App& command, RunOptions& options);

}  // namespace tinyscope
