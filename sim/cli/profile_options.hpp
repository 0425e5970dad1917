// Options of `profile` beyond those that running has, and those of them that `run` shares.
#pragma once

#include "sim/cli/options.hpp"

namespace CLI {
class App;
}

namespace tinyscope {

// How inferences are recognised and at which supply energy is counted: `run` and `profile`.
void add_recognition_options(CLI::App& command, RunOptions& options);

// What only `profile` knows: which reports are written, and what they are to hold.
void add_profile_options(CLI::App& command, ProfileOptions& options);

// Which files `report` writes from a report that was saved as JSON.
void add_saved_report_options(CLI::App& command, ProfileOptions& options);

}  // namespace tinyscope
