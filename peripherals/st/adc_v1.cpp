// ADC of the STM32F4 and F7: three converters with SR, CR1 and CR2, and common registers behind
// them. RM0090 (F407), RM0390 (F446), RM0385 (F746), chapter "Analog-to-digital converter (ADC)".
//
// Regular conversions: single, continuous, scan, by software or trigger, with DMA, analog watchdog.
// RM0090, "Overrun": looked for with DMA or EOCS; then conversions stop until OVR is cleared.
// Reported when used: injected conversions, discontinuous mode, modes of several converters
// together. DDS = 0 changes nothing: without a DMA stream nobody answers the request.
//
// Parameters: `clock` (PCLK2), `units`, those of AdcInputs. Wires: "irq", "dma<n>" for converter n;
// inputs "ext<n>" that EXTSEL chooses from.
#include <fmt/format.h>

#include <array>
#include <memory>
#include <vector>

#include "peripherals/st/adc_converter.hpp"
#include "peripherals/st/wired_block.hpp"

namespace tinyscope::st {
namespace {

constexpr Address kUnitStride = 0x100;
constexpr Address kSr = 0x00;
constexpr Address kCr1 = 0x04;
constexpr Address kCr2 = 0x08;
constexpr Address kSmpr1 = 0x0C;
constexpr Address kSmpr2 = 0x10;
constexpr Address kJofr1 = 0x14;  // four registers
constexpr Address kHtr = 0x24;
constexpr Address kLtr = 0x28;
constexpr Address kSqr1 = 0x2C;  // three registers
constexpr Address kJsqr = 0x38;
constexpr Address kJdr1 = 0x3C;  // four registers
constexpr Address kDr = 0x4C;
constexpr Address kCsr = 0x300;
constexpr Address kCcr = 0x304;
constexpr Address kCdr = 0x308;

namespace sr {
constexpr std::uint32_t kAwd = 1u << 0;
constexpr std::uint32_t kEoc = 1u << 1;
constexpr std::uint32_t kStrt = 1u << 4;
constexpr std::uint32_t kOvr = 1u << 5;
}  // namespace sr

namespace cr1 {
constexpr std::uint32_t kEocie = 1u << 5;
constexpr std::uint32_t kAwdie = 1u << 6;
constexpr std::uint32_t kScan = 1u << 8;
constexpr std::uint32_t kAwdsgl = 1u << 9;
constexpr std::uint32_t kAwden = 1u << 23;
constexpr unsigned kResBit = 24;
constexpr std::uint32_t kOvrie = 1u << 26;
}  // namespace cr1

namespace cr2 {
constexpr std::uint32_t kAdon = 1u << 0;
constexpr std::uint32_t kCont = 1u << 1;
constexpr std::uint32_t kDma = 1u << 8;
constexpr std::uint32_t kEocs = 1u << 10;
constexpr std::uint32_t kAlign = 1u << 11;
constexpr unsigned kExtselBit = 24;
constexpr unsigned kExtenBit = 28;
constexpr std::uint32_t kSwstart = 1u << 30;
}  // namespace cr2

constexpr unsigned kTriggers = 16;
constexpr unsigned kLatencyHalfCycles = 6;

class AdcV1 final : public WiredBlock {
 public:
  explicit AdcV1(PeripheralContext& context);

 private:
  class Unit;
  friend class Unit;
  using Register = RegisterFile::Register;

  std::uint64_t adc_hz() const;
  AdcInputs::Internal internal() const;
  void update_interrupt();
  void show_power();
  void reset_state(ResetKind kind) override;
  void snapshot_state(StateArchive& archive) override;

  const unsigned units_count_;
  const AdcInputs inputs_;
  ClockSignal& clock_;
  Wire& irq_;
  Register* ccr_ = nullptr;
  std::vector<std::unique_ptr<Unit>> units_;
};

class AdcV1::Unit final : public AdcConverter::Registers {
 public:
  Unit(AdcV1& block, PeripheralContext& context, unsigned number)
      : block_(block),
        dma_(block.add_wire(fmt::format("dma{}", number + 1))),
        converter_(context.scheduler, block.inputs_, number, *this) {
    define_registers(number * kUnitStride, fmt::format("ADC{}_", number + 1));
  }

  void external(unsigned input, bool level) {
    const std::uint32_t config = cr2_->value();
    if ((config >> cr2::kExtselBit & 0xFu) != input) return;
    if ((config >> cr2::kExtenBit & (level ? 1u : 2u)) != 0) start();
  }
  std::uint32_t status() const { return sr_->value(); }
  bool is_enabled() const { return cr2(cr2::kAdon); }
  bool asks_for_interrupt() const {
    const std::uint32_t flags = sr_->value();
    return ((flags & sr::kEoc) != 0 && cr1(cr1::kEocie)) ||
           ((flags & sr::kAwd) != 0 && cr1(cr1::kAwdie)) ||
           ((flags & sr::kOvr) != 0 && cr1(cr1::kOvrie));
  }

  void reset() {
    converter_.stop();
    data_ = 0;
    unread_ = false;
    dma_.set(false);
  }
  void snapshot(StateArchive& archive) {
    archive(data_, unread_);
    converter_.snapshot(archive);
  }

 private:
  void define_registers(Address base, const std::string& prefix) {
    const auto add = [&](Address offset, const std::string& name) -> Register& {
      return block_.registers_.add(base + offset, prefix + name);
    };
    // RM0090: flags are cleared by writing 0.
    sr_ = &add(kSr, "SR").trigger().on_read([this] { return sr_->value(); });
    sr_->on_write([this](std::uint32_t value) {
      sr_->set(sr_->value() & value);
      changed();
    });
    cr1_ = &add(kCr1, "CR1")
                .field(0, 11, "AWDCH, EOCIE, AWDIE, JEOCIE, SCAN, AWDSGL, JAUTO")
                .unimplemented(11, 1, "DISCEN")
                .unimplemented(12, 1, "JDISCEN")
                .field(13, 3, "DISCNUM")
                .unimplemented(22, 1, "JAWDEN")
                .field(23, 4, "AWDEN, RES, OVRIE")
                .on_write([this](auto) { changed(); });
    cr2_ = &add(kCr2, "CR2")
                .field(0, 2, "ADON, CONT")
                .field(8, 4, "DMA, DDS, EOCS, ALIGN")
                .field(16, 4, "JEXTSEL")
                .unimplemented(20, 2, "JEXTEN")
                .unimplemented(22, 1, "JSWSTART")
                .field(24, 7, "EXTSEL, EXTEN, SWSTART")
                .on_write([this](std::uint32_t value) { control_written(value); });
    smpr_ = {&add(kSmpr2, "SMPR2").field(0, 30, "SMP0 to SMP9"),
             &add(kSmpr1, "SMPR1").field(0, 27, "SMP10 to SMP18")};
    htr_ = &add(kHtr, "HTR").reset(0xFFF).field(0, 12, "HT");
    ltr_ = &add(kLtr, "LTR").field(0, 12, "LT");
    for (unsigned i = 0; i < 3; ++i) sqr_[i] = &add(kSqr1 + 4 * i, fmt::format("SQR{}", i + 1));
    add(kJsqr, "JSQR").unimplemented(0, 22, "injected conversions");
    for (unsigned i = 0; i < 4; ++i) {
      add(kJofr1 + 4 * i, fmt::format("JOFR{}", i + 1)).unimplemented(0, 12, "JOFFSET");
      add(kJdr1 + 4 * i, fmt::format("JDR{}", i + 1)).read_only();
    }
    add(kDr, "DR").read_only().on_read([this] { return read_data(); });
  }

  bool cr1(std::uint32_t bit) const { return (cr1_->value() & bit) != 0; }
  bool cr2(std::uint32_t bit) const { return (cr2_->value() & bit) != 0; }

  void control_written(std::uint32_t value) {
    cr2_->set(cr2_->value() & ~cr2::kSwstart);  // RM0090: cleared as soon as conversion starts
    if (!cr2(cr2::kAdon)) converter_.stop();
    if (!cr2(cr2::kDma)) unread_ = unread_ && cr2(cr2::kEocs);
    const std::string trigger = block_.inputs_.missing_trigger(value >> cr2::kExtselBit & 0xFu);
    if (!trigger.empty() && (value >> cr2::kExtenBit & 3u) != 0) {
      block_.report_unmodelled("CR2.EXTSEL = " + trigger, kCr2, value);
    }
    if ((value & cr2::kSwstart) != 0) start();
    block_.show_power();
    changed();
  }

  void start() {
    if (!cr2(cr2::kAdon) || converter_.running() || (sr_->value() & sr::kOvr) != 0) return;
    sr_->set(sr_->value() | sr::kStrt);
    block_.notes_.assume({block_.name_ + ".latency",
                          "a conversion begins three cycles of ADCCLK after its start",
                          "data sheets, regular trigger conversion latency: from memory"});
    converter_.start(kLatencyHalfCycles);
  }

  std::uint64_t adc_hz() const override { return block_.adc_hz(); }
  AdcInputs::Internal internal() const override { return block_.internal(); }
  unsigned bits() const { return 12 - 2 * (cr1_->value() >> cr1::kResBit & 3u); }
  // RM0090, CR1.SCAN: without it only the first channel is converted.
  unsigned regular_length() const override {
    return cr1(cr1::kScan) ? (sqr_[0]->value() >> 20 & 0xFu) + 1 : 1;
  }
  AdcConverter::Conversion regular(unsigned index) const override {
    // RM0090, SMPRx: 3 to 480 cycles. A bit of the result takes a cycle.
    constexpr std::array<unsigned, 8> kSampling{3, 15, 28, 56, 84, 112, 144, 480};
    const std::uint32_t channel = sqr_[2 - index / 6]->value() >> 5 * (index % 6) & 0x1Fu;
    const std::uint32_t time = smpr_[channel / 10 & 1u]->value() >> 3 * (channel % 10) & 7u;
    return {.channel = channel,
            .sampling_half_cycles = 2 * kSampling[time],
            .successive_half_cycles = 2 * bits(),
            .bits = bits()};
  }

  bool converted(std::uint32_t code, bool last) override {
    watch(code);
    const bool overrun_matters = cr2(cr2::kDma) || cr2(cr2::kEocs);
    if (overrun_matters && unread_) {
      sr_->set(sr_->value() | sr::kOvr);
      unread_ = false;
      converter_.stop();
      changed();
      return false;
    }
    // RM0090, "Data alignment": on the left in the half-word, 6 bits in the lower byte.
    const unsigned shift = !cr2(cr2::kAlign) ? 0 : bits() == 6 ? 2 : 16 - bits();
    data_ = code << shift;
    unread_ = true;
    // RM0090, CR2.EOCS: after each conversion, or at the end of the group.
    if (cr2(cr2::kEocs) || last) sr_->set(sr_->value() | sr::kEoc);
    const bool goes_on = !last || cr2(cr2::kCont);
    if (!goes_on) converter_.stop();
    changed();
    return goes_on;
  }

  void watch(std::uint32_t code) {
    if (!cr1(cr1::kAwden)) return;
    if (cr1(cr1::kAwdsgl) && (cr1_->value() & 0x1Fu) != regular(0).channel) return;
    const std::uint32_t value = code << (12 - bits());
    if (value < ltr_->value() || value > htr_->value()) sr_->set(sr_->value() | sr::kAwd);
  }

  std::uint32_t read_data() {
    unread_ = false;
    sr_->set(sr_->value() & ~sr::kEoc);  // RM0090, SR.EOC: cleared by reading DR
    changed();
    return data_;
  }

  void changed() {
    dma_.set(cr2(cr2::kDma) && unread_ && (sr_->value() & sr::kOvr) == 0);
    block_.update_interrupt();
  }

  AdcV1& block_;
  Wire& dma_;
  AdcConverter converter_;
  Register* sr_ = nullptr;
  Register* cr1_ = nullptr;
  Register* cr2_ = nullptr;
  Register* htr_ = nullptr;
  Register* ltr_ = nullptr;
  std::array<Register*, 2> smpr_{};  // of channels 0 to 9, 10 to 18
  std::array<Register*, 3> sqr_{};
  std::uint32_t data_ = 0;
  bool unread_ = false;  // DR holds a result that nobody has taken
};

AdcV1::AdcV1(PeripheralContext& context)
    : WiredBlock(context),
      units_count_(context.params.u32("units").value_or(3)),
      inputs_(context, units_count_),
      clock_(context.clocks.signal(context.params.require_string("clock"))),
      irq_(add_wire("irq")) {
  if (units_count_ < 1 || units_count_ > 3) context.params.fail("units", "expected 1 to 3");
  for (unsigned i = 0; i < units_count_; ++i) {
    units_.push_back(std::make_unique<Unit>(*this, context, i));
  }
  for (unsigned i = 0; i < kTriggers; ++i) {
    add_wire(fmt::format("ext{}", i)).connect([this, i](bool level) {
      for (auto& unit : units_) unit->external(i, level);
    });
  }
  registers_.add(kCsr, "CSR").read_only().on_read([this] {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < units_.size(); ++i) value |= units_[i]->status() << 8 * i;
    return value;
  });
  ccr_ = &registers_.add(kCcr, "CCR")
              .unimplemented(0, 5, "MULTI")
              .field(8, 4, "DELAY")
              .field(13, 5, "DDS, DMA, ADCPRE")
              .field(22, 2, "VBATE, TSVREFE");
  registers_.add(kCdr, "CDR").read_only();
}

// RM0090, CCR.ADCPRE: PCLK2 divided by 2, 4, 6 or 8.
std::uint64_t AdcV1::adc_hz() const { return clock_.hz() / (2 * ((ccr_->value() >> 16 & 3u) + 1)); }

AdcInputs::Internal AdcV1::internal() const {
  const bool sensor = (ccr_->value() >> 23 & 1u) != 0;
  return {.vrefint = sensor, .temperature = sensor, .vbat = (ccr_->value() >> 22 & 1u) != 0};
}

void AdcV1::update_interrupt() {
  bool asking = false;
  for (const auto& unit : units_) asking = asking || unit->asks_for_interrupt();
  irq_.set(asking);
}

void AdcV1::show_power() {
  bool on = false;
  for (const auto& unit : units_) on = on || unit->is_enabled();
  draw(on);
}

void AdcV1::reset_state(ResetKind) {
  for (auto& unit : units_) unit->reset();
  draw(false);
  update_interrupt();
}

void AdcV1::snapshot_state(StateArchive& archive) {
  for (auto& unit : units_) unit->snapshot(archive);
}

const PeripheralType kType("st.adc_v1", [](PeripheralContext& context) {
  return std::make_unique<AdcV1>(context);
});

}  // namespace
}  // namespace tinyscope::st
