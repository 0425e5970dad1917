#include "peripherals/st/flash_f4.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "peripherals/common/assumed_parameter.hpp"

namespace tinyscope::st {
namespace {

constexpr Address kAcr = 0x00;
constexpr Address kKeyr = 0x04;
constexpr Address kOptkeyr = 0x08;
constexpr Address kSr = 0x0C;
constexpr Address kCr = 0x10;
constexpr Address kOptcr = 0x14;
constexpr Address kOptcr1 = 0x18;

// ACR. F7: ARTEN and ARTRST at the places of ICEN and ICRST of an F4.
constexpr std::uint32_t kLatency = 0xF;
constexpr std::uint32_t kPrften = 1u << 8;
constexpr std::uint32_t kIcen = 1u << 9;
constexpr std::uint32_t kDcen = 1u << 10;
constexpr std::uint32_t kIcrst = 1u << 11;
constexpr std::uint32_t kDcrst = 1u << 12;

// SR
constexpr std::uint32_t kEop = 1u << 0;
constexpr std::uint32_t kOperr = 1u << 1;
constexpr std::uint32_t kWrperr = 1u << 4;
constexpr std::uint32_t kPgaerr = 1u << 5;
constexpr std::uint32_t kPgperr = 1u << 6;
constexpr std::uint32_t kPgserr = 1u << 7;  // ERSERR of an F7
constexpr std::uint32_t kBsy = 1u << 16;

// CR
constexpr std::uint32_t kPg = 1u << 0;
constexpr std::uint32_t kSer = 1u << 1;
constexpr std::uint32_t kMer = 1u << 2;
constexpr unsigned kSnbBit = 3;
constexpr unsigned kPsizeBit = 8;
constexpr std::uint32_t kStrt = 1u << 16;
constexpr std::uint32_t kEopie = 1u << 24;
constexpr std::uint32_t kErrie = 1u << 25;
constexpr std::uint32_t kLock = 1u << 31;

// OPTCR
constexpr std::uint32_t kOptlock = 1u << 0;
constexpr std::uint32_t kOptstrt = 1u << 1;
constexpr unsigned kRdpBit = 8;
constexpr std::uint32_t kRdpLevel0 = 0xAA;
constexpr unsigned kNwrpBit = 16;
// RM0385, FLASH_OPTCR and FLASH_OPTCR1; SVD of the F446. Boot from 0x00200000 or 0x00100000.
constexpr std::uint32_t kOptcrOfF7 = 0xC0FF'AAFD;
constexpr std::uint32_t kOptcr1OfF7 = 0x0040'0080;
constexpr std::uint32_t kOptcrOfF4 = 0x0FFF'AAED;

// RM0385 and RM0090, number of wait states at 2.7 to 3.6 V: one more for each 30 MHz.
constexpr std::uint64_t kHzPerWaitState = 30'000'000;

}  // namespace

FlashF4::FlashF4(PeripheralContext& context, Family family)
    : WiredBlock(context),
      f7_(family == Family::kF7),
      first_sector_bytes_(context.params.require_u32("first_sector_kbytes") * 1024),
      irq_(add_wire("irq")),
      busy_(add_wire("busy")),
      hclk_(context.clocks.signal("hclk")),
      cells_(bus_, *this),
      lock_(0x4567'0123, 0xCDEF'89AB),
      option_lock_(0x0819'2A3B, 0x4C5D'6E7F),
      done_(context.scheduler, [this] { finish(); }) {
  if (first_sector_bytes_ == 0 || first_sector_bytes_ > 0x10'0000) {
    context.params.fail("first_sector_kbytes", "expected 16 or 32");
  }
  constexpr auto kSource = "data sheets, flash memory programming, typical, from memory: estimate";
  const auto ms = [&](std::string_view key, std::uint64_t value, std::string_view what) {
    return Duration::from_ms(assumed_parameter(context, key, value, what, kSource));
  };
  program_time_ = Duration::from_us(assumed_parameter(
      context, "program_us", 16, "programming up to 32 bits of flash, us", kSource));
  erase_times_ = {ms("erase_small_ms", 250, "erasing one of the first four sectors, ms"),
                  ms("erase_medium_ms", 550, "erasing the fifth sector, ms"),
                  ms("erase_large_ms", 1'000, "erasing a sector behind that, ms")};
  erase_mass_time_ = ms("erase_mass_ms", 8'000, "erasing all flash, ms");
  context.notes.assume({context.name + ".halt",
                        "the CPU waits for all that it reads from flash while this is written or "
                        "erased, what the flash caches hold included",
                        "RM0385, \"Read-while-write\", from memory: estimate"});
  define_access_control();
  define_control();
  define_options();
  hclk_.on_change([this](std::uint64_t) { check_latency(); });
}

void FlashF4::define_access_control() {
  acr_ = &registers_.add(kAcr, "ACR")
              .field(0, 4, "LATENCY")
              .flag(8, "PRFTEN")
              .on_write([this](std::uint32_t) { write_acr(); });
  if (f7_) {
    acr_->flag(9, "ARTEN").flag(11, "ARTRST");
  } else {
    acr_->flag(9, "ICEN").flag(10, "DCEN").flag(11, "ICRST").flag(12, "DCRST");
  }
  const auto keys = [this](Address offset, std::string_view name, FlashLock& lock) {
    registers_.add(offset, name).write_only().on_write([this, &lock](std::uint32_t key) {
      lock.write_key(key);
      show_locks();
    });
  };
  keys(kKeyr, "KEYR", lock_);
  keys(kOptkeyr, "OPTKEYR", option_lock_);
}

void FlashF4::define_control() {
  sr_ = &registers_.add(kSr, "SR")
             .field(0, 2, "EOP, OPERR")
             .field(4, 4, f7_ ? "WRPERR to ERSERR" : "WRPERR to PGSERR")
             .write_one_to_clear()
             .on_write([this](std::uint32_t) { update_interrupt(); });
  if (!f7_) sr_->flag(8, "RDERR");
  cr_ = &registers_.add(kCr, "CR")
             .reset(kLock)
             .flag(0, "PG")
             .flag(1, "SER")
             .flag(2, "MER")
             .field(kSnbBit, 4, "SNB")
             .field(kPsizeBit, 2, "PSIZE")
             .flag(16, "STRT")
             .flag(24, "EOPIE")
             .flag(25, "ERRIE")
             .flag(31, "LOCK")
             .on_write([this](std::uint32_t) { write_cr(); });
}

void FlashF4::define_options() {
  stored_options_ = {f7_ ? kOptcrOfF7 : kOptcrOfF4, kOptcr1OfF7};
  options_[0] = &registers_.add(kOptcr, "OPTCR")
                     .reset(stored_options_[0])
                     .flag(0, "OPTLOCK")
                     .flag(1, "OPTSTRT")
                     .field(2, 2, "BOR_LEV")
                     .field(5, 3, "IWDG_SW, nRST_STOP, nRST_STDBY")
                     .field(kRdpBit, 8, "RDP")
                     .field(kNwrpBit, f7_ ? 8 : 12, "nWRP")
                     .on_write([this](std::uint32_t) { write_optcr(); });
  if (!f7_) return;
  options_[0]->flag(4, "WWDG_SW").field(30, 2, "IWDG_STDBY, IWDG_STOP");
  options_[1] = &registers_.add(kOptcr1, "OPTCR1").reset(kOptcr1OfF7);
  options_[1]->field(0, 16, "BOOT_ADD0").field(16, 16, "BOOT_ADD1").on_write([this](std::uint32_t) {
    if (!option_lock_.open()) options_[1]->set(stored_options_[1]);
  });
}

// RM0385, FLASH_ACR.ARTRST, and RM0090, FLASH_ACR.ICRST: a cache can be reset while it is off only.
void FlashF4::write_acr() {
  std::uint32_t value = acr_->value();
  if ((value & kIcen) != 0) value &= ~kIcrst;
  if ((value & kDcen) != 0) value &= ~kDcrst;
  acr_->set(value);
  const std::uint32_t risen = value & ~old_acr_;
  old_acr_ = value;
  if ((risen & kIcrst) != 0) read_port_.invalidate(FlashReadPort::Cache::kInstruction);
  if ((risen & kDcrst) != 0) read_port_.invalidate(FlashReadPort::Cache::kData);
  publish_settings();
  check_latency();
}

void FlashF4::publish_settings() {
  const std::uint32_t acr = acr_->value();
  const FlashReadPort::Settings settings{.wait_states = acr & kLatency,
                                         .prefetch = (acr & kPrften) != 0,
                                         .instruction_cache = (acr & kIcen) != 0,
                                         .data_cache = (acr & kDcen) != 0};
  if (settings != read_port_.settings()) read_port_.set(settings);
}

// Too few wait states make the chip read wrong data; here it reads right, so it must be said.
void FlashF4::check_latency() {
  const std::uint64_t hz = hclk_.hz();
  const std::uint64_t need = hz == 0 ? 0 : (hz - 1) / kHzPerWaitState;
  const unsigned have = acr_->value() & kLatency;
  if (have >= need) return;
  notes_.unmodelled(name_,
                    fmt::format("wrong reads of flash with LATENCY = {} where HCLK {} Hz needs {} "
                                "wait states (beyond the manual's limits)",
                                have, hz, need),
                    kAcr, true, acr_->value());
}

void FlashF4::write_cr() {
  const std::uint32_t value = cr_->value();
  if (!lock_.open()) {  // while LOCK is 1, CR cannot be written
    cr_->set(old_cr_);
    return;
  }
  if ((value & kLock) != 0) lock_.close();
  const std::uint32_t risen = value & ~old_cr_;
  old_cr_ = value;
  show_locks();
  update_interrupt();
  if ((risen & kStrt) != 0) start_erase();
}

// RM0385, FLASH_OPTCR: can be written while OPTLOCK is 0; OPTSTRT programs the option bytes.
void FlashF4::write_optcr() {
  const std::uint32_t value = options_[0]->value();
  if (!option_lock_.open()) {
    options_[0]->set(stored_options_[0]);
    show_locks();
    return;
  }
  if ((value & kOptlock) != 0) option_lock_.close();
  if ((value & kOptstrt) != 0 && !done_.scheduled()) {
    for (std::size_t i = 0; i < kOptions; ++i) {
      if (options_[i] != nullptr) stored_options_[i] = options_[i]->value();
    }
    stored_options_[0] &= ~(kOptstrt | kOptlock);
    report_options();
    occupy(erase_times_[0]);
  }
  show_locks();
}

void FlashF4::report_options() {
  const std::uint32_t optcr = stored_options_[0];
  const auto report = [&](const char* what) {
    notes_.unmodelled(name_, what, kOptcr, true, optcr);
  };
  if ((optcr >> kRdpBit & 0xFF) != kRdpLevel0) report("OPTCR.RDP: read protection");
  if (f7_ && stored_options_[1] != kOptcr1OfF7) report("OPTCR1: boot from another address");
}

void FlashF4::show_locks() {
  cr_->set((cr_->value() & ~kLock) | (lock_.open() ? 0 : kLock));
  old_cr_ = cr_->value();
  options_[0]->set((options_[0]->value() & ~kOptlock) | (option_lock_.open() ? 0 : kOptlock));
}

void FlashF4::occupy(Duration time) {
  busy_until_ = std::max(busy_until_, now()) + time;
  sr_->set(sr_->value() | kBsy);
  done_.at(busy_until_);
  busy_.set(true);
}

// RM0385: STRT and OPTSTRT clear with BSY; EOP shows while EOPIE is set only.
void FlashF4::finish() {
  std::uint32_t sr = sr_->value() & ~kBsy;
  if ((cr_->value() & kEopie) != 0) sr |= kEop;
  sr_->set(sr);
  cr_->set(cr_->value() & ~kStrt);
  old_cr_ = cr_->value();
  options_[0]->set(options_[0]->value() & ~kOptstrt);
  busy_.set(false);
  update_interrupt();
}

// RM0385: OPERR accompanies an error while ERRIE is set only.
void FlashF4::fail(std::uint32_t flag) {
  std::uint32_t sr = sr_->value() | flag;
  if ((cr_->value() & kErrie) != 0) sr |= kOperr;
  sr_->set(sr);
  update_interrupt();
}

// RM0385 and RM0090, "Flash memory organization": 4 * S, 4 S, then 8 S each.
FlashF4::Sector FlashF4::sector(std::uint32_t number) const {
  const std::uint32_t small = first_sector_bytes_;
  if (number < 4) return {number * small, small};
  if (number == 4) return {4 * small, 4 * small};
  return {(number - 4) * 8 * small, 8 * small};
}

// nWRP: bit i is 0 where sector i is protected. A chip with more sectors than bits has none here.
bool FlashF4::protected_from_writes(std::uint32_t offset) const {
  std::uint32_t number = 0;
  while (offset >= sector(number).offset + sector(number).size) ++number;
  return (stored_options_[0] >> (kNwrpBit + number) & 1u) == 0;
}

void FlashF4::start_erase() {
  const auto refuse = [this](std::uint32_t flag) {
    cr_->set(cr_->value() & ~kStrt);
    old_cr_ = cr_->value();
    fail(flag);
  };
  const std::uint32_t cr = cr_->value();
  const bool one = (cr & kSer) != 0;
  const bool all = (cr & kMer) != 0;
  const Memory* const flash = cells_.memory();
  if (one == all || (cr & kPg) != 0 || flash == nullptr) return refuse(kPgserr);
  if (all) {
    for (std::uint32_t i = 0; sector(i).offset < flash->size(); ++i) {
      if (protected_from_writes(sector(i).offset)) return refuse(kWrperr);
    }
    cells_.erase(0, flash->size());
    return occupy(erase_mass_time_);
  }
  const std::uint32_t number = cr >> kSnbBit & 0xF;
  const Sector target = sector(number);
  if (target.offset >= flash->size()) return refuse(kPgserr);
  if (protected_from_writes(target.offset)) return refuse(kWrperr);
  cells_.erase(target.offset, target.size);
  occupy(erase_times_[number < 4 ? 0 : number == 4 ? 1 : 2]);
}

// RM0385, "Flash programming": the size of a store is that of PSIZE, of which 64 bits are two words
// here; bits can become 0 without an erase, but not 1.
FlashWritePolicy::Outcome FlashF4::cpu_write(Address offset, AccessSize size,
                                             std::uint32_t old_value, std::uint32_t new_value) {
  const Outcome unchanged{true, old_value};
  const auto refuse = [&](std::uint32_t flag) {
    fail(flag);
    return unchanged;
  };
  const std::uint32_t cr = cr_->value();
  if ((cr & kPg) == 0 || (cr & (kSer | kMer)) != 0) return refuse(kPgserr);
  if (bytes(size) != std::min(1u << (cr >> kPsizeBit & 3u), 4u)) return refuse(kPgperr);
  if (offset % bytes(size) != 0) return refuse(kPgaerr);
  if (protected_from_writes(offset)) return refuse(kWrperr);
  const std::uint32_t stored = old_value & new_value;
  std::array<std::uint8_t, 4> content{};
  for (unsigned i = 0; i < 4; ++i) content[i] = static_cast<std::uint8_t>(stored >> 8 * i);
  cells_.put(offset, std::span(content).first(bytes(size)));
  occupy(program_time_);
  return {true, stored};
}

void FlashF4::update_interrupt() {
  const std::uint32_t sr = sr_->value();
  const std::uint32_t cr = cr_->value();
  irq_.set(((sr & kEop) != 0 && (cr & kEopie) != 0) || ((sr & kOperr) != 0 && (cr & kErrie) != 0));
}

void FlashF4::reset_state(ResetKind) {
  for (std::size_t i = 0; i < kOptions; ++i) {
    if (options_[i] != nullptr) options_[i]->set(stored_options_[i]);
  }
  lock_.reset();
  option_lock_.reset();
  show_locks();
  old_acr_ = acr_->value();
  busy_until_ = {};
  done_.cancel();
  busy_.set(false);
  irq_.set(false);
  read_port_.invalidate(FlashReadPort::Cache::kInstruction);
  read_port_.invalidate(FlashReadPort::Cache::kData);
  publish_settings();
}

void FlashF4::snapshot_state(StateArchive& archive) {
  lock_.snapshot(archive);
  option_lock_.snapshot(archive);
  archive(old_acr_, old_cr_, stored_options_, busy_until_.ps);
  done_.snapshot(archive);
  if (archive.is_loading()) publish_settings();
}

namespace {

const PeripheralType kF4Type("st.flash_f4", [](PeripheralContext& context) {
  return std::make_unique<FlashF4>(context, FlashF4::Family::kF4);
});
const PeripheralType kF7Type("st.flash_f7", [](PeripheralContext& context) {
  return std::make_unique<FlashF4>(context, FlashF4::Family::kF7);
});

}  // namespace
}  // namespace tinyscope::st
