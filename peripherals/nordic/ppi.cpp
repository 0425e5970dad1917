// PPI: connects events of any block to tasks of any other without the CPU.
// nRF52840 PS, chapter "PPI — Programmable peripheral interconnect".
//
// A task is triggered as the CPU would, by writing 1 to its register, in the same instant as the
// event; the chip takes up to one cycle of 16 MHz. Chains that feed back on themselves at once are
// cut and reported. Channels 20 to 31 have fixed ends, which the SoC file lists in `fixed`:
//   params = { fixed = [{ channel = 20, event = 0x4000_8140, task = 0x4000_1000 }] }
#include <array>

#include "peripherals/nordic/nordic_block.hpp"

namespace tinyscope::nordic {
namespace {

constexpr unsigned kChannels = 32;
constexpr unsigned kProgrammable = 20;
constexpr unsigned kGroups = 6;
constexpr Address kChgEn = 0x000;
constexpr Address kChgDis = 0x004;
constexpr Address kChen = 0x500;
constexpr Address kChenSet = 0x504;
constexpr Address kChenClr = 0x508;
constexpr Address kEep = 0x510;
constexpr Address kTep = 0x514;
constexpr Address kChg = 0x800;
constexpr Address kFork = 0x910;
constexpr unsigned kLongestChain = 16;

class Ppi final : public NordicBlock {
 public:
  explicit Ppi(PeripheralContext& context) : NordicBlock(context, Interrupts::kNone) {
    add_set_clear(kChen, "CHEN", kChenSet, kChenClr, 0xFFFF'FFFF, chen_);
    for (unsigned i = 0; i < kProgrammable; ++i) {
      define_endpoint(kEep + 8 * i, fmt::format("CH[{}].EEP", i), eep_[i]);
      define_endpoint(kTep + 8 * i, fmt::format("CH[{}].TEP", i), tep_[i]);
    }
    for (unsigned i = 0; i < kChannels; ++i) {
      define_endpoint(kFork + 4 * i, fmt::format("FORK[{}].TEP", i), fork_[i]);
    }
    for (unsigned i = 0; i < kGroups; ++i) {
      add_task(kChgEn + 8 * i, fmt::format("TASKS_CHG[{}].EN", i),
               [this, i] { chen_ |= group_[i]->value(); });
      add_task(kChgDis + 8 * i, fmt::format("TASKS_CHG[{}].DIS", i),
               [this, i] { chen_ &= ~group_[i]->value(); });
      group_[i] = &registers_.add(kChg + 4 * i, fmt::format("CHG[{}]", i));
    }
    for (TomlTable& fixed : context.params.tables("fixed")) {
      const std::uint32_t channel = fixed.require_u32("channel");
      if (channel < kProgrammable || channel >= kChannels) {
        fixed.fail("channel", "expected a fixed channel, 20 to 31");
      }
      eep_[channel] = fixed.require_u32("event");
      tep_[channel] = fixed.require_u32("task");
    }
    context.events.subscribe([this](Address event) { on_event(event); });
  }

 private:
  void define_endpoint(Address offset, std::string_view name, Address& endpoint) {
    registers_.add(offset, name)
        .on_read([&endpoint] { return endpoint; })
        .on_write([&endpoint](std::uint32_t value) { endpoint = value; });
  }

  void on_event(Address event) {
    if (chen_ == 0) return;
    if (depth_ == kLongestChain) {
      notes_.unmodelled(name_, "chain of events and tasks without end", event, true, chen_);
      return;
    }
    ++depth_;
    const std::uint32_t enabled = chen_;  // a task may change CHEN; that counts for later events
    for (unsigned i = 0; i < kChannels; ++i) {
      if ((enabled >> i & 1u) == 0 || eep_[i] != event) continue;
      trigger_endpoint(tep_[i]);
      trigger_endpoint(fork_[i]);
    }
    --depth_;
  }

  void trigger_endpoint(Address task) {
    if (task == 0) return;
    if (!bus_.write(task, AccessSize::kWord, 1, now())) {
      notes_.unmodelled(name_, "task endpoint where nothing answers", task, true, 1);
    }
  }

  void reset_state(ResetKind) override {
    chen_ = 0;
    for (unsigned i = 0; i < kProgrammable; ++i) eep_[i] = tep_[i] = 0;
    fork_.fill(0);
  }

  void snapshot_state(StateArchive& archive) override { archive(chen_, eep_, tep_, fork_); }

  std::uint32_t chen_ = 0;
  std::array<Address, kChannels> eep_{};
  std::array<Address, kChannels> tep_{};
  std::array<Address, kChannels> fork_{};
  std::array<RegisterFile::Register*, kGroups> group_{};
  unsigned depth_ = 0;
};

const PeripheralType kType("nordic.ppi", [](PeripheralContext& context) {
  return std::make_unique<Ppi>(context);
});

}  // namespace
}  // namespace tinyscope::nordic
