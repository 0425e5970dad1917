#include <fmt/format.h>

#include <fstream>
#include <ostream>

#include "profiler/profiler.hpp"
#include "sim/cli/annotate/annotate_text.hpp"
#include "sim/cli/annotate/annotated_code.hpp"
#include "sim/cli/annotate/source_files.hpp"
#include "sim/cli/bare_model.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/firmware.hpp"
#include "sim/cli/session.hpp"
#include "sim/cli/terminal_style.hpp"
#include "sim/error.hpp"
#include "sim/log.hpp"

namespace tinyscope {
namespace {

// Functions that a pattern may show in full; of more, the hottest are shown.
constexpr std::size_t kMostListings = 10;

void say_what_is_missing(const SourceFiles& sources, std::ostream& out) {
  if (sources.missing().empty()) return;
  out << fmt::format(
      "{} source file{} not found ({}{}); --source-root FOLDER says where they are\n",
      sources.missing().size(), sources.missing().size() == 1 ? "" : "s", sources.missing().front(),
      sources.missing().size() == 1 ? "" : ", ...");
}

}  // namespace

ExitStatus annotate_command(const RunOptions& options, const AnnotateOptions& wanted,
                            std::ostream& out) {
  require_cycle_model(options, "annotate");
  const BoardDescription board = selected_board(options);
  const FirmwareImage image = selected_image(options, board);
  SourceFiles sources(wanted.source_roots, image.path);
  std::ofstream json;
  if (!wanted.json.empty()) {
    json.open(wanted.json, std::ios::binary);
    if (!json) throw InputError(fmt::format("--json {}: cannot write this file", wanted.json));
  }
  Session session(options, board, image, out);
  Profiler profiler(image, selected_rules(options), board.soc, board.currents);
  attach(profiler, session);
  attach_code(profiler, session.machine());
  stop_by_itself(session, image);
  const auto result = session.run();
  require_model_ran(session.machine(), image);
  const ProfileReport report = profiler.report(
      summarise(session.machine(), result.stop, result.host_seconds), session.machine().notes());

  const AnnotateStyle style{.colours = terminal_style(out).colours};
  std::vector<AnnotatedFunction> functions;
  if (wanted.selection.empty()) {
    write_hottest(report, style, out);
    if (json.is_open()) functions = annotate("*", report, image, session.machine().bus());
  } else {
    functions = annotate(wanted.selection, report, image, session.machine().bus());
    for (std::size_t i = 0; i < functions.size() && i < kMostListings; ++i) {
      write_listing(functions[i], report, sources, style, out);
    }
    if (functions.size() > kMostListings) {
      out << fmt::format("{} more functions fit '{}' and took less: name them to see them\n",
                         functions.size() - kMostListings, wanted.selection);
    }
    say_what_is_missing(sources, out);
  }
  if (json.is_open()) write_annotation_json(functions, report, json);
  if (result.status != kPass) log::error("{}", result.stop.text);
  return result.status;
}

}  // namespace tinyscope
