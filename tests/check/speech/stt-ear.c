/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stt-ear.h"

#include <gst-voice/error.h>
#include <gst-voice/events.h>
#include <gst-voice/meta.h>
#include <gst-voice/price.h>
#include <gst-voice/stage.h>

#include <glib/gstdio.h>
#include <string.h>

static const ProviderPeerSettings hearing = {
  .script = "{\"hear\": [\"One two three.\", \"Four five.\"]}",
  .key = EAR_KEY
};

static void
note_times (Ear * ear, const gchar * text, GstClockTime start, GstClockTime end)
{
  g_string_append_printf (ear->times, "%s@%u-%u ", text,
      (guint) (start / GST_MSECOND), (guint) (end / GST_MSECOND));
}

static void
take_final (Ear * ear, GstBuffer * buffer)
{
  GstVoiceMeta *meta = gst_voice_meta_get (buffer);
  gchar *text = gst_voice_text_buffer_get (buffer);

  g_assert_nonnull (meta);
  if (ear->language)
    g_assert_cmpstr (meta->language, ==, ear->language);
  g_string_append_printf (ear->log, "=%s|", text);
  g_string_append_printf (ear->finals, "%s ", text);
  for (guint i = 0; meta->words && i < meta->words->n; i++) {
    const GstVoiceWord *word = &meta->words->word[i];

    note_times (ear, word->text, word->start, word->end);
    g_assert_cmpint (strncmp (g_utf8_offset_to_pointer (text, word->offset),
            word->text, strlen (word->text)), ==, 0);
  }
  if (!meta->words) {
    note_times (ear, text, meta->start, meta->end);
  } else {
    g_assert_cmpuint (meta->start, ==, meta->words->word[0].start);
    g_assert_cmpuint (meta->end, ==, meta->words->word[meta->words->n - 1].end);
  }
  g_free (text);
}

static void
take_event (Ear * ear, GstEvent * event)
{
  if (gst_voice_event_is (event, "interim"))
    g_string_append_printf (ear->log, "~%s|", gst_voice_structure_string
        (gst_voice_event_parse (event), "text"));
  else if (gst_voice_event_is (event, "end-of-turn"))
    g_string_append (ear->log, "E|");
  else if (gst_voice_event_is (event, "stt-reset"))
    g_string_append (ear->log, "R|");
  else if (GST_EVENT_TYPE (event) == GST_EVENT_EOS)
    g_string_append (ear->log, "EOS|");
}

static GstPadProbeReturn
take (GstPad * pad, GstPadProbeInfo * probed, gpointer data)
{
  Ear *ear = data;

  g_mutex_lock (&ear->lock);
  if (probed->type & GST_PAD_PROBE_TYPE_BUFFER)
    take_final (ear, GST_PAD_PROBE_INFO_BUFFER (probed));
  else
    take_event (ear, GST_PAD_PROBE_INFO_EVENT (probed));
  g_cond_broadcast (&ear->changed);
  g_mutex_unlock (&ear->lock);
  return GST_PAD_PROBE_OK;
}

/* Only a test that is going to fail waits that long: what it waits for does not
 * come, and the reason is in what did. */
void
ear_wait_for (Ear * ear, const gchar * what)
{
  gint64 until = g_get_monotonic_time () + 30 * G_TIME_SPAN_SECOND;
  gboolean came = TRUE;
  GstMessage *message;
  GError *error = NULL;

  g_mutex_lock (&ear->lock);
  while (came && !strstr (ear->log->str, what))
    came = g_cond_wait_until (&ear->changed, &ear->lock, until);
  g_mutex_unlock (&ear->lock);
  if (came)
    return;
  message = gst_bus_pop_filtered (ear->bus, GST_MESSAGE_ERROR);
  if (message)
    gst_message_parse_error (message, &error, NULL);
  g_error ("%s does not come. Came: %s. Error: %s", what, ear->log->str,
      error ? error->message : "none");
}

void
ear_assert_log (Ear * ear, const gchar * expected)
{
  g_mutex_lock (&ear->lock);
  g_assert_cmpstr (ear->log->str, ==, expected);
  g_mutex_unlock (&ear->lock);
}

void
ear_begin_peer (Ear * ear, const ProviderPeerSettings * settings)
{
  GError *error = NULL;

  memset (ear, 0, sizeof *ear);
  ear->peer = provider_peer_new (settings, &error);
  g_assert_no_error (error);
}

static void
begin (Ear * ear, const gchar * element, guint rate, GstContext * context)
{
  gchar *url = provider_peer_url (ear->peer, "http", "");
  gchar *launch = g_strdup_printf ("%s url=%s api-key=env:STT_KEY",
      element, url);
  GError *error = NULL;

  g_mutex_init (&ear->lock);
  g_cond_init (&ear->changed);
  ear->log = g_string_new (NULL);
  ear->finals = g_string_new (NULL);
  ear->times = g_string_new (NULL);
  ear->now = 7 * GST_SECOND;
  ear->stt = gst_object_ref_sink (gst_parse_launch (launch, &error));
  g_assert_no_error (error);
  ear->bus = gst_bus_new ();
  gst_element_set_bus (ear->stt, ear->bus);
  if (context)
    gst_element_set_context (ear->stt, context);
  ear->h = gst_harness_new_with_element (ear->stt, "sink", "src");
  gst_pad_add_probe (ear->h->sinkpad, GST_PAD_PROBE_TYPE_BUFFER |
      GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, take, ear, NULL);
  ear->rate = rate;
  gst_harness_set_src_caps (ear->h, gst_caps_new_simple ("audio/x-raw",
          "format", G_TYPE_STRING, "S16LE", "layout", G_TYPE_STRING,
          "interleaved", "channels", G_TYPE_INT, 1, "rate", G_TYPE_INT, rate,
          NULL));
  g_free (launch);
  g_free (url);
}

void
ear_begin (Ear * ear, const gchar * element, guint rate)
{
  begin (ear, element, rate, NULL);
}

void
ear_open (Ear * ear, const gchar * element, const gchar * more, guint rate)
{
  gchar *with = g_strdup_printf ("%s %s", element, more);

  ear_begin_peer (ear, &hearing);
  ear_begin (ear, with, rate);
  g_free (with);
}

void
ear_open_persona (Ear * ear, const gchar * element)
{
  GstContext *context = scene_persona ("{\"name\": \"a\", \"pipeline\": "
      "\"a.launch\", \"language\": \"de-DE\", \"key-terms\": "
      "[\"Okafor\", \"Ibuprofen\"]}");

  ear_begin_peer (ear, &hearing);
  begin (ear, element, 16000, context);
  gst_context_unref (context);
}

void
ear_end (Ear * ear)
{
  gst_element_set_state (ear->stt, GST_STATE_NULL);
  gst_harness_teardown (ear->h);
  gst_element_set_bus (ear->stt, NULL);
  gst_object_unref (ear->bus);
  gst_object_unref (ear->stt);
  provider_peer_free (ear->peer);
  g_string_free (ear->log, TRUE);
  g_string_free (ear->finals, TRUE);
  g_string_free (ear->times, TRUE);
  g_mutex_clear (&ear->lock);
  g_cond_clear (&ear->changed);
}

void
ear_push (Ear * ear, guint ms, gboolean loud)
{
  gsize n = ms * ear->rate / 1000;
  gint16 *samples = g_new0 (gint16, n);
  GstBuffer *buffer;

  for (gsize i = 0; loud && i < n; i++)
    samples[i] = i / 20 % 2 ? 8000 : -8000;
  buffer = gst_buffer_new_wrapped (samples, 2 * n);
  GST_BUFFER_PTS (buffer) = ear->now;
  GST_BUFFER_DURATION (buffer) = ms * GST_MSECOND;
  ear->now += ms * GST_MSECOND;
  gst_harness_push (ear->h, buffer);
}

void
ear_say (Ear * ear, guint ms)
{
  for (; ms > 0; ms -= 20)
    ear_push (ear, 20, TRUE);
}

void
ear_be_quiet (Ear * ear, guint ms)
{
  for (; ms > 0; ms -= 20)
    ear_push (ear, 20, FALSE);
}

void
ear_speech (Ear * ear, const gchar * what)
{
  const gchar *field = g_str_has_suffix (what, "start")
      || g_str_has_suffix (what, "more") ? "onset" : "end";

  gst_harness_push_event (ear->h, gst_voice_event_new (GST_VOICE_OOB, NULL,
          gst_voice_structure_new (what, "running-time", ear->now, field,
              ear->now, NULL)));
}

void
ear_say_two (Ear * ear, guint second)
{
  ear_be_quiet (ear, 500);
  ear_speech (ear, "speech-start");
  ear_say (ear, 600);
  ear_speech (ear, "speech-pause");
  ear_be_quiet (ear, 500);
  ear_speech (ear, "speech-more");
  ear_say (ear, second);
  ear_be_quiet (ear, 600);
  ear_speech (ear, "speech-stop");
}

void
ear_finish (Ear * ear)
{
  gst_harness_push_event (ear->h, gst_event_new_eos ());
  ear_wait_for (ear, "EOS|");
}

gboolean
ear_was_told (Ear * ear, const gchar * state, const gchar * code)
{
  gboolean told = FALSE;
  GstMessage *message;

  while (!told && (message = gst_bus_pop_filtered (ear->bus,
              GST_MESSAGE_ELEMENT))) {
    const GstStructure *s = gst_message_get_structure (message);

    told = gst_structure_has_name (s, "voice/provider")
        && !g_strcmp0 (gst_voice_structure_string (s, "state"), state)
        && !g_strcmp0 (gst_voice_structure_string (s, "code"), code);
    gst_message_unref (message);
  }
  return told;
}

GstVoiceUsage
ear_usage (Ear * ear)
{
  GstVoiceUsage usage;

  gst_element_set_state (ear->stt, GST_STATE_READY);
  gst_voice_session_get_usage (gst_voice_stage_session (GST_VOICE_STAGE
          (ear->stt)), &usage);
  return usage;
}

/* By the service, which is what it charges for. */
void
ear_assert_heard (Ear * ear, guint ms)
{
  g_assert_cmpuint (ear_usage (ear).recognised / GST_MSECOND, ==, ms);
}

void
ear_set_price (Ear * ear, const gchar * service, const gchar * model)
{
  gchar *url = provider_peer_url (ear->peer, "http", "");
  gchar *dir = g_dir_make_tmp ("ear-XXXXXX", NULL);
  gchar *path = g_build_filename (dir, "prices.json", NULL);
  gchar *prices = g_strdup_printf ("{\"prices\": {\"%s@%s/%s\": "
      "{\"minute\": 0.6}}}", service, strstr (url, "//") + 2, model);
  const GstVoiceAmount amount = {.audio = GST_SECOND };

  g_assert_true (g_file_set_contents (path, prices, -1, NULL));
  g_setenv ("GST_VOICE_DATADIR", dir, TRUE);
  gst_voice_price (service, model, &amount);
  g_unsetenv ("GST_VOICE_DATADIR");
  g_unlink (path);
  g_rmdir (dir);
  g_free (prices);
  g_free (path);
  g_free (dir);
  g_free (url);
}

void
ear_assert_fails (Ear * ear, const gchar * code)
{
  scene_assert_error (ear->bus, code);
}

void
ear_assert_hears (const gchar * element, const EarFault * fault,
    const gchar * times)
{
  static const ProviderPeerSettings settings = {
    .script = "{\"hear\": [\"One two three.\"]}"
  };
  Ear ear;

  g_test_message ("%s after %u", fault->fault, fault->after);
  ear_begin_peer (&ear, &settings);
  g_assert_true (provider_peer_add_fault (ear.peer, fault->fault, 1, 1,
          fault->after));
  ear_begin (&ear, element, 16000);
  ear_say_two (&ear, 600);
  ear_finish (&ear);
  g_assert_cmpstr (ear.times->str, ==, times);
  ear_end (&ear);
}

void
ear_assert_mends (Ear * ear, const gchar * first, const gchar * final)
{
  gchar *again = g_strconcat ("R|", first, NULL);

  ear_be_quiet (ear, 500);
  ear_push (ear, 300, TRUE);
  ear_wait_for (ear, first);
  provider_peer_break (ear->peer, "reset");
  ear_wait_for (ear, again);
  ear_push (ear, 300, TRUE);
  ear_be_quiet (ear, 500);
  ear_wait_for (ear, final);
  g_assert_true (ear_was_told (ear, "failed", "disconnected"));
  g_assert_true (ear_was_told (ear, "healthy", ""));
  g_free (again);
}

/* After @requests. */
void
ear_assert_gives_up (const gchar * element, const EarFault * fault,
    const gchar * code, guint requests)
{
  static const ProviderPeerSettings settings = {.key = EAR_KEY };
  Ear ear;

  ear_begin_peer (&ear, &settings);
  provider_peer_add_fault (ear.peer, fault->fault, 1, 0, fault->after);
  ear_begin (&ear, element, 16000);
  ear_say (&ear, 600);
  ear_assert_fails (&ear, code);
  g_assert_cmpuint (provider_peer_n_requests (ear.peer), ==, requests);
  ear_finish (&ear);
  ear_end (&ear);
}

/* One that is wrong is not tried twice. */
void
ear_assert_wants_key (const gchar * element)
{
  static const ProviderPeerSettings settings = {.key = "another" };
  Ear ear;

  ear_begin_peer (&ear, &settings);
  ear_begin (&ear, element, 24000);
  ear_speech (&ear, "speech-start");
  ear_say (&ear, 600);
  ear_speech (&ear, "speech-stop");
  ear_assert_fails (&ear, "auth");
  g_assert_cmpuint (provider_peer_n_requests (ear.peer), ==, 1);
  ear_finish (&ear);
  ear_end (&ear);
}
