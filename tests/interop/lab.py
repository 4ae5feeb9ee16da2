# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the interop tests in Python share: servers, callers, faults, TAP.

Needs nothing but Python's own modules, so that a test can always say why it is
skipped. Everything that is started ends with the test, also when it is killed.
"""
import base64
import ctypes
import hashlib
import hmac
import json
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
KEY = 'key'
SECRET = 'a secret of thirty-two characters'
PATIENCE = 30                   # seconds, for anything that should happen

sys.stdout.reconfigure(encoding='utf-8')


class Skip(Exception):
    """This test, or this case of it, cannot run here; says why."""


# TAP

_count = 0
tries = 1                       # of a case; more where nothing of ours is in it


def attempt(function):
    kept = len(_stops)
    try:
        function()
    finally:
        for caller in list(_present):
            caller.leave()
        while len(_stops) > kept:
            _stops.pop()()


def case(function):
    """Runs function as one case of the test."""
    global _count
    _count += 1
    name = function.__name__.replace('_', '-')
    begin = time.monotonic()
    for left in reversed(range(tries)):
        try:
            attempt(function)
        except Skip as reason:
            print(f'ok {_count} - {name} # SKIP {reason}', flush=True)
            return
        except Exception:
            # On stderr, since Meson shows nothing else of a TAP test.
            traceback.print_exc()
            if left:
                note('once more')
                continue
            print(f'not ok {_count} - {name}', flush=True)
            return
        break
    print(f'# {time.monotonic() - begin:.1f} s')
    print(f'ok {_count} - {name}', flush=True)


def run(cases):
    """Runs all, or those that the command line names, and ends."""
    wanted = sys.argv[1:]
    for function in cases:
        if not wanted or function.__name__.replace('_', '-') in wanted:
            case(function)
    finish()
    print(f'1..{_count}')


def finish():
    for ends in _stops, _ends:
        while ends:
            ends.pop()()


def note(text):
    print('# ' + str(text), flush=True)


def skip_all(reason):
    print(f'1..0 # SKIP {reason}')
    sys.exit(0)


def expect(good, *what):
    if not good:
        raise AssertionError(' '.join(map(str, what)))


def until(good, what, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = good()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f'{what}: not within {seconds} s')


# Processes

_stops = []                     # of this case, above those of the test
_ends = []                      # of the test
_present = []                   # callers in a room
_libc = ctypes.CDLL(None)


def _end_with_us():
    _libc.prctl(1, signal.SIGKILL)


def start(args, **more):
    """Starts a process that does not outlive us."""
    return subprocess.Popen(args, preexec_fn=_end_with_us, **more)


def at_end(function, of_test=False):
    """Has function called when the case ends, or the test."""
    if of_test:
        _ends.append(function)
    else:
        _stops.append(function)


def stop(process, seconds=5):
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def program(variable, name, how):
    path = shutil.which(os.environ.get(variable) or name)
    if not path:
        raise Skip(f'there is no {name}: {how}, or name it in {variable}')
    return path


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


# Tokens

def _base64(data):
    return base64.urlsafe_b64encode(data).rstrip(b'=').decode()


def token(identity, room='room', secret=SECRET, **more):
    """more: claims, and `video` for more grants."""
    now = int(time.time())
    claims = {'iss': KEY, 'sub': identity, 'nbf': now - 10, 'exp': now + 3600,
              **more, 'video': {'roomJoin': True, 'room': room,
                                'canUpdateOwnMetadata': True,
                                **more.get('video', {})}}
    parts = '.'.join(_base64(json.dumps(part).encode()) for part in (
        {'alg': 'HS256', 'typ': 'JWT'}, claims))
    mark = hmac.new(secret.encode(), parts.encode(), hashlib.sha256).digest()
    return parts + '.' + _base64(mark)


# Servers

class Server:
    """A livekit-server on loopback; media_ip is what it tells the clients.

    `more` goes in its configuration below rtc: and beside it.
    """

    def __init__(self, media_ip='127.0.0.1', rtc='', more=''):
        path = program('GST_VOICE_LIVEKIT_SERVER', 'livekit-server',
                       'tools/dev interop installs it')
        # Somebody else may take a port between our look and its.
        for last in False, False, True:
            self.start(path, media_ip, rtc, more)
            try:
                until(self.healthy, 'livekit-server listens')
                return
            except AssertionError:
                if last:
                    raise

    def start(self, path, media_ip, rtc, more):
        self.port = free_port()
        self.udp_port = free_port(socket.SOCK_DGRAM)
        self.url = f'ws://127.0.0.1:{self.port}'
        config = (
            f'port: {self.port}\nbind_addresses: [127.0.0.1]\n'
            f'rtc:\n  tcp_port: {free_port()}\n  udp_port: {self.udp_port}\n'
            f'  node_ip: {media_ip}\n  enable_loopback_candidate: true\n'
            f'  ips:\n    includes: [127.0.0.1/32]\n{rtc}'
            f'keys:\n  {KEY}: {SECRET}\nlogging:\n  level: info\n{more}')
        self.log = tempfile.TemporaryFile()
        self.process = process = start([path, '--config-body', config],
                                       stdout=self.log, stderr=self.log)
        at_end(lambda: stop(process))

    def healthy(self):
        expect(self.process.poll() is None, self.told()[-2000:])
        try:
            with urllib.request.urlopen(f'http://127.0.0.1:{self.port}'):
                return True
        except OSError:
            return False

    def told(self):
        """Its log until now."""
        return os.pread(self.log.fileno(), 1 << 24, 0).decode()

    def api(self, _service, _method, _video=None, **body):
        """Calls the server's API, as an administrator of everything."""
        grants = {'roomCreate': True, 'roomList': True, 'roomAdmin': True,
                  'roomJoin': False, 'room': body.get('room', ''),
                  **(_video or {})}
        request = urllib.request.Request(
            f'http://127.0.0.1:{self.port}/twirp/livekit.{_service}/{_method}',
            json.dumps(body).encode(),
            {'Content-Type': 'application/json',
             'Authorization': 'Bearer ' + token('admin', video=grants)})
        try:
            with urllib.request.urlopen(request) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from None


class Relay:
    """lossy-relay between the clients and a server of its own."""

    IP = '127.0.0.2'

    def __init__(self, **settings):
        # A full agent would find its own way past us by its own checks.
        self.server = Server(media_ip=self.IP,
                             rtc='  use_ice_lite: true\n')
        self.process = start(
            [os.environ['GST_VOICE_LOSSY_RELAY'], self.IP, '127.0.0.1',
             str(self.server.udp_port)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, encoding='utf-8')
        at_end(lambda: stop(self.process))
        self.set(**settings)

    def set(self, **settings):
        """Changes settings; returns the counts until now."""
        self.process.stdin.write(' '.join(
            f'{name}={value}' for name, value in settings.items()) + '\n')
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


class Cutter:
    """A TCP proxy before the signalling that can cut its connections."""

    def __init__(self, port):
        self.target = port
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        self.url = f'ws://127.0.0.1:{self.port}'
        self.pairs, self.refuse = [], False
        self.accepted = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            ours, _ = self.listener.accept()
            self.accepted += 1
            if self.refuse:
                ours.close()
                continue
            try:
                theirs = socket.create_connection(('127.0.0.1', self.target))
            except OSError:
                ours.close()
                continue
            self.pairs.append((ours, theirs))
            for one, other in ((ours, theirs), (theirs, ours)):
                threading.Thread(target=self._copy, args=(one, other),
                                 daemon=True).start()

    @staticmethod
    def _copy(one, other):
        try:
            while data := one.recv(65536):
                other.sendall(data)
        except OSError:
            pass
        for end in (one, other):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self, refuse=False):
        """Ends what is open now; refuse: and takes nothing new."""
        self.refuse = refuse
        pairs, self.pairs = self.pairs, []
        for pair in pairs:
            for end in pair:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass


class Turn:
    """coturn on loopback; `ice` is how a client's configuration names it."""

    def __init__(self):
        path = program('GST_VOICE_TURNSERVER', 'turnserver',
                       'Debian: coturn')
        self.port = free_port(socket.SOCK_DGRAM)
        self.folder = tempfile.mkdtemp()
        self.log = os.path.join(self.folder, 'log')
        low = 20000 + os.getpid() % 200 * 200
        self.process = start(
            [path, '-n', '--listening-ip=127.0.0.1', '--relay-ip=127.0.0.1',
             f'--listening-port={self.port}', '--no-tls', '--no-dtls',
             '--no-cli', '--fingerprint', '--lt-cred-mech', '--user=user:word',
             '--realm=interop', '--allow-loopback-peers', '--verbose',
             f'--min-port={low}', f'--max-port={low + 199}',
             f'--log-file={self.log}', '--simple-log',
             f'--pidfile={self.folder}/pid', '--db',
             f'{self.folder}/turndb'],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        at_end(self.stop)
        self.ice = {'urls': [f'turn:127.0.0.1:{self.port}?transport=udp'],
                    'username': 'user', 'password': 'word'}
        until(self.listens, 'coturn listens')

    def stop(self):
        stop(self.process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def listens(self):
        expect(self.process.poll() is None, 'coturn ends')
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.settimeout(0.2)
            # A STUN binding request.
            probe.sendto(b'\0\1\0\0\x21\x12\xa4\x42' + bytes(12),
                         ('127.0.0.1', self.port))
            try:
                return probe.recv(1500)[:2] == b'\1\1'
            except OSError:
                return False

    def allocations(self):
        """How many relayed addresses it has handed out until now."""
        with open(self.log, encoding='utf-8', errors='replace') as log:
            return log.read().count('ALLOCATE processed, success')


# Callers

class Driven:
    """A process that takes and gives lines of JSON, as caller.py does."""

    def __init__(self, args, **more):
        self.process = start(args, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, encoding='utf-8', **more)
        at_end(self.end)
        self.events = []
        self.arrived = threading.Condition()
        self.replies = {}
        self.number = 0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for text in self.process.stdout:
            if not text.startswith('{'):
                note(text.rstrip())
                continue
            line = json.loads(text)
            with self.arrived:
                if 'reply' in line:
                    self.replies.setdefault(
                        line['reply'], queue.Queue()).put(line)
                else:
                    self.events.append(line)
                self.arrived.notify_all()
        with self.arrived:
            self.events.append({'event': 'ended'})
            self.arrived.notify_all()

    def write(self, **line):
        self.process.stdin.write(json.dumps(line) + '\n')
        self.process.stdin.flush()

    def ask(self, timeout=60, **line):
        with self.arrived:
            self.number += 1
            number = self.number
            answer = self.replies.setdefault(number, queue.Queue())
        self.write(id=number, **line)
        try:
            reply = answer.get(timeout=timeout)
        except queue.Empty:
            raise AssertionError(f'no answer to {line}') from None
        if 'error' in reply:
            raise AssertionError(f'{line.get("do")}: {reply["error"]}')
        return reply

    def wait(self, event, timeout=PATIENCE, after=0, **match):
        """The first event of that name with those fields since `after`."""
        end = time.monotonic() + timeout
        with self.arrived:
            while True:
                for line in self.events[after:]:
                    if line['event'] == event and all(
                            line.get(k) == v for k, v in match.items()):
                        return line
                left = end - time.monotonic()
                if self.events and self.events[-1]['event'] == 'ended':
                    left = 0
                if left <= 0:
                    seen = '\n'.join(map(str, self.events[after:][-12:]))
                    raise AssertionError(f'no {event} {match}; but:\n{seen}')
                self.arrived.wait(left)

    def now(self):
        """A mark for wait (after=)."""
        with self.arrived:
            return len(self.events)

    def end(self):
        if self.process.poll() is None:
            try:
                self.process.stdin.close()
                self.process.wait(20)
            except (subprocess.TimeoutExpired, OSError):
                stop(self.process)


_callers = None


def callers():
    """The one process of all callers of this test."""
    global _callers
    if _callers is None:
        python = program('GST_VOICE_PYTHON', 'python3', '')
        tried = subprocess.run([python, '-c', 'import livekit.rtc, numpy'],
                               stderr=subprocess.DEVNULL)
        if tried.returncode:
            raise Skip('there is no official Python SDK (packages livekit and '
                       'numpy): tools/dev interop installs it, or name a '
                       'Python that has it in GST_VOICE_PYTHON')
        _callers = Driven([python, os.path.join(HERE, 'callers', 'caller.py')])
        _callers.wait('ready')
    return _callers


class Caller:
    """One participant, by the official SDK. Methods as in caller.py's DO."""

    def __init__(self, name, server, room='room'):
        self.name, self.server, self.room = name, server, room
        self.driven = callers()

    def __getattr__(self, what):
        return lambda **more: self.driven.ask(**{'as': self.name,
                                                 'do': what}, **more)

    def join(self, url=None, attributes=None, **more):
        claims = {'attributes': attributes} if attributes else {}
        more.setdefault('token', token(self.name, self.room, **claims))
        _present.append(self)
        return self.driven.ask(**{'as': self.name, 'do': 'join'},
                               url=url or self.server.url, **more)

    def leave(self):
        if self in _present:
            _present.remove(self)
        return self.driven.ask(**{'as': self.name, 'do': 'leave'})

    def wait(self, event, **more):
        return self.driven.wait(event, **{'as': self.name}, **more)

    def now(self):
        return self.driven.now()

    def hear_tone(self, identity, frequency, seconds=1.0, tries=10,
                  purity=0.0):
        """Listens until that tone is heard, for so many seconds and so pure;
        returns what was measured."""
        for _ in range(tries):
            heard = self.listen(identity=identity, seconds=seconds)
            if (abs(heard['frequency'] - frequency) < 3
                    and heard['level'] > 0.01 and heard['purity'] > purity):
                return heard
        raise AssertionError(f'{self.name} hears of {identity}: {heard}')
