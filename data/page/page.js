// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A call with an agent: an offer goes to the server, an answer comes; sound
// goes by WebRTC, and what is heard and said comes as events (docs/events.md).
// Whatever comes from the server or a caller is put in as text, never as HTML.
'use strict';

const $ = (id) => document.getElementById(id);

const STATES = {
  idle: 'Not in a call',
  connecting: 'Connecting…',
  listening: 'Listening',
  hearing: 'Hearing you',
  thinking: 'Thinking…',
  speaking: 'Speaking',
};
const MAX_LINES = 400;
const GATHER_MS = 500;
const SILENCE = 0.01;           // of a level, 0 to 1

let call = null;                // what belongs to the call that runs
let token = '';

function make (name, className, text) {
  const element = document.createElement (name);
  if (className)
    element.className = className;
  if (text !== undefined)
    element.textContent = text;
  return element;
}

function setState (state) {
  if ($('state').dataset.state === state)
    return;
  $('state').dataset.state = state;
  $('state').textContent = STATES[state];
}

function complain (text, offerSilent) {
  $('problem-text').textContent = text;
  $('silent').hidden = !offerSilent;
  $('problem').hidden = false;
}

// For ears that read: whole lines only, not each word.
function announce (text) {
  $('news').textContent = text;
}

// The conversation

function isAtEnd () {
  const box = $('said');
  return box.scrollHeight - box.scrollTop - box.clientHeight < 80;
}

function addLine (className) {
  const follow = isAtEnd ();
  const line = make ('li', className);
  $('hint').hidden = true;
  $('lines').append (line);
  while ($('lines').children.length > MAX_LINES)
    $('lines').firstChild.remove ();
  if (follow)
    line.scrollIntoView ({block: 'nearest'});
  return line;
}

function keepEnd (change) {
  const follow = isAtEnd ();
  change ();
  if (follow)
    $('said').scrollTop = $('said').scrollHeight;
}

function addNote (text, bad) {
  addLine (bad ? 'note bad' : 'note').textContent = text;
}

function addSaid (who, name) {
  const line = addLine (who + ' now');
  line.append (make ('span', 'who', name), make ('span', 'what'));
  return line;
}

function setText (line, text) {
  keepEnd (() => { line.querySelector ('.what').textContent = text; });
}

function userLine () {
  if (!call.user)
    call.user = addSaid ('you', 'You');
  return call.user;
}

function showInterim (text) {
  const before = call.finals.join (' ');
  if (before || text)
    setText (userLine (), [before, text].filter (Boolean).join (' '));
}

function takeTurn (event) {
  const earlier = call.turns.get (event.merges);
  let line = call.turns.get (event.turn) || call.user;
  if (earlier && earlier !== line) {
    if (line)
      line.remove ();
    line = earlier;
    $('lines').append (line);
  }
  line = line || addSaid ('you', 'You');
  line.classList.remove ('now');
  setText (line, event.text);
  call.turns.set (event.turn, line);
  call.user = null;
  call.finals = [];
  announce ('You: ' + event.text);
  if (event.reply)
    setState ('thinking');
}

function dropUser () {
  if (call.user)
    call.user.remove ();
  call.user = null;
  call.finals = [];
}

function agentLine (speech) {
  let line = call.speeches.get (speech);
  if (!line) {
    line = addSaid ('agent', 'Agent');
    call.speeches.set (speech, line);
  }
  return line;
}

// What was not heard stands there too, and cannot be taken for said.
function takeHeard (event) {
  const line = agentLine (event.speech);
  if (!event.text && !event.rest) {
    line.remove ();
    return;
  }
  line.classList.remove ('now');
  setText (line, event.text);
  if (!event.complete) {
    const rest = make ('del');
    rest.append (make ('span', 'hidden', ' Not heard: '), event.rest);
    keepEnd (() => {
      line.querySelector ('.what').after (rest, make ('br'),
        make ('span', 'cut', call.cut.has (event.speech) ? 'interrupted' :
          'cut short'));
    });
  }
  announce (`Agent: ${event.text}${event.complete ? '' : ' – cut short'}`);
  setState ('listening');
}

function takeToolCall (event) {
  const line = addLine ('tool');
  line.append (make ('b', '', event.name), ' ',
    make ('code', '', JSON.stringify (event.arguments)), make ('br'),
    make ('span', 'outcome', 'running…'));
  call.tools.set (event.id, line);
  setState ('thinking');
}

function takeToolResult (event) {
  const line = call.tools.get (event.id);
  if (!line)
    return;
  const outcome = line.querySelector ('.outcome');
  const good = event.outcome === 'ok';
  outcome.textContent = `${event.outcome} in ${event.took.toFixed (2)} s `;
  outcome.classList.toggle ('bad', !good);
  const result = JSON.stringify (event.json) || '';
  keepEnd (() => outcome.append (make ('code', '',
    result.length > 300 ? result.slice (0, 300) + '…' : result)));
}

// Where the time went

// [name, what it is called, when it begins, how long it takes], in seconds.
function partsOf (event) {
  const final = Math.max (0, Math.min (event.final || 0, event.commit || 0));
  const lengths = [
    ['hear', 'hearing', final],
    ['wait', 'waiting', Math.max (0, (event.commit || 0) - final)],
    ['think', 'thinking', (event['first-token'] || 0)
      + (event['first-sentence'] || 0)],
    ['voice', 'voice', event['first-audio'] || 0],
    ['ours', 'ours', event.own || 0],
  ];
  let begin = 0;
  return lengths.map (([name, title, time]) => {
    begin += time;
    return [name, title, begin - time, time];
  });
}

// All by the same measure, so that turns can be compared.
function scaleBars () {
  const whole = Math.max (call.longest, 1);
  for (const part of $('turns').querySelectorAll ('.bar i')) {
    part.style.marginLeft = `${100 * part.dataset.begin / whole}%`;
    part.style.width = `${100 * part.dataset.time / whole}%`;
  }
}

function addBar (event) {
  const sum = event.playing || 0;
  const line = make ('li');
  const head = make ('div', 'sum');
  const table = make ('dl');
  head.append (make ('span', '', `Turn ${event.turn}`),
    make ('b', '', `${sum.toFixed (2)} s`));
  for (const [name, title, begin, time] of partsOf (event)) {
    const part = make ('i', name);
    const bar = make ('dd', 'bar');
    Object.assign (part.dataset, {begin, time});
    bar.append (part);
    const row = make ('div');
    row.append (make ('dt', '', title), bar, make ('dd', 'time',
      time.toFixed (2)));
    table.append (row);
  }
  line.append (head, table);
  $('turns').prepend (line);
  while ($('turns').children.length > 100)
    $('turns').lastChild.remove ();
  call.longest = Math.max (call.longest, sum);
  scaleBars ();
  $('timing-hint').hidden = true;
  $('bars').hidden = false;
}

// What the call tells

const TAKE = {
  'speech-start': () => setState ('hearing'),
  'speech-stop': () => {
    if ($('state').dataset.state === 'hearing')
      setState (call.playing ? 'speaking' : 'listening');
  },
  interim: (event) => showInterim (event.text),
  final: (event) => {
    call.finals.push (event.text);
    showInterim ('');
  },
  turn: takeTurn,
  correct: (event) => {
    if (call.turns.has (event.turn))
      setText (call.turns.get (event.turn), event.text);
  },
  discard: dropUser,
  unheard: dropUser,
  playing: (event) => {
    call.playing = event.speech;
    agentLine (event.speech);
    setState ('speaking');
  },
  words: (event) => setText (agentLine (event.speech), event.text),
  heard: (event) => {
    call.playing = 0;
    takeHeard (event);
  },
  hold: () => setState ('hearing'),
  resume: () => setState ('speaking'),
  interrupt: (event) => {
    if (event.reason !== 'disconnected')
      call.cut.add (event.speech);
  },
  'tool-call': takeToolCall,
  'tool-result': takeToolResult,
  'no-reply': () => setState ('listening'),
  'turn-metrics': addBar,
  peer: (event) => {
    if (event.state === 'lost')
      addNote (`The connection was lost: ${event.reason}`, true);
  },
  provider: (event) => addNote (`${event.provider}: ${event.state} ${event.text}`,
    event.state === 'failed'),
  fault: (event) => addNote (event.text, true),
  inactivity: (event) => addNote (`Nothing heard for ${Math.round (event.quiet)} s`),
  'session-limit': (event) => addNote (`Limit of ${event.what}: ${event.stage}`),
  recording: (event) => addNote (`Recording ${event.state}`,
    event.state === 'failed'),
  'session-ended': (event) => {
    $('length').textContent = `The last call took ${Math.round (event.duration)} s, `
      + `${event.turns} turns, ${event.interruptions} interruptions.`;
    $('length').hidden = false;
  },
  'call-ended': (event) => {
    addNote (`The call is over (${event.reason}).`);
    if (event.reason === 'error' || event.reason === 'crashed')
      complain (event.fault || 'Something failed in the call.');
    finish ();
  },
};

function listenTo (mine) {
  mine.events = new EventSource (mine.location + '/events');
  mine.events.onmessage = (message) => {
    const event = JSON.parse (message.data);
    if (call === mine && Object.hasOwn (TAKE, event.type))
      TAKE[event.type] (event);
    if (event.type === 'call-ended')
      mine.events.close ();
  };
  mine.events.onerror = () => {
    if (mine.events.readyState === EventSource.CLOSED && call === mine) {
      complain ('The server is gone.');
      finish ();
    }
  };
}

// Levels

function meter (mine, stream, id) {
  const node = mine.audio.createAnalyser ();
  node.fftSize = 1024;
  mine.audio.createMediaStreamSource (stream).connect (node);
  mine.meters.push ({node, id, data: new Float32Array (node.fftSize), told: 0});
}

function showLevel (id, level) {
  const bar = $(id);
  bar.firstElementChild.style.transform = `scaleX(${level})`;
  bar.setAttribute ('aria-valuenow', Math.round (level * 100));
}

// From -60 dB on.
function levelOf (data) {
  const power = data.reduce ((sum, x) => sum + x * x, 0) / data.length;
  return Math.max (0, Math.min (1, 1 + Math.log10 (power + 1e-12) / 6));
}

function showLevels (mine) {
  if (call !== mine)
    return;
  const now = performance.now ();
  for (const one of mine.meters) {
    one.node.getFloatTimeDomainData (one.data);
    const level = levelOf (one.data);
    if (one.id === 'level-agent' && level > SILENCE && !mine.sounded) {
      mine.sounded = true;
      performance.mark ('sound');
    }
    if (now - one.told > 66) {
      one.told = now;
      showLevel (one.id, level);
    }
  }
  requestAnimationFrame (() => showLevels (mine));
}

// The call

async function gathered (peer) {
  if (peer.iceGatheringState === 'complete')
    return;
  await new Promise ((resolve) => {
    setTimeout (resolve, GATHER_MS);
    peer.addEventListener ('icegatheringstatechange', () => {
      if (peer.iceGatheringState === 'complete')
        resolve ();
    });
  });
}

function headers (more) {
  return token ? {...more, Authorization: `Bearer ${token}`} : more;
}

async function ask (offer) {
  const answer = await fetch ('/call?persona='
    + encodeURIComponent ($('persona').value), {
    method: 'POST',
    headers: headers ({'Content-Type': 'application/sdp'}),
    body: offer,
  });
  const text = await answer.text ();
  if (answer.status === 401)
    throw new Error ('The token is missing or wrong. Open this page by the '
      + 'address that the server has printed, with all that is behind #.');
  if (answer.status !== 201)
    throw new Error (text.trim () || `The server says ${answer.status}.`);
  return {sdp: text, location: answer.headers.get ('Location')};
}

async function microphone () {
  if (!window.isSecureContext || !navigator.mediaDevices)
    throw new Error ('Browsers give a microphone only to pages over HTTPS, or '
      + 'from this very machine. Open this page by https:// or localhost.');
  try {
    return await navigator.mediaDevices.getUserMedia ({audio: {
      echoCancellation: true, noiseSuppression: true, autoGainControl: true}});
  } catch (error) {
    if (error.name === 'NotAllowedError')
      throw new Error ('The microphone is not allowed. Allow it in the settings '
        + 'of this page, mostly to the left of its address, and call again.');
    if (error.name === 'NotFoundError')
      throw new Error ('There is no microphone. Connect one and call again.');
    throw new Error (`The microphone cannot be used: ${error.message}`);
  }
}

// Whoever has none can write.
function noMicrophone (audio) {
  return audio.createMediaStreamDestination ().stream;
}

async function connect (mine) {
  const peer = mine.peer;
  for (const track of mine.stream.getAudioTracks ())
    peer.addTrack (track, mine.stream);
  peer.ontrack = ({track}) => {
    const stream = new MediaStream ([track]);
    $('sound').srcObject = stream;
    meter (mine, stream, 'level-agent');
  };
  peer.onconnectionstatechange = () => {
    if (peer.connectionState === 'connected') {
      performance.mark ('connected');
      if ($('state').dataset.state === 'connecting')
        setState ('listening');
    } else if (peer.connectionState === 'failed' && call === mine) {
      complain ('The connection was lost, or there is no way to the server.');
      hangUp ();
    }
  };
  await peer.setLocalDescription (await peer.createOffer ());
  await gathered (peer);
  performance.mark ('offer');
  const {sdp, location} = await ask (peer.localDescription.sdp);
  performance.mark ('answer');
  mine.location = location;
  if (call !== mine) {          // hung up meanwhile
    fetch (location, {method: 'DELETE'});
    return;
  }
  listenTo (mine);
  await peer.setRemoteDescription ({type: 'answer', sdp});
}

function showCall (running) {
  $('begin').hidden = running;
  $('end').hidden = !running;
  $('persona').disabled = running;
  $('text').disabled = $('send').disabled = !running;
}

async function begin (silent) {
  if (call)
    return;
  const mine = call = {
    peer: new RTCPeerConnection (), audio: new AudioContext (), meters: [],
    turns: new Map (), speeches: new Map (), tools: new Map (),
    cut: new Set (), finals: [], user: null, playing: 0, longest: 0,
  };
  performance.clearMarks ();
  performance.mark ('call');
  $('problem').hidden = $('length').hidden = true;
  $('title').textContent = $('persona').value || 'an agent';
  $('lines').replaceChildren ();
  $('turns').replaceChildren ();
  showCall (true);
  setState ('connecting');
  $('end').focus ();
  try {
    mine.stream = silent ? noMicrophone (mine.audio) : await microphone ();
    if (call !== mine) {
      stopStream (mine);
      return;
    }
    meter (mine, mine.stream, 'level-you');
    showLevels (mine);
    await connect (mine);
  } catch (error) {
    if (call !== mine)
      return;
    complain (error.message, !mine.stream && window.isSecureContext);
    finish ();
  }
}

function stopStream (mine) {
  for (const track of mine.stream ? mine.stream.getTracks () : [])
    track.stop ();
}

// The events go on to the last one.
function finish () {
  const mine = call;
  if (!mine)
    return;
  call = null;
  const focused = document.activeElement === $('end');
  mine.peer.close ();
  mine.audio.close ();
  stopStream (mine);
  for (const line of document.querySelectorAll ('#lines .now'))
    line.classList.remove ('now');
  $('sound').srcObject = null;
  showLevel ('level-you', 0);
  showLevel ('level-agent', 0);
  showCall (false);
  setState ('idle');
  if (focused)
    $('begin').focus ();
}

function tellLeft () {
  if (call && call.location)
    fetch (call.location, {method: 'DELETE', keepalive: true});
}

// The server tells the rest, and that it is over.
function hangUp () {
  const mine = call;
  if (!mine)
    return;
  tellLeft ();
  mine.peer.close ();
  stopStream (mine);
  if (!mine.location) {
    finish ();
    return;
  }
  $('end').disabled = true;
  setTimeout (() => {
    $('end').disabled = false;
    if (call === mine)
      finish ();
  }, 3000);
}

async function sendText (event) {
  event.preventDefault ();
  const text = $('text').value.trim ();
  if (!text || !call || !call.location)
    return;
  $('text').value = '';
  const answer = await fetch (call.location + '/text', {
    method: 'POST', headers: {'Content-Type': 'text/plain'}, body: text,
  });
  if (!answer.ok)
    complain ('What you have written could not be sent.');
}

// The token is behind #, where it goes to no server and no log; a reload keeps
// it, another window does not have it.
function takeToken () {
  const given = new URLSearchParams (location.hash.slice (1)).get ('token');
  if (given) {
    sessionStorage.setItem ('token', given);
    history.replaceState (null, '', location.pathname);
  }
  token = given || sessionStorage.getItem ('token') || '';
}

async function showPersonas () {
  const answer = await fetch ('/personas', {headers: headers ({})});
  if (!answer.ok) {
    complain (answer.status === 401 ? 'The token is missing or wrong. Open this '
      + 'page by the address that the server has printed, with all that is '
      + 'behind #.' : `The server says ${answer.status}.`);
    return;
  }
  const names = await answer.json ();
  $('persona').replaceChildren (...names.map ((name) => make ('option', '',
    name)));
  $('choice').hidden = names.length < 2;
  $('title').textContent = names[0];
}

takeToken ();
$('begin').addEventListener ('click', () => begin (false));
$('silent').addEventListener ('click', () => begin (true));
$('end').addEventListener ('click', hangUp);
$('type').addEventListener ('submit', sendText);
$('persona').addEventListener ('change', () => {
  $('title').textContent = $('persona').value;
});
addEventListener ('pagehide', tellLeft);
showPersonas ().catch (() => complain ('The server does not answer.'));
