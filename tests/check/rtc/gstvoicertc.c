/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `voicertcsrc` and `voicertcsink` with a caller in the same process: a peer
 * that offers, as a browser does. What it says comes back, since the source is
 * linked to the sink; and how it ends.
 */
#include <gst/gst.h>
#include <gst-voice/events.h>
#include <gst-voice/io.h>
#include <math.h>
#include <rtc-peer.h>
#include <speech-sender.h>
#include <string.h>

#define LINE "voicertcsrc name=caller loopback=true ! " \
  "audio/x-raw,rate=16000 ! voicertcsink name=voice dtx=false"
#define HEARD 5                 /* packets with sound */

/* The caller. All but `words` belongs to the network thread. */
typedef struct
{
  RtcPeer *peer;
  DtlsIdentity *identity;
  gchar *offer;
  GPtrArray *candidates;
  gchar *answer;
  SpeechSender *sender;
  GstVoiceIoTimer *timer;
  gdouble phase;
  guint heard;
  GAsyncQueue *words;
} Caller;

typedef struct
{
  GstElement *pipeline, *source;
  GstBus *bus;
  Caller caller;
} Scene;

static void
say (Caller * caller, const gchar * word)
{
  g_async_queue_push (caller->words, g_strdup (word));
}

static void
on_candidate (gpointer data, const gchar * candidate)
{
  Caller *caller = data;

  if (candidate)
    g_ptr_array_add (caller->candidates, g_strdup (candidate));
  else
    say (caller, "gathered");
}

static void
on_state (gpointer data, RtcState state, const GError * error)
{
  Caller *caller = data;

  if (state == RTC_CONNECTED) {
    say (caller, "connected");
    gst_voice_io_timer_start (caller->timer, 0);
  } else if (state == RTC_CLOSED || state == RTC_FAILED) {
    say (caller, "over");
  }
}

static void
on_track (gpointer data, const RtcTrack * track, gboolean there)
{
  if (there && g_str_equal (track->id, "voice"))
    say (data, "track");
}

static void
on_rtp (gpointer data, const RtcTrack * track, const RtpPacket * packet,
    gint64 now)
{
  Caller *caller = data;
  gboolean voice = FALSE;
  guint level = 127;

  rtp_packet_get_audio_level (packet, 1, &level, &voice);
  if (level < 40 && ++caller->heard == HEARD)
    say (caller, "heard");
}

static void
on_channel (gpointer data, const gchar * label)
{
  g_assert_not_reached ();
}

static void
on_message (gpointer data, const gchar * label, gboolean binary,
    const guint8 * message, gsize size)
{
}

static void
on_report (gpointer data, const RtcSenderStats * stats)
{
}

static const RtcPeerEvents events = { on_candidate, on_state, on_track, on_rtp,
  on_channel, on_message, on_report
};

static void
send_packet (gpointer data, const SpeechPacket * packet)
{
  rtc_peer_send_audio (((Caller *) data)->peer, packet->payload, packet->size,
      packet->timestamp, packet->level, packet->voice, packet->marker);
}

/* 20 ms of a tone, and again. */
static void
on_timer (gpointer data)
{
  Caller *caller = data;
  gint16 samples[320];

  for (guint i = 0; i < G_N_ELEMENTS (samples); i++) {
    samples[i] = 8000 * sin (caller->phase);
    caller->phase += 2 * G_PI * 440 / 16000;
  }
  speech_sender_push (caller->sender, samples, G_N_ELEMENTS (samples));
  gst_voice_io_timer_start (caller->timer, 20);
}

static void
offer_on_io (gpointer data)
{
  const RtcPeerSettings settings = {.offers = TRUE,.receives = TRUE,
    .path.local_address = "127.0.0.1"
  };
  Caller *caller = data;

  caller->timer = gst_voice_io_timer_new (on_timer, caller);
  caller->peer = rtc_peer_new (caller->identity, &settings, &events, caller,
      NULL);
  rtc_peer_add_channel (caller->peer, "nobody", TRUE);
  rtc_peer_set_track (caller->peer, "page", "microphone");
  caller->offer = rtc_peer_create_offer (caller->peer, FALSE, NULL);
}

static void
answer_on_io (gpointer data)
{
  Caller *caller = data;

  /* All candidates are in it. */
  g_assert_nonnull (strstr (caller->answer, "a=candidate:"));
  g_assert_nonnull (strstr (caller->answer, "a=end-of-candidates"));
  g_assert_nonnull (strstr (caller->answer, "a=sendrecv"));
  g_assert_nonnull (strstr (caller->answer, "m=application 0 "));
  g_assert_true (rtc_peer_set_answer (caller->peer, caller->answer, NULL));
}

static void
close_on_io (gpointer data)
{
  rtc_peer_close (((Caller *) data)->peer);
}

static void
free_on_io (gpointer data)
{
  Caller *caller = data;

  gst_voice_io_timer_free (caller->timer);
  rtc_peer_free (caller->peer);
}

/* These words, in any order, and what others there are. */
static void
wait_for (Caller * caller, const gchar * word)
{
  gchar *next;

  do {
    next = g_async_queue_pop (caller->words);
    if (g_str_equal (next, word)) {
      g_free (next);
      return;
    }
    g_free (next);
  } while (TRUE);
}

static GstStructure *
wait_message (Scene * scene, const gchar * name)
{
  GstStructure *found = NULL;

  while (!found) {
    GstMessage *message = gst_bus_timed_pop_filtered (scene->bus,
        30 * GST_SECOND, GST_MESSAGE_ELEMENT | GST_MESSAGE_ERROR);

    g_assert_nonnull (message);
    g_assert_cmpint (GST_MESSAGE_TYPE (message), ==, GST_MESSAGE_ELEMENT);
    if (gst_message_has_name (message, name))
      found = gst_structure_copy (gst_message_get_structure (message));
    gst_message_unref (message);
  }
  return found;
}

static void
expect_eos (Scene * scene)
{
  GstMessage *message = gst_bus_timed_pop_filtered (scene->bus,
      30 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);

  g_assert_nonnull (message);
  g_assert_cmpint (GST_MESSAGE_TYPE (message), ==, GST_MESSAGE_EOS);
  gst_message_unref (message);
}

static void
caller_init (Caller * caller)
{
  const OpusSpeechSettings settings = {.rate = 16000,.bitrate = 24000,
    .complexity = 2
  };

  caller->words = g_async_queue_new_full (g_free);
  caller->candidates = g_ptr_array_new_with_free_func (g_free);
  caller->identity = dtls_identity_new (NULL);
  caller->sender = speech_sender_new (&settings, send_packet, caller, NULL);
  gst_voice_io_ref ();
  gst_voice_io_post (offer_on_io, caller, NULL);
  wait_for (caller, "gathered");
}

static void
caller_clear (Caller * caller)
{
  gst_voice_io_post (free_on_io, caller, NULL);
  gst_voice_io_unref ();
  speech_sender_free (caller->sender);
  dtls_identity_unref (caller->identity);
  g_ptr_array_unref (caller->candidates);
  g_async_queue_unref (caller->words);
  g_free (caller->offer);
  g_free (caller->answer);
}

static void
set_up (Scene * scene)
{
  memset (scene, 0, sizeof *scene);
  caller_init (&scene->caller);
  scene->pipeline = gst_parse_launch (LINE, NULL);
  scene->source = gst_bin_get_by_name (GST_BIN (scene->pipeline), "caller");
  scene->bus = gst_element_get_bus (scene->pipeline);
  g_object_set (scene->source, "offer", scene->caller.offer, NULL);
}

/* Until the caller hears himself. */
static void
talk (Scene * scene)
{
  GstStructure *answer, *peer;

  gst_element_set_state (scene->pipeline, GST_STATE_PLAYING);
  answer = wait_message (scene, "voice/answer");
  scene->caller.answer = g_strdup (gst_structure_get_string (answer, "sdp"));
  gst_voice_io_post (answer_on_io, &scene->caller, NULL);
  wait_for (&scene->caller, "track");
  wait_for (&scene->caller, "connected");
  peer = wait_message (scene, "voice/peer");
  g_assert_cmpstr (gst_structure_get_string (peer, "state"), ==, "connected");
  g_assert_true (gst_voice_structure_time (peer, "connect") > 0);
  wait_for (&scene->caller, "heard");
  gst_structure_free (answer);
  gst_structure_free (peer);
}

static void
tear_down (Scene * scene)
{
  gst_element_set_state (scene->pipeline, GST_STATE_NULL);
  gst_object_unref (scene->bus);
  gst_object_unref (scene->source);
  gst_object_unref (scene->pipeline);
  caller_clear (&scene->caller);
}

static void
there_and_back (void)
{
  GstStructure *stats, *left;
  guint64 received;
  Scene scene;

  set_up (&scene);
  talk (&scene);
  g_object_get (scene.source, "stats", &stats, NULL);
  g_assert_true (gst_structure_get_uint64 (stats, "received", &received));
  g_assert_cmpuint (received, >=, HEARD);
  gst_structure_free (stats);
  gst_voice_io_post (close_on_io, &scene.caller, NULL);
  left = wait_message (&scene, "voice/disconnected");
  g_assert_cmpstr (gst_structure_get_string (left, "reason"), ==, "closed");
  gst_structure_free (left);
  expect_eos (&scene);
  tear_down (&scene);
}

/* By signalling; and the caller is told. */
static void
leave (void)
{
  Scene scene;

  set_up (&scene);
  talk (&scene);
  g_signal_emit_by_name (scene.source, "leave");
  expect_eos (&scene);
  gst_element_set_state (scene.pipeline, GST_STATE_NULL);
  wait_for (&scene.caller, "over");
  tear_down (&scene);
}

static gboolean
is_open (Scene * scene)
{
  GstElement *sink = gst_bin_get_by_name (GST_BIN (scene->pipeline), "voice");
  GstPad *pad = gst_element_get_static_pad (sink, "sink");
  GstQuery *query = gst_voice_query_new ("far");
  gboolean open;

  g_assert_true (gst_pad_query (pad, query));
  g_assert_true (gst_structure_get_boolean (gst_query_get_structure (query),
          "open", &open));
  gst_query_unref (query);
  gst_object_unref (pad);
  gst_object_unref (sink);
  return open;
}

/* The sink says whether somebody hears. */
static void
far (void)
{
  Scene scene;

  set_up (&scene);
  gst_element_set_state (scene.pipeline, GST_STATE_PAUSED);
  g_assert_false (is_open (&scene));
  talk (&scene);
  g_assert_true (is_open (&scene));
  tear_down (&scene);
}

static void
check_fault (const gchar * property, const gchar * value, const gchar * part)
{
  GstMessage *message;
  GError *error;
  Scene scene;

  set_up (&scene);
  g_object_set (scene.source, property, value, NULL);
  g_assert_cmpint (gst_element_set_state (scene.pipeline, GST_STATE_PLAYING),
      ==, GST_STATE_CHANGE_FAILURE);
  message = gst_bus_timed_pop_filtered (scene.bus, 0, GST_MESSAGE_ERROR);
  g_assert_nonnull (message);
  gst_message_parse_error (message, &error, NULL);
  g_assert_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS);
  if (!strstr (error->message, part))
    g_error ("no '%s' in %s", part, error->message);
  g_error_free (error);
  gst_message_unref (message);
  tear_down (&scene);
}

static void
faults (void)
{
  check_fault ("offer", NULL, "no offer");
  check_fault ("offer", "nonsense", "");
  check_fault ("offer", "v=0\r\n", "");
  check_fault ("stun-server", "turn:host", "STUN");
}

/* Whatever the states, nothing is left. */
static void
up_and_down (void)
{
  static const GstState states[] = { GST_STATE_READY, GST_STATE_PAUSED,
    GST_STATE_PLAYING, GST_STATE_READY, GST_STATE_PLAYING, GST_STATE_NULL,
    GST_STATE_PAUSED, GST_STATE_NULL
  };
  Scene scene;

  set_up (&scene);
  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    g_assert_cmpint (gst_element_set_state (scene.pipeline, states[i]), !=,
        GST_STATE_CHANGE_FAILURE);
  tear_down (&scene);
}

int
main (int argc, char **argv)
{
  gint status;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/voicertc/there-and-back", there_and_back);
  g_test_add_func ("/voicertc/leave", leave);
  g_test_add_func ("/voicertc/far", far);
  g_test_add_func ("/voicertc/faults", faults);
  g_test_add_func ("/voicertc/up-and-down", up_and_down);
  status = g_test_run ();
  gst_deinit ();
  return status;
}
