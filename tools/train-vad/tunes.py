"""Random tunes played by fluidsynth on sampled instruments (the package
fluid-soundfont-gm, MIT licence): music for training."""
import pathlib
import struct
import subprocess
import tempfile

import numpy as np

import sources

SCALES = np.array([[0, 2, 4, 5, 7, 9, 11], [0, 2, 3, 5, 7, 8, 10],
                   [0, 2, 4, 7, 9, 12, 14]])
TICKS = 960                                                 # a second
END_OF_TRACK = b'\0\xff\x2f\0'


def _notes(r, drum, track, root, scale):
    if drum:
        return [r.integers(35, 60)]
    chord = np.array([0, 2, 4])[:r.choice([1, 1, 3])]
    return root + 12 * (track % 2) + scale[(r.integers(7) + chord) % 7]


def _events(r, seconds):
    """(time, MIDI message) of one to four tracks."""
    tempo, out = r.uniform(.18, .6), []
    tracks = r.integers(1, 5)
    scale, root = SCALES[r.integers(3)], r.integers(45, 62)
    for track in range(tracks):
        drum = r.random() < .2
        channel = 9 if drum else track
        out.append((0, bytes([0xc0 | channel, int(r.integers(0, 120))])))
        t, step = 0., tempo * r.choice([.5, 1, 2])
        while t < seconds:
            length = step * r.choice([.5, 1, 1, 2])
            if r.random() < .8:
                for key in _notes(r, drum, track, root, scale):
                    on = [0x90 | channel, int(key), int(r.integers(50, 120))]
                    out.append((t, bytes(on)))
                    off = [0x80 | channel, int(key), 0]
                    out.append((t + length * .95, bytes(off)))
            t += length
    return sorted(out, key=lambda event: event[0])


def _variable_length(n):
    out = [n & 127]
    while n := n >> 7:
        out.append(n & 127 | 128)
    return bytes(reversed(out))


def _midi(r, seconds=30):
    body, last = b'', 0
    for t, message in _events(r, seconds):
        now = int(t * TICKS)
        body += _variable_length(now - last) + message
        last = now
    body += END_OF_TRACK
    return (b'MThd' + struct.pack('>IHHH', 6, 0, 1, TICKS // 2)
            + b'MTrk' + struct.pack('>I', len(body)) + body)


def render(n, seed):
    font = sources.files('fluid-soundfont-gm', 'sounds/sf2/FluidR3_GM.sf2')[0]
    r, out = np.random.default_rng(seed), []
    with tempfile.TemporaryDirectory() as folder:
        midi, wav = (pathlib.Path(folder) / f for f in ('a.mid', 'a.wav'))
        for _ in range(n):
            midi.write_bytes(_midi(r))
            subprocess.run(['fluidsynth', '-ni', '-q', '-r', '16000', '-F',
                            wav, font, midi], capture_output=True, check=True)
            y = sources.load(str(wav), 30)
            if y is not None and abs(y).max() > .003:
                out.append(y)
    return out
