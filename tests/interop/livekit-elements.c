/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Two pipelines in one process meet in a room of a real livekit-server: an
 * agent and a caller, each with `livekitsrc` and `livekitsink`. Without
 * a server it is skipped.
 */
#include "livekit-server.h"
#include "livekit-sides.h"

#include <string.h>
#include <unistd.h>

#define PATIENCE (20 * GST_SECOND)      /* for each thing that is awaited */
#define PATIENCE_ALL 200        /* seconds */

static LivekitServer server;

/* Tones go both ways, people are told, and a caller who hangs up ends it. */
static void
tones (void)
{
  Side agent, caller;
  GstStructure *s;
  GstElement *src;
  gchar *text;

  sides_new_room ();
  side_begin (&agent, "agent", "agent", 440, 700, "");
  side_begin (&caller, "caller", NULL, 700, 440, "kinds=agent");
  side_await_tone (&agent);
  side_await_tone (&caller);
  side_await_open (&agent, TRUE);
  s = side_await_message (&agent, "voice/room", "state", "joined");
  g_assert_cmpstr (gst_voice_structure_string (s, "identity"), ==, "agent");
  gst_structure_free (s);
  s = side_await_message (&agent, "voice/participant", "change", "joined");
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

  side_end (&caller);
  s = side_await_message (&agent, "voice/disconnected", "reason",
      "client-initiated");
  gst_structure_free (s);
  side_await_eos (&agent);
  side_end (&agent);
}

/* What is written and pressed, captions, and what the agent is seen doing. */
static void
words (void)
{
  GstStructure *s;
  Side agent;
  Caller caller;

  sides_new_room ();
  side_begin (&agent, "agent", "agent", 440, 700, "");
  caller_come (&caller, "caller", NULL);
  caller_await (&caller, "track roomio_audio of agent\n");
  caller_await (&caller, "agent there speaking\n");
  caller_order (&caller, "publish microphone\n");
  caller_await (&caller, "published\n");
  gst_structure_free (side_await_message (&agent, "voice/participant", "change",
          "joined"));

  caller_order (&caller, "text I have toothache.\n");
  s = side_await_message (&agent, "voice/typed", NULL, NULL);
  g_assert_cmpstr (gst_voice_structure_string (s, "text"), ==,
      "I have toothache.");
  gst_structure_free (s);
  caller_order (&caller, "keys 4#\n");
  gst_structure_free (side_await_message (&agent, "voice/dtmf", "digit", "4"));
  gst_structure_free (side_await_message (&agent, "voice/dtmf", "digit", "#"));

  caller_order (&caller, "legacy {\"message\": \"As of old.\"}\n");
  s = side_await_message (&agent, "voice/typed", NULL, NULL);
  g_assert_cmpstr (gst_voice_structure_string (s, "text"), ==, "As of old.");
  gst_structure_free (s);

  side_caption (&agent, "user", 1, "I have", FALSE);
  side_caption (&agent, "user", 1, "I have toothache.", TRUE);
  side_caption (&agent, "assistant", 1, "Oh", FALSE);
  side_caption (&agent, "assistant", 1, "Oh dear.", TRUE);
  caller_await (&caller, "lk.transcription caller 'I have' false mine\n");
  caller_await (&caller, "lk.transcription caller 'I have toothache.' true "
      "mine\n");
  caller_await (&caller, "lk.transcription agent 'Oh dear.' true\n");
  side_send_event (&agent, GST_VOICE_ORDERED,
      gst_voice_structure_new ("send-dtmf", "digits", "1", NULL));
  caller_await (&caller, "key 1\n");

  caller_go (&caller);
  side_await_eos (&agent);
  side_end (&agent);
}

/* Both participants in one pipeline: their settings tell them apart. */
static void
pairs (void)
{
  gchar *agent, *caller, *launch;
  Side sides[2];
  GError *error = NULL;

  sides_new_room ();
  agent = side_token ("agent", "agent");
  caller = side_token ("caller", NULL);
  launch = g_strdup_printf ("livekitsrc url=%s token=%s ! "
      "audio/x-raw,rate=%d ! fakesink name=ear async=false "
      "audiotestsrc is-live=true freq=700 ! livekitsink url=%s token=%s "
      "livekitsrc url=%s token=%s kinds=agent ! "
      "audio/x-raw,rate=%d ! fakesink name=ear-too async=false "
      "audiotestsrc is-live=true freq=440 ! livekitsink url=%s token=%s",
      server.url, agent, SIDE_RATE, server.url, agent, server.url, caller,
      SIDE_RATE, server.url, caller);
  sides[0].pipeline =
      gst_parse_launch_full (launch, NULL, GST_PARSE_FLAG_FATAL_ERRORS, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < 2; i++) {
    sides[i].pipeline = sides[0].pipeline;
    sides[i].pitch = i == 0 ? 440 : 700;
    sides[i].share = 0.8;
    sides[i].heard = 0;
    g_mutex_init (&sides[i].lock);
    g_cond_init (&sides[i].cond);
    side_probe (&sides[i], i == 0 ? "ear" : "ear-too", "sink",
        GST_PAD_PROBE_TYPE_BUFFER, side_hear);
  }
  gst_element_set_state (sides[0].pipeline, GST_STATE_PLAYING);
  side_await_tone (&sides[0]);
  side_await_tone (&sides[1]);
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

  sides_new_room ();
  side_begin (&side, "agent", "agent", 440, 700, "token=nonsense");
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
  side_end (&side);
}

/* A second life of the same pipeline, and two of them at once. */
static void
again (void)
{
  Side agent, caller;

  sides_new_room ();
  side_begin (&agent, "agent", "agent", 440, 700, "");
  for (guint i = 0; i < 2; i++) {
    side_begin (&caller, "caller", NULL, 700, 440, "kinds=agent");
    side_await_tone (&agent);
    side_await_tone (&caller);
    side_end (&caller);
    gst_element_set_state (agent.pipeline, GST_STATE_READY);
    g_mutex_lock (&agent.lock);
    agent.heard = 0;
    g_mutex_unlock (&agent.lock);
    gst_element_set_state (agent.pipeline, GST_STATE_PLAYING);
  }
  side_end (&agent);
}

static void
skip (gconstpointer reason)
{
  g_test_skip (reason);
}

static void
add_tests (void)
{
  sides_set_server (server.url);
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
    return caller_main (argv[2], argv[3]);
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
  sides_set_server (NULL);
  g_free (path);
  gst_deinit ();
  return rc;
}
