/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Speech that a stand-in for AssemblyAI hears: texts, times, ends of turns, and
 * that each word comes once whatever happens to the session.
 */
#include "stt-ear.h"

#include <string.h>

#define QUICK "connect-timeout=300 first-byte-timeout=300 stall-timeout=300 " \
  "attempts=20"

static void
begin (Ear * ear, const gchar * more)
{
  ear_open (ear, "assemblyaistt", more, 16000);
}

static void
test_words_come_with_their_times (void)
{
  Ear ear;

  begin (&ear, "force-endpoint=false");
  ear_say_two (&ear, 400);
  ear_finish (&ear);
  ear_assert_log (&ear, "~one|~one two|=one two three|E|~four|=four five|E|"
      "EOS|");
  g_assert_cmpstr (ear.times->str, ==, "one@7500-7700 two@7700-7900 "
      "three@7900-8100 four@8600-8800 five@8800-9000 ");
  g_assert_nonnull (provider_peer_find (ear.peer, "Terminate", 0));
  ear_end (&ear);
}

/* It ends twice, and is final once. */
static void
test_turns_are_formatted (void)
{
  Ear ear;

  begin (&ear, "force-endpoint=false format-turns=true");
  ear_say_two (&ear, 400);
  ear_finish (&ear);
  ear_assert_log (&ear, "~one|~one two|~one two three|=One two three.|E|"
      "~four|~four five|=Four five.|E|EOS|");
  ear_end (&ear);

  begin (&ear, "force-endpoint=false format-turns=true model=u3-rt-pro "
      "min-turn-silence=400");
  ear_say_two (&ear, 400);
  ear_finish (&ear);
  ear_assert_log (&ear, "~One|~One two|=One two three.|E|~Four|=Four five.|E|"
      "EOS|");
  ear_end (&ear);
}

/* No silence follows that it could go by, and it was not its own idea. */
static void
test_the_end_of_sound_asks_for_the_final (void)
{
  Ear ear;

  begin (&ear, "");
  ear_speech (&ear, "speech-start");
  ear_say (&ear, 600);
  ear_speech (&ear, "speech-stop");
  ear_wait_for (&ear, "=one two three|");
  ear_assert_log (&ear, "~one|~one two|=one two three|");
  g_assert_nonnull (provider_peer_find (ear.peer, "ForceEndpoint", 0));
  ear_finish (&ear);
  ear_end (&ear);
}

static void
test_the_end_gives_the_last_final (void)
{
  Ear ear;

  begin (&ear, "");
  ear_say (&ear, 620);
  ear_finish (&ear);
  ear_assert_log (&ear, "~one|~one two|=one two three|E|EOS|");
  ear_end (&ear);
}

static void
test_settings_reach_it (void)
{
  Ear ear;
  const ProviderRequest *request;

  begin (&ear, "language=de-DE key-terms=\"a b|c\" min-turn-silence=300 "
      "max-turn-silence=900 end-of-turn-confidence=0.5 extra=vad_threshold=1");
  request = provider_peer_request (ear.peer, 0);
  g_assert_cmpstr (request->target, ==, "/v3/ws?sample_rate=16000"
      "&encoding=pcm_s16le&speech_model=universal-streaming-multilingual"
      "&format_turns=false&end_of_turn_confidence_threshold=0.5"
      "&min_turn_silence=300&max_turn_silence=900"
      "&keyterms_prompt=%5B%22a%20b%22%2C%22c%22%5D&vad_threshold=1");
  g_assert_cmpstr (g_hash_table_lookup (request->headers, "authorization"),
      ==, EAR_KEY);
  ear_end (&ear);
}

static void
test_the_persona_reaches_it (void)
{
  const ProviderRequest *request;
  Ear ear;

  ear_open_persona (&ear, "assemblyaistt");
  request = provider_peer_request (ear.peer, 0);
  g_assert_nonnull (strstr (request->target, "-multilingual&"));
  g_assert_nonnull (strstr (request->target,
          "&keyterms_prompt=%5B%22Okafor%22%2C%22Ibuprofen%22%5D"));
  ear_end (&ear);
}

static void
test_each_word_comes_once_whatever_happens (void)
{
  static const EarFault faults[] = {
    {"refuse", 0}, {"429", 0}, {"500", 0}, {"stall-head", 0},
    {"stall-body", 0}, {"stall-body", 2}, {"stall-body", 3}, {"reset", 0},
    {"reset", 1}, {"reset", 2}, {"reset", 3}, {"reset", 4},
    {"malformed", 2}, {"malformed", 3}, {"huge", 2}, {"slow", 4},
  };

  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    ear_assert_hears ("assemblyaistt " QUICK, &faults[i], "one@7500-7700 "
        "two@7700-7900 three@7900-8100 one@8600-8800 two@8800-9000 "
        "three@9000-9200 ");
}

static void
test_a_break_in_the_middle_of_words (void)
{
  Ear ear;

  begin (&ear, "");
  ear_assert_mends (&ear, "~one|", "=one two three|");
  g_assert_cmpstr (ear.times->str, ==,
      "one@7500-7700 two@7700-7900 three@7900-8100 ");
  ear_end (&ear);
}

/* It is nobody's fault, so nobody is told of one. */
static void
test_a_session_expires (void)
{
  const ProviderPeerSettings settings = {
    .script = "{\"hear\": [\"One two three.\"]}",.idle_ms = 100
  };
  Ear ear;

  ear_begin_peer (&ear, &settings);
  ear_begin (&ear, "assemblyaistt attempts=100", 16000);
  ear_be_quiet (&ear, 500);
  ear_push (&ear, 300, TRUE);
  ear_wait_for (&ear, "R|~one|");
  ear_push (&ear, 300, TRUE);
  ear_be_quiet (&ear, 500);
  ear_wait_for (&ear, "=one two three|");
  g_assert_cmpstr (ear.times->str, ==,
      "one@7500-7700 two@7700-7900 three@7900-8100 ");
  g_assert_false (ear_was_told (&ear, "failed", "disconnected"));
  ear_end (&ear);
}

/* Whether or not anybody speaks. */
static void
test_sessions_are_paid_for (void)
{
  gint64 begun = g_get_monotonic_time (), stands;
  GstVoiceUsage usage;
  Ear ear;

  begin (&ear, "");
  ear_set_price (&ear, "assemblyai", "universal-streaming");
  ear_be_quiet (&ear, 500);
  ear_push (&ear, 300, TRUE);
  ear_wait_for (&ear, "~one|");
  stands = g_get_monotonic_time ();
  ear_be_quiet (&ear, 700);
  ear_push (&ear, 400, TRUE);
  ear_wait_for (&ear, "~four|");
  stands = g_get_monotonic_time () - stands;
  usage = ear_usage (&ear);
  begun = g_get_monotonic_time () - begun;
  g_assert_cmpuint (usage.recognised, >=, stands * GST_USECOND);
  g_assert_cmpuint (usage.recognised, <=, begun * GST_USECOND);
  g_assert_cmpfloat_with_epsilon (usage.cost, usage.recognised / 100e9, 1e-9);
  ear_end (&ear);
}

static void
test_a_wrong_key_fails_at_once (void)
{
  ear_assert_wants_key ("assemblyaistt");
}

static void
test_without_a_key_it_does_not_start (void)
{
  g_unsetenv ("ASSEMBLYAI_API_KEY");
  scene_assert_refuses ("assemblyaistt", "auth", "ASSEMBLYAI_API_KEY");
}

static void
test_attempts_are_bounded (void)
{
  static const EarFault fault = { "500", 0 };

  ear_assert_gives_up ("assemblyaistt attempts=1", &fault, "server", 2);
}

static void
test_it_can_be_stopped_at_any_time (void)
{
  for (guint i = 0; i < 10; i++) {
    Ear ear;

    begin (&ear, "format-turns=true");
    if (i % 5 > 0)
      ear_say_two (&ear, 400);
    if (i % 5 == 2)
      ear_wait_for (&ear, "~one|");
    if (i % 5 == 3)
      provider_peer_break (ear.peer, "reset");
    if (i % 5 == 4)
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
#define ADD(name) g_test_add_func ("/assemblyaistt/" #name, test_##name)
  ADD (sessions_are_paid_for);  /* before any other price is asked for */
  ADD (words_come_with_their_times);
  ADD (turns_are_formatted);
  ADD (the_end_of_sound_asks_for_the_final);
  ADD (the_end_gives_the_last_final);
  ADD (settings_reach_it);
  ADD (the_persona_reaches_it);
  ADD (each_word_comes_once_whatever_happens);
  ADD (a_break_in_the_middle_of_words);
  ADD (a_session_expires);
  ADD (a_wrong_key_fails_at_once);
  ADD (without_a_key_it_does_not_start);
  ADD (attempts_are_bounded);
  ADD (it_can_be_stopped_at_any_time);
  result = g_test_run ();
  gst_deinit ();
  return result;
}
