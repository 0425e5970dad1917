#include "profiler/exporters/terminal_page.hpp"

#include <algorithm>

namespace tinyscope {

std::string TerminalPage::coloured(const char* code, const std::string& text) const {
  return options.colours ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
}

void TerminalPage::heading(const std::string& text) { out << '\n' << coloured("1", text) << '\n'; }

void TerminalPage::paragraph(const std::string& text) {
  const std::string indent = "    ";
  const std::size_t width = std::max<std::size_t>(options.width, 40);
  std::string line = "  ";
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t space = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, space - at);
    if (line.size() + word.size() + 1 > width && line.size() > indent.size()) {
      out << line << '\n';
      line = indent;
    }
    line += (line.back() == ' ' ? "" : " ") + word;
    at = space + 1;
  }
  out << line << '\n';
}

}  // namespace tinyscope
