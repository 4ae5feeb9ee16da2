# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lets Python's http.client and curl judge the stand-in http-peer.

Usage: http-peer-test.py HTTP-PEER PEER.pem; prints TAP. No test waits by
sleeping: pieces that come later are released over a second connection.
"""
import base64
import http.client
import json
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile

SCRIPT = {
    '/plain': {'headers': {'X-One': '1'}, 'steps': ['hello ', 'world']},
    '/twice': [{'status': 503, 'headers': {'Retry-After': '7'},
                'steps': ['later']}, {'steps': ['now']}],
    '/chunked': {'framing': 'chunked', 'steps': ['a', 'bc', 'def']},
    '/until-close': {'framing': 'close', 'steps': ['all of it']},
    '/bytes': {'steps': [{'base64': base64.b64encode(bytes(range(256)))
                          .decode()}]},
    '/big': {'steps': [{'fill': 10 * 1024 * 1024}]},
    '/empty': {'status': 204},
    '/held': {'hold': True, 'steps': ['held']},
    '/gates': {'steps': ['first', {'gate': True}, 'second', {'gate': True},
                         'third']},
    '/too-short': {'length': 100, 'steps': ['ten bytes.', {'close': True}]},
    '/cut': {'steps': ['whole chunk', {'close': True}]},
    '/reset': {'steps': ['piece', {'gate': True}, {'reset': True}]},
    '/garbage': {'status': 0, 'steps': [{'raw': 'SSH-2.0-x\r\n'},
                                        {'close': True}]},
    '/silent': {'status': 0, 'steps': [{'hang': True}]},
    '/gone': {'status': 0, 'steps': [{'close': True}]},
    '/stall': {'steps': ['begun', {'hang': True}]},
    '/delay': {'steps': ['a', {'delay': 10}, 'b']},
}


class Peer:
    """A running http-peer."""

    def __init__(self, *options):
        with tempfile.NamedTemporaryFile('w', suffix='.json') as script:
            json.dump(SCRIPT, script)
            script.flush()
            self.process = subprocess.Popen(
                [sys.argv[1], *options, script.name], text=True,
                stdout=subprocess.PIPE)
            self.port = int(self.process.stdout.readline().split(':')[1])

    def seen(self):
        """The next request: connection, method, target, size of the body."""
        return self.process.stdout.readline().split()

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def connect():
    return http.client.HTTPConnection('127.0.0.1', PEER.port, timeout=20)


def get(path, method='GET', body=None):
    """Status, headers and body by a connection of its own."""
    connection = connect()
    connection.request(method, path, body)
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    PEER.seen()
    return answer.status, answer.headers, data


def release(path):
    connection = connect()
    connection.request('POST', '/-/release' + path)
    assert connection.getresponse().status == 204
    connection.close()


def begin(path, timeout=20):
    connection = http.client.HTTPConnection('127.0.0.1', PEER.port,
                                            timeout=timeout)
    connection.request('GET', path)
    return connection


def raises(kind, func, *args):
    try:
        func(*args)
    except kind as error:
        return error
    raise AssertionError(f'no {kind.__name__}')


def plain():
    status, headers, data = get('/plain?x=1')
    assert (status, headers['X-One'], data) == (200, '1', b'hello world')
    assert headers['Content-Length'] == '11'


def replies_in_turn():
    status, headers, data = get('/twice')
    assert (status, headers['Retry-After'], data) == (503, '7', b'later')
    assert [get('/twice')[::2] for i in range(2)] == [(200, b'now')] * 2


def framings():
    status, headers, data = get('/chunked')
    assert (headers['Transfer-Encoding'], data) == ('chunked', b'abcdef')
    status, headers, data = get('/until-close')
    assert (headers['Connection'], data) == ('close', b'all of it')
    assert 'Content-Length' not in headers
    assert get('/bytes')[2] == bytes(range(256))
    assert get('/empty')[::2] == (204, b'')
    assert get('/delay')[2] == b'ab'
    assert get('/no-such')[0] == 404


def head_has_no_body():
    status, headers, data = get('/plain', 'HEAD')
    assert (status, headers['Content-Length'], data) == (200, '11', b'')


def connections_are_kept():
    connection = connect()
    for i in range(3):
        connection.request('POST', '/chunked?i=%d' % i, b'x' * i)
        assert connection.getresponse().read() == b'abcdef'
    seen = [PEER.seen() for i in range(3)]
    assert len({line[0] for line in seen}) == 1
    assert [line[1:] for line in seen] == [
        ['POST', '/chunked?i=%d' % i, str(i)] for i in range(3)]
    connection.close()


def ten_megabytes():
    data = get('/big')[2]
    assert len(data) == 10 * 1024 * 1024
    assert data[:502] == bytes(range(251)) * 2 and data[-1] == (len(data)
                                                                - 1) % 251


def gates():
    connection = begin('/gates')
    answer = connection.getresponse()
    assert answer.read1(100) == b'first'
    release('/gates')
    assert answer.read1(100) == b'second'
    release('/gates')
    assert answer.read() == b'third'
    connection.close()
    PEER.seen()
    release('/held')
    assert get('/held')[2] == b'held'


def cut_short():
    for path, got in ('/too-short', b'ten bytes.'), ('/cut', b'whole chunk'):
        error = raises(http.client.IncompleteRead, get, path)
        assert error.partial == got, error
        PEER.seen()
    raises(http.client.RemoteDisconnected, get, '/gone')
    PEER.seen()


def reset():
    connection = begin('/reset')
    answer = connection.getresponse()
    assert answer.read1(100) == b'piece'
    release('/reset')
    raises(ConnectionResetError, answer.read)
    connection.close()
    PEER.seen()


def garbage():
    raises(http.client.BadStatusLine, get, '/garbage')
    PEER.seen()


def silence():
    connection = begin('/silent', 0.1)
    raises(socket.timeout, connection.getresponse)
    connection.close()
    connection = begin('/stall', 0.1)
    answer = connection.getresponse()
    assert answer.read1(100) == b'begun'
    raises(socket.timeout, answer.read)
    connection.close()
    PEER.seen(), PEER.seen()


def tls():
    peer = Peer('--tls', sys.argv[2])
    try:
        def fetch(context):
            connection = http.client.HTTPSConnection(
                '127.0.0.1', peer.port, context=context, timeout=20)
            connection.request('GET', '/plain')
            return connection.getresponse().read()

        raises(ssl.SSLCertVerificationError, fetch,
               ssl.create_default_context())
        trusting = ssl.create_default_context(cafile=sys.argv[2])
        assert fetch(trusting) == b'hello world'
    finally:
        peer.close()


def scripts_that_are_wrong():
    for text in ('', '[]', '{"/a": 1}', '{"/a": {"steps": [1]}}',
                 '{"/a": {"steps": [{"stop": true}]}}'):
        with tempfile.NamedTemporaryFile('w') as script:
            script.write(text)
            script.flush()
            run = subprocess.run([sys.argv[1], script.name], timeout=20,
                                 stderr=subprocess.PIPE)
        assert run.returncode == 2 and run.stderr, text


def curl(path, *options):
    """Exit status and output of curl."""
    run = subprocess.run(['curl', '-sS', '--max-time', '20', *options,
                          f'http://127.0.0.1:{PEER.port}{path}'],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    PEER.seen()
    return run.returncode, run.stdout


def curl_replies():
    assert curl('/plain') == (0, b'hello world')
    assert curl('/chunked') == (0, b'abcdef')
    assert curl('/until-close') == (0, b'all of it')
    assert curl('/no-such', '-f')[0] == 22
    assert len(curl('/big')[1]) == 10 * 1024 * 1024


def curl_waits_for_100_continue():
    with tempfile.NamedTemporaryFile() as body:
        body.write(bytes(2 * 1024 * 1024))
        body.flush()
        assert curl('/plain', '-H', 'Expect: 100-continue',
                    '--expect100-timeout', '20',
                    '--data-binary', '@' + body.name) == (0, b'hello world')


def curl_faults():
    assert curl('/too-short') == (18, b'ten bytes.')    # partial file
    assert curl('/cut') == (18, b'whole chunk')
    assert curl('/gone')[0] == 52                       # empty reply
    assert curl('/garbage')[0] == 1                     # not HTTP/1
    assert curl('/stall', '--max-time', '0.2')[0] == 28
    release('/reset')
    assert curl('/reset')[0] == 56                      # receive failure


def main():
    tests = [plain, replies_in_turn, framings, head_has_no_body,
             connections_are_kept, ten_megabytes, gates, cut_short, reset,
             garbage, silence, tls, scripts_that_are_wrong, curl_replies,
             curl_waits_for_100_continue, curl_faults]
    print(f'1..{len(tests)}')
    for number, test in enumerate(tests, 1):
        name = test.__name__.replace('_', '-')
        if name.startswith('curl') and not shutil.which('curl'):
            print(f'ok {number} {name} # SKIP curl is not installed')
            continue
        try:
            test()
            print(f'ok {number} {name}')
        except Exception as error:      # an assertion, or what a client raised
            line = error.__traceback__
            while line.tb_next:
                line = line.tb_next
            print(f'not ok {number} {name}')
            print(f'# line {line.tb_lineno}: {error!r}')


PEER = Peer()
try:
    main()
finally:
    PEER.close()
