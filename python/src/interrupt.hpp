// Ctrl-C while the simulator runs.
#pragma once

namespace tinyscope {

// From now on every run asks Python now and then whether a signal handler wants it to end. Call
// once, from the thread that imports the module.
void ask_python_for_interrupts();

// Throws the Python exception that a signal handler raised in the last run, or KeyboardInterrupt.
// Needs the GIL.
[[noreturn]] void throw_interrupt();

}  // namespace tinyscope
