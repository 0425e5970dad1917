#include <fmt/format.h>

#include <memory>
#include <optional>
#include <ostream>

#include "profiler/layer_rules.hpp"
#include "profiler/profiler.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/firmware.hpp"
#include "sim/cli/session.hpp"
#include "sim/log.hpp"

namespace tinyscope {

ExitStatus run_command(const RunOptions& options, std::ostream& out) {
  const BoardDescription board = selected_board(options);
  const FirmwareImage image = selected_image(options, board);
  // Only a condition on inferences needs somebody who recognises them.
  const bool count_inferences = !options.limit_no_progress.empty() || wants_inferences(options);
  std::optional<Profiler> profiler;
  Session session(options, board, image, out);
  if (count_inferences) {
    profiler.emplace(image, selected_rules(options), board.soc, board.currents);
    attach(*profiler, session);
  }
  const auto result = session.run();
  if (!options.quiet) {
    log::info("{} after {:.6f} s simulated, {} cycles", result.stop.text,
              session.machine().core().now().seconds(), session.machine().core().cycles().count);
  }
  if (result.status != kPass) {
    log::error("{}", result.stop.text);
  }
  return result.status;
}

}  // namespace tinyscope
