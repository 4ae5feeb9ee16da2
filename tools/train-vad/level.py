"""What the level control does: callers of every level, the agent's echo,
noise; and by how much the true times in the events are off."""
import numpy as np

import channels
import core
import material
import metrics

LEVELS = (-20, -26, -40, -46, -50, -55, -60)
MINUTES = 5                                     # of each condition
N = MINUTES * 480000
OFF_MARGIN = 400                                # ms; beyond it another event


def _noise(level, n=N, seed=1):
    r = np.random.default_rng(seed)
    return r.standard_normal(n) * 10 ** (level / 20)


def _sound(split, stream, condition):
    pcm = material.pcm(split, stream, condition, MINUTES)
    return pcm.astype(np.float32) / 32768


def _decided(events):
    """-> [[start ms, end ms]], as metrics.decisions."""
    start = [at for name, at, _ in events if name == 'start']
    end = [at for name, at, _ in events if name == 'stop']
    end += [metrics.FOREVER] * (len(start) - len(end))
    return np.array([start, end]).T.reshape(-1, 2)


def _measure(weights, x, label, utterances, **options):
    result = core.run(weights, channels.to_pcm(x), **options)
    return metrics.of_events(_decided(result.events), label, utterances)


def _telephone(x):
    return channels.ulaw(channels.bandpass(x))


def faint(weights, split='test'):
    """Speech at falling levels, missed % / false starts a minute."""
    lines = {'clean': ('clean', lambda x: x),
             'µ-law': ('clean', _telephone),
             'floor −75 dBFS': ('clean', lambda x: x + _noise(-75, len(x))),
             'white 20 dB, µ-law': ('white20', _telephone),
             'ambience 20 dB, µ-law': (
                 'ambience20' if split == 'test' else 'music20', _telephone)}
    print('\n### faint callers: missed % / false starts a minute\n')
    print('| | ' + ' | '.join(map(str, LEVELS)) + ' dBFS |\n| --- '
          + '| --- ' * len(LEVELS) + '|')
    for stream in set(material.streams(split)) - {'alone'}:
        label, utterances = material.truth(split, stream, MINUTES)
        for name, (condition, line) in lines.items():
            x = _sound(split, stream, condition)
            for control in (False, True):
                cells = []
                for level in LEVELS:
                    m = _measure(weights, line(x * 10 ** ((level + 26) / 20)),
                                 label, utterances, control=control)
                    cells.append(f"{m['missed']:.1f}/{m['false']:.1f}")
                print(f"| {stream}, {name}, {'with' if control else 'without'}"
                      f" | {' | '.join(cells)} |", flush=True)


def echo(weights, split='test'):
    """The agent speaks 8 s, is silent 8 s, and comes back 200 ms late."""
    turns = np.arange(N) / 8000 % 16 < 8
    agent = _sound(split, 'alone', 'echo-46') * 10 ** (20 / 20)   # at -26
    returned = np.roll(channels.bandpass(agent * turns), 1600)
    print('\n### echo of the agent: false starts a minute / missed %\n')
    print('| caller, level, echo | without | with | with, frozen |')
    print('| --- | --- | --- | --- |')
    for stream in ('nobody', *material.streams(split)[:-1]):
        label, utterances = np.zeros(N // 80, np.int8), np.zeros((0, 2))
        x = np.zeros(N)
        if stream != 'nobody':
            label, utterances = material.truth(split, stream, MINUTES)
            x = _sound(split, stream, 'clean')
        for level in (-26, -40, -50):
            for db in (20, 25, 30):
                y = _telephone((x + returned * 10 ** (-db / 20))
                               * 10 ** ((level + 26) / 20) + _noise(-75))
                cells = []
                for options in ({'control': False}, {},
                                {'frozen': turns[::80]}):
                    m = _measure(weights, y, label, utterances, **options)
                    cells.append(f"{m['false']:.1f}/{m.get('missed', 0):.1f}")
                print(f'| {stream}, {level}, −{db} | {" | ".join(cells)} |',
                      flush=True)


def nothing(weights, split='test'):
    """Sounds without speech, nobody known, and in the minute after 30 s of a
    caller at -26 dBFS."""
    caller = _sound(split, 'prompts', 'clean')[8000:8000 * 31]
    levels = (-26, -36, -46, -56, -66)
    print('\n### no speech: false starts a minute, nobody known / known\n')
    print('| | ' + ' | '.join(map(str, levels)) + ' dBFS |\n| --- '
          + '| --- ' * len(levels) + '|')
    for c in material.conditions(split, 'alone'):
        x, own = _sound(split, 'alone', c), -46 if c == 'echo-46' else -26
        for control in (False, True):
            cells = []
            for level in levels:
                y = x * 10 ** ((level - own) / 20) + _noise(-80)
                unknown = _starts(weights, y, control) / MINUTES
                known = np.mean([
                    _starts(weights, np.concatenate([caller, part]), control,
                            after=30200)
                    for part in y.reshape(MINUTES, -1)])
                cells.append(f'{unknown:.1f} / {known:.1f}')
            print(f"| {c}, {'with' if control else 'without'} | "
                  + ' | '.join(cells) + ' |', flush=True)


def _starts(weights, x, control, after=0):
    pcm = channels.to_pcm(channels.ulaw(x))
    events = core.run(weights, pcm, control=control).events
    return sum(name == 'start' and at > after for name, at, _ in events)


def _off(true, told):
    """By how much the nearest told time is late, for each true one."""
    off = np.array([told[np.argmin(abs(told - t))] - t for t in true])
    return off[abs(off) < OFF_MARGIN]


def lateness(weights):
    """The labels leave out 20 ms inside of every boundary. Zero here means
    that ONSET_LAG and END_LAG of vad-decision.c are right."""
    print('\n### told onset and end less the true one, ms (p5/p50/p95)\n')
    print('| | onset | end |\n| --- | --- | --- |')
    for split in ('tune', 'test'):
        onsets, ends = [], []
        for stream in material.streams(split)[:-1]:
            _, utterances = material.truth(split, stream)
            for c in ('clean', 'clean-ulaw', 'quiet', 'white20', 'white10',
                      'sfx20', 'music20', 'tones20'):
                events = core.run(weights,
                                  material.pcm(split, stream, c)).events
                for names, true, out in (
                        (('start', 'more'), utterances[:, 0] - 20, onsets),
                        (('pause', 'stop'), utterances[:, 1] + 20, ends)):
                    told = np.array([w for n, _, w in events if n in names])
                    out.extend(_off(true, told))
        print(f'| {split} | ' + ' | '.join(
            '/'.join(f'{v:.0f}' for v in np.percentile(off, (5, 50, 95)))
            for off in (onsets, ends)) + ' |', flush=True)


def rates(weights, split='test'):
    """The same sound at other rates: how far the probabilities are off."""
    from scipy.signal import resample_poly
    print('\n### other rates: mean difference of the probability, and % of'
          ' frames on the other side of 0.7\n')
    x = material.pcm(split, 'prompts', 'clean', MINUTES).astype(float)
    expected = core.run(weights, x, control=False).probabilities
    for rate, up, down in ((11025, 441, 320), (12000, 3, 2), (16000, 2, 1),
                           (24000, 3, 1), (44100, 441, 80), (48000, 6, 1)):
        y = resample_poly(x, up, down, window=('kaiser', 10.))
        y = np.clip(np.round(y), -32768, 32767)
        p = core.run(weights, y, rate, control=False).probabilities
        n = min(len(p), len(expected))
        p, q = p[:n], expected[:n]
        print(f'{rate}: {abs(p - q).mean():.4f},'
              f' {100 * ((p >= .7) != (q >= .7)).mean():.2f} %', flush=True)


def report(weights):
    lateness(weights)
    rates(weights)
    faint(weights)
    echo(weights)
    nothing(weights)
