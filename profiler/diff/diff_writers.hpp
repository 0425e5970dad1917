// A comparison of two reports as text, JSON, folded stacks and a differential flame graph.
#pragma once

#include <iosfwd>

#include "profiler/diff/report_diff.hpp"

namespace tinyscope {

struct DiffTextOptions {
  bool colours = false;     // red: more, green: less
  unsigned width = 120;     // columns of the terminal
  std::size_t listed = 15;  // rows of each table at most; the rest is counted
};
void write_diff_text(const ReportDiff& diff, const DiffTextOptions& options, std::ostream& out);

// The layout is described in docs/advice.md.
void write_diff_json(const ReportDiff& diff, std::ostream& out);

// "outermost;...;innermost BEFORE AFTER" a line, sorted: what difffolded.pl of Brendan Gregg's
// FlameGraph makes and its flamegraph.pl reads.
void write_diff_folded(const ReportDiff& diff, std::ostream& out);

// One HTML file without network: the stacks after the change, as wide as their cycles, and those
// before; red where they grew, blue where they shrank.
void write_diff_flame(const ReportDiff& diff, std::ostream& out);

}  // namespace tinyscope
