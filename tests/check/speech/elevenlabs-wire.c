/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What ElevenLabs is sent, and what is read out of what it says.
 */
#include <elevenlabs-wire.h>

#include <string.h>

static ElevenlabsMessage *
parse (const gchar * text)
{
  GError *error = NULL;
  ElevenlabsMessage *message = elevenlabs_message_parse (text, strlen (text),
      &error);

  g_assert_no_error (error);
  return message;
}

static void
test_languages (void)
{
  ElevenlabsSettings settings = {.voice = "v/w",.model = "eleven_flash_v2_5",
    .language = "en_GB",.rate = 24000,.extra = "?a=b"
  };
  gchar *path = elevenlabs_path (&settings);

  g_assert_cmpstr (path, ==, "/text-to-speech/v%2Fw/multi-stream-input"
      "?model_id=eleven_flash_v2_5&output_format=pcm_24000&language_code=en"
      "&sync_alignment=true&inactivity_timeout=60&a=b");
  g_free (path);
  /* It would be refused. */
  settings.model = "eleven_multilingual_v2";
  path = elevenlabs_path (&settings);
  g_assert_null (strstr (path, "language_code"));
  g_free (path);
}

static void
test_what_is_sent (void)
{
  ElevenlabsSettings settings = {.stability = -1,.similarity_boost = -1,
    .style = -1,.speed = -1
  };
  gchar *open = elevenlabs_open (&settings, "s1");
  gchar *say = elevenlabs_say ("s1", "\"Hi\" there.");
  gchar *end = elevenlabs_close ("s1");

  g_assert_cmpstr (open, ==, "{\"text\":\" \",\"context_id\":\"s1\"}");
  g_assert_cmpstr (say, ==, "{\"text\":\"\\\"Hi\\\" there. \","
      "\"context_id\":\"s1\",\"flush\":true}");
  g_assert_cmpstr (end, ==, "{\"context_id\":\"s1\",\"close_context\":true}");
  g_free (open);
  g_free (say);
  g_free (end);
}

static void
assert_words (ElevenlabsWords * words, const gchar * expected)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < words->words->len; i++) {
    SpeechWord *word = &g_array_index (words->words, SpeechWord, i);

    g_string_append_printf (text, "%s@%d-%d ", word->text,
        (gint) (word->start / 1000000), (gint) (word->end / 1000000));
  }
  g_assert_cmpstr (text->str, ==, expected);
  g_string_free (text, TRUE);
}

static void
add (ElevenlabsWords * words, const gchar * text, gint64 at_ms)
{
  ElevenlabsMessage *message = parse (text);

  elevenlabs_words_add (words, message, at_ms * 1000000);
  elevenlabs_message_free (message);
}

/* A word may go on in the next message, whose times begin anew. */
static void
test_words (void)
{
  ElevenlabsWords words;

  elevenlabs_words_init (&words);
  add (&words, "{\"audio\":\"AAAA\",\"contextId\":\"s1\",\"alignment\":{"
      "\"chars\":[\" \",\"H\",\"i\",\" \",\"y\",\"o\"],"
      "\"charStartTimesMs\":[0,10,20,30,40,50],"
      "\"charDurationsMs\":[10,10,10,10,10,10]}}", 0);
  assert_words (&words, "Hi@10-30 ");
  add (&words, "{\"context_id\":\"s1\",\"alignment\":{"
      "\"characters\":[\"u\",\"ü\",\" \"],\"charsStartTimesMs\":[0,20,40.5],"
      "\"charsDurationsMs\":[20,20]}}", 60);
  assert_words (&words, "Hi@10-30 ");
  elevenlabs_words_end (&words);
  elevenlabs_words_end (&words);
  assert_words (&words, "Hi@10-30 youü@40-100 ");
  elevenlabs_words_clear (&words);
}

static void
test_what_is_odd (void)
{
  static const gchar *const texts[] = { "", "[]", "1", "{\"a\":[1,{\"b" };
  ElevenlabsMessage *message = parse ("{\"audio\":null,\"isFinal\":1,"
      "\"contextId\":\"a b\",\"alignment\":{\"chars\":[1],"
      "\"charStartTimesMs\":[-1],\"charDurationsMs\":[1e99]},\"x\":{}}");

  g_assert_null (message->context);
  g_assert_false (message->is_final);
  g_assert_cmpuint (g_bytes_get_size (message->audio), ==, 0);
  g_assert_cmpuint (message->letters->len, ==, 0);
  g_assert_null (message->error);
  elevenlabs_message_free (message);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    GError *error = NULL;

    g_assert_null (elevenlabs_message_parse (texts[i], strlen (texts[i]),
            &error));
    g_assert_nonnull (error);
    g_error_free (error);
  }
}

static void
test_errors (void)
{
  static const struct
  {
    const gchar *name;
    GstVoiceError code;
  } rows[] = {
    {"invalid_api_key", GST_VOICE_ERROR_AUTH},
    {"only_for_creator+", GST_VOICE_ERROR_AUTH},
    {"quota_exceeded", GST_VOICE_ERROR_QUOTA},
    {"voice_not_found", GST_VOICE_ERROR_UNSUPPORTED},
    {"too_many_concurrent_requests", GST_VOICE_ERROR_RATE_LIMITED},
    {"max_active_conversations", GST_VOICE_ERROR_RATE_LIMITED},
    {"system_busy", GST_VOICE_ERROR_SERVER},
    {"input_timeout_exceeded", GST_VOICE_ERROR_DISCONNECTED},
    {"what is that?", GST_VOICE_ERROR_BAD_REQUEST},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    gchar *text = g_strdup_printf (i % 2 ? "{\"error\":\"%s\",\"code\":1008,"
        "\"message\":\"no\"}" : "{\"detail\":{\"status\":\"%s\","
        "\"message\":\"no\"}}", rows[i].name);
    ElevenlabsMessage *message = parse (text);

    g_assert_nonnull (message->error);
    g_assert_cmpint (message->code, ==, rows[i].code);
    g_assert_cmpstr (message->text->str, ==, "no");
    elevenlabs_message_free (message);
    g_free (text);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/elevenlabs-wire/languages", test_languages);
  g_test_add_func ("/elevenlabs-wire/what-is-sent", test_what_is_sent);
  g_test_add_func ("/elevenlabs-wire/words", test_words);
  g_test_add_func ("/elevenlabs-wire/what-is-odd", test_what_is_odd);
  g_test_add_func ("/elevenlabs-wire/errors", test_errors);
  return g_test_run ();
}
