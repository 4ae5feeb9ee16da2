#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whole calls of `gst-voice worker` over a real livekit-server. TAP.

A worker in a process of its own, callers of the official Python SDK, and what a
user has to look at them: the log, `gst-voice ctl`, the pages, the database.
"""
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import urllib.request

import lab
from lab import Caller, Server, Skip, expect, note, until

BUILD = os.environ.get('GST_VOICE_TEST_BUILD', 'build/test')
SOURCE = os.environ.get('GST_VOICE_TEST_SOURCE', '.')
COMMAND = os.path.join(BUILD, 'tools', 'gst-voice', 'gst-voice')
SPEECH = ('/usr/share/pocketsphinx/test/data/librivox/'
          'sense_and_sensibility_01_austen_64kb-0880.wav')
# A busy machine must get jobs, too.
SERVER = 'agents:\n  target_load: 2\n'
# Whose word of farewell is lost may come back within 20 s.
LEAVING = 60
_server = None
_rooms = 0


def server():
    global _server
    _server = _server or Server(more=SERVER)
    return _server


def new_room():
    global _rooms
    _rooms += 1
    return f'room-{_rooms}'


def persona(name):
    return os.path.join(SOURCE, 'pipelines', name + '.json')


def make_home():
    home = tempfile.mkdtemp(prefix='calls-')
    lab.at_end(lambda: shutil.rmtree(home, ignore_errors=True))
    return home


def make_persona(home, name, words):
    """As echo, with another greeting and more patience."""
    with open(persona('echo'), encoding='utf-8') as file:
        one = json.load(file)
    one['name'] = name
    one['welcome-message'] = words
    one['limits']['inactivity']['timeout'] = 600
    shutil.copy(os.path.join(SOURCE, 'pipelines', 'echo.launch'), home)
    path = os.path.join(home, name + '.json')
    with open(path, 'w', encoding='utf-8') as file:
        json.dump(one, file)
    return path


class Worker:
    """A worker, its log, its pages, and its database."""

    def __init__(self, *args, home=None, wait=True, **environment):
        self.home = home or make_home()
        self.port = lab.free_port()
        self.db = os.path.join(self.home, 'calls.db')
        self.env = {**os.environ, 'LIVEKIT_URL': server().url,
                    'LIVEKIT_API_KEY': lab.KEY,
                    'LIVEKIT_API_SECRET': lab.SECRET, 'HOME': self.home,
                    'XDG_RUNTIME_DIR': self.home, **environment}
        if not any(word in ('--persona', '--rules') for word in args):
            args += '--persona', make_persona(
                self.home, 'patient', 'Say something, and I will repeat it.')
        self.process = lab.start(
            [COMMAND, 'worker', '--http', f'127.0.0.1:{self.port}', '--db',
             self.db, '--log', 'json', '--load-limit', '1', *args],
            env=self.env, stderr=subprocess.PIPE, encoding='utf-8',
            errors='replace')
        lab.at_end(lambda: lab.stop(self.process, 20))
        self.log, self.arrived = [], threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()
        if wait:
            self.logged('registered')

    def _read(self):
        for text in self.process.stderr:
            try:
                line = json.loads(text)
            except ValueError:
                line = {'message': text.rstrip()}
            if os.environ.get('GST_VOICE_SHOW_LOG'):
                note(line)
            with self.arrived:
                self.log.append(line)
                self.arrived.notify_all()

    def logged(self, message, seconds=lab.PATIENCE, nth=1, **match):
        """The nth line of that message with those fields."""
        end = time.monotonic() + seconds
        with self.arrived:
            while True:
                found = [line for line in self.log
                         if line['message'].startswith(message)
                         and all(line.get(k) == v for k, v in match.items())]
                if len(found) >= nth:
                    return found[nth - 1]
                left = end - time.monotonic()
                expect(left > 0, f'not logged: {message} {match}; but:',
                       *('\n' + str(line) for line in self.log[-12:]))
                self.arrived.wait(left)

    def count(self, message):
        with self.arrived:
            return sum(line['message'] == message for line in self.log)

    def get(self, page):
        with urllib.request.urlopen(
                f'http://127.0.0.1:{self.port}{page}') as answer:
            return answer.read().decode()

    def metrics(self):
        lines = [line.rsplit(' ', 1) for line in
                 self.get('/metrics').splitlines() if line[0] != '#']
        return {name: float(value) for name, value in lines}

    def command(self, *args):
        return subprocess.run([COMMAND, *args], env=self.env,
                              capture_output=True, encoding='utf-8')

    def ctl(self, *args):
        done = self.command('ctl', *args)
        expect(done.returncode == 0, args, done.stderr)
        return done.stdout

    def calls(self):
        """Those that run."""
        return json.loads(self.ctl('list', '--json'))['calls']

    def record(self, call):
        """Of a call, once it is over and in the database."""
        def find():
            done = self.command('calls', 'show', call, '--json', '--db',
                                self.db)
            return done.returncode == 0 and json.loads(done.stdout)
        return until(find, f'the record of {call}', LEAVING)

    def signal(self, number):
        self.process.send_signal(number)

    def ended(self, status=0, seconds=30):
        expect(self.process.wait(seconds) == status, self.process.returncode,
               *self.log[-5:])


def caller(room, name='caller', **more):
    one = Caller(name, server(), room)
    one.after = one.now()
    one.join(edges=True, **more)
    one.publish()
    return one


def begun(worker, room, nth=1):
    return worker.logged('a call begins', room=room, nth=nth)['call']


def hear_greeting(one, after=None):
    """Until it is over."""
    after = one.after if after is None else after
    one.wait('heard-on', after=after)
    one.wait('heard-off', after=after)


def parse_metrics(page):
    """By Prometheus' own Python, whose parser is strict of names and types."""
    python = os.environ.get('GST_VOICE_PYTHON') or sys.executable
    done = subprocess.run(
        [python, '-c', 'import sys, json\n'
         'from prometheus_client.parser import text_string_to_metric_families'
         ' as read\n'
         'print(json.dumps([[f.name, f.type] for f in read(sys.stdin.read())]))'
         ], input=page, capture_output=True, encoding='utf-8')
    if 'ModuleNotFoundError' in done.stderr:
        note('there is no prometheus-client: tools/dev interop installs it')
        return
    expect(done.returncode == 0, done.stderr)
    expect(['gst_voice_turn_seconds', 'histogram'] in json.loads(done.stdout),
           done.stdout)


def whole_call():
    room, worker = new_room(), Worker()
    ticket = worker.command('token', '--room', room, '--identity', 'caller')
    one = caller(room, token=ticket.stdout.strip())
    hear_greeting(one)
    call = begun(worker, room)
    until(lambda: worker.metrics()['gst_voice_greeting_seconds_count'] == 1,
          'the greeting is counted while the call runs', 10)
    # Quiet until the agent listens.
    time.sleep(1.5)
    after = one.now()
    one.play(wav=SPEECH)
    one.wait('played', after=after)
    after = one.now()
    one.wait('heard-on', after=after)
    running, = worker.calls()
    expect(running['call'] == call and running['room'] == room
           and running['state'] == 'talking'
           and running['participant'] == 'caller', running)
    one.leave()
    worker.logged('the call is over', seconds=LEAVING, call=call,
                  reason='disconnected')
    record = worker.record(call)
    expect(record['reason'] == 'disconnected', record['reason'])
    expect(record['statistics']['turns'] >= 1, record['statistics'])
    spoken = [line['who'] for line in record['transcript']]
    expect(spoken[0] == 'agent' and 'caller' in spoken, record['transcript'])
    network, = record['network']
    note(network)
    expect(network['received'] > 100 and network['sent'] > 100
           and 0 < network['jitter'] < 1 and 0 <= network['round_trip'] < 1,
           network)
    metrics = worker.metrics()
    expect(metrics['gst_voice_turns_total'] >= 1
           and metrics['gst_voice_reply_seconds_count'] >= 1
           and metrics['gst_voice_network_jitter_seconds_count'] >= 1
           and metrics['gst_voice_network_round_trip_seconds_count'] >= 1
           and metrics['gst_voice_records_total'] == 1
           and metrics['gst_voice_calls_ended_total{reason="disconnected"}']
           == 1, metrics)
    expect(metrics['gst_voice_turn_seconds_count{persona="patient",'
                   'part="reply"}'] >= 1, metrics)
    parse_metrics(worker.get('/metrics'))


def greeted_by_name():
    """What the room knows of the caller is in what is said first."""
    room, home = new_room(), make_home()
    worker = Worker('--persona', make_persona(
        home, 'polite', 'Good day, {{participant_name}}{{sip_nothing}}.'),
        home=home)
    one = caller(room, token=lab.token('caller', room, name='Ann'))
    hear_greeting(one)
    caption = one.wait('text', after=one.after, topic='lk.transcription')
    expect(caption['text'] == 'Good day, Ann.', caption)
    call = begun(worker, room)
    one.leave()
    record = worker.record(call)
    expect(record['transcript'][0]['text'] == 'Good day, Ann.',
           record['transcript'])


def several_rooms():
    """Four at once, on two workers of one machine."""
    first = Worker('--name', 'first')
    second = Worker('--name', 'second', home=first.home)
    rooms = [new_room() for _ in range(4)]
    ones = [caller(room, f'caller-{room}') for room in rooms]
    for one in ones:
        hear_greeting(one)
    listed = [json.loads(line)
              for line in first.ctl('list', '--json').splitlines()]
    expect([one['worker'] for one in listed] == ['first', 'second'], listed)
    calls = {call['room']: call['call'] for one in listed
             for call in one['calls']}
    expect(sorted(calls) == rooms, listed)
    note([len(one['calls']) for one in listed])
    for one in ones[:2]:
        after = one.now()
        first.ctl('end', calls[one.room][:8])
        one.wait('participant-disconnected', after=after)
    for one in ones[2:]:
        one.leave()
    reasons = [second.record(calls[room])['reason'] for room in rooms]
    expect(reasons == ['application'] * 2 + ['disconnected'] * 2, reasons)
    total = sum(worker.metrics()['gst_voice_records_total']
                for worker in (first, second))
    expect(total == 4, total)


def controlled():
    """gst-voice ctl, heard by the caller."""
    room, worker = new_room(), Worker()
    one = caller(room)
    hear_greeting(one)
    call = begun(worker, room)
    shown = worker.ctl('list')
    expect(call[:8] in shown and room in shown and 'caller' in shown, shown)
    after = one.now()
    worker.ctl('say', call[:8], 'Hello from the desk.')
    said = one.wait('text', after=after, topic='lk.transcription')
    expect('desk' in said['text'], said)
    one.wait('heard-on', after=after)
    worker.ctl('inject', call[:8], 'The caller is a VIP.')
    picture = worker.ctl('dump', call[:8]).strip()
    with open(picture, encoding='utf-8') as file:
        text = file.read()
    expect('GstVoiceLivekitSrc' in text and 'GstVoiceAgent' in text, text)
    expect('eyJ' not in text, 'the token is in the picture')
    done = worker.command('ctl', 'say', 'no-such-call', 'Hello.')
    expect(done.returncode == 1 and 'no such call' in done.stderr, done)
    after = one.now()
    worker.ctl('end', call[:8])
    one.wait('participant-disconnected', after=after)
    record = worker.record(call)
    expect(record['reason'] == 'application', record['reason'])
    expect('Hello from the desk.' in [
        line['text'] for line in record['transcript']], record['transcript'])
    worker.logged('the call is over', call=call, level='info')


def make_rules(home):
    make_persona(home, 'north', 'Hello {{tenant}}.')
    make_persona(home, 'number', 'Number.')
    make_persona(home, 'others', 'Hello.')
    rules = os.path.join(home, 'rules.json')
    with open(rules, 'w', encoding='utf-8') as file:
        json.dump([{'when': {'metadata.tenant': 'north-*'},
                    'persona': 'north.json'},
                   {'when': {'sip.trunkPhoneNumber': '+1555*'},
                    'persona': 'number.json'},
                   {'persona': 'others.json'}], file)
    return rules


def transcript(worker, call):
    record = worker.record(call)
    return (record['persona'], [line['text'] for line in record['transcript']],
            record['variables'])


def chosen_by_rules():
    """A name that is dispatched to; metadata; attributes of the caller."""
    home = make_home()
    worker = Worker('--rules', make_rules(home), '--agent-name', 'desk',
                    home=home)
    rooms = [new_room() for _ in range(3)]
    metadata = [json.dumps({'tenant': 'north-1', 'order': {'no': 17}}), '', '']
    for room, text in zip(rooms, metadata):
        server().api('RoomService', 'CreateRoom', name=room)
        server().api('AgentDispatchService', 'CreateDispatch', room=room,
                     agentName='desk', metadata=text)
    calls = [begun(worker, room) for room in rooms]
    for call in calls:
        worker.logged('joined the room', call=call)
    ones = [caller(rooms[0], 'a'),
            caller(rooms[1], 'b',
                   attributes={'sip.trunkPhoneNumber': '+15550100'}),
            caller(rooms[2], 'c')]
    for one in ones:
        hear_greeting(one)
    time.sleep(2)               # until all of it is said
    for one in ones:
        one.leave()
    name, words, variables = transcript(worker, calls[0])
    expect(name == 'north' and words == ['Hello north-1.'], name, words)
    expect(variables['tenant'] == 'north-1' and variables['order_no'] == '17'
           and variables['room'] == rooms[0], variables)
    name, words, variables = transcript(worker, calls[1])
    expect(name == 'number' and words == ['Number.']
           and variables['sip_trunkPhoneNumber'] == '+15550100', name, words,
           variables)
    name, words, variables = transcript(worker, calls[2])
    expect(name == 'others' and words == ['Hello.'], name, words)


def for_each_publisher():
    room, worker = new_room(), Worker('--job', 'publisher')
    one = caller(room, 'one')
    hear_greeting(one)
    first = begun(worker, room)
    two = caller(room, 'two')
    second = begun(worker, room, nth=2)
    hear_greeting(two)
    running = {call['call']: call['participant'] for call in worker.calls()}
    expect(running == {first: 'one', second: 'two'}, running)
    two.leave()
    worker.logged('the call is over', seconds=LEAVING, call=second,
                  reason='disconnected')
    expect([call['call'] for call in worker.calls()] == [first], 'only one')


def nobody_is_there():
    """A caller who dies, and one who never comes."""
    worker = Worker('--agent-name', 'desk')
    empty, room = new_room(), new_room()
    for name in empty, room:
        server().api('RoomService', 'CreateRoom', name=name,
                     emptyTimeout=300, departureTimeout=300)
        server().api('AgentDispatchService', 'CreateDispatch', room=name,
                     agentName='desk')
    python = os.environ.get('GST_VOICE_PYTHON', 'python3')
    one = lab.Driven([python, os.path.join(lab.HERE, 'callers', 'caller.py')])
    who = {'as': 'dies'}
    one.ask(do='join', url=server().url, token=lab.token('dies', room),
            edges=True, **who)
    one.ask(do='publish', **who)
    one.wait('heard-on', **who)
    one.process.kill()
    died = time.monotonic()
    worker.logged('the call is over', seconds=90, call=begun(worker, room),
                  reason='disconnected')
    note(f'{time.monotonic() - died:.1f} s after the caller died')
    call = begun(worker, empty)
    worker.logged('the call is over', seconds=90, call=call,
                  reason='disconnected')
    record = worker.record(call)
    expect(55 < record['duration'] < 75, record['duration'])


def drained():
    """It waits for its call; a second signal hangs up."""
    room, worker = new_room(), Worker()
    one = caller(room)
    hear_greeting(one)
    call = begun(worker, room)
    worker.signal(signal.SIGTERM)
    worker.logged('draining', calls='1')
    time.sleep(1)
    expect(worker.process.poll() is None, 'it has not waited')
    expect(worker.metrics()['gst_voice_worker_draining'] == 1, 'draining')
    other = new_room()
    two = caller(other, 'two')
    after = one.now()
    worker.signal(signal.SIGTERM)
    one.wait('participant-disconnected', after=after, timeout=15)
    worker.ended()
    record = worker.record(call)
    expect(record['reason'] == 'application', record['reason'])
    expect(not any(line.get('room') == other for line in worker.log),
           'it has taken a call')
    two.leave()


def worker_dies():
    """Its calls hang up by themselves; the next one has their records."""
    room, worker = new_room(), Worker()
    one = caller(room)
    hear_greeting(one)
    call = begun(worker, room)
    after, died = one.now(), time.monotonic()
    worker.process.kill()
    one.wait('participant-disconnected', after=after, timeout=15)
    took = time.monotonic() - died
    note(f'hung up after {took:.1f} s')
    expect(took < 10, took)
    following = Worker(home=worker.home)
    record = following.record(call)
    expect(record['reason'] == 'disconnected', record['reason'])
    expect(following.count('delivered what earlier calls left') == 1,
           following.log)


def crash(worker, call):
    pid, = (one['pid'] for one in worker.calls() if one['call'] == call)
    os.kill(pid, signal.SIGKILL)


def crashed(*args, **more):
    """Another agent comes, twice at the most."""
    room, worker = new_room(), Worker(*args)
    if args:
        server().api('RoomService', 'CreateRoom', name=room)
        server().api('AgentDispatchService', 'CreateDispatch', room=room,
                     agentName='desk', metadata='{"tenant":"t"}')
    one = caller(room)
    after = one.after
    for n in 1, 2, 3:
        call = begun(worker, room, nth=n)
        hear_greeting(one, after)
        after = one.now()
        crash(worker, call)
        worker.logged("the call's process crashed", call=call,
                      reason='crashed')
        record = worker.record(call)
        expect(record['reason'] == 'crashed', record['reason'])
        if args:
            expect(record['variables']['tenant'] == 't', record['variables'])
    worker.logged('calls in this room have crashed too often')
    metrics = worker.metrics()
    expect(metrics['gst_voice_redispatches_total'] == 2
           and metrics['gst_voice_calls_crashed_total'] == 3, metrics)


def crashed_unnamed():
    crashed()


def crashed_named():
    crashed('--agent-name', 'desk')


def no_room_at_first():
    """A call crashes while its worker drains and the other one is full."""
    room, other = new_room(), new_room()
    first = Worker()
    one = caller(room)
    hear_greeting(one)
    call = begun(first, room)
    first.signal(signal.SIGTERM)
    first.logged('draining', calls='1')
    second = Worker('--max-calls', '1')
    two = caller(other, 'two')
    hear_greeting(two)
    after = one.now()
    crash(first, call)
    first.logged('a new agent was asked for', call=call, asked='1')
    first.logged('no worker has taken the new dispatch', call=call, asked='1')
    expect(not any(line.get('room') == room for line in second.log),
           'it was full')
    expect(first.metrics()['gst_voice_redispatches_untaken_total'] >= 1,
           'counted')
    second.ctl('end', begun(second, other))
    second.logged('a call begins', seconds=60, room=room)
    hear_greeting(one, after)
    first.logged('a new agent comes', call=call)
    first.ended()
    again = [line for line in second.log if line.get('room') == room]
    expect(len(again) == 1, again)
    one.leave()
    second.logged('the call is over', seconds=LEAVING,
                  call=begun(second, room), reason='disconnected')


def refused():
    """Said once, without the secret."""
    worker = Worker(wait=False, LIVEKIT_API_SECRET='this is a wrong one')
    worker.ended(1)
    told = [line for line in worker.log if 'LIVEKIT_API_SECRET' in str(line)]
    expect(len(told) == 1, worker.log)
    expect('this is a wrong one' not in str(worker.log), worker.log)


def play():
    try:
        lab.callers()
        server()
        if not os.path.exists(SPEECH):
            raise Skip('there is no speech to play '
                       '(Debian: pocketsphinx-testdata)')
    except Skip as reason:
        lab.skip_all(reason)
    lab.run([whole_call, greeted_by_name, several_rooms, controlled, chosen_by_rules,
             for_each_publisher, nobody_is_there, drained, worker_dies,
             crashed_unnamed, crashed_named, no_room_at_first, refused])


play()
