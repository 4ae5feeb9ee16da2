"""One table over groups of conditions, for any detectors."""
import time
import warnings

import numpy as np

import detectors
import material

GROUPS = {
    'clean, µ-law, quiet': ('clean', 'clean-ulaw', 'quiet'),
    'white 20–0': ('white20', 'white10', 'white5', 'white0'),
    'ambience 20–0 (+GSM, Opus)': (
        'ambience20', 'ambience10', 'ambience5', 'ambience0',
        'ambience10-gsm', 'ambience10-opus12'),
    'sound effects 20–0 (+GSM, Opus)': (
        'sfx20', 'sfx10', 'sfx5', 'sfx0', 'sfx10-gsm', 'sfx10-opus12'),
    'music 20–5': ('music20', 'music10', 'music5'),
    'music 0': ('music0',),
    'babble 20': ('babble20',),
    'babble 10': ('babble10',),
    'babble 5, 0': ('babble5', 'babble0'),
    'tones 20, 10': ('tones20', 'tones10'),
    'echo −20': ('echo20',),
    'echo −25, −30': ('echo25', 'echo30'),
}
COLUMNS = ('| | AUC | missed at 1 % | false starts/min | missed % | stuck % |'
           ' start p50/p95 ms | end p50/p95 ms | the same at 250:'
           ' false starts, missed, stuck |')


def _mean(rows, key):
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', RuntimeWarning)     # all are nan
        return np.nanmean([row[key] for row in rows])


def _line(label, frames, at400, at250):
    def f(key, digits=1):
        return f'{_mean(at400, key):.{digits}f}'
    short = ', '.join(f'{_mean(at250, k):.1f}'
                      for k in ('false', 'missed', 'stuck'))
    return (f"| {label} | {_mean(frames, 'auc'):.3f} |"
            f" {_mean(frames, 'missed1'):.0f} | {f('false')} | {f('missed')} |"
            f" {f('stuck')} | {f('start50', 0)}/{f('start95', 0)} |"
            f" {f('end50', 0)}/{f('end95', 0)} | {short} |")


def _groups():
    yield from GROUPS.items()
    yield 'all but babble', [c for label, names in GROUPS.items()
                             for c in names if 'babble' not in label]


def _speech(stream, points, minutes):
    print(f'\n### {stream}\n\n{COLUMNS}\n| --- ' + '| --- ' * 8 + '|')
    for label, names in _groups():
        for detector, point in points.items():
            frames = [detector.frames('test', stream, c, minutes)
                      for c in names]
            events = [[detector.events('test', stream, c, point, silence,
                                       minutes) for c in names]
                      for silence in (400, 250)]
            print(_line(f'{label}: {detector.name}', frames, *events))


def _alone(points, minutes):
    print('\n### no speech: false starts a minute\n')
    print('| | ' + ' | '.join(d.name for d in points) + ' |')
    print('| --- ' * (1 + len(points)) + '|')
    for c in material.conditions('test', 'alone'):
        print(f'| {c} | ' + ' | '.join(
            f"{d.events('test', 'alone', c, p, 400, minutes)['false']:.1f}"
            for d, p in points.items()) + ' |')


def report(compared, minutes):
    points = {}
    for detector in compared:
        start = time.process_time()
        points[detector] = detector.tuned(minutes)
        spent = time.process_time() - start
        print(f'{detector.name}: {points[detector]}, {spent:.0f} s',
              flush=True)
    for stream in material.streams('test'):
        if stream != 'alone':
            _speech(stream, points, minutes)
    _alone(points, minutes)


def compare(weights, minutes):
    report([detectors.ours(weights), detectors.silero(16000, clear=True),
            detectors.silero(16000), detectors.silero(8000)], minutes)
