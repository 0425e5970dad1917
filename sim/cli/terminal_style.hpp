// Bars and colours for a person at a terminal, plain text for a pipe.
#pragma once

#include <iosfwd>

#include "profiler/exporters/terminal_table.hpp"

namespace tinyscope {

TerminalOptions terminal_style(const std::ostream& out);

}  // namespace tinyscope
