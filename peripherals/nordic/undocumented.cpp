// A window of which PS describes nothing, for the registers in the parameter `undocumented`.
#include "peripherals/nordic/nordic_block.hpp"

namespace tinyscope::nordic {
namespace {

class Undocumented final : public NordicBlock {
 public:
  explicit Undocumented(PeripheralContext& context) : NordicBlock(context, Interrupts::kNone) {}

 private:
  void reset_state(ResetKind) override {}
  void snapshot_state(StateArchive&) override {}
};

const PeripheralType kType("nordic.undocumented", [](PeripheralContext& context) {
  return std::make_unique<Undocumented>(context);
});

}  // namespace
}  // namespace tinyscope::nordic
