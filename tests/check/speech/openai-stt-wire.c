/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What OpenAI is asked for, and how its events and answers are read.
 */
#include "openai-stt-wire.h"

#include <string.h>

static OpenaiSttEvent *
parse (const gchar * text)
{
  gchar *json = g_strdelimit (g_strdup (text), "'", '"');
  GError *error = NULL;
  OpenaiSttEvent *event = openai_stt_event_parse (json, strlen (json), &error);

  g_assert_no_error (error);
  g_free (json);
  return event;
}

static void
test_a_session_is_set_up (void)
{
  OpenaiSttSettings settings = {.model = "m",.language = "multi",
    .threshold = 0.5,.prefix = 300,.silence = 400
  };
  gchar *session = openai_stt_session (&settings);

  g_assert_nonnull (strstr (session, "{\"model\":\"m\"},\"turn_detection\":{"
          "\"type\":\"server_vad\",\"threshold\":0.5,"
          "\"prefix_padding_ms\":300,\"silence_duration_ms\":400}}}}}"));
  g_free (session);
  settings.vad = OPENAI_STT_NO_VAD;
  session = openai_stt_session (&settings);
  g_assert_nonnull (strstr (session, "\"turn_detection\":null}"));
  g_free (session);
}

static void
test_sound_is_base64 (void)
{
  static const gint16 samples[] = { 0x4241, 0x4443, 0x4645 };
  gchar *event = openai_stt_append (samples, 3);

  g_assert_cmpstr (event, ==, "{\"type\":\"input_audio_buffer.append\","
      "\"audio\":\"QUJDREVG\"}");
  g_free (event);
}

static void
test_events (void)
{
  OpenaiSttEvent *e = parse ("{'type':'input_audio_buffer.speech_started',"
      "'audio_start_ms':1500,'item_id':'i'}");

  g_assert_cmpint (e->type, ==, OPENAI_STT_STARTED);
  g_assert_cmpint (e->time, ==, G_GINT64_CONSTANT (1500000000));
  g_assert_cmpstr (e->item, ==, "i");
  openai_stt_event_free (e);
  e = parse ("{'type':'input_audio_buffer.committed','item_id':'i',"
      "'previous_item_id':null}");
  g_assert_cmpint (e->type, ==, OPENAI_STT_COMMITTED);
  g_assert_null (e->previous);
  openai_stt_event_free (e);
  e = parse ("{'type':'conversation.item.input_audio_transcription.delta',"
      "'item_id':'i','delta':' two'}");
  g_assert_cmpint (e->type, ==, OPENAI_STT_DELTA);
  g_assert_cmpstr (e->text, ==, " two");
  openai_stt_event_free (e);
  e = parse ("{'type':'conversation.item.input_audio_transcription.completed',"
      "'item_id':'a b','transcript':' two ','languages':[{'code':'en'}]}");
  g_assert_cmpint (e->type, ==, OPENAI_STT_COMPLETED);
  g_assert_cmpstr (e->text, ==, "two");
  g_assert_cmpstr (e->language, ==, "en");
  g_assert_null (e->item);
  openai_stt_event_free (e);
  e = parse ("{'type':'session.created','session':{'expires_at':77}}");
  g_assert_cmpint (e->expires, ==, 77);
  openai_stt_event_free (e);
  e = parse ("{'type':'error','error':{'type':'t','code':'c','message':'m'}}");
  g_assert_cmpstr (e->code, ==, "c");
  g_assert_cmpstr (e->text, ==, "m");
  openai_stt_event_free (e);
  g_assert_null (openai_stt_event_parse ("7", 1, NULL));
}

static void
test_a_file_is_a_form (void)
{
  static const gint16 samples[] = { 1, 2 };
  OpenaiSttSettings settings = {.model = "gpt-transcribe",.language = "de-DE",
    .key_terms = "a|b"
  };
  GBytes *form = openai_stt_form (&settings, samples, 2, 16000, "XX");
  gsize size;
  const gchar *text = g_bytes_get_data (form, &size);
  const gchar *end = "\r\n--XX--\r\n";
  const gchar *wav = g_strstr_len (text, size, "RIFF");

  g_assert_true (g_str_has_prefix (text, "--XX\r\nContent-Disposition: "
          "form-data; name=\"model\"\r\n\r\ngpt-transcribe\r\n--XX\r\n"));
  g_assert_nonnull (g_strstr_len (text, size, "\"keywords[]\"\r\n\r\nb\r\n"));
  g_assert_nonnull (wav);
  g_assert_cmpmem (wav, 48, "RIFF\x28\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0"
      "\x80\x3e\0\0\0\x7d\0\0\2\0\x10\0data\4\0\0\0\1\0\2\0", 48);
  g_assert_cmpmem (text + size - strlen (end), strlen (end), end, strlen (end));
  g_bytes_unref (form);
}

static void
test_answers (void)
{
  gchar *language, *text, *code;

  text = openai_stt_answer_parse ("{\"text\":\" a \"}", 14, &language, NULL);
  g_assert_cmpstr (text, ==, "a");
  g_assert_null (language);
  g_free (text);
  g_assert_null (openai_stt_answer_parse ("{}", 2, &language, NULL));
  g_assert_null (openai_stt_answer_parse ("x", 1, &language, NULL));
  code = openai_stt_error_code ("{\"error\":{\"code\":\"c\"}}");
  g_assert_cmpstr (code, ==, "c");
  g_free (code);
  g_assert_null (openai_stt_error_code (NULL));
  g_assert_null (openai_stt_error_code ("no"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/openai-stt-wire/" #name, test_##name)
  ADD (a_session_is_set_up);
  ADD (sound_is_base64);
  ADD (events);
  ADD (a_file_is_a_form);
  ADD (answers);
  return g_test_run ();
}
