#include "peripherals/st/adc_v2.hpp"

#include <fmt/format.h>

#include "peripherals/common/assumed_parameter.hpp"

namespace tinyscope::st {
namespace {

constexpr Address kUnitStride = 0x100;
constexpr Address kIsr = 0x00;
constexpr Address kIer = 0x04;
constexpr Address kCr = 0x08;
constexpr Address kCfgr = 0x0C;
constexpr Address kCfgr2 = 0x10;
constexpr Address kSmpr1 = 0x14;
constexpr Address kSmpr2 = 0x18;
constexpr Address kPcsel = 0x1C;  // H7
constexpr Address kTr1 = 0x20;    // LTR1 of the H7; TR2 and TR3 follow, or HTR1
constexpr Address kSqr1 = 0x30;   // four registers
constexpr Address kDr = 0x40;
constexpr Address kJsqr = 0x4C;
constexpr Address kOfr1 = 0x60;  // four registers
constexpr Address kJdr1 = 0x80;  // four registers
constexpr Address kAwd2cr = 0xA0;
constexpr Address kAwd3cr = 0xA4;
constexpr Address kDifsel = 0xB0;  // H7: thresholds of watchdogs 2 and 3, four registers
constexpr Address kCalfact = 0xB4;
constexpr Address kDifselH7 = 0xC0;
constexpr Address kCalfactH7 = 0xC4;
constexpr Address kCsr = 0x300;
constexpr Address kCcr = 0x308;
constexpr Address kCdr = 0x30C;

namespace isr {
constexpr std::uint32_t kAdrdy = 1u << 0;
constexpr std::uint32_t kEosmp = 1u << 1;
constexpr std::uint32_t kEoc = 1u << 2;
constexpr std::uint32_t kEos = 1u << 3;
constexpr std::uint32_t kOvr = 1u << 4;
constexpr std::uint32_t kAwd1 = 1u << 7;
constexpr std::uint32_t kLdordy = 1u << 12;  // H7; not an interrupt
constexpr std::uint32_t kClearable = 0x7FF;
}  // namespace isr

namespace cr {
constexpr std::uint32_t kAden = 1u << 0;
constexpr std::uint32_t kAddis = 1u << 1;
constexpr std::uint32_t kAdstart = 1u << 2;
constexpr std::uint32_t kJadstart = 1u << 3;
constexpr std::uint32_t kAdstp = 1u << 4;
constexpr std::uint32_t kAdvregen = 1u << 28;
constexpr std::uint32_t kDeeppwd = 1u << 29;
constexpr std::uint32_t kAdcal = 1u << 31;
// What firmware sets and hardware clears.
constexpr std::uint32_t kCommands = 0x8000'003F;
}  // namespace cr

namespace cfgr {
constexpr std::uint32_t kDmaen = 1u << 0;   // H7: DMNGT[0]
constexpr std::uint32_t kDmacfg = 1u << 1;  // H7: DMNGT[1]
constexpr std::uint32_t kAlign = 1u << 5;   // L4+
constexpr unsigned kExtenBit = 10;
constexpr std::uint32_t kOvrmod = 1u << 12;
constexpr std::uint32_t kCont = 1u << 13;
constexpr std::uint32_t kAutdly = 1u << 14;
constexpr std::uint32_t kAwd1sgl = 1u << 22;
constexpr std::uint32_t kAwd1en = 1u << 23;
constexpr unsigned kAwd1chBit = 26;
}  // namespace cfgr

// RM0432, "Channel-wise programmable sampling time" and "Timing"; RM0455 likewise, whose codes 5 to
// 7 of RES are those that also draw less.
constexpr AdcV2::Family kL4 = {.name = "l4",
                               .channels = 19,
                               .sampling_half_cycles = {5, 13, 25, 49, 95, 185, 495, 1281},
                               .bits = {12, 10, 8, 6},
                               .successive_half_cycles = {25, 21, 17, 13},
                               .res_bit = 3,
                               .res_width = 2,
                               .extsel_bit = 6,
                               .extsel_width = 4,
                               .core_clock_divider = 1,
                               .wide = false};
constexpr AdcV2::Family kH7 = {.name = "h7",
                               .channels = 20,
                               .sampling_half_cycles = {3, 5, 17, 33, 65, 129, 775, 1621},
                               .bits = {16, 14, 12, 10, 8, 14, 12, 8},
                               .successive_half_cycles = {17, 15, 13, 11, 9, 15, 13, 9},
                               .res_bit = 2,
                               .res_width = 3,
                               .extsel_bit = 5,
                               .extsel_width = 5,
                               .core_clock_divider = 2,
                               .wide = true};

const AdcV2::Family& family_of(TomlTable& params) {
  const std::string name = params.require_string("family");
  if (name == kL4.name) return kL4;
  if (name == kH7.name) return kH7;
  params.fail("family", R"(expected "l4" or "h7")");
}

constexpr std::uint32_t bits(std::uint32_t value, unsigned low, unsigned width) {
  return value >> low & ((1u << width) - 1u);
}

}  // namespace

class AdcV2::Unit final : public AdcConverter::Registers {
 public:
  Unit(AdcV2& block, PeripheralContext& context, unsigned number)
      : block_(block),
        family_(block.family_),
        dma_(block.add_wire(fmt::format("dma{}", number + 1))),
        converter_(context.scheduler, block.inputs_, number, *this),
        ready_(context.scheduler, [this] { enabled(); }),
        calibrated_(context.scheduler, [this] { cr_->set(cr_->value() & ~cr::kAdcal); }),
        regulated_(context.scheduler, [this] { flags_ |= isr::kLdordy; }) {
    define_registers(number * kUnitStride, number);
  }

  // Of the regular group; from the input that EXTSEL may choose.
  void external(unsigned input, bool level) {
    const std::uint32_t config = cfgr_->value();
    if ((cr_->value() & cr::kAdstart) == 0 || converter_.running()) return;
    if (bits(config, family_.extsel_bit, family_.extsel_width) != input) return;
    if ((bits(config, cfgr::kExtenBit, 2) & (level ? 1u : 2u)) != 0) start();
  }

  std::uint32_t status() const { return flags_; }
  bool asks_for_interrupt() const { return (flags_ & ier_->value() & isr::kClearable) != 0; }
  bool is_enabled() const { return (cr_->value() & cr::kAden) != 0; }

  void reset() {
    converter_.stop();
    ready_.cancel();
    calibrated_.cancel();
    regulated_.cancel();
    flags_ = data_ = 0;
    commands_ = 0;
    dma_ended_ = false;
    dma_.set(false);
  }
  void snapshot(StateArchive& archive) {
    archive(flags_, data_, commands_, dma_ended_);
    converter_.snapshot(archive);
    ready_.snapshot(archive);
    calibrated_.snapshot(archive);
    regulated_.snapshot(archive);
  }

 private:
  void define_registers(Address base, unsigned number) {
    const std::string prefix = block_.units_count_ == 1 ? "" : fmt::format("ADC{}_", number + 1);
    const auto add = [&](Address offset, std::string_view name) -> Register& {
      return block_.registers_.add(base + offset, prefix + std::string(name));
    };
    add(kIsr, "ISR").trigger().on_read([this] { return flags_; }).on_write([this](std::uint32_t b) {
      flags_ &= ~(b & isr::kClearable);
      flags_changed();
      go_on_after_delay();
    });
    ier_ = &add(kIer, "IER").field(0, 5, "ADRDYIE, EOSMPIE, EOCIE, EOSIE, OVRIE");
    ier_->field(5, 6, "JEOCIE, JEOSIE, AWD1IE, AWD2IE, AWD3IE, JQOVFIE").on_write([this](auto) {
      flags_changed();
    });
    cr_ = &add(kCr, "CR").reset(cr::kDeeppwd).on_write([this](std::uint32_t value) {
      control_written(value);
    });
    cfgr_ = &add(kCfgr, "CFGR").reset(0x8000'0000).on_write([this](std::uint32_t value) {
      configured(value);
    });
    cfgr2_ = &add(kCfgr2, "CFGR2")
                  .flag(0, "ROVSE")
                  .unimplemented(1, 1, "JOVSE")
                  .field(5, 4, "OVSS")
                  .unimplemented(9, 1, "TROVS")
                  .flag(10, "ROVSM");
    if (family_.wide) {
      cfgr2_->unimplemented(11, 4, "RSHIFT").field(16, 10, "OSVR").field(28, 4, "LSHIFT");
      pcsel_ = &add(kPcsel, "PCSEL").field(0, 20, "PCSEL");
      ltr_ = &add(kTr1, "LTR1").field(0, 26, "LTR1");
      htr_ = &add(kTr1 + 4, "HTR1").reset(0x03FF'FFFF).field(0, 26, "HTR1");
      for (unsigned i = 0; i < 4; ++i) {
        add(kDifsel + 4 * i, fmt::format("{}TR{}", i % 2 == 0 ? 'L' : 'H', 2 + i / 2));
      }
    } else {
      cfgr2_->field(2, 3, "OVSR");
      htr_ = ltr_ = &add(kTr1, "TR1").reset(0x0FFF'0000).field(0, 12, "LT1").field(16, 12, "HT1");
      for (unsigned i = 0; i < 2; ++i) {
        add(kTr1 + 4 + 4 * i, fmt::format("TR{}", 2 + i)).reset(0x00FF'0000);
      }
    }
    smpr_ = {&add(kSmpr1, "SMPR1").field(0, 32, "SMP0 to SMP9"),
             &add(kSmpr2, "SMPR2").field(0, 30, "SMP10 to SMP19")};
    for (unsigned i = 0; i < 4; ++i) sqr_[i] = &add(kSqr1 + 4 * i, fmt::format("SQR{}", i + 1));
    add(kDr, "DR").read_only().on_read([this] { return read_data(); });
    add(kJsqr, "JSQR").unimplemented(0, 32, "injected conversions");
    for (unsigned i = 0; i < 4; ++i) {
      add(kOfr1 + 4 * i, fmt::format("OFR{}", i + 1)).unimplemented(0, 32, "offset");
      add(kJdr1 + 4 * i, fmt::format("JDR{}", i + 1)).read_only();
    }
    add(kAwd2cr, "AWD2CR").unimplemented(0, 20, "AWD2CH");
    add(kAwd3cr, "AWD3CR").unimplemented(0, 20, "AWD3CH");
    add(family_.wide ? kDifselH7 : kDifsel, "DIFSEL").unimplemented(0, 20, "DIFSEL");
    add(family_.wide ? kCalfactH7 : kCalfact, "CALFACT");
    if (family_.wide) add(kCalfactH7 + 4, "CALFACT2");
  }

  // RM0432, CR: firmware sets these bits and hardware clears them; writing 0 to them does nothing.
  void control_written(std::uint32_t value) {
    const std::uint32_t asked = value & cr::kCommands & ~commands_;
    show_commands(commands_);
    if ((value & cr::kDeeppwd) != 0 || (value & cr::kAdvregen) == 0) {
      regulated_.cancel();
      flags_ &= ~isr::kLdordy;
    } else if (family_.wide && (flags_ & isr::kLdordy) == 0 && !regulated_.scheduled()) {
      regulated_.after(block_.regulator_start_);
    }
    if ((asked & cr::kAdcal) != 0) calibrate();
    if ((asked & cr::kAddis) != 0) return switch_off();
    if ((asked & cr::kAden) != 0 && hz() != 0) {
      show_commands(commands_ | cr::kAden);
      ready_.after(cycles(block_.ready_cycles_));
      block_.show_power();
    }
    if ((asked & cr::kJadstart) != 0) {
      block_.report_unmodelled("injected conversions (JADSTART)", kCr, value);
    }
    if ((asked & cr::kAdstp) != 0) stop();
    if ((asked & cr::kAdstart) != 0 && is_enabled()) begin();
  }
  void show_commands(std::uint32_t commands) {
    commands_ = commands;
    cr_->set((cr_->value() & ~cr::kCommands) | commands |
             (calibrated_.scheduled() ? cr::kAdcal : 0));
  }
  std::uint64_t hz() const { return block_.adc_hz(); }
  std::uint64_t adc_hz() const override { return hz(); }
  Duration cycles(std::uint64_t count) const { return {count * 1'000'000'000'000u / hz()}; }

  void calibrate() {
    if (hz() == 0) return;
    calibrated_.after(cycles(block_.calibration_cycles_));
    show_commands(commands_);
  }
  void enabled() {
    flags_ |= isr::kAdrdy;
    flags_changed();
  }
  void switch_off() {
    stop();
    ready_.cancel();
    flags_ &= ~isr::kAdrdy;
    show_commands(0);
    block_.show_power();
    flags_changed();
  }

  void configured(std::uint32_t value) {
    const auto report = [&](unsigned bit, std::string_view what) {
      if ((value >> bit & 1u) != 0) block_.report_unmodelled(what, kCfgr, value);
    };
    report(16, "CFGR.DISCEN");
    report(20, "CFGR.JDISCEN");
    report(24, "CFGR.JAWD1EN");
    report(25, "CFGR.JAUTO");
    const std::string trigger =
        block_.inputs_.missing_trigger(bits(value, family_.extsel_bit, family_.extsel_width));
    if (!trigger.empty() && bits(value, cfgr::kExtenBit, 2) != 0) {
      block_.report_unmodelled("CFGR.EXTSEL = " + trigger, kCfgr, value);
    }
    const bool dfsdm = family_.wide ? (value & 3u) == 2 : (value & 4u) != 0;
    if (dfsdm) block_.report_unmodelled("CFGR: results to DFSDM", kCfgr, value);
    dma_ended_ = false;
    flags_changed();
  }

  void begin() {
    show_commands(commands_ | cr::kAdstart);
    dma_ended_ = false;
    if (bits(cfgr_->value(), cfgr::kExtenBit, 2) == 0) start();
  }
  void start() {
    block_.notes_.assume(
        {block_.name_ + ".latency",
         "a conversion begins two cycles of the ADC's clock after its start",
         "data sheets, trigger conversion latency, 1.5 to 2.5 cycles: from memory"});
    converter_.start(4);
  }
  void stop() {
    converter_.stop();
    show_commands(commands_ & ~cr::kAdstart);
  }

  unsigned regular_length() const override { return (sqr_[0]->value() & 0xFu) + 1; }
  AdcInputs::Internal internal() const override { return block_.internal(); }
  unsigned resolution() const { return bits(cfgr_->value(), family_.res_bit, family_.res_width); }

  AdcConverter::Conversion regular(unsigned index) const override {
    // SQ1 to SQ4 share the first register with L; five stand in each of the others.
    const unsigned place = index + 1;
    const std::uint32_t channel = bits(sqr_[place / 5]->value(), 6 * (place % 5), 5);
    const std::uint32_t time = bits(smpr_[channel / 10 & 1u]->value(), 3 * (channel % 10), 3);
    if (pcsel_ != nullptr && (pcsel_->value() >> channel & 1u) == 0) {
      block_.report_unmodelled(
          fmt::format("conversion of channel {} without its bit in PCSEL", channel), kPcsel,
          pcsel_->value());
    }
    return {.channel = channel,
            .sampling_half_cycles = family_.sampling_half_cycles[time],
            .successive_half_cycles = family_.successive_half_cycles[resolution()],
            .bits = family_.bits[resolution()],
            .times = oversampling()};
  }
  unsigned oversampling() const {
    const std::uint32_t value = cfgr2_->value();
    if ((value & 1u) == 0) return 1;
    return family_.wide ? bits(value, 16, 10) + 1 : 2u << bits(value, 2, 3);
  }

  bool converted(std::uint32_t sum, bool last) override {
    const std::uint32_t config = cfgr_->value();
    std::uint32_t result = sum;
    if (oversampling() > 1) {
      result >>= bits(cfgr2_->value(), 5, 4);
    } else if (!family_.wide && (config & cfgr::kAlign) != 0) {
      // RM0432, "Data register, data alignment": 6 bits stand in the lower byte.
      const unsigned width = family_.bits[resolution()];
      result <<= width == 6 ? 2 : 16 - width;
    }
    if (family_.wide) result <<= bits(cfgr2_->value(), 28, 4);
    if (one_shot() && (flags_ & isr::kEoc) != 0) dma_ended_ = true;
    if (dma_ended_) {
      stop();
      flags_changed();
      return false;
    }
    store(result);
    watch(sum);
    flags_ |= isr::kEosmp | isr::kEoc | (last ? isr::kEos : 0u);
    const bool goes_on = !last || (config & cfgr::kCont) != 0;
    if (!goes_on) {
      const bool triggered = bits(config, cfgr::kExtenBit, 2) != 0;
      converter_.stop();
      // RM0432, ADSTART: cleared at the end of the sequence, unless triggers start it.
      if (!triggered) show_commands(commands_ & ~cr::kAdstart);
    }
    flags_changed();
    const bool wait = (config & cfgr::kAutdly) != 0 && (flags_ & isr::kEoc) != 0;
    return goes_on && !wait;
  }

  void store(std::uint32_t result) {
    if ((flags_ & isr::kEoc) != 0) {
      flags_ |= isr::kOvr;
      if ((cfgr_->value() & cfgr::kOvrmod) == 0) return;  // RM0432: the old result is kept
    }
    data_ = result;
  }

  // RM0432, "Analog window watchdog": compared at full resolution, whatever RES says.
  void watch(std::uint32_t sum) {
    const std::uint32_t config = cfgr_->value();
    if ((config & cfgr::kAwd1en) == 0) return;
    const unsigned full = family_.bits[0];
    const std::uint32_t value = sum << (full - family_.bits[resolution()]);
    if ((config & cfgr::kAwd1sgl) != 0 && bits(config, cfgr::kAwd1chBit, 5) != regular(0).channel) {
      return;
    }
    const std::uint32_t low = family_.wide ? ltr_->value() : ltr_->value() & 0xFFFu;
    const std::uint32_t high = family_.wide ? htr_->value() : htr_->value() >> 16;
    if (value < low || value > high) flags_ |= isr::kAwd1;
  }

  bool uses_dma() const { return (cfgr_->value() & cfgr::kDmaen) != 0; }
  bool one_shot() const { return uses_dma() && (cfgr_->value() & cfgr::kDmacfg) == 0; }

  std::uint32_t read_data() {
    const std::uint32_t value = data_;
    if ((flags_ & isr::kEoc) == 0) return value;
    flags_ &= ~isr::kEoc;
    flags_changed();
    go_on_after_delay();
    return value;
  }
  // RM0432, "Auto-delayed conversion mode": the next conversion waits until the result is taken.
  void go_on_after_delay() {
    const bool taken = (flags_ & isr::kEoc) == 0;
    if (taken && (cfgr_->value() & cfgr::kAutdly) != 0) converter_.resume();
  }

  void flags_changed() {
    const bool pending = (flags_ & isr::kEoc) != 0 && (flags_ & isr::kOvr) == 0;
    dma_.set(uses_dma() && pending && !dma_ended_);
    block_.update_interrupt();
  }

  AdcV2& block_;
  const Family& family_;
  Wire& dma_;
  AdcConverter converter_;
  Event ready_;
  Event calibrated_;
  Event regulated_;
  Register* ier_ = nullptr;
  Register* cr_ = nullptr;
  Register* cfgr_ = nullptr;
  Register* cfgr2_ = nullptr;
  Register* pcsel_ = nullptr;  // H7 only
  Register* ltr_ = nullptr;
  Register* htr_ = nullptr;
  std::array<Register*, 2> smpr_{};
  std::array<Register*, 4> sqr_{};
  std::uint32_t flags_ = 0;     // ISR
  std::uint32_t commands_ = 0;  // ADEN and ADSTART
  std::uint32_t data_ = 0;
  bool dma_ended_ = false;
};

AdcV2::AdcV2(PeripheralContext& context)
    : WiredBlock(context),
      family_(family_of(context.params)),
      units_count_(context.params.u32("units").value_or(1)),
      inputs_(context, units_count_),
      clock_(context.clocks.signal(context.params.require_string("clock"))),
      bus_clock_(context.clocks.signal(context.params.require_string("bus_clock"))),
      calibration_cycles_(assumed_parameter(context, "calibration_cycles", 116,
                                            "cycles of the ADC's clock for a calibration",
                                            "DS12023, tCAL: from memory")),
      ready_cycles_(assumed_parameter(context, "ready_cycles", 15,
                                      "cycles of the ADC's clock from ADEN to ADRDY",
                                      "DS12023, tSTAB, one conversion: from memory")),
      regulator_start_(Duration::from_us(
          assumed_parameter(context, "regulator_us", 10, "start of the ADC's regulator, us"))),
      irq_(add_wire("irq")) {
  if (units_count_ < 1 || units_count_ > 2) context.params.fail("units", "expected 1 or 2");
  for (unsigned i = 0; i < units_count_; ++i) {
    units_.push_back(std::make_unique<Unit>(*this, context, i));
  }
  define_common();
  for (unsigned i = 0; i < 1u << family_.extsel_width; ++i) {
    add_wire(fmt::format("ext{}", i)).connect([this, i](bool level) {
      for (auto& unit : units_) unit->external(i, level);
    });
  }
}

void AdcV2::define_common() {
  registers_.add(kCsr, "CSR").read_only().on_read([this] { return common_status(); });
  ccr_ = &registers_.add(kCcr, "CCR")
              .unimplemented(0, 5, "DUAL")
              .field(8, 4, "DELAY")
              .field(14, 2, "MDMA, DAMDF")
              .field(16, 2, "CKMODE")
              .field(18, 4, "PRESC")
              .field(22, 3, "VREFEN, TSEN, VBATEN");
  registers_.add(kCdr, "CDR").read_only();
}

// RM0432, CCR: CKMODE 00 takes the kernel clock through PRESC, the others HCLK by 1, 2 and 4.
std::uint64_t AdcV2::adc_hz() const {
  constexpr std::array<unsigned, 16> kPrescalers{1,  2,  4,   6,   8,   10,  12,  16,
                                                 32, 64, 128, 256, 256, 256, 256, 256};
  const std::uint32_t mode = bits(ccr_->value(), 16, 2);
  const std::uint64_t source = mode == 0 ? clock_.hz() / kPrescalers[bits(ccr_->value(), 18, 4)]
                                         : bus_clock_.hz() >> (mode - 1);
  return source / family_.core_clock_divider;
}

AdcInputs::Internal AdcV2::internal() const {
  const std::uint32_t ccr = ccr_->value();
  return {.vrefint = (ccr >> 22 & 1u) != 0,
          .temperature = (ccr >> 23 & 1u) != 0,
          .vbat = (ccr >> 24 & 1u) != 0};
}

std::uint32_t AdcV2::common_status() const {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < units_.size(); ++i) {
    value |= (units_[i]->status() & isr::kClearable) << 16 * i;
  }
  return value;
}

void AdcV2::update_interrupt() {
  bool asking = false;
  for (const auto& unit : units_) asking = asking || unit->asks_for_interrupt();
  irq_.set(asking);
}

void AdcV2::show_power() {
  bool on = false;
  for (const auto& unit : units_) on = on || unit->is_enabled();
  draw(on);
}

void AdcV2::reset_state(ResetKind) {
  for (auto& unit : units_) unit->reset();
  draw(false);
  update_interrupt();
}

void AdcV2::snapshot_state(StateArchive& archive) {
  for (auto& unit : units_) unit->snapshot(archive);
}

namespace {
const PeripheralType kType("st.adc_v2", [](PeripheralContext& context) {
  return std::make_unique<AdcV2>(context);
});
}  // namespace

}  // namespace tinyscope::st
