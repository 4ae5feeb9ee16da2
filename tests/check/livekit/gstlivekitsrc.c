/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `livekitsrc` and `livekitsink` without a server: what they say when there is
 * none, what can be read of their secrets, states up and down. With one, see
 * tests/interop/livekit-elements.c.
 */
#include "../doc-line.h"

#include <gst-voice/events.h>

static GstElement *
make (const gchar * launch)
{
  GError *error = NULL;
  GstElement *pipeline = gst_parse_launch_full (launch, NULL,
      GST_PARSE_FLAG_FATAL_ERRORS, &error);

  g_assert_no_error (error);
  return pipeline;
}

/* The only error of a pipeline that is asked to play. */
static gchar *
error_of (const gchar * launch, GQuark domain, gint code)
{
  GstElement *pipeline = make (launch);
  GstBus *bus = gst_element_get_bus (pipeline);
  GstMessage *message;
  GError *error = NULL;
  gchar *text;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, 20 * GST_SECOND,
      GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  g_assert_nonnull (message);
  g_assert_cmpint (GST_MESSAGE_TYPE (message), ==, GST_MESSAGE_ERROR);
  gst_message_parse_error (message, &error, NULL);
  g_assert_error (error, domain, code);
  text = g_strdup (error->message);
  g_error_free (error);
  gst_message_unref (message);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (bus);
  gst_object_unref (pipeline);
  return text;
}

static void
check_settings (const gchar * launch, const gchar * part)
{
  gchar *text = error_of (launch, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_SETTINGS);

  if (!strstr (text, part))
    g_error ("'%s' does not say '%s'", text, part);
  g_free (text);
}

static void
settings (void)
{
  check_settings ("livekitsrc ! fakesink", "url");
  check_settings ("audiotestsrc is-live=true ! livekitsink", "url");
  check_settings ("livekitsrc ! livekitsink", "url");
  check_settings ("livekitsrc url=ws://127.0.0.1:1 ! fakesink", "no token");
  check_settings ("livekitsrc url=ws://127.0.0.1:1 "
      "token=env:GST_VOICE_TEST_NO_SUCH ! fakesink", "GST_VOICE_TEST_NO_SUCH");
  check_settings ("livekitsrc url=ws://127.0.0.1:1 token=x kinds=people ! "
      "fakesink", "'people'");
  check_settings ("livekitsrc url=ws://127.0.0.1:1 token=x min-port=9 "
      "max-port=8 ! fakesink", "min-port");
  check_settings ("livekitsrc ! fakesink audiotestsrc is-live=true ! "
      "livekitsink url=ws://127.0.0.1:1 api-key=key api-secret=secret", "room");
}

/* Nobody listens on that port: one warning at once, and one error when all
 * attempts have failed. */
static void
refused (void)
{
  GstElement *pipeline = make ("livekitsrc ! livekitsink "
      "url=ws://127.0.0.1:1 api-key=key api-secret=secret room=r");
  GstBus *bus = gst_element_get_bus (pipeline);
  GstMessage *message;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  for (guint i = 0; i < 2; i++) {
    message = gst_bus_timed_pop_filtered (bus, 60 * GST_SECOND,
        GST_MESSAGE_WARNING | GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
    g_assert_nonnull (message);
    g_assert_cmpint (GST_MESSAGE_TYPE (message), ==, i == 0 ?
        GST_MESSAGE_WARNING : GST_MESSAGE_ERROR);
    gst_message_unref (message);
  }
  g_assert_null (gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING |
          GST_MESSAGE_ERROR));
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (bus);
  gst_object_unref (pipeline);
}

static void
secrets (void)
{
  GstElement *src = gst_element_factory_make ("livekitsrc", NULL);
  gchar *token, *secret, *key;

  gst_object_ref_sink (src);
  g_object_set (src, "token", "eyJhbGciOi", "api-secret", "plain", "api-key",
      "key", NULL);
  g_object_get (src, "token", &token, "api-secret", &secret, "api-key", &key,
      NULL);
  g_assert_null (token);
  g_assert_null (secret);
  g_assert_cmpstr (key, ==, "key");
  g_free (key);
  g_object_set (src, "token", "env:TOKEN", "api-secret", "file:/x", NULL);
  g_object_get (src, "token", &token, "api-secret", &secret, NULL);
  g_assert_cmpstr (token, ==, "env:TOKEN");
  g_assert_cmpstr (secret, ==, "file:/x");
  g_free (token);
  g_free (secret);
  gst_object_unref (src);
}

static void
properties (void)
{
  GstElement *sink = gst_element_factory_make ("livekitsink", NULL);
  GstElement *src = gst_element_factory_make ("livekitsrc", NULL);
  gboolean dtx, fec, sync, transcription;
  gint leave_after;
  gchar *track, *kinds;
  guint bitrate;
  GstStructure *stats;

  gst_object_ref_sink (sink);
  gst_object_ref_sink (src);
  g_object_get (sink, "track-name", &track, "bitrate", &bitrate, "dtx", &dtx,
      "fec", &fec, "sync", &sync, "transcription", &transcription, NULL);
  g_assert_cmpstr (track, ==, "roomio_audio");
  g_assert_cmpuint (bitrate, ==, 24000);
  g_assert_true (dtx && fec && transcription);
  g_assert_false (sync);
  g_free (track);
  g_object_get (src, "leave-after", &leave_after, "kinds", &kinds, "stats",
      &stats, NULL);
  g_assert_cmpint (leave_after, ==, 20000);
  g_assert_cmpstr (kinds, ==, "standard,sip,connector");
  g_assert_true (gst_structure_has_field (stats, "delay"));
  gst_structure_free (stats);
  g_free (kinds);
  gst_object_unref (sink);
  gst_object_unref (src);
}

/* Up and down while the server is still being looked for. */
static void
states (void)
{
  GstElement *pipeline = make ("livekitsrc url=ws://127.0.0.1:1 api-key=key "
      "api-secret=secret room=r ! queue ! livekitsink");

  for (guint i = 0; i < 5; i++) {
    gst_element_set_state (pipeline, GST_STATE_READY);
    g_assert_cmpint (gst_element_set_state (pipeline, GST_STATE_PAUSED), ==,
        GST_STATE_CHANGE_NO_PREROLL);
    gst_element_set_state (pipeline, GST_STATE_PLAYING);
    gst_element_set_state (pipeline, GST_STATE_PAUSED);
    gst_element_set_state (pipeline, i % 2 ? GST_STATE_NULL : GST_STATE_READY);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}

/* While nobody listens no speech begins. */
static void
far (void)
{
  GstElement *pipeline = make ("audiotestsrc is-live=true ! livekitsink "
      "name=sink url=ws://127.0.0.1:1 token=x");
  GstElement *sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  GstPad *pad = gst_element_get_static_pad (sink, "sink");
  GstQuery *query = gst_voice_query_new ("far");
  const GstStructure *s;

  gst_element_set_state (pipeline, GST_STATE_PAUSED);
  g_assert_true (gst_pad_query (pad, query));
  s = gst_query_get_structure (query);
  g_assert_true (gst_structure_has_field (s, "open"));
  g_assert_false (gst_voice_structure_boolean (s, "open"));
  g_assert_cmpuint (gst_voice_structure_time (s, "delay"), <, 20 * GST_MSECOND);
  gst_query_unref (query);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pad);
  gst_object_unref (sink);
  gst_object_unref (pipeline);
}

/* Nobody has come yet, but will be told of. */
static void
participant (void)
{
  GstElement *pipeline = make ("livekitsrc name=src url=ws://127.0.0.1:1 "
      "token=x ! fakesink");
  GstElement *src = gst_bin_get_by_name (GST_BIN (pipeline), "src");
  GstPad *pad = gst_element_get_static_pad (src, "src");
  GstQuery *query = gst_voice_query_new ("participant");
  const GstStructure *s;

  gst_element_set_state (pipeline, GST_STATE_PAUSED);
  g_assert_true (gst_pad_query (pad, query));
  s = gst_query_get_structure (query);
  g_assert_true (gst_structure_has_field (s, "known"));
  g_assert_false (gst_voice_structure_boolean (s, "known"));
  gst_query_unref (query);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pad);
  gst_object_unref (src);
  gst_object_unref (pipeline);
}

/* The lines in the documentation can be taken apart; they need a server. */
static void
lines (void)
{
  static const gchar *const sources[] = {
    "plugins/livekit/gstlivekitsrc.c", "plugins/livekit/gstlivekitsink.c"
  };

  for (guint i = 0; i < G_N_ELEMENTS (sources); i++) {
    gchar *line = doc_line_read (sources[i]);

    gst_object_unref (make (line));
    g_free (line);
  }
}

int
main (int argc, char **argv)
{
  int rc;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/livekitsrc/properties", properties);
  g_test_add_func ("/livekitsrc/secrets", secrets);
  g_test_add_func ("/livekitsrc/settings", settings);
  g_test_add_func ("/livekitsrc/refused", refused);
  g_test_add_func ("/livekitsrc/states", states);
  g_test_add_func ("/livekitsrc/far", far);
  g_test_add_func ("/livekitsrc/participant", participant);
  g_test_add_func ("/livekitsrc/lines", lines);
  rc = g_test_run ();
  gst_deinit ();
  return rc;
}
