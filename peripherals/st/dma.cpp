// DMA of the STM32L4 and L4+ (also of F1, F3, G4): up to seven channels behind one bus master.
// RM0432, chapter "Direct memory access controller (DMA)". BDMA of the STM32H7A3 is the same with
// eight channels (CMSIS stm32h7a3xxq.h), here 1 to 8, and double buffers, which are reported.
//
// Requests come over the wires "request1" to "request8": a level that holds until it is served, or
// a pulse (Wire::pulse), which is kept until it is served. The channel pulses "acknowledge1" … when
// it takes an item. Every item is a transfer of its own, at its own time: arbitration, a read, a
// write. The order of channels is decided anew for each item.
//
// The data sheet does not say how long an item takes. AN4031 (STM32F4) counts one HCLK cycle for
// arbitration, one for the address, one for an access to SRAM and two APB cycles for one to a
// peripheral; the defaults below add one cycle of acknowledgement and are estimates for this DMA.
// Waits for the core on the bus matrix are not modelled here: the bus hears of each access.
#include <fmt/format.h>

#include <array>
#include <optional>

#include "peripherals/common/assumed_parameter.hpp"
#include "peripherals/st/wired_block.hpp"
#include "sim/time.hpp"

namespace tinyscope::st {
namespace {

constexpr Address kIsr = 0x00;
constexpr Address kIfcr = 0x04;
constexpr Address kChannel1 = 0x08;  // CCR, CNDTR, CPAR, CMAR
constexpr Address kChannelStride = 0x14;
constexpr unsigned kMostChannels = 8;

// CCRx.
constexpr std::uint32_t kEn = 1u << 0;
constexpr std::uint32_t kTcie = 1u << 1;
constexpr std::uint32_t kHtie = 1u << 2;
constexpr std::uint32_t kTeie = 1u << 3;
constexpr std::uint32_t kDir = 1u << 4;
constexpr std::uint32_t kCirc = 1u << 5;
constexpr std::uint32_t kPinc = 1u << 6;
constexpr std::uint32_t kMinc = 1u << 7;
constexpr unsigned kPsizeBit = 8;
constexpr unsigned kMsizeBit = 10;
constexpr unsigned kPlBit = 12;
constexpr std::uint32_t kMem2Mem = 1u << 14;

// ISR, for each channel four bits; the enables of CCR stand at the same places.
constexpr std::uint32_t kGif = 1u << 0;
constexpr std::uint32_t kTcif = 1u << 1;
constexpr std::uint32_t kHtif = 1u << 2;
constexpr std::uint32_t kTeif = 1u << 3;

// RM0432, CCR.PSIZE: 00 is a byte, 01 a half-word, 10 a word; 11 is reserved.
AccessSize size_of(std::uint32_t bits) {
  return bits == 0 ? AccessSize::kByte : bits == 1 ? AccessSize::kHalf : AccessSize::kWord;
}

class Dma final : public WiredBlock {
 public:
  enum class Kind { kDma, kBdma };
  Dma(PeripheralContext& context, Kind kind);

 private:
  struct Channel {
    RegisterFile::Register* ccr = nullptr;
    RegisterFile::Register* cndtr = nullptr;
    RegisterFile::Register* cpar = nullptr;
    RegisterFile::Register* cmar = nullptr;
    Wire* request = nullptr;
    Wire* acknowledge = nullptr;
    Wire* irq = nullptr;

    bool enabled = false;  // EN as last seen
    bool pending = false;  // a request that has no level any more
    TimePoint rose{};
    std::uint32_t flags = 0;  // of ISR, without GIF
    std::uint32_t programmed = 0;
    Address peripheral = 0;  // of the next item
    Address memory = 0;
  };

  void define_channel(unsigned index);
  void control_changed(Channel& channel);
  void requested(Channel& channel, bool level);
  bool wants(const Channel& channel) const;
  std::optional<unsigned> choose() const;
  std::uint64_t item_cycles(const Channel& channel) const;
  void start_item();
  void finish_item();
  void move(Channel& channel);
  void count(Channel& channel);
  void fail(Channel& channel);
  void schedule_end();
  void clock_changed(std::uint64_t hz);
  void clear_flags(std::uint32_t bits);
  std::uint32_t status() const;
  void update_interrupt(Channel& channel);
  void reset_state(ResetKind kind) override;
  void snapshot_state(StateArchive& archive) override;

  const Kind kind_;
  const unsigned channels_;
  const std::uint64_t item_cycles_;
  const std::uint64_t peripheral_cycles_;
  ClockSignal& hclk_;
  ClockDomain clock_;
  std::array<Channel, kMostChannels> channel_;

  bool busy_ = false;  // the master has an item in hand
  std::uint32_t chosen_ = 0;
  std::uint64_t end_tick_ = 0;
  Event item_end_;
};

Dma::Dma(PeripheralContext& context, Kind kind)
    : WiredBlock(context),
      kind_(kind),
      channels_(context.params.u32("channels").value_or(kind == Kind::kDma ? 7 : kMostChannels)),
      item_cycles_(assumed_parameter(context, "item_cycles", 5,
                                     "HCLK cycles of one item from memory to memory")),
      peripheral_cycles_(assumed_parameter(context, "peripheral_cycles", 2,
                                           "HCLK cycles that an item takes more for each side that "
                                           "is a peripheral")),
      hclk_(context.clocks.signal(context.params.string("clock").value_or("hclk"))),
      clock_(hclk_.hz()),
      item_end_(context.scheduler, [this] { finish_item(); }) {
  if (channels_ < 1 || channels_ > kMostChannels) {
    context.params.fail("channels", "expected 1 to 8");
  }
  registers_.add(kIsr, "ISR").read_only().on_read([this] { return status(); });
  registers_.add(kIfcr, "IFCR").write_only().trigger().on_write([this](std::uint32_t bits) {
    clear_flags(bits);
  });
  for (unsigned i = 0; i < channels_; ++i) define_channel(i);
  hclk_.on_change([this](std::uint64_t hz) { clock_changed(hz); });
}

void Dma::define_channel(unsigned index) {
  Channel& own = channel_[index];
  const unsigned number = index + 1;
  const Address base = kChannel1 + index * kChannelStride;
  own.ccr = &registers_.add(base, fmt::format("CCR{}", number))
                 .field(0, 15,
                        "EN, TCIE, HTIE, TEIE, DIR, CIRC, PINC, MINC, PSIZE, MSIZE, PL, "
                        "MEM2MEM")
                 .on_write([this, &own](std::uint32_t) { control_changed(own); });
  const auto add = [&](Address offset, std::string_view name) -> RegisterFile::Register& {
    return registers_.add(base + offset, fmt::format("{}{}", name, number));
  };
  // RM0432, CNDTR: read-only while the channel is enabled.
  own.cndtr = &add(4, "CNDTR").trigger().on_write([&own](std::uint32_t value) {
    if (own.enabled) return;
    own.programmed = value & 0xFFFFu;
    own.cndtr->set(own.programmed);
  });
  own.cpar = &add(8, "CPAR");
  own.cmar = &add(12, "CMAR");
  if (kind_ == Kind::kBdma) {
    own.ccr->unimplemented(15, 2, "DBM, CT");
    add(16, "CM1AR");
  }
  own.request = &add_wire(fmt::format("request{}", number));
  own.request->connect([this, &own](bool level) { requested(own, level); });
  own.acknowledge = &add_wire(fmt::format("acknowledge{}", number));
  own.irq = &add_wire(fmt::format("ch{}", number));
}

void Dma::control_changed(Channel& channel) {
  const bool enabled = (channel.ccr->value() & kEn) != 0;
  if (enabled && !channel.enabled) {
    channel.peripheral = channel.cpar->value();
    channel.memory = channel.cmar->value();
    channel.pending = false;
    if ((channel.ccr->value() & kMem2Mem) != 0 && (channel.ccr->value() & kCirc) != 0) {
      notes_.unmodelled(name_, "MEM2MEM with CIRC", 0, true, channel.ccr->value());
    }
  }
  channel.enabled = enabled;
  update_interrupt(channel);
  start_item();
}

// A request without duration is one that the peripheral holds until it is served; one that ends
// later without having been served was withdrawn.
void Dma::requested(Channel& channel, bool level) {
  if (level) {
    channel.rose = now();
    channel.pending = channel.enabled;
    start_item();
  } else if (channel.rose != now()) {
    channel.pending = false;
  }
}

bool Dma::wants(const Channel& channel) const {
  if (!channel.enabled || channel.cndtr->value() == 0) return false;
  return (channel.ccr->value() & kMem2Mem) != 0 || channel.pending || channel.request->level();
}

// RM0432, "Arbitration": the highest PL, and among equals the lowest number.
std::optional<unsigned> Dma::choose() const {
  std::optional<unsigned> best;
  std::uint32_t best_priority = 0;
  for (unsigned i = 0; i < channels_; ++i) {
    if (!wants(channel_[i])) continue;
    const std::uint32_t priority = channel_[i].ccr->value() >> kPlBit & 3u;
    if (best && priority <= best_priority) continue;
    best = i;
    best_priority = priority;
  }
  return best;
}

std::uint64_t Dma::item_cycles(const Channel& channel) const {
  std::uint64_t cycles = item_cycles_;
  for (const Address address : {channel.peripheral, channel.memory}) {
    if (bus_.memory_at(address).memory == nullptr) cycles += peripheral_cycles_;
  }
  return cycles;
}

void Dma::start_item() {
  if (busy_) return;
  const auto next = choose();
  draw(next.has_value());
  if (!next) return;
  busy_ = true;
  chosen_ = *next;
  // The request is seen at an edge of HCLK.
  std::uint64_t tick = clock_.tick_at(now());
  if (clock_.hz() != 0 && clock_.time_of(tick) < now()) ++tick;
  end_tick_ = tick + item_cycles(channel_[chosen_]);
  schedule_end();
}

void Dma::schedule_end() {
  if (clock_.hz() == 0) {
    item_end_.cancel();
  } else if (busy_) {
    item_end_.at(clock_.time_of(end_tick_));
  }
}

void Dma::clock_changed(std::uint64_t hz) {
  clock_.set_hz(hz, now());
  schedule_end();
}

void Dma::finish_item() {
  Channel& channel = channel_[chosen_];
  // Switched off, or the request withdrawn, while the item waited: nothing moves.
  if (wants(channel)) {
    channel.pending = false;  // before the accesses, which may cause the next request
    move(channel);
  }
  busy_ = false;
  start_item();
}

void Dma::move(Channel& channel) {
  const std::uint32_t ccr = channel.ccr->value();
  const AccessSize peripheral_size = size_of(ccr >> kPsizeBit & 3u);
  const AccessSize memory_size = size_of(ccr >> kMsizeBit & 3u);
  const bool from_memory = (ccr & kDir) != 0;
  const Address source = from_memory ? channel.memory : channel.peripheral;
  const Address target = from_memory ? channel.peripheral : channel.memory;
  const AccessSize source_size = from_memory ? memory_size : peripheral_size;
  const AccessSize target_size = from_memory ? peripheral_size : memory_size;
  // RM0432, "Programmable data widths": what is read fills the low bytes of what is written; the
  // low bits of an address that its size does not use are ignored.
  const auto aligned = [](Address address, AccessSize size) {
    return address & ~(bytes(size) - 1);
  };
  channel.acknowledge->pulse();
  const BusReply item = bus_.master_read(aligned(source, source_size), source_size, now());
  if (!item.ok ||
      !bus_.master_write(aligned(target, target_size), target_size, item.value, now())) {
    fail(channel);
    return;
  }
  if ((ccr & kPinc) != 0) channel.peripheral += bytes(peripheral_size);
  if ((ccr & kMinc) != 0) channel.memory += bytes(memory_size);
  count(channel);
}

void Dma::count(Channel& channel) {
  const std::uint32_t left = channel.cndtr->value() - 1;
  channel.cndtr->set(left);
  if (left == channel.programmed / 2) channel.flags |= kHtif;
  if (left == 0) {
    channel.flags |= kTcif;
    if ((channel.ccr->value() & kCirc) != 0) {
      channel.cndtr->set(channel.programmed);
      channel.peripheral = channel.cpar->value();
      channel.memory = channel.cmar->value();
    }
  }
  update_interrupt(channel);
}

// RM0432, "DMA error management": a bus error disables the channel.
void Dma::fail(Channel& channel) {
  channel.flags |= kTeif;
  channel.ccr->set(channel.ccr->value() & ~kEn);
  channel.enabled = false;
  update_interrupt(channel);
}

std::uint32_t Dma::status() const {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < channels_; ++i) {
    const std::uint32_t flags = channel_[i].flags;
    value |= (flags | (flags != 0 ? kGif : 0u)) << (4 * i);
  }
  return value;
}

void Dma::clear_flags(std::uint32_t bits) {
  for (unsigned i = 0; i < channels_; ++i) {
    const std::uint32_t own = bits >> (4 * i) & 0xFu;
    channel_[i].flags &= (own & kGif) != 0 ? 0u : ~own;
    update_interrupt(channel_[i]);
  }
}

void Dma::update_interrupt(Channel& channel) {
  const std::uint32_t enables = channel.ccr->value() & (kTcie | kHtie | kTeie);
  channel.irq->set((channel.flags & enables) != 0);
}

void Dma::reset_state(ResetKind) {
  item_end_.cancel();
  busy_ = false;
  draw(false);
  for (unsigned i = 0; i < channels_; ++i) {
    Channel& own = channel_[i];
    own.enabled = own.pending = false;
    own.flags = own.programmed = 0;
    update_interrupt(own);
  }
}

void Dma::snapshot_state(StateArchive& archive) {
  clock_.snapshot(archive);
  for (Channel& own : channel_) {
    archive(own.enabled, own.pending, own.rose.ps, own.flags, own.programmed, own.peripheral,
            own.memory);
  }
  archive(busy_, chosen_, end_tick_);
  item_end_.snapshot(archive);
}

const PeripheralType kDmaType("st.dma", [](PeripheralContext& context) {
  return std::make_unique<Dma>(context, Dma::Kind::kDma);
});
const PeripheralType kBdmaType("st.bdma", [](PeripheralContext& context) {
  return std::make_unique<Dma>(context, Dma::Kind::kBdma);
});

}  // namespace
}  // namespace tinyscope::st
