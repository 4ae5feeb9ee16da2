# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a fault of a service costs with the fallback adapters of livekit-agents.

  PYTHON tests/bench/livekit/faults.py build/bench [--timeout S] [--only TEXT]

PYTHON has livekit-agents with its plugins for Deepgram, OpenAI and Cartesia. No
room and no session: stt.FallbackAdapter, llm.FallbackAdapter and
tts.FallbackAdapter have two services each, which are stand-ins of tests/peers
with the delays of `tools/dev bench faults`, and say the same words. The first
fails for good: idle, 250 ms after a turn that was good; or mid, 900 ms into the
caller's eight words, at the third piece of a reply's text, at its first sound.
A row has the words lost, the words that come twice, and, if the last one comes,
how much later that is than without a fault: of a recogniser the final
transcript that has it, of a voice the end of its sound, played as it comes,
less what sounds.
"""
import argparse
import asyncio
import collections
import json
import logging
import math
import os
import statistics
import subprocess
import tempfile

import aiohttp
import numpy
from livekit import rtc
from livekit.agents import APIConnectOptions, llm, stt, tts, utils
from livekit.plugins import cartesia, deepgram, openai

FAULTS = ('refuse', '401', '429', '500', 'stall-head', 'stall-body', 'reset',
          'malformed', 'slow')
STAGES = ('hearing', 'thinking', 'speaking')
LATENCIES = {'hearing': '20,50,0', 'thinking': '60,50,40',
             'speaking': '20,100,40'}
BASES = 3
LONGEST = 40                    # s of a row
IDLE = 0.25
RATE = 16000                    # of the caller
WORD = RATE // 4
FRAME = 0.02
WORDS = ('alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo '
         'lima').split()
FIRST_REPLY = 'Mike november papa quebec.'
REPLY = ('Romeo tango uniform xray yankee zulu. River window silver summer '
         'morning bridge.')
SCRIPT = {'words': WORDS, 'hear': ['nothing'], 'answers': [
    {'when': 'alpha', 'say': FIRST_REPLY}, {'when': '', 'say': REPLY}]}


def plain(text):
    return ''.join(c if c.isalnum() else ' ' for c in text.lower()).split()


class StandIn:
    """A process of its own, which takes orders."""

    def __init__(self, options, stage, script):
        self.process = subprocess.Popen(
            [options.build + '/tests/peers/provider-peers', '--latency',
             LATENCIES[stage], '--script', script], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.url = self.process.stdout.readline().strip()

    def order(self, line):
        self.process.stdin.write(line + '\n')
        self.process.stdin.flush()
        return self.process.stdout.readline().strip() == 'done'

    def fail(self, fault):
        """From now on, also what is open: as faults_call_inject() does it."""
        if fault:
            self.order('fault ' + fault)
            if not self.order('break ' + fault):
                self.order('break reset')

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


def now():
    return asyncio.get_running_loop().time()


def pitch(word):
    value = 5381
    for c in word:
        value = (value * 33 + ord(c)) & 0xffffffff
    return 200 + value % 600


def words_in(sound, rate):
    """The words of REPLY whose tones are in it."""
    hop = rate // 100
    names = plain(REPLY)
    found, last, run = [], None, 0
    for i in range(0, len(sound) - hop + 1, hop):
        window = sound[max(i - hop, 0):i + 2 * hop].astype(float)
        name = None
        if math.sqrt(numpy.mean(sound[i:i + hop].astype(float) ** 2)) > 300:
            times = numpy.arange(len(window)) / rate
            name = max(names, key=lambda n: abs(numpy.sum(
                window * numpy.exp(-2j * numpy.pi * pitch(n) * times))))
        if name != last:
            last, run = name, 0
        run += 1
        if name and (run == 8 or run > 20 and run % 20 == 8):
            found.append(name)
    return found


def spoken(indices):
    """Words of the caller, with their marks."""
    times = numpy.arange(WORD) / RATE
    soft = numpy.minimum(1, numpy.minimum(
        numpy.arange(WORD), numpy.arange(WORD)[::-1]) / (RATE / 200))
    return numpy.concatenate([
        0.1 * numpy.sin(2 * numpy.pi * 300 * times)
        + 0.15 * soft * numpy.sin(2 * numpy.pi * (4600 + 200 * i) * times)
        for i in indices])


class Line:
    """Brings sound to a recogniser as it is spoken."""

    def __init__(self, stream):
        self.stream = stream
        self.due = now()

    async def say(self, sound, at=None, do=None):
        size = int(RATE * FRAME)
        data = (sound * 32767).astype('<i2')
        for i in range(0, len(data) - size + 1, size):
            if do and i >= at * RATE:
                do()
                do = None
            self.due += FRAME
            await asyncio.sleep(self.due - now())
            self.stream.push_frame(rtc.AudioFrame(
                data[i:i + size].tobytes(), RATE, 1, size))

    async def wait(self, seconds):
        await self.say(numpy.zeros(int(RATE * seconds)))


async def hear(row, session, first, second):
    services = [deepgram.STT(base_url=one.url + '/v1/listen', api_key='x',
                             http_session=session) for one in (first, second)]
    more = {'attempt_timeout': row.timeout} if row.timeout else {}
    adapter = stt.FallbackAdapter(services, **more)
    stream = adapter.stream()
    heard, times = [], []

    async def take():
        async for event in stream:
            if event.type == stt.SpeechEventType.FINAL_TRANSCRIPT:
                heard.extend(plain(event.alternatives[0].text))
                times.append(now())

    taking = asyncio.create_task(take())
    line = Line(stream)
    await line.wait(1)
    await line.say(spoken(range(4)))
    await line.wait(1 + IDLE)
    row.inject_if('idle', first)
    await line.wait(0.5)
    await line.say(spoken(range(4, 12)), 0.9,
                   lambda: row.inject_if('mid', first))
    end = now()
    while WORDS[-1] not in heard and not taking.done() \
            and now() < end + LONGEST - 10:
        await line.wait(0.1)
    row.done(WORDS, heard, times[-1] - end if times else None)
    row.error = taking.done() and taking.exception()
    taking.cancel()
    await asyncio.wait([taking])
    await stream.aclose()
    await adapter.aclose()


async def think(row, session, first, second):
    services = [openai.LLM(base_url=one.url + '/v1', api_key='x')
                for one in (first, second)]
    more = {'attempt_timeout': row.timeout} if row.timeout else {}
    adapter = llm.FallbackAdapter(
        services, retry_on_chunk_sent=row.again_from_the_start, **more)

    async def ask(text):
        chat = llm.ChatContext.empty()
        chat.add_message(role='user', content=text)
        pieces, last, begin = [], now(), now()
        try:
            async with adapter.chat(chat_ctx=chat) as stream:
                async for chunk in stream:
                    if chunk.delta and chunk.delta.content:
                        pieces.append(chunk.delta.content)
                        last = now()
                        if len(pieces) == 3 and text == 'echo':
                            row.inject_if('mid', first)
        except Exception as error:
            row.error = error
        return pieces, last - begin

    await ask('alpha')
    await asyncio.sleep(IDLE)
    row.inject_if('idle', first)
    pieces, time = await ask('echo')
    row.done(plain(REPLY), plain(' '.join(pieces)), time)
    await adapter.aclose()


async def speak(row, session, first, second):
    services = [cartesia.TTS(base_url=one.url, api_key='x',
                             http_session=session) for one in (first, second)]
    adapter = tts.FallbackAdapter(services)

    async def say(text):
        sound, begin, played = [], now(), now()
        more = {'conn_options': APIConnectOptions(
            max_retry=0, timeout=row.timeout)} if row.timeout else {}
        try:
            async with adapter.stream(**more) as stream:
                for word in text.split():
                    stream.push_text(word + ' ')
                stream.end_input()
                async for audio in stream:
                    if not sound and text == REPLY:
                        row.inject_if('mid', first)
                    sound.append(numpy.frombuffer(audio.frame.data, '<i2'))
                    played = max(played, now()) + audio.frame.duration
        except Exception as error:
            row.error = error
        sound = numpy.concatenate(sound) if sound else numpy.zeros(0, '<i2')
        return sound, played - begin - len(sound) / adapter.sample_rate

    await say(FIRST_REPLY)
    await asyncio.sleep(IDLE)
    row.inject_if('idle', first)
    sound, silence = await say(REPLY)
    row.done(plain(REPLY), words_in(sound, adapter.sample_rate), silence)
    await adapter.aclose()


class Row:
    def __init__(self, options, stage, moment=None, fault=None, again=False):
        self.stage, self.moment, self.fault = stage, moment, fault
        self.timeout = options.timeout
        self.again_from_the_start = again
        self.lost = self.twice = 0
        self.time, self.error = 0.0, None

    def name(self):
        return ', '.join(filter(None, (
            self.stage, self.moment or 'no fault', self.fault,
            'retry_on_chunk_sent' if self.again_from_the_start else '')))

    def inject_if(self, moment, peer):
        if moment == self.moment:
            peer.fail(self.fault)

    def done(self, wanted, got, time):
        count = collections.Counter(got)
        self.lost = sum(not count[word] for word in wanted)
        self.twice = sum(max(0, count[word] - 1) for word in wanted)
        self.time = time if wanted[-1] in count else None

    async def play(self, options, script):
        peers = [StandIn(options, self.stage, script) for _ in range(2)]
        stages = {'hearing': hear, 'thinking': think, 'speaking': speak}
        try:
            async with aiohttp.ClientSession() as session:
                await asyncio.wait_for(
                    stages[self.stage](self, session, *peers), LONGEST)
        except asyncio.TimeoutError:
            self.error = f'not over after {LONGEST} s'
        finally:
            for peer in peers:
                peer.stop()


def rows_of(options):
    for stage in STAGES:
        for _ in range(BASES):
            yield Row(options, stage)
        for fault in FAULTS:
            for moment in ('idle', 'mid'):
                yield Row(options, stage, moment, fault)
                if (stage, moment) == ('thinking', 'mid'):
                    yield Row(options, stage, moment, fault, True)


async def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('build')
    parser.add_argument('--timeout', type=float,
                        help="of an attempt; default: the adapter's own")
    parser.add_argument('--only', default='')
    parser.add_argument('--calls', type=int, default=6, help='at once')
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    rows = [row for row in rows_of(options)
            if not row.fault or options.only in row.name()]
    several = asyncio.Semaphore(options.calls)
    with tempfile.TemporaryDirectory() as folder:
        script = os.path.join(folder, 'script.json')
        with open(script, 'w') as file:
            json.dump(SCRIPT, file)

        async def play(row):
            async with several:
                await row.play(options, script)

        await asyncio.gather(*(play(row) for row in rows))
    print('| fault | words lost | twice | added, ms | |')
    print('| --- | --- | --- | --- | --- |')
    for stage in STAGES:
        base = statistics.median(row.time for row in rows
                                 if row.stage == stage and not row.fault)
        for row in (row for row in rows if row.stage == stage):
            late = '' if row.time is None \
                else f'{1000 * (row.time - base):+.0f}' if row.fault \
                else f'({1000 * row.time:.0f})'
            error = row.error and (str(row.error) or type(row.error).__name__)
            print(f'| {row.name()} | {row.lost} | {row.twice} | {late} | '
                  f'{str(error)[:60] if error else ""} |')


asyncio.run(main())
