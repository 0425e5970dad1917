// Whether a RIFF file (WAV) is as long as its header says. Decoders go on silently with what is
// there; a recording that was cut short should not pass as a whole one.
#pragma once

#include <string>

namespace tinyscope {

// Empty if all is well; otherwise what is wrong, for a message. Sizes of 0 or 0xFFFFFFFF, as
// written by programs that stream, are accepted, and so are files that are not RIFF.
std::string truncated_riff(const std::string& file);

}  // namespace tinyscope
