/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Speech that a stand-in for Deepgram hears: texts, times, ends of turns, and
 * that each word comes once whatever happens to the connection.
 */
#include "../lib/http-harness.h"
#include "stt-ear.h"

#include <gst-voice/events.h>
#include <string.h>

#define ELEMENT "deepgramstt connect-timeout=20000 " \
    "first-byte-timeout=20000 stall-timeout=20000 "
#define SCRIPT "{\"hear\": [\"One two three.\", \"Four five.\"]}"

static void
listen (Ear * ear, const gchar * more)
{
  gchar *element = g_strdup_printf (ELEMENT "%s", more);

  ear_begin (ear, element, 16000);
  g_free (element);
}

static void
begin (Ear * ear, const gchar * more)
{
  ear_open (ear, ELEMENT, more, 16000);
  ear->language = "en";
}

static void
say_all (Ear * ear)
{
  ear_say_two (ear, 400);
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
  ear_finish (&ear);
  ear_assert_log (&ear, "~One|~One two|=One two three.|~Four|=Four five.|EOS|");
  assert_all_was_heard (&ear);
  g_assert_nonnull (provider_peer_find (ear.peer, "CloseStream", 0));
  ear_end (&ear);
}

static void
test_tls_is_checked (void)
{
  const ProviderPeerSettings settings = {.script = SCRIPT,.pem = PEER_PEM,
    .bad_pem = PEER_BAD_PEM
  };
  Ear ear;

  g_setenv ("GST_VOICE_CA_FILE", PEER_PEM, TRUE);
  ear_begin_peer (&ear, &settings);
  listen (&ear, "");
  say_all (&ear);
  ear_finish (&ear);
  assert_all_was_heard (&ear);
  ear_end (&ear);

  ear_begin_peer (&ear, &settings);
  provider_peer_add_fault (ear.peer, "bad-tls", 1, 0, 0);
  listen (&ear, "attempts=0");
  ear_assert_fails (&ear, "disconnected");
  ear_end (&ear);
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
      ==, "Token " EAR_KEY);
  ear_end (&ear);
}

static void
test_the_persona_reaches_it (void)
{
  const ProviderRequest *request;
  Ear ear;

  ear_open_persona (&ear, "deepgramstt");
  request = provider_peer_request (ear.peer, 0);
  g_assert_nonnull (strstr (request->target, "&language=de&"));
  g_assert_nonnull (strstr (request->target,
          "&keyterm=Okafor&keyterm=Ibuprofen"));
  ear_end (&ear);
}

static void
test_turn_knows_how_long_to_wait (void)
{
  GstElement *stt = gst_element_factory_make ("deepgramstt", NULL);
  GstPad *pad = gst_element_get_static_pad (stt, "src");
  GstQuery *query = gst_voice_query_new ("stt-wait");

  g_assert_true (gst_pad_query (pad, query));
  g_assert_cmpuint (gst_voice_structure_time (gst_query_get_structure (query),
          "wait"), ==, 350 * GST_MSECOND);
  gst_query_unref (query);
  gst_object_unref (pad);
  gst_object_unref (stt);
}

static void
test_it_connects_before_the_first_sample (void)
{
  const ProviderPeerSettings settings = {.script = SCRIPT,.key = EAR_KEY };
  GError *error = NULL;
  GstElement *pipeline;
  gchar *launch, *url;
  Ear ear;

  ear_begin_peer (&ear, &settings);
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
  ear_speech (&ear, "speech-start");
  ear_say (&ear, 600);
  ear_speech (&ear, "speech-stop");
  ear_wait_for (&ear, "=One two three.|");
  g_assert_nonnull (provider_peer_find (ear.peer, "Finalize", 0));
  ear_finish (&ear);
  g_assert_cmpstr (ear.times->str, ==,
      "One@7000-7200 two@7200-7400 three.@7400-7600 ");
  ear_end (&ear);
}

static void
test_ends_of_turns_are_told (void)
{
  Ear ear;

  begin (&ear, "endpointing=300 utterance-end=0");
  ear_say (&ear, 600);
  ear_be_quiet (&ear, 400);
  ear_finish (&ear);
  ear_assert_log (&ear, "~One|~One two|=One two three.|E|EOS|");
  ear_end (&ear);

  /* A pause between words is none, a long gap is. */
  begin (&ear, "");
  ear_say (&ear, 600);
  ear_be_quiet (&ear, 400);
  ear_say (&ear, 400);
  ear_be_quiet (&ear, 3000);
  ear_finish (&ear);
  ear_assert_log (&ear,
      "~One|~One two|=One two three.|~Four|=Four five.|E|EOS|");
  ear_end (&ear);

  /* It is told once. */
  begin (&ear, "endpointing=300");
  ear_say (&ear, 600);
  ear_be_quiet (&ear, 3000);
  ear_finish (&ear);
  ear_assert_log (&ear, "~One|~One two|=One two three.|E|EOS|");
  ear_end (&ear);
}

static void
test_time_goes_on_behind_a_gap (void)
{
  Ear ear;

  begin (&ear, "");
  ear_say (&ear, 200);
  ear.now += 5 * GST_SECOND;
  ear_say (&ear, 400);
  ear_be_quiet (&ear, 500);
  ear_finish (&ear);
  g_assert_cmpstr (ear.times->str, ==,
      "One@7000-7200 two@12200-12400 three.@12400-12600 ");
  ear_end (&ear);
}

/* Whoever is muted in the middle of a word has ended it. */
static void
test_sound_that_stops_is_final (void)
{
  Ear ear;

  begin (&ear, "");
  ear_push (&ear, 400, TRUE);
  ear_wait_for (&ear, "~One|");
  g_assert_true (gst_harness_crank_single_clock_wait (ear.h));
  ear_wait_for (&ear, "=One two three.|");
  g_assert_cmpuint (provider_peer_n_requests (ear.peer), ==, 1);
  ear_end (&ear);
}

static void
test_each_word_comes_once_whatever_happens (void)
{
  static const EarFault faults[] = {
    {"refuse", 0}, {"429", 0}, {"500", 0}, {"stall-head", 0},
    {"stall-body", 0}, {"stall-body", 2}, {"stall-body", 4}, {"reset", 0},
    {"reset", 1}, {"reset", 2}, {"reset", 3}, {"reset", 4}, {"reset", 5},
    {"malformed", 2}, {"malformed", 3}, {"huge", 2}, {"order", 0},
    {"slow", 4},
  };

  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    ear_assert_hears ("deepgramstt connect-timeout=300 first-byte-timeout=300 "
        "stall-timeout=300 attempts=20", &faults[i], "One@7500-7700 "
        "two@7700-7900 three.@7900-8100 One@8600-8800 two@8800-9000 "
        "three.@9000-9200 ");
}

static void
test_a_break_in_the_middle_of_words (void)
{
  Ear ear;

  begin (&ear, "");
  ear_assert_mends (&ear, "~One|", "=One two three.|");
  ear_assert_log (&ear, "~One|R|~One|~One two|=One two three.|");
  g_assert_cmpstr (ear.times->str, ==,
      "One@7500-7700 two@7700-7900 three.@7900-8100 ");
  ear_end (&ear);
}

/* Nobody speaks: it is told, and nothing else happens. */
static void
test_a_break_while_nobody_speaks (void)
{
  Ear ear;

  begin (&ear, "");
  ear_be_quiet (&ear, 500);
  provider_peer_message (ear.peer, 2);
  provider_peer_break (ear.peer, "reset");
  provider_peer_request (ear.peer, 1);
  ear_say (&ear, 600);
  ear_be_quiet (&ear, 500);
  ear_wait_for (&ear, "=One two three.|");
  ear_assert_log (&ear, "~One|~One two|=One two three.|");
  g_assert_cmpstr (ear.times->str, ==,
      "One@7500-7700 two@7700-7900 three.@7900-8100 ");
  g_assert_true (ear_was_told (&ear, "failed", "disconnected"));
  ear_end (&ear);
}

static void
test_sound_has_its_price (void)
{
  Ear ear;

  begin (&ear, "");
  ear_set_price (&ear, "deepgram", "nova-3");
  say_all (&ear);
  ear_finish (&ear);
  ear_assert_heard (&ear, 2600);
  g_assert_cmpfloat_with_epsilon (ear_usage (&ear).cost, 0.026, 1e-9);
  ear_end (&ear);
}

/* Also what is sent again, and what nobody waits for any more. */
static void
test_all_that_is_sent_is_paid_for (void)
{
  Ear ear;

  begin (&ear, "");
  ear_assert_mends (&ear, "~One|", "=One two three.|");
  ear_finish (&ear);
  ear_assert_heard (&ear, 800 + 1600);
  ear_end (&ear);

  begin (&ear, "");
  ear_be_quiet (&ear, 500);
  ear_push (&ear, 300, TRUE);
  ear_wait_for (&ear, "~One|");
  ear_assert_heard (&ear, 800);
  ear_end (&ear);
}

static void
test_who_was_not_reached_costs_nothing (void)
{
  const ProviderPeerSettings settings = {.key = "another" };
  Ear ear;

  ear_begin_peer (&ear, &settings);
  listen (&ear, "");
  ear_say (&ear, 600);
  ear_assert_fails (&ear, "auth");
  ear_assert_heard (&ear, 0);
  ear_end (&ear);
}

static void
test_a_wrong_key_fails_at_once (void)
{
  ear_assert_wants_key ("deepgramstt");
}

static void
test_attempts_are_bounded (void)
{
  static const EarFault refused = { "500", 0 }, lost = { "reset", 1 };

  ear_assert_gives_up (ELEMENT "attempts=2", &refused, "server", 3);
  ear_assert_gives_up (ELEMENT "attempts=0", &lost, "disconnected", 1);
}

/* What waits for the end is let go if nobody will answer. */
static void
test_the_end_comes_whatever_happens (void)
{
  static const gchar *const faults[] = { "stall-body", "reset", "malformed" };

  for (guint i = 0; i < G_N_ELEMENTS (faults); i++) {
    const ProviderPeerSettings settings = {.key = EAR_KEY };
    Ear ear;

    ear_begin_peer (&ear, &settings);
    provider_peer_add_fault (ear.peer, faults[i], 1, 0, 0);
    listen (&ear, "attempts=1 first-byte-timeout=50 stall-timeout=50");
    ear_say (&ear, 600);
    ear_finish (&ear);
    ear_end (&ear);
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
      ear_wait_for (&ear, "~One|");
    if (i % 6 == 4)
      provider_peer_break (ear.peer, "reset");
    if (i % 6 == 5)
      gst_harness_push_event (ear.h, gst_event_new_eos ());
    ear_end (&ear);
  }
}

static void
test_it_can_be_started_again (void)
{
  Ear ear;

  begin (&ear, "");
  say_all (&ear);
  ear_wait_for (&ear, "=One two three.|");
  gst_element_set_state (ear.stt, GST_STATE_NULL);
  g_assert_cmpint (gst_element_set_state (ear.stt, GST_STATE_PAUSED), ==,
      GST_STATE_CHANGE_NO_PREROLL);
  ear_end (&ear);
}

int
main (int argc, char **argv)
{
  int result;

  http_test_init (&argc, &argv);
  g_setenv ("STT_KEY", EAR_KEY, TRUE);
  gst_init (&argc, &argv);
#define ADD(name) g_test_add_func ("/deepgramstt/" #name, test_##name)
  ADD (sound_has_its_price);    /* before any other price is asked for */
  ADD (all_that_is_sent_is_paid_for);
  ADD (who_was_not_reached_costs_nothing);
  ADD (words_come_with_their_times);
  ADD (tls_is_checked);
  ADD (settings_reach_it);
  ADD (the_persona_reaches_it);
  ADD (turn_knows_how_long_to_wait);
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
  result = http_test_run ();
  gst_deinit ();
  return result;
}
