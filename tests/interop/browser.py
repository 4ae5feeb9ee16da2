# SPDX-License-Identifier: LGPL-2.1-or-later
"""Headless Chromium whose microphone is a file.

It is driven through DevTools' pipe, so that neither Node nor a driver is
needed.
"""
import base64
import fcntl
import json
import os
import shutil
import tempfile

import lab
from lab import Skip, expect, start, stop


def find():
    found = next(filter(None, map(shutil.which, (
        os.environ.get('GST_VOICE_CHROMIUM', 'chromium-headless-shell'),
        'chromium', 'google-chrome'))), None)
    if not found:
        raise Skip('there is no Chromium (Debian: chromium-headless-shell)')
    return found


def high(fd):
    copy = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(fd)
    return copy


class Page:
    """A page of Chromium; `run` evaluates JavaScript in it."""

    def __init__(self, url, microphone, loaded, size=None, flags=()):
        """loaded: an expression that is true when the page is."""
        browser = find()
        self.folder = tempfile.mkdtemp()
        # From 10 on, since Chromium wants them as 3 and 4.
        commands, self.output = map(high, os.pipe())
        self.input, answers = map(high, os.pipe())
        self.process = start(
            ['bash', '-c', f'exec "$0" "$@" 3<&{commands} 4>&{answers}',
             browser, '--headless', '--no-sandbox', '--disable-gpu',
             '--disable-dev-shm-usage', '--remote-debugging-pipe',
             f'--user-data-dir={self.folder}', '--mute-audio',
             '--autoplay-policy=no-user-gesture-required',
             '--use-fake-ui-for-media-stream',
             '--use-fake-device-for-media-stream',
             f'--use-file-for-fake-audio-capture={microphone}',
             '--disable-features=WebRtcHideLocalIpsWithMdns',
             *flags, 'about:blank'],
            pass_fds=(commands, answers), stdout=lab.subprocess.DEVNULL,
            stderr=lab.subprocess.DEVNULL)
        os.close(commands)
        os.close(answers)
        lab.at_end(self.end)
        self.number, self.left = 0, b''
        target = self.call('Target.createTarget', url='about:blank')['targetId']
        self.session = self.call('Target.attachToTarget', targetId=target,
                                 flatten=True)['sessionId']
        if size:
            self.ask('Emulation.setDeviceMetricsOverride', width=size[0],
                     height=size[1], deviceScaleFactor=1, mobile=False)
        self.ask('Page.navigate', url=url)
        lab.until(lambda: self.run(loaded), 'the page is loaded')

    def end(self):
        os.close(self.output)
        stop(self.process)
        os.close(self.input)
        shutil.rmtree(self.folder, ignore_errors=True)

    def call(self, method, session=None, **params):
        self.number += 1
        message = {'id': self.number, 'method': method, 'params': params}
        if session:
            message['sessionId'] = session
        os.write(self.output, json.dumps(message).encode() + b'\0')
        while True:
            while b'\0' not in self.left:
                more = os.read(self.input, 65536)
                expect(more, 'Chromium has ended')
                self.left += more
            line, self.left = self.left.split(b'\0', 1)
            answer = json.loads(line)
            if answer.get('id') == self.number:
                expect('error' not in answer, method, answer)
                return answer['result']

    def ask(self, method, **params):
        return self.call(method, self.session, **params)

    def run(self, expression):
        answer = self.ask('Runtime.evaluate', expression=expression,
                          awaitPromise=True, returnByValue=True)
        expect('exceptionDetails' not in answer, expression[:60], answer)
        return answer['result'].get('value')

    def screenshot(self, path):
        picture = self.ask('Page.captureScreenshot', format='png')
        with open(path, 'wb') as file:
            file.write(base64.b64decode(picture['data']))
