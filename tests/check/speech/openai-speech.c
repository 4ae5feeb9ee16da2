/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The samples in what OpenAI and its likes send, however it is cut.
 */
#include <openai-speech.h>

#include <string.h>

static const guint8 wave[] = "RIFF\xff\xff\xff\xffWAVELIST\x03\0\0\0abc\0"
    "fmt \x10\0\0\0\1\0\1\0\x80\x3e\0\0\0\x7d\0\0\2\0\x10\0data\xff\xff\xff\xff"
    "12345";

static gboolean
take_all (OpenaiSound * sound, gconstpointer data, gsize size, gsize step,
    GString * out)
{
  for (gsize at = 0; at < size; at += step) {
    GBytes *piece = g_bytes_new ((const guint8 *) data + at,
        MIN (step, size - at));
    GError *error = NULL;
    GBytes *samples = openai_sound_take (sound, piece, &error);

    g_bytes_unref (piece);
    if (!samples) {
      g_assert_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_RESPONSE);
      g_error_free (error);
      return FALSE;
    }
    g_assert_cmpuint (g_bytes_get_size (samples) % 2, ==, 0);
    if (g_bytes_get_size (samples) > 0)
      g_string_append_len (out, g_bytes_get_data (samples, NULL),
          g_bytes_get_size (samples));
    g_bytes_unref (samples);
  }
  return TRUE;
}

static void
assert_sound (gconstpointer data, gsize size, const gchar * expected,
    guint rate)
{
  for (gsize step = 1; step <= size; step++) {
    OpenaiSound *sound = openai_sound_new ();
    GString *out = g_string_new (NULL);

    g_assert_true (take_all (sound, data, size, step, out));
    g_assert_cmpstr (out->str, ==, expected);
    g_assert_cmpuint (openai_sound_rate (sound), ==, rate);
    g_assert_cmpuint (openai_sound_samples (sound), ==, strlen (expected) / 2);
    g_string_free (out, TRUE);
    openai_sound_free (sound);
  }
}

static void
test_samples (void)
{
  assert_sound ("abcdefghi", 9, "abcdefgh", 24000);
  assert_sound (wave, sizeof wave - 1, "1234", 16000);
}

static void
test_what_is_no_sound (void)
{
  static const struct
  {
    const gchar *data;
    gsize size;
  } rows[] = {
    {"{\"error\":{}}", 12}, {"<html>", 6}, {"ID3\4", 4}, {"OggS", 4},
    {"RIFF\0\0\0\0WAVEdata\1\0\0\0xxxx", 24},
    {"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\1\0\2\0\x80\x3e\0\0\0\x7d\0\0\2\0\x10\0"
          "data\1\0\0\0", 44},
    {"RIFF\0\0\0\0WAVEfmt \x04\0\0\0\1\0\2\0", 24},
    {"RIFF\0\0\0\0WAVELIST\xff\xff\xff\x7f", 20},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    OpenaiSound *sound = openai_sound_new ();
    GString *out = g_string_new (NULL);

    g_assert_false (take_all (sound, rows[i].data, rows[i].size, 3, out));
    g_string_free (out, TRUE);
    openai_sound_free (sound);
  }
}

static void
test_events (void)
{
  static const gchar *const texts[] = {
    "{\"type\":\"speech.audio.delta\",\"audio\":\"YWJj\"}",
    "{\"type\":\"speech.audio.delta\",\"delta\":\"ZGVm\"}",
    "{\"type\":\"speech.audio.done\",\"usage\":{}}", "[DONE]"
  };
  static const gchar *const wrong[] = { "{\"error\":{}}", "{\"a" };
  OpenaiSound *sound = openai_sound_new ();
  GBytes *samples;

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    samples = openai_sound_event (sound, texts[i], strlen (texts[i]), NULL);
    g_assert_cmpuint (g_bytes_get_size (samples), ==, i == 1 ? 6 : 0);
    g_bytes_unref (samples);
  }
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    g_assert_null (openai_sound_event (sound, wrong[i], strlen (wrong[i]),
            NULL));
  openai_sound_free (sound);
}

static void
test_extra_goes_over_ours (void)
{
  JsonObject *extra = json_object_new ();
  OpenaiSpeech speech = {.model = "m",.voice = "v",.input = "Hi.",
    .speed = 1,.extra = extra
  };
  gchar *json;

  json_object_set_string_member (extra, "response_format", "wav");
  json_object_set_null_member (extra, "voice");
  json = openai_speech_to_json (&speech);
  g_assert_cmpstr (json, ==, "{\"model\":\"m\",\"input\":\"Hi.\","
      "\"response_format\":\"wav\"}");
  g_free (json);
  json_object_unref (extra);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/openai-speech/samples", test_samples);
  g_test_add_func ("/openai-speech/what-is-no-sound", test_what_is_no_sound);
  g_test_add_func ("/openai-speech/events", test_events);
  g_test_add_func ("/openai-speech/extra", test_extra_goes_over_ours);
  return g_test_run ();
}
