#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Our peer connection and aiortc's, either of them offering: speech, data
channels, reports, an end. TAP.

GST_VOICE_AIORTC may name a Python that has it (`pip install aiortc`)."""
import os
import sys

PYTHON = os.environ.pop('GST_VOICE_AIORTC', None)
if PYTHON:
    os.execv(PYTHON, [PYTHON, *sys.argv])

import asyncio
import base64
import fractions
import math

try:
    import aiortc
    import aiortc.sdp
    import av
except ImportError:
    print('1..0 # SKIP there is no aiortc here (GST_VOICE_AIORTC=<python of a '
          'venv with aiortc>)')
    sys.exit(0)

TOOL = sys.argv[1]
RATE = 48000
FRAME = 960
PATIENCE = 30
count = 0


def check(what, good):
    global count
    count += 1
    print(f'{"ok" if good else "not ok"} {count} - {what}', flush=True)


class Tone(aiortc.MediaStreamTrack):
    """880 Hz, in real time."""
    kind = 'audio'
    said = 0

    async def recv(self):
        await asyncio.sleep(0.02)
        frame = av.AudioFrame(format='s16', layout='mono', samples=FRAME)
        frame.planes[0].update(b''.join(
            int(8000 * math.sin(2 * math.pi * 880 * (self.said + i) / RATE))
            .to_bytes(2, 'little', signed=True) for i in range(FRAME)))
        frame.pts = self.said
        frame.sample_rate = RATE
        frame.time_base = fractions.Fraction(1, RATE)
        self.said += FRAME
        return frame


async def pitch_of(track):
    """Of a second of it, after a start."""
    crossings = samples = 0
    last = 0
    for n in range(75):
        frame = await track.recv()
        if n < 25:
            continue
        step = 2 * len(frame.layout.channels)
        data = bytes(frame.planes[0])[:frame.samples * step]
        for i in range(0, len(data), step):
            value = int.from_bytes(data[i:i + 2], 'little', signed=True)
            crossings += last < 0 <= value
            last = value
        samples += frame.samples
    return crossings * frame.sample_rate / samples


class Ours:
    """The program, and what it has said so far."""

    def __init__(self, mode, pc):
        self.mode = mode
        self.pc = pc
        self.said = {}
        self.changed = asyncio.Condition()

    async def __aenter__(self):
        self.process = await asyncio.create_subprocess_exec(
            TOOL, self.mode, stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, limit=1 << 20)
        self.reader = asyncio.create_task(self.read())
        return self

    async def __aexit__(self, *_):
        self.process.stdin.close()
        try:
            self.rc = await asyncio.wait_for(self.process.wait(), PATIENCE)
        except asyncio.TimeoutError:
            self.process.kill()
            self.rc = -1
        await self.reader

    async def read(self):
        while line := (await self.process.stdout.readline()).decode().strip():
            word, _, text = line.partition(' ')
            if word == 'candidate':
                await self.take_candidate(text)
            async with self.changed:
                self.said.setdefault(word, []).append(text)
                self.changed.notify_all()

    async def take_candidate(self, text):
        candidate = aiortc.sdp.candidate_from_sdp(text.split(':', 1)[1])
        candidate.sdpMid = '0'
        if candidate.protocol == 'udp':
            await self.wait('described')
            await self.pc.addIceCandidate(candidate)

    def tell(self, word, text=''):
        self.process.stdin.write(f'{word} {text}'.strip().encode() + b'\n')

    def tell_description(self):
        description = self.pc.localDescription
        self.tell(description.type,
                  base64.b64encode(description.sdp.encode()).decode())

    async def take_description(self, kind):
        text = await self.wait(kind)
        await self.pc.setRemoteDescription(aiortc.RTCSessionDescription(
            base64.b64decode(text).decode(), kind))
        async with self.changed:
            self.said['described'] = ['']
            self.changed.notify_all()

    async def wait(self, word, wanted=None):
        """The first thing said with this word, or just this thing."""
        async def find():
            async with self.changed:
                while True:
                    for text in self.said.get(word, []):
                        if wanted in (None, text):
                            return text
                    await self.changed.wait()
        return await asyncio.wait_for(find(), PATIENCE)


def listen(pc):
    """What comes in: the first track, messages by channel."""
    track = asyncio.get_running_loop().create_future()
    messages = asyncio.Queue()
    channels = {}

    def follow(channel):
        channels[channel.label] = channel
        channel.on('message', lambda m: messages.put_nowait(
            (channel.label, m)))

    pc.on('track', track.set_result)
    pc.on('datachannel', follow)
    return track, messages, channels, follow


def make():
    return aiortc.RTCPeerConnection(aiortc.RTCConfiguration(iceServers=[]))


async def next_of(messages):
    return await asyncio.wait_for(messages.get(), PATIENCE)


async def until(true, seconds=PATIENCE):
    for _ in range(seconds * 10):
        if await true():
            return True
        await asyncio.sleep(0.1)
    return False


async def has_report(pc):
    return any(s.type == 'remote-inbound-rtp'
               for s in (await pc.getStats()).values())


async def we_offer():
    pc = make()
    track, messages, channels, _ = listen(pc)
    async with Ours('offer', pc) as ours:
        await ours.take_description('offer')
        await pc.setLocalDescription(await pc.createAnswer())
        ours.tell_description()
        await ours.wait('state', 'connected')
        check('we offer, aiortc answers', pc.connectionState in
              ('connecting', 'connected'))
        pitch = await asyncio.wait_for(pitch_of(await track), PATIENCE)
        check(f'aiortc hears our tone of 440 Hz: {pitch:.0f}',
              abs(pitch - 440) < 10)
        await ours.wait('channel', '_reliable')
        await ours.wait('channel', '_lossy')
        check('our channels are open', set(channels) ==
              {'_reliable', '_lossy'})
        ours.tell('send', '_reliable first message')
        check('aiortc reads ours', await next_of(messages) ==
              ('_reliable', 'first message'))
        for label in '_reliable', '_lossy':
            channels[label].send('back ' + label)
            check(f'and we read aiortc\'s, {label}',
                  await next_of(messages) == (label, 'back ' + label))
        large = os.urandom(60000)
        channels['_reliable'].send(large)
        check('60 kB there and back', await next_of(messages) ==
              ('_reliable', large))
        report = await ours.wait('report')
        check(f'aiortc reports on our track: {report}', True)
    check('our program ends', ours.rc == 0)
    check('and aiortc knows', await until(
        lambda: asyncio.sleep(0, pc.connectionState == 'closed')))
    await pc.close()


async def aiortc_offers():
    pc = make()
    pc.addTrack(Tone())
    _, messages, channels, follow = listen(pc)
    follow(pc.createDataChannel('_reliable'))
    follow(pc.createDataChannel('_lossy', ordered=False, maxRetransmits=0))
    async with Ours('answer', pc) as ours:
        await pc.setLocalDescription(await pc.createOffer())
        ours.tell_description()
        await ours.take_description('answer')
        await ours.wait('state', 'connected')
        check('aiortc offers, we answer', True)

        async def is_heard():
            return any(abs(int(p) - 880) < 10
                       for p in ours.said.get('hears', []))
        check('we hear aiortc\'s tone of 880 Hz', await until(is_heard))
        await ours.wait('channel', '_reliable')
        await ours.wait('channel', '_lossy')
        for label in '_reliable', '_lossy':
            channels[label].send('hello ' + label)
            check(f'messages there and back, {label}', await next_of(messages)
                  == (label, 'hello ' + label))
        large = os.urandom(60000)
        for _ in range(4):
            channels['_reliable'].send(large)
        check('240 kB there and back', all(
            [await next_of(messages) == ('_reliable', large)
             for _ in range(4)]))
        check('we report on aiortc\'s track', await until(
            lambda: has_report(pc)))
        await pc.close()
        check('aiortc ends and we know', await ours.wait('state', 'closed')
              == 'closed')
    check('our program ends', ours.rc == 0)


async def main():
    await we_offer()
    await aiortc_offers()
    print(f'1..{count}')


asyncio.run(main())
