/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The two sides of a call in a room of a real server: a pipeline with
 * `livekitsrc` and `livekitsink`, and a caller in a process of its own.
 *
 * Threads: the test's; probes take notes in those of the pipelines.
 * Locks: each side's own.
 */
#include "livekit-sides.h"

#include "livekit-server.h"

#include <jwt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE (20 * GST_SECOND)      /* for each thing that is awaited */

static gchar *server_url;
static const gchar *of_sinks = "";
static guint rooms;

void
sides_set_server (const gchar * url)
{
  g_free (server_url);
  server_url = g_strdup (url);
}

/* Properties of each `livekitsink` from now on; constant. */
void
sides_set_sinks (const gchar * properties)
{
  of_sinks = properties;
}

/* Each test has its own. */
void
sides_new_room (void)
{
  rooms++;
}

gchar *
sides_room (void)
{
  return g_strdup_printf ("room-%u", rooms);
}

gchar *
side_token (const gchar * identity, const gchar * kind)
{
  gchar *room = sides_room ();
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
    re += samples[i] * cos (2 * G_PI * pitch * i / SIDE_RATE);
    im += samples[i] * sin (2 * G_PI * pitch * i / SIDE_RATE);
    all += (gdouble) samples[i] * samples[i];
  }
  return all < 1e6 ? 0 : 2 * (re * re + im * im) / n / all;
}

GstPadProbeReturn
side_hear (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  Side *side = data;
  GstMapInfo map;

  gst_buffer_map (buffer, &map, GST_MAP_READ);
  g_mutex_lock (&side->lock);
  if (share_of_tone ((gint16 *) map.data, map.size / 2, side->pitch)
      > side->share)
    side->heard++, side->silent = 0;
  else
    side->heard = 0, side->longest = MAX (side->longest, ++side->silent);
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

void
side_probe (Side * side, const gchar * element, const gchar * pad,
    GstPadProbeType type, GstPadProbeCallback func)
{
  GstElement *e = gst_bin_get_by_name (GST_BIN (side->pipeline), element);
  GstPad *p = gst_element_get_static_pad (e, pad);

  gst_pad_add_probe (p, type, func, side, NULL);
  gst_object_unref (p);
  gst_object_unref (e);
}

/* Hears @hears and says @says, tones both. */
void
side_begin (Side * side, const gchar * identity, const gchar * kind,
    guint hears, guint says, const gchar * more)
{
  gchar *token = side_token (identity, kind);
  gchar *launch = g_strdup_printf ("livekitsrc name=src url=%s token=%s %s ! "
      "audio/x-raw,rate=%d ! fakesink name=ear sync=false async=false "
      "audiotestsrc is-live=true freq=%u samplesperbuffer=320 ! "
      "audio/x-raw,rate=%d ! livekitsink name=sink %s", server_url, token, more,
      SIDE_RATE, says, SIDE_RATE, of_sinks);
  GError *error = NULL;

  g_mutex_init (&side->lock);
  g_cond_init (&side->cond);
  side->pitch = hears;
  side->share = 0.8;
  side->heard = side->silent = side->longest = 0;
  side->open = side->eos = FALSE;
  side->pipeline = gst_parse_launch_full (launch, NULL,
      GST_PARSE_FLAG_FATAL_ERRORS, &error);
  g_assert_no_error (error);
  side->bus = gst_element_get_bus (side->pipeline);
  side_probe (side, "ear", "sink", GST_PAD_PROBE_TYPE_BUFFER, side_hear);
  side_probe (side, "ear", "sink", GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      watch_end);
  side_probe (side, "sink", "sink", GST_PAD_PROBE_TYPE_EVENT_UPSTREAM,
      watch_upstream);
  gst_element_set_state (side->pipeline, GST_STATE_PLAYING);
  g_free (launch);
  g_free (token);
}

void
side_end (Side * side)
{
  gst_element_set_state (side->pipeline, GST_STATE_NULL);
  gst_object_unref (side->bus);
  gst_object_unref (side->pipeline);
  g_mutex_clear (&side->lock);
  g_cond_clear (&side->cond);
}

static void
await_buffers (Side * side, const guint * n, const gchar * what)
{
  gint64 until = g_get_monotonic_time () + PATIENCE / 1000;

  g_mutex_lock (&side->lock);
  side->heard = side->silent = 0;
  while (*n < 10) {
    if (!g_cond_wait_until (&side->cond, &side->lock, until))
      g_error ("%s of %u Hz", what, side->pitch);
  }
  g_mutex_unlock (&side->lock);
}

void
side_listen_for (Side * side, guint pitch, gdouble share)
{
  g_mutex_lock (&side->lock);
  side->pitch = pitch;
  side->share = share;
  g_mutex_unlock (&side->lock);
}

void
side_await_tone (Side * side)
{
  await_buffers (side, &side->heard, "there is no tone");
}

void
side_await_silence (Side * side)
{
  await_buffers (side, &side->silent, "there is still the tone");
}

void
side_await_open (Side * side, gboolean open)
{
  gint64 until = g_get_monotonic_time () + PATIENCE / 1000;

  g_mutex_lock (&side->lock);
  while (side->open != open) {
    if (!g_cond_wait_until (&side->cond, &side->lock, until))
      g_error (open ? "nobody listens" : "somebody listens");
  }
  g_mutex_unlock (&side->lock);
}

/* A message of that name, past all others but errors. */
GstStructure *
side_await_message (Side * side, const gchar * name, const gchar * field,
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

void
side_await_eos (Side * side)
{
  gint64 until = g_get_monotonic_time () + PATIENCE / 1000;

  g_mutex_lock (&side->lock);
  while (!side->eos) {
    if (!g_cond_wait_until (&side->cond, &side->lock, until))
      g_error ("the caller's leaving does not end the stream");
  }
  g_mutex_unlock (&side->lock);
}

static gchar *own_track;        /* of the caller; the network thread */

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
on_room (gpointer data, const LivekitRoom * room,
    const LivekitParticipant * self)
{
  g_print ("%s is %s\n", self->identity, attribute (self->attributes,
          "sip.callStatus"));
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
  gboolean ours = own_track && strcmp (attribute (text->attributes,
          "lk.transcribed_track_id"), own_track) == 0;

  g_print ("%s %s '%s' %s%s%s\n", text->topic, text->identity, text->text,
      attribute (text->attributes, "lk.transcription_final"), ours ? " mine" :
      "", g_str_has_prefix (attribute (text->attributes, "lk.segment_id"),
          "SG_") ? "" : " without a segment");
}

static void
on_packet (gpointer data, const LivekitData * packet)
{
  if (packet->type == LIVEKIT_DATA_DTMF)
    g_print ("key %s\n", packet->dtmf.digit);
}

static void
on_published (gpointer data, const gchar * sid)
{
  g_free (own_track);
  own_track = g_strdup (sid);
  g_print ("published\n");
}

static gboolean
on_call (gpointer data, const LivekitData * request)
{
  if (strcmp (request->rpc_request.method, "echo") != 0)
    return FALSE;
  livekit_client_answer_on_io (data, request->identity,
      request->rpc_request.id, request->rpc_request.payload, 0, NULL);
  return TRUE;
}

static void
on_answer (gpointer data, const gchar * payload, LivekitRpcCode code,
    const gchar * message)
{
  g_print ("answer '%s' %u\n", payload ? payload : "", code);
}

static void
set_status (LivekitClient * client, const gchar * status)
{
  GHashTable *attributes = livekit_attributes_new ();

  g_hash_table_insert (attributes, g_strdup ("sip.callStatus"),
      g_strdup (status));
  livekit_client_update (client, NULL, NULL, attributes);
  g_hash_table_unref (attributes);
}

static void
send_legacy (LivekitClient * client, const gchar * json)
{
  GBytes *payload = g_bytes_new (json, strlen (json));

  livekit_client_send_data (client, NULL, "lk-chat-topic", payload, TRUE);
  g_bytes_unref (payload);
}

/* The word after @word, if the line begins with that. */
static const gchar *
after (const gchar * line, const gchar * word)
{
  gsize n = strlen (word);

  return strncmp (line, word, n) == 0 && line[n] == ' ' ? line + n + 1 : NULL;
}

static void
obey (LivekitClient * client, const gchar * line)
{
  const gchar *rest;

  if ((rest = after (line, "text")))
    livekit_client_send_text (client, NULL, NULL, "lk.chat", rest, NULL);
  else if ((rest = after (line, "legacy")))
    send_legacy (client, rest);
  else if ((rest = after (line, "keys")))
    livekit_client_send_dtmf (client, NULL, rest);
  else if ((rest = after (line, "publish")))
    livekit_client_publish (client, rest, LIVEKIT_SOURCE_MICROPHONE, TRUE);
  else if ((rest = after (line, "status")))
    set_status (client, rest);
  else if ((rest = after (line, "call")))
    livekit_client_call (client, "agent", rest, "payload", 0, on_answer, NULL);
  else
    g_error ("what is '%s'?", line);
}

/* The other process: orders, one a line; `leave REASON` or the end of input
 * ends it. */
int
caller_main (const gchar * url, const gchar * token)
{
  static const LivekitListener listener = {
    .room = on_room,
    .participant = on_participant,
    .track = on_track,
    .text = on_text,
    .packet = on_packet,
    .published = on_published,
    .call = on_call,
  };
  LivekitClientSettings settings = {.url = (gchar *) url,
    .token = (gchar *) token
  };
  LivekitReason reason = LIVEKIT_REASON_CLIENT_INITIATED;
  LivekitClient *client = livekit_client_new ();
  guint id = livekit_client_listen (client, &listener, client, NULL);
  gchar line[256];

  livekit_client_join (client, &settings);
  while (fgets (line, sizeof line, stdin)) {
    g_strchomp (line);
    if (after (line, "leave")) {
      reason = atoi (after (line, "leave"));
      break;
    }
    obey (client, line);
  }
  livekit_client_unlisten (client, id);
  livekit_client_leave (client, reason);
  livekit_client_unref (client);
  g_free (own_track);
  return 0;
}

void
caller_come (Caller * caller, const gchar * identity, const gchar * kind)
{
  gchar *token = side_token (identity, kind);
  GError *error = NULL;

  caller->process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE
      | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, "/proc/self/exe", "--caller",
      server_url, token, NULL);
  g_assert_no_error (error);
  caller->output = g_data_input_stream_new (g_subprocess_get_stdout_pipe
      (caller->process));
  caller->told = g_string_new (NULL);
  g_free (token);
}

void
caller_order (Caller * caller, const gchar * line)
{
  g_assert_true (g_output_stream_write_all (g_subprocess_get_stdin_pipe
          (caller->process), line, strlen (line), NULL, NULL, NULL));
}

void
caller_go (Caller * caller)
{
  g_output_stream_close (g_subprocess_get_stdin_pipe (caller->process), NULL,
      NULL);
  g_assert_true (g_subprocess_wait_check (caller->process, NULL, NULL));
  g_object_unref (caller->output);
  g_object_unref (caller->process);
  g_string_free (caller->told, TRUE);
}

void
caller_await (Caller * caller, const gchar * what)
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

void
side_send_event (Side * side, GstVoiceCarrier carrier, GstStructure * s)
{
  GstElement *sink = gst_bin_get_by_name (GST_BIN (side->pipeline), "sink");
  GstPad *pad = gst_element_get_static_pad (sink, "sink");

  gst_pad_send_event (pad, gst_voice_event_new (carrier, NULL, s));
  gst_object_unref (pad);
  gst_object_unref (sink);
}

void
side_caption (Side * side, const gchar * role, guint id, const gchar * text,
    gboolean final)
{
  side_send_event (side, GST_VOICE_OOB, gst_voice_structure_new ("transcript",
          "role", role, "text", text, "final", final, "id", id,
          "start", GST_CLOCK_TIME_NONE, "end", GST_CLOCK_TIME_NONE, NULL));
}
