// Steps that running and profiling share.
#pragma once

#include <iosfwd>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "profiler/layer_rules.hpp"
#include "profiler/power_trace.hpp"
#include "profiler/profiler.hpp"
#include "sim/cli/options.hpp"
#include "sim/cli/session.hpp"
#include "sim/image/image.hpp"

namespace tinyscope {

// `bin_address` as written by the user, empty if not given: a raw binary then goes where the boot
// loader of `board` expects a program. Null: no board is known.
// A bare model, whose name ends in .tflite, needs a board and comes in the runner with these
// `kernels` ("dsp", which empty means as well, or "reference"), which no other image has.
FirmwareImage load_image(const std::string& path, const std::string& bin_address,
                         const BoardDescription* board = nullptr, const std::string& kernels = {});
// What is in flash: the image that the user named, and the boot loader if there is to be one.
FirmwareImage selected_image(const RunOptions& options, const BoardDescription& board);

// The board that the user named, with the parameters that --set changes, the currents of --power
// and the voltage of --supply or --battery.
BoardDescription selected_board(const RunOptions& options);

// First address and size of the memory that code normally runs from.
std::pair<Address, std::uint32_t> code_flash(const SocDescription& soc);

// The user's rule files, or all shipped ones.
std::vector<LayerRules> selected_rules(const RunOptions& options);

bool wants_inferences(const RunOptions& options);

// Throws InputError if the user has asked `command`, which is about cycles, to do without them.
void require_cycle_model(const RunOptions& options, std::string_view command);

// Lets the profiler look at the machine's memory as well; to be called before attach().
void attach_memory(Profiler& profiler, Machine& machine, const MemoryOptions& options);

// Without conditions of the user's own, a profiled run goes on for a moment behind the first
// inference, so that firmware can print what it found.
inline constexpr Duration kProfileTail = Duration::from_ms(100);

// Where the user gave no condition: ends the run as a profile ends by itself, after kProfileTail
// or, with a bare model, after the second inference, which finds caches as every later one does.
void stop_by_itself(Session& session, const FirmwareImage& image);

// What the report says of the run as a whole.
RunSummary summarise(Machine& machine, const StopReason& stop, double host_seconds);

// Lets the profiler listen to the machine; of a session, counts its inferences as well.
void attach(Profiler& profiler, Machine& machine);
void attach(Profiler& profiler, Session& session);

// Has the profiler count instructions, for a report that says where in the code cycles went.
void attach_code(Profiler& profiler, Machine& machine);

// Takes back all of the above, while the core does not run: the profiler hears nothing more, but
// for what a count of traffic or a search for uninitialised reads hears of DMA. With those it has
// to live as long as the machine.
void detach(Profiler& profiler, Machine& machine);

// For Profiler::begin(), behind attach_memory() and attach(): where the machine stands now.
RunPosition position_of(Machine& machine);

// Has the profiler keep what happens over time, the board's pins included. To be called behind
// attach().
void attach_timeline(Profiler& profiler, Session& session, const ProfileOptions& options);

// Lets a power trace listen, with steps as PowerTrace takes them. It must live as long as the
// session runs.
std::unique_ptr<PowerTrace> attach_power_trace(Session& session, double bin_seconds,
                                               std::size_t most_bins);

}  // namespace tinyscope
