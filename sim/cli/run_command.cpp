#include <fmt/format.h>

#include <memory>
#include <optional>
#include <ostream>

#include "profiler/layer_rules.hpp"
#include "profiler/profiler.hpp"
#include "sim/cli/bare_model.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/firmware.hpp"
#include "sim/cli/session.hpp"
#include "sim/log.hpp"

namespace tinyscope {

ExitStatus run_command(const RunOptions& given, std::ostream& out) {
  const BoardDescription board = selected_board(given);
  const FirmwareImage image = selected_image(given, board);
  RunOptions options = given;
  // The runner goes on for ever and prints nothing that one could wait for.
  if (holds_bare_model(image) && options.until.empty() && options.uart_script.empty()) {
    options.until.push_back("symbol:runner_after_inference");
  }
  // Only a condition on inferences needs somebody who recognises them.
  const bool count_inferences = !options.limit_no_progress.empty() || wants_inferences(options);
  std::optional<Profiler> profiler;
  Session session(options, board, image, out);
  if (count_inferences) {
    profiler.emplace(image, selected_rules(options), board.soc, board.currents);
    attach(*profiler, session);
  }
  const auto result = session.run();
  require_model_ran(session.machine(), image);
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
