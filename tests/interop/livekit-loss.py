#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Calls over a bad network, and over nothing but a TURN server. TAP."""
import time

from lab import Relay, Server, Turn, expect, note
from sides import WHO, Other, caller, hear_speech, new_room, play


def lossy(least, **settings):
    """What the other side gets and sends suffers; the caller has a good line."""
    relay = Relay(seed=1)
    room = new_room()
    one = caller(relay.server, room)
    one.play(tone=440)
    relay.set(spare=1)
    other = Other(relay.server, room)
    one.hear_tone('agent', 440)
    before = relay.set(**settings)
    time.sleep(4)               # until the jitter buffer has learnt it
    hear = one.listen(identity='agent', seconds=5)
    note(hear)
    heard = hear_speech(one, least)
    after = relay.set()
    for way in 'up', 'down':
        sent = after[way]['media'] - before[way]['media']
        lost = after[way]['media-lost'] - before[way]['media-lost']
        note(f'{way}: {lost} of {sent} packets of media lost')
        expect(sent > 300, 'the media do not go through the relay')
        wanted = settings.get('loss', 0) / 100
        expect(abs(lost / sent - wanted) <= 0.005 + wanted / 2, lost, sent)
    other.end()
    one.leave()
    return hear, heard


def loss_1():
    lossy(0.7, loss=1)


def loss_5():
    lossy(0.6, loss=5)


def loss_10():
    lossy(0.4, loss=10)


def jitter_200():
    # The SDK stretches speech by more than the comparison follows.
    hear, _ = lossy(0.7 if WHO == 'elements' else 0.4, jitter=200)
    expect(hear['hole_ms'] <= 100, hear)


def relayed():
    """Nothing but TURN: what the server announces is used."""
    turn = Turn()
    at = Server(rtc='  turn_servers:\n  - host: 127.0.0.1\n'
                    f'    port: {turn.port}\n    protocol: udp\n'
                    '    username: user\n    credential: word\n')
    room = new_room()
    one = caller(at, room)
    one.play(tone=440)
    time.sleep(1)
    before = turn.allocations()
    other = Other(at, room, relay=True)
    one.hear_tone('agent', 440)
    expect(turn.allocations() > before, 'nothing is relayed')
    note(f'{turn.allocations() - before} allocations')
    other.end()
    one.leave()


play([loss_1, loss_5, loss_10, jitter_200, relayed])
