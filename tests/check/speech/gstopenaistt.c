/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Speech that stand-ins for OpenAI's realtime transcription and for its
 * endpoint for files hear: texts, times, order, and that each word comes once
 * whatever happens.
 */
#include "stt-ear.h"

#include <string.h>

#define QUICK "connect-timeout=300 first-byte-timeout=300 stall-timeout=300 " \
  "attempts=20 "
#define INTERIMS "~One|~One two|~One two three.|"

static void
begin (Ear * ear, const gchar * more, guint rate)
{
  ear_open (ear, "openaistt", more, rate);
}

static void
test_the_service_finds_the_ends (void)
{
  static const guint rates[] = { 24000, 16000, 8000, 48000 };

  for (guint i = 0; i < G_N_ELEMENTS (rates); i++) {
    Ear ear;

    begin (&ear, "", rates[i]);
    ear_be_quiet (&ear, 500);
    ear_say (&ear, 600);
    ear_be_quiet (&ear, 700);
    ear_say (&ear, 400);
    ear_be_quiet (&ear, 700);
    ear_finish (&ear);
    ear_assert_log (&ear, INTERIMS "=One two three.|~Four|~Four five.|"
        "=Four five.|EOS|");
    if (rates[i] == 24000)
      g_assert_cmpstr (ear.times->str, ==,
          "One two three.@7500-8100 Four five.@8800-9200 ");
    ear_end (&ear);
  }
}

static void
test_vad_finds_the_ends (void)
{
  static const gchar *const modes[] = { "turn-detection=none",
    "mode=segments"
  };

  for (guint i = 0; i < G_N_ELEMENTS (modes); i++) {
    Ear ear;

    begin (&ear, modes[i], 16000);
    ear_be_quiet (&ear, 500);
    for (guint k = 0; k < 2; k++) {
      ear_speech (&ear, "speech-start");
      ear_say (&ear, 600 - 200 * k);
      ear_speech (&ear, "speech-stop");
      ear_be_quiet (&ear, 700);
    }
    ear_finish (&ear);
    ear_assert_log (&ear, i ? "=One two three.|=Four five.|EOS|" : INTERIMS
        "=One two three.|~Four|~Four five.|=Four five.|EOS|");
    g_assert_cmpstr (ear.times->str, ==,
        "One two three.@7500-8100 Four five.@8800-9200 ");
    /* With what was before them. */
    ear_assert_heard (&ear, 900 + 700);
    ear_end (&ear);
  }
}

static void
test_the_end_gives_the_last_final (void)
{
  static const gchar *const modes[] = { "", "turn-detection=none",
    "mode=segments"
  };

  for (guint i = 0; i < G_N_ELEMENTS (modes); i++) {
    Ear ear;

    begin (&ear, modes[i], 24000);
    ear_be_quiet (&ear, 500);
    ear_speech (&ear, "speech-start");
    ear_say (&ear, 600);
    ear_finish (&ear);
    g_assert_cmpstr (ear.times->str, ==, "One two three.@7500-8100 ");
    ear_end (&ear);
  }
}

static void
test_settings_reach_it (void)
{
  const ProviderMessage *message;
  const ProviderRequest *request;
  Ear ear;

  begin (&ear, "language=de-DE key-terms=\"a b|c\" "
      "turn-detection=semantic-vad eagerness=high", 24000);
  message = provider_peer_message (ear.peer, 0);
  g_assert_cmpstr (g_bytes_get_data (message->bytes, NULL), ==,
      "{\"type\":\"session.update\",\"session\":{\"type\":\"transcription\","
      "\"audio\":{\"input\":{\"format\":{\"type\":\"audio/pcm\","
      "\"rate\":24000},\"transcription\":{"
      "\"model\":\"gpt-4o-mini-transcribe\",\"language\":\"de\","
      "\"prompt\":\"a b, c\"},\"turn_detection\":{\"type\":\"semantic_vad\","
      "\"eagerness\":\"high\"}}}}}");
  request = provider_peer_request (ear.peer, 0);
  g_assert_cmpstr (request->target, ==, "/realtime?intent=transcription");
  g_assert_cmpstr (g_hash_table_lookup (request->headers, "authorization"),
      ==, "Bearer " EAR_KEY);
  ear_end (&ear);
}

static void
test_the_persona_reaches_it (void)
{
  static const gchar *const modes[] = { "openaistt",
    "openaistt mode=segments"
  };

  for (guint i = 0; i < G_N_ELEMENTS (modes); i++) {
    const gchar *text;
    gchar *form;
    Ear ear;

    ear_open_persona (&ear, modes[i]);
    ear_speech (&ear, "speech-start");
    ear_say (&ear, 600);
    ear_finish (&ear);
    if (i == 0) {
      text = g_bytes_get_data (provider_peer_message (ear.peer, 0)->bytes,
          NULL);
      g_assert_nonnull (strstr (text, "\"language\":\"de\",\"prompt\":"
              "\"Okafor, Ibuprofen\""));
    } else {
      text = g_bytes_get_data (provider_peer_request (ear.peer, 0)->body, NULL);
      form = g_strndup (text, 700);
      g_assert_nonnull (strstr (form, "name=\"language\"\r\n\r\nde\r\n"));
      g_assert_nonnull (strstr (form,
              "name=\"prompt\"\r\n\r\nOkafor, Ibuprofen\r\n"));
      g_free (form);
    }
    ear_end (&ear);
  }
}

static void
hear_through (const EarFault * fault, const gchar * element, gboolean crank)
{
  const ProviderPeerSettings settings = {
    .script = "{\"hear\": [\"One two three.\"]}"
  };
  Ear ear;

  g_test_message ("%s: %s after %u", element, fault->fault, fault->after);
  ear_begin_peer (&ear, &settings);
  g_assert_true (provider_peer_add_fault (ear.peer, fault->fault, 1, 1,
          fault->after));
  ear_begin (&ear, element, 24000);
  ear_be_quiet (&ear, 500);
  ear_speech (&ear, "speech-start");
  ear_say (&ear, 600);
  ear_speech (&ear, "speech-stop");
  ear_be_quiet (&ear, 700);
  if (crank)
    g_assert_true (gst_harness_crank_single_clock_wait (ear.h));
  ear_finish (&ear);
  g_assert_cmpstr (ear.times->str, ==, "One two three.@7500-8100 ");
  ear_end (&ear);
}

static void
test_each_word_comes_once_whatever_happens (void)
{
  static const EarFault faults[] = {
    {"refuse", 0}, {"429", 0}, {"500", 0}, {"stall-head", 0},
    {"stall-body", 0}, {"stall-body", 2}, {"stall-body", 5}, {"reset", 0},
    {"reset", 1}, {"reset", 2}, {"reset", 4}, {"reset", 7}, {"malformed", 2},
    {"malformed", 5}, {"huge", 2}, {"order", 0}, {"slow", 4},
  };

  for (guint i = 0; i < G_N_ELEMENTS (faults); i++) {
    hear_through (&faults[i], "openaistt " QUICK, FALSE);
    hear_through (&faults[i], "openaistt turn-detection=none " QUICK, FALSE);
  }
}

static void
test_each_file_is_heard_whatever_happens (void)
{
  static const EarFault faults[] = {
    {"refuse", 0}, {"500", 0}, {"stall-head", 0}, {"stall-body", 0},
    {"reset", 0}, {"malformed", 0}, {"slow", 0},
  };
  static const EarFault later = { "429", 0 };

  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    hear_through (&faults[i], "openaistt mode=segments " QUICK, FALSE);
  hear_through (&later, "openaistt mode=segments " QUICK, TRUE);
}

/* A file that arrived costs, whatever came of it; one that is refused does
 * not. */
static void
test_each_file_that_arrives_is_paid_for (void)
{
  static const struct
  {
    EarFault fault;
    guint heard;
  } cases[] = {
    {{"500", 0}, 900}, {{"reset", 0}, 1800}, {{"malformed", 0}, 1800},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    Ear ear;

    begin (&ear, "mode=segments", 16000);
    g_assert_true (provider_peer_add_fault (ear.peer, cases[i].fault.fault, 1,
            1, 0));
    ear_be_quiet (&ear, 500);
    ear_speech (&ear, "speech-start");
    ear_say (&ear, 600);
    ear_speech (&ear, "speech-stop");
    ear_wait_for (&ear, "=");
    ear_assert_heard (&ear, cases[i].heard);
    ear_end (&ear);
  }
}

static void
test_a_file_that_is_cut_off_is_paid_for (void)
{
  Ear ear;

  begin (&ear, "mode=segments", 16000);
  g_assert_true (provider_peer_add_fault (ear.peer, "stall-head", 1, 1, 0));
  ear_be_quiet (&ear, 500);
  ear_speech (&ear, "speech-start");
  ear_say (&ear, 600);
  ear_speech (&ear, "speech-stop");
  provider_peer_request (ear.peer, 0);
  ear_assert_heard (&ear, 900);
  ear_end (&ear);
}

static void
test_a_break_in_the_middle_of_words (void)
{
  static const gchar *const modes[] = { "", "turn-detection=none" };

  for (guint i = 0; i < G_N_ELEMENTS (modes); i++) {
    Ear ear;

    begin (&ear, modes[i], 24000);
    ear_be_quiet (&ear, 500);
    ear_speech (&ear, "speech-start");
    ear_say (&ear, 300);
    provider_peer_message (ear.peer, 2);
    provider_peer_break (ear.peer, "reset");
    provider_peer_request (ear.peer, 1);
    ear_say (&ear, 300);
    ear_speech (&ear, "speech-stop");
    ear_be_quiet (&ear, 700);
    ear_wait_for (&ear, "=One two three.|");
    g_assert_cmpstr (ear.times->str, ==, "One two three.@7500-8100 ");
    g_assert_true (ear_was_told (&ear, "failed", "disconnected"));
    ear_end (&ear);
  }
}

/* Sessions are left before they expire, and nobody notices. */
static void
test_sessions_are_renewed (void)
{
  Ear ear;

  begin (&ear, "renew-after=1", 24000);
  /* No faster than the stand-in takes it: more than so much is not kept. */
  while (provider_peer_n_requests (ear.peer) < 2) {
    guint n = provider_peer_n_messages (ear.peer);

    ear_be_quiet (&ear, 100);
    provider_peer_message (ear.peer, n);
  }
  ear.now = 20 * GST_SECOND;
  ear_be_quiet (&ear, 500);
  ear_speech (&ear, "speech-start");
  ear_say (&ear, 600);
  ear_be_quiet (&ear, 700);
  ear_wait_for (&ear, "=One two three.|");
  g_assert_cmpstr (ear.times->str, ==, "One two three.@20500-21100 ");
  g_assert_false (ear_was_told (&ear, "failed", "disconnected"));
  ear_end (&ear);
}

static void
test_a_wrong_key_fails_at_once (void)
{
  ear_assert_wants_key ("openaistt");
  ear_assert_wants_key ("openaistt mode=segments");
}

static void
test_without_a_key_it_does_not_start (void)
{
  g_unsetenv ("OPENAI_API_KEY");
  scene_assert_refuses ("openaistt", "auth", "OPENAI_API_KEY");
}

static void
test_it_can_be_stopped_at_any_time (void)
{
  static const gchar *const modes[] = { "", "turn-detection=none",
    "mode=segments"
  };

  for (guint i = 0; i < 12; i++) {
    Ear ear;

    begin (&ear, modes[i % 3], 24000);
    if (i / 3 > 0)
      ear_say_two (&ear, 400);
    if (i / 3 == 2)
      provider_peer_break (ear.peer, "reset");
    if (i / 3 == 3)
      gst_harness_push_event (ear.h, gst_event_new_eos ());
    ear_end (&ear);
  }
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  g_setenv ("STT_KEY", EAR_KEY, TRUE);
  gst_init (&argc, &argv);
#define ADD(name) g_test_add_func ("/openaistt/" #name, test_##name)
  ADD (the_service_finds_the_ends);
  ADD (vad_finds_the_ends);
  ADD (the_end_gives_the_last_final);
  ADD (settings_reach_it);
  ADD (the_persona_reaches_it);
  ADD (each_word_comes_once_whatever_happens);
  ADD (each_file_is_heard_whatever_happens);
  ADD (each_file_that_arrives_is_paid_for);
  ADD (a_file_that_is_cut_off_is_paid_for);
  ADD (a_break_in_the_middle_of_words);
  ADD (sessions_are_renewed);
  ADD (a_wrong_key_fails_at_once);
  ADD (without_a_key_it_does_not_start);
  ADD (it_can_be_stopped_at_any_time);
  result = g_test_run ();
  gst_deinit ();
  return result;
}
