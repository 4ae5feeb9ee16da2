#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Callers made of the official Python SDK, driven by lines of JSON.

Reads {"id": 1, "as": "anna", "do": "join", …} on stdin, answers
{"reply": 1, …} or {"reply": 1, "error": "…"} on stdout, and tells what happens
as {"event": "…", "as": "anna", "at": seconds, …}. One process holds any number
of callers. Ends with its stdin. `DO` below lists what can be done.
"""
import asyncio
import collections
import json
import sys
import time
import wave

import numpy as np
from google.protobuf.json_format import MessageToDict
from livekit import rtc

RATE = 48000
FRAME = RATE // 50              # 20 ms
KEEP = 120                      # seconds of every voice heard
TOPICS = ('lk.chat', 'lk.transcription', 'test')


def tell(**line):
    sys.stdout.write(json.dumps(line) + '\n')
    sys.stdout.flush()


def read_wav(path):
    with wave.open(path) as file:
        assert file.getsampwidth() == 2 and file.getnchannels() == 1, path
        sound = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        rate = file.getframerate()
    if rate != RATE:
        at = np.arange(len(sound) * RATE // rate) * rate / RATE
        sound = np.interp(at, np.arange(len(sound)), sound).astype(np.int16)
    return sound


class Edges:
    """When a voice begins and ends: 60 ms of it, 150 ms without it."""

    def __init__(self, tell, name):
        self.tell, self.name = tell, name
        self.on, self.since, self.changed = False, 0.0, None

    def add(self, block, at):
        loud = np.abs(block[::8]).max(initial=0) > 400
        if loud == self.on:
            self.changed = None
            return
        if self.changed is None:
            self.changed = at
        if at - self.changed >= (0.15 if self.on else 0.04):
            self.on = loud
            self.tell(f'{self.name}-{"on" if loud else "off"}',
                      since=self.changed)
            self.changed = None


class Heard:
    """What has been heard of one track; positions are samples since its start.

    The oldest is forgotten; `started` is when the first sample came.
    """

    def __init__(self):
        self.blocks, self.first, self.end = [], 0, 0
        self.started = None
        self.latest = 0

    def add(self, block):
        self.latest = time.monotonic()
        if self.started is None:
            self.started = self.latest
        self.blocks.append(block)
        self.end += len(block)
        while self.end - self.first > KEEP * RATE:
            self.first += len(self.blocks.pop(0))

    def since(self, position):
        sound = (np.concatenate(self.blocks) if self.blocks
                 else np.zeros(0, np.int16))
        return sound[max(position - self.first, 0):].astype(np.float64) / 32768


def measure(sound):
    """The strongest frequency, its share of the power, level and holes.

    A hole is a stretch of 10 ms with less than a quarter of the median level.
    """
    if len(sound) < RATE // 10:
        return {'seconds': len(sound) / RATE, 'level': 0.0, 'frequency': 0.0,
                'purity': 0.0, 'hole_ms': 0, 'longest_hole_ms': 0}
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    scale = RATE / len(sound)
    power[:max(1, int(50 / scale))] = 0
    peak = int(np.argmax(power))
    near = power[max(0, peak - int(20 / scale)):peak + int(20 / scale) + 1]
    slots = sound[:len(sound) // 480 * 480].reshape(-1, 480)
    level = np.sqrt((slots ** 2).mean(axis=1))
    holes = level < np.median(level) / 4
    longest = run = 0
    for hole in holes:
        run = run + 1 if hole else 0
        longest = max(longest, run)
    return {'seconds': len(sound) / RATE,
            'level': float(np.sqrt((sound ** 2).mean())),
            'frequency': peak * scale,
            'purity': float(near.sum() / max(power.sum(), 1e-12)),
            'hole_ms': int(holes.sum()) * 10, 'longest_hole_ms': longest * 10}


def bands(sound):
    """The loudness in 20 bands, a row every 10 ms: what an ear would compare.

    Not the wave itself: codecs and high-pass filters turn its phases.
    """
    step, window = RATE // 100, RATE // 40
    count = max(0, (len(sound) - window) // step + 1)
    at = np.arange(count)[:, None] * step + np.arange(window)
    power = np.abs(np.fft.rfft(sound[at] * np.hanning(window))) ** 2
    edges = np.geomspace(150, 4000, 21) * window / RATE
    rows = [power[:, int(low):max(int(high), int(low) + 1)].mean(axis=1)
            for low, high in zip(edges, edges[1:])]
    return np.log(np.array(rows).T + 1e-4)


def best_match(sound, piece):
    """Where in sound piece is most likely, and the correlation there."""
    piece = piece - piece.mean(axis=0)
    best = (0, -1.0)
    for at in range(len(sound) - len(piece) + 1):
        part = sound[at:at + len(piece)]
        part = part - part.mean(axis=0)
        match = (part * piece).sum() / np.sqrt(
            (part ** 2).sum() * (piece ** 2).sum() + 1e-9)
        if match > best[1]:
            best = (at, float(match))
    return best


def compare(sound, wanted, piece_ms=400):
    """How well wanted is in sound, piece by piece.

    Piece by piece, since a jitter buffer stretches and shortens. `found` is
    the share of the voiced pieces that are there, in order.
    """
    size = piece_ms // 10
    wanted = wanted.astype(np.float64) / 32768
    loud = np.sqrt((wanted ** 2).mean())
    rows, score = bands(sound), bands(wanted)
    offsets, matches = [], []
    for begin in range(0, len(score) - size + 1, size):
        voice = wanted[begin * RATE // 100:(begin + size) * RATE // 100]
        if np.sqrt((voice ** 2).mean()) < loud / 3 or len(rows) < size:
            continue
        at, match = best_match(rows, score[begin:begin + size])
        offsets.append((at - begin) / 100)
        matches.append(match)
    if not matches:
        return {'pieces': 0, 'found': 0.0, 'correlation': 0.0, 'offset': 0.0}
    middle = float(np.median(offsets))
    found = [m for m, o in zip(matches, offsets)
             if m > 0.6 and abs(o - middle) < 0.3]
    return {'pieces': len(matches), 'found': len(found) / len(matches),
            'correlation': float(np.median(matches)), 'offset': middle}


class Caller:
    def __init__(self, name):
        self.name = name
        self.room = None
        self.heard = {}         # identity -> Heard
        self.tasks = set()
        self.source = self.track = None
        self.content = iter(())
        self.echo = None        # the identity that is echoed
        self.echoed = collections.deque()
        self.edges = False

    def tell(self, event, since=None, **more):
        tell(event=event, at=since or time.monotonic(), **{'as': self.name},
             **more)

    def start(self, coroutine):
        task = asyncio.ensure_future(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    # What is heard

    async def _hear(self, identity, track):
        heard = self.heard[identity] = Heard()
        edges = Edges(self.tell, 'heard') if self.edges else None
        stream = rtc.AudioStream(track, sample_rate=RATE, num_channels=1,
                                 frame_size_ms=20)
        async for event in stream:
            block = np.frombuffer(event.frame.data, np.int16).copy()
            if heard.started is None:
                self.tell('first-audio', identity=identity)
            heard.add(block)
            if edges:
                edges.add(block, heard.latest)
            if self.echo == identity:
                self.echoed.append(block)
        await stream.aclose()

    # What happens

    def _watch(self, topics):
        room = self.room

        def simple(event, make):
            room.on(event, lambda *a: self.tell(event.replace('_', '-'),
                                                **make(*a)))

        simple('participant_connected', lambda p: self._person(p))
        simple('participant_disconnected', lambda p: {
            'identity': p.identity, 'reason': p.disconnect_reason})
        simple('participant_attributes_changed', lambda changed, p: {
            'identity': p.identity, 'changed': changed})
        simple('participant_metadata_changed', lambda p, old, new: {
            'identity': p.identity, 'metadata': new})
        simple('reconnecting', lambda: {})
        simple('reconnected', lambda: {})
        simple('disconnected', lambda reason: {'reason': int(reason)})
        simple('connection_state_changed', lambda state: {'state': int(state)})
        simple('track_published', lambda publication, p: {
            'identity': p.identity, 'sid': publication.sid,
            'name': publication.name, 'source': int(publication.source)})
        simple('track_unpublished', lambda publication, p: {
            'identity': p.identity, 'sid': publication.sid})
        simple('track_muted', lambda p, publication: {'identity': p.identity})
        simple('track_unmuted', lambda p, publication: {
            'identity': p.identity})
        simple('local_track_subscribed', lambda track: {})
        simple('active_speakers_changed', lambda speakers: {
            'identities': [p.identity for p in speakers]})
        simple('data_received', lambda packet: {
            'identity': packet.participant and packet.participant.identity,
            'payload': packet.data.decode('utf-8', 'replace'),
            'topic': packet.topic, 'lossy': int(packet.kind) == 0})
        simple('sip_dtmf_received', lambda dtmf: {
            'identity': dtmf.participant and dtmf.participant.identity,
            'digit': dtmf.digit, 'code': dtmf.code})
        room.on('track_subscribed', self._subscribed)
        room.on('track_unsubscribed', lambda track, publication, p: self.tell(
            'track-unsubscribed', identity=p.identity))
        for topic in topics:
            room.register_text_stream_handler(
                topic, lambda reader, identity, topic=topic: self.start(
                    self._read(reader, identity, topic)))

    def _person(self, p):
        return {'identity': p.identity, 'name': p.name, 'kind': int(p.kind),
                'metadata': p.metadata, 'attributes': dict(p.attributes)}

    def _subscribed(self, track, publication, p):
        self.tell('track-subscribed', identity=p.identity, sid=publication.sid,
                  name=publication.name)
        if track.kind == rtc.TrackKind.KIND_AUDIO:
            self.start(self._hear(p.identity, track))

    async def _read(self, reader, identity, topic):
        info = reader.info
        common = {'identity': identity, 'topic': topic,
                  'stream': info.stream_id}
        self.tell('text-opened', attributes=info.attributes, **common)
        text, parts = '', 0
        try:
            async for part in reader:
                text += part
                parts += 1
                self.tell('text-part', part=part, **common)
        except Exception as error:       # noqa: it is told, whatever it is
            self.tell('text-broken', error=str(error), text=text, **common)
            return
        self.tell('text', text=text, parts=parts,
                  attributes=dict(reader.info.attributes or {}), **common)

    # What can be done

    async def join(self, url, token, single=None, relay=False, ice=(),
                   subscribe=True, topics=TOPICS, connect_timeout=None,
                   edges=False):
        self.room = rtc.Room()
        self.edges = edges      # tell when voices begin and end
        self.heard = {}
        self._watch(topics)
        config = None
        if relay or ice:
            config = rtc.RtcConfiguration(
                ice_transport_type=rtc.IceTransportType.TRANSPORT_RELAY
                if relay else rtc.IceTransportType.TRANSPORT_ALL,
                ice_servers=[rtc.IceServer(**server) for server in ice])
        begin = time.monotonic()
        await self.room.connect(url, token, rtc.RoomOptions(
            auto_subscribe=subscribe, rtc_config=config,
            single_peer_connection=single, connect_timeout=connect_timeout))
        return {'seconds': time.monotonic() - begin,
                'sid': await self.room.sid,
                'identity': self.room.local_participant.identity,
                'others': self.others()['others']}

    async def leave(self):
        self.content, self.source, self.echo = iter(()), None, None
        for task in list(self.tasks):
            task.cancel()
        if self.room and self.room.isconnected():
            await self.room.disconnect()
        self.room = None
        return {}

    def others(self):
        return {'others': [self._person(p)
                           for p in self.room.remote_participants.values()]}

    async def publish(self, name='microphone', source=2, dtx=None, queue=200):
        self.source = rtc.AudioSource(RATE, 1, queue_size_ms=queue)
        self.track = rtc.LocalAudioTrack.create_audio_track(name, self.source)
        options = rtc.TrackPublishOptions(source=source)
        if dtx is not None:
            options.dtx = dtx
        publication = await self.room.local_participant.publish_track(
            self.track, options)
        self.start(self._speak(self.source))
        return {'sid': publication.sid}

    async def unpublish(self):
        self.source = None
        await self.room.local_participant.unpublish_track(self.track.sid)
        return {}

    async def _speak(self, source):
        """Paced by the source's queue."""
        silence = rtc.AudioFrame(bytes(FRAME * 2), RATE, 1, FRAME)
        edges = Edges(self.tell, 'said') if self.edges else None
        nothing = np.zeros(1)
        while self.source is source:
            # More than 300 ms behind: somebody's clock has jumped.
            while len(self.echoed) > 15:
                self.echoed.popleft()
            block = (self.echoed.popleft() if self.echoed
                     else next(self.content, None))
            frame = silence
            if block is not None:
                frame = rtc.AudioFrame(block.tobytes(), RATE, 1, FRAME)
            if edges:
                edges.add(nothing if block is None else block,
                          time.monotonic() + source.queued_duration)
            await source.capture_frame(frame)

    @staticmethod
    def _tone(frequency, level, seconds):
        position = 0
        while seconds is None or position < seconds * RATE:
            at = np.arange(position, position + FRAME)
            yield (np.sin(at * 2 * np.pi * frequency / RATE) * level
                   * 32767).astype(np.int16)
            position += FRAME

    def _wav(self, path):
        sound = read_wav(path)
        for begin in range(0, len(sound), FRAME):
            block = np.zeros(FRAME, np.int16)
            part = sound[begin:begin + FRAME]
            block[:len(part)] = part
            yield block
        self.tell('played', wav=path)

    def play(self, tone=None, level=0.25, seconds=None, wav=None):
        self.content = (self._tone(tone, level, seconds) if tone
                        else self._wav(wav) if wav else iter(()))
        return {}

    def set_echo(self, identity=None):
        self.echo = identity
        return {}

    def mute(self, muted=True):
        if muted:
            self.track.mute()
        else:
            self.track.unmute()
        return {}

    def mark(self, identity):
        heard = self.heard.get(identity)
        return {'position': heard.end if heard else 0,
                'quiet': time.monotonic() - heard.latest if heard else None}

    def sound(self, identity, since=0):
        heard = self.heard.get(identity)
        return heard.since(since) if heard else np.zeros(0)

    async def listen(self, identity, seconds=1.0, since=None):
        """Measures the next seconds, or all since a mark."""
        if since is None:
            since = self.mark(identity)['position']
            await asyncio.sleep(seconds)
        return measure(self.sound(identity, since))

    def match(self, identity, wav, since=0, piece_ms=400):
        return compare(self.sound(identity, since), read_wav(wav), piece_ms)

    def record(self, identity, path, since=0):
        sound = (self.sound(identity, since) * 32768).astype(np.int16)
        with wave.open(path, 'wb') as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(sound.tobytes())
        return {'seconds': len(sound) / RATE}

    async def data(self, payload, topic='', reliable=True, to=()):
        await self.room.local_participant.publish_data(
            payload, reliable=reliable, topic=topic,
            destination_identities=list(to))
        return {}

    async def text(self, text, topic='lk.chat', attributes=None, to=()):
        info = await self.room.local_participant.send_text(
            text, topic=topic, attributes=attributes or {},
            destination_identities=list(to))
        return {'stream': info.stream_id}

    async def stream(self, parts, topic='lk.chat', attributes=None, to=()):
        writer = await self.room.local_participant.stream_text(
            topic=topic, attributes=attributes or {},
            destination_identities=list(to))
        for part in parts:
            await writer.write(part)
        await writer.aclose()
        return {'stream': writer.info.stream_id}

    async def dtmf(self, digits):
        for digit in digits:
            await self.room.local_participant.publish_dtmf(
                code='0123456789*#ABCD'.index(digit), digit=digit)
        return {}

    async def rpc(self, identity, method, payload='', timeout=10.0):
        try:
            return {'answer': await self.room.local_participant.perform_rpc(
                destination_identity=identity, method=method, payload=payload,
                response_timeout=timeout)}
        except rtc.RpcError as error:
            return {'code': error.code, 'message': error.message,
                    'data': error.data}

    def serve(self, method, answer=None, code=None):
        """An RPC method that answers `answer`, its payload or an error."""
        async def handler(call):
            self.tell('rpc', identity=call.caller_identity, method=method,
                      payload=call.payload)
            if code:
                raise rtc.RpcError(code, answer or '')
            return call.payload if answer is None else answer

        self.room.local_participant.register_rpc_method(method, handler)
        return {}

    async def attributes(self, **changes):
        await self.room.local_participant.set_attributes(changes)
        return {}

    async def metadata(self, metadata):
        await self.room.local_participant.set_metadata(metadata)
        return {}

    async def simulate(self, scenario):
        await self.room.simulate_scenario(
            getattr(rtc.SimulateScenarioKind, scenario))
        return {}

    async def stats(self):
        stats = await self.room.get_rtc_stats()
        return {side: [MessageToDict(one, preserving_proto_field_name=True)
                       for one in getattr(stats, side + '_stats')]
                for side in ('publisher', 'subscriber')}


DO = {'join': Caller.join, 'leave': Caller.leave, 'others': Caller.others,
      'publish': Caller.publish, 'unpublish': Caller.unpublish,
      'play': Caller.play, 'echo': Caller.set_echo, 'mute': Caller.mute,
      'mark': Caller.mark, 'listen': Caller.listen, 'match': Caller.match,
      'record': Caller.record, 'data': Caller.data, 'text': Caller.text,
      'stream': Caller.stream, 'dtmf': Caller.dtmf, 'rpc': Caller.rpc,
      'serve': Caller.serve, 'attributes': Caller.attributes,
      'metadata': Caller.metadata, 'simulate': Caller.simulate,
      'stats': Caller.stats}


async def obey(callers, line):
    name, what, number = line.pop('as'), line.pop('do'), line.pop('id')
    try:
        caller = callers.setdefault(name, Caller(name))
        answer = DO[what](caller, **line)
        if asyncio.iscoroutine(answer):
            answer = await answer
        tell(reply=number, **answer)
    except Exception as error:           # noqa: the driver is told
        tell(reply=number, error=f'{type(error).__name__}: {error}')


async def main():
    callers, tasks = {}, set()
    reader = asyncio.StreamReader(limit=1 << 24)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    tell(event='ready', version=rtc.__version__
         if hasattr(rtc, '__version__') else '')
    while line := await reader.readline():
        task = asyncio.ensure_future(obey(callers, json.loads(line)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    for caller in callers.values():
        await caller.leave()


if __name__ == '__main__':
    asyncio.run(main())
