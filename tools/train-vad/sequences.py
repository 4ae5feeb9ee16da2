"""Augmented sequences of 8 s to train on: log-mel features and labels."""
import numpy as np
from scipy.signal import fftconvolve, lfilter, resample_poly

import bank
import channels
import labels
from features import features
from paths import WORK

SECONDS = 8
N = SECONDS * 8000
REFERENCE = 10 ** (-26 / 20)                    # the level of the bank's clips
DTMF_LOW, DTMF_HIGH = (697, 770, 852, 941), (1209, 1336, 1477, 1633)


def warp_formants(x, ratio):
    """Moves the spectral envelope by `ratio` and keeps the pitch (cepstral
    envelope, overlap-add)."""
    n, hop = 256, 128
    window = np.sqrt(np.hanning(n + 1)[:n]).astype(np.float32)
    x = np.pad(x, (n, n + (-len(x)) % hop))
    frames = np.lib.stride_tricks.sliding_window_view(x, n)[::hop] * window
    spectrum = np.fft.rfft(frames, axis=1)
    cepstrum = np.fft.irfft(np.log(abs(spectrum) + 1e-4), axis=1)
    cepstrum[:, 20:-19] = 0
    envelope = np.fft.rfft(cepstrum, axis=1).real
    at = np.clip(np.arange(n // 2 + 1) / ratio, 0, n // 2)
    i = np.minimum(at.astype(int), n // 2 - 1)
    moved = envelope[:, i] * (1 - (at - i)) + envelope[:, i + 1] * (at - i)
    change = np.exp(np.clip(moved - envelope, -3, 3))
    y = np.fft.irfft(spectrum * change, axis=1) * window
    out = np.zeros(len(x))
    for j, frame in enumerate(y):
        out[j * hop:j * hop + n] += frame
    return out[n:].astype(np.float32)


class Noises:
    """Everything that is not speech, N samples at any level."""

    KINDS = {'white': .7, 'coloured': 1.6, 'modulated': 1.3, 'bursts': 1.6,
             'hum': .5, 'clicks': 1, 'signalling': 1.1, 'melody': .9,
             'effects': 5, 'tune': 5, 'babble': 2}

    def __init__(self, speakers, r):
        self.speakers, self.r = speakers, r
        self.recorded = speakers.bank['effects']
        self.music = speakers.bank['music']

    def any(self):
        kinds, p = zip(*self.KINDS.items())
        kind = kinds[self.r.choice(len(kinds), p=np.array(p) / sum(p))]
        return kind, np.asarray(getattr(self, kind)(), np.float32)

    def white(self):
        return self.r.standard_normal(N)

    def coloured(self, n=N):
        r = self.r
        a, f, q = r.uniform(-.95, .95), r.uniform(0, np.pi), r.uniform(0, .97)
        poles = np.convolve([1, -a], [1, -2 * q * np.cos(f), q * q])
        return lfilter([1], poles, r.standard_normal(n))

    def modulated(self):
        k = max(4, int(SECONDS * self.r.uniform(.5, 12)))
        gain = 10 ** (self.r.uniform(-25, 0, k) / 20)
        return self.coloured() * np.interp(np.arange(N),
                                           np.linspace(0, N, k), gain)

    def _burst(self, m):
        r, t = self.r, np.arange(m) / 8000
        b = self.coloured(m) * np.exp(-t / (m / 8000) * r.uniform(.5, 6))
        b /= b.std() + 1e-6
        if r.random() < .35:                    # a falling or rising chirp
            f = 10 ** r.uniform(2, 3.4)
            slope = r.uniform(-.5, .5) * f / (m / 8000)
            b = (np.sin(2 * np.pi * (f * t + slope * t * t))
                 * np.exp(-t * r.uniform(0, 10)) * 1.4
                 + b * r.uniform(0, .2))
        return b

    def bursts(self):
        r, x = self.r, np.zeros(N)
        for _ in range(r.integers(2, 18)):
            m = int(8000 * 10 ** r.uniform(-2.3, -.2))
            at = r.integers(0, N - m)
            x[at:at + m] += self._burst(m) * 10 ** (r.uniform(-12, 3) / 20)
        return x

    def hum(self):
        r, t = self.r, np.arange(N) / 8000
        f = r.choice([50, 60, 100, 400]) + r.uniform(-1, 1)
        x = .02 * r.standard_normal(N)
        for i in range(1, 9):
            if f * i < 3900:
                x += r.uniform(.05, 1) * np.sin(2 * np.pi * f * i * t
                                                + r.uniform(0, 6))
        return x

    def clicks(self):
        """Key presses and taps: pairs of very short resonant bursts."""
        r, x, at, t = self.r, np.zeros(N), 0, np.arange(400) / 8000
        decay, gap = r.uniform(.001, .012), r.uniform(.08, .5)
        while at < N - 2000:
            for _ in range(r.integers(1, 20)):
                for gain in (1, .5):
                    q = at + int(r.uniform(0, .08) * 8000)
                    if q + 400 >= N:
                        continue
                    tap = r.standard_normal(400) * np.exp(-t / decay)
                    ring = np.sin(2 * np.pi * r.uniform(300, 3000) * t)
                    x[q:q + 400] += gain * r.uniform(.3, 1) * (
                        tap + .5 * ring * np.exp(-t / .008))
                at += int(r.uniform(.6, 1.6) * gap * 8000)
            at += int(r.uniform(.2, 2) * 8000)
        return x

    def _signal(self, kind):
        """Frequencies, seconds on, seconds off."""
        r = self.r
        if kind < .4:
            pair = r.choice(DTMF_LOW), r.choice(DTMF_HIGH)
            return pair, r.uniform(.04, .4), r.uniform(.03, .6)
        if kind < .6:
            if r.random() < .5:
                return (440, 480), 2, 4
            return (425,), 1, r.choice([2, 3, 4])
        if kind < .8:
            f = (480, 620) if r.random() < .5 else (425,)
            k = r.choice([.25, .5])
            return f, k, k
        f = 10 ** r.uniform(2.2, 3.5, r.integers(1, 4))
        return f, r.uniform(.03, 1.2), r.uniform(.02, 1.2)

    def signalling(self):
        """DTMF, ring back, busy, dial, and random tones and cadences."""
        r, x, t = self.r, np.zeros(N), np.arange(N) / 8000
        at, kind = int(r.uniform(0, 1) * 8000), r.random()
        while at < N:
            tones, on, off = self._signal(kind)
            m = min(int(on * 8000), N - at)
            for f in tones:
                x[at:at + m] += r.uniform(.6, 1) * np.sin(2 * np.pi * f * t[:m])
            at += m + int(off * 8000)
        return x

    def melody(self):
        r, x, at = self.r, np.zeros(N), 0
        while at < N - 4000:
            d = int(r.uniform(.1, .9) * 8000)
            t = np.arange(d) / 8000
            decay, attack = r.uniform(.5, 6), r.uniform(.003, .05)
            envelope = np.exp(-t * decay) * np.minimum(1, t / attack)
            for f in 220 * 2 ** (r.integers(-9, 16, r.integers(1, 4)) / 12):
                vibrato = r.uniform(0, .012) * np.sin(
                    2 * np.pi * r.uniform(4, 7) * t) / 30
                s = sum(np.sin(2 * np.pi * f * h * (t + vibrato)
                               + r.uniform(0, 6)) / h ** r.uniform(.7, 2)
                        for h in range(1, 7) if f * h < 3800)
                x[at:at + d] += (s * envelope)[:N - at]
            at += int(d * r.choice([.3, .5, 1, 1]))
        return x

    def effects(self):
        r, x, at = self.r, np.zeros(N), 0
        density = r.choice([.05, .3, 1.2])
        while at < N:
            y = self.recorded[r.integers(len(self.recorded))]
            speed = r.uniform(.6, 1.6) if r.random() < .6 else 1
            if speed != 1:
                y = np.interp(np.arange(0, len(y) - 1, speed),
                              np.arange(len(y)), y)
            if r.random() < .1:
                y = y[::-1]
            y = (y / (np.sqrt((y ** 2).mean()) + 1e-4))[:N - at]
            x[at:at + len(y)] += y * 10 ** (r.uniform(-14, 4) / 20)
            at += int(len(y) * r.uniform(.4, 1)
                      + r.exponential(density) * 8000)
        return x

    def tune(self):
        r = self.r
        y = self.music[r.integers(len(self.music))]
        speed = r.uniform(.7, 1.4) if r.random() < .6 else 1
        m = int(N * speed) + 2
        y = np.tile(y, m // len(y) + 2)
        start = r.integers(len(y) - m)
        return np.interp(np.arange(N) * speed, np.arange(m),
                         y[start:start + m])

    def babble(self):
        r, x = self.r, np.zeros(N)
        for _ in range(r.integers(3, 9)):
            clips, at = self.speakers.any(), 0
            gain = 10 ** (r.uniform(-6, 0) / 20)
            while at < N:
                y, label = clips[r.integers(len(clips))]
                y = y[np.repeat(label == 1, 80)][:N - at]
                x[at:at + len(y)] += gain * y
                at += len(y) + int(r.integers(200, 3000))
        return reverberated(x, r) if r.random() < .5 else x


def reverberated(x, r):
    d = int(r.uniform(400, 4000))
    h = r.standard_normal(d) * np.exp(-np.arange(d) / (d / 5))
    h /= np.sqrt((h ** 2).sum())
    h[0] += r.uniform(.7, 3)
    y = fftconvolve(x, h)[:N] / np.sqrt((h ** 2).sum())
    return y.astype(np.float32)


class Speakers:
    def __init__(self, clips, r):
        self.bank, self.r = clips, r
        self.names = list(clips['speech'])
        weights = np.array([self._weight(n) for n in self.names])
        self.p = weights / weights.sum()

    def _weight(self, name):
        synthetic = (.45 if name.startswith('espeak')
                     else .6 if name.startswith('flite') else 1)
        return min(len(self.bank['speech'][name]), 120) ** .5 * synthetic

    def any(self):
        name = self.names[self.r.choice(len(self.names), p=self.p)]
        return self.bank['speech'][name]

    def _clip(self, clips, short):
        r = self.r
        for _ in range(7 if short else 1):
            y, label = clips[r.integers(len(clips))]
            if len(y) < 9600:
                break
        return y, label

    def talk(self):
        """One speaker with pauses, and the labels."""
        r = self.r
        x, out = np.zeros(N, np.float32), np.zeros(N // 80, np.int8)
        at, clips = int(r.uniform(0, 2.5) * 100) * 80, self.any()
        speed = int(r.integers(80, 126)) if r.random() < .6 else 100
        formant = r.uniform(.82, 1.2) if r.random() < .4 else 1
        pause, short = r.choice([.2, .8, 2]), r.random() < .3
        while at < N - 2400:
            y, label = self._clip(clips, short)
            if speed != 100:
                y = resample_poly(y, speed, 100).astype(np.float32)
                m = len(y) // 80
                i = (np.arange(m) * 100 / speed).astype(int)
                y, label = y[:m * 80], label[np.minimum(i, len(label) - 1)]
            if formant != 1:
                y = warp_formants(y, formant)[:len(y)]
            k = min(len(y), N - at) // 80
            x[at:at + k * 80] = y[:k * 80] * 10 ** (r.uniform(-5, 5) / 20)
            out[at // 80:at // 80 + k] = label[:k]
            at += (k + int(min(5, r.exponential(pause) + .05) * 100)) * 80
        return x, out


class Maker:
    def __init__(self, clips, seed):
        self.r = np.random.default_rng(1000 + seed)
        self.speakers = Speakers(clips, self.r)
        self.noises = Noises(self.speakers, self.r)

    def _leak(self):
        """The other side's voice coming back, at least 20 dB down: not
        speech."""
        r = self.r
        e = np.roll(self.speakers.talk()[0], int(r.uniform(.05, .6) * 8000))
        e = lfilter([1, -r.uniform(-.5, .8)], [1],
                    reverberated(e, r) if r.random() < .6 else e)
        loud = abs(e) > 1e-4
        if not loud.any():
            return 0
        level = np.sqrt((e[loud] ** 2).mean()) + 1e-6
        return e * REFERENCE / level * 10 ** (-r.uniform(20, 40) / 20)

    def _noise(self):
        r = self.r
        kind, z = self.noises.any()
        level = labels.active_level(z) if abs(z).max() > 1e-5 else 0
        snr = r.uniform(4, 30) if kind == 'babble' else r.uniform(-5, 28)
        if r.random() < .2:                     # it comes up in the middle
            z[:r.integers(N)] *= 10 ** (-r.uniform(0, 40) / 20)
        return z * REFERENCE * 10 ** (-(level + snr) / 20)

    def _channel(self, x):
        r = self.r
        if r.random() < .4:
            x = lfilter([1, -r.uniform(-.7, .7)], [1], x)
        x = x * 10 ** (r.uniform(-14, 14) / 20)  # -40 … -12 dBFS
        if r.random() < .07:
            x = x * 10 ** (r.uniform(6, 14) / 20)
        if r.random() < .5:
            x = channels.bandpass(x)
        x, kind = np.clip(x, -1, 1), r.random()
        if kind < .25:
            x = channels.ulaw(x)
        elif kind < .4:
            x = channels.alaw(x)
        elif kind < .55:
            x = channels.opus(x, r.uniform(8e3, 24e3))
        elif kind < .65:
            x = channels.gsm(x)
        return channels.packet_loss(x, r) if r.random() < .1 else x

    def sequence(self):
        r = self.r
        x, label = np.zeros(N, np.float32), np.zeros(N // 80, np.int8)
        if r.random() < .85:
            x, label = self.speakers.talk()
        if r.random() < .25:
            x = reverberated(x, r)
        if r.random() < .15:
            x = x + self._leak()
        if r.random() < .88:
            for _ in range(1 + (r.random() < .3)):
                x = x + self._noise()
        x = x + r.standard_normal(N) * 10 ** (r.uniform(-105, -55) / 20)
        pcm = channels.to_pcm(self._channel(x))
        return features(pcm.astype(np.float32) / 32768), label


def sequences(seed, count):
    """Features [count, frames, 32] and labels [count, frames]."""
    path = WORK / f'sequences-{seed}-{count}.npz'
    if not path.exists():
        maker = Maker(bank.bank(), seed)
        x = np.zeros((count, SECONDS * 100, 32), np.float16)
        y = np.zeros((count, SECONDS * 100), np.int8)
        for i in range(count):
            x[i], y[i] = maker.sequence()
        np.savez(path, x=x, y=y)
        print(f'sequences: {count}, speech {(y == 1).mean():.2f},',
              f'unclear {(y < 0).mean():.2f}')
    with np.load(path) as made:
        return made['x'], made['y']
