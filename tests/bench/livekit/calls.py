#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a call costs a worker and how fast it is, over a real livekit-server.

    tests/bench/livekit/calls.py peer [CALLS [SECONDS]]
    tests/bench/livekit/calls.py COMMAND… -- [CALLS [SECONDS]]

`peer` is livekit-agents (tools/interop bench installs it); else COMMAND is a
worker that takes every job, with {url}, {key} and {secret} put in. Callers of
the official SDK say a sentence, wait for the reply and interrupt every third
one. Memory is proportional (PSS), of the worker's processes alone, as is CPU
time; the callers' and the server's share is told apart.
"""
import os
import statistics
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
sys.path.insert(0, os.path.join(TOP, 'tests', 'interop'))
import lab                                          # noqa: E402
from lab import Caller, Server, expect, start, stop  # noqa: E402

SPEECH = ('/usr/share/pocketsphinx/test/data/librivox/'
          'sense_and_sensibility_01_austen_64kb-0880.wav')
TICK = os.sysconf('SC_CLK_TCK')


def tree(pid):
    """A process and all below it."""
    parents = {}
    for name in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open(f'/proc/{name}/stat') as file:
                parents[int(name)] = int(file.read().rsplit(')', 1)[1]
                                         .split()[1])
        except OSError:
            pass
    found = [pid]
    for one in found:
        found += [child for child, up in parents.items() if up == one]
    return found


def memory(pid):
    """PSS in MB."""
    total = 0
    for one in tree(pid):
        try:
            with open(f'/proc/{one}/smaps_rollup') as file:
                total += sum(int(line.split()[1]) for line in file
                             if line.startswith('Pss:'))
        except OSError:
            pass
    return total / 1024


def processor(pid):
    """CPU seconds, with those of children that have ended."""
    total = 0
    for one in tree(pid):
        try:
            with open(f'/proc/{one}/stat') as file:
                fields = file.read().rsplit(')', 1)[1].split()
            total += sum(map(int, fields[11:15]))
        except OSError:
            pass
    return total / TICK


def quantiles(values):
    if not values:
        return 'none'
    values = sorted(values)
    return (f'{statistics.median(values) * 1000:.0f} / '
            f'{values[int(len(values) * 0.95)] * 1000:.0f} ms '
            f'({len(values)})')


class Call(threading.Thread):
    """One caller; what it measures is in seconds."""

    def __init__(self, server, number, until):
        super().__init__(daemon=True)
        self.caller = Caller(f'caller-{number}', server, f'call-{number}')
        self.until = until
        self.greeting, self.replies, self.stops = None, [], []
        self.problem = None

    def run(self):
        try:
            self.talk()
        except Exception as error:       # noqa: told at the end
            self.problem = str(error)[:300]

    def talk(self):
        caller, begin = self.caller, time.monotonic()
        after = caller.now()
        caller.join(edges=True)
        caller.publish(queue=40)
        heard = caller.wait('heard-on', after=after)
        self.greeting = heard['at'] - begin
        spoken = 0
        caller.wait('heard-off', after=after)
        while time.monotonic() < self.until:
            time.sleep(0.7)
            after = caller.now()
            caller.play(wav=SPEECH)
            caller.wait('played', after=after)
            said = caller.wait('said-off', after=after)
            heard = caller.wait('heard-on', after=after)
            # A pause in the sentence may have been taken for its end.
            said = [line for line in caller.driven.events[after:]
                    if line['event'] == 'said-off'
                    and line.get('as') == caller.name][-1]
            if heard['at'] > said['at']:
                self.replies.append(heard['at'] - said['at'])
            spoken += 1
            if spoken % 3 == 0:
                time.sleep(0.5)
                after = caller.now()
                caller.play(wav=SPEECH)
                said = caller.wait('said-on', after=after)
                heard = caller.wait('heard-off', after=after)
                self.stops.append(heard['at'] - said['at'])
                caller.wait('heard-on', after=after)
            caller.wait('heard-off', after=after)


def worker(command, server):
    values = {'url': server.url, 'key': lab.KEY, 'secret': lab.SECRET}
    environment = {**os.environ, 'LIVEKIT_URL': server.url,
                   'LIVEKIT_API_KEY': lab.KEY,
                   'LIVEKIT_API_SECRET': lab.SECRET}
    log = open(os.environ.get('WORKER_LOG', os.devnull), 'wb')
    process = start([word.format(**values) for word in command],
                    env=environment, stdout=log, stderr=log)
    lab.at_end(lambda: stop(process, 20), of_test=True)
    return process


def row(name, value):
    print(f'| {name:<54} | {value:<25} |', flush=True)


def measure(command, count, seconds):
    server = Server()
    process = worker(command, server)
    drive = lab.callers().process.pid
    lab.until(lambda: 'worker registered' in server.told(),
              'the worker registers', 60)
    time.sleep(10)              # until what it does at its start is over
    busy = processor(process.pid)
    time.sleep(5)
    expect(process.poll() is None, 'the worker has ended (see WORKER_LOG)')
    idle = memory(process.pid)
    row('idle worker', f'{idle:.0f} MB, '
        f'{(processor(process.pid) - busy) / 5 * 100:.1f} %')
    calls = [Call(server, number, time.monotonic() + seconds)
             for number in range(count)]
    used = {pid: processor(pid)
            for pid in (process.pid, drive, server.process.pid)}
    begin, peak = time.monotonic(), 0
    for call in calls:
        call.start()
    while any(call.is_alive() for call in calls):
        peak = max(peak, memory(process.pid))
        time.sleep(2)
    minutes = (time.monotonic() - begin) / 60 * count
    used = {pid: (processor(pid) - before) / minutes
            for pid, before in used.items()}
    row('memory a call, over the idle worker',
        f'{(peak - idle) / count:.1f} MB')
    row('CPU a call-minute: worker', f'{used[process.pid]:.2f} s')
    row('CPU a call-minute: callers, server',
        f'{used[drive]:.2f} s, {used[server.process.pid]:.2f} s')
    row(f'dispatch to greeting, {count} at once, p50 / p95',
        quantiles([call.greeting for call in calls if call.greeting]))
    row('end of speech to reply', quantiles(
        [one for call in calls for one in call.replies]))
    row('barge-in: onset to silence', quantiles(
        [one for call in calls for one in call.stops]))
    for call in calls:
        if call.problem:
            row(call.caller.name, call.problem)


def main():
    words = sys.argv[1:]
    if not words:
        print(__doc__)
        return 2
    split = words.index('--') if '--' in words else 1
    command, rest = words[:split], [w for w in words[split:] if w != '--']
    if command == ['peer']:
        python = os.path.join(os.environ.get(
            'GST_VOICE_LIVEKIT_AGENTS', TOP + '/build/interop/agents'),
            'bin', 'python')
        command = [python, os.path.join(HERE, 'peer.py'), 'start']
    numbers = [int(word) for word in rest] + [1, 60][len(rest):]
    try:
        measure(command, *numbers)
    finally:
        lab.finish()
    return 0


if __name__ == '__main__':
    sys.exit(main())
