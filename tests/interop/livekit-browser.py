#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""LiveKit's official JavaScript SDK in headless Chromium, as the caller. TAP.

Chromium's microphone is a file, see browser.py.
"""
import array
import functools
import http.server
import json
import math
import os
import shutil
import tempfile
import threading
import wave

import browser
import lab
from lab import Caller, Skip, expect, note, token
from sides import Other, new_room, only, play, server


class Page(browser.Page):
    def do(self, function, *arguments):
        return self.run(f'{function}({json.dumps(arguments)[1:-1]})')

    def wait(self, event, **match):
        def seen():
            return next((one for one in self.run('events')
                         if one['event'] == event and all(
                             one.get(k) == v for k, v in match.items())), None)
        return lab.until(seen, f'{event} {match}')

    def hear_tone(self, identity, frequency):
        def heard():
            tone = self.do('listen', identity)
            return (tone and abs(tone['frequency'] - frequency) < 10
                    and tone['level'] > -60 and tone)
        return lab.until(heard, f'{frequency} Hz of {identity}')


def write_tone(path, frequency):
    """Ten seconds; Chromium plays it again and again."""
    rate = 48000
    with wave.open(path, 'wb') as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(array.array('h', (
            int(8000 * math.sin(2 * math.pi * frequency * i / rate))
            for i in range(10 * rate))).tobytes())


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


_page_url = None


def page_url():
    """Where a page may use a microphone: a server on loopback."""
    global _page_url
    if not _page_url:
        library = os.environ.get('GST_VOICE_LIVEKIT_JS')
        if not library:
            raise Skip('there is no livekit-client for browsers: tools/dev '
                       'interop installs it, or name its umd bundle in '
                       'GST_VOICE_LIVEKIT_JS')
        folder = tempfile.mkdtemp()
        lab.at_end(lambda: shutil.rmtree(folder), of_test=True)
        shutil.copy(library, os.path.join(folder, 'livekit-client.js'))
        shutil.copy(os.path.join(lab.HERE, 'callers', 'browser.html'), folder)
        site = http.server.ThreadingHTTPServer(
            ('127.0.0.1', 0), functools.partial(Quiet, directory=folder))
        threading.Thread(target=site.serve_forever, daemon=True).start()
        _page_url = f'http://127.0.0.1:{site.server_port}/browser.html'
    return _page_url


def open_page(room):
    """A browser that is in the room and says 440 Hz."""
    url = page_url()
    microphone = os.path.join(tempfile.mkdtemp(), 'microphone.wav')
    lab.at_end(lambda: shutil.rmtree(os.path.dirname(microphone)))
    write_tone(microphone, 440)
    page = Page(url, microphone, 'typeof join === "function"')
    expect(page.do('join', server().url, token('caller', room)) == 'caller')
    page.do('speak')
    return page


def sound_both_ways():
    room = new_room()
    page = open_page(room)
    third = Caller('third', server(), room)
    third.join()
    heard = third.hear_tone('caller', 440)
    note(heard)
    other = Other(server(), room)
    tone = page.hear_tone('agent', 440)
    note(tone)
    # Two seconds in which neither Chromium nor a jitter buffer is held up.
    heard = third.hear_tone('agent', 440, seconds=2, purity=0.9)
    note(heard)
    page.run('room.localParticipant.setMicrophoneEnabled(false)')
    lab.until(lambda: page.do('listen', 'agent')['level'] < -60,
              'the agent echoes silence')
    page.do('speak')
    page.hear_tone('agent', 440)
    other.end()
    page.wait('left', identity='agent')
    page.run('room.disconnect()')


@only('elements')
def words():
    room = new_room()
    page = open_page(room)
    other = Other(server(), room)
    page.run('room.localParticipant.sendText("Grüß Gott", '
             '{topic: "lk.chat"}).then(() => true)')
    got = other.wait('voice/typed')
    expect(got['text'] == 'Grüß Gott', got)
    page.run('room.localParticipant.publishDtmf(5, "5")')
    other.wait('voice/dtmf', digit='5')
    other.end()


@only('sdk')
def words_between_sdks():
    room = new_room()
    page = open_page(room)
    other = Caller('agent', server(), room)
    other.join()
    page.wait('joined', identity='agent')
    page.run('room.localParticipant.sendText("Grüß Gott", '
             '{topic: "lk.chat"}).then(() => true)')
    got = other.wait('text', topic='lk.chat')
    expect(got['text'] == 'Grüß Gott' and got['identity'] == 'caller', got)
    other.stream(parts=['one ', 'two'], topic='lk.transcription',
                 attributes={'lk.transcription_final': 'true'})
    got = page.wait('text', topic='lk.transcription', text='one two')
    expect(got['attributes']['lk.transcription_final'] == 'true', got)
    other.attributes(**{'lk.agent.state': 'thinking'})
    page.wait('attributes', identity='agent')
    other.data(payload='x', topic='t')
    page.wait('data', topic='t', payload='x')


play([sound_both_ways, words, words_between_sdks])
