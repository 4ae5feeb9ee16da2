"""Labels of 10 ms frames from clean speech: 1 speech, 0 not, -1 unclear.

Training and evaluation use different rules, so that the network is not
measured against what it learnt from.
"""
import numpy as np
from scipy.ndimage import binary_closing, binary_opening
from scipy.signal import butter, sosfilt

HOP = 80
BAND = butter(4, [200, 3500], 'band', fs=8000, output='sos')


def frame_db(x):
    n = len(x) // HOP
    return 10 * np.log10((x[:n * HOP].reshape(n, HOP) ** 2).mean(1) + 1e-10)


def active_level(x):
    """dB over the frames within 30 dB of the 95th percentile."""
    db = frame_db(x)
    active = db > np.percentile(db, 95) - 30
    return 10 * np.log10((10 ** (db[active] / 10)).mean())


def runs(mask):
    """First and one past the last index of each run of true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask, [0]])))
    return zip(edges[::2], edges[1::2])


def label_train(x):
    """Speech is what lies above -30 dB re the 95th percentile, gaps up to
    200 ms filled, extended while above -40 dB; unclear is what lies within
    50 ms of it, and outside whatever is above -55 dB."""
    db = frame_db(x)
    if not (db > -60).any():
        return None
    top = np.percentile(db[db > -60], 95)
    loud, middle, faint = db > top - 30, db > top - 40, db > top - 55
    label = np.zeros(len(db), np.int8)
    index = np.flatnonzero(loud)
    if len(index) < 5:
        return None
    for run in np.split(index, np.flatnonzero(np.diff(index) > 20) + 1):
        a, b = run[0], run[-1]
        if len(run) < 5:
            label[max(0, a - 5):b + 6] = -1
            continue
        while a > 0 and middle[a - 1]:
            a -= 1
        while b < len(db) - 1 and middle[b + 1]:
            b += 1
        label[a:b + 1] = 1
    speech = label == 1
    near = np.convolve(speech, np.ones(11), 'same') > 0
    label[~speech & (near | faint) & (label == 0)] = -1
    return label if speech.any() else None


def label_evaluate(x):
    """Band energy smoothed over 30 ms against a threshold 40 % of the way
    (in dB) from the clip's floor to its peak, 18 to 36 dB under the peak; gaps
    up to 250 ms closed, islands under 50 ms dropped; 70 ms outside and 20 ms
    inside every boundary are unclear."""
    n = len(x) // HOP
    y = sosfilt(BAND, x[:n * HOP])
    energy = np.pad((y.reshape(n, HOP) ** 2).mean(1), 1, 'edge')
    db = 10 * np.log10(np.convolve(energy, np.ones(3) / 3, 'valid') + 1e-10)
    floor, peak = max(-75, np.percentile(db, 10)), np.percentile(db, 98)
    threshold = np.clip(floor + .4 * (peak - floor), peak - 36, peak - 18)
    speech = np.pad(db > threshold, 30)
    speech = binary_opening(speech, np.ones(5))
    speech = binary_closing(speech, np.ones(25))[30:-30]
    if speech.sum() < 8:
        return None
    label = speech.astype(np.int8)
    for a, b in runs(speech.astype(np.int8)):
        label[max(0, a - 7):a + 2] = -1
        label[b - 2:b + 7] = -1
    return label
