#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The stand-ins for services (tests/peers), judged by the services' own SDKs.

Usage: providers.py PROVIDER-PEERS PEER.pem [CASE…]; prints TAP. Runs itself
again by the Python that has the SDKs (GST_VOICE_PROVIDERS_PYTHON).
"""
import array
import asyncio
import base64
import importlib
import json
import os
import queue
import subprocess
import sys
import threading

import lab

PEERS, PEM = sys.argv[1:3]
del sys.argv[1:3]
KEY = 'a-key'
RATE = 24000


class Peer:
    """A running provider-peers, of one case."""

    def __init__(self, *options):
        self.process = lab.start([PEERS, *options], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, encoding='utf-8')
        self.http = self.process.stdout.readline().strip()
        lab.at_end(self.end)
        lab.expect(self.http.startswith('http'), 'provider-peers tells a URL')
        self.ws = 'ws' + self.http[len('http'):]

    def end(self):
        self.process.stdin.close()
        lab.expect(self.process.wait(20) == 0, 'provider-peers ends well')
        self.process.stdout.close()

    def order(self, text):
        self.process.stdin.write(text + '\n')
        self.process.stdin.flush()
        lab.expect(self.process.stdout.readline() == 'done\n', text)

    def fault(self, text):
        self.order('fault ' + text)


def sdk(name):
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise lab.Skip(f'there is no SDK {name} ({error}): tools/dev interop '
                       'installs it') from None


def raises(kind, function):
    try:
        function()
    except kind as error:
        return error
    raise AssertionError(f'no {kind.__name__}')


def equal(got, wanted):
    lab.expect(got == wanted, f'{got!r} instead of {wanted!r}')


# Sound

def tone(seconds, rate=16000):
    """What the stand-ins take for speech: a square wave of 16 bits."""
    return array.array('h', (3000 if i // 20 % 2 else -3000 for i in range(
        int(seconds * rate)))).tobytes()


def silence(seconds, rate=16000):
    return bytes(2 * int(seconds * rate))


def pieces_of(sound, seconds=0.1, rate=16000):
    size = 2 * int(seconds * rate)
    return [sound[at:at + size] for at in range(0, len(sound), size)]


def expect_speech(sound, words, rate=RATE):
    """200 ms of 16 bits for each word, none of them silent."""
    size = rate // 5 * 2
    equal(len(sound), size * words)
    for at in range(0, len(sound), size):
        lab.expect(max(array.array('h', sound[at:at + size])) > 5000)


# OpenAI: chat

TOOLS = [{'type': 'function', 'function': {
    'name': name, 'parameters': {'type': 'object', 'properties': {}}}}
    for name in ('get_time', 'get_weather')]


def openai_client(peer, **more):
    return sdk('openai').OpenAI(base_url=peer.http + '/v1', api_key=KEY,
                                **{'max_retries': 0, **more})


def openai_chat_streams():
    client = openai_client(Peer())
    pieces, usage = [], None
    for chunk in client.chat.completions.create(
            model='m', messages=[{'role': 'user', 'content': 'Grüß Gott!'}],
            stream=True, stream_options={'include_usage': True}):
        pieces += [choice.delta.content for choice in chunk.choices
                   if choice.delta.content]
        usage = chunk.usage or usage
    equal(pieces, ['You ', 'said: ', 'Grüß ', 'Gott!'])
    equal(usage.completion_tokens, 4)
    lab.expect(usage.prompt_tokens_details.cached_tokens > 0)


def openai_chat_calls_tools():
    client = openai_client(Peer())
    messages = [{'role': 'user', 'content':
                 'get_time {"tz":"Europe/Zürich"} and get_weather, please'}]
    with client.chat.completions.stream(model='m', messages=messages,
                                        tools=TOOLS) as stream:
        message = stream.get_final_completion().choices[0].message
    calls = {call.function.name: json.loads(call.function.arguments)
             for call in message.tool_calls}
    equal(calls, {'get_time': {'tz': 'Europe/Zürich'}, 'get_weather': {}})
    messages.append(message.model_dump(include={'role', 'tool_calls'}))
    create = client.chat.completions.create
    error = raises(sdk('openai').BadRequestError,
                   lambda: create(model='m', messages=messages))
    lab.expect('tool_call_id' in str(error), error)
    for call in message.tool_calls:
        messages.append({'role': 'tool', 'tool_call_id': call.id,
                         'content': 'noon'})
    reply = create(model='m', messages=messages, tools=TOOLS)
    equal(reply.choices[0].message.content, 'The answer is: noon')
    equal(reply.choices[0].finish_reason, 'stop')


def openai_chat_fails():
    openai, peer = sdk('openai'), Peer('--key', KEY)
    client = openai_client(peer, timeout=1)

    def ask(client=client, **more):
        return client.chat.completions.create(model='m', messages=[
            {'role': 'user', 'content': 'one two three'}], **more)

    wrong = openai.OpenAI(base_url=peer.http + '/v1', api_key='wrong')
    equal(raises(openai.AuthenticationError, lambda: ask(wrong)).code,
          'invalid_api_key')
    for name, kind in (('403', openai.PermissionDeniedError),
                       ('500', openai.InternalServerError),
                       ('refuse', openai.APIConnectionError),
                       ('stall-head', openai.APITimeoutError)):
        peer.fault(f'{name}@0x1')
        raises(kind, ask)
        peer.order('mend')
    peer.fault('429@0x1')
    error = raises(openai.RateLimitError, ask)
    equal(error.response.headers['retry-after'], '1')
    lab.expect(error.request_id.startswith('req_'), error.request_id)
    # It is used up.
    equal(ask().choices[0].message.content, 'You said: one two three')
    stream = sdk('httpx')
    for name, kind in (('reset', stream.TransportError),
                       ('stall-body', stream.ReadTimeout),
                       ('malformed', json.JSONDecodeError)):
        peer.fault(f'{name}@0x1+3')
        raises((kind, openai.APIConnectionError),
               lambda: list(ask(stream=True)))
        peer.order('mend')


# Deepgram

def deepgram_client(peer, key=KEY):
    environment = sdk('deepgram.environment').DeepgramClientEnvironment(
        base=peer.http, production=peer.ws, agent=peer.ws,
        agent_rest=peer.http)
    return sdk('deepgram').DeepgramClient(api_key=key, environment=environment)


def deepgram_listen(client, **more):
    return client.listen.v1.connect(**{
        'model': 'nova-3', 'encoding': 'linear16', 'sample_rate': 16000,
        'interim_results': 'true', **more})


def deepgram_hears():
    client = deepgram_client(Peer())
    with deepgram_listen(client, vad_events='true', utterance_end_ms=1000,
                         endpointing=300) as socket:
        for piece in pieces_of(silence(.5) + tone(1) + silence(1.5)):
            socket.send_media(piece)
        first = socket.recv()
        equal((first.type, first.timestamp), ('SpeechStarted', .5))
        texts = []
        while not texts or not texts[-1][1]:
            result = socket.recv()
            texts.append((result.channel.alternatives[0].transcript,
                          result.speech_final))
        equal(texts, [('Hello', False), ('Hello there.', True)])
        lab.expect(result.is_final)
        equal([(word.word, word.punctuated_word, word.start, word.end)
               for word in result.channel.alternatives[0].words],
              [('hello', 'Hello', .5, 1.), ('there', 'there.', 1., 1.5)])
        end = socket.recv()
        equal((end.type, end.last_word_end), ('UtteranceEnd', 1.5))
        # A text that is cut, and none.
        for piece in pieces_of(tone(.3)):
            socket.send_media(piece)
        while socket.recv().type != 'Results':
            pass
        socket.send_finalize()
        result = socket.recv()
        lab.expect(result.from_finalize and result.is_final, result)
        equal(result.channel.alternatives[0].transcript,
              'I would like to book an appointment.')
        socket.send_keep_alive()
        socket.send_close_stream()
        rest = list(socket)
        equal([message.type for message in rest], ['Metadata'])
        equal(rest[0].duration, 3.3)
        equal(socket._websocket.close_code, 1000)


def deepgram_speaks():
    client = deepgram_client(Peer())
    with client.speak.v1.connect(model='aura-2-thalia-en', encoding='linear16',
                                 sample_rate=RATE) as socket:
        equal(socket.recv().type, 'Metadata')
        for text in 'Hello ', 'there, ', 'how are you?':
            socket._send({'type': 'Speak', 'text': text})
        socket.send_flush()
        sound = b''
        while isinstance(message := socket.recv(), bytes):
            sound += message
        equal((message.type, message.sequence_id), ('Flushed', 0))
        expect_speech(sound, 5)
        socket._send({'type': 'Speak', 'text': 'never'})
        socket.send_clear()
        equal(socket.recv().type, 'Cleared')
        socket.send_close()
        equal([message.type for message in socket], ['Metadata'])


def deepgram_fails():
    peer = Peer('--key', KEY, '--idle', '300')
    client = deepgram_client(peer)
    # The SDK wraps the latter only for an older websockets.
    error = (sdk('deepgram.core.api_error').ApiError,
             sdk('websockets.exceptions').InvalidStatus)

    def listen(client=client, **more):
        with deepgram_listen(client, **more) as socket:
            return list(socket)

    def refused(function):
        told = raises(error, function)
        told = getattr(told, 'response', told)
        return told.status_code, told.headers['dg-error']

    equal(refused(lambda: listen(deepgram_client(peer, 'wrong'))),
          (401, 'Invalid credentials.'))
    equal(refused(lambda: listen(keywords='a:1'))[0], 400)
    peer.fault('429@0x1')
    equal(refused(listen), (429, 'Too many requests. Please try again later'))
    closed = sdk('websockets.exceptions').ConnectionClosedError
    starved = raises(closed, listen)
    equal(starved.rcvd.code, 1011)
    lab.expect('net0001' in starved.rcvd.reason, starved)
    peer.fault('reset@0x1+1')

    def speak():
        with client.speak.v1.connect(encoding='linear16') as socket:
            socket._send({'type': 'Speak', 'text': 'Hello there'})
            socket.send_flush()
            return list(socket)

    equal(raises(closed, speak).rcvd, None)


CASES = [openai_chat_streams, openai_chat_calls_tools, openai_chat_fails,
         deepgram_hears, deepgram_speaks, deepgram_fails]


def main():
    python = os.environ.get('GST_VOICE_PROVIDERS_PYTHON')
    if python and os.path.abspath(python) != os.path.abspath(sys.executable):
        os.execv(python, [python, os.path.abspath(__file__), PEERS, PEM,
                          *sys.argv[1:]])
    lab.run(CASES)


main()
