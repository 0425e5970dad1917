// The channels of a timer: output compare and PWM, input capture.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "peripherals/st/tim.hpp"

namespace tinyscope::st {

using namespace tim;

namespace {
// CCMRx, per channel of eight bits; the fourth bit of OCyM stands 16 bits above.
constexpr std::uint32_t kOcPe = 1u << 3;
constexpr std::uint32_t kOcCe = 1u << 7;
constexpr unsigned kModeBit = 4;
constexpr unsigned kIcPscBit = 2;
constexpr std::uint32_t kDirectInput = 1;
constexpr std::uint32_t kCrossedInput = 2;
constexpr std::uint32_t kTriggerInput = 3;

// CCER, per channel of four bits.
constexpr std::uint32_t kCcE = 1u << 0;
constexpr std::uint32_t kCcP = 1u << 1;
constexpr std::uint32_t kCcNe = 1u << 2;
constexpr std::uint32_t kCcNp = 1u << 3;

constexpr std::uint32_t flag_of(unsigned channel) {
  return channel < 4 ? 1u << (flag::kCc1Bit + channel) : 1u << (flag::kCc5Bit + channel - 4);
}
}  // namespace

std::uint32_t Tim::mode_bits(unsigned channel) const {
  return ccmr_[channel / 2]->value() >> (8 * (channel % 2)) & 0xFFu;
}

Compare Tim::compare_mode(unsigned channel) const {
  return static_cast<Compare>(mode_bits(channel) >> kModeBit & 7u);
}

void Tim::check_modes() {
  for (unsigned i = 0; i < channels_; ++i) {
    const std::uint32_t bits = mode_bits(i);
    const std::uint32_t all = ccmr_[i / 2]->value();
    const auto report = [&](const char* what) {
      report_unmodelled(fmt::format("channel {}: {}", i + 1, what),
                        i < 2   ? kCcmr1
                        : i < 4 ? kCcmr2
                                : kCcmr3,
                        all);
    };
    if (is_output(i)) {
      if ((all >> (16 + 8 * (i % 2)) & 1u) != 0) report("OCxM above 7");
      if ((bits & kOcCe) != 0) report("OCxCE");
      if ((bits & kOcPe) == 0) channel_[i].compare = channel_[i].ccr->value();
    } else {
      if ((bits & 3u) == kTriggerInput) report("TRC as input");
      if (bits >> 4 != 0) report("input filter ICxF");
    }
  }
}

// RM0432, SR.CC1IF: a compare value above ARR matches when the counter overflows (underflows, when
// it counts down).
std::uint64_t Tim::counts_to_match(unsigned channel) const {
  if (!is_output(channel)) return std::numeric_limits<std::uint64_t>::max();
  const std::uint32_t compare = channel_[channel].compare;
  if (compare <= counter_.arr) return counter_.counts_to(compare);
  const std::uint64_t overflow = counter_.counts_to_overflow();
  const bool way_down = counter_.mode == TimCounter::Mode::kCentre && counter_.down;
  return way_down ? overflow + counter_.arr : overflow;
}

// RM0432, CR1.CMS: which way a centre-aligned counter must go for flags to be set.
bool Tim::flags_on_this_way() const {
  const std::uint32_t cms = cr1_->value() >> cr1::kCmsBit & 3u;
  if (cms == 0 || cms == 3 || counter_.count == 0 || counter_.count == counter_.arr) return true;
  return cms == 1 ? counter_.down : !counter_.down;
}

void Tim::matched(unsigned channel) {
  Channel& own = channel_[channel];
  switch (compare_mode(channel)) {
    case Compare::kActive: own.reference = true; break;
    case Compare::kInactive: own.reference = false; break;
    case Compare::kToggle: own.reference = !own.reference; break;
    default: break;
  }
  if (!flags_on_this_way()) return;
  raise(flag_of(channel));
  const bool with_update = (cr2_->value() & cr2::kCcds) != 0;
  if (own.dma != nullptr && !with_update && dier(1u << (dier::kCc1DeBit + channel))) {
    request_dma(own.dma);
  }
  if (channel == 0 && trgo_ != nullptr && master() == Master::kComparePulse) trgo_->pulse();
}

// OCxREF. RM0432, CCMR1.OC1M.
bool Tim::reference(unsigned channel) const {
  const Channel& own = channel_[channel];
  const bool falls = counter_.mode == TimCounter::Mode::kDown ||
                     (counter_.mode == TimCounter::Mode::kCentre && counter_.down);
  const bool pwm = falls ? counter_.count <= own.compare : counter_.count < own.compare;
  switch (compare_mode(channel)) {
    case Compare::kForceInactive: return false;
    case Compare::kForceActive: return true;
    case Compare::kPwm1: return pwm;
    case Compare::kPwm2: return !pwm;
    default: return own.reference;
  }
}

bool Tim::match_is_seen(unsigned channel) const {
  if (!is_output(channel)) return false;
  const Channel& own = channel_[channel];
  const std::uint32_t enables = ccer_->value() >> (4 * channel);
  if (channel < 4) {
    if (dier(flag_of(channel)) && (flags_ & flag_of(channel)) == 0) return true;
    if (dier(1u << (dier::kCc1DeBit + channel))) return true;
  }
  if (own.output != nullptr && own.output->connected() && (enables & kCcE) != 0) return true;
  if (own.complement != nullptr && own.complement->connected() && (enables & kCcNe) != 0) {
    return true;
  }
  if (!trgo_is_seen()) return false;
  if (master() == Master::kComparePulse) return channel == 0;
  const auto first = static_cast<std::uint32_t>(Master::kFirstReference);
  return static_cast<std::uint32_t>(master()) == first + channel;
}

void Tim::update_outputs() {
  const bool driven = bdtr_ == nullptr || (bdtr_->value() & bdtr::kMoe) != 0;
  for (unsigned i = 0; i < channels_; ++i) {
    const Channel& own = channel_[i];
    if (own.output == nullptr) continue;
    const std::uint32_t bits = ccer_->value() >> (4 * i);
    const bool active = is_output(i) && driven;
    const bool level = reference(i);
    own.output->set(active && (bits & kCcE) != 0 && level != ((bits & kCcP) != 0));
    if (own.complement == nullptr) continue;
    own.complement->set(active && (bits & kCcNe) != 0 && !level != ((bits & kCcNp) != 0));
  }
}

// RM0432, CCER.CC1NP/CC1P for inputs: 00 rising, 01 falling, 11 both edges.
bool Tim::selected_edge(unsigned channel, bool level) const {
  const std::uint32_t bits = ccer_->value() >> (4 * channel);
  if ((bits & kCcE) == 0) return false;
  if ((bits & kCcP) != 0 && (bits & kCcNp) != 0) return true;
  return level == ((bits & kCcP) == 0);
}

void Tim::input_changed(unsigned input, bool level) {
  catch_up();
  for (unsigned i = 0; i < std::min(channels_, kInputs); ++i) {
    const std::uint32_t selection = mode_bits(i) & 3u;
    const bool direct = selection == kDirectInput && input == i;
    const bool crossed = selection == kCrossedInput && input == (i ^ 1u);
    if (!(direct || crossed) || !selected_edge(i, level)) continue;
    const unsigned events = 1u << (mode_bits(i) >> kIcPscBit & 3u);
    if (++channel_[i].captures_skipped < events) continue;
    channel_[i].captures_skipped = 0;
    capture(i);
  }
  if (smcr_ != nullptr && input < 2) input_as_trigger(input, level);
  schedule_next();
}

void Tim::capture(unsigned channel) {
  Channel& own = channel_[channel];
  const std::uint32_t flag = flag_of(channel);
  if ((flags_ & flag) != 0) flags_ |= 1u << (flag::kCc1OfBit + channel);
  own.ccr->set(counter_.count);
  raise(flag);
  if (dier(1u << (dier::kCc1DeBit + channel))) request_dma(own.dma);
  if (channel == 0 && trgo_ != nullptr && master() == Master::kComparePulse) trgo_->pulse();
}

}  // namespace tinyscope::st
