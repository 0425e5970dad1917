#include "cores/engine/double_precision.hpp"

#include <array>
#include <bit>
#include <cfenv>
#include <cmath>
#include <limits>
#include <optional>

namespace tinyscope {
namespace {

constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
constexpr std::uint64_t kExponent = std::uint64_t{0x7FF} << 52;
constexpr std::uint64_t kFraction = (std::uint64_t{1} << 52) - 1;
constexpr std::uint64_t kQuiet = std::uint64_t{1} << 51;
constexpr std::uint64_t kDefaultNan = kExponent | kQuiet;

// FPSCR (Arm DDI 0403E, A2.5.3).
constexpr std::uint32_t kIoc = 1u << 0, kDzc = 1u << 1, kOfc = 1u << 2, kUfc = 1u << 3,
                        kIxc = 1u << 4, kIdc = 1u << 7, kFz = 1u << 24, kDn = 1u << 25;
constexpr std::uint32_t kEqual = 6u << 28, kLess = 8u << 28, kGreater = 2u << 28,
                        kUnordered = 3u << 28;

enum class Rounding { kNearest, kUp, kDown, kToZero, kTiesAway };

constexpr std::uint32_t bits(std::uint32_t word, unsigned high, unsigned low) {
  return word >> low & ((1u << (high - low + 1)) - 1);
}
constexpr bool bit(std::uint32_t word, unsigned at) { return (word >> at & 1u) != 0; }

bool is_nan(std::uint64_t x) { return (x & ~kSign) > kExponent; }
bool is_signalling(std::uint64_t x) { return is_nan(x) && (x & kQuiet) == 0; }
bool is_denormal(std::uint64_t x) { return (x & kExponent) == 0 && (x & kFraction) != 0; }

// The host's rounding mode and exceptions for the length of one operation.
class HostFloat {
 public:
  explicit HostFloat(Rounding rounding) {
    std::feholdexcept(&before_);
    constexpr std::array<int, 5> kModes = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO,
                                           FE_TONEAREST};
    std::fesetround(kModes[static_cast<std::size_t>(rounding)]);
  }
  ~HostFloat() { std::fesetenv(&before_); }
  HostFloat(const HostFloat&) = delete;
  HostFloat& operator=(const HostFloat&) = delete;

  static std::uint32_t exceptions() {
    const int raised = std::fetestexcept(FE_ALL_EXCEPT);
    return ((raised & FE_INVALID) != 0 ? kIoc : 0) | ((raised & FE_DIVBYZERO) != 0 ? kDzc : 0) |
           ((raised & FE_OVERFLOW) != 0 ? kOfc : 0) | ((raised & FE_UNDERFLOW) != 0 ? kUfc : 0) |
           ((raised & FE_INEXACT) != 0 ? kIxc : 0);
  }

 private:
  std::fenv_t before_{};
};

class DoubleUnit {
 public:
  DoubleUnit(ExecutionEngine& engine, std::uint32_t word)
      : engine_(engine), word_(word), fpscr_(engine.read(CoreRegister::kFpscr)) {}

  bool execute() {
    const bool done = bit(word_, 28) ? execute_v5() : execute_arithmetic();
    if (done) engine_.write(CoreRegister::kFpscr, fpscr_);
    return done;
  }

 private:
  unsigned d() const { return bits(word_, 15, 12); }
  unsigned n() const { return bits(word_, 19, 16); }
  unsigned m() const { return bits(word_, 3, 0); }
  // Numbers of single registers in the same fields.
  unsigned single_d() const { return bits(word_, 15, 12) << 1 | bits(word_, 22, 22); }
  unsigned single_m() const { return bits(word_, 3, 0) << 1 | bits(word_, 5, 5); }

  std::uint64_t get(unsigned number) const {
    return engine_.read(float_register(2 * number)) |
           std::uint64_t{engine_.read(float_register(2 * number + 1))} << 32;
  }
  void put(unsigned number, std::uint64_t value) {
    engine_.write(float_register(2 * number), static_cast<std::uint32_t>(value));
    engine_.write(float_register(2 * number + 1), static_cast<std::uint32_t>(value >> 32));
  }

  Rounding rounding() const { return static_cast<Rounding>(bits(fpscr_, 23, 22)); }

  // An operand with denormals flushed if FPSCR says so.
  std::uint64_t operand(std::uint64_t x) {
    if ((fpscr_ & kFz) == 0 || !is_denormal(x)) return x;
    fpscr_ |= kIdc;
    return x & kSign;
  }

  // The NaN that an operation on these results in; none: there is none among them.
  template <std::size_t Count>
  std::optional<std::uint64_t> nan_of(const std::array<std::uint64_t, Count>& operands) {
    const auto result = [&](std::uint64_t nan) {
      return (fpscr_ & kDn) != 0 ? kDefaultNan : nan | kQuiet;
    };
    for (const std::uint64_t x : operands) {
      if (!is_signalling(x)) continue;
      fpscr_ |= kIoc;
      return result(x);
    }
    for (const std::uint64_t x : operands) {
      if (is_nan(x)) return result(x);
    }
    return std::nullopt;
  }

  // What the host makes of it, with the exceptions that it raises.
  template <class Operation>
  std::uint64_t compute(Operation operation) {
    std::uint32_t raised = 0;
    std::uint64_t result = 0;
    {
      const HostFloat host(rounding());
      const volatile double value = operation();
      raised = HostFloat::exceptions();
      result = std::bit_cast<std::uint64_t>(static_cast<double>(value));
    }
    if (is_nan(result)) result = kDefaultNan;
    if ((fpscr_ & kFz) != 0 && is_denormal(result)) {
      result &= kSign;
      raised = kUfc;
    }
    fpscr_ |= raised;
    return result;
  }

  template <class Operation>
  std::uint64_t of_two(std::uint64_t a, std::uint64_t b, Operation operation) {
    a = operand(a);
    b = operand(b);
    if (const auto nan = nan_of(std::array{a, b})) return *nan;
    const volatile double x = std::bit_cast<double>(a);
    const volatile double y = std::bit_cast<double>(b);
    return compute([&] { return operation(x, y); });
  }
  std::uint64_t add(std::uint64_t a, std::uint64_t b) {
    return of_two(a, b, [](double x, double y) { return x + y; });
  }
  std::uint64_t multiply(std::uint64_t a, std::uint64_t b) {
    return of_two(a, b, [](double x, double y) { return x * y; });
  }

  std::uint64_t multiply_add(std::uint64_t addend, std::uint64_t a, std::uint64_t b) {
    addend = operand(addend);
    a = operand(a);
    b = operand(b);
    const auto is_infinite = [](std::uint64_t x) { return (x & ~kSign) == kExponent; };
    const auto is_zero = [](std::uint64_t x) { return (x & ~kSign) == 0; };
    const bool undefined = (is_infinite(a) && is_zero(b)) || (is_zero(a) && is_infinite(b));
    if (undefined && is_nan(addend) && !is_signalling(addend)) {
      fpscr_ |= kIoc;
      return kDefaultNan;
    }
    if (const auto nan = nan_of(std::array{addend, a, b})) return *nan;
    const volatile double x = std::bit_cast<double>(a);
    const volatile double y = std::bit_cast<double>(b);
    const volatile double z = std::bit_cast<double>(addend);
    return compute([&] { return std::fma(x, y, z); });
  }

  static double round(double value, Rounding how) {
    const HostFloat host(how);
    const volatile double x = value;
    const volatile double whole = how == Rounding::kTiesAway ? std::round(x) : std::nearbyint(x);
    return whole;
  }

  std::uint64_t to_integral(std::uint64_t a, Rounding how, bool exact) {
    a = operand(a);
    if (const auto nan = nan_of(std::array{a})) return *nan;
    const double value = std::bit_cast<double>(a);
    const double result = round(value, how);
    if (exact && result != value) fpscr_ |= kIxc;
    return std::bit_cast<std::uint64_t>(result) | (a & kSign);
  }

  // To an integer of `width` bits with `fraction` of them behind the point, saturated.
  std::uint32_t to_fixed(std::uint64_t a, unsigned width, bool is_signed, unsigned fraction,
                         Rounding how) {
    a = operand(a);
    if (is_nan(a)) {
      fpscr_ |= kIoc;
      return 0;
    }
    const double value = std::ldexp(std::bit_cast<double>(a), static_cast<int>(fraction));
    const double whole = round(value, how);
    const double low = is_signed ? -std::ldexp(1.0, static_cast<int>(width) - 1) : 0.0;
    const double high = std::ldexp(1.0, static_cast<int>(width) - (is_signed ? 1 : 0)) - 1.0;
    if (whole < low || whole > high) {
      fpscr_ |= kIoc;
      return static_cast<std::uint32_t>(static_cast<std::int64_t>(whole < low ? low : high));
    }
    if (whole != value) fpscr_ |= kIxc;
    return static_cast<std::uint32_t>(static_cast<std::int64_t>(whole));
  }

  void compare(std::uint64_t a, std::uint64_t b, bool quiet_nans_too) {
    a = operand(a);
    b = operand(b);
    std::uint32_t flags = kUnordered;
    if (is_nan(a) || is_nan(b)) {
      if (quiet_nans_too || is_signalling(a) || is_signalling(b)) fpscr_ |= kIoc;
    } else {
      const double x = std::bit_cast<double>(a);
      const double y = std::bit_cast<double>(b);
      flags = x == y ? kEqual : x < y ? kLess : kGreater;
    }
    fpscr_ = (fpscr_ & 0x0FFF'FFFFu) | flags;
  }

  std::uint64_t larger_or_smaller(std::uint64_t a, std::uint64_t b, bool smaller) {
    a = operand(a);
    b = operand(b);
    const bool one_quiet = is_nan(a) != is_nan(b) && !is_signalling(a) && !is_signalling(b);
    if (one_quiet) return is_nan(a) ? b : a;
    if (const auto nan = nan_of(std::array{a, b})) return *nan;
    const double x = std::bit_cast<double>(a);
    const double y = std::bit_cast<double>(b);
    if (x == y) return smaller ? a | b : a & b;  // zeros of either sign
    return (x < y) == smaller ? a : b;
  }

  bool execute_arithmetic() {
    const bool variant = bit(word_, 6);
    const auto negated_if = [](std::uint64_t x, bool negate) { return negate ? x ^ kSign : x; };
    switch (bits(word_, 23, 23) << 2 | bits(word_, 21, 20)) {
      case 0:    // VMLA, VMLS
      case 1: {  // VNMLS, VNMLA
        const bool negated = bit(word_, 20);
        const std::uint64_t product = multiply(get(n()), get(m()));
        put(d(), add(negated_if(get(d()), negated), negated_if(product, variant)));
        return true;
      }
      case 2: put(d(), negated_if(multiply(get(n()), get(m())), variant)); return true;
      case 3: put(d(), add(get(n()), subtrahend(variant))); return true;
      case 4:
        if (variant) return false;
        put(d(), of_two(get(n()), get(m()), [](double x, double y) { return x / y; }));
        return true;
      case 5:  // VFNMS, VFNMA
      case 6:  // VFMA, VFMS
        put(d(), multiply_add(negated_if(get(d()), bit(word_, 20)), negated_if(get(n()), variant),
                              get(m())));
        return true;
      default:
        if (variant) return execute_other();
        put(d(), immediate());
        return true;
    }
  }

  // NaNs keep their sign in a subtraction.
  std::uint64_t subtrahend(bool negate) const {
    const std::uint64_t x = get(m());
    return negate && !is_nan(x) ? x ^ kSign : x;
  }

  // VFPExpandImm() (A6.4.1).
  std::uint64_t immediate() const {
    const std::uint64_t imm = bits(word_, 19, 16) << 4 | bits(word_, 3, 0);
    const bool low_exponent = (imm & 0x40u) != 0;
    return (imm & 0x80u) << 56 |
           (low_exponent ? std::uint64_t{0x3FC} : std::uint64_t{0x400}) << 52 | (imm & 0x3Fu) << 48;
  }

  bool execute_other() {
    const bool top = bit(word_, 7);
    switch (bits(word_, 19, 16)) {
      case 0x0: put(d(), top ? get(m()) & ~kSign : get(m())); return true;
      case 0x1:
        if (top) {
          square_root();
        } else {
          put(d(), get(m()) ^ kSign);
        }
        return true;
      case 0x4: compare(get(d()), get(m()), top); return true;
      case 0x5: compare(get(d()), 0, top); return true;
      case 0x6:
        put(d(), to_integral(get(m()), top ? Rounding::kToZero : rounding(), false));
        return true;
      case 0x7:
        if (!top) {
          put(d(), to_integral(get(m()), rounding(), true));
        } else if (bits(word_, 11, 8) == 0xB) {
          narrow();
        } else {
          widen();
        }
        return true;
      case 0x8: {
        const std::uint32_t integer = engine_.read(float_register(single_m()));
        const double value = top ? static_cast<double>(static_cast<std::int32_t>(integer))
                                 : static_cast<double>(integer);
        put(d(), std::bit_cast<std::uint64_t>(value));
        return true;
      }
      case 0xA:
      case 0xB:
      case 0xE:
      case 0xF: convert_fixed(); return true;
      case 0xC:
      case 0xD:
        engine_.write(float_register(single_d()), to_fixed(get(m()), 32, bit(word_, 16), 0,
                                                           top ? Rounding::kToZero : rounding()));
        return true;
      default: return false;  // half precision
    }
  }

  void square_root() {
    const std::uint64_t a = operand(get(m()));
    if (const auto nan = nan_of(std::array{a})) {
      put(d(), *nan);
      return;
    }
    const volatile double x = std::bit_cast<double>(a);
    put(d(), compute([&] { return std::sqrt(x); }));
  }

  void convert_fixed() {
    const unsigned width = bit(word_, 7) ? 32 : 16;
    const unsigned whole_bits = bits(word_, 3, 0) << 1 | bits(word_, 5, 5);
    const unsigned fraction = whole_bits > width ? 0 : width - whole_bits;
    const bool is_signed = !bit(word_, 16);
    if (bit(word_, 18)) {
      const std::uint32_t fixed = to_fixed(get(d()), width, is_signed, fraction, Rounding::kToZero);
      const auto extended = static_cast<std::int32_t>(fixed);
      put(d(), is_signed ? static_cast<std::uint64_t>(std::int64_t{extended}) : fixed);
      return;
    }
    std::int64_t value = static_cast<std::int64_t>(get(d()) & 0xFFFF'FFFFu);
    if (width == 16) value &= 0xFFFF;
    if (is_signed && (value >> (width - 1) & 1) != 0) value -= std::int64_t{1} << width;
    put(d(), std::bit_cast<std::uint64_t>(
                 std::ldexp(static_cast<double>(value), -static_cast<int>(fraction))));
  }

  // To single precision.
  void narrow() {
    const std::uint64_t a = operand(get(m()));
    std::uint32_t result = 0;
    if (is_nan(a)) {
      if (is_signalling(a)) fpscr_ |= kIoc;
      const auto payload = static_cast<std::uint32_t>((a & kFraction) >> 29);
      const std::uint32_t sign = (a & kSign) != 0 ? 1u << 31 : 0u;
      result = (fpscr_ & kDn) != 0 ? 0x7FC0'0000u : sign | 0x7FC0'0000u | payload;
    } else {
      const HostFloat host(rounding());
      const volatile double x = std::bit_cast<double>(a);
      const volatile float value = static_cast<float>(x);
      std::uint32_t raised = HostFloat::exceptions();
      result = std::bit_cast<std::uint32_t>(static_cast<float>(value));
      const bool denormal = (result & 0x7F80'0000u) == 0 && (result & 0x7F'FFFFu) != 0;
      if ((fpscr_ & kFz) != 0 && denormal) {
        result &= 1u << 31;
        raised = kUfc;
      }
      fpscr_ |= raised;
    }
    engine_.write(float_register(single_d()), result);
  }

  // From single precision.
  void widen() {
    std::uint32_t a = engine_.read(float_register(single_m()));
    const std::uint64_t sign = std::uint64_t{a >> 31} << 63;
    if ((fpscr_ & kFz) != 0 && (a & 0x7F80'0000u) == 0 && (a & 0x7F'FFFFu) != 0) {
      fpscr_ |= kIdc;
      a &= 1u << 31;
    }
    if ((a & 0x7FFF'FFFFu) > 0x7F80'0000u) {
      if ((a & 0x40'0000u) == 0) fpscr_ |= kIoc;
      const std::uint64_t payload = std::uint64_t{a & 0x7F'FFFFu} << 29;
      put(d(), (fpscr_ & kDn) != 0 ? kDefaultNan : sign | kDefaultNan | payload);
      return;
    }
    put(d(), std::bit_cast<std::uint64_t>(double{std::bit_cast<float>(a)}));
  }

  bool execute_v5() {
    constexpr std::array<Rounding, 4> kDirected = {Rounding::kTiesAway, Rounding::kNearest,
                                                   Rounding::kUp, Rounding::kDown};
    const Rounding directed = kDirected[bits(word_, 17, 16)];
    if (!bit(word_, 23)) {
      put(d(), selects_first() ? get(n()) : get(m()));
    } else if (bits(word_, 21, 20) == 0) {
      put(d(), larger_or_smaller(get(n()), get(m()), bit(word_, 6)));
    } else if (bits(word_, 21, 18) == 14) {
      put(d(), to_integral(get(m()), directed, false));
    } else {
      engine_.write(float_register(single_d()), to_fixed(get(m()), 32, bit(word_, 7), 0, directed));
    }
    return true;
  }

  // Condition of VSEL: EQ, VS, GE or GT of APSR.
  bool selects_first() const {
    const std::uint32_t flags = engine_.read(CoreRegister::kXpsr);
    const bool negative = bit(flags, 31), zero = bit(flags, 30), overflow = bit(flags, 28);
    switch (bits(word_, 21, 20)) {
      case 0: return zero;
      case 1: return overflow;
      case 2: return negative == overflow;
      default: return !zero && negative == overflow;
    }
  }

  ExecutionEngine& engine_;
  std::uint32_t word_;
  std::uint32_t fpscr_;
};

}  // namespace

bool execute_double(ExecutionEngine& engine, std::uint32_t word) {
  return DoubleUnit(engine, word).execute();
}

}  // namespace tinyscope
