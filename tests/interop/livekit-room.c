/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Two of our participants in a room of a real livekit-server: speech both
 * ways, data, texts, calls, keys; lost sockets, faults that the server plays,
 * refusals; and nothing left after hundreds of visits. Skipped without a
 * server, see livekit-server.c.
 */
#include "livekit-server.h"

#include <client.h>
#include <gst-voice/error.h>
#include <jwt.h>
#include <malloc.h>
#include <math.h>
#include <opus-codec.h>
#include <string.h>

GST_VOICE_API const char *__lsan_default_suppressions (void);
GST_VOICE_API const char *__asan_default_options (void);

/* libnice 0.1.21 loses a list's cell of 16 bytes whenever it gathers, and GLib
 * on purpose its first table of quarks when there are many. That it is these is
 * seen in whole stacks only. */
const char *
__lsan_default_suppressions (void)
{
  return "leak:nice_agent_gather_candidates\nleak:_dl_init\n";
}

const char *
__asan_default_options (void)
{
  return "fast_unwind_on_malloc=0";
}

#define PATIENCE_US (40 * G_USEC_PER_SEC)
#define RATE 48000
#define FRAME 960               /* 20 ms */
#define WINDOW 25               /* frames */

/* Somebody in the room, and what has happened to it. */
typedef struct
{
  const gchar *identity;
  LivekitClient *client;
  guint listener;
  gdouble tone;                 /* Hz, that it says; 0: nothing */
  gdouble other_tone;           /* that it should hear */
  GThread *speaker;
  gint quiet;                   /* atomic: end of the speaker */

  /* lock */
  guint joined, reconnecting, reconnected, left;
  LivekitReason reason;
  gchar *error;
  guint published, unpublished, listened, muted, delays;
  gchar *room_name;
  guint others, tracks, others_left;
  guint changed;
  guint packets, pure;          /* windows in which the tone was */
  guint texts, keys, calls;
  gchar *last_text, *last_attribute, *last_from, *last_id;
  GString *data, *digits;
  guint speakers, qualities;
  guint replies;
  LivekitRpcCode code;
  gchar *reply;

  /* network thread only */
  OpusSpeechDecoder *decoder;
  gdouble re, im, energy;
  guint phase, frames;
} Person;

static GMutex lock;
static GCond changed;
static LivekitServer server;

#define WITH_LOCK(...)                                                      \
  G_STMT_START {                                                            \
    g_mutex_lock (&lock);                                                   \
    __VA_ARGS__;                                                            \
    g_cond_broadcast (&changed);                                            \
    g_mutex_unlock (&lock);                                                 \
  } G_STMT_END

/* Until it is at least that much. */
static void
wait_for_at (const guint * count, guint least, gint line)
{
  gint64 until = g_get_monotonic_time () + PATIENCE_US;

  g_mutex_lock (&lock);
  while (*count < least) {
    if (!g_cond_wait_until (&changed, &lock, until))
      g_error ("line %d: waited for %u, there are %u", line, least, *count);
  }
  g_mutex_unlock (&lock);
}

#define wait_for(count, least) wait_for_at (count, least, __LINE__)

static guint
peek (const guint * count)
{
  guint value;

  g_mutex_lock (&lock);
  value = *count;
  g_mutex_unlock (&lock);
  return value;
}

static void
on_state (gpointer data, LivekitClientState state, LivekitReason reason,
    const GError * error)
{
  Person *p = data;

  g_mutex_lock (&lock);
  p->joined += state == LIVEKIT_CLIENT_JOINED;
  p->reconnecting += state == LIVEKIT_CLIENT_RECONNECTING;
  p->reconnected += state == LIVEKIT_CLIENT_RECONNECTED;
  if (state == LIVEKIT_CLIENT_LEFT) {
    p->left++;
    p->reason = reason;
    g_free (p->error);
    p->error = error ? g_strdup (error->message) : NULL;
  }
  g_cond_broadcast (&changed);
  g_mutex_unlock (&lock);
}

static void
on_room (gpointer data, const LivekitRoom * room,
    const LivekitParticipant * self)
{
  Person *p = data;

  g_assert_cmpstr (self->identity, ==, p->identity);
  WITH_LOCK (g_free (p->room_name); p->room_name = g_strdup (room->name));
}

static void
on_participant (gpointer data, const LivekitParticipant * participant,
    LivekitChange change)
{
  Person *p = data;

  WITH_LOCK (p->others += change == LIVEKIT_ADDED;
      p->others_left += change == LIVEKIT_REMOVED;
      if (change == LIVEKIT_CHANGED
          && g_hash_table_contains (participant->attributes, "mood"))
      p->changed++);
}

static void
on_track (gpointer data, const LivekitParticipant * participant,
    const LivekitTrack * track, LivekitChange change)
{
  Person *p = data;

  WITH_LOCK (p->tracks += change == LIVEKIT_ADDED;
      p->muted += change == LIVEKIT_CHANGED && track->muted);
}

static void
hear (Person * p, const gint16 * samples, guint n)
{
  for (guint i = 0; i < n; i++) {
    gdouble angle = 2 * G_PI * p->other_tone * p->phase++ / RATE;

    p->re += samples[i] * cos (angle);
    p->im += samples[i] * sin (angle);
    p->energy += samples[i] * (gdouble) samples[i];
  }
}

static void
on_audio (gpointer data, const gchar * identity, const gchar * sid,
    const RtpPacket * packet, gint64 now)
{
  Person *p = data;
  gint16 samples[RATE * OPUS_CODEC_MAX_MS / 1000];
  guint n = opus_speech_decoder_decode (p->decoder, packet->payload,
      packet->payload_size, samples, G_N_ELEMENTS (samples));
  gboolean pure = FALSE;

  g_assert_true (g_str_has_prefix (sid, "TR_"));
  hear (p, samples, n);
  if (++p->frames == WINDOW) {
    pure = p->energy > 1e6 && 2 * (p->re * p->re + p->im * p->im)
        / (p->phase * p->energy) > 0.8;
    p->re = p->im = p->energy = 0;
    p->phase = p->frames = 0;
  }
  WITH_LOCK (p->packets++; p->pure += pure);
}

static void
on_published (gpointer data, const gchar * sid)
{
  WITH_LOCK (((Person *) data)->published++);
}

static void
on_unpublished (gpointer data, const GError * error)
{
  WITH_LOCK (((Person *) data)->unpublished++);
}

static void
on_listened (gpointer data, gboolean somebody)
{
  WITH_LOCK (((Person *) data)->listened += somebody);
}

static void
on_delay (gpointer data, gint64 half, gdouble loss)
{
  g_assert_cmpint (half, >=, 0);
  WITH_LOCK (((Person *) data)->delays++);
}

static void
on_speakers (gpointer data, GPtrArray * speakers)
{
  WITH_LOCK (((Person *) data)->speakers++);
}

static void
on_quality (gpointer data, GPtrArray * qualities)
{
  WITH_LOCK (((Person *) data)->qualities++);
}

static void
on_text (gpointer data, const LivekitText * text)
{
  Person *p = data;

  WITH_LOCK (g_free (p->last_text);
      g_free (p->last_attribute);
      g_free (p->last_from);
      p->last_text = g_strdup (text->text);
      p->last_from = g_strdup (text->identity);
      p->last_attribute =
      g_strdup (g_hash_table_lookup (text->attributes, "final")); p->texts++);
}

static void
on_packet (gpointer data, const LivekitData * packet)
{
  Person *p = data;
  gsize size;
  const gchar *payload;

  g_mutex_lock (&lock);
  if (packet->type == LIVEKIT_DATA_DTMF) {
    g_string_append (p->digits, packet->dtmf.digit);
    p->keys++;
  } else {
    payload = g_bytes_get_data (packet->user.payload, &size);
    g_string_append_len (p->data, payload, MIN (size, 8));
    p->keys++;
  }
  g_cond_broadcast (&changed);
  g_mutex_unlock (&lock);
}

static gboolean
on_call (gpointer data, const LivekitData * request)
{
  Person *p = data;

  WITH_LOCK (p->calls++);
  if (g_str_equal (request->rpc_request.method, "echo"))
    livekit_client_answer_on_io (p->client, request->identity,
        request->rpc_request.id, request->rpc_request.payload, 0, NULL);
  else if (g_str_equal (request->rpc_request.method, "fail"))
    livekit_client_answer_on_io (p->client, request->identity,
        request->rpc_request.id, NULL, 1234, "no luck");
  else
    return g_str_equal (request->rpc_request.method, "silence");
  return TRUE;
}

static const LivekitListener listener = {
  .state = on_state,
  .room = on_room,
  .participant = on_participant,
  .track = on_track,
  .audio = on_audio,
  .published = on_published,
  .unpublished = on_unpublished,
  .listened = on_listened,
  .delay = on_delay,
  .speakers = on_speakers,
  .quality = on_quality,
  .text = on_text,
  .packet = on_packet,
  .call = on_call,
};

static gchar *
make_token (const gchar * secret, const gchar * identity, const gchar * room,
    gint64 begin)
{
  LivekitGrants grants = {.identity = identity,.room = room,
    .room_join = TRUE,.update_own_metadata = TRUE,.agent = TRUE
  };
  gchar *token = livekit_jwt_make (LIVEKIT_SERVER_KEY, secret, &grants,
      g_get_real_time () / G_USEC_PER_SEC + begin, 600, NULL);

  g_assert_nonnull (token);
  return token;
}

static void
join_at (Person * p, const gchar * url, gchar * token)
{
  LivekitClientSettings settings = {.url = (gchar *) url,.token = token,
    .local_address = (gchar *) "127.0.0.1"
  };

  p->client = livekit_client_new ();
  p->decoder = opus_speech_decoder_new (RATE, NULL);
  p->data = g_string_new (NULL);
  p->digits = g_string_new (NULL);
  p->listener = livekit_client_listen (p->client, &listener, p, NULL);
  if (p->tone > 0)
    livekit_client_publish (p->client, "voice", LIVEKIT_SOURCE_MICROPHONE,
        FALSE);
  livekit_client_join (p->client, &settings);
  g_free (token);
}

static void
join (Person * p, const gchar * room)
{
  join_at (p, server.url, make_token (LIVEKIT_SERVER_SECRET, p->identity,
          room, 0));
}

/* Says its tone in real time. */
static gpointer
speak (gpointer data)
{
  static const OpusSpeechSettings settings = {.rate = RATE,.bitrate = 32000,
    .complexity = 3
  };
  Person *p = data;
  OpusSpeechEncoder *encoder = opus_speech_encoder_new (&settings, NULL);
  gint64 next = g_get_monotonic_time ();
  guint8 packet[OPUS_CODEC_MAX_PACKET];
  gint16 samples[FRAME];
  gsize size;
  GBytes *bytes;

  for (guint t = 0; !g_atomic_int_get (&p->quiet); t += FRAME) {
    for (guint i = 0; i < FRAME; i++)
      samples[i] = 8000 * sin (2 * G_PI * p->tone * (t + i) / RATE);
    size = opus_speech_encoder_encode (encoder, samples, FRAME, packet,
        sizeof packet);
    bytes = g_bytes_new (packet, size);
    livekit_client_send_audio (p->client, bytes, t, 20, TRUE, t == 0);
    g_bytes_unref (bytes);
    next += 20000;
    g_usleep (MAX (0, next - g_get_monotonic_time ()));
  }
  opus_speech_encoder_free (encoder);
  return NULL;
}

static void
start_speaking (Person * p)
{
  p->speaker = g_thread_new (p->identity, speak, p);
}

static void
clear (Person * p)
{
  g_atomic_int_set (&p->quiet, 1);
  if (p->speaker)
    g_thread_join (p->speaker);
  livekit_client_unlisten (p->client, p->listener);
  livekit_client_unref (p->client);
  opus_speech_decoder_free (p->decoder);
  g_string_free (p->data, TRUE);
  g_string_free (p->digits, TRUE);
  g_free (p->error);
  g_free (p->room_name);
  g_free (p->last_text);
  g_free (p->last_attribute);
  g_free (p->last_from);
  g_free (p->reply);
}

static void
leave (Person * p)
{
  livekit_client_leave (p->client, LIVEKIT_REASON_CLIENT_INITIATED);
  wait_for (&p->left, 1);
  g_assert_null (p->error);
  clear (p);
}

static void
tell_times (Person * p)
{
  LivekitClientStats stats;

  livekit_client_get_stats (p->client, &stats);
  g_test_message ("%s: joined %.1f ms, publisher %.1f, subscriber %.1f, first "
      "packet %.1f; round trip %.1f", p->identity, stats.joined / 1e6,
      stats.publisher_connected / 1e6, stats.subscriber_connected / 1e6,
      stats.first_packet / 1e6, stats.round_trip / 1e6);
}

/* Carries bytes to the server until it is cut. */
typedef struct
{
  GSocketService *service;
  gchar *url;
  GMainLoop *loop;
  GThread *thread;
  /* lock */
  GPtrArray *streams;           /* GIOStream */
} Relay;

static Relay relay;

static gpointer
carry (gpointer data)
{
  GIOStream **streams = data;

  g_output_stream_splice (g_io_stream_get_output_stream (streams[1]),
      g_io_stream_get_input_stream (streams[0]),
      G_OUTPUT_STREAM_SPLICE_NONE, NULL, NULL);
  g_socket_shutdown (g_socket_connection_get_socket (G_SOCKET_CONNECTION
          (streams[1])), TRUE, TRUE, NULL);
  g_object_unref (streams[0]);
  g_object_unref (streams[1]);
  g_free (streams);
  return NULL;
}

static GThread *
start_carrying (GSocketConnection * from, GSocketConnection * to)
{
  GIOStream **streams = g_new (GIOStream *, 2);

  streams[0] = G_IO_STREAM (g_object_ref (from));
  streams[1] = G_IO_STREAM (g_object_ref (to));
  return g_thread_new ("carry", carry, streams);
}

static gboolean
on_run (GThreadedSocketService * service, GSocketConnection * from,
    GObject * source, gpointer data)
{
  GSocketClient *client = g_socket_client_new ();
  GSocketConnection *to = g_socket_client_connect_to_host (client,
      "127.0.0.1", server.port, NULL, NULL);
  GThread *there, *back;

  g_object_unref (client);
  if (!to)
    return TRUE;
  WITH_LOCK (g_ptr_array_add (relay.streams, g_object_ref (from)));
  there = start_carrying (from, to);
  back = start_carrying (to, from);
  g_thread_join (there);
  g_thread_join (back);
  g_object_unref (to);
  return TRUE;
}

static gpointer
iterate (gpointer data)
{
  g_main_loop_run (relay.loop);
  return NULL;
}

static void
relay_start (void)
{
  GSocketAddress *any =
      g_inet_socket_address_new_from_string ("127.0.0.1", 0), *address;

  relay.streams = g_ptr_array_new_with_free_func (g_object_unref);
  relay.service = g_threaded_socket_service_new (8);
  g_socket_listener_add_address (G_SOCKET_LISTENER (relay.service), any,
      G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL, &address, NULL);
  relay.url = g_strdup_printf ("ws://127.0.0.1:%u",
      g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address)));
  g_signal_connect (relay.service, "run", G_CALLBACK (on_run), NULL);
  relay.loop = g_main_loop_new (NULL, FALSE);
  relay.thread = g_thread_new ("relay", iterate, NULL);
  g_object_unref (address);
  g_object_unref (any);
}

static void
relay_cut (void)
{
  g_mutex_lock (&lock);
  for (guint i = 0; i < relay.streams->len; i++)
    g_socket_shutdown (g_socket_connection_get_socket
        (relay.streams->pdata[i]), TRUE, TRUE, NULL);
  g_ptr_array_set_size (relay.streams, 0);
  g_mutex_unlock (&lock);
}

static void
relay_stop (void)
{
  relay_cut ();
  g_main_loop_quit (relay.loop);
  g_thread_join (relay.thread);
  g_main_loop_unref (relay.loop);
  g_socket_service_stop (relay.service);
  g_socket_listener_close (G_SOCKET_LISTENER (relay.service));
  g_object_unref (relay.service);
  g_ptr_array_unref (relay.streams);
  g_free (relay.url);
}

/* Both are there and hear each other. */
static void
meet (Person * anna, Person * bert, const gchar * room)
{
  join_at (anna, relay.url, make_token (LIVEKIT_SERVER_SECRET, "anna", room,
          0));
  join (bert, room);
  start_speaking (anna);
  start_speaking (bert);
  wait_for (&anna->pure, 1);
  wait_for (&bert->pure, 1);
  wait_for (&anna->listened, 1);
  wait_for (&bert->listened, 1);
}

#define ANNA {.identity = "anna",.tone = 440,.other_tone = 1000}
#define BERT {.identity = "bert",.tone = 1000,.other_tone = 440}

static void
speech (void)
{
  Person anna = ANNA, bert = BERT;
  GHashTable *mood = livekit_attributes_new ();
  guint heard;

  meet (&anna, &bert, "speech");
  g_assert_cmpstr (anna.room_name, ==, "speech");
  g_assert_cmpuint (peek (&anna.published), ==, 1);
  g_assert_cmpuint (peek (&anna.others), ==, 1);
  g_assert_cmpuint (peek (&anna.tracks), ==, 1);
  wait_for (&anna.delays, 1);
  wait_for (&bert.speakers, 1);
  tell_times (&anna);
  tell_times (&bert);

  livekit_client_mute (anna.client, TRUE);
  wait_for (&bert.muted, 1);
  livekit_client_mute (anna.client, FALSE);
  heard = peek (&bert.pure);
  wait_for (&bert.pure, heard + 2);

  g_hash_table_insert (mood, g_strdup ("mood"), g_strdup ("good"));
  livekit_client_update (anna.client, NULL, NULL, mood);
  wait_for (&bert.changed, 1);
  g_hash_table_unref (mood);
  leave (&anna);
  wait_for (&bert.others_left, 1);
  leave (&bert);
}

static void
send_words (Person * p, const gchar * words, gboolean reliable)
{
  GBytes *bytes = g_bytes_new (words, strlen (words));

  livekit_client_send_data (p->client, NULL, "topic", bytes, reliable);
  g_bytes_unref (bytes);
}

static void
texts (Person * from, Person * to)
{
  GHashTable *end = livekit_attributes_new ();
  GString *text = g_string_new (NULL);
  const gchar *const only[] = { to->identity, NULL };
  guint stream;

  while (text->len < 50000)
    g_string_append (text, "a€𝄞");
  livekit_client_send_text (from->client, only, NULL, "lk.chat", text->str,
      NULL);
  wait_for (&to->texts, 1);
  g_assert_cmpstr (to->last_text, ==, text->str);
  g_assert_cmpstr (to->last_from, ==, from->identity);
  g_string_free (text, TRUE);

  stream = livekit_client_open_text (from->client, NULL, to->identity,
      "lk.transcription", NULL);
  livekit_client_write_text (from->client, stream, "Good ");
  livekit_client_write_text (from->client, stream, "morning");
  g_hash_table_insert (end, g_strdup ("final"), g_strdup ("true"));
  livekit_client_close_text (from->client, stream, NULL, end);
  wait_for (&to->texts, 2);
  g_assert_cmpstr (to->last_text, ==, "Good morning");
  g_assert_cmpstr (to->last_attribute, ==, "true");
  g_assert_cmpstr (to->last_from, ==, to->identity);
  g_hash_table_unref (end);
}

static void
on_reply (gpointer data, const gchar * payload, LivekitRpcCode code,
    const gchar * message)
{
  Person *p = data;

  WITH_LOCK (g_free (p->reply);
      p->reply = g_strdup (payload ? payload : message); p->code = code;
      p->replies++);
}

static void
call (Person * p, const gchar * whom, const gchar * method,
    const gchar * payload, guint timeout, LivekitRpcCode code,
    const gchar * reply)
{
  guint before = peek (&p->replies);

  livekit_client_call (p->client, whom, method, payload, timeout, on_reply, p);
  wait_for (&p->replies, before + 1);
  g_assert_cmpint (p->code, ==, code);
  g_assert_cmpstr (p->reply, ==, reply);
}

static void
calls (Person * from, const gchar * to)
{
  gchar *much = g_strnfill (LIVEKIT_RPC_MAX_PAYLOAD, 'x');
  gchar *too_much = g_strconcat (much, "x", NULL);

  call (from, to, "echo", "hello", 0, 0, "hello");
  call (from, to, "echo", much, 0, 0, much);
  call (from, to, "fail", "", 0, 1234, "no luck");
  call (from, to, "nothing", "", 0, LIVEKIT_RPC_UNSUPPORTED_METHOD,
      "Method not supported at destination");
  call (from, to, "echo", too_much, 0, LIVEKIT_RPC_REQUEST_TOO_LARGE,
      "Request payload too large");
  call (from, "nobody", "echo", "", 0, LIVEKIT_RPC_RECIPIENT_NOT_FOUND,
      "Recipient not found");
  call (from, to, "silence", "", 500, LIVEKIT_RPC_RESPONSE_TIMEOUT,
      "Response timeout");
  g_free (much);
  g_free (too_much);
}

/* Without a track: the publisher is there for data alone. */
static void
data (void)
{
  Person anna = {.identity = "anna" }, bert = {.identity = "bert" };
  guint before;

  join (&anna, "data");
  wait_for (&anna.joined, 1);
  join (&bert, "data");
  wait_for (&anna.others, 1);
  wait_for (&bert.others, 1);
  send_words (&anna, "one", TRUE);
  send_words (&anna, "two", TRUE);
  wait_for (&bert.keys, 2);
  g_assert_cmpstr (bert.data->str, ==, "onetwo");
  send_words (&anna, "three", FALSE);
  wait_for (&bert.keys, 3);
  texts (&anna, &bert);
  texts (&bert, &anna);
  livekit_client_send_dtmf (bert.client, NULL, "12#d");
  wait_for (&anna.keys, 4);
  g_assert_cmpstr (anna.digits->str, ==, "12#D");
  calls (&anna, "bert");
  calls (&bert, "anna");
  /* Whom we wait for leaves. */
  before = anna.replies;
  livekit_client_call (anna.client, "bert", "silence", "", 0, on_reply, &anna);
  wait_for (&bert.calls, 6);
  leave (&bert);
  wait_for (&anna.replies, before + 1);
  g_assert_cmpint (anna.code, ==, LIVEKIT_RPC_RECIPIENT_DISCONNECTED);
  leave (&anna);
}

/* Much at once waits for the channel. */
static void
pressure (void)
{
  Person anna = {.identity = "anna" }, bert = {.identity = "bert" };
  gchar *much = g_strnfill (30000, 'x');

  join (&anna, "pressure");
  join (&bert, "pressure");
  wait_for (&anna.others, 1);
  wait_for (&bert.others, 1);
  for (guint i = 0; i < 30; i++)
    send_words (&anna, much, TRUE);
  send_words (&anna, "end", TRUE);
  wait_for (&bert.keys, 31);
  g_assert_true (g_str_has_suffix (bert.data->str, "xend"));
  g_free (much);
  leave (&anna);
  leave (&bert);
}

/* The socket is lost five times while speech goes on and data are sent. */
static void
resume (void)
{
  Person anna = ANNA, bert = BERT;
  LivekitClientStats stats;

  meet (&anna, &bert, "resume");
  for (guint i = 0; i < 5; i++) {
    guint heard;

    send_words (&anna, "before.", TRUE);
    relay_cut ();
    wait_for (&anna.reconnecting, i + 1);
    send_words (&anna, "during.", TRUE);
    send_words (&bert, "away.", TRUE);
    wait_for (&anna.reconnected, i + 1);
    send_words (&anna, "after.", TRUE);
    wait_for (&bert.keys, 3 * (i + 1));
    wait_for (&anna.keys, i + 1);
    heard = peek (&bert.pure);
    wait_for (&bert.pure, heard + 3);
    heard = peek (&anna.pure);
    wait_for (&anna.pure, heard + 3);
  }
  g_assert_cmpstr (bert.data->str, ==,
      "before.during.after.before.during.after.before.during.after."
      "before.during.after.before.during.after.");
  g_assert_cmpstr (anna.data->str, ==, "away.away.away.away.away.");
  livekit_client_get_stats (anna.client, &stats);
  g_assert_cmpuint (stats.reconnects, ==, 5);
  g_assert_cmpuint (stats.full_reconnects, ==, 0);
  g_assert_cmpuint (peek (&anna.published), ==, 1);
  leave (&anna);
  leave (&bert);
}

/* After whatever happened they hear each other, and data arrive. */
static void
are_well (Person * anna, Person * bert)
{
  guint heard = peek (&bert->pure), keys = peek (&bert->keys);

  wait_for (&bert->pure, heard + 3);
  heard = peek (&anna->pure);
  wait_for (&anna->pure, heard + 3);
  send_words (anna, "well", TRUE);
  wait_for (&bert->keys, keys + 1);
}

#define SOME 100                /* reconnects, as the network is */

/* What the server does then. */
typedef struct
{
  const gchar *name;
  gboolean cut;                 /* before anything happens */
  guint full;                   /* reconnects */
} Scenario;

static void
play (gconstpointer data)
{
  const Scenario *scenario = data;
  Person anna = ANNA, bert = BERT;
  gchar *room = g_strdup (scenario->name);
  LivekitClientStats stats;

  meet (&anna, &bert, g_strdelimit (room, "=_", '-'));
  wait_for (&anna.delays, 1);
  livekit_client_simulate (anna.client, scenario->name);
  if (scenario->cut) {
    send_words (&anna, "ask", TRUE);
    wait_for (&bert.keys, 1);   /* by now the server knows */
    relay_cut ();
  }
  if (scenario->cut || scenario->full)
    wait_for (&anna.reconnected, 1);
  are_well (&anna, &bert);
  livekit_client_get_stats (anna.client, &stats);
  g_test_message ("%s: %u reconnects, %u of them in full", scenario->name,
      stats.reconnects, stats.full_reconnects);
  if (scenario->full != SOME)
    g_assert_cmpuint (stats.full_reconnects, ==, scenario->full);
  wait_for (&anna.listened, 1 + stats.full_reconnects);
  leave (&anna);
  leave (&bert);
  g_free (room);
}

/* Here the server ends the session. */
static void
server_leave (void)
{
  Person anna = ANNA, bert = BERT;

  meet (&anna, &bert, "server-leave");
  livekit_client_simulate (anna.client, "server_leave");
  wait_for (&anna.left, 1);
  g_assert_cmpint (anna.reason, ==, LIVEKIT_REASON_SERVER_SHUTDOWN);
  wait_for (&bert.others_left, 1);
  clear (&anna);
  leave (&bert);
}

static void
refused (const gchar * url, gchar * token, const gchar * part)
{
  Person p = {.identity = "anna" };

  join_at (&p, url, token);
  wait_for (&p.left, 1);
  g_test_message ("%s", p.error);
  g_assert_nonnull (p.error);
  g_assert_nonnull (strstr (p.error, part));
  clear (&p);
}

static void
refusals (void)
{
  gchar *path = livekit_server_find (), *elsewhere;
  LivekitServer strict = { 0 };

  refused (server.url, make_token ("another secret", "anna", "r", 0),
      "another secret");
  refused (server.url, make_token (LIVEKIT_SERVER_SECRET, "anna", "r", -3600),
      "expired");
  refused (server.url, g_strdup ("nonsense"), "damaged");
  refused ("ftp://example.org", make_token (LIVEKIT_SERVER_SECRET, "anna", "r",
          0), "begins with none of");
  elsewhere = g_strconcat (server.url, "/elsewhere", NULL);
  refused (elsewhere, make_token (LIVEKIT_SERVER_SECRET, "anna", "r", 0),
      "no LiveKit at this URL");
  g_free (elsewhere);
  refused ("ws://127.0.0.1:1", make_token (LIVEKIT_SERVER_SECRET, "anna", "r",
          0), "refused the connection");
  g_assert_true (livekit_server_start (&strict, path,
          "room:\n  auto_create: false\n"));
  refused (strict.url, make_token (LIVEKIT_SERVER_SECRET, "anna", "r", 0),
      "room does not exist");
  livekit_server_stop (&strict);
  g_free (path);
}

static void
duplicate (void)
{
  Person anna = ANNA, twin = ANNA;

  join (&anna, "duplicate");
  start_speaking (&anna);
  /* While much is being sent the server's last word may be lost. */
  wait_for (&anna.delays, 1);
  join (&twin, "duplicate");
  wait_for (&anna.left, 1);
  g_test_message ("%s", anna.error);
  g_assert_cmpint (anna.reason, ==, LIVEKIT_REASON_DUPLICATE_IDENTITY);
  g_assert_nonnull (strstr (anna.error, "identity"));
  wait_for (&twin.published, 1);
  clear (&anna);
  leave (&twin);
}

static guint
count_files (void)
{
  GDir *dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir))
    n++;
  g_dir_close (dir);
  return n;
}

static void
visit (void)
{
  Person anna = ANNA;

  join (&anna, "visits");
  wait_for (&anna.published, 1);
  leave (&anna);
}

/* Some in the middle of things. */
static void
visit_in_haste (guint i)
{
  Person anna = ANNA;

  join (&anna, "visits");
  if (i % 3 == 0)
    wait_for (&anna.joined, 1);
  clear (&anna);
}

#define VISITS 200

static void
visits (void)
{
  guint files = 0;
  gsize memory = 0;

  for (guint i = 0; i < VISITS; i++) {
    if (i % 2)
      visit ();
    else
      visit_in_haste (i);
    if (i == VISITS / 4) {
      files = count_files ();
      memory = mallinfo2 ().uordblks;
    }
  }
  g_test_message ("files %u, then %u; memory %" G_GSIZE_FORMAT " kB, then %"
      G_GSIZE_FORMAT, files, count_files (), memory / 1024,
      (gsize) mallinfo2 ().uordblks / 1024);
  g_assert_cmpuint (count_files (), <=, files);
  g_assert_cmpuint (mallinfo2 ().uordblks, <=, memory + 100 * 1024);
}

static void
skip (void)
{
  g_test_skip (LIVEKIT_SERVER_MISSING);
}

static void
add_tests (void)
{
  static const Scenario scenarios[] = {
    {"node_failure",.full = 1},
    {"migration",.full = 1},
    {"switch_candidate_protocol=tcp",.cut = TRUE,.full = SOME},
    {"disconnect_signal_on_resume",.cut = TRUE,.full = 1},
    {"disconnect_signal_on_resume_no_messages",.cut = TRUE,.full = 1},
    {"speaker_update=1"},
    {"subscriber_bandwidth=100000"},
  };

  g_test_add_func ("/livekit-room/speech", speech);
  g_test_add_func ("/livekit-room/data", data);
  g_test_add_func ("/livekit-room/pressure", pressure);
  g_test_add_func ("/livekit-room/resume", resume);
  for (guint i = 0; i < G_N_ELEMENTS (scenarios); i++) {
    gchar *path = g_strconcat ("/livekit-room/scenario/", scenarios[i].name,
        NULL);

    g_test_add_data_func (path, &scenarios[i], play);
    g_free (path);
  }
  g_test_add_func ("/livekit-room/scenario/server_leave", server_leave);
  g_test_add_func ("/livekit-room/refusals", refusals);
  g_test_add_func ("/livekit-room/duplicate", duplicate);
  g_test_add_func ("/livekit-room/visits", visits);
}

int
main (int argc, char **argv)
{
  gchar *path = livekit_server_find ();
  int rc;

  gst_init (&argc, &argv);      /* for GST_DEBUG */
  g_test_init (&argc, &argv, NULL);
  if (!path)
    g_test_add_func ("/livekit-room", skip);
  else if (!livekit_server_start (&server, path, ""))
    g_error ("%s does not start", path);
  else {
    relay_start ();
    add_tests ();
  }
  rc = g_test_run ();
  if (path)
    relay_stop ();
  livekit_server_stop (&server);
  g_free (path);
  gst_deinit ();
  return rc;
}
