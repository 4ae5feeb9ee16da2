/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is said to Cartesia, and what its messages mean.
 */
#include "cartesia-wire.h"

#include <gst-voice/json.h>
#include <string.h>

static const CartesiaSettings usual = {
  .model = "sonic-3",.voice = "v",.language = "en-GB",.rate = 24000,.speed = 1
};

static void
assert_has (const CartesiaSettings * settings, const gchar * part)
{
  gchar *request = cartesia_request (settings, "c\"1", "Say \"hi\"\n");

  g_assert_nonnull (strstr (request, part));
  g_free (request);
}

static void
requests (void)
{
  CartesiaSettings settings = usual;
  JsonNode *extra = gst_voice_json_parse ("{\"generation_config\":{\"speed\":"
      "0.7},\"a\":[1]}", -1, 1000, 8, NULL);
  gchar *text = cartesia_request (&usual, "c1", "Hello.");

  g_assert_cmpstr (text, ==, "{\"context_id\":\"c1\",\"model_id\":\"sonic-3\","
      "\"transcript\":\"Hello.\",\"voice\":{\"mode\":\"id\",\"id\":\"v\"},"
      "\"language\":\"en\",\"output_format\":{\"container\":\"raw\","
      "\"encoding\":\"pcm_s16le\",\"sample_rate\":24000},"
      "\"add_timestamps\":true,\"continue\":false,\"max_buffer_delay_ms\":0}");
  g_free (text);
  assert_has (&usual, "\"context_id\":\"c\\\"1\"");
  assert_has (&usual, "\"transcript\":\"Say \\\"hi\\\"\\n\"");
  settings.speed = 1.25;
  assert_has (&settings, ",\"generation_config\":{\"speed\":1.25}}");
  settings.model = "sonic-2-2025-03-07";
  assert_has (&settings, ",\"speed\":\"fast\"}");
  settings.speed = 0.8;
  assert_has (&settings, ",\"speed\":\"slow\"}");
  /* What it says takes the place of ours. */
  settings.model = "sonic-3";
  settings.extra = json_node_get_object (extra);
  assert_has (&settings, "\"max_buffer_delay_ms\":0,\"generation_config\":"
      "{\"speed\":0.7},\"a\":[1]}");
  json_node_unref (extra);
  text = cartesia_cancel ("c1");
  g_assert_cmpstr (text, ==, "{\"context_id\":\"c1\",\"cancel\":true}");
  g_free (text);
}

static CartesiaMessage *
parse (const gchar * text)
{
  CartesiaMessage *message = cartesia_message_parse (text, strlen (text), NULL);

  g_assert_nonnull (message);
  return message;
}

static void
sound (void)
{
  CartesiaMessage *m = parse ("{\"type\":\"chunk\",\"context_id\":\"c1\","
      "\"status_code\":206,\"data\":\"AQID\",\"new\":{}}");

  g_assert_cmpint (m->type, ==, CARTESIA_CHUNK);
  g_assert_cmpstr (m->context, ==, "c1");
  g_assert_cmpmem (g_bytes_get_data (m->sound, NULL),
      g_bytes_get_size (m->sound), "\1\2\3", 3);
  cartesia_message_free (m);
  m = parse ("{\"type\":\"chunk\",\"context_id\":7,\"data\":7}");
  g_assert_null (m->context);
  g_assert_cmpuint (g_bytes_get_size (m->sound), ==, 0);
  cartesia_message_free (m);
}

static void
times (void)
{
  CartesiaMessage *m = parse ("{\"type\":\"timestamps\",\"context_id\":\"c1\","
      "\"word_timestamps\":{\"words\":[\"a\",\"\",7,\"b\",\"c\",\"d\"],"
      "\"start\":[0,0,0,0.25,-1],\"end\":[0.25,1,1,0.5,1]}}");
  const SpeechWord *words = (const SpeechWord *) m->words->data;

  g_assert_cmpuint (m->words->len, ==, 2);
  g_assert_cmpstr (words[0].text, ==, "a");
  g_assert_cmpint (words[0].end, ==, 250000000);
  g_assert_cmpstr (words[1].text, ==, "b");
  g_assert_cmpint (words[1].start, ==, 250000000);
  g_assert_cmpint (words[1].end, ==, 500000000);
  cartesia_message_free (m);
}

static void
errors (void)
{
  CartesiaMessage *m = parse ("{\"type\":\"error\",\"context_id\":\"c1\","
      "\"status_code\":402,\"error_code\":\"quota_exceeded\","
      "\"request_id\":\"r 1\"}");
  GError *error = NULL;

  g_assert_cmpint (m->type, ==, CARTESIA_ERROR);
  g_assert_cmpuint (m->status, ==, 402);
  g_assert_cmpstr (m->code, ==, "quota_exceeded");
  g_assert_null (m->request_id);        /* nothing to be printed */
  cartesia_message_free (m);
  m = parse ("{\"type\":\"error\",\"status_code\":1e9,\"error\":\"x\"}");
  g_assert_cmpuint (m->status, ==, 0);
  cartesia_message_free (m);
  m = parse ("{\"type\":\"flush_done\"}");
  g_assert_cmpint (m->type, ==, CARTESIA_OTHER);
  cartesia_message_free (m);
  g_assert_null (cartesia_message_parse ("[1]", 3, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_null (cartesia_message_parse ("{\"a\":", 5, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cartesia-wire/requests", requests);
  g_test_add_func ("/cartesia-wire/sound", sound);
  g_test_add_func ("/cartesia-wire/times", times);
  g_test_add_func ("/cartesia-wire/errors", errors);
  return g_test_run ();
}
