/* The DSP instructions of Armv7E-M that the kernels use, one inline function each, named after
   the instruction; suffix _ror8: with the second operand rotated right by 8 bits first.
   Armv7-M Architecture Reference Manual (DDI 0403), chapter A7. On other machines the same
   functions are portable C with the same result, so that the kernels are tested on the host. */
#ifndef MLRT_DSP_INSTRUCTIONS_H_
#define MLRT_DSP_INSTRUCTIONS_H_

#include <stdint.h>
#include <string.h>

/* Four bytes from anywhere: LDR does unaligned addresses, and memcpy tells the compiler. */
static inline uint32_t load4(const void* from) {
  uint32_t word;
  memcpy(&word, from, sizeof word);
  return word;
}

static inline void store4(void* to, uint32_t word) { memcpy(to, &word, sizeof word); }

#if defined(__ARM_FEATURE_DSP)

static inline uint32_t sxtb16(uint32_t a) {
  uint32_t result;
  __asm("sxtb16 %0, %1" : "=r"(result) : "r"(a));
  return result;
}

static inline uint32_t sxtb16_ror8(uint32_t a) {
  uint32_t result;
  __asm("sxtb16 %0, %1, ror #8" : "=r"(result) : "r"(a));
  return result;
}

static inline uint32_t sxtab16(uint32_t a, uint32_t b) {
  uint32_t result;
  __asm("sxtab16 %0, %1, %2" : "=r"(result) : "r"(a), "r"(b));
  return result;
}

static inline uint32_t sxtab16_ror8(uint32_t a, uint32_t b) {
  uint32_t result;
  __asm("sxtab16 %0, %1, %2, ror #8" : "=r"(result) : "r"(a), "r"(b));
  return result;
}

static inline int32_t smlad(uint32_t a, uint32_t b, int32_t sum) {
  int32_t result;
  __asm("smlad %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
  return result;
}

static inline int32_t smlabb(uint32_t a, uint32_t b, int32_t sum) {
  int32_t result;
  __asm("smlabb %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
  return result;
}

static inline int32_t smlatt(uint32_t a, uint32_t b, int32_t sum) {
  int32_t result;
  __asm("smlatt %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
  return result;
}

/* The larger of each pair of signed bytes: SSUB8 sets a GE flag for each byte, SEL picks by it. */
static inline uint32_t max_s8x4(uint32_t a, uint32_t b) {
  uint32_t result;
  __asm("ssub8 %0, %1, %2\n\tsel %0, %1, %2" : "=&r"(result) : "r"(a), "r"(b) : "cc");
  return result;
}

#else

static inline int32_t low_half(uint32_t a) { return (int16_t)(a & 0xFFFF); }
static inline int32_t high_half(uint32_t a) { return (int16_t)(a >> 16); }

static inline uint32_t pack_halves(int32_t low, int32_t high) {
  return ((uint32_t)low & 0xFFFF) | ((uint32_t)high << 16);
}

static inline uint32_t rotate_right_8(uint32_t a) { return (a >> 8) | (a << 24); }

static inline uint32_t sxtab16(uint32_t a, uint32_t b) {
  return pack_halves(low_half(a) + (int8_t)(b & 0xFF), high_half(a) + (int8_t)((b >> 16) & 0xFF));
}

static inline uint32_t sxtab16_ror8(uint32_t a, uint32_t b) {
  return sxtab16(a, rotate_right_8(b));
}

static inline uint32_t sxtb16(uint32_t a) { return sxtab16(0, a); }
static inline uint32_t sxtb16_ror8(uint32_t a) { return sxtab16_ror8(0, a); }

/* Sums wrap modulo 2^32 as on the machine. */
static inline int32_t wrapping_sum(int32_t a, int32_t b) {
  return (int32_t)((uint32_t)a + (uint32_t)b);
}

static inline int32_t smlabb(uint32_t a, uint32_t b, int32_t sum) {
  return wrapping_sum(sum, low_half(a) * low_half(b));
}

static inline int32_t smlatt(uint32_t a, uint32_t b, int32_t sum) {
  return wrapping_sum(sum, high_half(a) * high_half(b));
}

static inline int32_t smlad(uint32_t a, uint32_t b, int32_t sum) {
  return smlatt(a, b, smlabb(a, b, sum));
}

static inline uint32_t max_s8x4(uint32_t a, uint32_t b) {
  uint32_t result = 0;
  for (int shift = 0; shift < 32; shift += 8) {
    const int8_t x = (int8_t)((a >> shift) & 0xFF);
    const int8_t y = (int8_t)((b >> shift) & 0xFF);
    result |= (uint32_t)(uint8_t)(x > y ? x : y) << shift;
  }
  return result;
}

#endif

/* The same value in both halves. */
static inline uint32_t both_halves(int32_t value) { return ((uint32_t)value & 0xFFFF) * 0x10001u; }

#endif
