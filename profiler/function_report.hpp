// Functions and the call tree of the report.
#pragma once

#include "profiler/function_table.hpp"
#include "profiler/layer_collector.hpp"
#include "profiler/read_memory.hpp"
#include "profiler/report.hpp"
#include "sim/image/image.hpp"
#include "sim/run_notes.hpp"

namespace tinyscope {

// Fills in functions, call_tree and exception_cycles. `read`: the memory at the end of the run; may
// be null. Asserts that functions and exceptions have all cycles of the run, and so has the tree.
void report_functions(const LayerCollector& collector, const FunctionTable& functions,
                      const FirmwareImage& image, const ReadMemory& read, RunNotes& notes,
                      ProfileReport& report);

}  // namespace tinyscope
