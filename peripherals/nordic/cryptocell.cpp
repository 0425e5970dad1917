// CRYPTOCELL: Arm CryptoCell 310. nRF52840 PS, chapter "CRYPTOCELL — Arm TrustZone CryptoCell 310";
// registers of the subsystem at offset 0x1000: SVD (CC_HOST_RGF, CC_RNG, CC_AES, CC_DIN, CC_DOUT).
//
// Modelled is what the library cc310 of mbed-os touches to start up and to make random numbers: the
// identification, the true random number generator, and AES-128 encryption (ECB, CBC, CTR, CBC-MAC,
// CMAC) and copying by its DMA. Hash, PKA, ChaCha, AES decryption and CCM, and the RNG's own DMA
// are left out and reported. Random bits follow from the seed of the run.
//
// Parameter: `aes_block_ns`.
#include <algorithm>
#include <array>
#include <vector>

#include "peripherals/common/random.hpp"
#include "peripherals/nordic/aes_modes.hpp"
#include "peripherals/nordic/easy_dma.hpp"
#include "peripherals/nordic/nordic_block.hpp"

namespace tinyscope::nordic {
namespace {

constexpr Address kEnable = 0x500;
constexpr Address kSubsystem = 0x1000;
constexpr Address kRngImr = kSubsystem + 0x100;
constexpr Address kRngIsr = kSubsystem + 0x104;
constexpr Address kRngIcr = kSubsystem + 0x108;
constexpr Address kTrngConfig = kSubsystem + 0x10C;
constexpr Address kTrngValid = kSubsystem + 0x110;
constexpr Address kEhrData = kSubsystem + 0x114;
constexpr Address kNoiseSource = kSubsystem + 0x12C;
constexpr Address kSampleCnt = kSubsystem + 0x130;
constexpr Address kAutocorrStatistic = kSubsystem + 0x134;
constexpr Address kTrngDebug = kSubsystem + 0x138;
constexpr Address kRngSwReset = kSubsystem + 0x140;
constexpr Address kRngBusy = kSubsystem + 0x1B8;
constexpr Address kTrngReset = kSubsystem + 0x1BC;
constexpr Address kRngHwFlags = kSubsystem + 0x1C0;
constexpr Address kRngClk = kSubsystem + 0x1C4;
constexpr Address kRngDma = kSubsystem + 0x1C8;
constexpr Address kRngWatchdogVal = kSubsystem + 0x1D8;
constexpr Address kAesKey = kSubsystem + 0x400;
constexpr Address kAesIv = kSubsystem + 0x440;
constexpr Address kAesCtr = kSubsystem + 0x460;
constexpr Address kAesBusy = kSubsystem + 0x470;
constexpr Address kAesSk = kSubsystem + 0x478;
constexpr Address kAesCmacInit = kSubsystem + 0x47C;
constexpr Address kAesRemainingBytes = kSubsystem + 0x4BC;
constexpr Address kAesControl = kSubsystem + 0x4C0;
constexpr Address kAesHwFlags = kSubsystem + 0x4C8;
constexpr Address kAesCmacSize0Kick = kSubsystem + 0x524;
constexpr Address kAesClk = kSubsystem + 0x810;
constexpr Address kHashClk = kSubsystem + 0x818;
constexpr Address kPkaClk = kSubsystem + 0x81C;
constexpr Address kDmaClk = kSubsystem + 0x820;
constexpr Address kChachaClk = kSubsystem + 0x858;
constexpr Address kCryptoCtl = kSubsystem + 0x900;
constexpr Address kCryptoBusy = kSubsystem + 0x910;
constexpr Address kHashBusy = kSubsystem + 0x91C;
constexpr Address kVersion =
    kSubsystem + 0x928;  // not in the SVD; cc310 wants 0xF0 in the top byte
constexpr Address kContextId = kSubsystem + 0x930;
constexpr Address kIrr = kSubsystem + 0xA00;
constexpr Address kImr = kSubsystem + 0xA04;
constexpr Address kIcr = kSubsystem + 0xA08;
constexpr Address kEndianness = kSubsystem + 0xA0C;
constexpr Address kHostSignature = kSubsystem + 0xA24;
constexpr Address kHostBoot = kSubsystem + 0xA28;
constexpr Address kHostCryptoKeySel = kSubsystem + 0xA38;
constexpr Address kHostIotLcs = kSubsystem + 0xA60;
constexpr Address kDinMemBusy = kSubsystem + 0xC20;
constexpr Address kSrcMemAddr = kSubsystem + 0xC28;
constexpr Address kSrcMemSize = kSubsystem + 0xC2C;
constexpr Address kDinSramBusy = kSubsystem + 0xC38;
constexpr Address kDoutMemBusy = kSubsystem + 0xD20;
constexpr Address kDstMemAddr = kSubsystem + 0xD28;
constexpr Address kDstMemSize = kSubsystem + 0xD2C;
constexpr Address kDoutSramBusy = kSubsystem + 0xD38;

constexpr std::uint32_t kEhrValid = 1u << 0;  // RNG_ISR
constexpr std::uint32_t kMemToDin = 1u << 6;  // IRR
constexpr std::uint32_t kDoutToMem = 1u << 7;
constexpr std::uint32_t kAhbError = 1u << 8;
constexpr std::uint32_t kRngInterrupt = 1u << 10;
constexpr std::uint32_t kBypass = 0;  // CRYPTO_CTL.MODE
constexpr std::uint32_t kAesActive = 1;
constexpr unsigned kEhrWords = 6;
constexpr std::uint64_t kCpuHz = 64'000'000;
constexpr std::uint32_t kLargestTransfer = 0x1'0000;  // the library splits longer ones

class CryptoCell final : public NordicBlock {
 public:
  explicit CryptoCell(PeripheralContext& context)
      : NordicBlock(context, Interrupts::kNone),
        irq_(add_wire("irq")),
        dma_(context),
        random_(context.seed, context.name),
        entropy_ready_(context.scheduler, [this] { collect(); }),
        crypto_done_(context.scheduler, [this] { finish(); }) {
    block_time_ = Duration::from_ns(
        assumed_parameter(context, "aes_block_ns", 250, "AES of one block in CRYPTOCELL, ns"));
    enable_ =
        &registers_.add(kEnable, "ENABLE").flag(0, "ENABLE").on_write([this](std::uint32_t value) {
          if ((value & 1u) == 0) stop();
          draw((value & 1u) != 0);
        });
    define_host();
    define_rng();
    define_aes();
    define_left_out();
  }

  // PS: the subsystem answers while ENABLE is set.
  std::uint32_t read(const BusAccess& access) override {
    return reachable(access, false, 0) ? NordicBlock::read(access) : 0;
  }
  void write(const BusAccess& access, std::uint32_t value) override {
    if (reachable(access, true, value)) NordicBlock::write(access, value);
  }

 private:
  bool reachable(const BusAccess& access, bool store, std::uint32_t value) {
    if (access.debug || access.offset < kSubsystem || enable_->value() != 0) return true;
    notes_.unmodelled(name_, "access while CRYPTOCELL.ENABLE is 0", access.address, store, value);
    return false;
  }
  RegisterFile::Register& constant(Address offset, std::string_view name, std::uint32_t value) {
    return registers_.add(offset, name).reset(value).read_only();
  }
  RegisterFile::Register& unused(Address offset, std::string_view name) {
    return registers_.add(offset, name);
  }

  void define_host() {
    constant(kVersion, "VERSION", 0xF000'0000);
    constant(kHostSignature, "HOST_SIGNATURE", 0x20E0'0000);
    constant(kHostBoot, "HOST_BOOT", 0x4622'982C);
    unused(kEndianness, "ENDIANNESS");
    unused(kContextId, "CONTEXT_ID");
    unused(kHostIotLcs, "HOST_IOT_LCS").reset(2);
    registers_.add(kHostCryptoKeySel, "HOST_CRYPTOKEY_SEL").unimplemented();
    irr_ = &registers_.add(kIrr, "IRR").read_only();
    imr_ = &registers_.add(kImr, "IMR").reset(0x01FF'FFFF).on_write([this](std::uint32_t) {
      update_irq();
    });
    registers_.add(kIcr, "ICR").trigger().on_write([this](std::uint32_t value) {
      irr_->set(irr_->value() & ~value);
      update_irq();
    });
  }

  void define_rng() {
    rng_imr_ = &registers_.add(kRngImr, "RNG_IMR")
                    .reset(0x3F)
                    .field(0, 6, "RNG_IMR")
                    .on_write([this](std::uint32_t) { update_irq(); });
    rng_isr_ = &registers_.add(kRngIsr, "RNG_ISR").read_only();
    registers_.add(kRngIcr, "RNG_ICR").trigger().on_write([this](std::uint32_t value) {
      rng_isr_->set(rng_isr_->value() & ~value);
      update_irq();
    });
    unused(kTrngConfig, "TRNG_CONFIG");
    valid_ = &registers_.add(kTrngValid, "TRNG_VALID").read_only();
    for (unsigned i = 0; i < kEhrWords; ++i) {
      ehr_[i] = &registers_.add(kEhrData + 4 * i, fmt::format("EHR_DATA[{}]", i)).read_only();
      ehr_[i]->on_read([this, i] { return take_entropy(i); });
    }
    noise_ = &registers_.add(kNoiseSource, "NOISE_SOURCE")
                  .flag(0, "ENABLE")
                  .on_write([this](std::uint32_t) { noise_written(); });
    sample_cnt_ = &registers_.add(kSampleCnt, "SAMPLE_CNT").reset(0xFFFF);
    unused(kAutocorrStatistic, "AUTOCORR_STATISTIC");
    unused(kTrngDebug, "TRNG_DEBUG");
    const auto reset_rng = [this](std::uint32_t value) {
      if ((value & 1u) != 0) reset_trng();
    };
    registers_.add(kRngSwReset, "RNG_SW_RESET").write_only().on_write(reset_rng);
    registers_.add(kTrngReset, "TRNG_RESET").write_only().on_write(reset_rng);
    registers_.add(kRngBusy, "RNG_BUSY").read_only().on_read([this] {
      return entropy_ready_.scheduled() ? 3u : 0u;
    });
    constant(kRngHwFlags, "RNG_HW_FLAGS", 0xF);
    unused(kRngClk, "RNG_CLK");
    registers_.add(kRngDma, "RNG_DMA").unimplemented(0, 1, "ENABLE");
    unused(kRngWatchdogVal, "RNG_WATCHDOG_VAL");
  }

  void define_aes() {
    const auto words = [this](Address offset, std::string_view name, AesBlock& block) {
      for (unsigned i = 0; i < 4; ++i) {
        registers_.add(offset + 4 * i, fmt::format("{}[{}]", name, i))
            .on_read([&block, i] { return word(block, i); })
            .on_write([&block, i](std::uint32_t value) { set_word(block, i, value); });
      }
    };
    words(kAesKey, "AES_KEY_0", aes_.key);
    words(kAesIv, "AES_IV_0", aes_.iv);
    words(kAesCtr, "AES_CTR", aes_.ctr);
    const auto busy = [this] { return crypto_done_.scheduled() ? 1u : 0u; };
    registers_.add(kAesBusy, "AES_BUSY").read_only().on_read(busy);
    registers_.add(kCryptoBusy, "CRYPTO_BUSY").read_only().on_read(busy);
    constant(kHashBusy, "HASH_BUSY", 0);
    registers_.add(kDinMemBusy, "DIN_DMA_MEM_BUSY").read_only().on_read(busy);
    registers_.add(kDoutMemBusy, "DOUT_DMA_MEM_BUSY").read_only().on_read(busy);
    constant(kDinSramBusy, "DIN_DMA_SRAM_BUSY", 0);
    constant(kDoutSramBusy, "DOUT_DMA_SRAM_BUSY", 0);
    registers_.add(kAesSk, "AES_SK").unimplemented(0, 1, "AES_SK");
    unused(kAesCmacInit, "AES_CMAC_INIT");
    remaining_ = &unused(kAesRemainingBytes, "AES_REMAINING_BYTES");
    control_ = &unused(kAesControl, "AES_CONTROL");
    constant(kAesHwFlags, "AES_HW_FLAGS", 0x108);
    registers_.add(kAesCmacSize0Kick, "AES_CMAC_SIZE0_KICK")
        .write_only()
        .on_write([this](std::uint32_t value) {
          if ((value & 1u) != 0) aes_.authenticate_last({});
        });
    for (const auto& [offset, name] : {std::pair<Address, const char*>{kAesClk, "AES_CLK"},
                                       {kHashClk, "HASH_CLK"},
                                       {kPkaClk, "PKA_CLK"},
                                       {kDmaClk, "DMA_CLK"},
                                       {kChachaClk, "CHACHA_CLK"}}) {
      unused(offset, name);
    }
    flow_ = &unused(kCryptoCtl, "CRYPTO_CTL");
    src_ = &unused(kSrcMemAddr, "SRC_MEM_ADDR");
    dst_ = &unused(kDstMemAddr, "DST_MEM_ADDR");
    dst_size_ = &unused(kDstMemSize, "DST_MEM_SIZE");
    registers_.add(kSrcMemSize, "SRC_MEM_SIZE").on_write([this](std::uint32_t size) {
      transfer(size & 0x3FFF'FFFF);
    });
  }

  void define_left_out() {
    for (const auto& [offset, name] : {std::pair<Address, const char*>{0x080, "PKA OPCODE"},
                                       {0x0B0, "PKA_PIPE_RDY"},
                                       {0x380, "CHACHA_CONTROL"},
                                       {0x640, "HASH_H[0]"},
                                       {0x7C0, "HASH_CONTROL"}}) {
      registers_.add(kSubsystem + offset, name).unimplemented();
    }
  }

  static std::uint32_t word(const AesBlock& block, unsigned i) {
    std::uint32_t value = 0;
    for (unsigned j = 0; j < 4; ++j) value |= std::uint32_t{block[4 * i + j]} << 8 * j;
    return value;
  }
  static void set_word(AesBlock& block, unsigned i, std::uint32_t value) {
    for (unsigned j = 0; j < 4; ++j) block[4 * i + j] = static_cast<std::uint8_t>(value >> 8 * j);
  }

  // --- random numbers ---

  // SVD, SAMPLE_CNT: CPU cycles between two samples; 192 samples fill EHR_DATA.
  void noise_written() {
    if (noise_->value() == 0) return entropy_ready_.cancel();
    if (entropy_ready_.scheduled() || valid_->value() != 0) return;
    const std::uint64_t cycles =
        32u * kEhrWords * std::uint64_t{std::max(sample_cnt_->value(), 1u)};
    entropy_ready_.after({cycles * (1'000'000'000'000u / kCpuHz)});
  }
  void collect() {
    for (auto* each : ehr_) each->set(random_.next());
    valid_->set(1);
    rng_isr_->set(rng_isr_->value() | kEhrValid);
    update_irq();
  }
  // SVD, EHR_DATA: reading the last word clears all and lets collection go on.
  std::uint32_t take_entropy(unsigned i) {
    const std::uint32_t value = ehr_[i]->value();
    if (i == kEhrWords - 1 && valid_->value() != 0) {
      for (auto* each : ehr_) each->set(0);
      valid_->set(0);
      noise_written();
    }
    return value;
  }
  void reset_trng() {
    entropy_ready_.cancel();
    for (auto* each : ehr_) each->set(0);
    valid_->set(0);
    rng_isr_->set(0);
    sample_cnt_->set(0xFFFF);
    noise_->set(0);
    update_irq();
  }

  // --- AES and DMA ---

  void transfer(std::uint32_t size) {
    if (size == 0 || size > kLargestTransfer || crypto_done_.scheduled()) return;
    std::vector<std::uint8_t> data(size);
    const bool read = bus_.copy_out(src_->value(), data);  // flash too, unlike EasyDMA
    bool written = true;
    const std::uint32_t flow = flow_->value() & 0x1F;
    bool to_memory = flow == kBypass;
    if (!read) {
      notes_.unmodelled(name_, "DMA from where no memory is", src_->value(), false, size);
    } else if (flow == kAesActive) {
      to_memory = encrypt(data);
    } else if (flow != kBypass) {
      notes_.unmodelled(name_, "CRYPTO_CTL.MODE other than copying and AES", kCryptoCtl, true,
                        flow);
    }
    if (read && to_memory && dst_->value() != 0) {
      data.resize(std::min<std::size_t>(data.size(), dst_size_->value() & 0x3FFF'FFFF));
      written = dma_.write(dst_->value(), data);
    }
    raised_ = kMemToDin | (to_memory ? kDoutToMem : 0) | (read && written ? 0 : kAhbError);
    crypto_done_.after(block_time_ * ((size + 15) / 16));
  }

  void finish() {
    irr_->set(irr_->value() | raised_);
    update_irq();
  }

  // False: the result is in AES_IV_0 only.
  bool encrypt(std::vector<std::uint8_t>& data) {
    const auto mode = static_cast<AesModes::Mode>(control_->value() >> 2 & 7u);
    if ((control_->value() & 1u) != 0 && mode != AesModes::Mode::kCtr) {
      notes_.unmodelled(name_, "AES_CONTROL.DEC_KEY0: decryption", kAesControl, true,
                        control_->value());
      return true;
    }
    if (mode == AesModes::Mode::kCmac && remaining_->value() != 0) {
      aes_.authenticate_last(data);
      return false;
    }
    aes_.encrypt(mode, data);
    return mode != AesModes::Mode::kCbcMac && mode != AesModes::Mode::kCmac;
  }

  void update_irq() {
    const bool rng = (rng_isr_->value() & ~rng_imr_->value()) != 0;
    if (rng) irr_->set(irr_->value() | kRngInterrupt);
    irq_.set((irr_->value() & ~imr_->value()) != 0);
  }

  void stop() {
    entropy_ready_.cancel();
    crypto_done_.cancel();
  }
  void reset_state(ResetKind) override {
    stop();
    aes_ = {};
    raised_ = 0;
    draw(false);
    update_irq();
  }
  void snapshot_state(StateArchive& archive) override {
    archive(aes_, raised_);
    random_.snapshot(archive);
    entropy_ready_.snapshot(archive);
    crypto_done_.snapshot(archive);
  }

  Wire& irq_;
  EasyDma dma_;
  Random random_;
  Duration block_time_{};
  RegisterFile::Register* enable_ = nullptr;
  RegisterFile::Register* irr_ = nullptr;
  RegisterFile::Register* imr_ = nullptr;
  RegisterFile::Register* rng_imr_ = nullptr;
  RegisterFile::Register* rng_isr_ = nullptr;
  RegisterFile::Register* valid_ = nullptr;
  std::array<RegisterFile::Register*, kEhrWords> ehr_{};
  RegisterFile::Register* noise_ = nullptr;
  RegisterFile::Register* sample_cnt_ = nullptr;
  RegisterFile::Register* remaining_ = nullptr;
  RegisterFile::Register* control_ = nullptr;
  RegisterFile::Register* flow_ = nullptr;
  RegisterFile::Register* src_ = nullptr;
  RegisterFile::Register* dst_ = nullptr;
  RegisterFile::Register* dst_size_ = nullptr;
  AesModes aes_;
  std::uint32_t raised_ = 0;
  Event entropy_ready_;
  Event crypto_done_;
};

const PeripheralType kType("nordic.cryptocell", [](PeripheralContext& context) {
  return std::make_unique<CryptoCell>(context);
});

}  // namespace
}  // namespace tinyscope::nordic
