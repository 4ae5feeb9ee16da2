#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Traces of a call, judged by OpenTelemetry's own definition of them.

Usage: traces.py GST-VOICE SOURCE [CASE…]; prints TAP. Runs itself again by the
Python that has opentelemetry-proto (GST_VOICE_PYTHON).
"""
import base64
import http.server
import importlib
import json
import os
import subprocess
import sys
import tempfile
import threading

import lab

COMMAND, SOURCE = sys.argv[1:3]
del sys.argv[1:3]


class Collector(http.server.BaseHTTPRequestHandler):
    """Answers as a collector does, after refusing once."""
    requests = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        self.requests.append((self.path, dict(self.headers), body))
        self.send_response(503 if len(self.requests) == 1 else 200)
        if len(self.requests) == 1:
            self.send_header('Retry-After', '0')
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', '2')
        self.end_headers()
        self.wfile.write(b'{}')

    def log_message(self, *_):
        pass


def parse(body):
    """By the protocol's messages; OTLP has ids in hexadecimal where the
    standard encoding has base64, and no other exception of names."""
    try:
        messages = importlib.import_module(
            'opentelemetry.proto.collector.trace.v1.trace_service_pb2')
        json_format = importlib.import_module('google.protobuf.json_format')
    except ImportError as error:
        raise lab.Skip(f'there is no opentelemetry-proto ({error}): tools/dev '
                       'interop installs it') from None
    tree = json.loads(body)
    for resource in tree['resourceSpans']:
        for scope in resource['scopeSpans']:
            for span in scope['spans']:
                lab.expect(isinstance(span['kind'], int), 'enums are numbers')
                for name in ('traceId', 'spanId', 'parentSpanId'):
                    if name in span:
                        span[name] = base64.b64encode(
                            bytes.fromhex(span[name])).decode()
    return json_format.ParseDict(
        tree, messages.ExportTraceServiceRequest())


def play(url, *options):
    with tempfile.TemporaryDirectory() as home:
        caller = os.path.join(SOURCE, 'tests/data/callers/clinic.caller')
        persona = os.path.join(SOURCE, 'pipelines/clinic.json')
        done = subprocess.run(
            [COMMAND, 'run', persona, '--caller', caller, '--simulate',
             '--quiet', '--otlp-endpoint', url, *options],
            env={**os.environ, 'HOME': home, 'OTEL_EXPORTER_OTLP_HEADERS':
                 'x-key=a%20b', 'ASAN_OPTIONS': 'detect_leaks=0'},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=100,
            encoding='utf-8')
        lab.expect(done.returncode == 0, done.stdout)
        return done.stdout


def collect(*options):
    Collector.requests = []
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Collector)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        out = play(f'http://127.0.0.1:{server.server_port}', *options)
    finally:
        server.shutdown()
        server.server_close()
    lab.expect('not delivered' not in out, out)
    return Collector.requests


def value_of(attribute):
    return getattr(attribute.value, attribute.value.WhichOneof('value'))


def spans_of(requests):
    return [span for _, _, body in requests[1:]
            for resource in parse(body).resource_spans
            for scope in resource.scope_spans for span in scope.spans]


def understood():
    requests = collect()
    spans = spans_of(requests)
    lab.expect(requests[0][0] == '/v1/traces', requests[0][0])
    lab.expect(requests[0][1]['x-key'] == 'a b', 'the header is sent')
    lab.expect(requests[0][2] == requests[1][2], 'what was refused comes again')
    roots = [s for s in spans if not s.parent_span_id]
    lab.expect(len(roots) > 2, 'there is a trace for each turn')
    lab.expect(len({s.trace_id for s in roots}) == len(roots), 'one each')
    for span in spans:
        lab.expect(len(span.trace_id) == 16 and len(span.span_id) == 8, 'ids')
        lab.expect(span.start_time_unix_nano <= span.end_time_unix_nano,
                   'times')
    names = {s.name for s in spans}
    lab.expect({'agent_turn', 'user_turn', 'stt', 'eou_detection', 'llm_node',
                'tts_node', 'playout', 'agent_speaking', 'function_tool'}
               <= names, str(names))
    tool = next(s for s in spans if s.name == 'function_tool')
    keys = {a.key: value_of(a) for a in tool.attributes}
    lab.expect(keys['gen_ai.operation.name'] == 'execute_tool', str(keys))
    lab.expect('gen_ai.tool.call.arguments' not in keys, 'no content')


def content():
    keys = {a.key for s in spans_of(collect('--otlp-content'))
            for a in s.attributes}
    lab.expect({'lk.pii.user_transcript', 'lk.pii.response.text',
                'gen_ai.tool.call.arguments'} <= keys, str(keys))


def nobody_there():
    """A collector that is not there costs the traces, and not the call."""
    out = play('http://127.0.0.1:1')
    lab.expect('traces were not delivered' in out, out)


def main():
    python = os.environ.get('GST_VOICE_PYTHON')
    if python and os.path.abspath(python) != os.path.abspath(sys.executable):
        os.execv(python, [python, os.path.abspath(__file__), COMMAND, SOURCE,
                          *sys.argv[1:]])
    lab.run([understood, content, nobody_there])


main()
