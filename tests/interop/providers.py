#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The stand-ins for services (tests/peers), judged by the services' own SDKs.

Usage: providers.py PROVIDER-PEERS PEER.pem [CASE…]; prints TAP. Runs itself
again by the Python that has the SDKs (GST_VOICE_PROVIDERS_PYTHON).
"""
import array
import base64
import importlib
import io
import json
import os
import queue
import subprocess
import sys
import wave as wave_module

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
    # What breaks in the middle comes through as the SDK's HTTP library has it.
    broken = sdk('httpx2').TransportError, openai.APIConnectionError
    for name, kind in (('reset', broken), ('stall-body', broken),
                       ('malformed', json.JSONDecodeError)):
        peer.fault(f'{name}@0x1+3')
        raises(kind, lambda: list(ask(stream=True)))
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
        text = sdk('deepgram.speak.v1.types').SpeakV1Text
        for piece in 'Hello ', 'there, ', 'how are you?':
            socket.send_text(text(text=piece))
        socket.send_flush()
        sound = b''
        while isinstance(message := socket.recv(), bytes):
            sound += message
        equal((message.type, message.sequence_id), ('Flushed', 0))
        expect_speech(sound, 5)
        socket.send_text(text(text='never'))
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
            socket.send_text(sdk('deepgram.speak.v1.types').SpeakV1Text(
                text='Hello there'))
            socket.send_flush()
            return list(socket)

    equal(raises(closed, speak).rcvd, None)


# Cartesia

SONIC = {'model_id': 'sonic-3', 'voice': {'mode': 'id', 'id': 'v'},
         'output_format': {'container': 'raw', 'encoding': 'pcm_s16le',
                           'sample_rate': RATE}, 'add_timestamps': True}


def cartesia_client(peer, key=KEY):
    return sdk('cartesia').Cartesia(api_key=key, base_url=peer.http,
                                    websocket_base_url=peer.ws)


def spoken(context):
    """The sound and the words of a context of Cartesia, until it ends."""
    sound, words = b'', []
    for event in context.receive():
        if event.type == 'chunk':
            sound += event.audio
        elif event.type == 'timestamps':
            stamps = event.word_timestamps
            words += zip(stamps.words, stamps.start, stamps.end)
    return sound, words, event


def cartesia_speaks():
    with cartesia_client(Peer()).tts.websocket_connect() as connection:
        first = connection.context('c1', timeout=lab.PATIENCE, **SONIC)
        other = connection.context('c2', timeout=lab.PATIENCE, **SONIC)
        for text in 'Hello ', 'the', 're, ':
            first.push(text)
        other.push('Good morning')
        first.push('friend.')
        first.no_more_inputs()
        other.no_more_inputs()
        sound, words, end = spoken(first)
        equal(end.type, 'done')
        expect_speech(sound, 3)
        equal(words, [('Hello', 0, .2), ('there,', .2, .4),
                      ('friend.', .4, .6)])
        sound, words, end = spoken(other)
        equal([word for word, start, end in words], ['Good', 'morning'])
        # A context that has ended takes no more.
        again = connection.context('c1', timeout=lab.PATIENCE, **SONIC)
        again.push('more', continue_=False)
        equal(spoken(again)[2].error_code, 'context_closed')


def cartesia_is_interrupted():
    peer = Peer('--latency', '0,0,100')
    with cartesia_client(peer).tts.websocket_connect() as connection:
        context = connection.context(timeout=lab.PATIENCE, **SONIC)
        context.push(' '.join(['word'] * 50), continue_=False)
        equal(next(context.receive()).type, 'chunk')
        context.cancel()
        after = connection.context(timeout=lab.PATIENCE, **SONIC)
        after.push('after', continue_=False)
        sound, words, end = spoken(after)
        # What was on its way when it was cancelled, and the new one.
        lab.expect(len(words) < 10, words)
        equal([word for word, start, end in words][-2:], ['late', 'after'])


def cartesia_fails():
    peer = Peer('--key', KEY)
    client = cartesia_client(peer)
    invalid = sdk('websockets.exceptions').InvalidStatus

    def connect(client=client):
        with client.tts.websocket_connect() as connection:
            context = connection.context(timeout=1, **SONIC)
            context.push('Hello there', continue_=False)
            return spoken(context)

    equal(raises(invalid, lambda: connect(cartesia_client(peer, 'wrong')))
          .response.status_code, 401)
    peer.fault('429@0x1')
    equal(raises(invalid, connect).response.headers['retry-after'], '1')
    for name, kind in (('stall-body', TimeoutError),
                       ('malformed', json.JSONDecodeError),
                       ('reset', sdk('websockets.exceptions')
                        .ConnectionClosedError)):
        peer.fault(f'{name}@0x1+1')
        raises(kind, connect)
        peer.order('mend')
    equal(connect()[2].type, 'done')


# ElevenLabs, with TLS, which its SDK insists on

def eleven_peer(*options):
    os.environ['SSL_CERT_FILE'] = PEM
    lab.at_end(lambda: os.environ.pop('SSL_CERT_FILE'))
    return Peer('--tls-cert', PEM, *options)


def eleven_client(peer, key=KEY):
    return sdk('elevenlabs.client').ElevenLabs(base_url=peer.http, api_key=key)


def eleven_say(client, *text):
    return client.text_to_speech.convert_realtime(
        'voice', text=iter(text), model_id='eleven_flash_v2_5',
        output_format='pcm_24000')


def elevenlabs_speaks():
    client = eleven_client(eleven_peer())
    sound = b''.join(eleven_say(client, 'Hello there,', ' how are', ' you?'))
    expect_speech(sound, 5)


def elevenlabs_contexts():
    peer = eleven_peer()
    kinds = sdk('elevenlabs.types')
    connect = sdk('websockets.sync.client').connect
    with connect(peer.ws + '/v1/text-to-speech/voice/multi-stream-input'
                 '?model_id=m&output_format=pcm_24000&auto_mode=true',
                 additional_headers={'xi-api-key': KEY}) as socket:
        def send(**message):
            socket.send(json.dumps(message))

        def next_of(kind):
            return kind.model_validate_json(socket.recv(lab.PATIENCE))

        send(**kinds.InitialiseContext(
            text=' ', context_id='c1').model_dump(exclude_none=True))
        send(text='Hé there ', context_id='c1')
        send(context_id='c1', flush=True)
        send(context_id='c1', close_context=True)
        first = next_of(kinds.AudioOutputMulti)
        equal(first.context_id, 'c1')
        equal(first.alignment.chars, ['H', 'é', ' '])
        equal(first.alignment.char_start_times_ms, [0, 100, 200])
        equal(first.alignment.char_durations_ms, [100, 100, 0])
        expect_speech(base64.b64decode(first.audio), 1)
        equal(next_of(kinds.AudioOutputMulti).alignment.char_start_times_ms[0],
              0)
        final = next_of(kinds.FinalOutputMulti)
        equal((final.is_final, final.context_id), (True, 'c1'))
        for number in range(6):
            send(text=' ', context_id=f'm{number}')
        error = json.loads(socket.recv(lab.PATIENCE))
        equal(error['error'], 'max_active_conversations')
        closed = sdk('websockets.exceptions').ConnectionClosedError
        equal(raises(closed, socket.recv).rcvd.code, 1008)


def elevenlabs_fails():
    peer = eleven_peer('--key', KEY)
    api_error = sdk('elevenlabs.core.api_error').ApiError
    equal(raises(api_error, lambda: list(eleven_say(
        eleven_client(peer, 'wrong'), 'Hello'))).status_code, 1008)
    client = eleven_client(peer)
    peer.fault('429@0x1')
    equal(raises(api_error, lambda: list(eleven_say(client, 'Hello')))
          .status_code, 1008)
    peer.fault('malformed@0x1')
    raises(json.JSONDecodeError, lambda: list(eleven_say(client, 'Hello')))
    expect_speech(b''.join(eleven_say(client, 'Hello')), 1)


# OpenAI: speech

def wave(sound, rate=16000):
    file = io.BytesIO()
    with wave_module.open(file, 'wb') as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(sound)
    return 'sound.wav', file.getvalue()


def openai_speaks():
    speech = openai_client(Peer()).audio.speech
    wanted = {'model': 'gpt-4o-mini-tts', 'voice': 'alloy',
              'input': 'Hello there, friend.'}
    with speech.with_streaming_response.create(
            **wanted, response_format='pcm') as response:
        sound = b''.join(response.iter_bytes())
    expect_speech(sound, 3)
    equal(speech.create(**wanted, response_format='wav').read()[44:], sound)
    with speech.with_streaming_response.create(
            **wanted, response_format='pcm', stream_format='sse') as response:
        events = [json.loads(line[len('data: '):])
                  for line in response.iter_lines() if line]
    equal(b''.join(base64.b64decode(event['audio'])
                   for event in events[:-1]), sound)
    equal(events[-1]['type'], 'speech.audio.done')
    raises(sdk('openai').BadRequestError, lambda: speech.create(
        **wanted | {'input': 'x' * 4097}, response_format='pcm'))


def openai_transcribes():
    peer = Peer()
    transcriptions = openai_client(peer).audio.transcriptions
    file = wave(silence(.3) + tone(1) + silence(.6) + tone(.5))
    heard = transcriptions.create(model='gpt-4o-transcribe', file=file)
    equal(heard.text, 'Hello there. I would like to book an appointment.')
    events = list(transcriptions.create(
        model='gpt-4o-transcribe', file=wave(tone(1)), stream=True))
    equal([event.delta for event in events[:-1]],
          ['Tomorrow', ' at', ' ten,', ' please.'])
    equal(events[-1].text, 'Tomorrow at ten, please.')
    equal(transcriptions.create(model='whisper-1',
                                file=wave(silence(1))).text, '')
    raises(sdk('openai').BadRequestError, lambda: transcriptions.create(
        model='whisper-1', file=('sound.wav', b'no wave file')))
    peer.fault('401@0x1')
    raises(sdk('openai').AuthenticationError, lambda: transcriptions.create(
        model='whisper-1', file=file))


def append(connection, sound, rate=24000):
    for piece in pieces_of(sound, rate=rate):
        connection.input_audio_buffer.append(
            audio=base64.b64encode(piece).decode())


def until_event(connection, kind):
    """All events up to the next of that type, which is the last one."""
    events = []
    while not events or events[-1].type != kind:
        events.append(connection.recv())
        lab.expect(events[-1].type != 'error', events[-1])
    return events


def openai_transcribes_in_real_time():
    client = openai_client(Peer())
    with client.realtime.connect(
            extra_query={'intent': 'transcription'}) as connection:
        created = connection.recv()
        equal((created.type, created.session.type),
              ('session.created', 'transcription'))
        connection.session.update(session={
            'type': 'transcription', 'audio': {'input': {
                'transcription': {'model': 'gpt-4o-mini-transcribe'},
                'turn_detection': {'type': 'server_vad',
                                   'silence_duration_ms': 300}}}})
        updated = connection.recv().session.audio.input
        equal((updated.turn_detection.silence_duration_ms,
               updated.transcription.model), (300, 'gpt-4o-mini-transcribe'))
        append(connection, silence(.5, RATE) + tone(1, RATE)
               + silence(.5, RATE))
        done = 'conversation.item.input_audio_transcription.completed'
        events = until_event(connection, done)
        equal([event.type.split('.')[-1] for event in events],
              ['speech_started', 'speech_stopped', 'committed', 'added',
               'done', 'delta', 'delta', 'completed'])
        equal((events[0].audio_start_ms, events[1].audio_end_ms), (200, 1500))
        equal(events[-1].transcript, 'Hello there.')
        equal(events[-1].item_id, events[2].item_id)
        # By the client's own turns.
        connection.session.update(session={
            'type': 'transcription',
            'audio': {'input': {'turn_detection': None}}})
        until_event(connection, 'session.updated')
        append(connection, tone(.5, RATE))
        connection.input_audio_buffer.commit()
        events = until_event(connection, done)
        equal(events[0].type, 'input_audio_buffer.committed')
        equal(events[-1].transcript, 'I would like to book an appointment.')
        connection.input_audio_buffer.commit()
        equal(connection.recv().error.code, 'input_audio_buffer_commit_empty')


# OpenAI: speech to speech

def openai_converses():
    client = openai_client(Peer())
    with client.realtime.connect(model='gpt-realtime') as connection:
        equal(connection.recv().session.type, 'realtime')
        connection.session.update(session={
            'type': 'realtime', 'tools': [
                {'type': 'function', 'name': 'get_time', 'parameters': {}}]})
        equal(connection.recv().session.tools[0].name, 'get_time')
        append(connection, tone(1, RATE) + silence(.6, RATE))
        events = until_event(connection, 'response.done')
        equal(events[-1].response.status, 'completed')
        sound = b''.join(base64.b64decode(event.delta) for event in events
                         if event.type == 'response.output_audio.delta')
        expect_speech(sound, 4)
        item = events[-1].response.output[0]
        equal(item.content[0].transcript, 'You said: Hello there.')
        connection.conversation.item.truncate(
            item_id=item.id, content_index=0, audio_end_ms=400)
        equal(connection.recv().type, 'conversation.item.truncated')
        connection.conversation.item.truncate(
            item_id=item.id, content_index=0, audio_end_ms=401)
        equal(connection.recv().error.code, 'invalid_value')
        # A tool, and the answer in text.
        connection.conversation.item.create(item={
            'type': 'message', 'role': 'user', 'content': [
                {'type': 'input_text', 'text': 'get_time {"tz":"UTC"}'}]})
        connection.response.create()
        call = until_event(connection, 'response.done')[-1].response.output[0]
        equal((call.name, call.arguments), ('get_time', '{"tz":"UTC"}'))
        connection.conversation.item.create(item={
            'type': 'function_call_output', 'call_id': call.call_id,
            'output': 'noon'})
        connection.response.create(response={'output_modalities': ['text']})
        events = until_event(connection, 'response.done')
        equal(''.join(event.delta for event in events
                      if event.type == 'response.output_text.delta'),
              'The answer is: noon')


def openai_is_interrupted():
    peer = Peer('--latency', '0,0,50')
    client = openai_client(peer)
    with client.realtime.connect(model='gpt-realtime') as connection:
        connection.recv()
        append(connection, tone(1, RATE) + silence(.6, RATE))
        until_event(connection, 'response.output_audio.delta')
        connection.response.create()
        append(connection, tone(.3, RATE))
        events = []
        while not events or events[-1].type != 'response.done':
            events.append(connection.recv())
        lab.expect('conversation_already_has_active_response' in [
            event.error.code for event in events if event.type == 'error'])
        done = events[-1].response
        equal((done.status, done.status_details.reason),
              ('cancelled', 'turn_detected'))
        connection.response.cancel()
        equal(connection.recv().error.code, 'response_cancel_not_active')
    peer.fault('429@0x1')
    raises((sdk('openai').OpenAIError,
            sdk('websockets.exceptions').InvalidStatus),
           lambda: client.realtime.connect(model='gpt-realtime').enter())


# AssemblyAI

def assembly_connect(peer, key=KEY, **params):
    """A transcriber that is connected, and the queue of what it tells."""
    v3 = sdk('assemblyai.streaming.v3')
    transcriber = v3.RealTimeTranscriber(v3.RealTimeTranscriberOptions(
        api_key=key, api_host=peer.ws, max_connection_retries=0))
    told = queue.Queue()
    for event in v3.RealTimeEvents:
        transcriber.on(event, lambda _, what: told.put(what))
    transcriber.connect(v3.RealTimeParameters(
        sample_rate=16000, speech_model='universal-streaming-english',
        **params))
    return transcriber, lambda: told.get(timeout=lab.PATIENCE)


def assemblyai_hears():
    transcriber, told = assembly_connect(Peer(), format_turns=True)
    equal(told().type, 'Begin')
    transcriber.stream(pieces_of(tone(1) + silence(.5)))
    turns = [told() for _ in range(3)]
    equal([(turn.turn_order, turn.end_of_turn, turn.turn_is_formatted,
            turn.transcript) for turn in turns],
          [(0, False, False, ''), (0, True, False, 'hello there'),
           (0, True, True, 'Hello there.')])
    equal([word.text for word in turns[0].words], ['hello'])
    equal([(word.start, word.end) for word in turns[2].words],
          [(0, 500), (500, 1000)])
    transcriber.stream(pieces_of(tone(.3)))
    transcriber.force_endpoint()
    while not (turn := told()).turn_is_formatted:
        pass
    equal((turn.turn_order, turn.transcript),
          (1, 'I would like to book an appointment.'))
    transcriber.disconnect(terminate=True)
    end = told()
    equal((end.type, end.audio_duration_seconds), ('Termination', 2))


def assemblyai_fails():
    v3 = sdk('assemblyai.streaming.v3')
    peer = Peer('--key', KEY)
    for key, sound, code in (('wrong', None, 1008), (KEY, 10, 3007)):
        transcriber, told = assembly_connect(peer, key)
        if sound:
            equal(told().type, 'Begin')
            transcriber.stream(silence(sound / 1000))
        error = told()
        lab.expect(isinstance(error, v3.RealTimeError), error)
        equal(error.code, code)
        transcriber.disconnect()
    peer.fault('reset@0x1+1')
    transcriber, told = assembly_connect(peer)
    equal(told().type, 'Begin')
    transcriber.stream(pieces_of(tone(1)))
    lab.expect(isinstance(told(), v3.RealTimeError))
    transcriber.disconnect()


# Gemini

def gemini_client(peer, key=KEY):
    genai = sdk('google.genai')
    return genai.Client(api_key=key, http_options=genai.types.HttpOptions(
        base_url=peer.http, timeout=2000))


def gemini_streams():
    client = gemini_client(Peer())
    models = client.models
    chunks = list(models.generate_content_stream(
        model='gemini-2.5-flash', contents='Grüß Gott!'))
    equal([chunk.text for chunk in chunks],
          ['You ', 'said: ', 'Grüß ', 'Gott!'])
    equal(chunks[-1].candidates[0].finish_reason.value, 'STOP')
    equal(chunks[-1].usage_metadata.candidates_token_count, 4)
    lab.expect(chunks[-1].usage_metadata.cached_content_token_count > 0)
    equal(models.generate_content(model='gemini-2.5-flash',
                                  contents='one').text, 'You said: one')


def gemini_calls_functions():
    types = sdk('google.genai').types
    client = gemini_client(Peer())
    models = client.models
    config = types.GenerateContentConfig(tools=[types.Tool(
        function_declarations=[
            types.FunctionDeclaration(name=name, parameters_json_schema={
                'type': 'object', 'properties': {}})
            for name in ('get_time', 'get_weather')])])
    contents = [types.Content(role='user', parts=[types.Part(
        text='get_time {"tz":"UTC"} and get_weather')])]

    def ask():
        return list(models.generate_content_stream(
            model='gemini-3-flash', contents=contents, config=config))

    content = ask()[-1].candidates[0].content
    calls = [part.function_call for part in content.parts]
    equal([(call.name, call.args) for call in calls],
          [('get_time', {'tz': 'UTC'}), ('get_weather', {})])
    contents += [content, types.Content(role='user', parts=[
        types.Part.from_function_response(
            name=call.name, response={'output': 'noon'}) for call in calls])]
    equal(''.join(chunk.text for chunk in ask()), 'The answer is: noon noon')
    content.parts[0].thought_signature = None
    error = raises(sdk('google.genai.errors').ClientError, ask)
    lab.expect('thought_signature' in error.message, error)


def gemini_fails():
    peer = Peer('--key', KEY)
    errors = sdk('google.genai.errors')

    def ask(client=gemini_client(peer)):
        return list(client.models.generate_content_stream(
            model='gemini-2.5-flash', contents='one two three'))

    equal(raises(errors.ClientError, lambda: ask(gemini_client(peer, 'no')))
          .code, 400)
    for name, kind, status in (
            ('403', errors.ClientError, 'PERMISSION_DENIED'),
            ('429', errors.ClientError, 'RESOURCE_EXHAUSTED'),
            ('500', errors.ServerError, 'INTERNAL')):
        peer.fault(f'{name}@0x1')
        error = raises(kind, ask)
        equal((error.code, error.status), (int(name), status))
    broken = sdk('httpx2').TransportError
    for name, kind in (('stall-body', broken), ('reset', broken),
                       ('malformed', errors.UnknownApiResponseError)):
        peer.fault(f'{name}@0x1+2')
        raises(kind, ask)
        peer.order('mend')
    equal(len(ask()), 5)


CASES = [openai_chat_streams, openai_chat_calls_tools, openai_chat_fails,
         deepgram_hears, deepgram_speaks, deepgram_fails,
         cartesia_speaks, cartesia_is_interrupted, cartesia_fails,
         elevenlabs_speaks, elevenlabs_contexts, elevenlabs_fails,
         openai_speaks, openai_transcribes, openai_transcribes_in_real_time,
         openai_converses, openai_is_interrupted, assemblyai_hears,
         assemblyai_fails, gemini_streams, gemini_calls_functions,
         gemini_fails]


def main():
    python = os.environ.get('GST_VOICE_PROVIDERS_PYTHON')
    if python and os.path.abspath(python) != os.path.abspath(sys.executable):
        os.execv(python, [python, os.path.abspath(__file__), PEERS, PEM,
                          *sys.argv[1:]])
    lab.run(CASES)


main()
