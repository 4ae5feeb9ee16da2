/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Speech that a stand-in for Cartesia makes: sound, words and their times, one
 * connection, interruptions, and each way in which it can fail.
 */
#include "../lib/http-harness.h"
#include "tts-scene.h"

#include <gst-voice/events.h>
#include <string.h>

#define RATE 24000

static void
begin (TtsScene * scene, const gchar * more)
{
  scene_open (scene, "cartesiatts", more);
}

/* It connects at once: the fault must be there before. */
static void
begin_with_fault (TtsScene * scene, const gchar * more, const gchar * fault,
    guint after)
{
  scene_open_faulty (scene, "cartesiatts", more, fault, 1, after);
}

static void
test_words_come_with_their_times (void)
{
  TtsScene scene;

  begin (&scene, "");
  scene_say (&scene, "Hello there world.", 0);
  scene_say (&scene, "Bye now!", 0);
  scene_finish (&scene);
  scene_assert_sound (&scene, "Hello there world. Bye now!", RATE);
  scene_assert_words (&scene, "Hello@0-200[0+5] there@200-400[6+5] "
      "world.@400-600[12+6] Bye@0-200[0+3] now!@200-400[4+4] ");
  /* The first piece has not waited for others. */
  g_assert_cmpuint (scene.first, ==, scene_word_size (RATE));
  g_assert_cmpuint (provider_peer_n_requests (scene.peer), ==, 1);
  scene_assert_usage (&scene, "sonic-3", 18);
  scene_end (&scene);
}

static void
test_settings_reach_it (void)
{
  TtsScene scene;
  const ProviderRequest *request;

  begin (&scene, "model=sonic-3.5 voice=v1 language=de-AT rate=16000 speed=0.9 "
      "extra=\"{\\\"pronunciation_dict_id\\\":\\\"p\\\"}\"");
  scene_say (&scene, "Guten \"Tag\".", 0);
  scene_finish (&scene);
  scene_assert_sound (&scene, "Guten \"Tag\".", 16000);
  request = provider_peer_request (scene.peer, 0);
  g_assert_cmpstr (request->target, ==, "/tts/websocket");
  g_assert_cmpstr (g_hash_table_lookup (request->headers, "authorization"),
      ==, "Bearer " SCENE_KEY);
  g_assert_nonnull (g_hash_table_lookup (request->headers, "cartesia-version"));
  g_assert_cmpstr (g_bytes_get_data (provider_peer_message (scene.peer,
              0)->bytes, NULL), ==, "{\"context_id\":\"s1\","
      "\"model_id\":\"sonic-3.5\",\"transcript\":\"Guten \\\"Tag\\\".\","
      "\"voice\":{\"mode\":\"id\",\"id\":\"v1\"},\"language\":\"de\","
      "\"output_format\":{\"container\":\"raw\",\"encoding\":\"pcm_s16le\","
      "\"sample_rate\":16000},\"add_timestamps\":true,\"continue\":false,"
      "\"max_buffer_delay_ms\":0,\"generation_config\":{\"speed\":0.9},"
      "\"pronunciation_dict_id\":\"p\"}");
  scene_end (&scene);
}

static void
test_the_persona_reaches_it (void)
{
  TtsScene scene;

  scene_open_persona (&scene, "cartesiatts", "fr-CA", "her-voice");
  scene_say (&scene, "Bonjour.", 0);
  provider_peer_find (scene.peer, "\"id\":\"her-voice\"},\"language\":\"fr\"",
      0);
  scene_end (&scene);
}

/* @n: how many words of the old sentence are heard before it is cut. */
static void
interrupt_behind (guint n)
{
  TtsScene scene;

  begin (&scene, "");
  scene_cut (&scene, n, 0);
  provider_peer_find (scene.peer, "\"cancel\":true", 0);
  scene_say (&scene, "Again now.", 1);
  scene_finish (&scene);
  scene_assert_sound (&scene, "Again now.", RATE);
  scene_assert_words (&scene, "Again@0-200[0+5] now.@200-400[6+4] ");
  g_assert_cmpuint (provider_peer_n_requests (scene.peer), ==, 1);
  scene_end (&scene);
}

static void
test_an_interruption_ends_the_sentence (void)
{
  interrupt_behind (0);
  interrupt_behind (1);
  interrupt_behind (3);
}

/* What was asked for and cut is paid for. */
static void
test_a_cut_sentence_is_paid_for (void)
{
  static const ProviderLatency latency = {.between = 100 };
  TtsScene scene;

  begin (&scene, "");
  provider_peer_set_latency (scene.peer, &latency);
  scene_say (&scene, "A b c d e f g h i j.", 0);
  scene_wait_sound (&scene, 1);
  scene_interrupt (&scene, 1);
  scene_finish (&scene);
  scene_assert_usage (&scene, "sonic-3", 20);
  scene_end (&scene);
}

static void
test_a_break_while_nobody_speaks (void)
{
  scene_assert_reconnects ("cartesiatts");
}

/* Five minutes, or what is set here. */
static void
test_the_service_may_hang_up (void)
{
  const ProviderPeerSettings settings = {.key = SCENE_KEY,.idle_ms = 30 };
  TtsScene scene;

  scene_begin_peer (&scene, &settings);
  scene_begin (&scene, "cartesiatts", "", NULL);
  scene_say (&scene, "One.", 0);
  scene_wait_sentences (&scene, 1);
  provider_peer_request (scene.peer, 1);
  scene_say (&scene, "Two.", 0);
  scene_finish (&scene);
  scene_assert_sound (&scene, "One. Two.", RATE);
  g_assert_null (scene_pop (&scene, "voice/provider"));
  scene_end (&scene);
}

/* A sentence is three pieces: sound, times, done. */
static void
test_a_dead_connection_costs_no_sentence (void)
{
  TtsScene scene;

  begin_with_fault (&scene, "", "reset", 3);
  scene_say_two (&scene);
  scene_finish (&scene);
  scene_assert_sound (&scene, "One. Two three.", RATE);
  scene_assert_words (&scene,
      "One.@0-200[0+4] Two@0-200[0+3] three.@200-400[4+6] ");
  g_assert_cmpuint (provider_peer_n_requests (scene.peer), ==, 2);
  scene_end (&scene);

  /* Once only. */
  begin_with_fault (&scene, "", "reset", 3);
  provider_peer_add_fault (scene.peer, "reset", 2, 0, 0);
  scene_say_two (&scene);
  scene_assert_fails (&scene, "disconnected");
  g_assert_cmpuint (provider_peer_n_requests (scene.peer), ==, 2);
  scene_end (&scene);

  /* Not if something of it was heard. */
  begin_with_fault (&scene, "", "reset", 4);
  scene_say_two (&scene);
  scene_assert_fails (&scene, "disconnected");
  scene_assert_sound (&scene, "One. Two", RATE);
  scene_end (&scene);
}

static void
test_each_fault_has_its_code (void)
{
  static const SceneFault faults[] = {
    {"refuse", 0, "disconnected"},
    {"401", 0, "auth"}, {"403", 0, "auth"}, {"429", 0, "rate-limited"},
    {"500", 0, "server"}, {"stall-head", 0, "connect-timeout"},
    {"stall-body", 0, "first-byte-timeout"}, {"stall-body", 1, "stalled"},
    {"stall-body", 4, "stalled"}, {"reset", 0, "disconnected"},
    {"reset", 1, "disconnected"}, {"reset", 4, "disconnected"},
    {"malformed", 0, "bad-response"}, {"malformed", 2, "bad-response"},
    {"huge", 0, "bad-response"}, {"huge", 2, "bad-response"},
    {"slow", 0, "first-byte-timeout"}, {"slow", 1, "stalled"},
    {"order", 0, "stalled"},    /* the end never comes */
  };

  scene_assert_faults ("cartesiatts", faults, G_N_ELEMENTS (faults));
}

static void
test_tls (void)
{
  const ProviderPeerSettings settings = {.pem = PEER_PEM,.key = SCENE_KEY };
  TtsScene scene;

  g_setenv ("GST_VOICE_CA_FILE", PEER_PEM, TRUE);
  scene_begin_peer (&scene, &settings);
  scene_begin (&scene, "cartesiatts", "connect-timeout=20000 "
      "first-byte-timeout=20000 stall-timeout=20000", NULL);
  scene_say (&scene, "Hello there world.", 0);
  scene_say (&scene, "Bye now!", 0);
  scene_finish (&scene);
  scene_assert_sound (&scene, "Hello there world. Bye now!", RATE);
  g_assert_cmpuint (provider_peer_n_requests (scene.peer), ==, 1);
  scene_end (&scene);
  g_unsetenv ("GST_VOICE_CA_FILE");
}

static void
test_a_certificate_that_nobody_trusts (void)
{
  const ProviderPeerSettings settings = {
    .pem = PEER_PEM,.bad_pem = PEER_BAD_PEM
  };
  TtsScene scene;

  scene_begin_peer (&scene, &settings);
  g_assert_true (provider_peer_add_fault (scene.peer, "bad-tls", 1, 0, 0));
  scene_begin (&scene, "cartesiatts", "connect-timeout=20000", NULL);
  scene_say (&scene, "One two three.", 0);
  scene_assert_fails (&scene, "disconnected");
  scene_end (&scene);
}

static void
test_all_of_it_has_a_deadline (void)
{
  static const ProviderLatency latency = {.between = 50 };
  TtsScene scene;

  begin (&scene, "total-timeout=300");
  provider_peer_set_latency (scene.peer, &latency);
  scene_say (&scene, "A b c d e f g h i j k l m n o p q r s t u v.", 0);
  scene_assert_fails (&scene, "stalled");
  g_assert_cmpuint (scene.sound->len, >, 0);
  scene_end (&scene);
}

/* The service's own words for it. */
static void
test_a_refused_sentence_keeps_the_connection (void)
{
  TtsScene scene;

  begin (&scene, "extra=\"{\\\"output_format\\\":{\\\"container\\\":"
      "\\\"wav\\\"}}\"");
  scene_say (&scene, "One.", 0);
  scene_assert_fails (&scene, "bad-request");
  g_assert_cmpuint (provider_peer_n_requests (scene.peer), ==, 1);
  scene_end (&scene);
}

static void
test_what_cannot_be_spoken_is_not_asked_for (void)
{
  TtsScene scene;

  begin (&scene, "");
  scene_say (&scene, "… — !", 0);
  scene_say (&scene, "One.", 0);
  scene_finish (&scene);
  scene_assert_sound (&scene, "One.", RATE);
  g_assert_cmpuint (provider_peer_n_messages (scene.peer), ==, 1);
  scene_end (&scene);
}

static void
test_wrong_settings_do_not_start (void)
{
  g_unsetenv ("CARTESIA_API_KEY");
  scene_assert_refuses ("cartesiatts", "auth", "CARTESIA_API_KEY");
  scene_assert_refuses ("cartesiatts api-key=" SCENE_KEY, "auth", "env:");
  scene_assert_refuses ("cartesiatts api-key=env:TTS_KEY rate=44100",
      "unsupported", "44100");
  scene_assert_refuses ("cartesiatts api-key=env:TTS_KEY extra=\"[1]\"",
      "bad-request", "extra");
}

static void
test_it_can_be_stopped_at_any_time (void)
{
  scene_assert_stops ("cartesiatts");
}

static void
test_it_can_be_started_again (void)
{
  TtsScene scene;

  begin (&scene, "");
  scene_say (&scene, "One.", 0);
  scene_wait_sentences (&scene, 1);
  gst_element_set_state (scene.tts, GST_STATE_NULL);
  provider_peer_wait_over (scene.peer, 1);
  g_assert_cmpint (gst_element_set_state (scene.tts, GST_STATE_PAUSED), ==,
      GST_STATE_CHANGE_NO_PREROLL);
  provider_peer_request (scene.peer, 1);
  scene_end (&scene);
}

static void
test_added_latency (void)
{
  scene_measure ("cartesiatts");
}

int
main (int argc, char **argv)
{
  int result;

  http_test_init (&argc, &argv);
  g_setenv ("TTS_KEY", SCENE_KEY, TRUE);
  gst_init (&argc, &argv);
#define ADD(name) g_test_add_func ("/cartesiatts/" #name, test_##name)
  ADD (words_come_with_their_times);
  ADD (settings_reach_it);
  ADD (the_persona_reaches_it);
  ADD (an_interruption_ends_the_sentence);
  ADD (a_cut_sentence_is_paid_for);
  ADD (a_break_while_nobody_speaks);
  ADD (the_service_may_hang_up);
  ADD (a_dead_connection_costs_no_sentence);
  ADD (each_fault_has_its_code);
  ADD (tls);
  ADD (a_certificate_that_nobody_trusts);
  ADD (all_of_it_has_a_deadline);
  ADD (a_refused_sentence_keeps_the_connection);
  ADD (what_cannot_be_spoken_is_not_asked_for);
  ADD (wrong_settings_do_not_start);
  ADD (it_can_be_stopped_at_any_time);
  ADD (it_can_be_started_again);
  ADD (added_latency);
  result = http_test_run ();
  gst_deinit ();
  return result;
}
