"""Synthetic voices: flite (slt is kept for the echo of the test) and
espeak-ng, which reads numbers in many languages."""
import io
import os
import subprocess
import tempfile

import numpy as np
import soundfile

from sources import to_rate

OPENINGS = [
    'Yes', 'No', 'Hello', 'Good morning', 'Okay', 'Sure', 'Thank you', 'Well',
    'I think so', 'Not really', 'Please wait a moment', 'Excuse me',
    'One second', 'Right', 'Maybe later']
BODIES = [
    'I would like to change my booking', 'the number is {n}',
    'my account number is {n}', 'could you repeat that please',
    'it was delivered on the {d} of march', 'the train leaves at {d} fifteen',
    'we moved to a different street last year',
    'who should I talk to about the invoice',
    'nobody answered when I called yesterday', 'my postcode is {n}',
    'I can not hear you very well', 'there are {d} of us and two children',
    'what does it cost', 'that is not what I ordered',
    'put me through to the help desk', 'she will be back around {d}',
    'just send it to my office', 'I forgot my password again']
LANGUAGES = ('en', 'de', 'fr', 'es', 'pt', 'nl', 'pl', 'tr', 'sv', 'cs', 'fi',
             'hi')
VARIANTS = ('m1', 'f2', 'm3', 'f4', 'm7', 'f5')


def sentence(r):
    n = ' '.join(str(d) for d in r.integers(0, 10, r.integers(3, 8)))
    body = BODIES[r.integers(len(BODIES))].format(n=n, d=r.integers(2, 29))
    kind = r.random()
    if .3 <= kind < .6:
        return body
    opening = OPENINGS[r.integers(len(OPENINGS))]
    return opening if kind < .3 else f'{opening}, {body}'


def _wav(data):
    return to_rate(*soundfile.read(data, dtype='float32'))


def flite(voice, text):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'a.wav')
        subprocess.run(['flite', '-voice', voice, '-t', text, '-o', path],
                       check=True)
        return _wav(path)


def espeak(language, variant, pitch, speed, text):
    wav = subprocess.run(
        ['espeak-ng', '-v', f'{language}+{variant}', '-p', str(pitch), '-s',
         str(speed), '--stdout', text], capture_output=True, check=True).stdout
    return _wav(io.BytesIO(wav))


def voices(seed=11):
    """Name of the voice -> its clips."""
    r, out = np.random.default_rng(seed), {}
    for voice in ('kal16', 'awb', 'rms'):
        out[f'flite_{voice}'] = [flite(voice, sentence(r)) for _ in range(110)]
    for language in LANGUAGES:
        variant = VARIANTS[r.integers(6)]
        out[f'espeak_{language}'] = [
            espeak(language, variant, r.integers(25, 75), r.integers(130, 210),
                   ' '.join(map(str, r.integers(0, 2000, r.integers(1, 5)))))
            for _ in range(25)]
    return out
