"""The clips that training sequences are made of: $VAD_WORK/bank.pkl."""
import pickle
import subprocess

import numpy as np

import labels
import sources
import tunes
import voices
from paths import WORK

BANK = WORK / 'bank.pkl'
RAW = ['-t', 'raw', '-r', '8000', '-e', 'float', '-b', '32', '-c', '1']


def _clean(x, least_range=30):
    """DC removed, padded, labelled, at -26 dBFS; None if too noisy to label."""
    if x is None or len(x) < 1200:
        return None
    edge = np.zeros(400, np.float32)
    x = np.concatenate([edge, x - x.mean(), edge])
    label = labels.label_train(x)
    if label is None:
        return None
    db = labels.frame_db(x)
    quiet = db[5:-5][label[5:len(db) - 5] == 0]
    if (len(quiet) and np.percentile(db, 95) - np.percentile(quiet, 90)
            < least_range):
        return None
    level = 10 * np.log10((10 ** (db[label == 1] / 10)).mean())
    gain = 10 ** ((-26 - level) / 20)
    return (x[:len(label) * 80] * gain).astype(np.float32), label


def _pitched(clips, cents):
    """The clips through sox pitch, which moves the formants too: another
    apparent speaker."""
    gap = np.zeros(4000, np.float32)
    x = np.concatenate([np.concatenate([c, gap]) for c in clips])
    pcm = subprocess.run(
        ['sox', *RAW, '-', *RAW, '-', 'pitch', str(cents)],
        input=x.astype('<f4').tobytes(), capture_output=True,
        check=True).stdout
    y, out, at = np.frombuffer(pcm, '<f4'), [], 0
    for c in clips:
        out.append(y[at:at + len(c) + 1200])
        at += len(c) + 4000
    return out


def _phrases(syllables, r, n=350):
    """Single syllables joined into phrases of one to six."""
    out = []
    for _ in range(n):
        x = np.zeros(0, np.float32)
        for _ in range(r.integers(1, 7)):
            s = syllables[r.integers(len(syllables))]
            loud = np.flatnonzero(abs(s) > .03 * abs(s).max())
            s = s[max(0, loud[0] - 80):loud[-1] + 160]
            k = min(len(x), len(s), int(r.integers(0, 240)))
            x = np.concatenate([x[:len(x) - k], x[len(x) - k:] + s[:k], s[k:]])
        out.append(x)
    return out


def _recorded(r):
    out = {}
    for name, entry in sources.SPEECH['train'].items():
        clips = [sources.load(f) for f in sources.files(*entry)]
        clips = [c for c in clips if c is not None and len(c) > 1200]
        out[name] = _phrases(clips, r) if name == 'chulo_zh' else clips
    return out


def _shifts(name, clips):
    """By how many cents a voice may be moved and still sound human."""
    if len(clips) < 100 or name.startswith('espeak'):
        return
    for cents in (-500, -300, 200, 400):
        if cents == -500 and name.startswith(('carlo_it', 'flite')):
            continue
        yield cents


def _speech(r):
    bank = {}
    for name, clips in {**_recorded(r), **voices.voices()}.items():
        r.shuffle(clips)
        bank[name] = list(filter(None, map(_clean, clips)))
        for cents in _shifts(name, clips):
            part = [c for c in clips if len(c) < 12 * 8000][:90]
            bank[f'{name}{cents:+d}'] = list(
                filter(None, map(_clean, _pitched(part, cents))))
    return {k: v for k, v in bank.items() if len(v) >= 4}


def bank():
    if not BANK.exists():
        made = {
            'speech': _speech(np.random.default_rng(5)),
            'effects': sources.sounds(sources.EFFECTS['train'], 15),
            'music': (sources.sounds(sources.MUSIC['train'], 80)
                      + tunes.render(40, 21)),
        }
        BANK.write_bytes(pickle.dumps(made))
        clips = sum(map(len, made['speech'].values()))
        print(f"bank: {len(made['speech'])} voices with {clips} clips,",
              f"{len(made['effects'])} effects, {len(made['music'])} tunes")
    return pickle.loads(BANK.read_bytes())
