/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Sentences that a stand-in for ElevenLabs speaks: sound, words and their
 * times, interruptions, and that every fault ends in the right code.
 */
#include "tts-scene.h"

#include <gst-voice/events.h>
#include <string.h>

#define RATE 24000

static void
begin (TtsScene * scene, const gchar * more)
{
  scene_open (scene, "elevenlabstts", more);
}

static void
test_words_come_with_their_times (void)
{
  TtsScene scene;

  begin (&scene, "");
  scene_say (&scene, "One two three.", 0);
  scene_finish (&scene);
  scene_assert_sound (&scene, "One two three.", RATE);
  scene_assert_words (&scene, "One@0-200[0+3] two@200-400[4+3] "
      "three.@400-600[8+6] ");
  g_assert_cmpuint (scene.first, ==, scene_word_size (RATE));
  scene_end (&scene);
}

static void
test_sentences_share_a_connection (void)
{
  TtsScene scene;

  begin (&scene, "rate=16000");
  scene_say (&scene, "One two.", 0);
  scene_say (&scene, " ", 0);
  scene_say (&scene, "…", 0);
  scene_say (&scene, "Three.", 0);
  scene_finish (&scene);
  scene_assert_sound (&scene, "One two. Three.", 16000);
  scene_assert_words (&scene, "One@0-200[0+3] two.@200-400[4+4] "
      "Three.@0-200[0+6] ");
  g_assert_cmpuint (provider_peer_n_requests (scene.peer), ==, 1);
  g_assert_nonnull (provider_peer_find (scene.peer,
          "{\"text\":\"Three. \",\"context_id\":\"s2\",\"flush\":true}", 0));
  scene_assert_usage (&scene, "eleven_flash_v2_5", 8);
  scene_end (&scene);
}

static void
test_settings_reach_it (void)
{
  TtsScene scene;
  const ProviderRequest *request;

  begin (&scene, "model=eleven_turbo_v2_5 voice=abc language=de-DE "
      "rate=8000 stability=0.5 similarity-boost=0.25 style=0 speed=1.1 "
      "extra=seed=7");
  request = provider_peer_request (scene.peer, 0);
  g_assert_cmpstr (request->target, ==, "/text-to-speech/abc/"
      "multi-stream-input?model_id=eleven_turbo_v2_5&output_format=pcm_8000"
      "&language_code=de&sync_alignment=true&inactivity_timeout=60&seed=7");
  g_assert_cmpstr (g_hash_table_lookup (request->headers, "xi-api-key"), ==,
      SCENE_KEY);
  scene_say (&scene, "One.", 0);
  g_assert_nonnull (provider_peer_find (scene.peer,
          "{\"text\":\" \",\"context_id\":\"s1\",\"voice_settings\":{"
          "\"stability\":0.5,\"similarity_boost\":0.25,\"style\":0", 0));
  scene_finish (&scene);
  scene_assert_sound (&scene, "One.", 8000);
  scene_end (&scene);
}

static void
test_the_persona_reaches_it (void)
{
  const gchar *target;
  TtsScene scene;

  scene_open_persona (&scene, "elevenlabstts", "de-DE", "Anna");
  target = provider_peer_request (scene.peer, 0)->target;
  g_assert_nonnull (strstr (target, "/text-to-speech/Anna/"));
  g_assert_nonnull (strstr (target, "&language_code=de&"));
  scene_end (&scene);
}

static void
test_nothing_is_heard_behind_an_interruption (void)
{
  scene_assert_interruption ("elevenlabstts", "Nine.@0-200[0+5] ");
}

/* Each leaves a context that the service has not ended. */
static void
test_many_interruptions (void)
{
  const ProviderLatency slow = {.between = 5 };
  TtsScene scene;

  begin (&scene, "");
  provider_peer_set_latency (scene.peer, &slow);
  for (guint i = 0; i < 12; i++) {
    scene_say (&scene, "One two three four five.", i);
    scene_wait_sentences (&scene, i);
    scene_interrupt (&scene, i + 1);
  }
  scene_say (&scene, "Last.", 12);
  scene_finish (&scene);
  g_assert_nonnull (strstr (scene.words->str, "Last.@0-200[0+5] "));
  g_assert_null (gst_bus_pop_filtered (scene.bus, GST_MESSAGE_ERROR));
  scene_end (&scene);
}

static void
test_a_connection_that_had_died_is_replaced (void)
{
  TtsScene scene;

  /* Three words and an end are four pieces. */
  scene_open_faulty (&scene, "elevenlabstts", "", "reset", 1, 4);
  scene_say (&scene, "One two three.", 0);
  scene_wait_sentences (&scene, 1);
  scene_say (&scene, "Four five.", 0);
  scene_finish (&scene);
  scene_assert_sound (&scene, "One two three. Four five.", RATE);
  g_assert_cmpuint (provider_peer_n_requests (scene.peer), ==, 2);
  g_assert_null (gst_bus_pop_filtered (scene.bus, GST_MESSAGE_ERROR));
  scene_end (&scene);
}

static void
test_each_fault_has_its_code (void)
{
  static const SceneFault faults[] = {
    {"refuse", 0, "disconnected"}, {"401", 0, "auth"}, {"403", 0, "auth"},
    {"429", 0, "rate-limited"}, {"500", 0, "server"},
    {"stall-head", 0, "connect-timeout"},
    {"stall-body", 0, "first-byte-timeout"}, {"stall-body", 2, "stalled"},
    {"reset", 0, "disconnected"}, {"reset", 2, "disconnected"},
    {"malformed", 0, "bad-response"}, {"malformed", 2, "bad-response"},
    {"huge", 0, "bad-response"}, {"slow", 0, "first-byte-timeout"},
    {"slow", 2, "stalled"},
  };

  scene_assert_faults ("elevenlabstts", faults, G_N_ELEMENTS (faults));
}

static void
test_a_wrong_order_is_no_fault (void)
{
  TtsScene scene;

  scene_open_faulty (&scene, "elevenlabstts", "", "order", 0, 0);
  scene_say (&scene, "One two three.", 0);
  scene_finish (&scene);
  scene_end (&scene);
}

static void
test_without_a_key_it_does_not_start (void)
{
  scene_assert_refuses ("elevenlabstts", "auth", "ELEVENLABS_API_KEY");
  scene_assert_refuses ("elevenlabstts api-key=env:TTS_KEY rate=11025",
      "unsupported", "11025");
}

static void
test_it_says_goodbye (void)
{
  TtsScene scene;

  begin (&scene, "");
  scene_say (&scene, "One.", 0);
  scene_finish (&scene);
  gst_element_set_state (scene.tts, GST_STATE_NULL);
  g_assert_nonnull (provider_peer_find (scene.peer, "close_socket", 0));
  provider_peer_wait_over (scene.peer, 1);
  scene_end (&scene);
}

static void
test_it_can_be_stopped_at_any_time (void)
{
  scene_assert_stops ("elevenlabstts");
}

static void
test_how_long_it_takes (void)
{
  scene_measure ("elevenlabstts");
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  g_setenv ("TTS_KEY", SCENE_KEY, TRUE);
  g_unsetenv ("ELEVENLABS_API_KEY");
  gst_init (&argc, &argv);
#define ADD(name) g_test_add_func ("/elevenlabstts/" #name, test_##name)
  ADD (words_come_with_their_times);
  ADD (sentences_share_a_connection);
  ADD (settings_reach_it);
  ADD (the_persona_reaches_it);
  ADD (nothing_is_heard_behind_an_interruption);
  ADD (many_interruptions);
  ADD (a_connection_that_had_died_is_replaced);
  ADD (each_fault_has_its_code);
  ADD (a_wrong_order_is_no_fault);
  ADD (without_a_key_it_does_not_start);
  ADD (it_says_goodbye);
  ADD (it_can_be_stopped_at_any_time);
  ADD (how_long_it_takes);
  result = g_test_run ();
  gst_deinit ();
  return result;
}
