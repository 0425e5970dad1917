// MDMA of the STM32H7: sixteen channels of one master that reaches every memory, TCM included.
// RM0455, chapter "Master direct memory access controller (MDMA)"; bits as in CMSIS
// stm32h7a3xxq.h.
//
// The channel of the highest priority moves one buffer (TLEN + 1 bytes) at a time; the next is
// chosen anew. A request moves a buffer, a block, repeated blocks or the whole linked list, as TRGM
// says. Wire: "irq". Parameters: `clock` (default "hclk"); `buffer_cycles` and `item_cycles`, its
// cycles of each buffer and of each item that is read and written.
//
// Not modelled, and reported when used: requests by hardware (SWRM = 0), since TSEL is not wired;
// exchanges of bytes; different sizes without packing. Bursts change no time here.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "peripherals/common/assumed_parameter.hpp"
#include "peripherals/st/wired_block.hpp"
#include "sim/time.hpp"

namespace tinyscope::st {
namespace {

constexpr unsigned kChannels = 16;
constexpr std::uint32_t kMostBytes = 128;  // TLEN
constexpr Address kGisr0 = 0x00;
constexpr Address kChannel0 = 0x40;
constexpr Address kStride = 0x40;
// Of a channel.
constexpr Address kCisr = 0x00;
constexpr Address kCifcr = 0x04;
constexpr Address kCesr = 0x08;
constexpr Address kCcr = 0x0C;
constexpr Address kFirstLinked = 0x10;  // CTCR; the linked list has this and what follows, in order
constexpr std::size_t kLinked = 10;
enum Linked : std::size_t {
  kCtcr,
  kCbndtr,
  kCsar,
  kCdar,
  kCbrur,
  kClar,
  kCtbr,
  kHole,
  kCmar,
  kCmdr
};
constexpr std::array<const char*, kLinked> kNames = {"CTCR", "CBNDTR", "CSAR", "CDAR", "CBRUR",
                                                     "CLAR", "CTBR",   "",     "CMAR", "CMDR"};

// CISR and, one bit higher, the enables of CCR.
constexpr std::uint32_t kTeif = 1u << 0;
constexpr std::uint32_t kCtcif = 1u << 1;
constexpr std::uint32_t kBrtif = 1u << 2;
constexpr std::uint32_t kBtif = 1u << 3;
constexpr std::uint32_t kTcif = 1u << 4;
constexpr std::uint32_t kFlags = 0x1F;
constexpr std::uint32_t kCrqa = 1u << 16;
// CCR
constexpr std::uint32_t kEn = 1u << 0;
constexpr unsigned kPlBit = 6;
constexpr std::uint32_t kSwrq = 1u << 16;
// CTCR
constexpr unsigned kTlenBit = 18;
constexpr std::uint32_t kPke = 1u << 25;
constexpr unsigned kTrgmBit = 28;
constexpr std::uint32_t kSwrm = 1u << 30;
enum Trigger : std::uint32_t { kBuffer = 0, kBlock = 1, kRepeatedBlock = 2, kList = 3 };
// CBNDTR
constexpr std::uint32_t kBndtMask = 0x1'FFFF;
constexpr std::uint32_t kBrsum = 1u << 18;
constexpr std::uint32_t kBrdum = 1u << 19;
constexpr unsigned kBrcBit = 20;
// CESR
constexpr std::uint32_t kTed = 1u << 7;  // the error came with a read

class Mdma final : public WiredBlock {
 public:
  explicit Mdma(PeripheralContext& context)
      : WiredBlock(context),
        irq_(add_wire("irq")),
        buffer_cycles_(assumed_parameter(context, "buffer_cycles", 10,
                                         "HCLK cycles of each buffer that MDMA moves")),
        item_cycles_(assumed_parameter(context, "item_cycles", 2,
                                       "HCLK cycles of each item that MDMA reads and writes")),
        hclk_(context.clocks.signal(context.params.string("clock").value_or("hclk"))),
        clock_(hclk_.hz()),
        end_(context.scheduler, [this] { finish(); }) {
    registers_.add(kGisr0, "GISR0").read_only().on_read([this] { return pending(); });
    for (unsigned i = 0; i < kChannels; ++i) define_channel(i);
    hclk_.on_change([this](std::uint64_t hz) {
      clock_.set_hz(hz, now());
      schedule_end();
    });
  }

 private:
  using Register = RegisterFile::Register;
  struct Channel {
    Register* ccr = nullptr;
    Register* cesr = nullptr;
    std::array<Register*, kLinked> linked{};
    std::uint32_t flags = 0;  // of CISR
    bool enabled = false;     // EN as last seen
    bool requested = false;   // a request that is not served yet
    std::uint32_t block = 0;  // bytes of a block
  };

  void define_channel(unsigned index) {
    Channel& own = channels_[index];
    const Address base = kChannel0 + kStride * index;
    const auto add = [&](Address offset, std::string_view name) -> Register& {
      return registers_.add(base + offset, fmt::format("C{}{}", index, name.substr(1)));
    };
    add(kCisr, "CISR").read_only().on_read([&own] {
      return own.flags | (own.requested ? kCrqa : 0);
    });
    add(kCifcr, "CIFCR").write_only().trigger().on_write([this, &own](std::uint32_t clear) {
      own.flags &= ~clear;
      update_interrupt();
    });
    own.cesr = &add(kCesr, "CESR").read_only();
    own.ccr = &add(kCcr, "CCR")
                   .field(0, 8, "EN, TEIE, CTCIE, BRTIE, BTIE, TCIE, PL")
                   .unimplemented(12, 3, "BEX, HEX, WEX")
                   .flag(16, "SWRQ")
                   .on_write([this, &own](std::uint32_t) { control(own); });
    for (std::size_t i = 0; i < kLinked; ++i) {
      if (i == kHole) continue;
      own.linked[i] = &add(kFirstLinked + 4 * static_cast<Address>(i), kNames[i]);
    }
  }

  static std::uint32_t value(const Channel& channel, Linked which) {
    return channel.linked[which]->value();
  }

  void control(Channel& channel) {
    const std::uint32_t ccr = channel.ccr->value();
    channel.ccr->set(ccr & ~kSwrq);
    const bool enabled = (ccr & kEn) != 0;
    if (enabled && !channel.enabled) enable(channel);
    channel.enabled = enabled;
    if ((ccr & kSwrq) != 0 && (value(channel, kCtcr) & kSwrm) != 0) channel.requested = true;
    channel.requested = channel.requested && enabled;
    update_interrupt();
    start();
  }

  void enable(Channel& channel) {
    channel.block = value(channel, kCbndtr) & kBndtMask;
    const std::uint32_t ctcr = value(channel, kCtcr);
    if ((ctcr & kSwrm) == 0) report_unmodelled("requests by hardware", kCcr, ctcr);
    if ((ctcr & kPke) == 0 && size_of(ctcr >> 4) != size_of(ctcr >> 6)) {
      report_unmodelled("different sizes without packing", kCcr, ctcr);
    }
  }
  void disable(Channel& channel) {
    channel.ccr->set(channel.ccr->value() & ~kEn);
    channel.enabled = channel.requested = false;
  }

  // SSIZE, DSIZE: a byte, 2, 4 or 8 of them.
  static std::uint32_t size_of(std::uint32_t bits) { return 1u << (bits & 3u); }
  static std::uint32_t buffer_bytes(const Channel& channel) {
    const std::uint32_t tlen = (value(channel, kCtcr) >> kTlenBit & 0x7Fu) + 1;
    return std::min(tlen, value(channel, kCbndtr) & kBndtMask);
  }

  std::optional<unsigned> choose() const {
    std::optional<unsigned> best;
    for (unsigned i = 0; i < kChannels; ++i) {
      if (!channels_[i].requested) continue;
      if (!best || priority(channels_[i]) > priority(channels_[*best])) best = i;
    }
    return best;
  }
  static std::uint32_t priority(const Channel& channel) {
    return channel.ccr->value() >> kPlBit & 3u;
  }

  void start() {
    if (busy_) return;
    const auto next = choose();
    draw(next.has_value());
    if (!next) return;
    busy_ = true;
    chosen_ = *next;
    const Channel& channel = channels_[chosen_];
    const std::uint32_t ctcr = value(channel, kCtcr);
    const std::uint32_t item = std::min(size_of(ctcr >> 4), size_of(ctcr >> 6));
    end_tick_ =
        clock_.tick_at(now()) + buffer_cycles_ + item_cycles_ * (buffer_bytes(channel) / item);
    schedule_end();
  }
  void schedule_end() {
    if (clock_.hz() == 0) {
      end_.cancel();
    } else if (busy_) {
      end_.at(clock_.time_of(end_tick_));
    }
  }

  void finish() {
    Channel& channel = channels_[chosen_];
    busy_ = false;
    if (channel.requested) move(channel);
    update_interrupt();
    start();
  }

  void move(Channel& channel) {
    const std::uint32_t ctcr = value(channel, kCtcr);
    const std::uint32_t count = buffer_bytes(channel);
    std::array<std::uint8_t, kMostBytes> buffer{};
    if (!transfer(channel, kCsar, size_of(ctcr >> 4), ctcr, ctcr >> 8, count, buffer) ||
        !transfer(channel, kCdar, size_of(ctcr >> 6), ctcr >> 2, ctcr >> 10, count, buffer)) {
      return;
    }
    channel.flags |= kTcif;
    if (const Address mask = value(channel, kCmar); mask != 0) {
      bus_.master_write(mask, AccessSize::kWord, value(channel, kCmdr), now());
    }
    const std::uint32_t cbndtr = value(channel, kCbndtr);
    channel.linked[kCbndtr]->set(cbndtr - count);
    const auto trigger = static_cast<Trigger>(ctcr >> kTrgmBit & 3u);
    if (trigger == kBuffer) channel.requested = false;
    if ((cbndtr & kBndtMask) != count) return;
    channel.flags |= kBtif;
    if (trigger == kBlock) channel.requested = false;
    if (cbndtr >> kBrcBit != 0) return repeat(channel);
    channel.flags |= kBrtif;
    if (trigger == kRepeatedBlock) channel.requested = false;
    if (value(channel, kClar) != 0) return load_next(channel);
    channel.flags |= kCtcif;
    disable(channel);
  }

  // `increment` and `step`: SINC or DINC, and SINCOS or DINCOS, in their lowest two bits.
  bool transfer(Channel& channel, Linked at, std::uint32_t size, std::uint32_t increment,
                std::uint32_t step, std::uint32_t count,
                std::array<std::uint8_t, kMostBytes>& buffer) {
    Address address = value(channel, at);
    const std::uint32_t mode = increment & 3u;  // 0: fixed, 2: up, 3: down
    for (std::uint32_t done = 0; done < count; done += size) {
      // An item of 8 bytes goes as two words.
      for (std::uint32_t part = 0; part < std::min(size, count - done); part += 4) {
        const auto width = static_cast<AccessSize>(std::min(size, 4u));
        std::uint8_t* const bytes_here = &buffer[done + part];
        const bool ok = at == kCsar ? read(address + part, width, bytes_here)
                                    : write(address + part, width, bytes_here);
        if (!ok) {
          fail(channel, address + part, at == kCdar);
          return false;
        }
      }
      if (mode == 2) address += size_of(step);
      if (mode == 3) address -= size_of(step);
    }
    channel.linked[at]->set(address);
    return true;
  }
  bool read(Address from, AccessSize width, std::uint8_t* to) {
    const BusReply item = bus_.master_read(from, width, now());
    for (std::uint32_t i = 0; i < bytes(width); ++i) {
      to[i] = static_cast<std::uint8_t>(item.value >> 8 * i);
    }
    return item.ok;
  }
  bool write(Address to, AccessSize width, const std::uint8_t* from) {
    std::uint32_t word = 0;
    for (std::uint32_t i = 0; i < bytes(width); ++i) word |= std::uint32_t{from[i]} << 8 * i;
    return bus_.master_write(to, width, word, now());
  }

  // The next block, moved on by CBRUR.
  void repeat(Channel& channel) {
    const std::uint32_t cbndtr = value(channel, kCbndtr);
    const std::uint32_t update = value(channel, kCbrur);
    const auto moved = [](Address address, std::uint32_t by, bool down) {
      return down ? address - by : address + by;
    };
    channel.linked[kCsar]->set(
        moved(value(channel, kCsar), update & 0xFFFFu, (cbndtr & kBrsum) != 0));
    channel.linked[kCdar]->set(moved(value(channel, kCdar), update >> 16, (cbndtr & kBrdum) != 0));
    const std::uint32_t left = (cbndtr >> kBrcBit) - 1;
    channel.linked[kCbndtr]->set(left << kBrcBit | (cbndtr & (kBrsum | kBrdum)) | channel.block);
  }
  void load_next(Channel& channel) {
    const Address list = value(channel, kClar);
    for (std::size_t i = 0; i < kLinked; ++i) {
      if (i == kHole) continue;
      const Address at = list + 4 * static_cast<Address>(i);
      const BusReply word = bus_.master_read(at, AccessSize::kWord, now());
      if (!word.ok) return fail(channel, at, false);
      channel.linked[i]->set(word.value);
    }
    channel.block = value(channel, kCbndtr) & kBndtMask;
  }

  void fail(Channel& channel, Address at, bool writing) {
    channel.flags |= kTeif;
    channel.cesr->set((at & 0x7Fu) | (writing ? 0 : kTed));
    disable(channel);
  }

  std::uint32_t pending() const {
    std::uint32_t channels = 0;
    for (unsigned i = 0; i < kChannels; ++i) {
      if ((channels_[i].flags & channels_[i].ccr->value() >> 1 & kFlags) != 0) channels |= 1u << i;
    }
    return channels;
  }
  void update_interrupt() { irq_.set(pending() != 0); }

  void reset_state(ResetKind) override {
    for (Channel& channel : channels_) {
      channel.flags = channel.block = 0;
      channel.enabled = channel.requested = false;
    }
    busy_ = false;
    end_.cancel();
    draw(false);
    update_interrupt();
  }
  void snapshot_state(StateArchive& archive) override {
    clock_.snapshot(archive);
    for (Channel& channel : channels_) {
      archive(channel.flags, channel.enabled, channel.requested, channel.block);
    }
    archive(busy_, chosen_, end_tick_);
    end_.snapshot(archive);
  }

  Wire& irq_;
  const std::uint64_t buffer_cycles_;
  const std::uint64_t item_cycles_;
  ClockSignal& hclk_;
  ClockDomain clock_;
  std::array<Channel, kChannels> channels_;
  bool busy_ = false;
  std::uint32_t chosen_ = 0;
  std::uint64_t end_tick_ = 0;
  Event end_;
};

const PeripheralType kType("st.mdma", [](PeripheralContext& context) {
  return std::make_unique<Mdma>(context);
});

}  // namespace
}  // namespace tinyscope::st
