"""What is tuned and tested on: $VAD_WORK/material/<tune|test>/<stream>/ with
<condition>.s16 (8 kHz mono) and labels.npy (10 ms: 1 speech, 0 not, -1
unclear). Streams: prompts (connected speech), digits (single words), alone
(no speech). Noises are recordings from packages the training never saw."""
import functools
import pathlib
import re
import subprocess

import numpy as np

import channels
import labels
import sources
import voices
from paths import DIGITS, WORK

ROOT = WORK / 'material'
GAPS = {'prompts': (.3, 3), 'digits': (.6, 2.5)}            # s between clips
CODECS = {'opus12': lambda x: channels.opus(x, 12000),
          'gsm': lambda x: channels.gsm(channels.bandpass(x))}


def _clip(x):
    """Faded, padded, labelled, at -26 dBFS."""
    if x is None or len(x) < 1600:
        return None
    x = x - x.mean()
    x[:40] *= np.linspace(0, 1, 40)
    x[-40:] *= np.linspace(1, 0, 40)
    x = np.pad(x, 800)
    label = labels.label_evaluate(x)
    if label is None:
        return None
    gain = 10 ** (-26 / 20) / np.sqrt(_power(x[:len(label) * 80], label))
    return (x[:len(label) * 80] * gain).astype(np.float32), label


def _power(x, label):
    return (x.reshape(-1, 80)[label == 1] ** 2).mean()


def _clips(paths):
    return list(filter(None, (_clip(sources.load(str(p))) for p in paths)))


def _digits(split):
    out = {}
    for speaker in sources.DIGITS[split] if DIGITS else ():
        paths = sorted(pathlib.Path(DIGITS).glob(f'*_{speaker}_*.wav'))
        out[speaker] = _clips(p for p in paths if int(
            re.search(r'_(\d+)$', p.stem)[1]) < 12)
    return out


def _stream(groups, minutes, r, gap):
    """Clips in random order with pauses -> samples, labels."""
    clips = []
    for group in groups.values():
        group = list(group)
        r.shuffle(group)
        clips += group
    r.shuffle(clips)
    x, label, n = [np.zeros(8000, np.float32)], [np.zeros(100, np.int8)], 0
    for y, l in clips:
        if n > minutes * 480000:
            break
        k = int(r.uniform(*gap) * 100)
        x += [y * 10 ** (r.uniform(-6, 6) / 20), np.zeros(k * 80, np.float32)]
        label += [l, np.zeros(k, np.int8)]
        n += len(y) + k * 80
    return np.concatenate(x), np.concatenate(label)


def _looped(recordings, n, r, gap):
    """One after the other at similar loudness, with random pauses."""
    x, at = np.zeros(n, np.float32), 0
    while at < n:
        y = recordings[r.integers(len(recordings))]
        y = (y * 10 ** (-labels.active_level(y) / 20))[:n - at]
        x[at:at + len(y)] += y * 10 ** (r.uniform(-6, 3) / 20)
        at += int(len(y) + r.uniform(0, gap) * 8000)
    return x


def _babble(groups, n, r, count=6):
    x = np.zeros(n, np.float32)
    for clips in (list(groups.values()) * count)[:count]:
        at, speed = 0, r.uniform(.88, 1.14)
        while at < n:
            y, label = clips[r.integers(len(clips))]
            y = y[np.repeat(label == 1, 80)]
            y = np.interp(np.arange(0, len(y) - 1, speed), np.arange(len(y)),
                          y)[:n - at]
            x[at:at + len(y)] += y
            at += len(y) + int(r.uniform(.02, .3) * 8000)
    return x


@functools.cache
def _tone(seconds, *hertz):
    tones = [word for f in hertz for word in ('sine', str(f))]
    raw = subprocess.run(
        ['sox', '-n', '-r', '8000', '-c', '1', '-t', 'raw', '-e', 'float',
         '-b', '32', '-', 'synth', str(seconds), *tones, 'remix', '-'],
        capture_output=True, check=True).stdout
    return np.frombuffer(raw, '<f4')


def _tones(n, r):
    """DTMF digits, ring back and busy of Europe and of North America."""
    dtmf = [(_tone(.1, low, high), .1) for low in (697, 770, 852, 941)
            for high in (1209, 1336, 1477)]
    cadences = [(_tone(1, 425), 4), (_tone(.5, 425), .5),
                (_tone(2, 440, 480), 4), (_tone(.5, 480, 620), .5)]
    x, at = np.zeros(n, np.float32), 0
    while at < n:
        if r.random() < .6:
            todo = [dtmf[r.integers(len(dtmf))]
                    for _ in range(r.integers(3, 11))]
        else:
            todo = [cadences[r.integers(4)]] * int(r.integers(1, 6))
        for y, off in todo:
            y = y[:max(0, n - at)]
            x[at:at + len(y)] += y
            at += len(y) + int(off * 8000)
        at += int(r.uniform(.3, 1.5) * 8000)
    return x


def agent_voice(n, r):
    """A synthetic voice with short pauses, at 0 dBFS active level."""
    out, k = [], 0
    while k < n:
        y = voices.flite('slt', voices.sentence(r))
        out += [y, np.zeros(int(r.uniform(.2, 1) * 8000), np.float32)]
        k += len(out[-1]) + len(y)
    x = np.concatenate(out)[:n]
    return x * 10 ** (-labels.active_level(x) / 20)


class _Split:
    def __init__(self, split, seed):
        self.split, self.r = split, np.random.default_rng(seed)
        self.small = split == 'tune'
        self.groups = {
            'prompts': {name: _clips(sources.files(*entry)) for name, entry
                        in sources.SPEECH[split].items()},
            'digits': _digits(split),
        }
        self.effects = sources.sounds(sources.EFFECTS[split], 15)
        self.music = sources.sounds(sources.MUSIC[split], 60)

    def _save(self, stream, condition, x):
        folder = ROOT / self.split / stream
        folder.mkdir(parents=True, exist_ok=True)
        channels.to_pcm(x).tofile(folder / f'{condition}.s16')

    def _save_labels(self, stream, label):
        folder = ROOT / self.split / stream
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / 'labels.npy', label)

    def _noises(self, n):
        r = self.r
        everyone = {**self.groups['prompts'], **self.groups['digits']}
        noises = {'sfx': _looped(self.effects, n, r, 1.2),
                  'music': _looped(self.music, n, r, .5),
                  'babble': _babble(everyone, n, r), 'tones': _tones(n, r),
                  'white': r.standard_normal(n).astype(np.float32)}
        if not self.small:                      # wind, rain, river, fire, birds
            long = [s for s in self.effects if len(s) > 8 * 8000]
            noises['ambience'] = _looped(long, n, r, 0)
        return noises

    def _noisy(self, stream, x, kind, z, reference):
        z = z * 10 ** (-labels.active_level(z) / 20)
        for snr in (20, 10) if kind == 'tones' else (
                (20, 10, 5) if self.small else (20, 10, 5, 0)):
            y = x + z * 10 ** ((reference - snr) / 20)
            self._save(stream, f'{kind}{snr}',
                       channels.ulaw(channels.bandpass(y)) if snr == 10 else y)
            if snr == 10 and kind in ('sfx', 'ambience') and not self.small:
                for codec, function in CODECS.items():
                    self._save(stream, f'{kind}10-{codec}', function(y))

    def _echo(self, stream, x, reference):
        """The agent's voice, late and band-limited, under the caller."""
        agent = agent_voice(len(x), self.r)
        for db in (20, 25, 30):
            e = np.roll(agent, int(self.r.uniform(.1, .6) * 8000))
            e = channels.bandpass(e) * .8 + .4 * np.roll(e, 160) * .5
            self._save(stream, f'echo{db}', channels.ulaw(
                x + e * 10 ** ((reference - db) / 20)))

    def speech(self, stream):
        r = self.r
        x, label = _stream(self.groups[stream], 9 if self.small else 13, r,
                           GAPS[stream])
        reference = 10 * np.log10(_power(x, label))
        self._save_labels(stream, label)
        floor = r.standard_normal(len(x)).astype(np.float32) * 10 ** (-72 / 20)
        self._save(stream, 'clean', x + floor)
        self._save(stream, 'clean-ulaw',
                   channels.ulaw(channels.bandpass(x + floor)))
        self._save(stream, 'quiet', x * 10 ** (-16 / 20) + floor)
        for kind, z in self._noises(len(x)).items():
            self._noisy(stream, x + floor, kind, z, reference)
        if stream == 'prompts' or not self.small:
            self._echo(stream, x + floor, reference)

    def alone(self, minutes=5):
        """Nothing but noise, at -26 dBFS, and the agent's voice at -46."""
        r, n = self.r, minutes * 480000
        self._save_labels('alone', np.zeros(n // 80, np.int8))
        for kind, z in {'sfx': _looped(self.effects, n, r, 1.5),
                        'music': _looped(self.music, n, r, .5),
                        'tones': _tones(n, r),
                        'white': r.standard_normal(n)}.items():
            gain = 10 ** ((-26 - labels.active_level(z)) / 20)
            self._save('alone', kind, channels.ulaw(z * gain))
        self._save('alone', 'echo-46', channels.ulaw(
            agent_voice(n, r) * 10 ** (-46 / 20)
            + r.standard_normal(n) * 10 ** (-72 / 20)))


def build():
    done = ROOT / ('done-with-digits' if DIGITS else 'done')
    if done.exists():
        return
    for split, seed in (('tune', 301), ('test', 302)):
        made = _Split(split, seed)
        for stream in ('prompts', 'digits') if DIGITS else ('prompts',):
            made.speech(stream)
        made.alone()
    done.touch()


def streams(split):
    return [s for s in ('prompts', 'digits', 'alone')
            if (ROOT / split / s).exists() and (s != 'digits' or DIGITS)]


def conditions(split, stream):
    return sorted(f.stem for f in (ROOT / split / stream).glob('*.s16'))


def pcm(split, stream, condition, minutes=None):
    path = ROOT / split / stream / f'{condition}.s16'
    return np.fromfile(path, '<i2')[:minutes and int(minutes * 480000)]


def truth(split, stream, minutes=None):
    """Labels, and the utterances as [start ms, end ms] of certain speech."""
    label = np.load(ROOT / split / stream / 'labels.npy')
    label = label[:minutes and int(minutes * 6000)]
    index = np.flatnonzero(label == 1)
    if not len(index):
        return label, np.zeros((0, 2))
    runs = np.split(index, np.flatnonzero(np.diff(index) > 40) + 1)
    return label, np.array([(run[0] * 10., run[-1] * 10. + 10)
                            for run in runs])
