// The run in the format of Valgrind's callgrind, for KCachegrind and callgrind_annotate: costs of
// each instruction and source line, inlined functions under their own files, calls with the cycles
// and instructions that they cost; the causes of cycles are known for instructions alone. Format:
// Valgrind User Manual, "Callgrind Format Specification", version 1.
#pragma once

#include "profiler/exporters/exporter.hpp"

namespace tinyscope {

class CallgrindExporter final : public Exporter {
 public:
  std::string_view format() const override { return "callgrind"; }
  void write(const ProfileReport& report, std::ostream& out) const override;
};

}  // namespace tinyscope
