# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who a caller talks to in these tests, as the first word of the command line.

`elements`: livekitsrc and livekitsink. `sdk`: another caller of the official
Python SDK in their place, which proves that servers, faults and measures are
what the tests take them for. More words name single cases.
"""
import os
import sys
import time

import lab
from lab import Caller, Server, Skip, expect, note, token

WHO = sys.argv.pop(1)
# Two callers of the SDK test the tools, not us: a busy machine may cost them one
# try.
lab.tries = 2 if WHO == 'sdk' else 1
SPEECH = ('/usr/share/pocketsphinx/test/data/librivox/'
          'sense_and_sensibility_01_austen_64kb-0880.wav')
_server = None
_rooms = 0


def server():
    global _server
    _server = _server or Server()
    return _server


def new_room():
    global _rooms
    _rooms += 1
    return f'room-{_rooms}'


class Sdk(Caller):
    """Sends back what it hears of the caller."""

    def __init__(self, server, room, url=None, relay=False):
        super().__init__('agent', server, room)
        self.join(url, relay=relay)
        self.publish()
        self.echo(identity='caller')

    def wait_resumed(self, after):
        self.wait('reconnected', after=after)

    def end(self):
        self.leave()


class Elements(lab.Driven):
    """livekitsrc ! … ! livekitsink in a process of its own.

    Without DTX, to which a tone that does not end is noise. From loopback,
    since libnice ties any other address to its interface (IP_UNICAST_IF).
    """

    def __init__(self, server, room, url=None, relay=False, between='',
                 join=True, **claims):
        ticket = token('agent', room, kind='agent', **claims)
        super().__init__([
            os.environ['GST_VOICE_LAUNCH'],
            f'livekitsrc name=src url={url or server.url} token={ticket} '
            f'relay={relay} local-address=127.0.0.1 ! {between} '
            'livekitsink name=sink dtx=false'])
        if join:
            self.wait('voice/room', state='joined')

    def wait_resumed(self, after):
        self.wait('voice/room', after=after, state='reconnected')

    def end(self):
        super().end()
        # Sanitizers speak by the exit status, too.
        expect(self.process.returncode == 0
               or any(line['event'] == 'error' for line in self.events),
               f'launch ended with {self.process.returncode}')


Other = {'sdk': Sdk, 'elements': Elements}[WHO]


def caller(at, room):
    """A caller who is in the room and may speak."""
    one = Caller('caller', at, room)
    one.join()
    one.publish()
    return one


def only(who):
    """Cases for one of the two; the other does not even count them."""
    return lambda function: function if who == WHO else None


def hear_speech(one, least):
    """The caller says a sentence and hears the same of the other."""
    one.hear_tone('agent', 440)
    one.play()
    time.sleep(0.5)
    mark, after = one.mark(identity='agent')['position'], one.now()
    one.play(wav=SPEECH)
    one.wait('played', after=after)
    time.sleep(1.2)
    heard = one.match(identity='agent', wav=SPEECH, since=mark)
    note(heard)
    expect(heard['pieces'] >= 4 and heard['found'] >= least, heard)
    return heard


def expect_whole(heard):
    """A tone without an interruption.

    A jitter buffer that adapts, or a busy machine, cuts tens of milliseconds;
    a lost connection costs more than half a second.
    """
    expect(heard['purity'] > 0.95 and heard['longest_hole_ms'] <= 200, heard)


def play(cases):
    """Runs the cases that are for this other side."""
    try:
        lab.callers()
        server()
        if not os.path.exists(SPEECH):
            raise Skip('there is no speech to play '
                       '(Debian: pocketsphinx-testdata)')
    except Skip as reason:
        lab.skip_all(reason)
    lab.run([one for one in cases if one])
