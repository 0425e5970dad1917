"""A small formant synthesiser: a word and a random speaker in, 16 kHz audio out.

A pulse train and white noise are cut into overlapping frames; each frame is shaped by the
spectral envelope that the phonemes ask for at that time. Everything random comes from the
generator that is passed in, so a seed gives the same audio everywhere.
"""

import numpy as np

from phonemes import KEYWORDS, LABELS, SOUNDS, UNKNOWN_WORDS

RATE_HZ = 16000
CLIP_SAMPLES = 16000
_HOP = 80  # 5 ms
_FRAME = 320
_FFT = 512
_BANDWIDTHS_HZ = np.array([80.0, 110.0, 160.0, 250.0])
_FREQUENCIES_HZ = np.arange(_FFT // 2 + 1) * RATE_HZ / _FFT


def _tracks(word_sounds, rng):
    """One row for each 5 ms: F1 F2 F3 F4, voicing, noise, noise centre, noise width, nasality."""
    tract = rng.uniform(0.87, 1.18)  # scales all formants: vocal tract length
    speed = rng.uniform(0.78, 1.3)
    rows = []
    for sound in word_sounds.split():
        for phoneme in SOUNDS[sound]:
            f1, f2, f3 = (f * tract * rng.normal(1.0, 0.06) for f in phoneme.formants_hz)
            centre, width = phoneme.noise_hz
            row = [f1, f2, f3, 3600 * tract, phoneme.voicing * rng.uniform(0.85, 1.1)]
            row += [phoneme.noise * rng.uniform(0.6, 1.4), centre * rng.uniform(0.9, 1.1), width]
            row += [float(phoneme.nasal)]
            frames = max(2, round(phoneme.milliseconds * speed * rng.uniform(0.8, 1.25) / 5))
            rows += [row] * frames
    edge = rows[0][:4] + [0.0, 0.0] + rows[0][6:]
    tail = rows[-1][:4] + [0.0, 0.0] + rows[-1][6:]
    track = np.array([edge] * 6 + rows + [tail] * 8)
    # The tongue is slow, the glottis faster: formants glide over 45 ms, levels over 15 ms.
    for columns, length in ((slice(0, 4), 9), (slice(4, 6), 3), (slice(8, 9), 5)):
        kernel = np.hanning(length + 2)[1:-1]
        kernel /= kernel.sum()
        for column in range(*columns.indices(track.shape[1])):
            padded = np.pad(track[:, column], length // 2, mode="edge")
            track[:, column] = np.convolve(padded, kernel, mode="valid")
    return track


def _voiced_envelope(track):
    """Product of four resonances, the fall of the glottal source, and a nasal notch."""
    f = _FREQUENCIES_HZ[None, :]
    envelope = 1.0 / (1.0 + (f / 500.0) ** 1.1)
    for k in range(4):
        centre = track[:, k : k + 1]
        ratio = (f / centre) ** 2
        damping = f * _BANDWIDTHS_HZ[k] / centre**2
        envelope = envelope / np.sqrt((1.0 - ratio) ** 2 + damping**2) * (1.0 + 0.6 * ratio)
        envelope = np.minimum(envelope, 30.0)
    nasal = track[:, 8:9]
    return envelope * (1.0 - nasal * 0.75 / (1.0 + ((f - 900.0) / 500.0) ** 2))


def _noise_envelope(track):
    f = _FREQUENCIES_HZ[None, :]
    return np.exp(-(((f - track[:, 6:7]) / track[:, 7:8]) ** 2)) + 0.02


def _shape(source, envelope, level):
    """Overlap-add of frames, each filtered with its own zero-phase envelope."""
    frames = envelope.shape[0]
    window = np.hanning(_FRAME + 1)[:-1]
    margin = (_FFT - _FRAME) // 2
    index = np.arange(frames)[:, None] * _HOP + np.arange(_FRAME)
    padded = np.zeros((frames, _FFT))
    padded[:, margin : margin + _FRAME] = source[index] * window * level[:, None]
    shaped = np.fft.irfft(np.fft.rfft(padded, axis=1) * envelope, axis=1)
    out = np.zeros(frames * _HOP + _FFT)
    for k in range(frames):
        out[k * _HOP : k * _HOP + _FFT] += shaped[k]
    return out


def word(sounds, rng):
    """A word by a random speaker, peak 1.0, without silence around it."""
    track = _tracks(sounds, rng)
    frames = track.shape[0]
    samples = frames * _HOP + _FRAME
    base_hz = np.exp(rng.uniform(np.log(85), np.log(260)))
    time = np.linspace(0, 1, samples)
    fall = rng.uniform(-0.25, 0.1)
    melody = 1.0 + fall * time + 0.06 * np.sin(2 * np.pi * (time + rng.uniform()))
    wander = rng.normal(size=samples).cumsum() / np.sqrt(samples)
    pitch_hz = base_hz * melody * (1.0 + 0.01 * wander)
    pulses = np.diff(np.floor(np.cumsum(pitch_hz / RATE_HZ)), prepend=0.0)
    pulses = pulses / np.sqrt(base_hz / 120.0) + 0.015 * rng.normal(size=samples)
    voiced = _shape(pulses, _voiced_envelope(track), track[:, 4])
    noise = _shape(0.25 * rng.normal(size=samples), _noise_envelope(track), track[:, 5])
    voiced_peak = np.abs(voiced).max()
    if voiced_peak > 0:
        voiced = voiced / voiced_peak
    audio = voiced + noise
    return audio / np.abs(audio).max()


def background(samples, rng):
    """Coloured noise, sometimes with mains hum; rms 1."""
    spectrum = np.fft.rfft(rng.normal(size=samples))
    f = np.fft.rfftfreq(samples, 1.0 / RATE_HZ)
    spectrum *= 1.0 / (1.0 + f / 100.0) ** rng.uniform(0.0, 1.2)
    noise = np.fft.irfft(spectrum, samples)
    noise /= np.sqrt(np.mean(noise**2)) + 1e-12
    if rng.uniform() < 0.2:
        hum = np.sin(2 * np.pi * rng.choice([50.0, 60.0]) * np.arange(samples) / RATE_HZ)
        noise = noise + rng.uniform(0.2, 1.0) * hum
    return noise


def to_int16(audio):
    return np.clip(np.round(audio), -32768, 32767).astype(np.int16)


def _noise_level(rng):
    """rms in int16 steps; now and then no noise at all."""
    return 0.0 if rng.uniform() < 0.08 else np.exp(rng.uniform(np.log(1.0), np.log(700.0)))


def place(spoken, rng):
    """A one-second clip with the word somewhere inside it, noise around it."""
    peak = np.exp(rng.uniform(np.log(1500), np.log(28000)))
    length = min(len(spoken), CLIP_SAMPLES)
    start = rng.integers(0, CLIP_SAMPLES - length + 1)
    clip = _noise_level(rng) * background(CLIP_SAMPLES, rng)
    clip[start : start + length] += peak * spoken[:length]
    clip += rng.uniform(-60, 60)  # microphones have an offset
    return to_int16(clip)


def silence(rng):
    level = 0.0 if rng.uniform() < 0.1 else np.exp(rng.uniform(np.log(0.5), np.log(1500.0)))
    return to_int16(level * background(CLIP_SAMPLES, rng) + rng.uniform(-60, 60))


def clip(label, rng):
    if label == "silence":
        return silence(rng)
    if label == "unknown":
        name = rng.choice(sorted(UNKNOWN_WORDS))
        return place(word(UNKNOWN_WORDS[name], rng), rng)
    return place(word(KEYWORDS[label], rng), rng)


def clips(count_of_label, seed):
    """Clips of all labels: int16 [n, 16000] and label numbers [n]."""
    rng = np.random.default_rng(seed)
    audio, numbers = [], []
    for number, label in enumerate(LABELS):
        for _ in range(count_of_label[label]):
            audio.append(clip(label, rng))
            numbers.append(number)
    return np.stack(audio), np.array(numbers)
