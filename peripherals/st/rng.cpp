// RNG: random words. RM0432 (STM32L4+), chapter "True random number generator (RNG)" of the
// STM32L4Rxxx and L4Sxxx; registers of the STM32H7A3 by CMSIS stm32h7a3xxq.h (its clock divider,
// health tests and conditioning change nothing here).
//
// Words follow from the seed of the run, at the rate of the chip. Seed errors never happen; a clock
// that stands still or is too slow for the bus is a clock error.
// Parameters: `clock` and `bus_clock`, names of the RNG's and of the bus clock; `start_cycles`,
// `word_cycles`, of the RNG's clock. Wire: "irq".
#include "peripherals/common/assumed_parameter.hpp"
#include "peripherals/common/random.hpp"
#include "peripherals/st/rcc_lines.hpp"
#include "peripherals/st/wired_block.hpp"

namespace tinyscope::st {
namespace {

constexpr Address kCr = 0x00;
constexpr Address kSr = 0x04;
constexpr Address kDr = 0x08;
constexpr Address kHtcr = 0x10;

constexpr std::uint32_t kRngen = 1u << 2;
constexpr std::uint32_t kIe = 1u << 3;
constexpr std::uint32_t kCed = 1u << 5;
constexpr std::uint32_t kCondrst = 1u << 30;

constexpr std::uint32_t kDrdy = 1u << 0;
constexpr std::uint32_t kCecs = 1u << 1;
constexpr std::uint32_t kCeis = 1u << 5;
constexpr std::uint32_t kSeis = 1u << 6;

constexpr std::uint64_t kSlowestBusRatio = 16;  // RM0351, RNG_SR.CECS: f_RNG < f_HCLK / 16

class Rng final : public WiredBlock {
 public:
  // `conditioning`: with the registers of the NIST compliant version.
  Rng(PeripheralContext& context, bool conditioning)
      : WiredBlock(context),
        clock_(context.clocks.signal(context.params.require_string("clock"))),
        bus_clock_(context.clocks.signal(context.params.require_string("bus_clock"))),
        irq_(add_wire("irq")),
        random_(context.seed, context.name),
        word_ready_(context.scheduler, [this] { deliver(); }) {
    constexpr auto kSource = "RM0432, RNG processing time, from memory: estimate";
    start_cycles_ = assumed_parameter(context, "start_cycles", 46,
                                      "from RNGEN to the first word, RNG clock cycles", kSource);
    word_cycles_ =
        assumed_parameter(context, "word_cycles", 42, "a word, RNG clock cycles", kSource);
    cr_ = &registers_.add(kCr, "CR")
               .flag(2, "RNGEN")
               .flag(3, "IE")
               .flag(5, "CED")
               .on_write([this](std::uint32_t) { configure(); });
    if (conditioning) {
      cr_->field(8, 18, "RNG_CONFIG3, NISTC, RNG_CONFIG2, CLKDIV, RNG_CONFIG1")
          .flag(30, "CONDRST")
          .flag(31, "CONFIGLOCK");
      registers_.add(kHtcr, "HTCR");
    }
    sr_ = &registers_.add(kSr, "SR").trigger().on_write([this](std::uint32_t bits) {
      sr_->set(sr_->value() & (bits | ~(kCeis | kSeis)));  // cleared by writing 0
      update();
    });
    dr_ = &registers_.add(kDr, "DR").read_only().on_read([this] { return take(); });
    clock_.on_change([this](std::uint64_t) { clocks_changed(); });
    bus_clock_.on_change([this](std::uint64_t) { clocks_changed(); });
    context.events.line(block_reset_line(context.name)).connect([this](bool held) {
      if (held) reset(ResetKind::kSoftware);
    });
  }

 private:
  // CONDRST holds it in reset.
  bool enabled() const { return (cr_->value() & (kRngen | kCondrst)) == kRngen; }
  bool clock_error() const {
    if (clock_.hz() == 0) return true;
    return (cr_->value() & kCed) == 0 && clock_.hz() < bus_clock_.hz() / kSlowestBusRatio;
  }

  void configure() {
    draw(enabled());
    if (!enabled()) {
      word_ready_.cancel();
      sr_->set(sr_->value() & ~(kDrdy | kCecs));
      update();
      return;
    }
    check_clocks();
    if ((sr_->value() & kDrdy) == 0 && !word_ready_.scheduled()) begin_word(start_cycles_);
  }

  void clocks_changed() {
    if (!enabled()) return;
    check_clocks();
    const bool waiting = (sr_->value() & kDrdy) == 0;
    if (waiting) begin_word(word_cycles_);
  }
  void check_clocks() {
    sr_->set(clock_error() ? sr_->value() | kCecs | kCeis : sr_->value() & ~kCecs);
    update();
  }

  void begin_word(std::uint64_t cycles) {
    word_ready_.cancel();
    if (clock_error()) return;
    word_ready_.at(ClockDomain(clock_.hz(), now()).time_of(cycles));
  }
  void deliver() {
    std::uint32_t word = random_.next();
    while (word == 0) word = random_.next();  // RNG_DR never holds 0
    dr_->set(word);
    sr_->set(sr_->value() | kDrdy);
    update();
  }
  std::uint32_t take() {
    const std::uint32_t word = dr_->value();
    if ((sr_->value() & kDrdy) == 0) return 0;
    dr_->set(0);
    sr_->set(sr_->value() & ~kDrdy);
    if (enabled()) begin_word(word_cycles_);
    update();
    return word;
  }

  void update() {
    irq_.set((cr_->value() & kIe) != 0 && (sr_->value() & (kDrdy | kCeis | kSeis)) != 0);
  }

  void reset_state(ResetKind) override {
    word_ready_.cancel();
    draw(false);
    update();
  }
  void snapshot_state(StateArchive& archive) override {
    random_.snapshot(archive);
    word_ready_.snapshot(archive);
  }

  ClockSignal& clock_;
  ClockSignal& bus_clock_;
  Wire& irq_;
  std::uint64_t start_cycles_ = 0;
  std::uint64_t word_cycles_ = 0;
  RegisterFile::Register* cr_ = nullptr;
  RegisterFile::Register* sr_ = nullptr;
  RegisterFile::Register* dr_ = nullptr;
  Random random_;
  Event word_ready_;
};

const PeripheralType kType("st.rng", [](PeripheralContext& context) {
  return std::make_unique<Rng>(context, false);
});
const PeripheralType kH7Type("st.rng_h7", [](PeripheralContext& context) {
  return std::make_unique<Rng>(context, true);
});

}  // namespace
}  // namespace tinyscope::st
