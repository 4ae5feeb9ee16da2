"""The detectors that are compared: ours, and Silero from PyPI."""
import importlib.util
import pathlib

import numpy as np
import onnxruntime
from scipy.signal import resample_poly

import core
import material
from metrics import Detector

STARTS = (.3, .4, .5, .6, .7, .75, .8, .85, .9, .95)
LOW_STARTS = (.02, .05, .1, .15, .2, .3, .4, .5, .6, .7, .8, .9)
CLEARED_AFTER = 62                              # 2 s


def ours(weights):
    """As it ships, with level control, which is frozen in the conditions in
    which the agent speaks."""
    def score(split, stream, minutes):
        return {c: core.run(weights,
                            material.pcm(split, stream, c, minutes),
                            frozen=[True] if c.startswith('echo') else None)
                .probabilities for c in material.conditions(split, stream)}
    return Detector('ours', 10, score, STARTS, (40, 60, 80, 100, 130))


def _session():
    package = importlib.util.find_spec('silero_vad').submodule_search_locations
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(
        str(pathlib.Path(package[0]) / 'data/silero_vad.onnx'), options,
        providers=['CPUExecutionProvider'])


def _silero_run(session, x, rate, clear):
    """Sounds side by side [n, samples] -> probabilities [n, frames]."""
    window, context = rate * 32 // 1000, rate // 250
    state = np.zeros((2, len(x), 128), np.float32)
    before, low, out = np.zeros((len(x), context), np.float32), 0, []
    for i in range(x.shape[1] // window):
        frame = np.concatenate([before, x[:, i * window:(i + 1) * window]], 1)
        p, state = session.run(None, {'input': frame, 'state': state,
                                      'sr': np.array(rate, np.int64)})
        before = frame[:, -context:]
        out.append(p[:, 0])
        if clear:
            low = np.where(p[:, 0] < .1, low + 1, 0)
            state[:, low >= CLEARED_AFTER] = 0
            low[low >= CLEARED_AFTER] = 0
    return np.stack(out, 1)


def silero(rate, clear=False):
    """`clear`: its state is cleared whenever it has been under 0.1 for 2 s.
    Its usual callers do not do so, and on single words it then sticks near 0
    for minutes."""
    session = _session()

    def score(split, stream, minutes):
        names = material.conditions(split, stream)
        x = np.stack([material.pcm(split, stream, c, minutes) for c in names])
        x = x.astype(np.float32) / 32768
        if rate == 16000:
            x = resample_poly(x, 2, 1, axis=1).astype(np.float32)
        parts = [_silero_run(session, x[i:i + 12], rate, clear)
                 for i in range(0, len(x), 12)]
        return dict(zip(names, np.concatenate(parts)))
    name = f'Silero {rate // 1000}k' + (' cleared' if clear else '')
    return Detector(name, 32, score, LOW_STARTS, (32, 64, 96, 128))
