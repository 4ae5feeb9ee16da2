/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Speech that a stand-in for Deepgram hears: texts, times, ends of turns, and
 * that each word comes once whatever happens to the connection.
 */
#include "provider-peer.h"

#include <gst-voice/error.h>
#include <gst-voice/events.h>
#include <gst-voice/meta.h>
#include <gst-voice/session.h>
#include <gst/check/gstharness.h>
#include <glib/gstdio.h>
#include <string.h>

#define MS GST_MSECOND
#define RATE 16000
#define PIECE_MS 20
#define KEY "Zx81hush"
#define SCRIPT "{\"hear\": [\"One two three.\", \"Four five.\"]}"

/* Everything that came out, in its order. */
typedef struct
{
  ProviderPeer *peer;
  GstElement *stt;
  GstHarness *h;
  GstBus *bus;
  GstClockTime now;             /* of the next sample */

  GMutex lock;
  GCond changed;
  /* lock */
  GString *log;                 /* ~interim| =final| E(nd of turn)| R(eset)| */
  GString *finals, *times;
} Ear;

static void
take_final (Ear * ear, GstBuffer * buffer)
{
  GstVoiceMeta *meta = gst_voice_meta_get (buffer);
  gchar *text = gst_voice_text_buffer_get (buffer);

  g_assert_nonnull (meta);
  g_assert_cmpstr (meta->language, ==, "en");
  g_string_append_printf (ear->log, "=%s|", text);
  g_string_append_printf (ear->finals, "%s ", text);
  for (guint i = 0; i < meta->words->n; i++) {
    const GstVoiceWord *word = &meta->words->word[i];

    g_string_append_printf (ear->times, "%s@%u-%u ", word->text,
        (guint) (word->start / MS), (guint) (word->end / MS));
    g_assert_cmpint (strncmp (g_utf8_offset_to_pointer (text, word->offset),
            word->text, strlen (word->text)), ==, 0);
  }
  g_assert_cmpuint (meta->start, ==, meta->words->word[0].start);
  g_assert_cmpuint (meta->end, ==, meta->words->word[meta->words->n - 1].end);
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

static void
wait_for (Ear * ear, const gchar * what)
{
  g_mutex_lock (&ear->lock);
  while (!strstr (ear->log->str, what))
    g_cond_wait (&ear->changed, &ear->lock);
  g_mutex_unlock (&ear->lock);
}

static void
assert_log (Ear * ear, const gchar * expected)
{
  g_mutex_lock (&ear->lock);
  g_assert_cmpstr (ear->log->str, ==, expected);
  g_mutex_unlock (&ear->lock);
}

static void
begin_peer (Ear * ear, const ProviderPeerSettings * settings)
{
  GError *error = NULL;

  memset (ear, 0, sizeof *ear);
  ear->peer = provider_peer_new (settings, &error);
  g_assert_no_error (error);
}

static void
begin_ear (Ear * ear, const gchar * more, GstContext * context)
{
  gchar *url = provider_peer_url (ear->peer, "http", "");
  gchar *launch = g_strdup_printf ("deepgramstt url=%s api-key=env:STT_KEY "
      "connect-timeout=20000 first-byte-timeout=20000 stall-timeout=20000 %s",
      url, more);
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
  gst_harness_set_src_caps_str (ear->h, "audio/x-raw,format=S16LE,"
      "layout=interleaved,channels=1,rate=16000");
  g_free (launch);
  g_free (url);
}

static void
begin (Ear * ear, const gchar * more)
{
  const ProviderPeerSettings settings = {.script = SCRIPT,.key = KEY };

  begin_peer (ear, &settings);
  begin_ear (ear, more, NULL);
}

static void
end (Ear * ear)
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

static void
push (Ear * ear, guint ms, gboolean loud)
{
  gsize n = ms * RATE / 1000;
  gint16 *samples = g_new0 (gint16, n);
  GstBuffer *buffer;

  for (gsize i = 0; loud && i < n; i++)
    samples[i] = i / 20 % 2 ? 8000 : -8000;
  buffer = gst_buffer_new_wrapped (samples, 2 * n);
  GST_BUFFER_PTS (buffer) = ear->now;
  GST_BUFFER_DURATION (buffer) = ms * MS;
  ear->now += ms * MS;
  gst_harness_push (ear->h, buffer);
}

static void
say (Ear * ear, guint ms)
{
  for (; ms > 0; ms -= PIECE_MS)
    push (ear, PIECE_MS, TRUE);
}

static void
be_quiet (Ear * ear, guint ms)
{
  for (; ms > 0; ms -= PIECE_MS)
    push (ear, PIECE_MS, FALSE);
}

static void
tell (Ear * ear, const gchar * what, const gchar * field)
{
  gst_harness_push_event (ear->h, gst_voice_event_new (GST_VOICE_OOB, NULL,
          gst_voice_structure_new (what, "running-time", ear->now, field,
              ear->now, NULL)));
}

/* Two texts, from 7.5 and 8.6 s on. */
static void
say_two (Ear * ear, guint second)
{
  be_quiet (ear, 500);
  tell (ear, "speech-start", "onset");
  say (ear, 600);
  tell (ear, "speech-pause", "end");
  be_quiet (ear, 500);
  tell (ear, "speech-more", "onset");
  say (ear, second);
  be_quiet (ear, 500);
  tell (ear, "speech-stop", "end");
}

static void
say_all (Ear * ear)
{
  say_two (ear, 400);
}

static void
finish (Ear * ear)
{
  gst_harness_push_event (ear->h, gst_event_new_eos ());
  wait_for (ear, "EOS|");
}

static void
assert_all_was_heard (Ear * ear)
{
  g_assert_cmpstr (ear->finals->str, ==, "One two three. Four five. ");
  g_assert_cmpstr (ear->times->str, ==, "One@7500-7700 two@7700-7900 "
      "three.@7900-8100 Four@8600-8800 five.@8800-9000 ");
}

static void
test_words_come_with_their_times (void)
{
  Ear ear;

  begin (&ear, "finalize=false");
  say_all (&ear);
  finish (&ear);
  assert_log (&ear, "~One|~One two|=One two three.|~Four|=Four five.|EOS|");
  assert_all_was_heard (&ear);
  g_assert_nonnull (provider_peer_find (ear.peer, "CloseStream", 0));
  end (&ear);
}

static void
assert_fails (Ear * ear, const gchar * code)
{
  GstMessage *message = gst_bus_timed_pop_filtered (ear->bus,
      GST_CLOCK_TIME_NONE, GST_MESSAGE_ERROR);
  const GstStructure *details;
  GError *error;

  gst_message_parse_error (message, &error, NULL);
  g_assert_null (strstr (error->message, KEY));
  gst_message_parse_error_details (message, &details);
  g_assert_cmpstr (gst_structure_get_string (details, "code"), ==, code);
  g_error_free (error);
  gst_message_unref (message);
}

static void
test_tls_is_checked (void)
{
  const ProviderPeerSettings settings = {.script = SCRIPT,.pem = PEER_PEM,
    .bad_pem = PEER_BAD_PEM
  };
  Ear ear;

  g_setenv ("GST_VOICE_CA_FILE", PEER_PEM, TRUE);
  begin_peer (&ear, &settings);
  begin_ear (&ear, "", NULL);
  say_all (&ear);
  finish (&ear);
  assert_all_was_heard (&ear);
  end (&ear);

  begin_peer (&ear, &settings);
  provider_peer_add_fault (ear.peer, "bad-tls", 1, 0, 0);
  begin_ear (&ear, "attempts=0", NULL);
  assert_fails (&ear, "disconnected");
  end (&ear);
  g_unsetenv ("GST_VOICE_CA_FILE");
}

static void
test_settings_reach_it (void)
{
  Ear ear;
  const ProviderRequest *request;

  begin (&ear, "model=nova-2 language=en-GB key-terms=\"a b|c\" "
      "endpointing=300 utterance-end=1500 smart-format=true numerals=true "
      "profanity-filter=true redact=pci tag=x mip-opt-out=true extra=new=1");
  request = provider_peer_request (ear.peer, 0);
  g_assert_cmpstr (request->target, ==, "/v1/listen?model=nova-2"
      "&language=en-GB&encoding=linear16&sample_rate=16000&channels=1"
      "&interim_results=true&punctuate=true&vad_events=true&endpointing=300"
      "&utterance_end_ms=1500&smart_format=true&no_delay=true&numerals=true"
      "&profanity_filter=true&mip_opt_out=true&redact=pci&tag=x"
      "&keywords=a%20b&keywords=c&new=1");
  g_assert_cmpstr (g_hash_table_lookup (request->headers, "authorization"),
      ==, "Token " KEY);
  end (&ear);
}

static void
test_the_persona_reaches_it (void)
{
  static const gchar text[] = "{\"name\": \"a\", \"pipeline\": \"a.launch\", "
      "\"language\": \"de-DE\", \"key-terms\": [\"Okafor\", \"Ibuprofen\"]}";
  const ProviderPeerSettings settings = {.script = SCRIPT,.key = KEY };
  GstVoiceSession *session = gst_voice_session_new (NULL);
  GstContext *context = gst_voice_session_to_context (session);
  gchar *folder = g_dir_make_tmp ("deepgramstt-XXXXXX", NULL);
  gchar *launch = g_build_filename (folder, "a.launch", NULL);
  GstVoicePersona *persona;
  const ProviderRequest *request;
  GError *error = NULL;
  Ear ear;

  g_assert_true (g_file_set_contents (launch, "identity", -1, NULL));
  persona = gst_voice_persona_new_from_json (text, -1, "test", folder, &error);
  g_assert_no_error (error);
  gst_voice_session_set_persona (session, persona);
  begin_peer (&ear, &settings);
  begin_ear (&ear, "", context);
  request = provider_peer_request (ear.peer, 0);
  g_assert_nonnull (strstr (request->target, "&language=de&"));
  g_assert_nonnull (strstr (request->target,
          "&keyterm=Okafor&keyterm=Ibuprofen"));
  end (&ear);
  gst_voice_persona_unref (persona);
  gst_context_unref (context);
  g_object_unref (session);
  g_unlink (launch);
  g_rmdir (folder);
  g_free (launch);
  g_free (folder);
}

static void
test_it_connects_before_the_first_sample (void)
{
  const ProviderPeerSettings settings = {.script = SCRIPT,.key = KEY };
  GError *error = NULL;
  GstElement *pipeline;
  gchar *launch, *url;
  Ear ear;

  begin_peer (&ear, &settings);
  url = provider_peer_url (ear.peer, "ws", "");
  launch = g_strdup_printf ("audiotestsrc is-live=true ! audio/x-raw,"
      "format=S16LE,layout=interleaved,channels=1,rate=24000 ! deepgramstt "
      "url=%s api-key=env:STT_KEY ! fakesink async=false", url);
  pipeline = gst_parse_launch (launch, &error);
  g_assert_no_error (error);
  gst_element_set_state (pipeline, GST_STATE_PAUSED);
  g_assert_nonnull (strstr (provider_peer_request (ear.peer, 0)->target,
          "&sample_rate=24000&"));
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  provider_peer_message (ear.peer, 2);
  g_assert_cmpuint (provider_peer_n_requests (ear.peer), ==, 1);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
  provider_peer_free (ear.peer);
  g_free (launch);
  g_free (url);
}

/* No silence follows that it could go by. */
static void
test_the_end_of_sound_asks_for_the_final (void)
{
  Ear ear;

  begin (&ear, "");
  tell (&ear, "speech-start", "onset");
  say (&ear, 600);
  tell (&ear, "speech-stop", "end");
  wait_for (&ear, "=One two three.|");
  g_assert_nonnull (provider_peer_find (ear.peer, "Finalize", 0));
  finish (&ear);
  g_assert_cmpstr (ear.times->str, ==,
      "One@7000-7200 two@7200-7400 three.@7400-7600 ");
  end (&ear);
}

static void
test_ends_of_turns_are_told (void)
{
  Ear ear;

  begin (&ear, "endpointing=300 utterance-end=0");
  say (&ear, 600);
  be_quiet (&ear, 400);
  finish (&ear);
  assert_log (&ear, "~One|~One two|=One two three.|E|EOS|");
  end (&ear);

  /* A pause between words is none, a long gap is. */
  begin (&ear, "");
  say (&ear, 600);
  be_quiet (&ear, 400);
  say (&ear, 400);
  be_quiet (&ear, 3000);
  finish (&ear);
  assert_log (&ear, "~One|~One two|=One two three.|~Four|=Four five.|E|EOS|");
  end (&ear);

  /* It is told once. */
  begin (&ear, "endpointing=300");
  say (&ear, 600);
  be_quiet (&ear, 3000);
  finish (&ear);
  assert_log (&ear, "~One|~One two|=One two three.|E|EOS|");
  end (&ear);
}

static void
test_time_goes_on_behind_a_gap (void)
{
  Ear ear;

  begin (&ear, "");
  say (&ear, 200);
  ear.now += 5 * GST_SECOND;
  say (&ear, 400);
  be_quiet (&ear, 500);
  finish (&ear);
  g_assert_cmpstr (ear.times->str, ==,
      "One@7000-7200 two@12200-12400 three.@12400-12600 ");
  end (&ear);
}

/* Whoever is muted in the middle of a word has ended it. */
static void
test_sound_that_stops_is_final (void)
{
  Ear ear;

  begin (&ear, "");
  push (&ear, 400, TRUE);
  wait_for (&ear, "~One|");
  g_assert_true (gst_harness_crank_single_clock_wait (ear.h));
  wait_for (&ear, "=One two three.|");
  g_assert_cmpuint (provider_peer_n_requests (ear.peer), ==, 1);
  end (&ear);
}

/* Each with the first connection only. The stand-in goes on with its script
 * whether or not we have heard of it, so it is always the same text. */
static void
test_each_word_comes_once_whatever_happens (void)
{
  static const struct
  {
    const gchar *fault;
    guint after;
  } rows[] = {
    {"refuse", 0}, {"429", 0}, {"500", 0}, {"stall-head", 0},
    {"stall-body", 0}, {"stall-body", 2}, {"stall-body", 4}, {"reset", 0},
    {"reset", 1}, {"reset", 2}, {"reset", 3}, {"reset", 4}, {"reset", 5},
    {"malformed", 2}, {"malformed", 3}, {"huge", 2}, {"order", 0},
    {"slow", 4},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    const ProviderPeerSettings settings = {
      .script = "{\"hear\": [\"One two three.\"]}"
    };
    Ear ear;

    g_test_message ("%s after %u", rows[i].fault, rows[i].after);
    begin_peer (&ear, &settings);
    g_assert_true (provider_peer_add_fault (ear.peer, rows[i].fault, 1, 1,
            rows[i].after));
    begin_ear (&ear, "connect-timeout=300 first-byte-timeout=300 "
        "stall-timeout=300 attempts=20", NULL);
    say_two (&ear, 600);
    finish (&ear);
    g_assert_cmpstr (ear.times->str, ==, "One@7500-7700 two@7700-7900 "
        "three.@7900-8100 One@8600-8800 two@8800-9000 three.@9000-9200 ");
    end (&ear);
  }
}

static gboolean
was_told (Ear * ear, const gchar * state, const gchar * code)
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

static void
test_a_break_in_the_middle_of_words (void)
{
  Ear ear;

  begin (&ear, "");
  be_quiet (&ear, 500);
  push (&ear, 300, TRUE);
  wait_for (&ear, "~One|");
  provider_peer_break (ear.peer, "reset");
  wait_for (&ear, "R|~One|");
  push (&ear, 300, TRUE);
  be_quiet (&ear, 500);
  wait_for (&ear, "=One two three.|");
  assert_log (&ear, "~One|R|~One|~One two|=One two three.|");
  g_assert_cmpstr (ear.times->str, ==,
      "One@7500-7700 two@7700-7900 three.@7900-8100 ");
  g_assert_true (was_told (&ear, "failed", "disconnected"));
  g_assert_true (was_told (&ear, "healthy", ""));
  end (&ear);
}

/* Nobody speaks: it is told, and nothing else happens. */
static void
test_a_break_while_nobody_speaks (void)
{
  Ear ear;

  begin (&ear, "");
  be_quiet (&ear, 500);
  provider_peer_message (ear.peer, 2);
  provider_peer_break (ear.peer, "reset");
  provider_peer_request (ear.peer, 1);
  say (&ear, 600);
  be_quiet (&ear, 500);
  wait_for (&ear, "=One two three.|");
  assert_log (&ear, "~One|~One two|=One two three.|");
  g_assert_cmpstr (ear.times->str, ==,
      "One@7500-7700 two@7700-7900 three.@7900-8100 ");
  g_assert_true (was_told (&ear, "failed", "disconnected"));
  end (&ear);
}

static void
test_a_wrong_key_fails_at_once (void)
{
  const ProviderPeerSettings settings = {.key = "another" };
  Ear ear;

  begin_peer (&ear, &settings);
  begin_ear (&ear, "", NULL);
  assert_fails (&ear, "auth");
  g_assert_cmpuint (provider_peer_n_requests (ear.peer), ==, 1);
  finish (&ear);
  end (&ear);
}

static void
test_attempts_are_bounded (void)
{
  const ProviderPeerSettings settings = {.key = KEY };
  Ear ear;

  begin_peer (&ear, &settings);
  provider_peer_add_fault (ear.peer, "500", 1, 0, 0);
  begin_ear (&ear, "attempts=2", NULL);
  say (&ear, 600);
  assert_fails (&ear, "server");
  g_assert_cmpuint (provider_peer_n_requests (ear.peer), ==, 3);
  finish (&ear);
  end (&ear);

  begin_peer (&ear, &settings);
  provider_peer_add_fault (ear.peer, "reset", 1, 0, 1);
  begin_ear (&ear, "attempts=0", NULL);
  say (&ear, 600);
  assert_fails (&ear, "disconnected");
  g_assert_cmpuint (provider_peer_n_requests (ear.peer), ==, 1);
  end (&ear);
}

/* What waits for the end is let go if nobody will answer. */
static void
test_the_end_comes_whatever_happens (void)
{
  static const gchar *const faults[] = { "stall-body", "reset", "malformed" };

  for (guint i = 0; i < G_N_ELEMENTS (faults); i++) {
    const ProviderPeerSettings settings = {.key = KEY };
    Ear ear;

    begin_peer (&ear, &settings);
    provider_peer_add_fault (ear.peer, faults[i], 1, 0, 0);
    begin_ear (&ear, "attempts=1 first-byte-timeout=50 stall-timeout=50", NULL);
    say (&ear, 600);
    finish (&ear);
    end (&ear);
  }
}

static void
test_it_can_be_stopped_at_any_time (void)
{
  for (guint i = 0; i < 12; i++) {
    Ear ear;

    begin (&ear, "");
    if (i % 6 > 0)
      say_all (&ear);
    if (i % 6 == 2)
      provider_peer_request (ear.peer, 0);
    if (i % 6 == 3)
      wait_for (&ear, "~One|");
    if (i % 6 == 4)
      provider_peer_break (ear.peer, "reset");
    if (i % 6 == 5)
      gst_harness_push_event (ear.h, gst_event_new_eos ());
    end (&ear);
  }
}

static void
test_it_can_be_started_again (void)
{
  Ear ear;

  begin (&ear, "");
  say_all (&ear);
  wait_for (&ear, "=One two three.|");
  gst_element_set_state (ear.stt, GST_STATE_NULL);
  g_assert_cmpint (gst_element_set_state (ear.stt, GST_STATE_PAUSED), ==,
      GST_STATE_CHANGE_NO_PREROLL);
  end (&ear);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  g_setenv ("STT_KEY", KEY, TRUE);
  gst_init (&argc, &argv);
#define ADD(name) g_test_add_func ("/deepgramstt/" #name, test_##name)
  ADD (words_come_with_their_times);
  ADD (tls_is_checked);
  ADD (settings_reach_it);
  ADD (the_persona_reaches_it);
  ADD (it_connects_before_the_first_sample);
  ADD (the_end_of_sound_asks_for_the_final);
  ADD (ends_of_turns_are_told);
  ADD (time_goes_on_behind_a_gap);
  ADD (sound_that_stops_is_final);
  ADD (each_word_comes_once_whatever_happens);
  ADD (a_break_in_the_middle_of_words);
  ADD (a_break_while_nobody_speaks);
  ADD (a_wrong_key_fails_at_once);
  ADD (attempts_are_bounded);
  ADD (the_end_comes_whatever_happens);
  ADD (it_can_be_stopped_at_any_time);
  ADD (it_can_be_started_again);
  result = g_test_run ();
  gst_deinit ();
  return result;
}
