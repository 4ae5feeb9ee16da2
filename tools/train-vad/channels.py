"""Telephone channels: band-pass, µ-law, A-law, GSM full rate, Opus, loss."""
import subprocess

import av
import numpy as np
from scipy.signal import butter, sosfilt

BAND = butter(4, [300, 3400], 'band', fs=8000, output='sos')
RAW = ['-t', 'raw', '-r', '8000', '-e', 'signed', '-b', '16', '-c', '1']


def to_pcm(x):
    return np.clip(np.round(x * 32767), -32768, 32767).astype('<i2')


def bandpass(x):
    return sosfilt(BAND, x)


def ulaw(x):
    x = np.clip(x, -1, 1)
    y = np.sign(x) * np.log1p(255 * abs(x)) / np.log(256)
    q = np.round(y * 127) / 127
    return np.sign(q) * (256 ** abs(q) - 1) / 255


def alaw(x):
    a = 87.6
    x = np.clip(x, -1, 1)
    m = abs(x)
    y = np.where(m < 1 / a, a * m, 1 + np.log(np.maximum(a * m, 1)))
    y = (np.floor(y / (1 + np.log(a)) * 128) + .5) / 128
    z = y * (1 + np.log(a))
    return np.sign(x) * np.where(z < 1, z, np.exp(z - 1)) / a


def _sox(data, *arguments):
    return subprocess.run(['sox', '-V1', *arguments], input=data,
                          capture_output=True, check=True).stdout


def _same_length(y, n):
    return np.pad(y, (0, max(0, n - len(y))))[:n]


def gsm(x):
    coded = _sox(to_pcm(x).tobytes(), *RAW, '-', '-t', 'gsm', '-')
    pcm = _sox(coded, '-t', 'gsm', '-r', '8000', '-c', '1', '-', *RAW, '-')
    y = np.frombuffer(pcm, '<i2').astype(np.float32) / 32768
    return _same_length(y, len(x))


def _opus_packets(x, bitrate):
    encoder = av.CodecContext.create('libopus', 'w')
    encoder.sample_rate, encoder.layout = 8000, 'mono'
    encoder.format, encoder.bit_rate = 's16', int(bitrate)
    encoder.options = {'application': 'voip', 'compression_level': '2'}
    pcm, n = to_pcm(x), 160
    for i in range(0, len(pcm) + 800, n):
        frame = av.AudioFrame.from_ndarray(
            _same_length(pcm[i:i + n], n)[None], format='s16', layout='mono')
        frame.sample_rate, frame.pts = 8000, i
        yield from encoder.encode(frame)


def opus(x, bitrate):
    decoder = av.CodecContext.create('libopus', 'r')
    decoder.sample_rate, decoder.layout = 8000, 'mono'
    out = []
    for packet in list(_opus_packets(x, bitrate)):
        for frame in decoder.decode(packet):
            y = frame.to_ndarray().astype(np.float32).reshape(-1)
            if frame.format.name.startswith('s16'):
                y /= 32768
            out.append(y[::frame.sample_rate // 8000])
    lookahead = 52                                          # 6.5 ms
    return _same_length(np.concatenate(out)[lookahead:], len(x))


def packet_loss(x, r, frame=160):
    """Lost 20 ms frames, concealed by silence or by the last one fading."""
    x, repeat, rate, lost = x.copy(), r.random() < .6, r.uniform(.01, .08), 0
    for i in range(frame, len(x) - frame, frame):
        if r.random() < (rate if not lost else .4):
            lost += 1
            x[i:i + frame] = (x[i - frame:i] * .6 if repeat and lost < 4
                              else 0)
        else:
            lost = 0
    return x
