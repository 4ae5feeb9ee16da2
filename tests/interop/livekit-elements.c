/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Two pipelines in one process meet in a room of a real livekit-server: an
 * agent and a caller, each with `livekitsrc` and `livekitsink`. Without
 * a server it is skipped.
 */
#include "livekit-server.h"

#include <client.h>
#include <gst-voice/events.h>
#include <gst/gst.h>
#include <jwt.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE (20 * GST_SECOND)      /* for each thing that is awaited */
#define PATIENCE_ALL 200        /* seconds */
#define RATE 16000

typedef struct
{
  GstElement *pipeline;
  GstBus *bus;

  /* lock */
  GMutex lock;
  GCond cond;
  guint pitch;                  /* that is awaited */
  guint heard;                  /* buffers of it in a row */
  gboolean open;                /* `voice/far` said so */
  gboolean eos;                 /* of what is heard */
} Side;

static LivekitServer server;
static guint calls;

/* Each test has its own room. */
static gchar *
make_token (const gchar * identity, const gchar * kind)
{
  gchar *room = g_strdup_printf ("room-%u", calls);
  GHashTable *attributes = g_hash_table_new (g_str_hash, g_str_equal);
  LivekitGrants grants = {
    .identity = identity,.name = "Anna Example",.kind = kind,.room = room,
    .room_join = TRUE,.attributes = attributes,.update_own_metadata = TRUE
  };
  gchar *token;

  g_hash_table_insert (attributes, (gpointer) "topic", (gpointer) "teeth");
  token = livekit_jwt_make (LIVEKIT_SERVER_KEY, LIVEKIT_SERVER_SECRET, &grants,
      g_get_real_time () / G_USEC_PER_SEC, 600, NULL);
  g_hash_table_unref (attributes);
  g_free (room);
  g_assert_nonnull (token);
  return token;
}

/* How much of the sound is the tone, 0 to 1. */
static gdouble
share_of_tone (const gint16 * samples, guint n, guint pitch)
{
  gdouble re = 0, im = 0, all = 1;

  for (guint i = 0; i < n; i++) {
    re += samples[i] * cos (2 * G_PI * pitch * i / RATE);
    im += samples[i] * sin (2 * G_PI * pitch * i / RATE);
    all += (gdouble) samples[i] * samples[i];
  }
  return all < 1e6 ? 0 : 2 * (re * re + im * im) / n / all;
}

static GstPadProbeReturn
hear (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  Side *side = data;
  GstMapInfo map;

  gst_buffer_map (buffer, &map, GST_MAP_READ);
  g_mutex_lock (&side->lock);
  if (share_of_tone ((gint16 *) map.data, map.size / 2, side->pitch) > 0.8)
    side->heard++;
  else
    side->heard = 0;
  g_cond_broadcast (&side->cond);
  g_mutex_unlock (&side->lock);
  gst_buffer_unmap (buffer, &map);
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
watch_upstream (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  Side *side = data;

  if (gst_voice_event_is (event, "far")) {
    g_mutex_lock (&side->lock);
    side->open = gst_voice_structure_boolean (gst_voice_event_parse (event),
        "open");
    g_cond_broadcast (&side->cond);
    g_mutex_unlock (&side->lock);
  }
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
watch_end (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Side *side = data;

  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_EOS) {
    g_mutex_lock (&side->lock);
    side->eos = TRUE;
    g_cond_broadcast (&side->cond);
    g_mutex_unlock (&side->lock);
  }
  return GST_PAD_PROBE_OK;
}

static void
probe (Side * side, const gchar * element, const gchar * pad,
    GstPadProbeType type, GstPadProbeCallback func)
{
  GstElement *e = gst_bin_get_by_name (GST_BIN (side->pipeline), element);
  GstPad *p = gst_element_get_static_pad (e, pad);

  gst_pad_add_probe (p, type, func, side, NULL);
  gst_object_unref (p);
  gst_object_unref (e);
}

/* Hears @hears and says @says, tones both. */
static void
begin (Side * side, const gchar * identity, const gchar * kind, guint hears,
    guint says, const gchar * more)
{
  gchar *token = make_token (identity, kind);
  gchar *launch = g_strdup_printf ("livekitsrc name=src url=%s token=%s %s ! "
      "audio/x-raw,rate=%d ! fakesink name=ear sync=false async=false "
      "audiotestsrc is-live=true freq=%u samplesperbuffer=320 ! "
      "audio/x-raw,rate=%d ! livekitsink name=sink", server.url, token, more,
      RATE,
      says, RATE);
  GError *error = NULL;

  g_mutex_init (&side->lock);
  g_cond_init (&side->cond);
  side->pitch = hears;
  side->heard = 0;
  side->open = side->eos = FALSE;
  side->pipeline = gst_parse_launch_full (launch, NULL,
      GST_PARSE_FLAG_FATAL_ERRORS, &error);
  g_assert_no_error (error);
  side->bus = gst_element_get_bus (side->pipeline);
  probe (side, "ear", "sink", GST_PAD_PROBE_TYPE_BUFFER, hear);
  probe (side, "ear", "sink", GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, watch_end);
  probe (side, "sink", "sink", GST_PAD_PROBE_TYPE_EVENT_UPSTREAM,
      watch_upstream);
  gst_element_set_state (side->pipeline, GST_STATE_PLAYING);
  g_free (launch);
  g_free (token);
}

static void
end (Side * side)
{
  gst_element_set_state (side->pipeline, GST_STATE_NULL);
  gst_object_unref (side->bus);
  gst_object_unref (side->pipeline);
  g_mutex_clear (&side->lock);
  g_cond_clear (&side->cond);
}

static void
await_tone (Side * side)
{
  gint64 until = g_get_monotonic_time () + PATIENCE / 1000;

  g_mutex_lock (&side->lock);
  while (side->heard < 10) {
    if (!g_cond_wait_until (&side->cond, &side->lock, until))
      g_error ("no tone of %u Hz is heard", side->pitch);
  }
  g_mutex_unlock (&side->lock);
}

static void
await_open (Side * side)
{
  gint64 until = g_get_monotonic_time () + PATIENCE / 1000;

  g_mutex_lock (&side->lock);
  while (!side->open) {
    if (!g_cond_wait_until (&side->cond, &side->lock, until))
      g_error ("nobody listens");
  }
  g_mutex_unlock (&side->lock);
}

/* A message of that name, past all others but errors. */
static GstStructure *
await_message (Side * side, const gchar * name, const gchar * field,
    const gchar * value)
{
  gint64 until = g_get_monotonic_time () + PATIENCE / 1000;

  while (g_get_monotonic_time () < until) {
    GstMessage *message = gst_bus_timed_pop_filtered (side->bus, PATIENCE,
        GST_MESSAGE_ELEMENT | GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
    const GstStructure *s;
    GstStructure *copy = NULL;

    if (!message)
      break;
    s = gst_message_get_structure (message);
    g_assert_cmpint (GST_MESSAGE_TYPE (message), ==, GST_MESSAGE_ELEMENT);
    if (gst_structure_has_name (s, name) && (!field || strcmp (value,
                gst_voice_structure_string (s, field)) == 0))
      copy = gst_structure_copy (s);
    gst_message_unref (message);
    if (copy)
      return copy;
  }
  g_error ("no message %s with %s=%s", name, field, value);
}

static void
await_eos (Side * side)
{
  gint64 until = g_get_monotonic_time () + PATIENCE / 1000;

  g_mutex_lock (&side->lock);
  while (!side->eos) {
    if (!g_cond_wait_until (&side->cond, &side->lock, until))
      g_error ("the caller's leaving does not end the stream");
  }
  g_mutex_unlock (&side->lock);
}

/* Tones go both ways, people are told, and a caller who hangs up ends it. */
static void
tones (void)
{
  Side agent, caller;
  GstStructure *s;
  GstElement *src;
  gchar *text;

  calls++;
  begin (&agent, "agent", "agent", 440, 700, "");
  begin (&caller, "caller", NULL, 700, 440, "kinds=agent");
  await_tone (&agent);
  await_tone (&caller);
  await_open (&agent);
  s = await_message (&agent, "voice/room", "state", "joined");
  g_assert_cmpstr (gst_voice_structure_string (s, "identity"), ==, "agent");
  gst_structure_free (s);
  s = await_message (&agent, "voice/participant", "change", "joined");
  g_assert_cmpstr (gst_voice_structure_string (s, "identity"), ==, "caller");
  g_assert_cmpstr (gst_voice_structure_string (s, "name"), ==, "Anna Example");
  g_assert_cmpstr (gst_voice_structure_string (s, "kind"), ==, "standard");
  g_assert_nonnull (strstr (gst_voice_structure_string (s, "attributes"),
          "\"topic\":\"teeth\""));
  gst_structure_free (s);

  src = gst_bin_get_by_name (GST_BIN (agent.pipeline), "src");
  g_object_get (src, "stats", &s, NULL);
  text = gst_structure_to_string (s);
  g_test_message ("%s", text);
  g_free (text);
  gst_structure_free (s);
  gst_object_unref (src);

  end (&caller);
  s = await_message (&agent, "voice/disconnected", "reason",
      "client-initiated");
  gst_structure_free (s);
  await_eos (&agent);
  end (&agent);
}

/* A caller in a process of its own, as the plugin's engine is not ours: it says
 * on its output what it is told and does what its input says. */
typedef struct
{
  GSubprocess *process;
  GDataInputStream *output;
  GString *told;
} Caller;

static const gchar *
attribute (GHashTable * attributes, const gchar * name)
{
  const gchar *value = g_hash_table_lookup (attributes, name);

  return value ? value : "";
}

static void
on_participant (gpointer data, const LivekitParticipant * participant,
    LivekitChange change)
{
  g_print ("%s %s %s\n", participant->identity,
      change == LIVEKIT_REMOVED ? "gone" : "there",
      attribute (participant->attributes, "lk.agent.state"));
}

static void
on_track (gpointer data, const LivekitParticipant * participant,
    const LivekitTrack * track, LivekitChange change)
{
  if (change == LIVEKIT_ADDED)
    g_print ("track %s of %s\n", track->name, participant->identity);
}

static void
on_text (gpointer data, const LivekitText * text)
{
  g_print ("%s %s '%s' %s%s\n", text->topic, text->identity, text->text,
      attribute (text->attributes, "lk.transcription_final"),
      g_str_has_prefix (attribute (text->attributes, "lk.segment_id"), "SG_") ?
      "" : " without a segment");
}

static void
on_packet (gpointer data, const LivekitData * packet)
{
  if (packet->type == LIVEKIT_DATA_DTMF)
    g_print ("key %s\n", packet->dtmf.digit);
}

/* The other process: `text TEXT`, `keys KEYS`, and the end of input. */
static int
be_caller (const gchar * url, const gchar * token)
{
  static const LivekitListener listener = {
    .participant = on_participant,
    .track = on_track,
    .text = on_text,
    .packet = on_packet,
  };
  LivekitClientSettings settings = {.url = (gchar *) url,
    .token = (gchar *) token
  };
  LivekitClient *client = livekit_client_new ();
  guint id = livekit_client_listen (client, &listener, NULL, NULL);
  gchar line[256];

  livekit_client_join (client, &settings);
  while (fgets (line, sizeof line, stdin)) {
    g_strchomp (line);
    if (g_str_has_prefix (line, "text "))
      livekit_client_send_text (client, NULL, NULL, "lk.chat", line + 5, NULL);
    else if (g_str_has_prefix (line, "keys "))
      livekit_client_send_dtmf (client, NULL, line + 5);
  }
  livekit_client_unlisten (client, id);
  livekit_client_leave (client, LIVEKIT_REASON_CLIENT_INITIATED);
  livekit_client_unref (client);
  return 0;
}

static void
come (Caller * caller, const gchar * identity)
{
  gchar *token = make_token (identity, NULL);
  GError *error = NULL;

  caller->process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE
      | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, "/proc/self/exe", "--caller",
      server.url, token, NULL);
  g_assert_no_error (error);
  caller->output = g_data_input_stream_new (g_subprocess_get_stdout_pipe
      (caller->process));
  caller->told = g_string_new (NULL);
  g_free (token);
}

static void
order (Caller * caller, const gchar * line)
{
  g_assert_true (g_output_stream_write_all (g_subprocess_get_stdin_pipe
          (caller->process), line, strlen (line), NULL, NULL, NULL));
}

static void
go (Caller * caller)
{
  g_output_stream_close (g_subprocess_get_stdin_pipe (caller->process), NULL,
      NULL);
  g_assert_true (g_subprocess_wait_check (caller->process, NULL, NULL));
  g_object_unref (caller->output);
  g_object_unref (caller->process);
  g_string_free (caller->told, TRUE);
}

static void
await_told (Caller * caller, const gchar * what)
{
  while (!strstr (caller->told->str, what)) {
    gchar *line = g_data_input_stream_read_line (caller->output, NULL, NULL,
        NULL);

    if (!line)
      g_error ("not told: %s, but:\n%s", what, caller->told->str);
    g_string_append_printf (caller->told, "%s\n", line);
    g_free (line);
  }
}

static void
send_event (Side * side, GstVoiceCarrier carrier, GstStructure * s)
{
  GstElement *sink = gst_bin_get_by_name (GST_BIN (side->pipeline), "sink");
  GstPad *pad = gst_element_get_static_pad (sink, "sink");

  gst_pad_send_event (pad, gst_voice_event_new (carrier, NULL, s));
  gst_object_unref (pad);
  gst_object_unref (sink);
}

static void
caption (Side * side, const gchar * role, guint id, const gchar * text,
    gboolean final)
{
  send_event (side, GST_VOICE_OOB, gst_voice_structure_new ("transcript",
          "role", role, "text", text, "final", final, "id", id,
          "start", GST_CLOCK_TIME_NONE, "end", GST_CLOCK_TIME_NONE, NULL));
}

/* What is written and pressed, captions, and what the agent is seen doing. */
static void
words (void)
{
  GstStructure *s;
  Side agent;
  Caller caller;

  calls++;
  begin (&agent, "agent", "agent", 440, 700, "");
  come (&caller, "caller");
  await_told (&caller, "track roomio_audio of agent\n");
  await_told (&caller, "agent there speaking\n");
  gst_structure_free (await_message (&agent, "voice/participant", "change",
          "joined"));

  order (&caller, "text I have toothache.\n");
  s = await_message (&agent, "voice/typed", NULL, NULL);
  g_assert_cmpstr (gst_voice_structure_string (s, "text"), ==,
      "I have toothache.");
  gst_structure_free (s);
  order (&caller, "keys 4#\n");
  gst_structure_free (await_message (&agent, "voice/dtmf", "digit", "4"));
  gst_structure_free (await_message (&agent, "voice/dtmf", "digit", "#"));

  caption (&agent, "user", 1, "I have", FALSE);
  caption (&agent, "user", 1, "I have toothache.", TRUE);
  caption (&agent, "assistant", 1, "Oh", FALSE);
  caption (&agent, "assistant", 1, "Oh dear.", TRUE);
  await_told (&caller, "lk.transcription caller 'I have' false\n");
  await_told (&caller, "lk.transcription caller 'I have toothache.' true\n");
  await_told (&caller, "lk.transcription agent 'Oh dear.' true\n");
  send_event (&agent, GST_VOICE_ORDERED, gst_voice_structure_new ("send-dtmf",
          "digits", "1", NULL));
  await_told (&caller, "key 1\n");

  go (&caller);
  await_eos (&agent);
  end (&agent);
}

/* Both participants in one pipeline: their settings tell them apart. */
static void
pairs (void)
{
  gchar *agent, *caller, *launch;
  Side sides[2];
  GError *error = NULL;

  calls++;
  agent = make_token ("agent", "agent");
  caller = make_token ("caller", NULL);
  launch = g_strdup_printf ("livekitsrc url=%s token=%s ! "
      "audio/x-raw,rate=%d ! fakesink name=ear async=false "
      "audiotestsrc is-live=true freq=700 ! livekitsink url=%s token=%s "
      "livekitsrc url=%s token=%s kinds=agent ! "
      "audio/x-raw,rate=%d ! fakesink name=ear-too async=false "
      "audiotestsrc is-live=true freq=440 ! livekitsink url=%s token=%s",
      server.url, agent, RATE, server.url, agent, server.url, caller, RATE,
      server.url, caller);
  sides[0].pipeline = gst_parse_launch_full (launch, NULL,
      GST_PARSE_FLAG_FATAL_ERRORS, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < 2; i++) {
    sides[i].pipeline = sides[0].pipeline;
    sides[i].pitch = i == 0 ? 440 : 700;
    sides[i].heard = 0;
    g_mutex_init (&sides[i].lock);
    g_cond_init (&sides[i].cond);
    probe (&sides[i], i == 0 ? "ear" : "ear-too", "sink",
        GST_PAD_PROBE_TYPE_BUFFER, hear);
  }
  gst_element_set_state (sides[0].pipeline, GST_STATE_PLAYING);
  await_tone (&sides[0]);
  await_tone (&sides[1]);
  gst_element_set_state (sides[0].pipeline, GST_STATE_NULL);
  gst_object_unref (sides[0].pipeline);
  for (guint i = 0; i < 2; i++) {
    g_mutex_clear (&sides[i].lock);
    g_cond_clear (&sides[i].cond);
  }
  g_free (launch);
  g_free (agent);
  g_free (caller);
}

/* The server does not want us: one error that says why. */
static void
refused (void)
{
  GstMessage *message;
  GError *error = NULL;
  Side side;

  calls++;
  begin (&side, "agent", "agent", 440, 700, "token=nonsense");
  message = gst_bus_timed_pop_filtered (side.bus, PATIENCE, GST_MESSAGE_ERROR);
  g_assert_nonnull (message);
  gst_message_parse_error (message, &error, NULL);
  g_test_message ("%s", error->message);
  g_assert_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_AUTHORIZED);
  g_assert_nonnull (strstr (error->message, "token"));
  g_error_free (error);
  gst_message_unref (message);
  message = gst_bus_timed_pop_filtered (side.bus, GST_SECOND / 2,
      GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  g_assert_null (message);
  end (&side);
}

/* A second life of the same pipeline, and two of them at once. */
static void
again (void)
{
  Side agent, caller;

  calls++;
  begin (&agent, "agent", "agent", 440, 700, "");
  for (guint i = 0; i < 2; i++) {
    begin (&caller, "caller", NULL, 700, 440, "kinds=agent");
    await_tone (&agent);
    await_tone (&caller);
    end (&caller);
    gst_element_set_state (agent.pipeline, GST_STATE_READY);
    g_mutex_lock (&agent.lock);
    agent.heard = 0;
    g_mutex_unlock (&agent.lock);
    gst_element_set_state (agent.pipeline, GST_STATE_PLAYING);
  }
  end (&agent);
}

static void
skip (gconstpointer reason)
{
  g_test_skip (reason);
}

static void
add_tests (void)
{
  g_test_add_func ("/livekit-elements/tones", tones);
  g_test_add_func ("/livekit-elements/words", words);
  g_test_add_func ("/livekit-elements/refused", refused);
  g_test_add_func ("/livekit-elements/again", again);
  g_test_add_func ("/livekit-elements/pairs", pairs);
}

int
main (int argc, char **argv)
{
  gchar *path;
  int rc;

  if (argc == 4 && strcmp (argv[1], "--caller") == 0)
    return be_caller (argv[2], argv[3]);
  alarm (PATIENCE_ALL);
  path = livekit_server_find ();
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  if (!path)
    g_test_add_data_func ("/livekit-elements", LIVEKIT_SERVER_MISSING, skip);
  else if (!livekit_server_start (&server, path, ""))
    g_error ("%s does not start", path);
  else
    add_tests ();
  rc = g_test_run ();
  livekit_server_stop (&server);
  g_free (path);
  gst_deinit ();
  return rc;
}
