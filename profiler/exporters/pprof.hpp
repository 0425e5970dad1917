// The run as a profile for pprof: stacks with source lines and inlined functions, in cycles and in
// instructions. Format: profile.proto of github.com/google/pprof, compressed with gzip.
//
// What each function costs on each path of calls is exact, and so is what each instruction costs in
// all; how the two meet is not known where a function is called from several places: there each
// path gets a share of every instruction in proportion. All sums are exact.
#pragma once

#include "profiler/exporters/exporter.hpp"

namespace tinyscope {

class PprofExporter final : public Exporter {
 public:
  std::string_view format() const override { return "pprof"; }
  void write(const ProfileReport& report, std::ostream& out) const override;
};

}  // namespace tinyscope
