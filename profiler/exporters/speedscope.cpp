#include "profiler/exporters/speedscope.hpp"

#include <fmt/format.h>

#include <ostream>

#include "profiler/exporters/call_frames.hpp"
#include "profiler/exporters/clean_text.hpp"

namespace tinyscope {
namespace {

void write_frames(const CallFrames& calls, const ProfileReport& report, std::ostream& out) {
  out << "\"shared\":{\"frames\":[";
  bool first = true;
  for (const CallFrames::Frame& frame : calls.frames()) {
    out << (first ? "\n" : ",\n") << "{\"name\":" << json_text(frame.name);
    first = false;
    if (frame.function >= 0) {
      const FunctionRow& function = report.functions[static_cast<std::size_t>(frame.function)];
      if (!function.file.empty()) {
        out << ",\"file\":" << json_text(function.file) << ",\"line\":" << function.line;
      }
    }
    out << '}';
  }
  out << "]}";
}

}  // namespace

void SpeedscopeExporter::write(const ProfileReport& report, std::ostream& out) const {
  const CallFrames calls(report);
  std::vector<std::vector<std::uint32_t>> samples;
  std::vector<std::uint64_t> weights;
  for (std::size_t i = 0; i < report.call_tree.size(); ++i) {
    if (report.call_tree[i].cycles == 0) continue;
    samples.push_back(calls.stack(i));
    weights.push_back(report.call_tree[i].cycles);
  }
  if (calls.remaining_cycles() != 0) {
    samples.push_back({calls.remaining_frame()});
    weights.push_back(calls.remaining_cycles());
  }
  std::uint64_t total = 0;
  for (const std::uint64_t cycles : weights) total += cycles;

  const std::string name =
      json_text(fmt::format("{} on {}, CPU cycles", report.firmware.path, report.board));
  out << "{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\n"
      << "\"exporter\":" << json_text("tinyscope " + report.host.tinyscope_version)
      << ",\"name\":" << name << ",\"activeProfileIndex\":0,\n";
  write_frames(calls, report, out);
  out << ",\n\"profiles\":[{\"type\":\"sampled\",\"name\":" << name
      << ",\"unit\":\"none\",\"startValue\":0,\"endValue\":" << total << ",\n\"samples\":[";
  for (std::size_t i = 0; i < samples.size(); ++i) {
    out << fmt::format("{}[{}]", i == 0 ? "\n" : ",\n", fmt::join(samples[i], ","));
  }
  out << fmt::format("],\n\"weights\":[{}]}}]}}\n", fmt::join(weights, ","));
}

}  // namespace tinyscope
