// NVMC: writes and erases flash and UICR, and switches the instruction cache.
// nRF52840 PS, chapter "NVMC — Non-volatile memory controller".
//
// The SoC file names the flash in `controls_flash`; UICR is a memory of its own, whose
// name is the parameter `uicr` (default "uicr"). An operation changes the memory at once and keeps
// READY low for its time. The wire "busy" is high meanwhile: the machine halts a core that reads
// flash then. Code in RAM runs on.
//
// ACL, in the same window (PS, chapter "ACL — Access control lists"): stores to a region whose PERM
// says so are bus errors, and it is not erased. Reading it is not prevented, and reported once
// asked for.
//
// Wire: "busy". Ports: "flash_read" (FlashReadPort) tells the memory system of ICACHECNF.CACHEEN
// and the wait states; through "icache" (CacheCounterPort) it reports hits and misses for IHIT and
// IMISS.
#include <algorithm>
#include <array>
#include <functional>
#include <vector>

#include "peripherals/nordic/nordic_block.hpp"

namespace tinyscope::nordic {
namespace {

constexpr Address kReady = 0x400;
constexpr Address kReadyNext = 0x408;
constexpr Address kConfig = 0x504;
constexpr Address kErasePage = 0x508;
constexpr Address kEraseAll = 0x50C;
constexpr Address kEraseUicr = 0x514;
constexpr Address kErasePagePartial = 0x518;
constexpr Address kErasePagePartialCfg = 0x51C;
constexpr Address kIcacheCnf = 0x540;
constexpr Address kIhit = 0x548;
constexpr Address kImiss = 0x54C;

constexpr Address kAcl = 0x800;

constexpr unsigned kAclRegions = 8;
constexpr std::uint32_t kPermWriteDisabled = 1u << 1;
constexpr std::uint32_t kPermReadDisabled = 1u << 2;
constexpr std::uint32_t kWenWrite = 1;
constexpr std::uint32_t kWenErase = 2;
constexpr std::uint32_t kCacheEn = 1u << 0;
constexpr std::uint32_t kCacheProfEn = 1u << 8;
constexpr std::uint32_t kPageBytes = 4096;
constexpr std::uint8_t kErased = 0xFF;

// The regions that ACL protects. Each register can be written once after reset.
class AccessControl {
 public:
  void define(RegisterFile& registers, std::function<void()> read_protected) {
    for (unsigned i = 0; i < kAclRegions; ++i) {
      const Address at = kAcl + 16 * i;
      add_once(registers, at, fmt::format("ACL[{}].ADDR", i), region_[i].addr);
      add_once(registers, at + 4, fmt::format("ACL[{}].SIZE", i), region_[i].size);
      add_once(registers, at + 8, fmt::format("ACL[{}].PERM", i), region_[i].perm,
               [read_protected](std::uint32_t perm) {
                 if ((perm & kPermReadDisabled) != 0) read_protected();
               });
      registers.add(at + 12, fmt::format("ACL[{}].UNUSED0", i));
    }
  }
  bool blocks_write(Address address, std::uint32_t size) const {
    return std::any_of(region_.begin(), region_.end(), [=](const Region& region) {
      return (region.perm & kPermWriteDisabled) != 0 && address < region.addr + region.size &&
             region.addr < address + size;
    });
  }
  void reset() { region_ = {}; }
  void snapshot(StateArchive& archive) { archive(region_); }

 private:
  struct Region {
    std::uint32_t addr = 0;
    std::uint32_t size = 0;
    std::uint32_t perm = 0;
  };
  static void add_once(RegisterFile& registers, Address offset, std::string_view name,
                       std::uint32_t& storage, std::function<void(std::uint32_t)> written = {}) {
    registers.add(offset, name)
        .on_read([&storage] { return storage; })
        .on_write([&storage, written](std::uint32_t value) {
          if (storage != 0 || value == 0) return;
          storage = value;
          if (written) written(value);
        });
  }

  std::array<Region, kAclRegions> region_{};
};

class Nvmc final : public NordicBlock, public FlashWritePolicy {
 public:
  explicit Nvmc(PeripheralContext& context)
      : NordicBlock(context, Interrupts::kNone),
        uicr_name_(context.params.string("uicr").value_or("uicr")),
        busy_(add_wire("busy")),
        ready_(context.scheduler, [this] { busy_.set(false); }) {
    constexpr auto kSource = "PS v1.1, electrical specification of NVMC, from memory: estimate";
    write_time_ = Duration::from_us(
        assumed_parameter(context, "write_us", 41, "writing a word of flash, us", kSource));
    erase_time_ = Duration::from_us(
        assumed_parameter(context, "erase_page_us", 85'000, "erasing a page, us", kSource));
    erase_all_time_ = Duration::from_us(
        assumed_parameter(context, "erase_all_us", 169'000, "erasing all flash, us", kSource));
    wait_states_ = static_cast<unsigned>(assumed_parameter(
        context, "wait_states", 1, "wait states of a read of flash while the cache is off",
        "estimate: explains the 4, 5 and 6 cycles of rust-embedded/cortex-m issue 151"));
    cache_wait_states_ = static_cast<unsigned>(assumed_parameter(
        context, "cache_wait_states", 3, "wait states of a read of flash while the cache is on",
        "PS v1.1, electrical specification of the CPU, from memory: estimate"));
    flash_read_.wait_states_with = [this](const FlashReadPort::Settings& settings) {
      return wait_states_with(settings);
    };
    context.notes.assume(
        {context.name + ".halt",
         "while flash is written or erased, the CPU waits for data from it as for instructions, "
         "and also for instructions that the instruction cache holds",
         "PS, NVMC, \"Writing to flash\", says that it is halted if it executes from flash, and no "
         "more: estimate"});
    define_registers();
  }

  Port* port(std::string_view name) override {
    if (name == "flash_read") return &flash_read_;
    return name == "icache" ? &counters_ : nullptr;
  }

  bool cpu_writes_enabled() const override { return config_->value() == kWenWrite; }
  bool busy_at(Address) const override { return busy_.level(); }

  // Whole words only, and bits can only go from 1 to 0.
  Outcome cpu_write(Address offset, AccessSize size, std::uint32_t old_value,
                    std::uint32_t new_value) override {
    if (acl_.blocks_write(offset, 4)) return {};  // program memory begins at 0
    return write_word(offset, size, old_value, new_value);
  }

 private:
  // UICR obeys CONFIG.WEN as well, and no ACL.
  class UicrPolicy final : public FlashWritePolicy {
   public:
    explicit UicrPolicy(Nvmc& nvmc) : nvmc_(nvmc) {}
    bool cpu_writes_enabled() const override { return nvmc_.cpu_writes_enabled(); }
    Outcome cpu_write(Address offset, AccessSize size, std::uint32_t old_value,
                      std::uint32_t new_value) override {
      return nvmc_.write_word(offset, size, old_value, new_value);
    }

   private:
    Nvmc& nvmc_;
  };

  Outcome write_word(Address offset, AccessSize size, std::uint32_t old_value,
                     std::uint32_t new_value) {
    if (size != AccessSize::kWord || offset % 4 != 0) return {};
    occupy(write_time_);
    return {true, old_value & new_value};
  }

  void define_registers() {
    acl_.define(registers_, [this] {
      notes_.unmodelled(name_, "ACL.PERM.READ: protection against reading", kAcl, true, 1);
    });
    registers_.add(kReady, "READY").reset(1).read_only().on_read([this] {
      return now() >= busy_until_ ? 1u : 0u;
    });
    // One more word is buffered while the one before is being written.
    registers_.add(kReadyNext, "READYNEXT").reset(1).read_only().on_read([this] {
      return now() + write_time_ >= busy_until_ ? 1u : 0u;
    });
    config_ = &registers_.add(kConfig, "CONFIG").field(0, 2, "WEN").on_write([this](std::uint32_t) {
      adopt_uicr();
    });
    registers_.add(kErasePage, "ERASEPAGE").write_only().on_write([this](std::uint32_t address) {
      if (erase_enabled() && erase_page(address)) occupy(erase_time_);
    });
    registers_.add(kEraseAll, "ERASEALL").write_only().on_write([this](std::uint32_t value) {
      if ((value & 1u) != 0 && erase_enabled()) erase_all();
    });
    registers_.add(kEraseUicr, "ERASEUICR").write_only().on_write([this](std::uint32_t value) {
      if ((value & 1u) != 0 && erase_enabled()) erase_uicr();
    });
    registers_.add(kErasePagePartial, "ERASEPAGEPARTIAL")
        .write_only()
        .on_write([this](std::uint32_t address) {
          if (erase_enabled()) erase_partially(address);
        });
    partial_cfg_ = &registers_.add(kErasePagePartialCfg, "ERASEPAGEPARTIALCFG")
                        .reset(0xA)
                        .field(0, 7, "DURATION");
    icachecnf_ = &registers_.add(kIcacheCnf, "ICACHECNF")
                      .flag(0, "CACHEEN")
                      .flag(8, "CACHEPROFEN")
                      .on_write([this](std::uint32_t) { icache_written(); });
    registers_.add(kIhit, "IHIT")
        .on_read([this] { return profiled().hits; })
        .on_write([this](std::uint32_t value) {
          const auto misses = profiled().misses;
          restart_profile({value, misses});
        });
    registers_.add(kImiss, "IMISS")
        .on_read([this] { return profiled().misses; })
        .on_write([this](std::uint32_t value) {
          const auto hits = profiled().hits;
          restart_profile({hits, value});
        });
  }

  bool erase_enabled() const { return config_->value() == kWenErase; }

  void occupy(Duration time) {
    busy_until_ = std::max(busy_until_, now()) + time;
    busy_.set(true);
    ready_.at(busy_until_);
  }

  // Through the bus, so that whoever holds translated code hears of it.
  void erase(Address address, std::uint32_t size) {
    const std::vector<std::uint8_t> cells(size, kErased);
    bus_.copy_in(address, cells);
  }

  // False, and reported, unless the address lies in flash that this controller is in charge of.
  bool erase_page(Address address) {
    const auto place = bus_.memory_at(address);
    if (place.memory == nullptr || place.memory->write_policy() != this) {
      notes_.unmodelled(name_, "ERASEPAGE outside flash", address, true, address);
      return false;
    }
    if (acl_.blocks_write(address / kPageBytes * kPageBytes, kPageBytes)) {
      notes_.unmodelled(name_, "ERASEPAGE of a page that ACL protects", address, true, address);
      return false;
    }
    erase(address / kPageBytes * kPageBytes, kPageBytes);
    return true;
  }

  void erase_all() {
    for (const auto& mapped : bus_.memories()) {
      if (mapped.alias || mapped.memory->write_policy() != this) continue;
      if (acl_.blocks_write(mapped.base, mapped.size)) {
        notes_.unmodelled(name_, "ERASEALL while ACL protects a region", kEraseAll, true, 1);
        return;
      }
      erase(mapped.base, mapped.size);
    }
    if (const auto* uicr = find_uicr()) erase(uicr->base, uicr->size);
    occupy(erase_all_time_);
  }

  void erase_uicr() {
    if (const auto* uicr = find_uicr()) erase(uicr->base, uicr->size);
    occupy(erase_time_);
  }

  // PS, "Partial erase of a page": a page counts as erased when its parts add up to tERASEPAGE.
  void erase_partially(Address address) {
    const Address page = address / kPageBytes * kPageBytes;
    if (page != partial_page_) partial_time_ = {};
    partial_page_ = page;
    const Duration part = Duration::from_ms(partial_cfg_->value());
    partial_time_ = partial_time_ + part;
    occupy(part);
    if (partial_time_ < erase_time_) return;
    partial_time_ = {};
    erase_page(page);
  }

  const Bus::MappedMemory* find_uicr() const {
    for (const auto& mapped : bus_.memories()) {
      if (mapped.name == uicr_name_) return &mapped;
    }
    return nullptr;
  }

  void adopt_uicr() {
    if (const auto* uicr = find_uicr()) uicr->memory->set_write_policy(&uicr_policy_);
  }

  void icache_written() {
    publish_cache();
    restart_counting();
  }

  // SVD, ICACHECNF.CACHEEN: disabling invalidates all lines.
  void publish_cache() {
    const bool enabled = (icachecnf_->value() & kCacheEn) != 0;
    if (!enabled) flash_read_.invalidate(FlashReadPort::Cache::kInstruction);
    FlashReadPort::Settings settings{.instruction_cache = enabled};
    settings.wait_states = wait_states_with(settings);
    flash_read_.set(settings);
  }
  unsigned wait_states_with(const FlashReadPort::Settings& settings) const {
    return settings.instruction_cache ? cache_wait_states_ : wait_states_;
  }

  struct Profile {
    std::uint32_t hits = 0;
    std::uint32_t misses = 0;
  };
  CacheCounterPort::Counts counted() const {
    return counters_.counts ? counters_.counts() : CacheCounterPort::Counts{};
  }
  // The counters run while CACHEPROFEN is set and keep their value otherwise.
  Profile profiled() const {
    if (!profiling_) return profile_;
    const auto counts = counted();
    return {profile_.hits + static_cast<std::uint32_t>(counts.hits - counted_before_.hits),
            profile_.misses + static_cast<std::uint32_t>(counts.misses - counted_before_.misses)};
  }
  void restart_counting() { restart_profile(profiled()); }
  void restart_profile(Profile profile) {
    profile_ = profile;
    counted_before_ = counted();
    profiling_ = (icachecnf_->value() & kCacheProfEn) != 0;
  }

  void reset_state(ResetKind) override {
    adopt_uicr();
    busy_until_ = {};
    ready_.cancel();
    busy_.set(false);
    publish_cache();
    partial_time_ = {};
    profiling_ = false;
    profile_ = {};
    acl_.reset();
  }

  void snapshot_state(StateArchive& archive) override {
    archive(busy_until_.ps, partial_page_, partial_time_.ps, profiling_, profile_, counted_before_);
    acl_.snapshot(archive);
    ready_.snapshot(archive);
  }

  const std::string uicr_name_;
  UicrPolicy uicr_policy_{*this};
  AccessControl acl_;
  Wire& busy_;
  CacheCounterPort counters_;
  FlashReadPort flash_read_;
  unsigned wait_states_ = 0;        // of a read of flash while the cache is off
  unsigned cache_wait_states_ = 0;  // and while it is on
  Duration write_time_{};
  Duration erase_time_{};
  Duration erase_all_time_{};
  RegisterFile::Register* config_ = nullptr;
  RegisterFile::Register* partial_cfg_ = nullptr;
  RegisterFile::Register* icachecnf_ = nullptr;
  TimePoint busy_until_{};
  Address partial_page_ = 0;
  Duration partial_time_{};
  bool profiling_ = false;
  Profile profile_;
  CacheCounterPort::Counts counted_before_;
  Event ready_;
};

const PeripheralType kType("nordic.nvmc", [](PeripheralContext& context) {
  return std::make_unique<Nvmc>(context);
});

}  // namespace
}  // namespace tinyscope::nordic
