#include "sim/cli/terminal_style.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <iostream>

namespace tinyscope {

TerminalOptions terminal_style(const std::ostream& out) {
  TerminalOptions style;
  if (&out != &std::cout || isatty(STDOUT_FILENO) == 0) return style;
  style.bars = style.colours = true;
  winsize window{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col >= 80) {
    style.width = window.ws_col;
  }
  return style;
}

}  // namespace tinyscope
