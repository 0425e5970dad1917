// The options of `check` and `baseline` that other commands do not have.
#pragma once

#include "sim/cli/commands.hpp"

namespace CLI {
class App;
}

namespace tinyscope {

// Call these after what `profile` has was added: FIRMWARE and --board are no longer required, since
// a saved report or the budget may take their place.
void add_check_options(CLI::App& command, CheckOptions& options);
void add_baseline_options(CLI::App& command, BaselineOptions& options);

// Throws InputError if an option of a run was given beside --report, which has none.
void require_no_run_options(const CLI::App& command);

}  // namespace tinyscope
