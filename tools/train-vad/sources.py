"""Which recordings come from which Debian package, and how they are read.

Only files whose licence is public domain, CC0, BSD or MIT-like, CC-BY or
CC-BY-SA are named here. Speakers and noise packages of training, tuning and
test are disjoint.
"""
import math
import re
import subprocess

import numpy as np
import soundfile
from scipy.signal import resample_poly

from paths import PACKAGES

RATE = 8000

NOT_SPEECH = (r'beep|tone|silence|confbridge-|lyrics|monkeys|ascending'
              r'|descending')
VOICES = (r'prince|speak|message|cultist|necrom|vizier|gardener|fairy|troll'
          r'|robot|voxy|mika|garzul|compus|burp|safari|male|merchant|goblin'
          r'|zombie|warcry')
GLEST_SOUNDS = (r'^(?!(catapult|anvil|air_|arrow|cow|pig|chicken|bull|bee'
                r'|water|orni|tower|tech_|dragon_hit|eagle|fire|building'
                r'|collapse|.*_walk|.*_fall))')
GLEST_VOICES = ('archer', 'archmage', 'guard', 'horseman', 'swordman',
                'technician', 'worker', 'axe_thrower', 'warrior', 'spearman')


def _asterisk(language, voice):
    return (f'asterisk-{language}-wav', f'asterisk/sounds/{voice}/**/*.wav',
            NOT_SPEECH)


def _pocketsphinx(pattern):
    return ('pocketsphinx-testdata', f'pocketsphinx/test/data/{pattern}', None)


# Each is (package, pattern below usr/share, names to leave out).
SPEECH = {
    'train': {
        'allison_en': _asterisk('core-sounds-en', 'en_US_f_Allison'),
        'allison_es': _asterisk('core-sounds-es', 'es_MX_f_Allison'),
        'june_fr': _asterisk('core-sounds-fr', 'fr_CA_f_June'),
        'carlo_it': _asterisk('core-sounds-it', 'it_IT_m_Carlo'),
        'chulo_zh': ('gcin-voice', '**/5.ogg', None),
        **{f'glest_{v}': ('megaglest-data',
                          f'**/sounds/{v}_[as][ce][kl]*.*', None)
           for v in GLEST_VOICES},
    },
    'tune': {
        'menardi_it': _asterisk('prompt-it-menardi', 'it_IT_f_Menardi'),
    },
    'test': {
        'ru': _asterisk('core-sounds-ru', 'ru_RU_f_IvrvoiceRU'),
        'librivox': _pocketsphinx('librivox/*.wav'),
        'cards': _pocketsphinx('cards/*.wav'),
        'commands': _pocketsphinx('*.raw'),
        'tidigits': _pocketsphinx('tidigits/*.raw'),
    },
}
# Speakers of the free-spoken-digit-dataset (CC-BY-SA-4.0), never trained on.
DIGITS = {
    'tune': ('lucas', 'yweweler'),
    'test': ('george', 'jackson', 'nicolas', 'theo'),
}
EFFECTS = {
    'train': [
        ('sonic-pi-samples', 'sonic-pi/samples/*.flac', VOICES + '|^loop_'),
        ('minetest-data', '**/*.ogg', 'player_damage'),
        ('minetest-mod-mesecons', '**/*.ogg', None),
        ('endless-sky-data', '**/*.wav', None),
        ('hyperrogue-music', '**/sounds/*.ogg', VOICES),
        ('yaru-theme-sound', '**/*.oga', None),
        ('gnome-audio', '**/*.wav', 'phone|card_shuffle|slide|email'),
        ('megaglest-data', '**/*sounds/*.[ow][ga][gv]', GLEST_SOUNDS),
        ('lomiri-sounds', 'sounds/lomiri/[cn]*/**/*.ogg', None),
    ],
    'tune': [
        ('sound-theme-freedesktop', '**/*.oga',
         'audio-channel|audio-test|phone-|message-new|service-'),
        ('minetest-mod-homedecor', '**/*.ogg', None),
        ('teeworlds-data', '**/audio/*.wv', 'vo_|voice|laugh'),
    ],
    'test': [
        ('flare-game', '**/soundfx/**/*.ogg', VOICES),
    ],
}
MUSIC = {
    'train': [
        ('singularity-music', '**/*.ogg', None),
        ('asterisk-moh-opsound-wav', 'asterisk/moh/macroform*.wav', None),
        ('megaglest-data', '**/music/*.ogg', None),
        ('lomiri-sounds', 'sounds/lomiri/ringtones/*.ogg', None),
        ('hyperrogue-music', '**/music/hr*.ogg', None),
        ('sonic-pi-samples', 'sonic-pi/samples/loop_*.flac', VOICES),
    ],
    'tune': [
        ('zaz-data', '**/mus*.ogg', None),
        ('asterisk-moh-opsound-wav', 'asterisk/moh/manolo*.wav', None),
    ],
    'test': [
        ('flare-game', '**/music/*.ogg', None),
        ('asterisk-moh-opsound-wav', 'asterisk/moh/reno*.wav', None),
    ],
}


def files(package, pattern, skip=None):
    """The files of an entry of the tables above, sorted."""
    found = (PACKAGES / package / 'usr/share').glob(pattern)
    return sorted(str(f) for f in found
                  if f.is_file() and not (skip and re.search(skip, f.name)))


def to_rate(x, rate):
    """Samples at `rate` -> at 8 kHz, float32."""
    if rate != RATE:
        g = math.gcd(RATE, rate)
        x = resample_poly(x, RATE // g, rate // g)
    return x.astype(np.float32)


def _read(path, seconds):
    if path.endswith('.wv'):
        pcm = subprocess.run(
            ['ffmpeg', '-v', 'quiet', '-i', path, '-f', 's16le', '-ac', '1',
             '-ar', str(RATE), '-'], capture_output=True).stdout
        return np.frombuffer(pcm, '<i2').astype(np.float32) / 32768, RATE
    if path.endswith('.raw'):
        return np.fromfile(path, '<i2').astype(np.float32) / 32768, 16000
    with soundfile.SoundFile(path) as f:
        n = len(f)
        if seconds and n > seconds * f.samplerate:
            f.seek(int((n - seconds * f.samplerate) // 3))
            n = int(seconds * f.samplerate)
        x = f.read(n, dtype='float32', always_2d=True).mean(1)
        return x, f.samplerate


def load(path, seconds=None):
    """Any sound file -> 8 kHz mono, at most `seconds` of it from a third of
    the way in; None when it cannot be read."""
    try:
        x, rate = _read(path, seconds)
    except (OSError, RuntimeError):
        return None
    return to_rate(x, rate)


def sounds(entries, seconds):
    """All sounds of a list of the tables that are not too short or silent."""
    out = []
    for entry in entries:
        for f in files(*entry):
            x = load(f, seconds)
            if x is not None and len(x) > 600 and abs(x).max() > .01:
                out.append(x)
    return out
