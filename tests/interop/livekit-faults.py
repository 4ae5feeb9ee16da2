#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Signalling that breaks, by a proxy before a real server and by test-server. TAP."""
import json
import time

import lab
from lab import Caller, Cutter, Skip, expect, note, start, stop
from sides import (WHO, Elements, Other, caller, expect_whole, new_room, only,
                   play, server)


def socket_cut():
    """The signalling is lost; the media go on and the session is resumed."""
    room = new_room()
    one = caller(server(), room)
    cutter = Cutter(server().port)
    other = Other(server(), room, url=cutter.url)
    one.play(tone=440)
    one.hear_tone('agent', 440)
    mark, after = one.mark(identity='agent')['position'], one.now()
    at = other.now()
    cutter.cut()
    other.wait_resumed(at)
    time.sleep(1)
    heard = one.listen(identity='agent', since=mark)
    note(heard)
    expect_whole(heard)
    expect(not any(line['event'] == 'participant-disconnected'
                   for line in one.driven.events[after:]),
           'the other has been away')
    other.end()
    one.leave()


def socket_cut_for_long():
    """Three seconds without any signalling; then all goes on."""
    room = new_room()
    one = caller(server(), room)
    cutter = Cutter(server().port)
    other = Other(server(), room, url=cutter.url)
    one.play(tone=440)
    one.hear_tone('agent', 440)
    at = other.now()
    cutter.cut(refuse=True)
    time.sleep(3)
    cutter.refuse = False
    other.wait_resumed(at)
    one.hear_tone('agent', 440)
    other.end()
    one.leave()


def removed():
    """The server's owner throws the other out; the caller sees it go."""
    room = new_room()
    one = caller(server(), room)
    other = Other(server(), room)
    one.play(tone=440)
    one.hear_tone('agent', 440)
    after = one.now()
    server().api('RoomService', 'RemoveParticipant', room=room,
                 identity='agent')
    one.wait('participant-disconnected', after=after, identity='agent')
    if WHO == 'elements':
        other.wait('voice/room', state='left')
    one.leave()


class TestServer:
    """LiveKit's own stand-in, whose faults an attribute of the token picks."""

    def __init__(self):
        path = lab.program('GST_VOICE_LIVEKIT_TEST_SERVER',
                           'livekit-test-server',
                           'tools/dev interop installs it')
        port = lab.free_port()
        self.url = f'ws://127.0.0.1:{port}'
        self.process = start(
            [path, f'--ports={port}', '--bind=127.0.0.1',
             f'--api-secret={lab.SECRET}'], stdout=lab.subprocess.DEVNULL,
            stderr=lab.subprocess.DEVNULL)
        lab.at_end(lambda: stop(self.process))
        lab.until(lambda: self.answers(port), 'test-server listens')

    @staticmethod
    def answers(port):
        try:
            lab.socket.create_connection(('127.0.0.1', port)).close()
            return True
        except OSError:
            return False


# What the server does, and what we may call it. None: we go on trying.
FAULTS = {
    'validate_500': {'server'},
    'validate_service_not_found': {'unsupported'},
    'room_not_found': {'bad-request', 'unsupported'},
    'no_first_message': {'first-byte-timeout', 'connect-timeout', 'stalled'},
    'close_before_join': {'disconnected', 'server', 'bad-response'},
    'leave_first_message': {'disconnected', 'server', 'cancelled'},
}


@only('elements')
def refused_by_the_test_server():
    at = TestServer()
    for fault, codes in FAULTS.items():
        other = Elements(at, 'room', join=False, attributes={
            'lk.mock': json.dumps({'signal': fault})})
        got = other.wait('error', timeout=60)
        note(f'{fault}: {got}')
        expect(got.get('code') in codes, fault, got)
        other.end()


@only('elements')
def no_media_from_the_test_server():
    """It answers the signalling only: we bear it, and end when asked to."""
    at = TestServer()
    for fault in 'happy', 'no_pong', 'close_when_connected', \
            'drop_when_connected', 'leave_when_connected':
        other = Elements(at, 'room', join=False, attributes={
            'lk.mock': json.dumps({'signal': fault})})
        other.wait('voice/room', state='joined')
        time.sleep(2)
        other.end()
        note(f'{fault}: ' + ', '.join(
            line.get('state') or line['event'] for line in other.events
            if line['event'] in ('voice/room', 'error', 'eos')))


@only('elements')
def a_false_token():
    other = Elements(server(), 'room', join=False, secret='x' * 32)
    got = other.wait('error')
    expect(got.get('code') == 'auth', got)
    other.end()


@only('sdk')
def the_test_server_refuses():
    at = TestServer()
    for fault in 'validate_500', 'close_before_join':
        one = Caller('caller', at)
        try:
            one.join(attributes={'lk.mock': json.dumps({'signal': fault})},
                     connect_timeout=2)
            raise Skip(f'{fault} is no fault to the SDK')
        except AssertionError as error:
            note(f'{fault}: {error}')


play([socket_cut, socket_cut_for_long, removed, the_test_server_refuses,
      refused_by_the_test_server, no_media_from_the_test_server,
      a_false_token])
