"""What is counted, the same for every detector.

Decisions: start when p >= start for min_speech ms, end when p < stop for
min_silence ms. An operating point is chosen on the tuning material only.
"""
import dataclasses
import functools

import numpy as np
from scipy.stats import rankdata

import labels
import material

# What a point is not chosen by: no detector is made for it.
NOT_TUNED = ('echo', 'babble5')
FOREVER = 1e12


@dataclasses.dataclass(frozen=True)
class Point:
    start: float
    stop: float
    min_speech: int


def decisions(p, hop, point, min_silence):
    """-> [[start ms, end ms]]: when it is decided, the last end perhaps
    never."""
    least = int(np.ceil(point.min_speech / hop - 1e-6))
    quiet = int(np.ceil(min_silence / hop - 1e-6))
    high = [a for a, b in labels.runs((p >= point.start).astype(np.int8))
            if b - a >= least]
    low = [a for a, b in labels.runs((p < point.stop).astype(np.int8))
           if b - a >= quiet]
    out, at, j = [], 0, 0
    for a in high:
        if a < at:                              # within the last speech
            continue
        start = a + least
        while j < len(low) and low[j] < start:
            j += 1
        if j == len(low):
            out.append((start * hop, FOREVER))
            break
        at = low[j] + quiet
        out.append((start * hop, at * hop))
    return np.array(out).reshape(-1, 2)


def percentile(values, q):
    return float(np.percentile(values, q)) if len(values) else float('nan')


def _starts(events, utterances):
    """False starts, missed utterances, how late the others start."""
    start, end = events[:, 0], events[:, 1]
    k = np.searchsorted(utterances[:, 0] - 100, start, 'right') - 1
    false = (k < 0) | (start > utterances[np.maximum(k, 0), 1] + 300)
    missed, late = 0, []
    for a, b in utterances:
        i = np.searchsorted(end, a, 'right')
        if not (i < len(start) and start[i] <= b + 250):
            missed += 1
        elif start[i] >= a - 100:
            late.append(start[i] - a)
    return false.sum(), missed, late


def _ends(events, utterances, total, min_silence):
    """Of the pauses long enough to be noticed: how many, how many are not,
    and how late the others are, beyond min_silence."""
    start, end = events[:, 0], events[:, 1]
    count, stuck, late = 0, 0, []
    following = np.append(utterances[1:, 0], total)
    for (_, b), n in zip(utterances, following):
        j = np.searchsorted(start, b + 250, 'right') - 1
        if n - b < min_silence + 600 or j < 0 or end[j] <= b:
            continue
        count += 1
        if end[j] >= n:
            stuck += 1
        else:
            late.append(end[j] - b - min_silence)
    return count, stuck, late


def of_events(events, label, utterances, min_silence=400):
    minutes = (label == 0).sum() / 6000
    if not len(utterances):
        return {'false': len(events) / minutes}
    false, missed, late = _starts(events, utterances)
    count, stuck, ends = _ends(events, utterances, len(label) * 10.,
                               min_silence)
    return {'false': false / minutes, 'missed': 100 * missed / len(utterances),
            'stuck': 100 * stuck / max(1, count),
            'start50': percentile(late, 50), 'start95': percentile(late, 95),
            'end50': percentile(ends, 50), 'end95': percentile(ends, 95)}


def of_frames(p, hop, label):
    """Area under the curve; % of speech frames under the threshold that 1 %
    of the others exceed."""
    q = p[np.minimum((np.arange(len(label)) * 10 / hop).astype(int),
                     len(p) - 1)]
    speech, other = q[label == 1], q[label == 0]
    rank = rankdata(np.concatenate([speech, other]))[:len(speech)].sum()
    area = (rank - len(speech) * (len(speech) + 1) / 2) / (
        len(speech) * len(other))
    threshold = np.quantile(other, .99)
    return {'auc': float(area),
            'missed1': float(100 * (speech <= threshold).mean())}


def _cost(m, weight):
    """What an operating point is chosen by; `weight` is that of a false
    start."""
    if 'missed' not in m:
        return weight * m['false']
    start, end = m['start50'], m['end95']
    return (1.5 * m['missed'] + weight * m['false'] + .5 * m['stuck']
            + .03 * (500 if np.isnan(start) else start)
            + .005 * (1000 if np.isnan(end) else end))


class Detector:
    """A name, the ms between two probabilities, how to get these, and what
    thresholds and run lengths to try."""

    def __init__(self, name, hop, score, starts, speeches):
        self.name, self.hop, self.starts = name, hop, starts
        self.speeches = speeches
        self.scores = functools.cache(score)    # (split, stream) -> {cond: p}

    def events(self, split, stream, condition, point, min_silence, minutes):
        label, utterances = material.truth(split, stream, minutes)
        p = self.scores(split, stream, minutes)[condition]
        return of_events(decisions(p, self.hop, point, min_silence), label,
                         utterances, min_silence)

    def frames(self, split, stream, condition, minutes):
        label, _ = material.truth(split, stream, minutes)
        return of_frames(self.scores(split, stream, minutes)[condition],
                         self.hop, label)

    def _points(self):
        for start in self.starts:
            for drop in (.1, .2, .35):
                for ms in self.speeches:
                    yield Point(start, round(max(start - drop, start / 2), 3),
                                ms)

    def tuned(self, minutes, weight=1):
        """The cheapest point on the tuning material."""
        todo = [(s, c) for s in material.streams('tune')
                for c in material.conditions('tune', s)
                if not c.startswith(NOT_TUNED)]

        def cost(point):
            return np.mean([_cost(self.events('tune', s, c, point, 400,
                                              minutes), weight)
                            for s, c in todo])
        return min(self._points(), key=cost)
