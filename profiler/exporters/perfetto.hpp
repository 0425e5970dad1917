// The timeline as Perfetto trace: TrackEvent packets for https://ui.perfetto.dev and
// trace_processor. Field numbers are those of protos/perfetto/trace in google/perfetto
// (trace_packet, track_event, track_descriptor, counter_descriptor, interned_data).
#pragma once

#include "profiler/exporters/exporter.hpp"

namespace tinyscope {

class PerfettoExporter final : public Exporter {
 public:
  std::string_view format() const override { return "perfetto"; }
  void write(const ProfileReport& report, std::ostream& out) const override;
};

}  // namespace tinyscope
