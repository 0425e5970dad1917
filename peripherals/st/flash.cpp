#include "peripherals/st/flash.hpp"

#include <fmt/format.h>

#include "peripherals/common/assumed_parameter.hpp"
#include "peripherals/st/flash_registers.hpp"
#include "peripherals/st/rcc_lines.hpp"

namespace tinyscope::st {

using namespace flash;

namespace {

constexpr std::uint32_t kAcrReset = kIcen | kDcen;  // SVD: 0x600
constexpr std::uint32_t kCrReset = kLock | kOptlock;
constexpr std::uint32_t kOptrFactory = 0xFFEF'F8AA;  // SVD: RDP level 0, DBANK = 1, BFB2 = 0
// No page is protected while the start lies behind the end.
constexpr std::uint32_t kWrpFactory = 0xFF00'FFFF;
constexpr std::uint32_t kPcropStartFactory = 0xFFFF'FFFF;

enum Option : std::size_t {
  kOptionOptr,
  kOptionPcrop1sr,
  kOptionPcrop1er,
  kOptionWrp1ar,
  kOptionWrp1br,
  kOptionPcrop2sr,
  kOptionPcrop2er,
  kOptionWrp2ar,
  kOptionWrp2br
};

// Wait states that HCLK needs: STM32CubeL4 (a9f8b8a1), stm32l4xx_hal_rcc.c, table 2 (STM32L4+).
unsigned needed_latency(std::uint64_t hclk_hz, bool range2) {
  constexpr std::uint64_t kMegahertz = 1'000'000;
  if (range2) {
    return hclk_hz <= 8 * kMegahertz ? 0 : hclk_hz <= 16 * kMegahertz ? 1 : 2;
  }
  constexpr std::uint64_t kStep = 20 * kMegahertz;
  return hclk_hz == 0 ? 0 : static_cast<unsigned>((hclk_hz - 1) / kStep);
}

}  // namespace

Flash::Flash(PeripheralContext& context)
    : WiredBlock(context),
      irq_(add_wire("irq")),
      busy_(add_wire("busy")),
      reset_request_(add_wire("reset")),
      range2_(context.events.line(kVoltageRange2Line)),
      option_load_(context.events.line(kOptionLoadLine)),
      external_supply_(context.events.line(kExternalSupplyLine)),
      hclk_(context.clocks.signal("hclk")),
      cells_(bus_, *this),
      lock_(0x4567'0123, 0xCDEF'89AB),
      option_lock_(0x0819'2A3B, 0x4C5D'6E7F),
      power_down_lock_(0x0415'2637, 0xFAFB'FCFD),
      done_(context.scheduler, [this] { finish(); }) {
  constexpr auto kSource = "DS12023, flash memory characteristics, typical, from memory: estimate";
  const auto us = [&](std::string_view key, std::uint64_t value, std::string_view what) {
    return Duration::from_us(assumed_parameter(context, key, value, what, kSource));
  };
  program_time_ = us("program_us", 82, "programming 64 bits of flash, us");
  program_row_time_ = us("program_row_us", 3'800, "fast programming of a row of 512 bytes, us");
  erase_page_time_ = us("erase_page_us", 22'000, "erasing a page, us");
  erase_mass_time_ = us("erase_mass_us", 22'100, "erasing a bank or both, us");
  context.notes.assume({context.name + ".halt",
                        "the CPU waits for data from the bank that is written or erased and for "
                        "instructions from there, those that the caches hold included; for both "
                        "banks while options are written",
                        "RM0432, FLASH, \"Read-while-write\", from memory: estimate"});
  define_access_control();
  define_control();
  define_options(context.params.boolean("dual_bank").value_or(true));
  hclk_.on_change([this](std::uint64_t) { check_latency(); });
  range2_.connect([this](bool) { check_latency(); });
}

void Flash::define_access_control() {
  acr_ = &registers_.add(kAcr, "ACR")
              .reset(kAcrReset)
              .field(0, 4, "LATENCY")
              .flag(8, "PRFTEN")
              .flag(9, "ICEN")
              .flag(10, "DCEN")
              .flag(11, "ICRST")
              .flag(12, "DCRST")
              .unimplemented(13, 1, "RUN_PD")
              .flag(14, "SLEEP_PD")
              .on_write([this](std::uint32_t) { write_acr(); });
  const auto keys = [this](Address offset, std::string_view name, FlashLock& lock) {
    registers_.add(offset, name).write_only().on_write([this, &lock](std::uint32_t key) {
      lock.write_key(key);
      show_locks();
    });
  };
  keys(kPdkeyr, "PDKEYR", power_down_lock_);
  keys(kKeyr, "KEYR", lock_);
  keys(kOptkeyr, "OPTKEYR", option_lock_);
  registers_.add(kCfgr, "CFGR").flag(0, "LVEN").on_write([this](std::uint32_t value) {
    external_supply_.set((value & kLven) != 0);
    check_latency();
  });
}

void Flash::define_control() {
  sr_ = &registers_.add(kSr, "SR")
             .field(0, 2, "EOP, OPERR")
             .field(3, 7, "PROGERR to FASTERR")
             .field(14, 2, "RDERR, OPTVERR")
             .write_one_to_clear()
             .on_write([this](std::uint32_t) { update_interrupt(); });
  cr_ = &registers_.add(kCr, "CR")
             .reset(kCrReset)
             .flag(0, "PG")
             .flag(1, "PER")
             .flag(2, "MER1")
             .field(kPnb, 8, "PNB")
             .flag(11, "BKER")
             .flag(15, "MER2")
             .flag(16, "STRT")
             .flag(17, "OPTSTRT")
             .flag(18, "FSTPG")
             .flag(24, "EOPIE")
             .flag(25, "ERRIE")
             .flag(26, "RDERRIE")
             .flag(27, "OBL_LAUNCH")
             .flag(30, "OPTLOCK")
             .flag(31, "LOCK")
             .on_write([this](std::uint32_t) { write_cr(); });
  eccr_ = &registers_.add(kEccr, "ECCR").flag(24, "ECCIE");
}

void Flash::define_options(bool dual_bank) {
  const auto add = [this](Option option, Address offset, std::string_view name,
                          std::uint32_t factory) -> Register& {
    stored_options_[option] = factory;
    Register& added = registers_.add(offset, name).reset(factory);
    options_[option] = &added;
    added.on_write([this, &added, option](std::uint32_t) {
      // RM0432: option registers can be written while OPTLOCK is 0 and nothing is going on.
      if (!option_lock_.open() || (sr_->value() & kBsy) != 0) added.set(loaded_options_[option]);
    });
    return added;
  };
  add(kOptionOptr, kOptr, "OPTR", dual_bank ? kOptrFactory : kOptrFactory & ~kDbank)
      .field(0, 8, "RDP")
      .field(8, 3, "BOR_LEV")
      .field(12, 3, "nRST_STOP, nRST_STDBY, nRST_SHDW")
      .field(16, 4, "IWDG_SW, IWDG_STOP, IWDG_STDBY, WWDG_SW")
      .field(20, 3, "BFB2, DB1M, DBANK")
      .field(23, 5, "nBOOT1, SRAM2_PE, SRAM2_RST, nSWBOOT0, nBOOT0");
  for (unsigned bank = 0; bank < 2; ++bank) {
    const Address base = bank == 0 ? 0 : kPcrop2sr - kPcrop1sr;
    const std::size_t first = bank == 0 ? 0 : kOptionPcrop2sr - kOptionPcrop1sr;
    const auto option = [first](Option of_bank1) { return static_cast<Option>(of_bank1 + first); };
    const unsigned number = bank + 1;
    add(option(kOptionPcrop1sr), kPcrop1sr + base, fmt::format("PCROP{}SR", number),
        kPcropStartFactory)
        .unimplemented(0, 17, "PCROP_STRT");
    Register& end =
        add(option(kOptionPcrop1er), kPcrop1er + base, fmt::format("PCROP{}ER", number), 0);
    end.unimplemented(0, 17, "PCROP_END");
    if (bank == 0) end.flag(31, "PCROP_RDP");
    add(option(kOptionWrp1ar), kWrp1ar + base, fmt::format("WRP{}AR", number), kWrpFactory)
        .field(0, 8, "WRP_STRT")
        .field(16, 8, "WRP_END");
    add(option(kOptionWrp1br), kWrp1br + base, fmt::format("WRP{}BR", number), kWrpFactory)
        .field(0, 8, "WRP_STRT")
        .field(16, 8, "WRP_END");
  }
}

// RM0432, FLASH_ACR: a cache can be reset while it is disabled only, RUN_PD needs its keys.
void Flash::write_acr() {
  std::uint32_t value = acr_->value();
  if ((value & kIcen) != 0) value &= ~kIcrst;
  if ((value & kDcen) != 0) value &= ~kDcrst;
  if (!power_down_lock_.open()) value = (value & ~kRunPd) | (old_acr_ & kRunPd);
  acr_->set(value);
  const std::uint32_t risen = value & ~old_acr_;
  old_acr_ = value;
  if ((risen & kIcrst) != 0) read_port_.invalidate(FlashReadPort::Cache::kInstruction);
  if ((risen & kDcrst) != 0) read_port_.invalidate(FlashReadPort::Cache::kData);
  publish_settings();
  check_latency();
}

void Flash::publish_settings() {
  const std::uint32_t acr = acr_->value();
  const FlashReadPort::Settings settings{.wait_states = acr & kLatency,
                                         .prefetch = (acr & kPrften) != 0,
                                         .instruction_cache = (acr & kIcen) != 0,
                                         .data_cache = (acr & kDcen) != 0,
                                         .wide_reads = !dual_bank()};
  if (settings != read_port_.settings()) read_port_.set(settings);
}

// Too few wait states make the chip read wrong data; here it reads right, so it must be said.
void Flash::check_latency() {
  const bool slow = range2_.level() && !external_supply_.level();
  const unsigned have = acr_->value() & kLatency;
  const unsigned need = needed_latency(hclk_.hz(), slow);
  if (have >= need) return;
  notes_.unmodelled(
      name_,
      fmt::format("wrong reads of flash with LATENCY = {} where HCLK {} Hz in "
                  "voltage range {} needs {} wait states (beyond the manual's limits)",
                  have, hclk_.hz(), slow ? 2 : 1, need),
      kAcr, true, acr_->value());
}

void Flash::write_cr() {
  const std::uint32_t wanted = cr_->value();
  if (!lock_.open()) {  // RM0432: while LOCK is 1, CR cannot be written
    cr_->set(old_cr_);
    return;
  }
  std::uint32_t value = wanted;
  if (!option_lock_.open()) value &= ~(kOptstrt | kOblLaunch);
  if ((wanted & kOptlock) != 0) option_lock_.close();
  if ((wanted & kLock) != 0) {
    lock_.close();
    option_lock_.close();
  }
  const std::uint32_t risen = value & ~old_cr_;
  cr_->set(value);
  show_locks();
  if ((cr_->value() & kFstpg) == 0) row_open_ = false;
  update_interrupt();
  if ((risen & kStrt) != 0) start_erase();
  if ((risen & kOptstrt) != 0) start_options();
  if ((risen & kOblLaunch) != 0) {
    launching_ = true;
    option_load_.pulse();
    reset_request_.pulse();
  }
}

void Flash::show_locks() {
  std::uint32_t value = cr_->value() & ~(kLock | kOptlock);
  if (!lock_.open()) value |= kLock;
  if (!option_lock_.open()) value |= kOptlock;
  cr_->set(value);
  old_cr_ = value;
}

void Flash::start_options() {
  for (std::size_t i = 0; i < kOptions; ++i) stored_options_[i] = options_[i]->value();
  occupy(erase_page_time_, kBothBanks);
}

void Flash::load_options() {
  const bool banks_change =
      ((loaded_options_[kOptionOptr] ^ stored_options_[kOptionOptr]) & kDbank) != 0;
  if (launching_ && banks_change) {
    notes_.unmodelled(name_, "OPTR.DBANK: the contents of flash are not rearranged", kOptr, true,
                      stored_options_[kOptionOptr]);
  }
  loaded_options_ = stored_options_;
  report_options();
}

void Flash::report_options() {
  const std::uint32_t optr = loaded_options_[kOptionOptr];
  const auto report = [&](const char* what) { notes_.unmodelled(name_, what, kOptr, true, optr); };
  if ((optr & kRdp) != kRdpLevel0) report("OPTR.RDP: read protection");
  if ((optr & kBfb2) != 0) report("OPTR.BFB2: boot from bank 2");
  if ((optr & kNswboot0) == 0 && (optr & kNboot0) == 0) {
    report("OPTR.nBOOT0: boot from system memory or SRAM");
  }
}

void Flash::update_interrupt() {
  const std::uint32_t sr = sr_->value();
  const std::uint32_t cr = cr_->value();
  irq_.set(((sr & kEop) != 0 && (cr & kEopie) != 0) || ((sr & kOperr) != 0 && (cr & kErrie) != 0) ||
           ((sr & kRderr) != 0 && (cr & kRderrie) != 0));
}

void Flash::reset_state(ResetKind kind) {
  if (kind == ResetKind::kPowerOn || launching_) load_options();
  launching_ = false;
  for (std::size_t i = 0; i < kOptions; ++i) options_[i]->set(loaded_options_[i]);
  lock_.reset();
  option_lock_.reset();
  power_down_lock_.reset();
  old_acr_ = acr_->value();
  old_cr_ = cr_->value();
  buffered_ = row_open_ = false;
  busy_until_ = {};
  busy_banks_ = 0;
  done_.cancel();
  busy_.set(false);
  irq_.set(false);
  external_supply_.set(false);
  read_port_.invalidate(FlashReadPort::Cache::kInstruction);
  read_port_.invalidate(FlashReadPort::Cache::kData);
  publish_settings();
}

void Flash::snapshot_state(StateArchive& archive) {
  lock_.snapshot(archive);
  option_lock_.snapshot(archive);
  power_down_lock_.snapshot(archive);
  archive(old_acr_, old_cr_, stored_options_, loaded_options_, launching_, buffered_,
          buffer_offset_, buffer_, row_next_, row_open_, busy_until_.ps, busy_banks_);
  done_.snapshot(archive);
  external_supply_.snapshot(archive);
  if (archive.is_loading()) publish_settings();
}

bool Flash::dual_bank() const { return (loaded_options_[kOptionOptr] & kDbank) != 0; }

const PeripheralType kFlashType("st.flash_l4", [](PeripheralContext& context) {
  return std::make_unique<Flash>(context);
});

}  // namespace tinyscope::st
