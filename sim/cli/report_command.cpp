#include <ostream>

#include "profiler/exporters/terminal_table.hpp"
#include "profiler/report_reader.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/report_files.hpp"
#include "sim/cli/terminal_style.hpp"

namespace tinyscope {

ExitStatus report_command(const std::string& path, const ProfileOptions& options,
                          std::ostream& out) {
  const ProfileReport report = read_report(path);
  ReportFiles files(options);
  TerminalTable(terminal_style(out)).write(report, out);
  files.write(report);
  return kPass;
}

}  // namespace tinyscope
