// FMC, its SDRAM controller: RM0385 (STM32F75x and F74x), chapter "Flexible memory controller",
// also in the STM32F42x, F446 and STM32H7. The cells themselves are a [[memory]] of the board.
//
// The part answers the core whether it is set up or not; on the chip it would not. So the sequence
// of RM0385, "SDRAM initialization", is followed for each bank, and what is missing or wrong in it
// is reported at the command that shows it: cells written before, a step left out, 100 us too
// short, a geometry that is not the board's, a mode register that says otherwise than SDCR.
//
// What a read takes is told to the bus before bank 1 (port "mapped"): CAS latency, RPIPE and two
// cycles of the memory's clock (estimate) before the first data, in rows that are open.
//
// Not modelled: loss of data without refresh, the refresh error RE, the write protection WP. NOR,
// PSRAM and NAND controllers keep what is written to them, and are reported when switched on.
// Parameters: `clock`, and `enable` (true: BCR1.FMCEN switches the block, as on the STM32H7).
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "peripherals/st/wired_block.hpp"
#include "sim/bridge_port.hpp"
#include "sim/time.hpp"

namespace tinyscope::st {
namespace {

constexpr Address kBcr1 = 0x00;  // then BTR1, BCR2, …
constexpr Address kPcr = 0x80;
constexpr Address kSr = 0x84;
constexpr Address kPmem = 0x88;
constexpr Address kPatt = 0x8C;
constexpr Address kEccr = 0x94;
constexpr Address kBwtr1 = 0x104;
constexpr Address kSdcr1 = 0x140;
constexpr Address kSdtr1 = 0x148;
constexpr Address kSdcmr = 0x150;
constexpr Address kSdrtr = 0x154;
constexpr Address kSdsr = 0x158;

constexpr std::uint32_t kFmcen = 1u << 31;  // BCR1, STM32H7
constexpr std::uint32_t kCtb2 = 1u << 3;    // SDCMR
constexpr std::uint32_t kCtb1 = 1u << 4;
constexpr std::uint32_t kBusy = 1u << 5;  // SDSR

// SDCMR.MODE.
enum Mode : std::uint32_t {
  kNormal = 0,
  kClockEnable = 1,
  kPrechargeAll = 2,
  kAutoRefresh = 3,
  kLoadMode = 4,
  kSelfRefresh = 5,
  kPowerDown = 6,
};

constexpr std::array<Address, 2> kBankBase = {0xC000'0000, 0xD000'0000};  // RM0385, memory map
constexpr Duration kClockDelay = Duration::from_us(100);  // RM0385, SDRAM initialization, step 4

class Fmc final : public WiredBlock {
 public:
  explicit Fmc(PeripheralContext& context)
      : WiredBlock(context),
        hclk_(context.clocks.signal(context.params.string("clock").value_or("hclk"))),
        has_enable_(context.params.boolean("enable").value_or(false)) {
    define_other_controllers();
    for (unsigned i = 0; i < 2; ++i) {
      Bank& bank = bank_[i];
      bank.sdcr = &registers_.add(kSdcr1 + 4 * i, fmt::format("SDCR{}", i + 1))
                       .reset(0x2D0)
                       .field(0, 9, "NC, NR, MWID, NB, CAS")
                       .unimplemented(9, 1, "WP")
                       .field(10, 5, "SDCLK, RBURST, RPIPE")
                       .on_write([this](std::uint32_t) { tell_read_times(); });
      bank.sdtr = &registers_.add(kSdtr1 + 4 * i, fmt::format("SDTR{}", i + 1))
                       .reset(0x0FFF'FFFF)
                       .field(0, 28, "TMRD, TXSR, TRAS, TRC, TWR, TRP, TRCD");
    }
    registers_.add(kSdcmr, "SDCMR")
        .field(0, 22, "MODE, CTB2, CTB1, NRFS, MRD")
        .on_write([this](std::uint32_t value) { command(value); });
    sdrtr_ = &registers_.add(kSdrtr, "SDRTR")
                  .field(1, 13, "COUNT")
                  .flag(14, "REIE")
                  .reserved(0, 1);  // CRE clears RE, which never comes
    registers_.add(kSdsr, "SDSR").read_only().on_read([this] { return status(); });
    add_wire("irq");
    mapped_.base = kBankBase[0];
    hclk_.on_change([this](std::uint64_t) { tell_read_times(); });
  }

  Port* port(std::string_view name) override { return name == "mapped" ? &mapped_ : nullptr; }

 private:
  enum class Step : std::uint32_t { kNone, kClocked, kPrecharged, kRefreshed, kReady };
  struct Bank {
    RegisterFile::Register* sdcr = nullptr;
    RegisterFile::Register* sdtr = nullptr;
    Step step = Step::kNone;
    std::uint32_t mode = 0;  // SDSR.MODES: 0 normal, 1 self-refresh, 2 power-down
    TimePoint clocked{};
  };

  void define_other_controllers() {
    for (unsigned i = 0; i < 4; ++i) {
      auto& bcr = registers_.add(kBcr1 + 8 * i, fmt::format("BCR{}", i + 1))
                      .reset(i == 0 ? 0x30DB : 0x30D2);
      bcr.on_write([this, i](std::uint32_t value) {
        // MBKEN of bank 1 is set from reset on.
        if ((value & 1u) != 0 && i > 0) {
          report_unmodelled("NOR and PSRAM controller", kBcr1 + 8 * i, value);
        }
      });
      if (i == 0) bcr1_ = &bcr;
      registers_.add(kBcr1 + 4 + 8 * i, fmt::format("BTR{}", i + 1)).reset(0x0FFF'FFFF);
      registers_.add(kBwtr1 + 8 * i, fmt::format("BWTR{}", i + 1)).reset(0x0FFF'FFFF);
    }
    registers_.add(kPcr, "PCR")
        .reset(0x18)
        .unimplemented(2, 1, "PBKEN")
        .field(1, 1, "PWAITEN")
        .field(3, 17, "PTYP, PWID, ECCEN, TCLR, TAR, ECCPS");
    registers_.add(kSr, "SR").reset(0x40);
    registers_.add(kPmem, "PMEM").reset(0xFCFC'FCFC);
    registers_.add(kPatt, "PATT").reset(0xFCFC'FCFC);
    registers_.add(kEccr, "ECCR").read_only();
  }

  // The clock is common to both banks: SDCR1 says which (RM0385, FMC_SDCR1.SDCLK).
  std::uint64_t memory_hz() const {
    const std::uint32_t divider = bank_[0].sdcr->value() >> 10 & 3u;
    return divider < 2 ? 0 : hclk_.hz() / divider;
  }
  // TRC and TRP are taken from SDTR1 for both banks (RM0385, FMC_SDTR2).
  std::uint32_t cycles(const Bank& bank, unsigned low) const {
    const bool common = low == 12 || low == 20;
    return (((common ? bank_[0] : bank).sdtr->value() >> low & 0xFu) + 1);
  }

  void tell_read_times() {
    constexpr std::uint64_t kCommandCycles = 2;
    const std::uint64_t hz = memory_hz();
    const std::uint32_t sdcr = bank_[0].sdcr->value();
    if (hz == 0 || hclk_.hz() == 0) return mapped_.set({});
    const auto time = [](std::uint64_t clock_hz, std::uint64_t cycles) {
      return ClockDomain(clock_hz).time_of(cycles) - TimePoint{};
    };
    const auto data_cycles = [sdcr](std::uint64_t bytes) {
      return std::max<std::uint64_t>(1, bytes >> (sdcr >> 4 & 3u));  // SDCR.MWID
    };
    const Duration latency =
        time(hz, (sdcr >> 7 & 3u) + kCommandCycles) + time(hclk_.hz(), sdcr >> 13 & 3u);
    mapped_.set({.word = latency + time(hz, data_cycles(4)),
                 .first = latency + time(hz, data_cycles(8)),
                 .next = time(hz, data_cycles(8))});
    notes_.assume(
        {name_ + ".sdram",
         "a read of SDRAM finds its row open and waits for the CAS latency and two cycles of "
         "the memory's clock; refresh takes no time",
         "estimate"});
  }

  std::uint32_t status() const {
    return (now() < busy_until_ ? kBusy : 0) | bank_[0].mode << 1 | bank_[1].mode << 3;
  }

  void report(std::string_view what, std::uint32_t value) {
    report_unmodelled(what, kSdcmr, value);
  }

  void command(std::uint32_t value) {
    if ((value & (kCtb1 | kCtb2)) == 0) return;
    if (has_enable_ && (bcr1_->value() & kFmcen) == 0) {
      report("SDRAM command while BCR1.FMCEN is 0", value);
    }
    if (memory_hz() == 0) report("SDRAM command while the memory clock is off", value);
    std::uint64_t lasts = 0;
    for (unsigned i = 0; i < 2; ++i) {
      if ((value & (i == 0 ? kCtb1 : kCtb2)) == 0) continue;
      lasts = std::max(lasts, follow(i, value));
    }
    if (const std::uint64_t hz = memory_hz(); hz != 0) {
      busy_until_ = ClockDomain(hz, std::max(now(), busy_until_)).time_of(lasts + 1);
    }
  }

  // What a command does to a bank; returns the cycles of the memory clock that it lasts.
  std::uint64_t follow(unsigned index, std::uint32_t value) {
    Bank& bank = bank_[index];
    const auto expect = [&](Step step, std::string_view command) {
      if (bank.step < step) {
        report(fmt::format("SDRAM bank {}: {} before the step that precedes it (initialization: "
                           "clock, precharge all, auto-refresh, load mode register)",
                           index + 1, command),
               value);
      }
    };
    const auto reached = [&bank](Step step) { bank.step = std::max(bank.step, step); };
    switch (value & 7u) {
      case kNormal: bank.mode = 0; return 1;
      case kClockEnable:
        if (bank.step == Step::kNone) {
          bank.clocked = now();
          check_cells(index, value);
        }
        reached(Step::kClocked);
        return 1;
      case kPrechargeAll:
        expect(Step::kClocked, "precharge all");
        if (bank.step == Step::kClocked && now() < bank.clocked + kClockDelay) {
          report("SDRAM: precharge all less than 100 us after its clock", value);
        }
        reached(Step::kPrecharged);
        return cycles(bank, 20);
      case kAutoRefresh:
        expect(Step::kPrecharged, "auto-refresh");
        reached(Step::kRefreshed);
        return std::uint64_t{(value >> 5 & 0xFu) + 1} * cycles(bank, 12);
      case kLoadMode:
        expect(Step::kRefreshed, "load mode register");
        check_mode_register(bank, value);
        reached(Step::kReady);
        return cycles(bank, 0);
      case kSelfRefresh: bank.mode = 1; return cycles(bank, 8);
      case kPowerDown: bank.mode = 2; return 1;
      default: report("SDRAM command of reserved MODE", value); return 1;
    }
  }

  // The board's memory, against what SDCR says of it.
  void check_cells(unsigned index, std::uint32_t value) {
    const Memory* const cells = bus_.memory_at(kBankBase[index]).memory;
    if (cells == nullptr) {
      report(fmt::format("SDRAM bank {}: the board has no [[memory]] at 0x{:08X}", index + 1,
                         kBankBase[index]),
             value);
      return;
    }
    const std::uint32_t sdcr = bank_[index].sdcr->value();
    const unsigned address_bits = (8 + (sdcr & 3u)) + (11 + (sdcr >> 2 & 3u)) +
                                  ((sdcr >> 6 & 1u) != 0 ? 2 : 1) + (sdcr >> 4 & 3u);
    if (address_bits < 32 && 1u << address_bits != cells->size()) {
      report(fmt::format("SDRAM bank {}: SDCR makes it {} KiB, the board has {} KiB", index + 1,
                         (1u << address_bits) >> 10, cells->size() >> 10),
             sdcr);
    }
    const auto bytes = cells->bytes();
    if (std::any_of(bytes.begin(), bytes.end(), [&](auto byte) { return byte != bytes[0]; })) {
      report(fmt::format("SDRAM bank {}: written before its initialization", index + 1), value);
    }
  }

  // JEDEC's mode register: burst length 2:0, CAS latency 6:4. RM0385: the controller wants bursts
  // of one.
  void check_mode_register(const Bank& bank, std::uint32_t value) {
    const std::uint32_t mode = value >> 9 & 0x1FFFu;
    if ((mode & 7u) != 0) report("SDRAM mode register: a burst length other than 1", value);
    if ((mode >> 4 & 7u) != (bank.sdcr->value() >> 7 & 3u)) {
      report("SDRAM mode register: another CAS latency than SDCR.CAS", value);
    }
  }

  void reset_state(ResetKind) override {
    for (Bank& bank : bank_) {
      bank.step = Step::kNone;
      bank.mode = 0;
    }
    busy_until_ = {};
  }
  void snapshot_state(StateArchive& archive) override {
    for (Bank& bank : bank_) archive(bank.step, bank.mode, bank.clocked.ps);
    archive(busy_until_.ps);
  }

  ClockSignal& hclk_;
  const bool has_enable_;
  BridgePort mapped_;
  std::array<Bank, 2> bank_;
  RegisterFile::Register* bcr1_ = nullptr;
  RegisterFile::Register* sdrtr_ = nullptr;
  TimePoint busy_until_{};
};

const PeripheralType kType("st.fmc", [](PeripheralContext& context) {
  return std::make_unique<Fmc>(context);
});

}  // namespace
}  // namespace tinyscope::st
