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
#define LONG "connect-timeout=20000 first-byte-timeout=20000 " \
    "stall-timeout=20000"

static void
begin (TtsScene * scene, const gchar * more)
{
  const ProviderPeerSettings settings = {.key = SCENE_KEY };

  scene_begin_peer (scene, &settings);
  scene_begin (scene, "cartesiatts", more, NULL);
}

/* It connects at once: the fault must be there before. */
static void
begin_with_fault (TtsScene * scene, const gchar * more, const gchar * fault,
    guint after)
{
  const ProviderPeerSettings settings = {.key = SCENE_KEY };

  scene_begin_peer (scene, &settings);
  provider_peer_add_fault (scene->peer, fault, 1, 1, after);
  scene_begin (scene, "cartesiatts", more, NULL);
}

static void
test_words_come_with_their_times (void)
{
  TtsScene scene;
  GstStructure *usage;

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
  usage = scene_pop (&scene, "voice/usage");
  g_assert_nonnull (usage);
  g_assert_cmpuint (gst_voice_structure_uint (usage, "characters"), ==, 18);
  g_assert_cmpstr (gst_voice_structure_string (usage, "model"), ==, "sonic-3");
  gst_structure_free (usage);
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
  const ProviderPeerSettings settings = {.key = SCENE_KEY };
  GstContext *context = scene_persona ("{\"name\": \"a\", "
      "\"pipeline\": \"a.launch\", \"language\": \"fr-CA\", "
      "\"voice\": \"her-voice\"}");
  TtsScene scene;

  scene_begin_peer (&scene, &settings);
  scene_begin (&scene, "cartesiatts", "", context);
  scene_say (&scene, "Bonjour.", 0);
  provider_peer_find (scene.peer, "\"id\":\"her-voice\"},\"language\":\"fr\"",
      0);
  scene_end (&scene);
  gst_context_unref (context);
}

/* @n: how many words of the old sentence are heard before it is cut. */
static void
interrupt_behind (guint n)
{
  static const ProviderLatency latency = {.first = 5,.between = 20 };
  TtsScene scene;
  gsize size = scene_word_size (RATE), before;

  begin (&scene, "");
  provider_peer_set_latency (scene.peer, &latency);
  scene_say (&scene, "A b c d e f g h i j k l m n o p q r s t u v.", 0);
  scene_wait_sound (&scene, n * size);
  if (n == 0)
    provider_peer_message (scene.peer, 0);
  scene_interrupt (&scene, 1);
  g_mutex_lock (&scene.lock);
  before = scene.sound->len;
  g_byte_array_set_size (scene.sound, 0);
  g_string_truncate (scene.words, 0);
  g_mutex_unlock (&scene.lock);
  g_assert_cmpuint (before, <, 22 * size);
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
  GstStructure *usage;
  TtsScene scene;

  begin (&scene, "");
  provider_peer_set_latency (scene.peer, &latency);
  scene_say (&scene, "A b c d e f g h i j.", 0);
  scene_wait_sound (&scene, 1);
  scene_interrupt (&scene, 1);
  scene_finish (&scene);
  usage = scene_pop (&scene, "voice/usage");
  g_assert_nonnull (usage);
  g_assert_cmpuint (gst_voice_structure_uint (usage, "characters"), ==, 20);
  gst_structure_free (usage);
  scene_end (&scene);
}

/* It is opened again before anybody needs it, and nobody is told. */
static void
test_a_break_while_nobody_speaks (void)
{
  TtsScene scene;

  begin (&scene, "");
  scene_say (&scene, "One.", 0);
  scene_wait_sentences (&scene, 1);
  provider_peer_break (scene.peer, "reset");
  provider_peer_request (scene.peer, 1);
  scene_say (&scene, "Two.", 0);
  scene_finish (&scene);
  scene_assert_sound (&scene, "One. Two.", RATE);
  g_assert_null (scene_pop (&scene, "voice/provider"));
  scene_end (&scene);
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
  scene_say (&scene, "One.", 0);
  scene_wait_sentences (&scene, 1);
  scene_say (&scene, "Two three.", 0);
  scene_finish (&scene);
  scene_assert_sound (&scene, "One. Two three.", RATE);
  scene_assert_words (&scene,
      "One.@0-200[0+4] Two@0-200[0+3] three.@200-400[4+6] ");
  g_assert_cmpuint (provider_peer_n_requests (scene.peer), ==, 2);
  scene_end (&scene);

  /* Once only. */
  begin_with_fault (&scene, "", "reset", 3);
  provider_peer_add_fault (scene.peer, "reset", 2, 0, 0);
  scene_say (&scene, "One.", 0);
  scene_wait_sentences (&scene, 1);
  scene_say (&scene, "Two three.", 0);
  scene_assert_fails (&scene, "disconnected");
  g_assert_cmpuint (provider_peer_n_requests (scene.peer), ==, 2);
  scene_end (&scene);

  /* Not if something of it was heard. */
  begin_with_fault (&scene, "", "reset", 4);
  scene_say (&scene, "One.", 0);
  scene_wait_sentences (&scene, 1);
  scene_say (&scene, "Two three.", 0);
  scene_assert_fails (&scene, "disconnected");
  scene_assert_sound (&scene, "One. Two", RATE);
  scene_end (&scene);
}

/* Only the one that is to pass is short: another could pass before the fault
 * on a busy machine. */
static const gchar *
deadlines_for (const gchar * code)
{
  if (strcmp (code, "connect-timeout") == 0)
    return LONG " connect-timeout=300";
  if (strcmp (code, "first-byte-timeout") == 0)
    return LONG " first-byte-timeout=300";
  return strcmp (code, "stalled") == 0 ? LONG " stall-timeout=300" : LONG;
}

static void
test_each_fault_has_its_code (void)
{
  static const struct
  {
    const gchar *fault;
    guint after;
    const gchar *code;
  } rows[] = {
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

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    const ProviderPeerSettings settings = { 0 };
    TtsScene scene;

    g_test_message ("%s after %u", rows[i].fault, rows[i].after);
    scene_begin_peer (&scene, &settings);
    g_assert_true (provider_peer_add_fault (scene.peer, rows[i].fault, 1, 0,
            rows[i].after));
    scene_begin (&scene, "cartesiatts", deadlines_for (rows[i].code), NULL);
    scene_say (&scene, "One two three.", 0);
    scene_assert_fails (&scene, rows[i].code);
    scene_end (&scene);
  }
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
assert_does_not_start (const gchar * launch, const gchar * code,
    const gchar * says)
{
  GstElement *tts = gst_parse_launch (launch, NULL);
  GstBus *bus = gst_bus_new ();
  const GstStructure *details;
  GstMessage *message;
  GError *error;

  gst_object_ref_sink (tts);
  gst_element_set_bus (tts, bus);
  g_assert_cmpint (gst_element_set_state (tts, GST_STATE_PAUSED), ==,
      GST_STATE_CHANGE_FAILURE);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  g_assert_nonnull (message);
  gst_message_parse_error (message, &error, NULL);
  gst_message_parse_error_details (message, &details);
  g_assert_nonnull (strstr (error->message, says));
  g_assert_null (strstr (error->message, SCENE_KEY));
  g_assert_cmpstr (gst_structure_get_string (details, "code"), ==, code);
  g_error_free (error);
  gst_message_unref (message);
  gst_element_set_state (tts, GST_STATE_NULL);
  gst_element_set_bus (tts, NULL);
  gst_object_unref (bus);
  gst_object_unref (tts);
}

static void
test_wrong_settings_do_not_start (void)
{
  g_unsetenv ("CARTESIA_API_KEY");
  assert_does_not_start ("cartesiatts", "auth", "CARTESIA_API_KEY");
  assert_does_not_start ("cartesiatts api-key=" SCENE_KEY, "auth", "env:");
  assert_does_not_start ("cartesiatts api-key=env:TTS_KEY rate=44100",
      "unsupported", "44100");
  assert_does_not_start ("cartesiatts api-key=env:TTS_KEY extra=\"[1]\"",
      "bad-request", "extra");
}

static void
test_it_can_be_stopped_at_any_time (void)
{
  static const ProviderLatency latency = {.between = 10 };

  for (guint i = 0; i < 10; i++) {
    TtsScene scene;

    begin (&scene, "");
    provider_peer_set_latency (scene.peer, &latency);
    if (i % 5 > 0)
      scene_say (&scene, "A b c d e f g h i j k l m n o p q.", 0);
    if (i % 5 == 2)
      provider_peer_message (scene.peer, 0);
    if (i % 5 > 2)
      scene_wait_sound (&scene, 1);
    if (i % 5 == 4)
      provider_peer_break (scene.peer, "stall-body");
    scene_end (&scene);
  }
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
  TtsScene scene;

  begin (&scene, "");
  scene_measure (&scene, "cartesiatts");
  scene_end (&scene);
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
