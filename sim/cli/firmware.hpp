// Steps that running and profiling share.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "profiler/layer_rules.hpp"
#include "profiler/profiler.hpp"
#include "sim/cli/options.hpp"
#include "sim/cli/session.hpp"
#include "sim/image/image.hpp"

namespace tinyscope {

// `bin_address` as written by the user, empty if not given: a raw binary then goes where the boot
// loader of `board` expects a program. Null: no board is known.
FirmwareImage load_image(const std::string& path, const std::string& bin_address,
                         const BoardDescription* board = nullptr);
// What is in flash: the image that the user named, and the boot loader if there is to be one.
FirmwareImage selected_image(const RunOptions& options, const BoardDescription& board);

// The board that the user named, with the parameters that --set changes.
BoardDescription selected_board(const RunOptions& options);

// The user's rule files, or all shipped ones.
std::vector<LayerRules> selected_rules(const RunOptions& options);

bool wants_inferences(const RunOptions& options);

// Lets the profiler look at the machine's memory as well; to be called before attach().
void attach_memory(Profiler& profiler, Session& session, const MemoryOptions& options);

// Without conditions of the user's own, a profiled run goes on for a moment behind the first
// inference, so that firmware can print what it found.
inline constexpr Duration kProfileTail = Duration::from_ms(100);

// What the report says of the run as a whole.
RunSummary summarise(Session& session, const Session::Result& result);

// Lets the profiler listen to the session's machine and count its inferences.
void attach(Profiler& profiler, Session& session);

// Has the profiler keep what happens over time, the board's pins included. To be called behind
// attach().
void attach_timeline(Profiler& profiler, Session& session, const ProfileOptions& options);

}  // namespace tinyscope
