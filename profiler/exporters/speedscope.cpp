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
  const std::vector<CallFrames::Stack> stacks = calls.stacks();
  std::uint64_t total = 0;
  for (const CallFrames::Stack& stack : stacks) total += stack.cycles;

  const std::string name =
      json_text(fmt::format("{} on {}, CPU cycles", report.firmware.path, report.board));
  out << "{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\n"
      << "\"exporter\":" << json_text("tinyscope " + report.host.tinyscope_version)
      << ",\"name\":" << name << ",\"activeProfileIndex\":0,\n";
  write_frames(calls, report, out);
  out << ",\n\"profiles\":[{\"type\":\"sampled\",\"name\":" << name
      << ",\"unit\":\"none\",\"startValue\":0,\"endValue\":" << total << ",\n\"samples\":[";
  const char* between = "\n";
  for (const CallFrames::Stack& stack : stacks) {
    out << fmt::format("{}[{}]", between, fmt::join(stack.frames, ","));
    between = ",\n";
  }
  out << "],\n\"weights\":[";
  between = "";
  for (const CallFrames::Stack& stack : stacks) {
    out << between << stack.cycles;
    between = ",";
  }
  out << "]}]}\n";
}

}  // namespace tinyscope
