"""The shipped C code (plugins/turn/vad-core.c) from Python."""
import ctypes
import dataclasses
import subprocess

import numpy as np

from features import features
from paths import PROJECT, WORK

TURN = PROJECT / 'plugins/turn'
CHECK = PROJECT / 'tests/check/turn'
FILES = ('resampler', 'vad-core', 'vad-decision', 'vad-level', 'vad-network')
SIGNAL_SAMPLES = 48000
SIGNAL = '''
#include "vad-signal.h"
void test_signal (int16_t *pcm);
void test_signal (int16_t *pcm) { vad_signal (pcm); }
'''
EVENTS = (None, 'start', 'pause', 'more', 'stop')


class _Settings(ctypes.Structure):
    _fields_ = [('start', ctypes.c_float), ('stop', ctypes.c_float),
                ('min_speech', ctypes.c_int), ('pause_after', ctypes.c_int),
                ('min_silence', ctypes.c_int)]


class _Frame(ctypes.Structure):
    _fields_ = [('at', ctypes.c_int64), ('end', ctypes.c_int64),
                ('probability', ctypes.c_float), ('level', ctypes.c_float),
                ('gain', ctypes.c_float), ('event', ctypes.c_int),
                ('when', ctypes.c_int64)]


@dataclasses.dataclass
class Result:
    probabilities: np.ndarray
    events: list                # (name, decided at, true time), both ms


def _library():
    path = WORK / 'vad-core.so'
    subprocess.run(
        ['gcc', '-std=gnu11', '-O2', '-shared', '-fPIC', f'-I{TURN}',
         f'-I{CHECK}', '-o', path, *(TURN / f'{f}.c' for f in FILES),
         '-x', 'c', '-', '-lm'], input=SIGNAL, text=True, check=True)
    library = ctypes.CDLL(str(path))
    library.vad_model_new.restype = ctypes.c_void_p
    library.vad_core_new.restype = ctypes.c_void_p
    library.vad_core_push.restype = ctypes.c_bool
    return library


_lib = None


def _loaded():
    global _lib
    _lib = _lib or _library()
    return _lib


def test_signal():
    pcm = np.zeros(SIGNAL_SAMPLES, np.int16)
    _loaded().test_signal(pcm.ctypes.data_as(ctypes.c_void_p))
    return pcm


def _frames(lib, core, pcm, frozen):
    """The decisions; `frozen[i]` says whether the agent speaks at the i-th."""
    at = ctypes.c_void_p(pcm.ctypes.data)
    left, frame = ctypes.c_size_t(len(pcm)), _Frame()
    arguments = (core, ctypes.byref(at), ctypes.byref(left),
                 ctypes.byref(frame))
    i = 0
    while True:
        if frozen is not None:
            lib.vad_core_freeze(core, bool(frozen[min(i, len(frozen) - 1)]))
        if not lib.vad_core_push(*arguments):
            return
        yield frame
        i += 1


def run(weights, pcm, rate=8000, settings=None, control=True, frozen=None):
    """`settings`: (start, stop, min_speech, pause_after, min_silence)."""
    lib = _loaded()
    blob = weights.read_bytes()
    model = ctypes.c_void_p(lib.vad_model_new(blob, len(blob), None))
    if not model:
        raise SystemExit(f'{weights} is no model')
    core = ctypes.c_void_p(lib.vad_core_new(model, rate))
    lib.vad_core_level_control(core, control)
    if settings:
        lib.vad_core_configure(core, ctypes.byref(_Settings(*settings)))
    pcm = np.ascontiguousarray(pcm, np.int16)
    p, events, ms = [], [], 1000 / rate
    for frame in _frames(lib, core, pcm, frozen):
        p.append(frame.probability)
        if frame.event:
            events.append((EVENTS[frame.event], frame.at * ms,
                           frame.when * ms))
    lib.vad_core_free(core)
    lib.vad_model_free(model)
    return Result(np.array(p, np.float32), events)


def reference(parts, pcm):
    """The same network in numpy, double precision."""
    def sigmoid(v):
        return 1 / (1 + np.exp(-v))

    x = features(pcm.astype(np.float32) / 32768).astype(np.float64)
    y = np.tanh(x @ parts['A'] + parts['a']) @ parts['W'] + parts['b']
    n, out = len(parts['v']), []
    h = np.zeros(n)
    for u in y:
        q = h @ parts['U'] + parts['c']
        z, k = sigmoid(u[:n] + q[:n]), sigmoid(u[n:2 * n] + q[n:2 * n])
        h = (1 - z) * np.tanh(u[2 * n:] + k * q[2 * n:]) + z * h
        out.append(h @ parts['v'] + parts['o'][0])
    return sigmoid(np.array(out))
