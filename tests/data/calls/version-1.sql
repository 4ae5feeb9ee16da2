-- What version 1 of the schema has left: to be read by every later one.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE sessions (
  call_id TEXT PRIMARY KEY NOT NULL,
  persona TEXT NOT NULL,
  caller TEXT NOT NULL,
  called TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  started TEXT, -- wall time, UTC: 2026-01-31T09:05:00.000Z
  duration REAL, -- seconds, as all times below
  reason TEXT NOT NULL,
  ended_by TEXT NOT NULL,
  simulated INTEGER NOT NULL, -- 0 or 1, as all that is yes or no
  version TEXT NOT NULL,
  lines INTEGER NOT NULL,
  damaged INTEGER NOT NULL,
  truncated INTEGER NOT NULL,
  ended INTEGER NOT NULL,
  turns INTEGER NOT NULL,
  interruptions INTEGER NOT NULL,
  tool_calls INTEGER NOT NULL,
  tokens_in INTEGER NOT NULL,
  tokens_out INTEGER NOT NULL,
  characters INTEGER NOT NULL,
  recognised REAL NOT NULL,
  cost REAL NOT NULL,
  unheard INTEGER NOT NULL,
  underruns INTEGER NOT NULL,
  overflows INTEGER NOT NULL,
  resets INTEGER NOT NULL,
  bytes INTEGER NOT NULL -- of the journal
);
INSERT INTO sessions VALUES('from-version-1','clinic','+447700900123','','Europe/London','2026-01-05T10:00:00.000Z',9.0,'disconnected','',0,'0.1.0',3,0,0,1,1,0,0,0,0,0,0.0,0.0,0,0,0,0,608);
CREATE TABLE turns (
  call_id TEXT NOT NULL REFERENCES sessions ON DELETE CASCADE,
  turn INTEGER NOT NULL,
  merged TEXT NOT NULL, -- JSON: [1, 2]
  text TEXT NOT NULL,
  start_time REAL,
  end_time REAL,
  at REAL,
  reply INTEGER NOT NULL,
  reason TEXT NOT NULL,
  no_reply TEXT,
  PRIMARY KEY (call_id, turn)
) WITHOUT ROWID;
INSERT INTO turns VALUES('from-version-1',1,'[]','Hello?',3.0,3.5,4.0,1,'complete',NULL);
CREATE TABLE speeches (
  call_id TEXT NOT NULL REFERENCES sessions ON DELETE CASCADE,
  speech INTEGER NOT NULL,
  turn INTEGER NOT NULL,
  source TEXT NOT NULL,
  interruptible INTEGER NOT NULL,
  at REAL,
  start_time REAL,
  end_time REAL,
  position REAL,
  text TEXT,
  rest TEXT NOT NULL,
  complete INTEGER NOT NULL,
  interrupted INTEGER NOT NULL,
  PRIMARY KEY (call_id, speech)
) WITHOUT ROWID;
CREATE TABLE tool_calls (
  call_id TEXT NOT NULL REFERENCES sessions ON DELETE CASCADE,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  arguments TEXT, -- JSON
  result TEXT, -- JSON
  outcome TEXT NOT NULL,
  late TEXT, -- JSON
  at REAL,
  took REAL,
  access TEXT NOT NULL,
  turn INTEGER NOT NULL,
  speech INTEGER NOT NULL,
  PRIMARY KEY (call_id, id)
) WITHOUT ROWID;
CREATE TABLE metrics (
  call_id TEXT NOT NULL REFERENCES sessions ON DELETE CASCADE,
  line INTEGER NOT NULL, -- of events
  turn INTEGER NOT NULL,
  speech INTEGER NOT NULL,
  end_of_speech REAL,
  playing REAL,
  final REAL,
  committed REAL,
  first_token REAL,
  first_sentence REAL,
  first_audio REAL,
  provider REAL,
  own REAL,
  PRIMARY KEY (call_id, line)
) WITHOUT ROWID;
CREATE TABLE usage (
  call_id TEXT NOT NULL REFERENCES sessions ON DELETE CASCADE,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  requests INTEGER NOT NULL,
  tokens_in INTEGER NOT NULL,
  tokens_cached INTEGER NOT NULL,
  tokens_out INTEGER NOT NULL,
  characters INTEGER NOT NULL,
  audio REAL,
  cost REAL NOT NULL,
  PRIMARY KEY (call_id, provider, model)
) WITHOUT ROWID;
CREATE TABLE recordings (
  call_id TEXT NOT NULL REFERENCES sessions ON DELETE CASCADE,
  location TEXT NOT NULL,
  state TEXT NOT NULL,
  start_time REAL,
  duration REAL,
  lost REAL,
  PRIMARY KEY (call_id, location)
) WITHOUT ROWID;
CREATE TABLE events (
  call_id TEXT NOT NULL REFERENCES sessions ON DELETE CASCADE,
  line INTEGER NOT NULL, -- of the journal, from 1
  at REAL,
  type TEXT, -- NULL if the line cannot be read
  json TEXT NOT NULL, -- the line; a BLOB if it is not UTF-8
  PRIMARY KEY (call_id, line)
) WITHOUT ROWID;
INSERT INTO events VALUES('from-version-1',1,0.0,'session-started','{"n":1,"at":0,"wall":"2026-01-05T10:00:00.000Z","type":"session-started","call-id":"from-version-1","persona":"clinic","caller":"+447700900123","called":"","time-zone":"Europe/London","version":"0.1.0","simulated":false}');
INSERT INTO events VALUES('from-version-1',2,4.0,'turn','{"n":2,"at":4,"wall":"2026-01-05T10:00:04.000Z","type":"turn","turn":1,"text":"Hello?","start":3,"end":3.5,"merges":0,"reply":true,"reason":"complete","generation":0}');
INSERT INTO events VALUES('from-version-1',3,9.0,'session-ended','{"n":3,"at":9,"wall":"2026-01-05T10:00:09.000Z","type":"session-ended","reason":"disconnected","duration":9,"turns":1,"interruptions":0,"tokens-in":0,"tokens-out":0,"characters":0,"recognised":0,"tool-calls":0,"cost":0}');
CREATE INDEX sessions_by_start ON sessions (started);
COMMIT;
PRAGMA user_version = 1;
PRAGMA application_id = 1735619702;
