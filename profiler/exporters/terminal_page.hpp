// What the sections of the terminal table write to. Each section is a file of its own.
#pragma once

#include <fmt/format.h>

#include <ostream>
#include <string>

#include "profiler/exporters/terminal_table.hpp"
#include "profiler/report.hpp"

namespace tinyscope {

struct TerminalPage {
  const ProfileReport& report;
  const TerminalOptions& options;
  std::ostream& out;

  template <class... Args>
  void print(fmt::format_string<Args...> format, Args&&... args) {
    out << fmt::format(format, std::forward<Args>(args)...);
  }
  // `text` in an ANSI colour ("1" bold, "33" yellow) where colours are wanted.
  std::string coloured(const char* code, const std::string& text) const;
  void heading(const std::string& text);
  // A long text, broken between words, with an indent.
  void paragraph(const std::string& text);
};

// Each writes nothing where it has nothing to say.
void write_inferences(TerminalPage& page);  // terminal_layers.cpp
void write_run(TerminalPage& page);         // terminal_run.cpp
void write_phases(TerminalPage& page);
void write_interrupts(TerminalPage& page);
void write_threads(TerminalPage& page);
void write_functions(TerminalPage& page);
void write_lines(TerminalPage& page);   // terminal_lines.cpp
void write_memory(TerminalPage& page);  // terminal_memory.cpp
void write_energy(TerminalPage& page);  // terminal_energy.cpp
void write_lint(TerminalPage& page);    // terminal_advice.cpp
void write_advice(TerminalPage& page);
void write_notes(TerminalPage& page);  // terminal_notes.cpp

}  // namespace tinyscope
