#include "profiler/exporters/folded.hpp"

#include <algorithm>
#include <ostream>

#include "profiler/exporters/call_frames.hpp"

namespace tinyscope {

void FoldedExporter::write(const ProfileReport& report, std::ostream& out) const {
  const CallFrames calls(report);
  std::vector<std::string> names;
  for (const CallFrames::Frame& frame : calls.frames()) {
    names.push_back(frame.name.empty() ? "?" : frame.name);
    std::replace(names.back().begin(), names.back().end(), ';', ':');  // it separates frames
  }
  for (const CallFrames::Stack& stack : calls.stacks()) {
    bool first = true;
    for (const std::uint32_t frame : stack.frames) {
      if (!first) out << ';';
      first = false;
      out << names[frame];
    }
    out << ' ' << stack.cycles << '\n';
  }
}

}  // namespace tinyscope
