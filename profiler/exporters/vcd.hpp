// Pins and power states as value change dump (IEEE 1364-2005, clause 18), for GTKWave, PulseView
// and sigrok. Each state of a unit is a wire of its own, 1 while the unit is in it, since the
// format has no texts.
#pragma once

#include "profiler/exporters/exporter.hpp"

namespace tinyscope {

class VcdExporter final : public Exporter {
 public:
  std::string_view format() const override { return "vcd"; }
  void write(const ProfileReport& report, std::ostream& out) const override;
};

}  // namespace tinyscope
