// The only file that includes Unicorn. What it works around:
// - Writing IPSR does not rebuild the cached mode bits, so that EXC_RETURN and privilege would be
//   judged by the old mode. Writing APSR_NZCV does rebuild them, so the flags are written back.
// - Without CONTROL.FPCA, and bit 3 of CONTROL (SFPA of Armv8-M, which this model heeds), an FP
//   instruction would begin an FP context and clear FPSCR. Both bits stay set in the engine.
// - A saved context holds pointers that belong to the engine it was saved from (the registers of
//   its MPU, which is never on here). An engine gets its own back before it is closed.
// - WFE and YIELD end the run as an invalid instruction with PC behind them.
#include "cores/engine/unicorn_engine.hpp"

#include <fmt/format.h>
#include <unicorn/unicorn.h>

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "sim/error.hpp"

namespace tinyscope {
namespace {

constexpr std::uint64_t kNoEndAddress = 1;  // odd: no instruction begins there
constexpr std::uint32_t kThumbBit = 1u << 24;
constexpr std::uint32_t kFloatContext = 0xC;  // FPCA and SFPA of CONTROL
constexpr std::uint32_t kIpsrMask = 0x1FFu;

void require(uc_err error, std::string_view what) {
  if (error != UC_ERR_OK) {
    throw SimulatorFault(fmt::format("engine: {}: {}", what, uc_strerror(error)));
  }
}

constexpr auto kRegisterIds = [] {
  std::array<int, static_cast<std::size_t>(CoreRegister::kCount)> ids{};
  const auto set = [&](CoreRegister which, int id) { ids[static_cast<std::size_t>(which)] = id; };
  for (unsigned n = 0; n <= 12; ++n) set(core_register(n), UC_ARM_REG_R0 + static_cast<int>(n));
  set(CoreRegister::kSp, UC_ARM_REG_SP);
  set(CoreRegister::kLr, UC_ARM_REG_LR);
  set(CoreRegister::kPc, UC_ARM_REG_PC);
  set(CoreRegister::kXpsr, UC_ARM_REG_XPSR);
  set(CoreRegister::kMsp, UC_ARM_REG_MSP);
  set(CoreRegister::kPsp, UC_ARM_REG_PSP);
  set(CoreRegister::kPrimask, UC_ARM_REG_PRIMASK);
  set(CoreRegister::kBasepri, UC_ARM_REG_BASEPRI);
  set(CoreRegister::kFaultmask, UC_ARM_REG_FAULTMASK);
  set(CoreRegister::kControl, UC_ARM_REG_CONTROL);
  set(CoreRegister::kFpscr, UC_ARM_REG_FPSCR);
  for (unsigned n = 0; n < 32; ++n) set(float_register(n), UC_ARM_REG_S0 + static_cast<int>(n));
  return ids;
}();

class UnicornEngine final : public ExecutionEngine {
 public:
  UnicornEngine(EngineDetail detail, CoreFamily core) : detail_(detail) {
    require(uc_open(UC_ARCH_ARM, static_cast<uc_mode>(UC_MODE_THUMB | UC_MODE_MCLASS), &uc_),
            "open");
    const int model = core == CoreFamily::kCortexM7 ? UC_CPU_ARM_CORTEX_M7 : UC_CPU_ARM_CORTEX_M4;
    require(uc_ctl_set_cpu_model(uc_, model), "select the core");
  }
  ~UnicornEngine() override {
    if (own_context_ != nullptr) {
      uc_context_restore(uc_, own_context_);
      uc_context_free(own_context_);
      uc_context_free(context_);
    }
    uc_close(uc_);
  }
  UnicornEngine(const UnicornEngine&) = delete;
  UnicornEngine& operator=(const UnicornEngine&) = delete;

  void map_memory(Address base, std::uint32_t size, void* host, bool writable) override {
    require(uc_mem_map_ptr(uc_, base, size, permissions(writable), host), "map memory");
  }

  void set_writable(Address base, std::uint32_t size, bool writable) override {
    require(uc_mem_protect(uc_, base, size, permissions(writable)), "protect memory");
  }

  void map_mmio(Address base, std::uint64_t size) override {
    auto& window = *windows_.emplace_back(std::make_unique<Window>(Window{this, base}));
    require(uc_mmio_map(uc_, base, size, &UnicornEngine::on_mmio_read, &window,
                        &UnicornEngine::on_mmio_write, &window),
            "map peripherals");
  }

  void invalidate_code(Address base, std::uint32_t size) override {
    require(uc_ctl_remove_cache(uc_, base, std::uint64_t{base} + size), "invalidate code");
  }

  Halt run(EngineClient& client) override {
    client_ = &client;
    if (!hooked_) add_hooks();
    halt_requested_ = false;
    trap_.reset();
    if (!thumb()) return Halt::kUndefined;
    const uc_err error = uc_emu_start(uc_, read(CoreRegister::kPc) | 1u, kNoEndAddress, 0, 0);
    if (trap_) return *trap_;
    if (halt_requested_) return Halt::kRequested;
    switch (error) {
      case UC_ERR_OK: return Halt::kWait;
      case UC_ERR_WRITE_PROT: return Halt::kWriteProtected;
      case UC_ERR_INSN_INVALID:
        // WFE and YIELD have moved PC on, other instructions stay. A branch that clears the Thumb
        // bit ends here too, with PC at its target.
        if (!thumb()) return Halt::kUndefined;
        return read(CoreRegister::kPc) == last_address_ ? Halt::kUndefined : Halt::kWait;
      case UC_ERR_FETCH_PROT:
      case UC_ERR_FETCH_UNMAPPED: return Halt::kFetchFault;
      default: throw SimulatorFault(fmt::format("engine: run: {}", uc_strerror(error)));
    }
  }

  void run_unobserved(Address end) override {
    TINYSCOPE_ASSERT(!hooked_);
    require(uc_emu_start(uc_, read(CoreRegister::kPc) | 1u, end, 0, 0), "run unobserved");
  }

  Address fault_address() const override { return fault_address_; }

  void request_halt() override {
    halt_requested_ = true;
    uc_emu_stop(uc_);
  }

  std::uint32_t read(CoreRegister which) override {
    std::uint32_t value = 0;
    require(uc_reg_read(uc_, id(which), &value), "read register");
    return value;
  }

  void write(CoreRegister which, std::uint32_t value) override {
    if (which == CoreRegister::kXpsr) {
      // The engine takes flags, GE and IT bits together with the exception number.
      std::uint32_t ipsr = 0;
      require(uc_reg_read(uc_, UC_ARM_REG_IPSR, &ipsr), "read IPSR");
      const std::uint32_t bits = (value & ~kIpsrMask) | (ipsr & kIpsrMask);
      require(uc_reg_write(uc_, UC_ARM_REG_XPSR_NZCVQG, &bits), "write xPSR");
      return;
    }
    // The engine takes bit 0 of PC for the Thumb bit, which has its place in xPSR.
    if (which == CoreRegister::kPc) value = (value & ~1u) | (thumb() ? 1u : 0u);
    require(uc_reg_write(uc_, id(which), &value), "write register");
  }

  void prepare(RegisterBatch& batch, std::span<const CoreRegister> which) const override {
    TINYSCOPE_ASSERT(which.size() <= RegisterBatch::kMost);
    for (std::size_t i = 0; i < which.size(); ++i) batch.ids[i] = id(which[i]);
    batch.count = static_cast<int>(which.size());
  }

  void read(const RegisterBatch& batch) override {
    const uc_err error = uc_reg_read_batch(uc_, const_cast<int*>(batch.ids.data()),
                                           const_cast<void**>(batch.places.data()), batch.count);
    if (error != UC_ERR_OK) require(error, "read registers");
  }

  void take_state_of(ExecutionEngine& other) override {
    auto& from = dynamic_cast<UnicornEngine&>(other);
    if (own_context_ == nullptr) {
      require(uc_context_alloc(uc_, &context_), "allocate a context");
      require(uc_context_alloc(uc_, &own_context_), "allocate a context");
      require(uc_context_save(uc_, own_context_), "save the state");
    }
    require(uc_context_save(from.uc_, context_), "save the state");
    require(uc_context_restore(uc_, context_), "restore the state");
  }

  void set_mode(unsigned exception_number, std::uint32_t control) override {
    // CONTROL can be written by privileged code only, and SPSEL in thread mode only. So: become
    // privileged (handler mode), drop nPRIV, go to thread mode, set all bits, go where wanted.
    write_ipsr(1);
    write(CoreRegister::kControl, 0);
    write_ipsr(0);
    write(CoreRegister::kControl, control | kFloatContext);
    write_ipsr(exception_number);
    std::uint32_t flags = 0;
    require(uc_reg_read(uc_, UC_ARM_REG_APSR_NZCV, &flags), "read flags");
    require(uc_reg_write(uc_, UC_ARM_REG_APSR_NZCV, &flags), "rebuild mode");
  }

 private:
  struct Window {
    UnicornEngine* engine;
    Address base;
  };

  static std::uint32_t permissions(bool writable) {
    return UC_PROT_READ | UC_PROT_EXEC | (writable ? std::uint32_t{UC_PROT_WRITE} : 0u);
  }
  static int id(CoreRegister which) { return kRegisterIds[static_cast<std::size_t>(which)]; }

  bool thumb() { return (read(CoreRegister::kXpsr) & kThumbBit) != 0; }

  void write_ipsr(std::uint32_t number) {
    require(uc_reg_write(uc_, UC_ARM_REG_IPSR, &number), "write IPSR");
  }

  void add_hooks() {
    const auto add = [&](int type, auto callback) {
      uc_hook handle{};
      require(uc_hook_add(uc_, &handle, type, reinterpret_cast<void*>(callback), this, 1, 0),
              "add hook");
    };
    if (detail_ == EngineDetail::kInstructions) {
      add(UC_HOOK_CODE, &UnicornEngine::on_code);
      add(UC_HOOK_MEM_READ | UC_HOOK_MEM_WRITE, &UnicornEngine::on_memory);
    } else {
      add(UC_HOOK_BLOCK, &UnicornEngine::on_block);
    }
    add(UC_HOOK_INTR, &UnicornEngine::on_interrupt);
    add(UC_HOOK_INSN_INVALID, &UnicornEngine::on_invalid);
    add(UC_HOOK_MEM_INVALID, &UnicornEngine::on_memory_fault);
    hooked_ = true;
  }

  static UnicornEngine& self(void* user) { return *static_cast<UnicornEngine*>(user); }

  static void on_code(uc_engine*, std::uint64_t address, std::uint32_t size, void* user) {
    UnicornEngine& engine = self(user);
    engine.last_address_ = static_cast<Address>(address);
    engine.client_->on_insn(engine.last_address_, size);
  }

  static void on_block(uc_engine*, std::uint64_t address, std::uint32_t size, void* user) {
    self(user).client_->on_block(static_cast<Address>(address), size);
  }

  static void on_memory(uc_engine*, uc_mem_type type, std::uint64_t address, int size, std::int64_t,
                        void* user) {
    self(user).client_->on_access(static_cast<Address>(address), static_cast<std::uint32_t>(size),
                                  type == UC_MEM_WRITE);
  }

  static void on_interrupt(uc_engine* uc, std::uint32_t number, void* user) {
    constexpr std::uint32_t kSwi = 2, kPrefetchAbort = 3, kDataAbort = 4, kBkpt = 7,
                            kExceptionExit = 8;
    UnicornEngine& engine = self(user);
    switch (number) {
      case kSwi: engine.trap_ = Halt::kSupervisorCall; break;
      case kBkpt: engine.trap_ = Halt::kBreakpoint; break;
      case kExceptionExit: engine.trap_ = Halt::kExceptionReturn; break;
      case kPrefetchAbort: engine.trap_ = Halt::kFetchFault; break;
      case kDataAbort:
      default: engine.trap_ = Halt::kUndefined; break;
    }
    uc_emu_stop(uc);
  }

  static bool on_invalid(uc_engine*, void*) { return false; }

  static bool on_memory_fault(uc_engine*, uc_mem_type, std::uint64_t address, int, std::int64_t,
                              void* user) {
    self(user).fault_address_ = static_cast<Address>(address);
    return false;
  }

  static std::uint64_t on_mmio_read(uc_engine*, std::uint64_t offset, unsigned size, void* user) {
    const auto& window = *static_cast<Window*>(user);
    EngineClient& client = *window.engine->client_;
    const auto address = static_cast<Address>(window.base + offset);
    if (size <= 4) return client.mmio_read(address, static_cast<AccessSize>(size));
    const std::uint64_t low = client.mmio_read(address, AccessSize::kWord);
    return low | std::uint64_t{client.mmio_read(address + 4, AccessSize::kWord)} << 32;
  }

  static void on_mmio_write(uc_engine*, std::uint64_t offset, unsigned size, std::uint64_t value,
                            void* user) {
    const auto& window = *static_cast<Window*>(user);
    EngineClient& client = *window.engine->client_;
    const auto address = static_cast<Address>(window.base + offset);
    if (size <= 4) {
      client.mmio_write(address, static_cast<AccessSize>(size), static_cast<std::uint32_t>(value));
      return;
    }
    client.mmio_write(address, AccessSize::kWord, static_cast<std::uint32_t>(value));
    client.mmio_write(address + 4, AccessSize::kWord, static_cast<std::uint32_t>(value >> 32));
  }

  EngineDetail detail_;
  uc_engine* uc_ = nullptr;
  uc_context* context_ = nullptr;      // for passing state on
  uc_context* own_context_ = nullptr;  // as it was before the first state of another came in
  EngineClient* client_ = nullptr;
  bool hooked_ = false;
  bool halt_requested_ = false;
  std::optional<Halt> trap_;
  Address last_address_ = 0;
  Address fault_address_ = 0;
  std::vector<std::unique_ptr<Window>> windows_;
};

}  // namespace

std::unique_ptr<ExecutionEngine> make_unicorn_engine(EngineDetail detail, CoreFamily core) {
  return std::make_unique<UnicornEngine>(detail, core);
}

}  // namespace tinyscope
