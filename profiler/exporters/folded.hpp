// Folded stacks, a line each: "frame;frame;frame cycles". flamegraph.pl, inferno, speedscope and
// d3-flame-graph read them. Cycles are those of the last frame itself.
#pragma once

#include "profiler/exporters/exporter.hpp"

namespace tinyscope {

class FoldedExporter final : public Exporter {
 public:
  std::string_view format() const override { return "folded"; }
  void write(const ProfileReport& report, std::ostream& out) const override;
};

}  // namespace tinyscope
