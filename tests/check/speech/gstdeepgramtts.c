/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Speech that a stand-in for Deepgram makes: sound, one connection,
 * interruptions, and each way in which it can fail.
 */
#include "tts-scene.h"

#include <gst-voice/events.h>
#include <libsoup/soup.h>
#include <string.h>

#define RATE 24000

static void
begin (TtsScene * scene, const gchar * more)
{
  scene_open (scene, "deepgramtts", more);
}

/* It connects at once: the fault must be there before. */
static void
begin_with_fault (TtsScene * scene, const gchar * more, const gchar * fault,
    guint after)
{
  scene_open_faulty (scene, "deepgramtts", more, fault, 1, after);
}

static void
test_sentences_are_spoken (void)
{
  TtsScene scene;

  begin (&scene, "");
  scene_say (&scene, "Hello there world.", 0);
  scene_say (&scene, "Bye now!", 0);
  scene_finish (&scene);
  scene_assert_sound (&scene, "Hello there world. Bye now!", RATE);
  /* Nobody knows when; `playout` will estimate it. */
  scene_assert_words (&scene, "");
  g_assert_cmpuint (scene.first, ==, scene_word_size (RATE));
  g_assert_cmpuint (provider_peer_n_requests (scene.peer), ==, 1);
  scene_assert_usage (&scene, "aura-2", 18);
  gst_element_set_state (scene.tts, GST_STATE_NULL);
  provider_peer_find (scene.peer, "\"Close\"", 0);
  provider_peer_wait_over (scene.peer, 1);
  scene_end (&scene);
}

static void
test_settings_reach_it (void)
{
  TtsScene scene;
  const ProviderRequest *request;

  begin (&scene, "voice=aura-asteria-en rate=16000 speed=1.25 mip-opt-out=true "
      "extra=\"tag=a&new=1\"");
  scene_say (&scene, "Say \"hi\".", 0);
  scene_finish (&scene);
  scene_assert_sound (&scene, "Say \"hi\".", 16000);
  request = provider_peer_request (scene.peer, 0);
  g_assert_cmpstr (request->target, ==, "/v1/speak?model=aura-asteria-en"
      "&encoding=linear16&sample_rate=16000&speed=1.25&mip_opt_out=true"
      "&tag=a&new=1");
  g_assert_cmpstr (g_hash_table_lookup (request->headers, "authorization"),
      ==, "Token " SCENE_KEY);
  g_assert_cmpstr (g_bytes_get_data (provider_peer_message (scene.peer,
              0)->bytes, NULL), ==,
      "{\"type\":\"Speak\",\"text\":\"Say \\\"hi\\\".\"}");
  g_assert_cmpstr (g_bytes_get_data (provider_peer_message (scene.peer,
              1)->bytes, NULL), ==, "{\"type\":\"Flush\"}");
  scene_end (&scene);
}

static void
test_the_persona_reaches_it (void)
{
  TtsScene scene;

  scene_open_persona (&scene, "deepgramtts", "es-MX", "celeste");
  g_assert_nonnull (strstr (provider_peer_request (scene.peer, 0)->target,
          "?model=aura-2-celeste-es&"));
  scene_end (&scene);
}

static void
interrupt_behind (guint n)
{
  TtsScene scene;

  begin (&scene, "");
  scene_cut (&scene, n, 1);
  scene_say (&scene, "Again now.", 1);
  scene_finish (&scene);
  provider_peer_find (scene.peer, "\"Clear\"", 0);
  scene_assert_sound (&scene, "Again now.", RATE);
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

static void
test_a_break_while_nobody_speaks (void)
{
  scene_assert_reconnects ("deepgramtts");
}

/* The pieces are Metadata, and of a sentence its words and Flushed. */
static void
test_a_dead_connection_costs_no_sentence (void)
{
  TtsScene scene;

  begin_with_fault (&scene, "", "reset", 3);
  scene_say_two (&scene);
  scene_finish (&scene);
  scene_assert_sound (&scene, "One. Two three.", RATE);
  g_assert_cmpuint (provider_peer_n_requests (scene.peer), ==, 2);
  scene_end (&scene);

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
    {"stall-body", 0, "first-byte-timeout"}, {"stall-body", 2, "stalled"},
    {"stall-body", 4, "stalled"}, {"reset", 1, "disconnected"},
    {"reset", 2, "disconnected"}, {"reset", 4, "disconnected"},
    {"malformed", 4, "bad-response"}, {"huge", 1, "bad-response"},
    {"slow", 2, "stalled"},
  };

  scene_assert_faults ("deepgramtts", faults, G_N_ELEMENTS (faults));
}

/* Sound has no names here: what is out of order, or noise in the place of a
 * message, is spoken as it comes. */
static void
test_what_cannot_be_noticed_does_no_harm (void)
{
  static const gchar *const faults[] = { "order", "malformed" };

  for (guint i = 0; i < G_N_ELEMENTS (faults); i++) {
    TtsScene scene;

    begin_with_fault (&scene, "", faults[i], 1);
    scene_say (&scene, "One two.", 0);
    scene_wait_sound (&scene, 1);
    scene_end (&scene);
  }
}

/* A connection takes twenty sentences in a minute. */
static void
test_many_short_sentences (void)
{
  GString *words = g_string_new (NULL);
  TtsScene scene;

  begin (&scene, "rate=8000");
  for (guint i = 0; i < 25; i++) {
    scene_say (&scene, "Yes.", 0);
    g_string_append (words, "Yes. ");
  }
  scene_finish (&scene);
  scene_assert_sound (&scene, words->str, 8000);
  g_assert_cmpuint (provider_peer_n_requests (scene.peer), ==, 2);
  g_string_free (words, TRUE);
  scene_end (&scene);
}

static void
test_a_long_sentence_is_several_messages (void)
{
  GString *text = g_string_new (NULL);
  TtsScene scene;

  begin (&scene, "rate=8000");
  for (guint i = 0; i < 500; i++)
    g_string_append_printf (text, "%sw%u", i ? " " : "", i);
  g_string_append_c (text, '.');
  scene_say (&scene, text->str, 0);
  scene_finish (&scene);
  scene_assert_sound (&scene, text->str, 8000);
  provider_peer_find (scene.peer, "\"Speak\"", 1);
  g_string_free (text, TRUE);
  scene_end (&scene);
}

static void
test_no_key_does_not_start (void)
{
  g_unsetenv ("DEEPGRAM_API_KEY");
  scene_assert_refuses ("deepgramtts", "auth", "DEEPGRAM_API_KEY");
}

/* A server that sends half samples. */
static void
say_in_odd_pieces (SoupServer * server, SoupServerMessage * message,
    const char *path, SoupWebsocketConnection * socket, gpointer data)
{
  static const guint8 bytes[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
  static const gsize sizes[] = { 3, 1, 1, 5 };
  gsize at = 0;

  for (guint i = 0; i < G_N_ELEMENTS (sizes); at += sizes[i++])
    soup_websocket_connection_send_binary (socket, bytes + at, sizes[i]);
  soup_websocket_connection_send_text (socket, "{\"type\":\"Flushed\"}");
  *(SoupWebsocketConnection **) data = g_object_ref (socket);
}

static void
test_half_samples_are_put_together (void)
{
  static const guint8 expected[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
  SoupServer *server = soup_server_new (NULL, NULL);
  SoupWebsocketConnection *socket = NULL;
  const ProviderPeerSettings settings = { 0 };
  GSList *uris;
  gchar *url, *more;
  gboolean done = FALSE;
  TtsScene scene;

  soup_server_add_websocket_handler (server, NULL, NULL, NULL,
      say_in_odd_pieces, &socket, NULL);
  g_assert_true (soup_server_listen_local (server, 0,
          SOUP_SERVER_LISTEN_IPV4_ONLY, NULL));
  uris = soup_server_get_uris (server);
  url = g_uri_to_string (uris->data);
  more = g_strdup_printf ("url=%s", url);
  scene_begin_peer (&scene, &settings);
  scene_begin (&scene, "deepgramtts", more, NULL);
  scene_say (&scene, "One.", 0);
  while (!done) {
    g_main_context_iteration (NULL, FALSE);
    g_thread_yield ();
    g_mutex_lock (&scene.lock);
    done = strstr (scene.log->str, "E|") != NULL;
    g_mutex_unlock (&scene.lock);
  }
  g_assert_cmpmem (scene.sound->data, scene.sound->len, expected,
      sizeof expected);
  scene_end (&scene);
  g_object_unref (socket);
  soup_server_disconnect (server);
  while (g_main_context_iteration (NULL, FALSE));
  g_object_unref (server);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  g_free (url);
  g_free (more);
}

static void
test_it_can_be_stopped_at_any_time (void)
{
  scene_assert_stops ("deepgramtts");
}

static void
test_added_latency (void)
{
  scene_measure ("deepgramtts");
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  g_setenv ("TTS_KEY", SCENE_KEY, TRUE);
  gst_init (&argc, &argv);
#define ADD(name) g_test_add_func ("/deepgramtts/" #name, test_##name)
  ADD (sentences_are_spoken);
  ADD (settings_reach_it);
  ADD (the_persona_reaches_it);
  ADD (an_interruption_ends_the_sentence);
  ADD (a_break_while_nobody_speaks);
  ADD (a_dead_connection_costs_no_sentence);
  ADD (each_fault_has_its_code);
  ADD (what_cannot_be_noticed_does_no_harm);
  ADD (many_short_sentences);
  ADD (a_long_sentence_is_several_messages);
  ADD (no_key_does_not_start);
  ADD (half_samples_are_put_together);
  ADD (it_can_be_stopped_at_any_time);
  ADD (added_latency);
  result = g_test_run ();
  gst_deinit ();
  return result;
}
