// Environmental logging: measure, print, and ten seconds of sleep in which only the real-time
// counter runs.
#include <cstdint>

#include "board.h"
#include "console/line.hpp"
#include "console/sample.hpp"
#include "parts/environment.h"
#include "parts/rest.h"
#include "parts/wakeup.h"

namespace {

constexpr std::uint32_t kTicksBetweenLines = 10u * kWakeupTicksPerSecond;

void signed_hundredths(console::Line& line, std::int32_t value) {
  if (value < 0) line.text("-");
  line.hundredths(static_cast<std::uint32_t>(value < 0 ? -value : value));
}

}  // namespace

int main() {
  board_initialise();
  console::Line().text("environment, a line every 10 s").end();
  for (std::uint32_t number = 0;; ++number) {
    Environment measured{};
    if (!environment_measure(&measured)) console::fail("a sensor does not answer");
    console::Line line;
    line.text("RESULT ").number(number).text(": ");
    signed_hundredths(line, measured.centidegrees);
    line.text(" degC, ");
    signed_hundredths(line, measured.centipercent);
    line.text(" %RH, ").number(measured.pascals).text(" Pa").end();
    board_rest();
    wakeup_every(kTicksBetweenLines);
    board_resume();
  }
}
