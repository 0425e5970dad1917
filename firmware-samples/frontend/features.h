/* Audio features in fixed point: 16 kHz mono in, log mel energies out.

   For each frame: Hann window of 480 samples (30 ms), zero padded to 512; FFT; energy in ten
   triangular mel bands between 125 Hz and 7.5 kHz; base 2 logarithm; int8 with six steps to the
   octave of energy (0.5 dB). Frames are 320 samples (20 ms) apart. */
#ifndef FRONTEND_FEATURES_H_
#define FRONTEND_FEATURES_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  kFeatureWindowSamples = 480,
  kFeatureStrideSamples = 320,
  kFeatureFrames = 49,
  kFeatureBands = 10,
  kFeatureAudioSamples = 16000,
};

/* One frame: `samples` holds 480 samples. */
void frontend_frame(const int16_t* samples, int8_t bands[kFeatureBands]);

/* One second: 16000 samples to 49 x 10 features, row by row. */
void frontend_features(const int16_t* samples, int8_t* features);

#ifdef __cplusplus
}
#endif

#endif
