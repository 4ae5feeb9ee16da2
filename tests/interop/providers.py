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


CASES = [openai_chat_streams, openai_chat_calls_tools, openai_chat_fails]


def main():
    python = os.environ.get('GST_VOICE_PROVIDERS_PYTHON')
    if python and os.path.abspath(python) != os.path.abspath(sys.executable):
        os.execv(python, [python, os.path.abspath(__file__), PEERS, PEM,
                          *sys.argv[1:]])
    lab.run(CASES)


main()
