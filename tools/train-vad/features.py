"""The network's front end, as data/vad/MODEL_CARD.md defines it: 256-sample
Hann window every 10 ms, power spectrum, 32 mel bands, logarithm."""
import numpy as np

RATE, HOP, WINDOW, BANDS = 8000, 80, 256, 32


def _mel_matrix():
    low, high = (2595 * np.log10(1 + f / 700) for f in (80, 3800))
    mel = np.linspace(low, high, BANDS + 2)
    edge = 700 * (10 ** (mel / 2595) - 1) / RATE * WINDOW
    k = np.arange(WINDOW // 2 + 1)
    bands = np.zeros((len(k), BANDS))
    for b in range(BANDS):
        up = (k - edge[b]) / (edge[b + 1] - edge[b])
        down = (edge[b + 2] - k) / (edge[b + 2] - edge[b + 1])
        bands[:, b] = np.maximum(0, np.minimum(up, down))
    return (bands / (bands.sum(0, keepdims=True) + 1e-9)).astype(np.float32)


MEL = _mel_matrix()
HANN = (.5 - .5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(
    np.float32)


def features(x):
    """Samples (-1 … 1) -> [frames, 32]; a frame sees nothing after its own
    10 ms."""
    n = len(x) // HOP
    x = np.concatenate([np.zeros(WINDOW - HOP, np.float32), x[:n * HOP]])
    frames = np.lib.stride_tricks.sliding_window_view(x, WINDOW)[::HOP][:n]
    power = np.abs(np.fft.rfft(frames * HANN, axis=1)).astype(np.float32) ** 2
    return (.5 * np.log10(power @ MEL + 1e-6)).astype(np.float32)
