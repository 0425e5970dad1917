// MWU: memory watch unit. nRF52840 PS, chapter "MWU — Memory watch unit".
//
// Accesses of the CPU to memory are not told to peripherals, since that would slow every run; so no
// region is ever seen to be accessed. The registers work, and enabling a region is reported.
#include "peripherals/nordic/nordic_block.hpp"

namespace tinyscope::nordic {
namespace {

constexpr Address kRegionWa = 0x100;
constexpr Address kPregionWa = 0x160;
constexpr Address kNmiEn = 0x320;
constexpr Address kPerregionSubstat = 0x400;
constexpr Address kRegionEn = 0x510;
constexpr Address kRegionStart = 0x600;
constexpr Address kPregionStart = 0x6C0;
constexpr unsigned kRegions = 4;
constexpr unsigned kPregions = 2;
constexpr std::uint32_t kValid = 0x0F00'00FF;  // WA and RA of four regions and two of peripherals

class Mwu final : public NordicBlock {
 public:
  explicit Mwu(PeripheralContext& context) : NordicBlock(context, Interrupts::kWithInten) {
    for (unsigned i = 0; i < kRegions; ++i) {
      add_event(kRegionWa + 8 * i, fmt::format("EVENTS_REGION[{}].WA", i));
      add_event(kRegionWa + 8 * i + 4, fmt::format("EVENTS_REGION[{}].RA", i));
      registers_.add(kRegionStart + 16 * i, fmt::format("REGION[{}].START", i));
      registers_.add(kRegionStart + 16 * i + 4, fmt::format("REGION[{}].END", i));
    }
    for (unsigned i = 0; i < kPregions; ++i) {
      add_event(kPregionWa + 8 * i, fmt::format("EVENTS_PREGION[{}].WA", i));
      add_event(kPregionWa + 8 * i + 4, fmt::format("EVENTS_PREGION[{}].RA", i));
      registers_.add(kPerregionSubstat + 8 * i, fmt::format("PERREGION[{}].SUBSTATWA", i))
          .write_one_to_clear();
      registers_.add(kPerregionSubstat + 8 * i + 4, fmt::format("PERREGION[{}].SUBSTATRA", i))
          .write_one_to_clear();
      registers_.add(kPregionStart + 16 * i, fmt::format("PREGION[{}].START", i)).read_only();
      registers_.add(kPregionStart + 16 * i + 4, fmt::format("PREGION[{}].END", i)).read_only();
      registers_.add(kPregionStart + 16 * i + 8, fmt::format("PREGION[{}].SUBS", i));
    }
    add_set_clear(kNmiEn, "NMIEN", kNmiEn + 4, kNmiEn + 8, kValid, nmien_);
    add_set_clear(kRegionEn, "REGIONEN", kRegionEn + 4, kRegionEn + 8, kValid, regionen_, [this] {
      if (regionen_ != 0) {
        notes_.unmodelled(name_, "watching memory", kRegionEn, true, regionen_);
      }
    });
  }

 private:
  void reset_state(ResetKind) override { nmien_ = regionen_ = 0; }
  void snapshot_state(StateArchive& archive) override { archive(nmien_, regionen_); }

  std::uint32_t nmien_ = 0;
  std::uint32_t regionen_ = 0;
};

const PeripheralType kType("nordic.mwu", [](PeripheralContext& context) {
  return std::make_unique<Mwu>(context);
});

}  // namespace
}  // namespace tinyscope::nordic
