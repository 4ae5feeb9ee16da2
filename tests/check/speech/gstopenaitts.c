/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Sentences that a stand-in for OpenAI speaks: sound as it comes,
 * interruptions, connections, and that every fault ends in the right code.
 */
#include "tts-scene.h"

#include <gst-voice/events.h>
#include <string.h>

#define RATE 24000

static void
begin (TtsScene * scene, const gchar * more)
{
  scene_open (scene, "openaitts", more);
}

/* The stand-in cuts within samples. */
static void
test_sound_comes_as_it_is_sent (void)
{
  const ProviderLatency slow = {.between = 20 };
  TtsScene scene;

  begin (&scene, "");
  provider_peer_set_latency (scene.peer, &slow);
  scene_say (&scene, "One two three.", 0);
  scene_say (&scene, "…", 0);
  scene_say (&scene, "Four.", 0);
  scene_finish (&scene);
  scene_assert_sound (&scene, "One two three. Four.", RATE);
  scene_assert_words (&scene, "");
  g_assert_cmpuint (scene.first, <, scene_word_size (RATE));
  g_assert_cmpuint (scene.came_us->len, >=, 8);
  scene_assert_usage (&scene, "gpt-4o-mini-tts", 14);
  scene_end (&scene);
}

static void
test_events_and_wave_files_will_do (void)
{
  static const gchar *const extras[] = {
    "{\\\"stream_format\\\":\\\"sse\\\"}",
    "{\\\"response_format\\\":\\\"wav\\\"}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (extras); i++) {
    gchar *more = g_strdup_printf ("extra=\"%s\"", extras[i]);
    TtsScene scene;

    begin (&scene, more);
    scene_say (&scene, "One two.", 0);
    scene_finish (&scene);
    scene_assert_sound (&scene, "One two.", RATE);
    scene_end (&scene);
    g_free (more);
  }
}

static void
test_settings_reach_it (void)
{
  static const gchar expected[] = "{\"model\":\"tts-x\","
      "\"voice\":\"nova\",\"input\":\"One.\",\"response_format\":\"pcm\","
      "\"instructions\":\"Be kind.\",\"speed\":1.5,\"user\":\"me\"}";
  const ProviderRequest *request;
  TtsScene scene;

  begin (&scene, "model=tts-x voice=nova speed=1.5 "
      "instructions=\"Be kind.\" extra=\"{\\\"user\\\":\\\"me\\\"}\"");
  scene_say (&scene, "One.", 0);
  request = provider_peer_request (scene.peer, 0);
  g_assert_cmpstr (request->path, ==, "/audio/speech");
  g_assert_cmpstr (g_hash_table_lookup (request->headers, "authorization"),
      ==, "Bearer " SCENE_KEY);
  g_assert_cmpmem (g_bytes_get_data (request->body, NULL),
      g_bytes_get_size (request->body), expected, strlen (expected));
  scene_finish (&scene);
  scene_end (&scene);
}

static void
test_the_persona_reaches_it (void)
{
  const ProviderRequest *request;
  TtsScene scene;

  scene_open_persona (&scene, "openaitts", "en", "sage");
  scene_say (&scene, "One.", 0);
  request = provider_peer_request (scene.peer, 0);
  g_assert_nonnull (g_strstr_len (g_bytes_get_data (request->body, NULL),
          g_bytes_get_size (request->body), "\"voice\":\"sage\""));
  scene_finish (&scene);
  scene_end (&scene);
}

static void
test_nothing_is_heard_behind_an_interruption (void)
{
  scene_assert_interruption ("openaitts", "");
}

/* The stand-in's fault is one of its third request. */
static void
test_a_request_that_is_lost_is_sent_again (void)
{
  TtsScene scene;

  begin (&scene, "");
  scene_say (&scene, "One.", 0);
  scene_wait_sentences (&scene, 1);
  provider_peer_add_fault (scene.peer, "stall-head", 2, 1, 0);
  scene_say (&scene, "Two.", 0);
  provider_peer_request (scene.peer, 1);
  provider_peer_break (scene.peer, "reset");
  scene_finish (&scene);
  scene_assert_sound (&scene, "One. Two.", RATE);
  g_assert_cmpuint (provider_peer_n_requests (scene.peer), ==, 3);
  g_assert_null (gst_bus_pop_filtered (scene.bus, GST_MESSAGE_ERROR));
  scene_end (&scene);
}

static void
test_each_fault_has_its_code (void)
{
  static const SceneFault faults[] = {
    {"refuse", 0, "disconnected"}, {"401", 0, "auth"}, {"403", 0, "auth"},
    {"429", 0, "rate-limited"}, {"500", 0, "server"},
    {"stall-head", 0, "first-byte-timeout"}, {"stall-body", 0, "stalled"},
    {"stall-body", 2, "stalled"}, {"reset", 0, "disconnected"},
    {"reset", 2, "disconnected"}, {"malformed", 0, "bad-response"},
    {"huge", 0, "bad-response"}, {"huge", 2, "bad-response"},
  };

  scene_assert_faults ("openaitts", faults, G_N_ELEMENTS (faults));
}

/* Byte by byte it is sound all the same, until that takes too long. */
static void
test_the_whole_has_a_deadline (void)
{
  TtsScene scene;

  scene_open_faulty (&scene, "openaitts", "total-timeout=300", "slow", 0, 0);
  scene_say (&scene, "One two three.", 0);
  scene_assert_fails (&scene, "stalled");
  g_assert_cmpuint (scene.sound->len, >, 0);
  scene_end (&scene);
}

static void
test_a_wrong_order_is_no_fault (void)
{
  TtsScene scene;

  scene_open_faulty (&scene, "openaitts", "", "order", 0, 0);
  scene_say (&scene, "One two three.", 0);
  scene_finish (&scene);
  g_assert_cmpuint (scene.sound->len, ==, 3 * scene_word_size (RATE));
  scene_end (&scene);
}

static void
test_what_is_wrong_is_told_at_the_start (void)
{
  scene_assert_refuses ("openaitts", "auth", "OPENAI_API_KEY");
  scene_assert_refuses ("openaitts api-key=" SCENE_KEY, "auth", "env:");
  scene_assert_refuses ("openaitts api-key=env:TTS_KEY extra=\"[1]\"",
      "bad-request", "extra");
}

static void
test_it_can_be_stopped_at_any_time (void)
{
  scene_assert_stops ("openaitts");
}

static void
test_how_long_it_takes (void)
{
  scene_measure ("openaitts");
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  g_setenv ("TTS_KEY", SCENE_KEY, TRUE);
  g_unsetenv ("OPENAI_API_KEY");
  gst_init (&argc, &argv);
#define ADD(name) g_test_add_func ("/openaitts/" #name, test_##name)
  ADD (sound_comes_as_it_is_sent);
  ADD (events_and_wave_files_will_do);
  ADD (settings_reach_it);
  ADD (the_persona_reaches_it);
  ADD (nothing_is_heard_behind_an_interruption);
  ADD (a_request_that_is_lost_is_sent_again);
  ADD (each_fault_has_its_code);
  ADD (the_whole_has_a_deadline);
  ADD (a_wrong_order_is_no_fault);
  ADD (what_is_wrong_is_told_at_the_start);
  ADD (it_can_be_stopped_at_any_time);
  ADD (how_long_it_takes);
  result = g_test_run ();
  gst_deinit ();
  return result;
}
