# SPDX-License-Identifier: LGPL-2.1-or-later
"""A `gst-voice serve` to be called."""
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile

import lab
from lab import expect

BUILD = os.environ.get('GST_VOICE_TEST_BUILD', 'build/test')
SOURCE = os.environ.get('GST_VOICE_TEST_SOURCE', '.')
COMMAND = os.path.join(BUILD, 'tools', 'gst-voice', 'gst-voice')


class Serve:
    """A server on a free port."""

    def __init__(self, *options, personas=('clinic',)):
        self.home = tempfile.mkdtemp(prefix='serve-')
        lab.at_end(lambda: shutil.rmtree(self.home, ignore_errors=True))
        self.db = os.path.join(self.home, 'calls.db')
        env = dict(os.environ)
        # LeakSanitizer fails on threads that have used a TLS library.
        if '--tls-cert' in options:
            env['ASAN_OPTIONS'] = ':'.join((env.get('ASAN_OPTIONS', ''),
                                            'detect_leaks=0')).strip(':')
        self.process = lab.start(
            [COMMAND, 'serve', *(os.path.join(SOURCE, 'pipelines', p + '.json')
                                 for p in personas), '--db', self.db,
             *(options or ('--listen', '127.0.0.1:0'))],
            env=env, stdout=subprocess.PIPE, encoding='utf-8')
        lab.at_end(self.end)
        self.url = self.process.stdout.readline().strip()
        expect(self.url.startswith('http'), 'the server has not begun')

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        expect(self.process.wait(30) == 0, 'serve ended with',
               self.process.returncode)

    def calls(self):
        if not os.path.exists(self.db):
            return []
        with sqlite3.connect(f'file:{self.db}?mode=ro', uri=True) as db:
            db.row_factory = sqlite3.Row
            return [dict(row) for row in db.execute('select * from sessions')]
