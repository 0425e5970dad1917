// QSPI: external flash on one, two or four lines. nRF52840 PS, chapter "QSPI — Quad serial
// peripheral interface".
//
// READ, WRITE and ERASE go to the flash at port "flash" (SerialFlashInput) as the commands that
// IFCONFIG0 selects, and last as long as their clocks at 32 MHz / (SCKFREQ + 1). A command waits
// until the flash is no longer busy. READY comes when the last clock is over; the flash may then
// still program or erase.
//
// With the parameter `xip_base` the flash can be read at that address while the interface is
// active (`xip_bytes`, default 16 MiB). Such a read costs the CPU no time beyond that of a
// peripheral, which is assumed, and instructions are not fetched from there: a fault for the core.
//
// Left out: RXDELAY, SPIMODE, the levels of unused lines (LIO2, LIO3), and encryption. Wires of the
// board are the port: PSEL is kept only. Parameter: `activate_us`.
#include <algorithm>
#include <vector>

#include "peripherals/nordic/easy_dma.hpp"
#include "peripherals/nordic/nordic_block.hpp"
#include "peripherals/nordic/qspi_registers.hpp"
#include "sim/serial_flash.hpp"

namespace tinyscope::nordic {
namespace {

using namespace qspi;

class Qspi final : public NordicBlock {
 public:
  explicit Qspi(PeripheralContext& context)
      : NordicBlock(context, Interrupts::kWithInten),
        dma_(context),
        xip_(*this),
        step_event_(context.scheduler, [this] { on_step(); }) {
    activate_time_ = Duration::from_us(
        assumed_parameter(context, "activate_us", 1, "ACTIVATE to READY of QSPI, us"));
    if (const auto base = context.params.u32("xip_base")) {
      const std::uint32_t bytes = context.params.u32("xip_bytes").value_or(16u << 20);
      context.bus.add_target(name_ + "_xip", *base, bytes, xip_);
      context.notes.assume({name_ + ".xip_time",
                            "reading external flash at its XIP address lasts as long as reading a "
                            "register",
                            "estimate"});
    }
    add_task(kActivate, "TASKS_ACTIVATE", [this] { begin(Work::kActivating); });
    add_task(kReadStart, "TASKS_READSTART", [this] { begin(Work::kRead); });
    add_task(kWriteStart, "TASKS_WRITESTART", [this] { begin(Work::kWrite); });
    add_task(kEraseStart, "TASKS_ERASESTART", [this] { begin(Work::kErase); });
    add_task(kDeactivate, "TASKS_DEACTIVATE", [this] { deactivate(); });
    add_event(kReady, "EVENTS_READY");
    define_registers();
  }

  Port* port(std::string_view name) override { return name == "flash" ? &input_ : nullptr; }

 private:
  enum class Work : std::uint32_t { kNone, kActivating, kRead, kWrite, kErase, kInstruction };

  // Reads of the CPU at the XIP address.
  class Xip final : public BusTarget {
   public:
    explicit Xip(Qspi& qspi) : qspi_(qspi) {}
    std::uint32_t read(const BusAccess& access) override { return qspi_.read_xip(access); }
    void write(const BusAccess& access, std::uint32_t value) override {
      if (access.debug) return;
      qspi_.notes_.unmodelled(qspi_.name_, "store to XIP", access.address, true, value);
    }

   private:
    Qspi& qspi_;
  };

  void define_registers() {
    const auto plain = [this](Address offset, std::string_view name) -> RegisterFile::Register& {
      return registers_.add(offset, name);
    };
    enable_ = &plain(kEnable, "ENABLE").flag(0, "ENABLE").on_write([this](std::uint32_t value) {
      if ((value & 1u) == 0) deactivate();
    });
    read_src_ = &plain(kReadSrc, "READ.SRC");
    read_dst_ = &plain(kReadDst, "READ.DST");
    read_cnt_ = &plain(kReadCnt, "READ.CNT").field(0, 18, "CNT");
    write_dst_ = &plain(kWriteDst, "WRITE.DST");
    write_src_ = &plain(kWriteSrc, "WRITE.SRC");
    write_cnt_ = &plain(kWriteCnt, "WRITE.CNT").field(0, 18, "CNT");
    erase_ptr_ = &plain(kErasePtr, "ERASE.PTR");
    erase_len_ = &plain(kEraseLen, "ERASE.LEN").field(0, 2, "LEN");
    plain(kPselSck, "PSEL.SCK").reset(0xFFFF'FFFF);
    plain(kPselCsn, "PSEL.CSN").reset(0xFFFF'FFFF);
    for (unsigned i = 0; i < 4; ++i) {
      plain(kPselIo0 + 4 * i, fmt::format("PSEL.IO{}", i)).reset(0xFFFF'FFFF);
    }
    xip_offset_ = &plain(kXipOffset, "XIPOFFSET");
    ifconfig0_ = &plain(kIfConfig0, "IFCONFIG0")
                      .field(0, 3, "READOC")
                      .field(3, 3, "WRITEOC")
                      .flag(6, "ADDRMODE")
                      .flag(7, "DPMENABLE")
                      .flag(12, "PPSIZE");
    ifconfig1_ = &plain(kIfConfig1, "IFCONFIG1").reset(0x4'0480).on_write([this](std::uint32_t) {
      power_down((ifconfig1_->value() & kDpmEnter) != 0);
    });
    registers_.add(kStatus, "STATUS").read_only().on_read([this] { return status(); });
    plain(kDpmDur, "DPMDUR").reset(0xFFFF'FFFF);
    addrconf_ = &plain(kAddrConf, "ADDRCONF").reset(0xB7);
    cinstrconf_ = &plain(kCinstrConf, "CINSTRCONF").reset(0x2000).on_write([this](std::uint32_t) {
      begin(Work::kInstruction);
    });
    data_[0] = &plain(kCinstrDat0, "CINSTRDAT0");
    data_[1] = &plain(kCinstrDat1, "CINSTRDAT1");
    plain(kIfTiming, "IFTIMING").reset(0x200).field(8, 3, "RXDELAY");
  }

  Duration clocks(std::uint64_t count) const {
    const std::uint64_t divider = (ifconfig1_->value() >> 28) + 1;
    return Duration::from_ns(125 * divider * count / 4);  // 32 MHz / (SCKFREQ + 1)
  }
  // SCKDELAY: CSN stays high for so many periods of 16 MHz.
  Duration pause() const { return {62'500u * (ifconfig1_->value() & 0xFFu)}; }
  unsigned address_bytes() const { return (ifconfig0_->value() & kAddrMode32) != 0 ? 4 : 3; }
  const Opcode& read_opcode() const {
    return kReads[std::min<std::uint32_t>(ifconfig0_->value() & 7u, 4)];
  }
  const Opcode& write_opcode() const {
    return kWrites[std::min<std::uint32_t>(ifconfig0_->value() >> 3 & 7u, 3)];
  }
  Duration frame_time(const Opcode& opcode, std::uint32_t bytes) const {
    return pause() + clocks(8 + 8 * address_bytes() / opcode.address_lines + opcode.dummy_clocks +
                            8ull * bytes / opcode.data_lines);
  }

  std::uint32_t status() const {
    return (sleeping_ ? kStatusDpm : 0) | (active_ && work_ == Work::kNone ? kStatusReady : 0) |
           std::uint32_t{sreg_} << 24;
  }

  // --- the flash ---

  std::uint8_t exchange(std::uint8_t byte) {
    return input_.flash == nullptr ? std::uint8_t{0xFF} : input_.flash->transfer(byte);
  }
  void select(bool selected) {
    if (input_.flash != nullptr) input_.flash->select(selected);
  }
  void send(std::uint8_t command) {
    select(true);
    exchange(command);
    select(false);
  }
  void send_address(std::uint32_t address) {
    for (unsigned i = address_bytes(); i-- > 0;)
      exchange(static_cast<std::uint8_t>(address >> 8 * i));
  }
  void read_flash(std::uint32_t address, std::span<std::uint8_t> to) {
    const Opcode& opcode = read_opcode();
    select(true);
    exchange(opcode.code);
    send_address(address);
    for (unsigned i = 0; i < opcode.dummy_bytes; ++i) exchange(0xFF);
    for (std::uint8_t& byte : to) byte = exchange(0xFF);
    select(false);
  }

  // --- operations ---

  void begin(Work what) {
    if (enable_->value() == 0) return;
    if (what == Work::kActivating) {
      active_ = true;
    } else if (!active_ && what != Work::kInstruction) {
      notes_.unmodelled(name_, "operation before TASKS_ACTIVATE", kActivate, true, 0);
      return;
    }
    if (work_ != Work::kNone) return;
    work_ = what;
    position_ = 0;
    draw(true);
    proceed();
  }

  // Waits for the flash, then lets the clocks of the next piece pass.
  void proceed() {
    TimePoint start = now();
    if (input_.flash != nullptr && work_ != Work::kInstruction) {
      start = std::max(start, input_.flash->ready_at());
    }
    step_event_.at(start + piece_time());
  }

  std::uint32_t page_bytes() const { return (ifconfig0_->value() & kPpSize512) != 0 ? 512 : 256; }
  std::uint32_t piece_bytes() const {
    const std::uint32_t at = write_dst_->value() + position_;
    return std::min(page_bytes() - at % page_bytes(),
                    (write_cnt_->value() & kCountMask) - position_);
  }
  Duration piece_time() const {
    const Duration write_enable = pause() + clocks(8);
    switch (work_) {
      case Work::kActivating: return activate_time_;
      case Work::kRead: return frame_time(read_opcode(), read_cnt_->value() & kCountMask);
      case Work::kWrite: return write_enable + frame_time(write_opcode(), piece_bytes());
      case Work::kErase: return write_enable + pause() + clocks(8 + 8 * address_bytes());
      case Work::kInstruction:
        return ((cinstrconf_->value() & kWren) != 0 ? write_enable : Duration{}) + pause() +
               clocks(8ull * instruction_bytes());
      case Work::kNone: break;
    }
    return {};
  }

  void on_step() {
    switch (work_) {
      case Work::kActivating: configure_address(); break;
      case Work::kRead: finish_read(); break;
      case Work::kWrite:
        if (write_piece()) return proceed();
        break;
      case Work::kErase: finish_erase(); break;
      case Work::kInstruction: finish_instruction(); break;
      case Work::kNone: return;
    }
    work_ = Work::kNone;
    draw(false);
    raise(kReady);
  }

  // ADDRCONF: the instruction that takes the flash to addresses of 32 bits.
  void configure_address() {
    const std::uint32_t conf = addrconf_->value();
    const std::uint32_t mode = conf >> 24 & 3u;
    if (mode == 0) return;
    if ((conf >> 27 & 1u) != 0) send(kOpWriteEnable);
    select(true);
    for (unsigned i = 0; i < mode; ++i) exchange(static_cast<std::uint8_t>(conf >> 8 * i));
    select(false);
  }

  void finish_read() {
    std::vector<std::uint8_t> data(read_cnt_->value() & kCountMask);
    read_flash(read_src_->value(), data);
    dma_.write(read_dst_->value(), data);
  }

  // A page at most; true: there is more.
  bool write_piece() {
    const std::uint32_t bytes = piece_bytes();
    std::vector<std::uint8_t> data(bytes);
    if (bytes == 0 || !dma_.read(write_src_->value(), data, position_)) return false;
    send(kOpWriteEnable);
    select(true);
    exchange(write_opcode().code);
    send_address(write_dst_->value() + position_);
    for (const std::uint8_t byte : data) exchange(byte);
    select(false);
    position_ += bytes;
    return position_ < (write_cnt_->value() & kCountMask);
  }

  void finish_erase() {
    const std::uint32_t length = erase_len_->value() & 3u;
    send(kOpWriteEnable);
    select(true);
    exchange(kErases[length]);
    if (length < 2) send_address(erase_ptr_->value());
    select(false);
  }

  unsigned instruction_bytes() const { return std::min(cinstrconf_->value() >> 8 & 0xFu, 9u); }

  // PS, "Sending custom instructions": opcode, then up to eight bytes out of CINSTRDAT, which are
  // replaced by what comes back. In long frame mode CSN stays low until LFSTOP, and only the first
  // piece has an opcode.
  void finish_instruction() {
    const std::uint32_t conf = cinstrconf_->value();
    unsigned bytes = instruction_bytes();
    if (bytes == 0) return;
    if (!long_frame_) {
      if ((conf & kWren) != 0) send(kOpWriteEnable);
      select(true);
      exchange(static_cast<std::uint8_t>(conf));
    }
    for (unsigned i = 0; i + 1 < bytes; ++i) {
      auto* const part = data_[i / 4];
      const unsigned shift = 8 * (i % 4);
      const std::uint8_t answer = exchange(static_cast<std::uint8_t>(part->value() >> shift));
      part->set((part->value() & ~(0xFFu << shift)) | std::uint32_t{answer} << shift);
    }
    if ((conf & 0xFFu) == kOpReadStatus && bytes > 1) {
      sreg_ = static_cast<std::uint8_t>(data_[0]->value());
    }
    long_frame_ = (conf & kLfEn) != 0 && (conf & kLfStop) == 0;
    if (!long_frame_) select(false);
  }

  void power_down(bool enter) {
    if ((ifconfig0_->value() & kDpmEnable) == 0 || enter == sleeping_) return;
    sleeping_ = enter;
    send(enter ? kOpPowerDown : kOpReleasePowerDown);
  }

  void deactivate() {
    active_ = false;
    step_event_.cancel();
    work_ = Work::kNone;
    draw(false);
    if (!long_frame_) return;
    long_frame_ = false;
    select(false);
  }

  std::uint32_t read_xip(const BusAccess& access) {
    const unsigned size = static_cast<unsigned>(access.size);
    if (!active_ || work_ != Work::kNone || long_frame_) {
      if (!access.debug) {
        notes_.unmodelled(name_, "read of XIP while the interface is not active or is busy",
                          access.address, false, 0);
      }
      return 0;
    }
    std::array<std::uint8_t, 4> bytes{};
    read_flash(xip_offset_->value() + access.offset, std::span(bytes).first(size));
    std::uint32_t value = 0;
    for (unsigned i = 0; i < size; ++i) value |= std::uint32_t{bytes[i]} << 8 * i;
    return value;
  }

  void reset_state(ResetKind) override {
    deactivate();
    sleeping_ = false;
    sreg_ = 0;
    position_ = 0;
  }
  void snapshot_state(StateArchive& archive) override {
    archive(work_, active_, sleeping_, long_frame_, sreg_, position_);
    step_event_.snapshot(archive);
  }

  EasyDma dma_;
  Xip xip_;
  SerialFlashInput input_;
  Duration activate_time_{};
  RegisterFile::Register* enable_ = nullptr;
  RegisterFile::Register* read_src_ = nullptr;
  RegisterFile::Register* read_dst_ = nullptr;
  RegisterFile::Register* read_cnt_ = nullptr;
  RegisterFile::Register* write_dst_ = nullptr;
  RegisterFile::Register* write_src_ = nullptr;
  RegisterFile::Register* write_cnt_ = nullptr;
  RegisterFile::Register* erase_ptr_ = nullptr;
  RegisterFile::Register* erase_len_ = nullptr;
  RegisterFile::Register* xip_offset_ = nullptr;
  RegisterFile::Register* ifconfig0_ = nullptr;
  RegisterFile::Register* ifconfig1_ = nullptr;
  RegisterFile::Register* addrconf_ = nullptr;
  RegisterFile::Register* cinstrconf_ = nullptr;
  RegisterFile::Register* data_[2] = {};
  Work work_ = Work::kNone;
  bool active_ = false;
  bool sleeping_ = false;
  bool long_frame_ = false;
  std::uint8_t sreg_ = 0;
  std::uint32_t position_ = 0;  // bytes written
  Event step_event_;
};

const PeripheralType kType("nordic.qspi", [](PeripheralContext& context) {
  return std::make_unique<Qspi>(context);
});

}  // namespace
}  // namespace tinyscope::nordic
