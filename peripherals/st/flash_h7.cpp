#include "peripherals/st/flash_h7.hpp"

#include <fmt/format.h>

#include "peripherals/common/assumed_parameter.hpp"
#include "peripherals/st/flash_h7_registers.hpp"
#include "peripherals/st/rcc_lines.hpp"

namespace tinyscope::st {

using namespace flash_h7;

namespace {

// LATENCY: FLASH_LATENCY_DEFAULT of CMSIS; WRHIGHFREQ: RM0455, from memory.
constexpr std::uint32_t kAcrReset = 0x13;

// As from the factory; RM0455, from memory. RDP level 0, watchdog by software.
constexpr std::uint32_t kOptsrFactory = 0x0006'AAD0;
constexpr std::uint32_t kBootFactory = 0x1FF0'0800;  // flash, system memory
constexpr std::uint32_t kNoArea = 0x0000'00FF;       // the start lies behind the end
constexpr std::uint32_t kNoneProtected = 0xFFFF'FFFF;
constexpr std::uint32_t kRdp = 0xFF00;
constexpr std::uint32_t kRdpLevel0 = 0xAA00;

// HAL of the STM32H7 (6f5e35e3), stm32h7xx_ll_utils.c, UTILS_SCALEx_LATENCYy_FREQ: HCLK that each
// wait state adds, by the value of ACTVOS: 3 is VOS0.
constexpr std::array<std::uint64_t, 4> kHzPerWaitState = {22'000'000, 34'000'000, 42'000'000,
                                                          44'000'000};

}  // namespace

FlashH7::FlashH7(PeripheralContext& context)
    : WiredBlock(context),
      irq_(add_wire("irq")),
      busy_(add_wire("busy")),
      actvos_{&context.events.line(kActvos0Line), &context.events.line(kActvos1Line)},
      hclk_(context.clocks.signal("hclk")),
      cells_(context.bus, *this),
      options_done_(context.scheduler, [this] { options_programmed(); }) {
  constexpr auto kSource = "DS13195, flash memory characteristics, typical, from memory: estimate";
  const auto us = [&](std::string_view key, std::uint64_t value, std::string_view what) {
    return Duration::from_us(assumed_parameter(context, key, value, what, kSource));
  };
  program_time_ = us("program_us", 40, "programming 128 bits of flash, us");
  erase_sector_time_ = us("erase_sector_us", 2'000, "erasing a sector, us");
  erase_bank_time_ = us("erase_bank_us", 10'000, "erasing a bank, us");
  option_time_ = us("option_us", 5'000, "programming options, us");
  define_access_control();
  for (unsigned i = 0; i < kBanks; ++i) define_bank(context, i);
  define_options();
  hclk_.on_change([this](std::uint64_t) { check_latency(); });
  for (Wire* const line : actvos_) line->connect([this](bool) { check_latency(); });
}

void FlashH7::define_access_control() {
  acr_ = &registers_.add(kAcr, "ACR")
              .reset(kAcrReset)
              .field(0, 4, "LATENCY")
              .field(4, 2, "WRHIGHFREQ")
              .on_write([this](std::uint32_t) { write_acr(); });
  for (unsigned i = 0; i < 4; ++i) {
    registers_.add(kCrccr1 + 4 * i, "CRC unit").unimplemented();
    registers_.add(kCrccr1 + kBankStride + 4 * i, "CRC unit").unimplemented();
  }
  registers_.add(kOtpblCur, "OTPBL_CUR").read_only();
  registers_.add(kOtpblCur + 4, "OTPBL_PRG").unimplemented();
}

void FlashH7::define_bank(PeripheralContext& context, unsigned index) {
  Bank& bank = banks_[index];
  const Address base = kBankStride * index;
  const auto name = [index](std::string_view text) { return fmt::format("{}{}", text, index + 1); };
  bank.done = std::make_unique<Event>(context.scheduler, [this, &bank] { finish(bank); });
  registers_.add(base + kKeyr, name("KEYR"))
      .write_only()
      .on_write([this, &bank](std::uint32_t key) {
        bank.lock.write_key(key);
        show_lock(bank);
      });
  bank.cr = &registers_.add(base + kCr, name("CR"))
                 .reset(kLock)
                 .field(0, 6, "LOCK, PG, SER, BER, FW, START")
                 .field(kSnb, 7, "SNB")
                 .unimplemented(15, 1, "CRC_EN")
                 .field(16, 4, "EOPIE … STRBERRIE")
                 .flag(21, "INCERRIE")
                 .field(23, 6, "RDPERRIE … CRCRDERRIE")
                 .on_write([this, &bank](std::uint32_t) { write_cr(bank); });
  bank.sr = &registers_.add(base + kSr, name("SR")).read_only();
  registers_.add(base + kCcr, name("CCR"))
      .write_only()
      .trigger()
      .on_write([this, &bank](std::uint32_t clear) {
        bank.sr->set(bank.sr->value() & ~(clear & kInterrupts));
        update_interrupt();
      });
  registers_.add(base + kEccFa1, name("ECC_FA")).read_only();
}

void FlashH7::define_options() {
  registers_.add(kOptkeyr, "OPTKEYR").write_only().on_write([this](std::uint32_t key) {
    option_lock_.write_key(key);
    show_option_lock();
  });
  optcr_ = &registers_.add(kOptcr, "OPTCR")
                .reset(kOptlock)
                .field(0, 2, "OPTLOCK, OPTSTART")
                .flag(4, "MER")
                .unimplemented(5, 1, "PG_OTP")
                .flag(30, "OPTCHANGEERRIE")
                .flag(31, "SWAP_BANK")
                .on_write([this](std::uint32_t) { write_optcr(); });
  registers_.add(kOptccr, "OPTCCR").write_only().trigger();
  std::size_t next = 0;
  const auto add = [&](Address offset, const std::string& name, std::uint32_t factory) {
    Option& option = options_[next++];
    option.factory = option.stored = factory;
    option.current = &registers_.add(offset, name + "_CUR").read_only();
    option.programmed = &registers_.add(offset + 4, name + "_PRG");
    option.programmed->on_write([this, &option](std::uint32_t) {
      if (!option_lock_.open()) option.programmed->set(option.stored);
    });
  };
  add(kOptsrCur, "OPTSR", kOptsrFactory);
  add(kBootCur, "BOOT", kBootFactory);
  for (unsigned bank = 0; bank < kBanks; ++bank) {
    add(kPrarCur1 + kBankStride * bank, fmt::format("PRAR{}", bank + 1), kNoArea);
    add(kScarCur1 + kBankStride * bank, fmt::format("SCAR{}", bank + 1), kNoArea);
    add(kWpsnCur1 + kBankStride * bank, fmt::format("WPSN{}", bank + 1), kNoneProtected);
  }
}

void FlashH7::write_acr() {
  const FlashReadPort::Settings settings{.wait_states = acr_->value() & kLatency};
  if (settings != read_port_.settings()) read_port_.set(settings);
  check_latency();
}

// Too few wait states make the chip read wrong data; here it reads right, so it must be said.
void FlashH7::check_latency() {
  const unsigned vos = (actvos_[0]->level() ? 1u : 0u) | (actvos_[1]->level() ? 2u : 0u);
  const std::uint64_t hz = hclk_.hz();
  const std::uint64_t need = hz == 0 ? 0 : (hz - 1) / kHzPerWaitState[vos];
  const unsigned have = acr_->value() & kLatency;
  if (have >= need) return;
  notes_.unmodelled(name_,
                    fmt::format("wrong reads of flash with LATENCY = {} where HCLK {} Hz at VOS{} "
                                "needs {} wait states (beyond the manual's limits)",
                                have, hz, 3 - vos, need),
                    kAcr, true, acr_->value());
}

// RM0455, FLASH_CRx: cannot be written while LOCK is 1.
void FlashH7::write_cr(Bank& bank) {
  if (!bank.lock.open()) {
    bank.cr->set(bank.old_cr);
    return;
  }
  const std::uint32_t value = bank.cr->value();
  const std::uint32_t risen = value & ~bank.old_cr;
  if ((value & kLock) != 0) bank.lock.close();
  show_lock(bank);
  update_interrupt();
  if ((risen & kFw) != 0 && bank.written != 0) program(bank);
  if ((value & kStart) != 0) start_erase(bank, (value & kBer) != 0);
}

void FlashH7::show_lock(Bank& bank) {
  bank.cr->set((bank.cr->value() & ~(kLock | kStart | kFw)) | (bank.lock.open() ? 0 : kLock));
  bank.old_cr = bank.cr->value();
}

// RM0455, FLASH_OPTCR: MER erases both banks, which need not be unlocked for it here.
void FlashH7::write_optcr() {
  const std::uint32_t value = optcr_->value();
  const bool open = option_lock_.open();
  if ((value & kOptlock) != 0) option_lock_.close();
  if ((value & kMer) != 0) {
    for (Bank& bank : banks_) start_erase(bank, true);
  }
  show_option_lock();
  if (!open || (value & kOptstart) == 0) return;
  for (Option& option : options_) option.stored = option.programmed->value();
  Register& status = *options_[0].current;
  status.set(status.value() | kOptBsy);
  options_done_.after(option_time_);
}

void FlashH7::show_option_lock() {
  const std::uint32_t kept = optcr_->value() & ~(kOptlock | kOptstart | kMer | kSwapBank);
  optcr_->set(kept | (option_lock_.open() ? 0 : kOptlock));
}

void FlashH7::options_programmed() {
  for (Option& option : options_) option.current->set(option.stored);
  report_options();
}

void FlashH7::report_options() {
  const auto report = [this](const char* what, const Option& option) {
    notes_.unmodelled(name_, what, kOptsrPrg, true, option.stored);
  };
  const Option& status = options_[0];
  if ((status.stored & kRdp) != kRdpLevel0) report("OPTSR.RDP: read protection", status);
  if ((status.stored & kSwapBank) != 0) report("OPTSR.SWAP_BANK_OPT: swapped banks", status);
  if (options_[1].stored != kBootFactory) report("BOOT: another boot address", options_[1]);
  for (std::size_t i = 2; i < kOptions; ++i) {
    const bool write_protection = (i - 2) % 3 == 2;
    if (!write_protection && options_[i].stored != kNoArea) {
      report("PRAR, SCAR: protected areas", options_[i]);
    }
  }
}

void FlashH7::update_interrupt() {
  bool pending = false;
  for (const Bank& bank : banks_) {
    pending |= (bank.sr->value() & bank.cr->value() & kInterrupts) != 0;
  }
  irq_.set(pending);
}

void FlashH7::reset_state(ResetKind) {
  for (Bank& bank : banks_) {
    bank.lock.reset();
    bank.old_cr = bank.cr->value();
    bank.busy = false;
    bank.busy_until = {};
    bank.done->cancel();
    bank.written = 0;
  }
  option_lock_.reset();
  options_done_.cancel();
  for (Option& option : options_) {
    option.current->set(option.stored);
    option.programmed->set(option.stored);
  }
  busy_.set(false);
  irq_.set(false);
  read_port_.set({.wait_states = acr_->value() & kLatency});
}

void FlashH7::snapshot_state(StateArchive& archive) {
  for (Bank& bank : banks_) {
    bank.lock.snapshot(archive);
    archive(bank.old_cr, bank.busy, bank.busy_until.ps, bank.word, bank.written, bank.bytes);
    bank.done->snapshot(archive);
  }
  for (Option& option : options_) archive(option.stored);
  option_lock_.snapshot(archive);
  options_done_.snapshot(archive);
  if (archive.is_loading()) read_port_.set({.wait_states = acr_->value() & kLatency});
}

const PeripheralType kFlashH7Type("st.flash_h7", [](PeripheralContext& context) {
  return std::make_unique<FlashH7>(context);
});

}  // namespace tinyscope::st
