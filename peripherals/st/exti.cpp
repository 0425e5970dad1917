// EXTI: edges of lines become interrupts. RM0432 (STM32L4+), chapter "Extended interrupts and
// events controller (EXTI)"; RM0090, RM0390 and RM0385 (STM32F4, STM32F7) the chapters of that
// name; STM32H7A3 by CMSIS stm32h7a3xxq.h.
//
// Lines 0 to 15 come from pins by way of SYSCFG, others from blocks of the chip (kL4, kF4, kF7,
// kH7); all these have an edge detector and a pending bit. Direct lines of the L4+ (17, 23 to 33,
// 40) only wake the chip: their blocks have interrupts of their own, so here they are mask bits
// without effect. Inputs: pad_lines.hpp. Wires, each the OR of pending and unmasked lines: "irq0"
// to "irq4", "irq9_5", "irq15_10", "irq_pvd", "irq_tamp", "irq_wkup", "irq_alarm"; L4+: "irq_comp".
//
// Not modelled, and reported when used: events (EMR), which wake a WFE without an interrupt.
#include <array>
#include <vector>

#include "peripherals/st/pad_lines.hpp"
#include "peripherals/st/rcc_lines.hpp"
#include "peripherals/st/wired_block.hpp"

namespace tinyscope::st {
namespace {

// Where the registers of a group of 32 lines stand; those of the next are a stride higher.
struct Layout {
  Address imr, emr, pr, mask_stride;
  Address rtsr, ftsr, swier, edge_stride;
};
constexpr Layout kOneBlock{.imr = 0x00,
                           .emr = 0x04,
                           .pr = 0x14,
                           .mask_stride = 0x20,
                           .rtsr = 0x08,
                           .ftsr = 0x0C,
                           .swier = 0x10,
                           .edge_stride = 0x20};
// CMSIS stm32h7a3xxq.h, EXTI_TypeDef: masks apart from edges.
constexpr Layout kCoreApart{.imr = 0x80,
                            .emr = 0x84,
                            .pr = 0x88,
                            .mask_stride = 0x10,
                            .rtsr = 0x00,
                            .ftsr = 0x04,
                            .swier = 0x08,
                            .edge_stride = 0x20};
constexpr Address kD3pmr = 0x0C;  // H7: to D3PCRxH, three words for each group

constexpr std::size_t kMostGroups = 3;
using Lines = std::array<std::uint32_t, kMostGroups>;

// What one family has.
struct Variant {
  unsigned groups;
  Lines lines;         // that exist
  Lines configurable;  // with an edge detector
  Lines imr_reset;
  Lines pvd, alarm, tamp, wkup, comp;
  Layout layout = kOneBlock;
};
// CMSIS, EXTI_IMR1, _IMR2, _RTSR1, _RTSR2. IMR after reset: RM0432, from memory; SVD for IMR1:
// direct lines are unmasked.
constexpr Variant kL4{.groups = 2,
                      .lines = {0xFFFF'FFFF, 0x17B},
                      .configurable = {0x007D'FFFF, 0x78},
                      .imr_reset = {0xFF82'0000, 0x103},
                      .pvd = {1u << 16, 0x78},
                      .alarm = {1u << 18},
                      .tamp = {1u << 19},
                      .wkup = {1u << 20},
                      .comp = {3u << 21}};
// CMSIS, EXTI_IMR_MR0 to _MR22 of the F4; _IM0 to _IM23 of the STM32F746, where 23 is LPTIM1. 18
// and 20 are wake-ups of USB, 19 of Ethernet, none of which is modelled.
constexpr Variant kF4{.groups = 1,
                      .lines = {0x007F'FFFF},
                      .configurable = {0x007F'FFFF},
                      .imr_reset = {},
                      .pvd = {1u << 16},
                      .alarm = {1u << 17},
                      .tamp = {1u << 21},
                      .wkup = {1u << 22},
                      .comp = {}};
constexpr Variant kF7{.groups = 1,
                      .lines = {0x00FF'FFFF},
                      .configurable = {0x00FF'FFFF},
                      .imr_reset = {},
                      .pvd = {1u << 16},
                      .alarm = {1u << 17},
                      .tamp = {1u << 21},
                      .wkup = {1u << 22},
                      .comp = {}};

// CMSIS, EXTI_IMR1 to _IMR3, _RTSR1 to _RTSR3; HAL of the STM32H7, RTC_EXTI_LINE_…; 16, 20 and 21:
// RM0455, from memory, as that direct lines are unmasked after reset.
constexpr Lines kH7Lines = {0xFFFF'FFFF, 0xFFFF'8FFF, 0x01A5'27FF};
constexpr Lines kH7Configurable = {0x003F'FFFF, 0x000A'0000, 0x0024'0000};
constexpr Variant kH7{
    .groups = 3,
    .lines = kH7Lines,
    .configurable = kH7Configurable,
    .imr_reset = {kH7Lines[0] & ~kH7Configurable[0], kH7Lines[1] & ~kH7Configurable[1],
                  kH7Lines[2] & ~kH7Configurable[2]},
    .pvd = {1u << 16},
    .alarm = {1u << 17},
    .tamp = {1u << 18},
    .wkup = {1u << 19},
    .comp = {3u << 20},
    .layout = kCoreApart};

class Exti final : public WiredBlock {
 public:
  Exti(PeripheralContext& context, const Variant& variant)
      : WiredBlock(context), variant_(variant) {
    define_outputs();
    for (unsigned i = 0; i < variant_.groups; ++i) define_group(context, i);
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
    Lines lines{};
  };

  void define_outputs() {
    for (unsigned i = 0; i < 5; ++i) add_output(fmt::format("irq{}", i), {1u << i});
    add_output("irq9_5", {0x03E0});
    add_output("irq15_10", {0xFC00});
    add_output("irq_pvd", variant_.pvd);
    add_output("irq_alarm", variant_.alarm);
    add_output("irq_tamp", variant_.tamp);
    add_output("irq_wkup", variant_.wkup);
    if (variant_.comp != Lines{}) add_output("irq_comp", variant_.comp);
  }
  void add_output(const std::string& name, const Lines& lines) {
    outputs_.push_back({&add_wire(name), lines});
  }

  void define_group(PeripheralContext& context, unsigned i) {
    Group& group = groups_[i];
    const Layout& at = variant_.layout;
    const Address mask = at.mask_stride * i;
    const Address edge_base = at.edge_stride * i;
    const auto name = [this, i](std::string_view text) {
      return variant_.groups == 1 ? std::string(text) : fmt::format("{}{}", text, i + 1);
    };
    const auto add = [&](Address offset, std::string_view text, std::uint32_t bits) -> Register& {
      Register& added = registers_.add(offset, name(text));
      for (unsigned bit = 0; bit < 32; ++bit) {
        if ((bits >> bit & 1u) != 0) added.flag(bit, fmt::format("{}", 32 * i + bit));
      }
      return added;
    };
    group.imr = &add(at.imr + mask, "IMR", variant_.lines[i])
                     .reset(variant_.imr_reset[i])
                     .on_write([this](std::uint32_t) { update(); });
    Register& emr = registers_.add(at.emr + mask, name("EMR"));
    for (unsigned bit = 0; bit < 32; ++bit) {
      if ((variant_.lines[i] >> bit & 1u) != 0) emr.unimplemented(bit, 1, fmt::format("EM{}", bit));
    }
    group.rtsr = &add(at.rtsr + edge_base, "RTSR", variant_.configurable[i]);
    group.ftsr = &add(at.ftsr + edge_base, "FTSR", variant_.configurable[i]);
    group.swier = &add(at.swier + edge_base, "SWIER", variant_.configurable[i])
                       .on_write([this, i](std::uint32_t) { software_interrupt(groups_[i]); });
    group.pr = &add(at.pr + mask, "PR", variant_.configurable[i])
                    .write_one_to_clear()
                    .on_write([this, i](std::uint32_t bits) { cleared(groups_[i], bits); });
    if (at.imr != kOneBlock.imr) {  // what the SRD domain does by itself in low-power modes
      for (Address word = 0; word < 3; ++word) {
        registers_.add(kD3pmr + edge_base + 4 * word, name("SRDPMR, SRDPCR")).unimplemented();
      }
    }
    for (unsigned bit = 0; bit < 32; ++bit) {
      if ((variant_.configurable[i] >> bit & 1u) == 0) continue;
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
      for (unsigned i = 0; i < variant_.groups; ++i) {
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

  const Variant& variant_;
  std::array<Group, kMostGroups> groups_{};
  std::vector<Output> outputs_;
};

const PeripheralType kL4Type("st.exti_l4", [](PeripheralContext& context) {
  return std::make_unique<Exti>(context, kL4);
});
const PeripheralType kH7Type("st.exti_h7", [](PeripheralContext& context) {
  return std::make_unique<Exti>(context, kH7);
});
const PeripheralType kF4Type("st.exti_f4", [](PeripheralContext& context) {
  return std::make_unique<Exti>(context, kF4);
});
const PeripheralType kF7Type("st.exti_f7", [](PeripheralContext& context) {
  return std::make_unique<Exti>(context, kF7);
});

}  // namespace
}  // namespace tinyscope::st
