#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The page of `gst-voice serve` in headless Chromium. TAP.

A person calls: the microphone is a file in which a machine asks for an
appointment, interrupts, and a human voice (Debian's pocketsphinx-testdata) says
a number. In each state axe-core judges the page. GST_VOICE_SCREENS names a
folder for screenshots.
"""
import json
import os
import shutil
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import wave

import browser
import lab
from lab import Skip, expect, note, until
from serve import Serve

NUMBER = '/usr/share/pocketsphinx/test/data/tidigits/dhd.2934z.raw'
RATE = 16000
WIDE, NARROW = (1280, 800), (390, 844)
LOADED = ('document.readyState === "complete" && '
          'document.getElementById("persona").options.length > 0')
_microphone = None


def speak(text):
    """Of a synthetic voice, samples of 16 kHz."""
    with tempfile.TemporaryDirectory() as folder:
        said, sound = (os.path.join(folder, n) for n in ('text', 'sound'))
        with open(said, 'w', encoding='utf-8') as file:
            file.write(text)
        line = (f'filesrc location={said} ! text/x-raw,format=utf8 ! '
                'flitetts voice=rms ! audioconvert ! audioresample ! '
                f'audio/x-raw,format=S16LE,rate={RATE},channels=1 ! '
                f'filesink location={sound}')
        # Without it no sanitizer is to be in the way. It ends with its stdin.
        launch = os.environ.get('GST_VOICE_LAUNCH')
        ends = os.pipe()
        subprocess.run([launch, line] if launch else
                       ['gst-launch-1.0', '-q', *line.split()],
                       check=True, timeout=60, stdin=ends[0],
                       stdout=subprocess.DEVNULL)
        for end in ends:
            os.close(end)
        with open(sound, 'rb') as file:
            return file.read()


def microphone():
    """A file with speech at some seconds; Chromium plays it when a call begins,
    and again after its end."""
    global _microphone
    if _microphone:
        return _microphone
    if not os.path.exists(NUMBER):
        raise Skip('there is no human speech (Debian: pocketsphinx-testdata)')
    sound = bytearray(2 * RATE * 60)
    with open(NUMBER, 'rb') as file:
        number = file.read()
    for begin, what in (
            (6.0, speak('I would like an appointment on tuesday')),
            (14.5, speak('half past nine please')), (24.0, number)):
        at = 2 * int(RATE * begin)
        sound[at:at + len(what)] = what
    folder = tempfile.mkdtemp(prefix='microphone-')
    lab.at_end(lambda: shutil.rmtree(folder), of_test=True)
    _microphone = os.path.join(folder, 'microphone.wav')
    with wave.open(_microphone, 'wb') as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(sound)
    return _microphone


class Page(browser.Page):
    def __init__(self, url, size=WIDE, flags=(), loaded=LOADED):
        super().__init__(url, microphone(), loaded, size, flags)
        self.name = f'{size[0]}x{size[1]}'

    def text(self, selector):
        return self.run('[...document.querySelectorAll('
                        f'{json.dumps(selector)})].map(x => x.innerText)')

    def until_text(self, selector, part, seconds=40):
        return until(lambda: next((t for t in self.text(selector)
                                   if part in t), None),
                     f'{part!r} in {selector}', seconds)

    def click(self, selector):
        self.run(f'document.querySelector({json.dumps(selector)}).click()')

    def state(self):
        return self.run('document.getElementById("state").dataset.state')

    def until_state(self, *states):
        return until(lambda: self.state() in states, f'the state {states}', 60)

    def look(self, name):
        """axe-core finds nothing to complain of; a picture."""
        folder = os.environ.get('GST_VOICE_SCREENS')
        if folder:
            os.makedirs(folder, exist_ok=True)
            self.screenshot(os.path.join(folder, f'{name}-{self.name}.png'))
        expect(self.run('document.documentElement.scrollWidth <= innerWidth'),
               name, 'is wider than its window')
        path = os.environ.get('GST_VOICE_AXE')
        if not path:
            raise Skip('there is no axe-core: tools/dev interop installs it, '
                       'or name axe.min.js in GST_VOICE_AXE')
        if not self.run('typeof axe === "object"'):
            with open(path, encoding='utf-8') as file:
                self.run(file.read() + ';true')
        found = self.run(
            'axe.run().then(r => r.violations.map(v => v.id + ": " + '
            'v.nodes.map(n => n.html).join(" ")))')
        expect(not found, name, found)

    def dark(self):
        self.ask('Emulation.setEmulatedMedia', features=[
            {'name': 'prefers-color-scheme', 'value': 'dark'}])

    def sound_received(self):
        """Level of the agent's sound, by Chromium's own count."""
        return self.run(
            'call && call.peer.getStats().then(s => Math.max(0, '
            '...[...s.values()].filter(x => x.type === "inbound-rtp")'
            '.map(x => x.totalAudioEnergy || 0)))') or 0


def whole_call(size):
    serve = Serve()
    page = Page(serve.url, size)
    page.look('1-idle')
    page.click('#begin')
    page.until_state('listening', 'speaking')
    page.until_text('#lines .agent', 'How can I help you?')
    page.look('2-greeting')
    page.until_text('#lines .you', 'i would like an appointment on tuesday')
    page.until_text('#lines .tool', 'ok in')
    page.until_state('speaking')
    page.look('3-speaking')
    page.until_text('#lines .cut', 'interrupted')
    page.until_text('#lines .you', 'half past nine please')
    page.until_text('#lines .agent', 'What is your patient number?')
    page.until_text('#lines .you', 'two nine three four zero')
    page.until_text('#lines .agent', '2 9 3 4 0')
    expect(page.sound_received() > 0, 'no sound was received')
    expect(page.text('#lines del'), 'nothing is struck out')
    until(lambda: len(page.text('#turns li')) >= 3, 'three bars')
    note(page.text('#turns .sum'))
    page.look('4-call')
    page.dark()
    page.look('5-dark')
    page.click('#end')
    page.until_state('idle')
    page.until_text('#lines .note', 'The call is over')
    page.look('6-over')
    until(serve.calls, 'the call is in the database')
    call, = serve.calls()
    note({k: call[k] for k in ('persona', 'reason', 'turns', 'interruptions')
          if k in call})
    expect(call['persona'] == 'clinic' and call['turns'] >= 3
           and call['interruptions'] >= 1, call)


def wide():
    whole_call(WIDE)


def narrow():
    whole_call(NARROW)


def without_a_microphone():
    """It is refused; the call goes on in writing."""
    serve = Serve('--listen', '127.0.0.1:0', personas=('echo', 'clinic'))
    page = Page(serve.url, NARROW)
    page.run('navigator.mediaDevices.getUserMedia = () => Promise.reject('
             'new DOMException("no", "NotAllowedError"))')
    page.run('document.getElementById("persona").value = "clinic"')
    page.click('#begin')
    page.until_text('#problem', 'The microphone is not allowed')
    page.look('7-denied')
    page.click('#silent')
    page.until_text('#lines .agent', 'How can I help you?')
    page.run('document.getElementById("text").value = '
             '"what are your opening hours"')
    page.click('#send')
    page.until_text('#lines .you', 'what are your opening hours')
    until(lambda: len(page.text('#lines .agent')) >= 2, 'an answer')
    page.look('8-written')
    # Whoever closes the page has left.
    page.run('location.href = "about:blank"; 1')
    until(serve.calls, 'the call is in the database')


def ask(url, method='GET', headers=None, body=None, context=None):
    request = urllib.request.Request(url, body, headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, context=context) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def https_and_a_token():
    """On all addresses; a certificate of nobody."""
    folder = tempfile.mkdtemp()
    lab.at_end(lambda: shutil.rmtree(folder))
    cert, key = (os.path.join(folder, n) for n in ('cert.pem', 'key.pem'))
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes',
                    '-subj', '/CN=localhost', '-days', '2', '-keyout', key,
                    '-out', cert], check=True, capture_output=True)
    serve = Serve('--listen', ':0', '--tls-cert', cert, '--tls-key', key)
    address, token = serve.url.split('#token=')
    expect(address.startswith('https://') and len(token) >= 32, serve.url)
    port = address.rsplit(':', 1)[1].strip('/')
    base = f'https://localhost:{port}'
    trusting = ssl._create_unverified_context()
    offer = {'Content-Type': 'application/sdp'}
    for headers, status in (
            (offer, 401), ({**offer, 'Authorization': 'Bearer x'}, 401),
            ({**offer, 'Authorization': f'Bearer {token}'}, 400)):
        got = ask(base + '/call', 'POST', headers, b'v=0\r\n', trusting)
        expect(got[0] == status, headers, got)
    # Its host, not the machine's name, is what others may call it.
    flags = ('--ignore-certificate-errors',)
    page = Page(f'{base}/', flags=flags, loaded='document.readyState === '
                '"complete" && !document.getElementById("problem").hidden')
    page.until_text('#problem', 'The token is missing')
    page.look('9-no-token')
    page = Page(f'{base}/#token={token}', flags=flags)
    expect('token' not in page.run('location.href'), 'the token is shown')
    page.click('#begin')
    page.until_text('#lines .agent', 'How can I help you?')
    page.click('#end')
    page.until_state('idle')


def insecure():
    """Another machine's page without HTTPS gets no microphone."""
    serve = Serve('--listen', ':0', '--token', 'a-token-for-this-test')
    host = subprocess.run(['hostname', '-I'], capture_output=True,
                          encoding='utf-8').stdout.split()
    if not host:
        raise Skip('this machine has loopback only')
    port = serve.url.split('#')[0].rsplit(':', 1)[1].strip('/')
    page = Page(f'http://{host[0]}:{port}/#token=a-token-for-this-test')
    page.click('#begin')
    page.until_text('#problem', 'only to pages over HTTPS')
    page.look('10-insecure')


def offer_to_sound():
    """How long it takes: from the click, from the offer."""
    serve = Serve()
    rows = []
    count = int(os.environ.get('GST_VOICE_CALLS', '2'))
    for _ in range(count):
        page = Page(serve.url)
        time.sleep(1)
        page.click('#begin')
        until(lambda: page.run('performance.getEntriesByName("sound").length'),
              'sound')
        marks = page.run('Object.fromEntries(performance.getEntriesByType('
                         '"mark").map(m => [m.name, m.startTime]))')
        rows.append({k: marks[k] - marks['offer']
                     for k in ('call', 'answer', 'connected', 'sound')})
        page.click('#end')
        page.until_state('idle')
        page.end()
        lab._stops.remove(page.end)
    for key in ('call', 'answer', 'connected', 'sound'):
        times = sorted(row[key] for row in rows)
        note(f'offer to {key}: p50 {times[len(times) // 2]:.0f} ms, '
             f'{times[0]:.0f} to {times[-1]:.0f} ms, {count} calls')


lab.run([wide, narrow, without_a_microphone, https_and_a_token, insecure,
         offer_to_sound])
