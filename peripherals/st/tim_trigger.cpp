// The master and slave mode controllers of a timer: TRGO, TRGI and the external clocks.
#include <fmt/format.h>

#include "peripherals/st/tim.hpp"

namespace tinyscope::st {

using namespace tim;

namespace {
// SMCR.TS.
constexpr unsigned kTi1Edges = 4;
constexpr unsigned kTi1 = 5;
constexpr unsigned kTi2 = 6;
constexpr unsigned kEtr = 7;
constexpr unsigned kHighestSource = kEtr;
}  // namespace

Master Tim::master() const { return static_cast<Master>(cr2_->value() >> cr2::kMmsBit & 7u); }

Slave Tim::slave() const {
  const std::uint32_t value = smcr_->value();
  return static_cast<Slave>((value & 7u) | (value >> 16 & 1u) << 3);
}

unsigned Tim::trigger_source() const {
  const std::uint32_t value = smcr_->value();
  return (value >> smcr::kTsBit & 7u) | (value >> 20 & 3u) << 3;
}

bool Tim::trgo_is_seen() const { return trgo_ != nullptr && trgo_->connected(); }

// TRGO where it is a level; pulses are given where their cause is.
void Tim::update_trgo() {
  if (trgo_ == nullptr) return;
  const Master source = master();
  if (source == Master::kEnable) {
    trgo_->set(counting());
  } else if (source >= Master::kFirstReference) {
    const auto channel =
        static_cast<unsigned>(source) - static_cast<unsigned>(Master::kFirstReference);
    trgo_->set(channel < channels_ && is_output(channel) && reference(channel));
  } else {
    trgo_->set(false);
  }
}

void Tim::check_slave() {
  const auto mode = static_cast<std::uint32_t>(slave());
  if ((mode >= 1 && mode <= 3) || mode > 8) {
    report_unmodelled(fmt::format("SMCR.SMS = {}", mode), kSmcr, smcr_->value());
  }
  const unsigned source = trigger_source();
  if (mode != 0 && source > kHighestSource) {
    report_unmodelled(fmt::format("SMCR.TS = {}", source), kSmcr, smcr_->value());
  }
  // The level of the input that is selected from now on.
  if (source < kInputs) {
    trigger_level_ = itr_[source]->level();
  } else if (source == kTi1 || source == kTi2) {
    trigger_level_ = inputs_[source - kTi1]->level() != inverted_input(source - kTi1);
  } else if (source == kEtr) {
    trigger_level_ = etr_->level() != ((smcr_->value() & smcr::kEtp) != 0);
  } else {
    trigger_level_ = false;
  }
}

// TI1 and TI2 reach TRGI after the polarity stage of their channel.
bool Tim::inverted_input(unsigned input) const {
  return (ccer_->value() >> (4 * input + 1) & 1u) != 0;
}

void Tim::input_as_trigger(unsigned input, bool level) {
  if (input == 0 && trigger_source() == kTi1Edges) {
    trigger_input(kTi1Edges, true);
    trigger_level_ = false;
    return;
  }
  trigger_input(kTi1 + input, level != inverted_input(input));
}

// RM0432, SMCR.ETPS: one of 1, 2, 4 or 8 rising edges comes through.
void Tim::external_trigger(bool level) {
  const bool active = level != ((smcr_->value() & smcr::kEtp) != 0);
  const std::uint32_t divisor = 1u << (smcr_->value() >> smcr::kEtpsBit & 3u);
  const bool comes_through = active && ++external_edges_ % divisor == 0;
  if ((smcr_->value() & smcr::kEce) != 0 && comes_through && counting()) {
    advance(1);
    schedule_next();
  }
  if (divisor == 1 || comes_through) trigger_input(kEtr, active);
  if (divisor != 1 && comes_through) trigger_input(kEtr, false);
}

void Tim::trigger_input(unsigned source, bool level) {
  if (slave() == Slave::kOff || source != trigger_source() || level == trigger_level_) return;
  catch_up();
  trigger_level_ = level;
  if (level) {
    trigger_rose();
  } else if (slave() == Slave::kGated) {
    raise(flag::kTrigger);
  }
  count_from_now();
  update_outputs();
  update_trgo();
  schedule_next();
}

void Tim::trigger_rose() {
  raise(flag::kTrigger);
  if (dier(dier::kTde)) request_dma(dma_trigger_);
  switch (slave()) {
    case Slave::kReset: restart_counter(true); break;
    case Slave::kTrigger: cr1_->set(cr1_->value() | cr1::kCen); break;
    case Slave::kResetAndTrigger:
      restart_counter(true);
      cr1_->set(cr1_->value() | cr1::kCen);
      break;
    case Slave::kClock:
      if (cr1(cr1::kCen)) advance(1);
      break;
    default: break;
  }
}

}  // namespace tinyscope::st
