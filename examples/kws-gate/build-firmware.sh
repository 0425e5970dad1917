#!/bin/sh
# Where your build stands. Here firmware that was built before is taken, with a recording for it.
set -eu
samples="${SAMPLES:-$(dirname "$0")/../../firmware-samples}"
mkdir -p build
cp "$samples/kws/prebuilt/kws-dsp.elf" build/kws.elf
cp "$samples/kws/audio/yes.wav" build/yes.wav
