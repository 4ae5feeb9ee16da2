#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""aiortc calls `gst-voice serve` as a WHIP client would. TAP.

GST_VOICE_AIORTC may name a Python that has it (`pip install aiortc`).
GST_VOICE_CALLS calls are measured.
"""
import os
import sys

PYTHON = os.environ.pop('GST_VOICE_AIORTC', None)
if PYTHON:
    os.execv(PYTHON, [PYTHON, *sys.argv])

import array
import asyncio
import json
import signal
import time
import urllib.error
import urllib.request

import lab
from lab import expect, note, until
from serve import Serve

try:
    import aiortc
except ImportError:
    lab.skip_all('there is no aiortc here (GST_VOICE_AIORTC=<python of a venv '
                 'with aiortc>)')

LOUD = 300                      # of 32767
SDP = {'Content-Type': 'application/sdp'}


def ask(url, method='GET', headers=None, body=None):
    request = urllib.request.Request(url, body, headers or {}, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, dict(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read().decode()


async def in_thread(*args):
    return await asyncio.get_running_loop().run_in_executor(None, ask, *args)


async def first_sound(track):
    while True:
        frame = await asyncio.wait_for(track.recv(), lab.PATIENCE)
        samples = array.array('h', bytes(frame.planes[0]))
        if max(map(abs, samples)) > LOUD:
            return time.monotonic()


async def one_call(serve, marks):
    """Until the agent is heard; returns where the call is, and its end."""
    peer = aiortc.RTCPeerConnection()
    heard = asyncio.get_running_loop().create_future()

    @peer.on('track')
    def on_track(track):
        asyncio.ensure_future(first_sound(track)).add_done_callback(
            lambda task: heard.set_result(task.result()))

    peer.addTrack(aiortc.mediastreams.AudioStreamTrack())
    await peer.setLocalDescription(await peer.createOffer())
    marks['offer'] = time.monotonic()
    status, headers, sdp = await in_thread(
        serve.url.rstrip('/') + '/call', 'POST', SDP,
        peer.localDescription.sdp.encode())
    marks['answer'] = time.monotonic()
    expect(status == 201, status, sdp)
    expect(headers['Content-Type'] == 'application/sdp', headers)
    await peer.setRemoteDescription(aiortc.RTCSessionDescription(sdp, 'answer'))
    marks['sound'] = await asyncio.wait_for(heard, lab.PATIENCE)
    return serve.url.rstrip('/') + headers['Location'], peer


def events(url):
    with urllib.request.urlopen(url + '/events') as answer:
        return [json.loads(line[6:]) for line in answer.read().decode()
                .splitlines() if line.startswith('data: ')]


def whip():
    serve = Serve()

    async def play():
        url, peer = await one_call(serve, {})
        status, headers, _ = await in_thread(url, 'PATCH', SDP, b'a=x')
        expect(status == 405 and headers['Allow'] == 'DELETE', status, headers)
        expect((await in_thread(url, 'DELETE'))[0] == 200)
        told = await asyncio.get_running_loop().run_in_executor(
            None, events, url)
        await peer.close()
        return told

    told = asyncio.run(play())
    kinds = [event['type'] for event in told]
    expect(kinds[0] == 'session-started' and kinds[-1] == 'call-ended', kinds)
    expect('words' in kinds or 'playing' in kinds, kinds)
    numbers = [event['n'] for event in told if event.get('n')]
    expect(sorted(numbers) == list(range(1, len(numbers) + 1)), numbers)
    until(serve.calls, 'the call is in the database')


def gone_without_a_word():
    """The other side is lost; the call ends by itself."""
    serve = Serve()
    marks = {}

    async def play():
        url, peer = await one_call(serve, marks)
        await peer.close()
        return url

    url = asyncio.run(play())
    reason = events(url)[-1]['reason']
    expect(reason == 'disconnected', reason)
    until(serve.calls, 'the call is in the database')


def children(pid):
    found = []
    for name in os.listdir('/proc'):
        if name.isdigit():
            try:
                with open(f'/proc/{name}/stat', encoding='ascii',
                          errors='replace') as file:
                    if int(file.read().rsplit(')', 1)[1].split()[1]) == pid:
                        found.append(int(name))
            except OSError:
                pass
    return found


def a_crash_costs_one_call():
    """The process of a call is killed; another call goes on, and is heard."""
    serve = Serve()
    zygote, = children(serve.process.pid)

    async def play():
        first, one = await one_call(serve, {})
        victim, = children(zygote)
        second, two = await one_call(serve, {})
        os.kill(victim, signal.SIGKILL)
        told = await asyncio.get_running_loop().run_in_executor(
            None, events, first)
        expect(told[-1]['reason'] == 'crashed', told[-1])
        expect((await in_thread(second + '/text', 'POST',
                                {'Content-Type': 'text/plain'},
                                b'what are your opening hours'))[0] == 204)
        await in_thread(second, 'DELETE')
        told = await asyncio.get_running_loop().run_in_executor(
            None, events, second)
        expect(told[-1]['reason'] == 'disconnected', told[-1])
        await one.close()
        await two.close()

    asyncio.run(play())
    until(lambda: len(serve.calls()) == 2, 'both calls are in the database')
    reasons = sorted(call['reason'] for call in serve.calls())
    expect(reasons == ['crashed', 'disconnected'], reasons)


def offer_to_sound():
    serve = Serve()
    rows = []
    for _ in range(int(os.environ.get('GST_VOICE_CALLS', '2'))):
        marks = {}

        async def play():
            url, peer = await one_call(serve, marks)
            await in_thread(url, 'DELETE')
            await peer.close()

        asyncio.run(play())
        rows.append(marks)
        time.sleep(1)
    for key in 'answer', 'sound':
        times = sorted(1000 * (row[key] - row['offer']) for row in rows)
        note(f'offer to {key}: p50 {times[len(times) // 2]:.0f} ms, '
             f'{times[0]:.0f} to {times[-1]:.0f} ms, {len(times)} calls')


lab.run([whip, gone_without_a_word, a_crash_costs_one_call, offer_to_sound])
