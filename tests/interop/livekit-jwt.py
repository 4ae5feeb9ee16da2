#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Our access tokens and PyJWT's, each read by the other. TAP."""
import json
import subprocess
import sys
import time

try:
    import jwt
except ImportError:
    print('1..0 # SKIP there is no PyJWT here (Debian: python3-jwt)')
    sys.exit(0)

sys.stdout.reconfigure(encoding='utf-8')
SECRET = 'a secret of thirty-two characters'
TOOL = sys.argv[1]
count = 0


def check(what, good):
    global count
    count += 1
    print(f'{"ok" if good else "not ok"} {count} - {what}', flush=True)


def run(*args):
    done = subprocess.run([TOOL, *args], stdout=subprocess.PIPE,
                          encoding='utf-8')
    return done.returncode, done.stdout.strip()


rc, token = run('make', 'key', SECRET, 'agent-1', 'room')
claims = jwt.decode(token, SECRET, algorithms=['HS256'],
                    options={'require': ['exp', 'iss', 'sub', 'nbf']})
check('PyJWT reads ours', rc == 0 and claims['sub'] == 'agent-1')
check('the grants', claims['video'] == {
    'roomJoin': True, 'room': 'room', 'agent': True,
    'canUpdateOwnMetadata': True})
check('text', claims['name'] == 'Ä "ʎ"' and claims['metadata'] == '{"a": 1}')
check('attributes', claims['attributes'] == {
    'lk.agent.state': 'initializing'} and claims['kind'] == 'agent')
try:
    jwt.decode(token, 'another', algorithms=['HS256'])
    check('PyJWT refuses ours with another secret', False)
except jwt.InvalidSignatureError:
    check('PyJWT refuses ours with another secret', True)

now = int(time.time())
theirs = {'iss': 'key', 'sub': 'x', 'exp': now + 60, 'video': {'room': 'ü/+'}}
rc, text = run('read', SECRET, jwt.encode(theirs, SECRET))
check('we read PyJWT\'s', rc == 0 and json.loads(text) == theirs)
rc, text = run('read', SECRET, jwt.encode(theirs, 'another'))
check('we refuse another secret', rc == 1 and 'another secret' in text)
rc, text = run('read', SECRET, jwt.encode({'exp': now - 120}, SECRET))
check('we refuse an old one', rc == 1 and 'expired' in text)
rc, text = run('read', SECRET,
               jwt.encode(theirs, SECRET, algorithm='HS512'))
check('we refuse HS512', rc == 1 and 'HS256' in text)
print(f'1..{count}')
