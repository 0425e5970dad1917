#include "peripherals/st/tim.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tinyscope::st {

using namespace tim;

namespace {

std::uint32_t parameter(PeripheralContext& context, std::string_view key, std::uint32_t fallback,
                        std::initializer_list<std::uint32_t> known) {
  const std::uint32_t value = context.params.u32(key).value_or(fallback);
  if (std::find(known.begin(), known.end(), value) == known.end()) {
    context.params.fail(key,
                        fmt::format("expected one of {}, found {}", fmt::join(known, ", "), value));
  }
  return value;
}

}  // namespace

Tim::Tim(PeripheralContext& context)
    : WiredBlock(context),
      channels_(parameter(context, "channels", 0, {0, 1, 2, 4, 6})),
      complementary_(parameter(context, "complementary", 0, {0, 1, 3})),
      has_slave_(context.params.boolean("slave").value_or(channels_ >= 2)),
      kernel_clock_(context.clocks.signal(context.params.require_string("clock"))),
      clock_(kernel_clock_.hz()),
      irq_(add_wire("irq")),
      next_(context.scheduler, [this] {
        catch_up();
        schedule_next();
      }) {
  counter_.max = parameter(context, "bits", 16, {16, 32}) == 32 ? 0xFFFF'FFFFu : 0xFFFFu;
  if (complementary_ > channels_) {
    context.params.fail("complementary", "expected no more than there are channels");
  }
  if (has_slave_ && channels_ < 2) context.params.fail("slave", "needs two channels or more");
  dma_update_ = &add_wire("dma_up");
  if (advanced() && channels_ >= 4) {
    irq_update_ = &add_wire("up");
    irq_channels_ = &add_wire("cc");
    irq_trigger_ = &add_wire("trg_com");
    irq_break_ = &add_wire("brk");
  }
  define_control();
  if (channels_ != 0) define_channels();
  kernel_clock_.on_change([this](std::uint64_t hz) { clock_changed(hz); });
}

void Tim::define_control() {
  cr1_ = &registers_.add(kCr1, "CR1")
              .field(0, 4, "CEN, UDIS, URS, OPM")
              .flag(7, "ARPE")
              .flag(11, "UIFREMAP")
              .on_read([this] {
                if (counter_.mode != TimCounter::Mode::kCentre) return cr1_->value();
                return (cr1_->value() & ~cr1::kDir) | (counter_.down ? cr1::kDir : 0u);
              })
              .on_write([this](std::uint32_t) { write_cr1(); });
  if (channels_ >= 4) cr1_->field(4, 3, "DIR, CMS");
  if (channels_ != 0) cr1_->field(8, 2, "CKD");
  cr2_ = &registers_.add(kCr2, "CR2");
  if (channels_ != 1) {
    cr2_->field(cr2::kMmsBit, 3, "MMS");
    trgo_ = &add_wire("trgo");
  }
  if (channels_ != 0) cr2_->flag(3, "CCDS");
  if (channels_ >= 2) cr2_->unimplemented(7, 1, "TI1S");
  if (advanced()) {
    cr2_->unimplemented(0, 1, "CCPC").flag(2, "CCUS").field(8, channels_ >= 4 ? 7 : 3, "OISx");
    if (channels_ == 6) cr2_->flag(16, "OIS5").flag(18, "OIS6").unimplemented(20, 4, "MMS2");
  }
  if (has_slave_) {
    smcr_ = &registers_.add(kSmcr, "SMCR")
                 .field(0, 3, "SMS")
                 .field(smcr::kTsBit, 3, "TS")
                 .flag(7, "MSM")
                 .field(16, 1, "SMS[3]")
                 .field(20, 2, "TS[4:3]")
                 .on_write([this](std::uint32_t) { check_slave(); });
    if (channels_ >= 4) {
      smcr_->unimplemented(8, 4, "ETF").field(smcr::kEtpsBit, 2, "ETPS").field(14, 2, "ECE, ETP");
    }
    etr_ = &add_wire("etr");
    etr_->connect([this](bool level) { external_trigger(level); });
    for (unsigned i = 0; i < kInputs; ++i) {
      itr_[i] = &add_wire(fmt::format("itr{}", i));
      itr_[i]->connect([this, i](bool level) { trigger_input(i, level); });
    }
    dma_trigger_ = &add_wire("dma_trig");
  }
  dier_ =
      &registers_.add(kDier, "DIER").flag(0, "UIE").flag(8, "UDE").on_write([this](std::uint32_t) {
        update_interrupts();
      });
  registers_.add(kSr, "SR")
      .trigger()
      .on_read([this] { return flags_; })
      .on_write([this](std::uint32_t bits) {
        flags_ &= bits;  // a flag is cleared by writing 0
        update_interrupts();
      });
  registers_.add(kEgr, "EGR").write_only().trigger().on_write([this](std::uint32_t bits) {
    write_egr(bits);
  });
  registers_.add(kCnt, "CNT")
      .on_read([this] { return read_counter(); })
      .on_write([this](std::uint32_t value) { counter_.count = value & counter_.max; });
  psc_ = &registers_.add(kPsc, "PSC").field(0, 16, "PSC");
  arr_ = &registers_.add(kArr, "ARR")
              .reset(counter_.max)
              .field(0, counter_.max == 0xFFFF ? 16 : 32, "ARR")
              .on_write([this](std::uint32_t) {
                if (!cr1(cr1::kArpe)) counter_.arr = arr_->value();
              });
}

void Tim::define_channels() {
  const auto modes = [this](std::uint32_t) { check_modes(); };
  constexpr std::array<Address, 3> kCcmr{kCcmr1, kCcmr2, kCcmr3};
  for (unsigned i = 0; i < (channels_ + 1) / 2; ++i) {
    ccmr_[i] = &registers_.add(kCcmr[i], fmt::format("CCMR{}", i + 1)).on_write(modes);
    ccmr_[i]->field(0, 8, "first channel").flag(16, "OCxM[3]");
    if (channels_ > 1) ccmr_[i]->field(8, 8, "second channel").flag(24, "OCyM[3]");
  }
  ccer_ = &registers_.add(kCcer, "CCER");
  for (unsigned i = 0; i < channels_; ++i) {
    Channel& own = channel_[i];
    ccer_->field(4 * i, 4, fmt::format("CC{}E, P, NE, NP", i + 1));
    const Address place = i < 4 ? kCcr1 + 4 * i : kCcr5 + 4 * (i - 4);
    own.ccr = &registers_.add(place, fmt::format("CCR{}", i + 1))
                   .field(0, counter_.max == 0xFFFF ? 16 : 32, "CCR");
    if (i == 4) own.ccr->unimplemented(29, 3, "GC5C");
    own.ccr->on_write([this](std::uint32_t) { check_modes(); });
    own.ccr->on_read([this, i] {
      // RM0432, SR.CC1IF: reading a captured value clears the flag.
      if (!is_output(i) && i < kInputs) {
        flags_ &= ~(1u << (flag::kCc1Bit + i));
        update_interrupts();
      }
      return channel_[i].ccr->value();
    });
    if (i >= kInputs) continue;
    dier_->flag(flag::kCc1Bit + i, "CCxIE").flag(dier::kCc1DeBit + i, "CCxDE");
    own.output = &add_wire(fmt::format("ch{}", i + 1));
    if (i < complementary_) own.complement = &add_wire(fmt::format("ch{}n", i + 1));
    own.dma = &add_wire(fmt::format("dma_cc{}", i + 1));
    inputs_[i] = &add_wire(fmt::format("ti{}", i + 1));
    inputs_[i]->connect([this, i](bool level) { input_changed(i, level); });
  }
  if (has_slave_) dier_->flag(6, "TIE").flag(14, "TDE");
  if (advanced()) {
    dier_->flag(5, "COMIE").flag(7, "BIE").flag(13, "COMDE");
    dma_com_ = &add_wire("dma_com");
    rcr_ = &registers_.add(kRcr, "RCR").field(0, channels_ >= 4 ? 16 : 8, "REP");
    bdtr_ = &registers_.add(kBdtr, "BDTR")
                 .unimplemented(0, 8, "DTG")
                 .field(8, 4, "LOCK, OSSI, OSSR")
                 .unimplemented(12, 1, "BKE")
                 .field(13, 3, "BKP, AOE, MOE")
                 .field(16, 8, "BKF, BK2F")
                 .unimplemented(24, 1, "BK2E")
                 .flag(25, "BK2P");
  }
  // Which pins and comparators feed inputs and breaks: those inputs are wires here.
  registers_.add(kOr1, "OR1");
  registers_.add(kOr2, "OR2").reset(advanced() ? 1u : 0u);
  if (channels_ == 6) registers_.add(kOr3, "OR3").reset(1);
  dcr_ = &registers_.add(kDcr, "DCR").field(0, 5, "DBA").field(8, 5, "DBL");
  dcr_->on_write([this](std::uint32_t) { burst_index_ = 0; });
  registers_.add(kDmar, "DMAR")
      .on_read([this] { return access_burst(false, 0); })
      .on_write([this](std::uint32_t value) { access_burst(true, value); });
}

std::uint32_t Tim::read(const BusAccess& access) {
  if (access.debug) return WiredBlock::read(access);
  catch_up();
  const std::uint32_t value = WiredBlock::read(access);
  schedule_next();
  return value;
}

// What was counted so far is counted under the settings so far.
void Tim::write(const BusAccess& access, std::uint32_t value) {
  if (access.debug) {
    WiredBlock::write(access, value);
    return;
  }
  catch_up();
  WiredBlock::write(access, value);
  count_from_now();
  update_outputs();
  update_trgo();
  schedule_next();
}

void Tim::write_cr1() {
  const std::uint32_t value = cr1_->value();
  const bool centre = (value >> cr1::kCmsBit & 3u) != 0;
  if (centre && counter_.mode != TimCounter::Mode::kCentre) counter_.down = false;
  counter_.mode = centre                     ? TimCounter::Mode::kCentre
                  : (value & cr1::kDir) != 0 ? TimCounter::Mode::kDown
                                             : TimCounter::Mode::kUp;
  if ((value & cr1::kArpe) == 0) counter_.arr = arr_->value();
  draw((value & cr1::kCen) != 0);
}

void Tim::write_egr(std::uint32_t bits) {
  if ((bits & flag::kUpdate) != 0) restart_counter(true);
  for (unsigned i = 0; i < std::min(channels_, kInputs); ++i) {
    if ((bits >> (flag::kCc1Bit + i) & 1u) == 0) continue;
    if (is_output(i)) {
      raise(1u << (flag::kCc1Bit + i));
      if (dier(1u << (dier::kCc1DeBit + i))) request_dma(channel_[i].dma);
    } else {
      capture(i);
    }
  }
  if (has_slave_ && (bits & flag::kTrigger) != 0) {
    raise(flag::kTrigger);
    if (dier(dier::kTde)) request_dma(dma_trigger_);
  }
  if (!advanced()) return;
  if ((bits & flag::kCom) != 0) {
    raise(flag::kCom);
    if (dier(dier::kComde)) request_dma(dma_com_);
  }
  if ((bits & (flag::kBreak | flag::kBreak2)) != 0) {
    bdtr_->set(bdtr_->value() & ~bdtr::kMoe);
    raise(bits & (flag::kBreak | flag::kBreak2));
  }
}

std::uint32_t Tim::read_counter() {
  if (!cr1(cr1::kUifremap)) return counter_.count;
  const std::uint32_t copy = (flags_ & flag::kUpdate) != 0 ? 1u << 31 : 0u;
  return (counter_.count & 0x7FFF'FFFFu) | copy;
}

// RM0432, DCR and DMAR: DBL + 1 accesses to DMAR reach the registers from DBA on, each but the last
// followed by one more request.
std::uint32_t Tim::access_burst(bool write, std::uint32_t value) {
  const std::uint32_t base = dcr_->value() & 0x1Fu;
  const std::uint32_t length = (dcr_->value() >> 8 & 0x1Fu) + 1;
  BusAccess target;
  target.offset = 4 * (base + burst_index_);
  target.now = now();
  std::uint32_t result = 0;
  if (target.offset == kDmar || target.offset == kDcr) {
    report_unmodelled("DMAR that reaches DCR or DMAR", kDmar, value);
  } else if (write) {
    registers_.write(target, value);
  } else {
    result = registers_.read(target);
  }
  if (++burst_index_ < length) {
    if (burst_request_ != nullptr) burst_request_->pulse();
  } else {
    burst_index_ = 0;
  }
  return result;
}

void Tim::update_interrupts() {
  constexpr std::uint32_t kChannels = 0xFu << flag::kCc1Bit;
  std::uint32_t asking = flags_ & dier_->value() & 0xFFu;
  if ((flags_ & flag::kBreak2) != 0 && dier(flag::kBreak)) asking |= flag::kBreak;
  irq_.set(asking != 0);
  if (irq_update_ == nullptr) return;
  irq_update_->set((asking & flag::kUpdate) != 0);
  irq_channels_->set((asking & kChannels) != 0);
  irq_trigger_->set((asking & (flag::kTrigger | flag::kCom)) != 0);
  irq_break_->set((asking & flag::kBreak) != 0);
}

void Tim::reset_state(ResetKind) {
  next_.cancel();
  const std::uint32_t max = counter_.max;
  counter_ = TimCounter{};
  counter_.max = counter_.arr = max;
  was_counting_ = trigger_level_ = false;
  repetition_ = flags_ = burst_index_ = external_edges_ = 0;
  burst_request_ = nullptr;
  for (Channel& own : channel_) {
    own.compare = 0;
    own.reference = false;
    own.captures_skipped = 0;
  }
  draw(false);
  update_outputs();
  update_trgo();
  update_interrupts();
}

void Tim::snapshot_state(StateArchive& archive) {
  clock_.snapshot(archive);
  counter_.snapshot(archive);
  archive(counted_until_, was_counting_, repetition_, flags_, burst_index_, trigger_level_,
          external_edges_);
  for (Channel& own : channel_) archive(own.compare, own.reference, own.captures_skipped);
  // Which request DMAR serves, as its place in this list.
  std::array<Wire*, 8> requests{nullptr, dma_update_, dma_trigger_, dma_com_};
  for (unsigned i = 0; i < kInputs; ++i) requests[4 + i] = channel_[i].dma;
  auto place = static_cast<std::uint32_t>(
      std::find(requests.begin(), requests.end(), burst_request_) - requests.begin());
  archive(place);
  if (archive.is_loading()) burst_request_ = requests.at(place);
  next_.snapshot(archive);
}

namespace {
const PeripheralType kType("st.tim", [](PeripheralContext& context) {
  return std::make_unique<Tim>(context);
});
}  // namespace

}  // namespace tinyscope::st
