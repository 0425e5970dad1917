"""Phonemes and words of the synthesiser.

Formant frequencies are rounded averages of adult speakers as phonetics textbooks print them
(Peterson and Barney 1952 for the vowels); the noise bands and durations are our own estimates,
good enough to be told apart.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Phoneme:
    formants_hz: tuple  # F1, F2, F3 at the centre of the sound
    milliseconds: float
    voicing: float = 0.0  # level of the voiced source, 0..1
    noise: float = 0.0  # level of the noise source, 0..1
    noise_hz: tuple = (3000.0, 1500.0)  # centre and half width of the noise band
    nasal: bool = False


def _vowel(f1, f2, f3, milliseconds=130):
    return Phoneme((f1, f2, f3), milliseconds, voicing=1.0)


def _stop(noise_hz, formants_hz, aspiration_ms):
    """A closure, then a short burst; voiceless stops are given a longer one."""
    return (
        Phoneme(formants_hz, 55),
        Phoneme(formants_hz, aspiration_ms, noise=0.7, noise_hz=noise_hz),
    )


_P = _stop((900, 900), (400, 1000, 2300), 30)
_T = _stop((4200, 1600), (400, 1800, 2700), 35)
_K = _stop((1900, 700), (400, 1900, 2400), 40)

SOUNDS = {
    "iy": (_vowel(270, 2290, 3010),),
    "ih": (_vowel(390, 1990, 2550, 100),),
    "eh": (_vowel(530, 1840, 2480),),
    "ae": (_vowel(660, 1720, 2410, 150),),
    "aa": (_vowel(730, 1090, 2440, 160),),
    "ao": (_vowel(570, 840, 2410, 160),),
    "ah": (_vowel(640, 1190, 2390, 110),),
    "uh": (_vowel(440, 1020, 2240, 90),),
    "uw": (_vowel(300, 870, 2240, 140),),
    "ow": (_vowel(520, 900, 2350, 110), _vowel(360, 800, 2300, 90)),
    "ay": (_vowel(730, 1120, 2450, 120), _vowel(340, 2150, 2750, 110)),
    "aw": (_vowel(730, 1150, 2440, 120), _vowel(380, 900, 2300, 100)),
    "ey": (_vowel(480, 1950, 2550, 90), _vowel(330, 2200, 2850, 90)),
    "y": (Phoneme((270, 2250, 3000), 60, voicing=0.7),),
    "w": (Phoneme((300, 650, 2150), 70, voicing=0.7),),
    "r": (Phoneme((330, 1100, 1550), 80, voicing=0.75),),
    "l": (Phoneme((340, 1050, 2800), 80, voicing=0.7),),
    "m": (Phoneme((260, 1000, 2200), 80, voicing=0.5, nasal=True),),
    "n": (Phoneme((260, 1500, 2500), 90, voicing=0.5, nasal=True),),
    "s": (Phoneme((350, 1700, 2600), 130, noise=0.55, noise_hz=(5800, 1700)),),
    "sh": (Phoneme((350, 1900, 2500), 130, noise=0.6, noise_hz=(3200, 1100)),),
    "f": (Phoneme((350, 1100, 2400), 110, noise=0.16, noise_hz=(5000, 4000)),),
    "th": (Phoneme((350, 1400, 2600), 100, noise=0.12, noise_hz=(6000, 3000)),),
    "h": (Phoneme((550, 1500, 2500), 60, noise=0.2, noise_hz=(1500, 1500)),),
    "v": (Phoneme((300, 1100, 2300), 70, voicing=0.4, noise=0.08, noise_hz=(5000, 4000)),),
    "z": (Phoneme((300, 1700, 2600), 90, voicing=0.35, noise=0.35, noise_hz=(5500, 1600)),),
    "p": _P,
    "t": _T,
    "k": _K,
    "b": (
        Phoneme((250, 900, 2200), 50, voicing=0.15),
        Phoneme((300, 950, 2250), 12, 0.5, 0.3, (700, 600)),
    ),
    "d": (
        Phoneme((250, 1700, 2600), 50, voicing=0.15),
        Phoneme((300, 1750, 2650), 14, 0.5, 0.4, (3800, 1500)),
    ),
    "g": (
        Phoneme((250, 1700, 2200), 50, voicing=0.15),
        Phoneme((300, 1700, 2200), 18, 0.5, 0.4, (1700, 600)),
    ),
}

KEYWORDS = {
    "yes": "y eh s",
    "no": "n ow",
    "up": "ah p",
    "down": "d aw n",
    "left": "l eh f t",
    "right": "r ay t",
    "on": "aa n",
    "off": "ao f",
    "stop": "s t aa p",
    "go": "g ow",
}

UNKNOWN_WORDS = {
    "bed": "b eh d",
    "bird": "b uh r d",
    "cat": "k ae t",
    "dog": "d ao g",
    "eight": "ey t",
    "five": "f ay v",
    "four": "f ao r",
    "happy": "h ae p iy",
    "house": "h aw s",
    "marvin": "m aa r v ih n",
    "nine": "n ay n",
    "one": "w ah n",
    "seven": "s eh v ih n",
    "sheila": "sh iy l ah",
    "six": "s ih k s",
    "three": "th r iy",
    "tree": "t r iy",
    "two": "t uw",
    "wow": "w aw",
    "zero": "z iy r ow",
}

LABELS = list(KEYWORDS) + ["silence", "unknown"]
