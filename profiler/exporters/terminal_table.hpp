// The report as a table for people: one line per layer, then what the whole run cost.
#pragma once

#include "profiler/exporters/exporter.hpp"

namespace tinyscope {

struct TerminalOptions {
  enum class Show { kLast, kMean };  // of several inferences: the last one, or the mean over all

  Show show = Show::kLast;
  bool bars = false;     // a bar of UTF-8 blocks behind each layer
  bool colours = false;  // ANSI escapes
  unsigned width = 120;  // columns of the terminal
};

class TerminalTable final : public Exporter {
 public:
  explicit TerminalTable(TerminalOptions options = {}) : options_(options) {}
  std::string_view format() const override { return "table"; }
  void write(const ProfileReport& report, std::ostream& out) const override;

 private:
  TerminalOptions options_;
};

}  // namespace tinyscope
