// How the user ends a run from outside: Ctrl-C.
#pragma once

namespace tinyscope {

// Installs a handler so that Ctrl-C ends a run cleanly.
void catch_interrupt();
// Programs with signal handling of their own: asked now and then by every run, in its thread,
// whether the user wants it to end. Set it before any run.
void set_interrupt_check(bool (*interrupted)());
// Whether the user wants the run of this thread to end; true once for each interrupt.
bool interrupt_requested();

}  // namespace tinyscope
