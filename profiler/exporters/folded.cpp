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
  for (std::size_t i = 0; i < report.call_tree.size(); ++i) {
    if (report.call_tree[i].cycles == 0) continue;
    bool first = true;
    for (const std::uint32_t frame : calls.stack(i)) {
      if (!first) out << ';';
      first = false;
      out << names[frame];
    }
    out << ' ' << report.call_tree[i].cycles << '\n';
  }
  if (calls.remaining_cycles() != 0) {
    out << names[calls.remaining_frame()] << ' ' << calls.remaining_cycles() << '\n';
  }
}

}  // namespace tinyscope
