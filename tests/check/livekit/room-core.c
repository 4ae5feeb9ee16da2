/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The room in virtual time: each step says what happens when, and what the
 * room does then.
 */
#include "room-scene.h"
#include "room-soup.h"

#include <string.h>

#define JOINED "JOINED SELF +caller +TR_1 peers"
#define SUB LIVEKIT_TARGET_SUBSCRIBER
#define PUB LIVEKIT_TARGET_PUBLISHER

typedef struct
{
  RoomCore *core;
  gint64 now;
  guint socket, peers;
  gchar *token;                 /* of the last open */
} Scene;

static void
set_up (Scene * s)
{
  memset (s, 0, sizeof *s);
  s->core = room_core_new ("first", 7);
}

static void
tear_down (Scene * s)
{
  room_core_free (s->core);
  g_free (s->token);
}

/* Everything that the room does now. */
static void
expect (Scene * s, const gchar * expected)
{
  GString *out = g_string_new (NULL);
  RoomAction *action;

  while ((action = room_core_pop (s->core))) {
    if (action->type == ROOM_ACTION_OPEN) {
      s->socket = action->serial;
      g_free (s->token);
      s->token = g_strdup (action->token);
    } else if (action->type == ROOM_ACTION_MAKE_PEERS) {
      s->peers = action->serial;
    }
    room_scene_tell (action, out);
    room_action_free (action);
  }
  g_assert_cmpstr (out->str, ==, expected);
  g_string_free (out, TRUE);
}

static void
simple (Scene * s, RoomEventType type, const gchar * expected)
{
  RoomEvent event = {.type = type,.serial = s->socket };

  room_core_handle (s->core, &event, s->now);
  expect (s, expected);
}

static void
receive (Scene * s, LivekitSignal * signal, const gchar * expected)
{
  RoomEvent event = {.type = ROOM_EVENT_SIGNAL,.serial = s->socket,
    .signal = signal
  };

  room_core_handle (s->core, &event, s->now);
  expect (s, expected);
}

static void
refuse (Scene * s, GstVoiceError code, const gchar * expected)
{
  RoomEvent event = {.type = ROOM_EVENT_REFUSED,.serial = s->socket,
    .refused = {code, "no"}
  };

  room_core_handle (s->core, &event, s->now);
  expect (s, expected);
}

static void
peer (Scene * s, LivekitTarget target, gboolean connected,
    const gchar * expected)
{
  RoomEvent event = {.type = ROOM_EVENT_PEER,.serial = s->peers,
    .peer = {target, connected}
  };

  room_core_handle (s->core, &event, s->now);
  expect (s, expected);
}

static void
describe (Scene * s, RoomEventType type, guint32 id, const gchar * expected)
{
  RoomEvent event = {.type = type,.serial = s->peers,
    .description = {"v=0", id}
  };

  room_core_handle (s->core, &event, s->now);
  expect (s, expected);
}

static void
publish (Scene * s, const gchar * cid, const gchar * expected)
{
  LivekitAddTrack track = {.cid = cid,.name = "roomio_audio",
    .source = LIVEKIT_SOURCE_MICROPHONE
  };
  RoomEvent event = {.type = ROOM_EVENT_PUBLISH,.track = &track };

  room_core_handle (s->core, &event, s->now);
  expect (s, expected);
}

/* Nothing happens until @ms; then comes a tick. */
static void
at (Scene * s, gint64 ms, const gchar * expected)
{
  g_assert_cmpint (room_core_get_deadline (s->core), ==, ms);
  room_core_tick (s->core, ms - 1);
  expect (s, "");
  s->now = ms;
  room_core_tick (s->core, ms);
  expect (s, expected);
}

static void
open_socket (Scene * s)
{
  simple (s, ROOM_EVENT_JOIN, "open");
  s->now = 50;
  simple (s, ROOM_EVENT_OPENED, "");
}

/* At 100 ms we are in, at 300 ms with media. */
static void
connect (Scene * s)
{
  open_socket (s);
  s->now = 100;
  receive (s, room_scene_join ("PA_1", "PA_2"), JOINED);
  s->now = 300;
  peer (s, SUB, TRUE, "");
  g_assert_cmpint (room_core_get_state (s->core), ==, ROOM_CONNECTED);
}

/* The same with a track of ours that has been negotiated. */
static void
connect_with_track (Scene * s)
{
  connect (s);
  publish (s, "c1", "add_track");
  receive (s, room_scene_published ("c1", "TR_9"), "PUBLISHED(c1) make-offer");
  describe (s, ROOM_EVENT_OFFER, 0, "offer1");
  receive (s, room_scene_description (LIVEKIT_SIGNAL_ANSWER, 1),
      "signal:answer");
  peer (s, PUB, TRUE, "");
}

static void
join (void)
{
  Scene s;
  const LivekitParticipant *owner;

  set_up (&s);
  connect (&s);
  g_assert_cmpstr (s.token, ==, "first");
  g_assert_cmpstr (room_core_get_room (s.core)->sid, ==, "RM_1");
  g_assert_cmpstr (room_core_get_self (s.core)->sid, ==, "PA_1");
  g_assert_nonnull (room_core_get_participant (s.core, "caller"));
  g_assert_nonnull (room_core_find_track (s.core, "TR_1", &owner));
  g_assert_cmpstr (owner->sid, ==, "PA_2");
  g_assert_null (room_core_find_track (s.core, "TR_2", &owner));
  receive (&s, room_scene_description (LIVEKIT_SIGNAL_OFFER, 9),
      "signal:offer");
  describe (&s, ROOM_EVENT_ANSWER, 9, "answer");
  tear_down (&s);
}

static void
join_is_refused (void)
{
  static const GstVoiceError final[] = { GST_VOICE_ERROR_AUTH,
    GST_VOICE_ERROR_UNSUPPORTED, GST_VOICE_ERROR_BAD_REQUEST
  };

  for (guint i = 0; i < G_N_ELEMENTS (final); i++) {
    gchar *left = g_strdup_printf ("LEFT(unknown,%s)",
        gst_voice_error_name (final[i]));
    Scene s;

    set_up (&s);
    simple (&s, ROOM_EVENT_JOIN, "open");
    refuse (&s, final[i], left);
    g_assert_cmpint (room_core_get_state (s.core), ==, ROOM_LEFT);
    g_assert_cmpint (room_core_get_deadline (s.core), ==, G_MAXINT64);
    tear_down (&s);
    g_free (left);
  }
}

/* Three attempts more, then it is told. */
static void
join_fails (void)
{
  Scene s;

  set_up (&s);
  simple (&s, ROOM_EVENT_JOIN, "open");
  refuse (&s, GST_VOICE_ERROR_SERVER, "RETRYING");
  at (&s, 300, "open");
  at (&s, 10300, "close");      /* not open in time */
  at (&s, 11500, "open");
  simple (&s, ROOM_EVENT_OPENED, "");
  at (&s, 21500, "close");      /* nothing said in time */
  s.now = room_core_get_deadline (s.core);
  g_assert_cmpint (s.now, >=, 24200);
  g_assert_cmpint (s.now, <, 25200);
  room_core_tick (s.core, s.now);
  expect (&s, "open");
  refuse (&s, GST_VOICE_ERROR_DISCONNECTED, "LEFT(unknown,disconnected)");
  tear_down (&s);
}

static void
nonsense_first (void)
{
  Scene s;

  set_up (&s);
  open_socket (&s);
  receive (&s, room_scene_signal (LIVEKIT_SIGNAL_OTHER), "");
  receive (&s, room_scene_description (LIVEKIT_SIGNAL_OFFER, 1),
      "close RETRYING");
  tear_down (&s);
  set_up (&s);
  open_socket (&s);
  receive (&s, room_scene_join ("", NULL), "close RETRYING");
  tear_down (&s);
}

static void
resume_after_lost_socket (void)
{
  RoomEvent received = {.type = ROOM_EVENT_RECEIVED,.received = {"PA_2", 5}
  };
  Scene s;

  set_up (&s);
  connect_with_track (&s);
  receive (&s, room_scene_description (LIVEKIT_SIGNAL_OFFER, 3),
      "signal:offer");
  describe (&s, ROOM_EVENT_ANSWER, 3, "answer");
  room_core_handle (s.core, &received, s.now);
  s.now = 1000;
  simple (&s, ROOM_EVENT_CLOSED, "RECONNECTING open(PA_1)");
  simple (&s, ROOM_EVENT_OPENED, "");
  receive (&s, room_scene_join (NULL, NULL), "keep-peers "
      "sync_state+offer+answer+track+received RECONNECTED make-offer!");
  describe (&s, ROOM_EVENT_OFFER, 0, "offer2");
  receive (&s, room_scene_update ("PA_2", "caller", 1, LIVEKIT_STATE_ACTIVE,
          "TR_1", FALSE), "~caller");
  receive (&s, room_scene_description (LIVEKIT_SIGNAL_ANSWER, 2),
      "signal:answer");
  at (&s, 3000, "");            /* settled */
  at (&s, 6000, "ping_req ping");
  tear_down (&s);
}

/* Whoever left while we were away is gone when it has settled. */
static void
left_meanwhile (void)
{
  Scene s;

  set_up (&s);
  connect (&s);
  s.now = 1000;
  simple (&s, ROOM_EVENT_CLOSED, "RECONNECTING open(PA_1)");
  simple (&s, ROOM_EVENT_OPENED, "");
  receive (&s, room_scene_join (NULL, NULL),
      "keep-peers sync_state RECONNECTED");
  receive (&s, room_scene_update ("PA_3", "other", 1, LIVEKIT_STATE_ACTIVE,
          NULL, FALSE), "+other");
  at (&s, 3000, "-TR_1 -caller");
  tear_down (&s);
}

static void
resume_fails (void)
{
  Scene s;

  set_up (&s);
  connect_with_track (&s);
  s.now = 1000;
  simple (&s, ROOM_EVENT_CLOSED, "RECONNECTING open(PA_1)");
  refuse (&s, GST_VOICE_ERROR_SERVER, "drop-peers");
  at (&s, 1300, "open");
  simple (&s, ROOM_EVENT_OPENED, "");
  receive (&s, room_scene_join ("PA_7", "PA_2"),
      "RECONNECTED(full) SELF peers add_track");
  receive (&s, room_scene_published ("c1", "TR_10"),
      "PUBLISHED(c1) make-offer");
  describe (&s, ROOM_EVENT_OFFER, 0, "offer2");
  tear_down (&s);
}

/* The server answers the resume with a leave. */
static void
state_mismatch (void)
{
  Scene s;

  set_up (&s);
  connect (&s);
  s.now = 1000;
  simple (&s, ROOM_EVENT_CLOSED, "RECONNECTING open(PA_1)");
  simple (&s, ROOM_EVENT_OPENED, "");
  receive (&s, room_scene_leave (LIVEKIT_ACTION_RECONNECT,
          LIVEKIT_REASON_STATE_MISMATCH, NULL), "close drop-peers");
  at (&s, 1300, "open");
  simple (&s, ROOM_EVENT_OPENED, "");
  receive (&s, room_scene_join ("PA_5", NULL),
      "RECONNECTED(full) SELF -TR_1 -caller peers");
  tear_down (&s);
}

/* Whoever else has our identity has taken our place. */
static void
replaced (void)
{
  Scene s;

  set_up (&s);
  connect (&s);
  receive (&s, room_scene_update ("PA_8", "agent", 1, LIVEKIT_STATE_ACTIVE,
          NULL, FALSE), "");
  s.now = 1000;
  simple (&s, ROOM_EVENT_CLOSED, "RECONNECTING open(PA_1)");
  simple (&s, ROOM_EVENT_OPENED, "");
  receive (&s, room_scene_join (NULL, NULL),
      "keep-peers sync_state RECONNECTED");
  receive (&s, room_scene_update ("PA_2", "caller", 1, LIVEKIT_STATE_ACTIVE,
          "TR_1", FALSE), "~caller");
  receive (&s, room_scene_update ("PA_0", "agent", 1,
          LIVEKIT_STATE_DISCONNECTED, NULL, FALSE), "");
  receive (&s, room_scene_update ("PA_8", "agent", 1, LIVEKIT_STATE_ACTIVE,
          NULL, FALSE), "close drop-peers LEFT(duplicate-identity,"
      "disconnected)");
  g_assert_cmpint (room_core_get_state (s.core), ==, ROOM_LEFT);
  tear_down (&s);
}

/* We are who we were; what comes later may be about an earlier session. */
static void
not_replaced (void)
{
  Scene s;

  set_up (&s);
  connect (&s);
  s.now = 1000;
  simple (&s, ROOM_EVENT_CLOSED, "RECONNECTING open(PA_1)");
  simple (&s, ROOM_EVENT_OPENED, "");
  receive (&s, room_scene_join (NULL, NULL),
      "keep-peers sync_state RECONNECTED");
  receive (&s, room_scene_update ("PA_1", "agent", 0, LIVEKIT_STATE_ACTIVE,
          NULL, FALSE), "SELF");
  receive (&s, room_scene_update ("PA_8", "agent", 1, LIVEKIT_STATE_ACTIVE,
          NULL, FALSE), "");
  g_assert_cmpint (room_core_get_state (s.core), ==, ROOM_CONNECTED);
  tear_down (&s);
}

/* In whatever state it comes, and whatever it orders. */
static void
duplicate_identity (void)
{
  static const LivekitAction actions[] = { LIVEKIT_ACTION_DISCONNECT,
    LIVEKIT_ACTION_RESUME, LIVEKIT_ACTION_RECONNECT
  };

  for (guint i = 0; i < G_N_ELEMENTS (actions); i++) {
    Scene s;

    set_up (&s);
    open_socket (&s);
    receive (&s, room_scene_leave (actions[i],
            LIVEKIT_REASON_DUPLICATE_IDENTITY, NULL),
        "close LEFT(duplicate-identity,disconnected)");
    tear_down (&s);
    set_up (&s);
    connect (&s);
    simple (&s, ROOM_EVENT_CLOSED, "RECONNECTING open(PA_1)");
    simple (&s, ROOM_EVENT_OPENED, "");
    receive (&s, room_scene_leave (actions[i],
            LIVEKIT_REASON_DUPLICATE_IDENTITY, NULL),
        "close drop-peers LEFT(duplicate-identity,disconnected)");
    tear_down (&s);
    set_up (&s);
    connect (&s);
    simple (&s, ROOM_EVENT_CLOSED, "RECONNECTING open(PA_1)");
    refuse (&s, GST_VOICE_ERROR_SERVER, "drop-peers");
    at (&s, 600, "open");
    simple (&s, ROOM_EVENT_OPENED, "");
    receive (&s, room_scene_leave (actions[i],
            LIVEKIT_REASON_DUPLICATE_IDENTITY, NULL),
        "close LEFT(duplicate-identity,disconnected)");
    g_assert_cmpint (room_core_get_deadline (s.core), ==, G_MAXINT64);
    tear_down (&s);
  }
}

static void
throw_out (Scene * s, const gchar * expected)
{
  simple (s, ROOM_EVENT_CLOSED, "RECONNECTING open(PA_1)");
  simple (s, ROOM_EVENT_OPENED, "");
  receive (s, room_scene_leave (LIVEKIT_ACTION_RECONNECT,
          LIVEKIT_REASON_STATE_MISMATCH, NULL), expected);
}

static void
come_back (Scene * s)
{
  at (s, s->now + 300, "open");
  simple (s, ROOM_EVENT_OPENED, "");
  receive (s, room_scene_join ("PA_1", NULL), "RECONNECTED(full) peers");
  peer (s, SUB, TRUE, "");
}

/* The other one has come back each time, and so have we. */
static void
alternating (void)
{
  Scene s;

  set_up (&s);
  open_socket (&s);
  receive (&s, room_scene_join ("PA_1", NULL), "JOINED SELF peers");
  peer (&s, SUB, TRUE, "");
  for (guint i = 0; i < 2; i++) {
    throw_out (&s, "close drop-peers");
    come_back (&s);
  }
  /* That is long ago. */
  s.now += 61000;
  for (guint i = 0; i < 2; i++) {
    throw_out (&s, "close drop-peers");
    come_back (&s);
  }
  throw_out (&s, "close drop-peers LEFT(state-mismatch,disconnected)");
  tear_down (&s);
}

static void
server_orders (void)
{
  static const struct
  {
    LivekitAction action;
    LivekitReason reason;
    const gchar *url, *expected;
  } rows[] = {
    {LIVEKIT_ACTION_RESUME, LIVEKIT_REASON_MIGRATION, "wss://b",
        "RECONNECTING close open(PA_1)@wss://b"},
    {LIVEKIT_ACTION_RESUME, LIVEKIT_REASON_UNKNOWN, NULL,
        "RECONNECTING close open(PA_1)"},
    {LIVEKIT_ACTION_RECONNECT, LIVEKIT_REASON_STATE_MISMATCH, NULL,
        "RECONNECTING close drop-peers open"},
    {LIVEKIT_ACTION_DISCONNECT, LIVEKIT_REASON_DUPLICATE_IDENTITY, NULL,
        "close drop-peers LEFT(duplicate-identity,disconnected)"},
    {LIVEKIT_ACTION_DISCONNECT, LIVEKIT_REASON_PARTICIPANT_REMOVED, NULL,
        "close drop-peers LEFT(participant-removed)"},
    {LIVEKIT_ACTION_DISCONNECT, LIVEKIT_REASON_ROOM_DELETED, NULL,
        "close drop-peers LEFT(room-deleted)"},
    {LIVEKIT_ACTION_DISCONNECT, LIVEKIT_REASON_SERVER_SHUTDOWN, NULL,
        "close drop-peers LEFT(server-shutdown)"},
    {LIVEKIT_ACTION_DISCONNECT, (LivekitReason) 77, NULL,
        "close drop-peers LEFT(unknown)"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    Scene s;

    set_up (&s);
    connect (&s);
    receive (&s, room_scene_leave (rows[i].action, rows[i].reason,
            rows[i].url), rows[i].expected);
    tear_down (&s);
  }
}

static void
leave_before_join (void)
{
  Scene s;

  set_up (&s);
  open_socket (&s);
  receive (&s, room_scene_leave (LIVEKIT_ACTION_DISCONNECT,
          LIVEKIT_REASON_JOIN_FAILURE, NULL),
      "close LEFT(join-failure,disconnected)");
  tear_down (&s);
}

static void
own_leave (void)
{
  RoomEvent event = {.type = ROOM_EVENT_LEAVE,.reason =
        LIVEKIT_REASON_CLIENT_INITIATED
  };
  Scene s;

  set_up (&s);
  connect (&s);
  room_core_handle (s.core, &event, s.now);
  expect (&s, "leave close drop-peers LEFT(client-initiated)");
  simple (&s, ROOM_EVENT_CLOSED, "");
  room_core_handle (s.core, &event, s.now);
  expect (&s, "");
  tear_down (&s);
  set_up (&s);
  room_core_handle (s.core, &event, s.now);
  expect (&s, "LEFT(client-initiated)");
  tear_down (&s);
}

static void
peer_fails (void)
{
  Scene s;

  set_up (&s);
  connect_with_track (&s);
  s.now = 1000;
  peer (&s, SUB, FALSE, "RECONNECTING close open(PA_1)");
  simple (&s, ROOM_EVENT_OPENED, "");
  receive (&s, room_scene_join (NULL, NULL),
      "keep-peers sync_state+track RECONNECTED make-offer!");
  describe (&s, ROOM_EVENT_OFFER, 0, "offer2");
  receive (&s, room_scene_description (LIVEKIT_SIGNAL_ANSWER, 2),
      "signal:answer");
  s.now = 2000;
  peer (&s, SUB, TRUE, "-TR_1 -caller");
  tear_down (&s);
}

/* It does not come back: in full, and again, until the attempts are over. */
static void
no_media (void)
{
  Scene s;
  guint opens = 0;

  set_up (&s);
  open_socket (&s);
  receive (&s, room_scene_join ("PA_1", NULL), "JOINED SELF peers");
  while (room_core_get_state (s.core) != ROOM_LEFT) {
    RoomAction *action;

    s.now = room_core_get_deadline (s.core);
    room_core_tick (s.core, s.now);
    while ((action = room_core_pop (s.core))) {
      RoomEvent opened = {.type = ROOM_EVENT_OPENED,.serial = action->serial };
      RoomEvent joined = {.type = ROOM_EVENT_SIGNAL,.serial = action->serial };

      if (action->type == ROOM_ACTION_OPEN) {
        g_assert_null (action->resume);
        opens++;
        room_core_handle (s.core, &opened, s.now);
        joined.signal = room_scene_join ("PA_1", NULL);
        room_core_handle (s.core, &joined, s.now);
      } else if (action->type == ROOM_ACTION_SEND) {
        /* The socket is alive. */
        joined.serial = opens + 1;
        joined.signal = room_scene_signal (LIVEKIT_SIGNAL_OTHER);
        room_core_handle (s.core, &joined, s.now);
      }
      room_action_free (action);
    }
  }
  g_assert_cmpuint (opens, ==, 10);
  g_assert_cmpint (s.now, <, 300000);
  tear_down (&s);
}

static void
dead_socket (void)
{
  Scene s;

  set_up (&s);
  connect (&s);
  at (&s, 5100, "ping_req ping");
  s.now = 6000;
  receive (&s, room_scene_signal (LIVEKIT_SIGNAL_OTHER), "");
  at (&s, 10100, "ping_req ping");
  at (&s, 15100, "ping_req ping");
  at (&s, 20100, "ping_req ping");
  at (&s, 21000, "RECONNECTING close open(PA_1)");
  tear_down (&s);
}

static void
pongs (void)
{
  Scene s;
  LivekitSignal *pong = room_scene_signal (LIVEKIT_SIGNAL_PONG);

  set_up (&s);
  connect (&s);
  at (&s, 5100, "ping_req ping");
  pong->pong = 5100;
  s.now = 5142;
  receive (&s, pong, "");
  g_assert_cmpint (room_core_get_rtt (s.core), ==, 42);
  pong = room_scene_signal (LIVEKIT_SIGNAL_PONG);
  pong->pong = 99999;
  receive (&s, pong, "");
  g_assert_cmpint (room_core_get_rtt (s.core), ==, 42);
  tear_down (&s);
}

/* What comes from an old socket or old peers is nobody's. */
static void
late_events (void)
{
  Scene s;
  guint socket, peers;

  set_up (&s);
  connect (&s);
  socket = s.socket;
  peers = s.peers;
  s.now = 1000;
  receive (&s, room_scene_leave (LIVEKIT_ACTION_RECONNECT,
          LIVEKIT_REASON_UNKNOWN, NULL), "RECONNECTING close drop-peers open");
  simple (&s, ROOM_EVENT_OPENED, "");
  receive (&s, room_scene_join ("PA_8", "PA_2"),
      "RECONNECTED(full) SELF peers");
  s.socket = socket;
  s.peers = peers;
  simple (&s, ROOM_EVENT_CLOSED, "");
  receive (&s, room_scene_join ("PA_9", NULL), "");
  peer (&s, SUB, FALSE, "");
  describe (&s, ROOM_EVENT_ANSWER, 4, "");
  tear_down (&s);
}

static void
newest_token (void)
{
  Scene s;
  LivekitSignal *token = room_scene_signal (LIVEKIT_SIGNAL_TOKEN);

  set_up (&s);
  connect (&s);
  token->token = g_strdup ("second");
  receive (&s, token, "");
  simple (&s, ROOM_EVENT_CLOSED, "RECONNECTING open(PA_1)");
  g_assert_cmpstr (s.token, ==, "second");
  /* It expired meanwhile. */
  refuse (&s, GST_VOICE_ERROR_AUTH, "drop-peers LEFT(unknown,auth)");
  tear_down (&s);
}

static void
participants (void)
{
  static const struct
  {
    const gchar *sid;
    guint version;
    LivekitState state;
    const gchar *track;
    gboolean muted;
    const gchar *expected;
  } rows[] = {
    {"PA_2", 1, LIVEKIT_STATE_ACTIVE, "TR_1", FALSE, "~caller"},
    {"PA_2", 1, LIVEKIT_STATE_ACTIVE, "TR_1", FALSE, ""},
    {"PA_2", 3, LIVEKIT_STATE_ACTIVE, "TR_1", TRUE, "~TR_1"},
    {"PA_2", 2, LIVEKIT_STATE_ACTIVE, "TR_1", FALSE, ""},       /* stale */
    {"PA_2", 4, LIVEKIT_STATE_ACTIVE, "TR_5", FALSE, "-TR_1 +TR_5"},
    {"PA_2", 5, LIVEKIT_STATE_ACTIVE, NULL, FALSE, "-TR_5"},
    {"PA_1", 5, LIVEKIT_STATE_DISCONNECTED, NULL, FALSE, ""},   /* an old one */
    {"PA_4", 1, LIVEKIT_STATE_ACTIVE, "TR_6", FALSE,
        "-caller +caller +TR_6"},
    {"PA_4", 2, LIVEKIT_STATE_DISCONNECTED, "TR_6", FALSE, "-TR_6 -caller"},
    {"PA_4", 3, LIVEKIT_STATE_DISCONNECTED, NULL, FALSE, ""},
  };
  Scene s;

  set_up (&s);
  connect (&s);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    receive (&s, room_scene_update (rows[i].sid, "caller", rows[i].version,
            rows[i].state, rows[i].track, rows[i].muted), rows[i].expected);
  /* Ourselves. */
  receive (&s, room_scene_update ("PA_1", "agent", 2, LIVEKIT_STATE_ACTIVE,
          NULL, FALSE), "SELF");
  receive (&s, room_scene_update ("PA_1", "agent", 1, LIVEKIT_STATE_JOINED,
          NULL, FALSE), "");
  receive (&s, room_scene_update ("", "", 1, LIVEKIT_STATE_JOINED, NULL,
          FALSE), "");
  tear_down (&s);
}

static void
publishing_fails (void)
{
  Scene s;

  set_up (&s);
  publish (&s, "c0", "");
  open_socket (&s);
  s.now = 100;
  receive (&s, room_scene_join ("PA_1", NULL), "JOINED SELF peers add_track");
  peer (&s, SUB, TRUE, "");
  publish (&s, "c0", "NOT-PUBLISHED(c0)");
  receive (&s, room_scene_response ("c0", LIVEKIT_RESPONSE_QUEUED),
      "signal:response");
  receive (&s, room_scene_response ("c0", LIVEKIT_RESPONSE_NOT_ALLOWED),
      "NOT-PUBLISHED(c0) signal:response");
  publish (&s, "c2", "add_track");
  at (&s, 5100, "ping_req ping");
  s.now = 6000;
  receive (&s, room_scene_signal (LIVEKIT_SIGNAL_OTHER), "");
  at (&s, 10100, "ping_req ping NOT-PUBLISHED(c2)");
  receive (&s, room_scene_published ("c2", "TR_3"), "");
  tear_down (&s);
}

/* A track that an offer has needs no other, also in the next session. */
static void
offered_at_once (void)
{
  RoomEvent negotiate = {.type = ROOM_EVENT_NEGOTIATE };
  Scene s;

  set_up (&s);
  publish (&s, "c1", "");
  open_socket (&s);
  s.now = 100;
  receive (&s, room_scene_join ("PA_1", NULL), "JOINED SELF peers add_track");
  room_core_handle (s.core, &negotiate, s.now);
  expect (&s, "make-offer");
  describe (&s, ROOM_EVENT_OFFER, 0, "offer1");
  receive (&s, room_scene_published ("c1", "TR_9"), "PUBLISHED(c1)");
  publish (&s, "c2", "add_track");
  receive (&s, room_scene_description (LIVEKIT_SIGNAL_ANSWER, 1),
      "signal:answer");
  receive (&s, room_scene_published ("c2", "TR_8"), "PUBLISHED(c2) make-offer");
  tear_down (&s);
}

static void
old_server (void)
{
  static const struct
  {
    const gchar *version;
    gboolean taken;
  } servers[] = { {"", TRUE}, {"own build", TRUE}, {"1.8.0", TRUE},
  {"1.13.5", TRUE}, {"2.0", TRUE}, {"1.7.2", FALSE}, {"0.9", FALSE}
  };

  for (guint i = 0; i < G_N_ELEMENTS (servers); i++) {
    LivekitSignal *join = room_scene_join ("PA_1", NULL);
    Scene s;

    set_up (&s);
    open_socket (&s);
    g_free (join->join.server_version);
    join->join.server_version = g_strdup (servers[i].version);
    if (servers[i].taken)
      receive (&s, join, "JOINED SELF peers");
    else
      receive (&s, join, "leave close LEFT(unknown,unsupported)");
    tear_down (&s);
  }
}

static void
simulated (void)
{
  RoomEvent event = {.type = ROOM_EVENT_SIMULATE,.scenario = "migration" };
  RoomEvent nothing = {.type = ROOM_EVENT_SIMULATE,.scenario = "nothing" };
  Scene s;

  set_up (&s);
  connect (&s);
  room_core_handle (s.core, &event, s.now);
  expect (&s, "simulate");
  room_core_handle (s.core, &nothing, s.now);
  expect (&s, "");
  tear_down (&s);
}

static void
received (void)
{
  RoomEvent event = {.type = ROOM_EVENT_RECEIVED,.received = {"PA_2", 7} };
  Scene s;

  set_up (&s);
  connect (&s);
  g_assert_cmpuint (room_core_get_received (s.core, "PA_2"), ==, 0);
  room_core_handle (s.core, &event, s.now);
  g_assert_cmpuint (room_core_get_received (s.core, "PA_2"), ==, 7);
  g_assert_cmpuint (g_hash_table_size (room_core_get_participants (s.core)),
      ==, 1);
  tear_down (&s);
}

static void
muting (void)
{
  RoomEvent mute = {.type = ROOM_EVENT_MUTE,.mute = {"c1", TRUE} };
  Scene s;

  set_up (&s);
  connect_with_track (&s);
  room_core_handle (s.core, &mute, s.now);
  expect (&s, "mute");
  room_core_handle (s.core, &mute, s.now);
  expect (&s, "");
  receive (&s, room_scene_mute ("TR_9", FALSE), "MUTED(c1)");
  receive (&s, room_scene_mute ("TR_9", TRUE), "MUTED(c1,muted)");
  receive (&s, room_scene_mute ("TR_1", TRUE), "");
  /* Muted while it is being published. */
  publish (&s, "c2", "add_track");
  mute.mute.cid = "c2";
  room_core_handle (s.core, &mute, s.now);
  expect (&s, "");
  receive (&s, room_scene_published ("c2", "TR_8"),
      "PUBLISHED(c2) mute make-offer");
  tear_down (&s);
}

/* One offer at a time, the next when the answer is here. */
static void
offers (void)
{
  Scene s;

  set_up (&s);
  connect (&s);
  simple (&s, ROOM_EVENT_NEGOTIATE, "make-offer");
  simple (&s, ROOM_EVENT_NEGOTIATE, "");
  describe (&s, ROOM_EVENT_OFFER, 0, "offer1");
  describe (&s, ROOM_EVENT_OFFER, 0, "");
  receive (&s, room_scene_description (LIVEKIT_SIGNAL_ANSWER, 7), "");
  receive (&s, room_scene_description (LIVEKIT_SIGNAL_ANSWER, 1),
      "signal:answer make-offer");
  receive (&s, room_scene_description (LIVEKIT_SIGNAL_ANSWER, 1), "");
  s.now = 4000;
  describe (&s, ROOM_EVENT_OFFER, 0, "offer2");
  at (&s, 5100, "ping_req ping");
  receive (&s, room_scene_signal (LIVEKIT_SIGNAL_OTHER), "");
  at (&s, 10100, "ping_req ping");
  receive (&s, room_scene_signal (LIVEKIT_SIGNAL_OTHER), "");
  at (&s, 15100, "ping_req ping");
  receive (&s, room_scene_signal (LIVEKIT_SIGNAL_OTHER), "");
  at (&s, 19000, "RECONNECTING close drop-peers open");
  tear_down (&s);
}

/* An update waits for the connection. */
static void
updates_are_held (void)
{
  RoomEvent update = {.type = ROOM_EVENT_UPDATE,.update = {"n", NULL, NULL, 1}
  };
  Scene s;

  set_up (&s);
  connect (&s);
  room_core_handle (s.core, &update, s.now);
  expect (&s, "update_metadata");
  s.now = 1000;
  simple (&s, ROOM_EVENT_CLOSED, "RECONNECTING open(PA_1)");
  room_core_handle (s.core, &update, s.now);
  expect (&s, "");
  simple (&s, ROOM_EVENT_OPENED, "");
  receive (&s, room_scene_join (NULL, NULL),
      "keep-peers sync_state RECONNECTED update_metadata");
  tear_down (&s);
}

/* Whatever happens in whatever order. */
static void
soup (void)
{
  GRand *rand = g_rand_new_with_seed (g_test_rand_int ());
  guint8 data[600];
  guint left = 0;

  for (guint i = 0; i < 2000; i++) {
    for (guint k = 0; k < sizeof data; k++)
      data[k] = g_rand_int (rand);
    left += room_soup_run (data, 20 + i % (sizeof data - 20));
  }
  /* Both ends occur, or it tests less than it seems. */
  g_assert_cmpuint (left, >, 100);
  g_assert_cmpuint (left, <, 1900);
  g_rand_free (rand);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/room/join", join);
  g_test_add_func ("/room/join/refused", join_is_refused);
  g_test_add_func ("/room/join/fails", join_fails);
  g_test_add_func ("/room/join/nonsense", nonsense_first);
  g_test_add_func ("/room/resume", resume_after_lost_socket);
  g_test_add_func ("/room/resume/left-meanwhile", left_meanwhile);
  g_test_add_func ("/room/resume/fails", resume_fails);
  g_test_add_func ("/room/resume/state-mismatch", state_mismatch);
  g_test_add_func ("/room/resume/replaced", replaced);
  g_test_add_func ("/room/resume/not-replaced", not_replaced);
  g_test_add_func ("/room/duplicate-identity", duplicate_identity);
  g_test_add_func ("/room/alternating", alternating);
  g_test_add_func ("/room/server-orders", server_orders);
  g_test_add_func ("/room/leave-before-join", leave_before_join);
  g_test_add_func ("/room/own-leave", own_leave);
  g_test_add_func ("/room/peer-fails", peer_fails);
  g_test_add_func ("/room/no-media", no_media);
  g_test_add_func ("/room/dead-socket", dead_socket);
  g_test_add_func ("/room/pongs", pongs);
  g_test_add_func ("/room/late-events", late_events);
  g_test_add_func ("/room/newest-token", newest_token);
  g_test_add_func ("/room/participants", participants);
  g_test_add_func ("/room/publishing-fails", publishing_fails);
  g_test_add_func ("/room/offered-at-once", offered_at_once);
  g_test_add_func ("/room/old-server", old_server);
  g_test_add_func ("/room/simulated", simulated);
  g_test_add_func ("/room/received", received);
  g_test_add_func ("/room/muting", muting);
  g_test_add_func ("/room/offers", offers);
  g_test_add_func ("/room/updates-are-held", updates_are_held);
  g_test_add_func ("/room/soup", soup);
  return g_test_run ();
}
