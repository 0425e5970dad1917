#pragma once

#include "console/layer_dump.hpp"

namespace console {

// What the board itself can measure of an inference, over the UART, to be compared with what a
// profiler says of the same image (tests/firmware/profile_equals_measurement.py):
//
//   MEASURE read <cycles>            two reads of DWT.CYCCNT, one after the other
//   MEASURE layer <number> <cycles>  CYCCNT around each operator, calls through a loop of our own
//   MEASURE invoke <cycles>          CYCCNT around Interpreter::invoke(), second time
//   MEASURE arena <bytes>            up to the last byte of the arena that lost its paint
//   MEASURE stack <bytes>            from the top to the lowest word that lost its paint
//   MEASURE DONE                     or MEASURE FAILED <status>
//
// Interpreter::invoke() has run twice when the loop begins. Call paint_stack() first of all.
void measure(const Verification& verification);

// Fills what lies below the caller's frame down to the end of static data.
void paint_stack();

}  // namespace console
