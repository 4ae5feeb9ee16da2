#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A whole call over a real livekit-server: sound, words, people. TAP."""
import os
import time

import lab
from lab import Caller, expect, note
from sides import (WHO, Other, caller, expect_whole, hear_speech, new_room,
                   only, play, server)


def tone_both_ways():
    room = new_room()
    one = caller(server(), room)
    other = Other(server(), room)
    one.play(tone=440)
    heard = one.hear_tone('agent', 440)
    heard = one.listen(identity='agent', seconds=3)
    note(heard)
    expect_whole(heard)
    one.play(tone=1000)
    one.hear_tone('agent', 1000)
    one.play()
    lab.until(lambda: one.listen(identity='agent',
                                 seconds=0.5)['level'] < 0.005,
              'the agent is silent with the caller')
    other.end()
    one.leave()


def content():
    room = new_room()
    one = caller(server(), room)
    other = Other(server(), room)
    one.play(tone=440)
    heard = hear_speech(one, 0.7)
    expect(heard['correlation'] > 0.8, heard)
    other.end()
    one.leave()


def leave_and_return():
    room = new_room()
    one = caller(server(), room)
    other = Other(server(), room)
    for _ in range(2):
        one.play(tone=440)
        one.hear_tone('agent', 440)
        one.leave()
        if WHO == 'elements':   # who hangs up has hung up
            other.wait('eos')
            other = Other(server(), room)
        one.join()
        one.publish()
    one.play(tone=440)
    one.hear_tone('agent', 440)
    after = one.now()
    other.end()
    one.wait('participant-disconnected', after=after, identity='agent')
    other = Other(server(), room)
    one.hear_tone('agent', 440)
    other.end()
    one.leave()


def mute():
    room = new_room()
    one = caller(server(), room)
    other = Other(server(), room)
    one.play(tone=440)
    one.hear_tone('agent', 440)
    one.mute()
    time.sleep(1)
    quiet = one.listen(identity='agent', seconds=1)
    expect(quiet['level'] < 0.005, quiet)
    one.mute(muted=False)
    one.hear_tone('agent', 440)
    other.end()
    one.leave()


def replaced():
    """Another microphone: a track of its own, with another sid."""
    room = new_room()
    one = Caller('caller', server(), room)
    one.join()
    sids = [one.publish()['sid']]
    other = Other(server(), room)
    one.play(tone=440)
    one.hear_tone('agent', 440)
    for frequency in 1000, 440:
        one.unpublish()
        sids.append(one.publish()['sid'])
        one.play(tone=frequency)
        one.hear_tone('agent', frequency)
        heard = one.listen(identity='agent', seconds=3)
        note(heard)
        expect(abs(heard['frequency'] - frequency) < 3, heard)
        expect_whole(heard)
    expect(len(set(sids)) == 3, sids)
    other.end()
    one.leave()


# What is not sound, between SDK callers

@only('sdk')
def data_and_keys():
    room = new_room()
    one, two = Caller('caller', server(), room), Caller('agent', server(), room)
    one.join()
    two.join()
    for reliable in True, False:
        after = two.now()
        one.data(payload=f'hallo {reliable} ü', topic='t', reliable=reliable)
        got = two.wait('data-received', after=after, topic='t')
        expect(got['payload'] == f'hallo {reliable} ü'
               and got['identity'] == 'caller'
               and got['lossy'] is not reliable, got)
    after = two.now()
    one.dtmf(digits='1*#')
    for digit in '1*#':
        two.wait('sip-dtmf-received', after=after, digit=digit)
    one.leave()
    two.leave()


@only('sdk')
def texts():
    room = new_room()
    one, two = Caller('caller', server(), room), Caller('agent', server(), room)
    one.join()
    two.join()
    after = two.now()
    one.text(text='Grüß Gott', attributes={'a': 'b'})
    got = two.wait('text', after=after, topic='lk.chat')
    expect(got['text'] == 'Grüß Gott' and got['attributes']['a'] == 'b', got)
    long = 'ä' * 40000
    one.text(text=long, topic='test')
    got = two.wait('text', topic='test')
    expect(got['text'] == long, len(got['text']))
    one.stream(parts=['one ', 'two ', 'three'], topic='lk.transcription')
    got = two.wait('text', topic='lk.transcription')
    expect(got['text'] == 'one two three' and got['parts'] == 3, got)
    one.leave()
    two.leave()


@only('sdk')
def calls_of_procedures():
    room = new_room()
    one, two = Caller('caller', server(), room), Caller('agent', server(), room)
    one.join()
    two.join()
    two.serve(method='echo')
    two.serve(method='refuse', answer='no', code=1700)
    expect(one.rpc(identity='agent', method='echo', payload='ü' * 7000)
           ['answer'] == 'ü' * 7000)
    expect(one.rpc(identity='agent', method='refuse')['code'] == 1700)
    expect(one.rpc(identity='agent', method='none')['code'] == 1400)
    expect(server().api('RoomService', 'PerformRpc', room=room,
                        destination_identity='agent', method='echo',
                        payload='x')['payload'] == 'x')
    one.leave()
    two.leave()


@only('sdk')
def attributes():
    room, before = new_room(), lab.callers().now()
    one, two = Caller('caller', server(), room), Caller('agent', server(), room)
    one.join()
    two.join()
    one.wait('participant-connected', identity='agent', after=before)
    after = one.now()
    two.attributes(**{'lk.agent.state': 'listening'})
    got = one.wait('participant-attributes-changed', after=after)
    expect(got['changed'] == {'lk.agent.state': 'listening'}, got)
    one.leave()
    two.leave()


# The same with us

@only('elements')
def typed():
    room = new_room()
    one = caller(server(), room)
    other = Other(server(), room)
    one.text(text='Grüß Gott')
    got = other.wait('voice/typed')
    expect(got['text'] == 'Grüß Gott' and got['source'] == 'chat', got)
    other.end()
    one.leave()


@only('elements')
def keys():
    room = new_room()
    one = caller(server(), room)
    other = Other(server(), room)
    one.dtmf(digits='1*#')
    for digit in '1*#':
        other.wait('voice/dtmf', digit=digit)
    other.end()
    one.leave()


@only('elements')
def people():
    room = new_room()
    one = caller(server(), room)
    other = Other(server(), room)
    got = other.wait('voice/participant', identity='caller', change='joined')
    expect(got['kind'] == 'standard', got)
    one.attributes(**{'sip.phoneNumber': '+1555'})
    got = other.wait('voice/participant', change='changed')
    expect('+1555' in got['attributes'], got)
    one.leave()
    other.wait('voice/participant', change='left')
    other.end()


@only('elements')
def a_persona_answers():
    """Greeting, captions of both sides, the agent's state, a typed turn."""
    room = new_room()
    one = caller(server(), room)
    persona = os.path.join(os.environ['GST_VOICE_TEST_SOURCE'], 'tests',
                           'data', 'personas', 'recordings.json')
    after = one.now()
    other = Other(server(), room, between=f'voiceagent persona={persona} !')
    one.wait('first-audio', after=after, identity='agent')
    spoken = one.wait('text', after=after, topic='lk.transcription')
    expect(spoken['text'].strip(), spoken)
    note(spoken)
    one.wait('participant-attributes-changed', after=after, identity='agent')
    states = [line['changed'].get('lk.agent.state')
              for line in one.driven.events[after:]
              if line['event'] == 'participant-attributes-changed']
    note(states)
    expect('speaking' in states or 'listening' in states, states)
    other.end()
    one.leave()


play([tone_both_ways, content, leave_and_return, mute, replaced, data_and_keys,
      texts, calls_of_procedures, attributes, typed, keys, people,
      a_persona_answers])
