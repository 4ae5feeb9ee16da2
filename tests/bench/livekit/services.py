#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A whole turn over LiveKit, ours beside livekit-agents, by the same services.

    tests/bench/livekit/services.py BUILD [--calls '1 8 20'] [--seconds 60]
        [--only ours|peer] [--latency HEAD,FIRST,BETWEEN] [--tls]
    tests/bench/livekit/services.py BUILD --ahead [--calls 8] [--seconds 60]

Deepgram hears, OpenAI thinks and Cartesia speaks: the stand-ins of tests/peers,
one process for all calls, whose latency is given in ms. Both agents are in
their defaults. The callers are livekit-load's, which cost next to nothing; they
decode what they hear, and play recordings of a person, since livekit-agents
does not take a synthetic sentence for complete. `--ahead` compares our agent with itself: with turns that
are sent ahead (`preemptive`) and without; every second question of its callers
has a pause in it. BUILD is the folder of `tools/dev bench`.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import calls                                        # noqa: E402
from calls import TOP, lab, memory, processor       # noqa: E402

SETTLE = 5                      # seconds before anything is counted
SCRIPT = {'hear': ['Please write that down.'], 'answers': [{
    'when': '', 'say': 'I have written that down for you, and the office will '
    'call you back tomorrow morning. Is there anything else?'}]}


class Server(lab.Server):
    """One whose media have an address of this machine's, as load-lab's."""

    def start(self, path, media_ip, rtc, more):
        self.port = lab.free_port()
        self.url = f'ws://127.0.0.1:{self.port}'
        address = subprocess.run(['hostname', '-I'], capture_output=True,
                                 text=True).stdout.split()
        config = (
            f'port: {self.port}\nbind_addresses: [127.0.0.1]\nrtc:\n'
            f'  tcp_port: {lab.free_port()}\n  udp_port: {lab.free_port()}\n'
            f'  node_ip: {address[0] if address else "127.0.0.1"}\n'
            '  enable_loopback_candidate: true\n'
            '  stun_servers: ["127.0.0.1:3478"]\n'
            f'keys:\n  {lab.KEY}: {lab.SECRET}\n'
            'agents:\n  target_load: 2\nlogging:\n  level: info\n')
        self.log = tempfile.TemporaryFile()
        self.process = process = lab.start(
            [path, '--config-body', config], stdout=self.log, stderr=self.log)
        lab.at_end(lambda: lab.stop(process))


class Told:
    """A process that is told lines and answers each with one."""

    def __init__(self, args, **more):
        self.process = process = lab.start(
            args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            **more)
        lab.at_end(lambda: lab.stop(process))
        self.first = process.stdout.readline().strip()

    def ask(self, line):
        self.process.stdin.write(line + '\n')
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()


def standins(options, folder):
    script = os.path.join(folder, 'script.json')
    with open(script, 'w') as file:
        json.dump(SCRIPT, file)
    args = [options.build + '/tests/peers/provider-peers', '--hear-each',
            '--keep', '--latency', options.latency, '--script', script,
            '--trace', os.path.join(folder, 'trace')]
    if options.tls:
        args += ['--tls-cert', options.build + '/tests/bench/bench.pem']
    return Told(args)


def environment(options, server, services):
    built = os.path.abspath(options.build)
    return {
        **os.environ, 'LIVEKIT_URL': server.url, 'LIVEKIT_API_KEY': lab.KEY,
        'LIVEKIT_API_SECRET': lab.SECRET, 'STANDINS_URL': services.first,
        'STANDINS_KEY': 'x', 'GST_VOICE_DATADIR': TOP + '/data',
        'GST_VOICE_CA_FILE': built + '/tests/bench/bench.pem',
        'GST_REGISTRY_1_0': built + '/bench.registry',
        'GST_PLUGIN_PATH_1_0': ':'.join(
            f'{built}/plugins/{name}'
            for name in ('turn', 'speech', 'llm', 'agent', 'livekit'))}


def persona(folder, ahead):
    """Ours, in its defaults or without sending turns ahead."""
    source = TOP + '/tests/data/services/services'
    with open(source + '.json') as file:
        made = json.load(file)
    shutil.copy(source + '.launch', folder)
    if not ahead:
        made['turn'] = {'preemptive': False}
    path = os.path.join(folder, 'services.json')
    with open(path, 'w') as file:
        json.dump(made, file)
    return path


def command(options, who, folder):
    if who == 'peer':
        python = os.path.join(os.environ.get(
            'GST_VOICE_LIVEKIT_AGENTS', TOP + '/build/interop/agents'),
            'bin', 'python')
        return [python, HERE + '/peer.py', 'start']
    return [options.build + '/tools/gst-voice/gst-voice', 'worker',
            '--persona', persona(folder, who != 'not ahead'),
            '--db', folder + '/calls.db', '--http', 'off',
            '--load-limit', '1']


def asked(folder, services):
    """How often the model was asked, and how many tokens it wrote."""
    services.ask('trace')
    questions = tokens = 0
    with open(os.path.join(folder, 'trace'), errors='replace') as file:
        for line in file:
            field = line.split(' ', 4)
            if field[2].startswith('openai-chat'):
                questions += field[1] == 'asked'
                tokens += field[1] == 'sent' and '"content":"' in field[4]
    return questions, tokens


def spread(values, percent=95):
    if not values:
        return 'none'
    values = sorted(values)
    return (f'{statistics.median(values):.0f} / '
            f'{values[min(len(values) - 1, len(values) * percent // 100)]:.0f}'
            f' ms ({len(values)})')


def middle(values):
    return statistics.median(values) if values else None


def converse(options, who, count, folder, talk):
    server = Server()
    services = standins(options, folder)
    env = environment(options, server, services)
    log = open(os.environ.get('WORKER_LOG', os.devnull), 'ab')
    worker = lab.start(command(options, who, folder), env=env, stdout=log,
                       stderr=log)
    lab.at_end(lambda: lab.stop(worker, 20))
    lab.until(lambda: 'worker registered' in server.told(),
              'the worker registers', 60)
    time.sleep(10)              # until what it does at its start is over
    idle = memory(worker.pid)
    load = Told([options.build + '/tests/bench/livekit-load', server.url,
                 '--decode', *(['--recorded'] if talk == 1 else [])], env=env)
    load.ask(f'join {count} 500 {who.replace(" ", "-")}')
    greeted = json.loads(load.ask('greeted 120'))['done']
    load.ask(f'talk {talk}')
    time.sleep(SETTLE)
    load.ask('forget')
    before = asked(folder, services)
    pids = {'worker': worker.pid, 'callers': load.process.pid,
            'server': server.process.pid, 'services': services.process.pid}
    used = {name: processor(pid) for name, pid in pids.items()}
    begin = time.monotonic()
    time.sleep(options.seconds / 2)
    most = memory(worker.pid)
    time.sleep(options.seconds / 2)
    minutes = (time.monotonic() - begin) / 60 * count
    used = {name: (processor(pid) - used[name]) / minutes
            for name, pid in pids.items()}
    after = asked(folder, services)
    report = json.loads(load.ask('report'))
    load.ask('leave')
    callers = report['callers']
    every = {name: [one for caller in callers for one in caller[name]]
             for name in ('replies', 'returns', 'cuts')}
    return {
        **every, 'cpu': used, 'memory': (most - idle) / count,
        'greeted': greeted, 'unanswered': sum(
            caller['unanswered'] for caller in callers),
        'uncut': sum(caller['uncut'] for caller in callers),
        'mute': sum(not caller['replies'] and not caller['returns']
                    for caller in callers),
        'behind': 100 * report['behind'] / max(report['ticks'], 1),
        'asked': after[0] - before[0], 'tokens': after[1] - before[1]}


def run(options, who, count, talk):
    with tempfile.TemporaryDirectory() as folder:
        try:
            return converse(options, who, count, folder, talk)
        finally:
            lab.finish()


def row(*cells):
    print('| ' + ' | '.join(cells) + ' |', flush=True)


def ratio(ours, peer):
    return f'{peer / ours:.1f}' if ours and peer else ''


def compare(count, ours, peer):
    many = f', {count} call{"s" if count > 1 else ""}'
    both = [one for one in (ours, peer) if one]
    for title, name in (('end of speech -> reply, p50 / p95', 'replies'),
                        ('the same after an interruption', 'returns'),
                        ('barge-in: onset -> silence, p50 / p95', 'cuts')):
        row(title + many, *(spread(one[name]) for one in both),
            *([ratio(middle(ours[name]), middle(peer[name]))]
              if len(both) > 1 else []))
    for title, tell, number in (
            ('CPU a call-minute', '{:.2f} s', lambda r: r['cpu']['worker']),
            ('memory a call', '{:.1f} MB', lambda r: r['memory'])):
        row(title + many, *(tell.format(number(one)) for one in both),
            *([ratio(number(ours), number(peer))] if len(both) > 1 else []))
    row('greeted; without any reply; not answered, not interrupted' + many,
        *(f'{one["greeted"]}; {one["mute"]}; {one["unanswered"]}, '
          f'{one["uncut"]}' for one in both), *([''] * (len(both) > 1)))
    row('callers, server, services: CPU a call-minute' + many,
        *(', '.join(f'{one["cpu"][name]:.2f}' for name in
                    ('callers', 'server', 'services')) + ' s'
          for one in both), *([''] * (len(both) > 1)))
    row("callers' clock behind by 10 ms, % of its ticks" + many,
        *(f'{one["behind"]:.2f}' for one in both),
        *([''] * (len(both) > 1)))


def compare_ahead(count, on, off):
    for title, tell in (
            ('end of speech -> reply, p50 / p95',
             lambda r: spread(r['replies'])),
            ('the model is asked, times a reply',
             lambda r: f'{r["asked"] / max(len(r["replies"]), 1):.2f}'),
            ('it writes, tokens a reply',
             lambda r: f'{r["tokens"] / max(len(r["replies"]), 1):.1f}'),
            ('CPU a call-minute', lambda r: f'{r["cpu"]["worker"]:.2f} s'),
            ('without any reply; not answered',
             lambda r: f'{r["mute"]}; {r["unanswered"]}')):
        row(f'{title}, {count} calls', tell(on), tell(off))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('build')
    parser.add_argument('--calls')
    parser.add_argument('--seconds', type=float, default=60)
    parser.add_argument('--only', choices=('ours', 'peer'))
    parser.add_argument('--latency', default='0,100,10')
    parser.add_argument('--tls', action='store_true')
    parser.add_argument('--ahead', action='store_true')
    options = parser.parse_args()
    options.build = os.path.abspath(options.build)
    numbers = options.calls or ('8' if options.ahead else '1 8 20')
    if options.ahead:
        row('figure', 'sent ahead (default)', 'not')
        row('---', '---', '---')
        for count in map(int, numbers.split()):
            compare_ahead(count, run(options, 'ours', count, 4),
                          run(options, 'not ahead', count, 4))
        return
    row('figure', *([options.only] if options.only else
                    ['ours', 'livekit-agents', 'ratio']))
    row(*(['---'] * (2 if options.only else 4)))
    for count in map(int, numbers.split()):
        compare(count, *(run(options, who, count, 1)
                         if options.only in (None, who) else None
                         for who in ('ours', 'peer')))


main()
