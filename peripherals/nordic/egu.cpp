// EGU: sixteen events that software or PPI triggers, and with them an interrupt (also known as
// SWI). nRF52840 PS, chapter "EGU — Event generator unit".
#include "peripherals/nordic/nordic_block.hpp"

namespace tinyscope::nordic {
namespace {

constexpr Address kTrigger = 0x000;
constexpr Address kTriggered = 0x100;
constexpr unsigned kChannels = 16;

class Egu final : public NordicBlock {
 public:
  explicit Egu(PeripheralContext& context) : NordicBlock(context, Interrupts::kWithInten) {
    for (unsigned i = 0; i < kChannels; ++i) {
      add_event(kTriggered + 4 * i, fmt::format("EVENTS_TRIGGERED[{}]", i));
      add_task(kTrigger + 4 * i, fmt::format("TASKS_TRIGGER[{}]", i),
               [this, i] { raise(kTriggered + 4 * i); });
    }
  }

 private:
  void reset_state(ResetKind) override {}
  void snapshot_state(StateArchive&) override {}  // all state is in the registers
};

const PeripheralType kType("nordic.egu", [](PeripheralContext& context) {
  return std::make_unique<Egu>(context);
});

}  // namespace
}  // namespace tinyscope::nordic
