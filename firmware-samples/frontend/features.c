#include "features.h"

#include "fft.h"
#include "tables.h"

enum {
  /* The product of sample and Q15 window keeps three fraction bits: 19 bits with sign. */
  kWindowShift = 12,
  kStepsPerOctave = 6,
  /* Puts digital silence at -128 and speech at full scale near 127. */
  kFeatureOffset = 230,
};

static void window_frame(const int16_t* samples, FftComplex* data) {
  for (int i = 0; i < kFeatureWindowSamples / 2; ++i) {
    data[i].re = (samples[2 * i] * frontend_window[2 * i]) >> kWindowShift;
    data[i].im = (samples[2 * i + 1] * frontend_window[2 * i + 1]) >> kWindowShift;
  }
  for (int i = kFeatureWindowSamples / 2; i < kFftComplexSize; ++i) {
    data[i].re = 0;
    data[i].im = 0;
  }
}

/* By Parseval the energy of all bins together stays below 2^54; with Q8 weights the sum of a band
   fits 64 bits. */
static uint64_t band_energy(const FftComplex* spectrum, int band) {
  const uint16_t* weight = frontend_mel_weights + frontend_mel_start[band];
  const uint16_t* end = frontend_mel_weights + frontend_mel_start[band + 1];
  const FftComplex* bin = spectrum + frontend_mel_first_bin[band];
  uint64_t energy = 0;
  for (; weight != end; ++weight, ++bin) {
    const int64_t power = (int64_t)bin->re * bin->re + (int64_t)bin->im * bin->im;
    energy += (uint64_t)power * *weight;
  }
  return energy;
}

/* log2 in Q8: the exponent from the leading zeros, the mantissa from a table of 32 straight
   pieces. log2(0) counts as 0. */
static int32_t log2_q8(uint64_t value) {
  if (value == 0) return 0;
  const int zeros = __builtin_clzll(value);
  const uint32_t mantissa = (uint32_t)((value << zeros) >> 47) & 0xFFFF;
  const uint32_t segment = mantissa >> 11;
  const uint32_t rest = mantissa & 0x7FF;
  const uint32_t low = frontend_logarithms[segment];
  const uint32_t fraction = low + (((frontend_logarithms[segment + 1] - low) * rest) >> 11);
  return ((63 - zeros) << 8) + (int32_t)(fraction >> 8);
}

void frontend_frame(const int16_t* samples, int8_t bands[kFeatureBands]) {
  FftComplex spectrum[kFftComplexSize];
  window_frame(samples, spectrum);
  fft_real_512(spectrum);
  for (int band = 0; band < kFeatureBands; ++band) {
    const int32_t logarithm = log2_q8(band_energy(spectrum, band));
    const int32_t feature = ((kStepsPerOctave * logarithm + 128) >> 8) - kFeatureOffset;
    bands[band] = (int8_t)(feature < -128 ? -128 : feature > 127 ? 127 : feature);
  }
}

void frontend_features(const int16_t* samples, int8_t* features) {
  for (int frame = 0; frame < kFeatureFrames; ++frame) {
    frontend_frame(samples + frame * kFeatureStrideSamples, features + frame * kFeatureBands);
  }
}
