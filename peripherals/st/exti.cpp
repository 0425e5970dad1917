// EXTI: edges of lines become interrupts. RM0432 (STM32L4+), chapter "Extended interrupts and
// events controller (EXTI)".
//
// Lines 0 to 15 come from pins by way of SYSCFG, 16, 18 to 22 and 35 to 38 from blocks of the chip;
// all these have an edge detector and a pending bit. Direct lines (17, 23 to 33, 40) only wake the
// chip: their blocks have interrupts of their own, so here they are mask bits without effect.
// Inputs: pad_lines.hpp. Wires, each the OR of pending and unmasked lines: "irq0" to "irq4",
// "irq9_5", "irq15_10", "irq_pvd" (16, 35 to 38), "irq_tamp" (19), "irq_wkup" (20), "irq_alarm"
// (18), "irq_comp" (21, 22).
//
// Not modelled, and reported when used: events (EMR), which wake a WFE without an interrupt.
#include <array>
#include <vector>

#include "peripherals/st/pad_lines.hpp"
#include "peripherals/st/rcc_lines.hpp"
#include "peripherals/st/wired_block.hpp"

namespace tinyscope::st {
namespace {

// Offsets in each of two groups, 0x20 apart: lines 0 to 31, and from 32 on.
constexpr Address kGroup = 0x20;
constexpr Address kImr = 0x00;
constexpr Address kEmr = 0x04;
constexpr Address kRtsr = 0x08;
constexpr Address kFtsr = 0x0C;
constexpr Address kSwier = 0x10;
constexpr Address kPr = 0x14;

// CMSIS, EXTI_IMR1, _IMR2, _RTSR1, _RTSR2: the lines that exist, and those with an edge detector.
constexpr std::array<std::uint32_t, 2> kLines = {0xFFFF'FFFF, 0x17B};
constexpr std::array<std::uint32_t, 2> kConfigurable = {0x007D'FFFF, 0x78};
// RM0432, from memory; SVD for IMR1. Direct lines are unmasked.
constexpr std::array<std::uint32_t, 2> kImrReset = {0xFF82'0000, 0x103};

class Exti final : public WiredBlock {
 public:
  explicit Exti(PeripheralContext& context) : WiredBlock(context) {
    define_outputs();
    for (unsigned i = 0; i < 2; ++i) define_group(context, i);
    context.events.line(block_reset_line(context.name)).connect([this](bool held) {
      if (held) reset(ResetKind::kSoftware);
    });
  }

 private:
  using Register = RegisterFile::Register;
  struct Group {
    Register* imr = nullptr;
    Register* rtsr = nullptr;
    Register* ftsr = nullptr;
    Register* swier = nullptr;
    Register* pr = nullptr;
    std::uint32_t swier_kept = 0;  // before the write in progress
  };
  struct Output {
    Wire* wire = nullptr;
    std::array<std::uint32_t, 2> lines{};
  };

  void define_outputs() {
    for (unsigned i = 0; i < 5; ++i) add_output(fmt::format("irq{}", i), 1u << i);
    add_output("irq9_5", 0x03E0);
    add_output("irq15_10", 0xFC00);
    add_output("irq_pvd", 1u << 16, 0x78);
    add_output("irq_alarm", 1u << 18);
    add_output("irq_tamp", 1u << 19);
    add_output("irq_wkup", 1u << 20);
    add_output("irq_comp", 3u << 21);
  }
  void add_output(const std::string& name, std::uint32_t low, std::uint32_t high = 0) {
    outputs_.push_back({&add_wire(name), {low, high}});
  }

  void define_group(PeripheralContext& context, unsigned i) {
    Group& group = groups_[i];
    const Address base = kGroup * i;
    const auto name = [i](std::string_view text) { return fmt::format("{}{}", text, i + 1); };
    const auto add = [&](Address offset, std::string_view text, std::uint32_t bits) -> Register& {
      Register& added = registers_.add(base + offset, name(text));
      for (unsigned bit = 0; bit < 32; ++bit) {
        if ((bits >> bit & 1u) != 0) added.flag(bit, fmt::format("{}", 32 * i + bit));
      }
      return added;
    };
    group.imr = &add(kImr, "IMR", kLines[i]).reset(kImrReset[i]).on_write([this](std::uint32_t) {
      update();
    });
    Register& emr = registers_.add(base + kEmr, name("EMR"));
    for (unsigned bit = 0; bit < 32; ++bit) {
      if ((kLines[i] >> bit & 1u) != 0) emr.unimplemented(bit, 1, fmt::format("EM{}", bit));
    }
    group.rtsr = &add(kRtsr, "RTSR", kConfigurable[i]);
    group.ftsr = &add(kFtsr, "FTSR", kConfigurable[i]);
    group.swier = &add(kSwier, "SWIER", kConfigurable[i]).on_write([this, i](std::uint32_t) {
      software_interrupt(groups_[i]);
    });
    group.pr = &add(kPr, "PR", kConfigurable[i])
                    .write_one_to_clear()
                    .on_write([this, i](std::uint32_t bits) { cleared(groups_[i], bits); });
    for (unsigned bit = 0; bit < 32; ++bit) {
      if ((kConfigurable[i] >> bit & 1u) == 0) continue;
      context.events.line(exti_line(32 * i + bit)).connect([this, i, bit](bool level) {
        edge(groups_[i], 1u << bit, level);
      });
    }
  }

  void edge(Group& group, std::uint32_t line, bool rising) {
    if (((rising ? group.rtsr : group.ftsr)->value() & line) == 0) return;
    group.pr->set(group.pr->value() | line);
    update();
  }

  // RM0432, EXTI_SWIER1: a 1 written over a 0 pends the line if it is unmasked.
  void software_interrupt(Group& group) {
    const std::uint32_t rising = group.swier->value() & ~group.swier_kept;
    group.swier->set(group.swier->value() | group.swier_kept);
    group.swier_kept = group.swier->value();
    group.pr->set(group.pr->value() | (rising & group.imr->value()));
    update();
  }
  // Clearing a pending bit clears its bit of SWIER.
  void cleared(Group& group, std::uint32_t bits) {
    group.swier->set(group.swier->value() & ~bits);
    group.swier_kept = group.swier->value();
    update();
  }

  void update() {
    for (const Output& output : outputs_) {
      bool pending = false;
      for (unsigned i = 0; i < 2; ++i) {
        pending |= (groups_[i].pr->value() & groups_[i].imr->value() & output.lines[i]) != 0;
      }
      output.wire->set(pending);
    }
  }

  void reset_state(ResetKind) override {
    for (Group& group : groups_) group.swier_kept = 0;
    update();
  }
  void snapshot_state(StateArchive& archive) override {
    for (Group& group : groups_) archive(group.swier_kept);
  }

  std::array<Group, 2> groups_{};
  std::vector<Output> outputs_;
};

const PeripheralType kType("st.exti_l4", [](PeripheralContext& context) {
  return std::make_unique<Exti>(context);
});

}  // namespace
}  // namespace tinyscope::st
