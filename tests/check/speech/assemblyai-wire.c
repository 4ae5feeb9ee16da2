/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What AssemblyAI is asked for, and how its messages are read.
 */
#include "assemblyai-wire.h"

#include <string.h>

static AssemblyaiMessage *
parse (const gchar * text)
{
  gchar *json = g_strdelimit (g_strdup (text), "'", '"');
  GError *error = NULL;
  AssemblyaiMessage *message = assemblyai_message_parse (json, strlen (json),
      &error);

  g_assert_no_error (error);
  g_free (json);
  return message;
}

static void
test_the_model_follows_the_language (void)
{
  static const gchar *const rows[][3] = {
    {"universal-streaming", "en-GB",
        "speech_model=universal-streaming-english&"},
    {"universal-streaming", "de", "=universal-streaming-multilingual&"},
    {"universal-streaming", NULL, "=universal-streaming-multilingual&"},
    {"u3-rt-pro", "de-DE",
        "speech_model=u3-rt-pro&language_codes=%5B%22de%22%5D&"},
    {"u3-rt-pro", "multi", "speech_model=u3-rt-pro&format"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    const AssemblyaiSettings settings = {.model = rows[i][0],
      .language = rows[i][1],.rate = 8000,.end_of_turn_confidence = -1
    };
    guint left_out;
    gchar *path = assemblyai_path (&settings, &left_out);

    g_assert_nonnull (strstr (path, rows[i][2]));
    g_free (path);
  }
}

static void
test_key_terms_have_limits (void)
{
  GString *terms = g_string_new ("a term that is much longer than the fifty "
      "characters it may have");
  AssemblyaiSettings settings = {.model = "x",.rate = 8000 };
  guint left_out;
  gchar *path;

  for (guint i = 0; i < 120; i++)
    g_string_append_printf (terms, "|t%u", i);
  settings.key_terms = terms->str;
  path = assemblyai_path (&settings, &left_out);
  g_assert_cmpuint (left_out, ==, 21);
  g_assert_nonnull (strstr (path, "keyterms_prompt=%5B%22t0%22%2C"));
  g_assert_nonnull (strstr (path, "%22t99%22%5D"));
  g_free (path);
  g_string_free (terms, TRUE);
}

static void
test_a_turn_that_goes_on (void)
{
  AssemblyaiMessage *m = parse ("{'type':'Turn','turn_order':3,"
      "'end_of_turn':false,'transcript':'one','end_of_turn_confidence':0.25,"
      "'words':[{'text':'one','start':100,'end':200,'confidence':1},"
      "{'text':'two','start':200,'end':300,'confidence':0.5,"
      "'word_is_final':false},{'text':'bad','start':9,'end':1}]}");

  g_assert_cmpint (m->type, ==, ASSEMBLYAI_TURN);
  g_assert_cmpstr (m->text, ==, "one two bad");
  g_assert_cmpuint (m->turn, ==, 3);
  g_assert_false (m->end_of_turn || m->formatted);
  g_assert_cmpfloat (m->end_of_turn_confidence, ==, 0.25);
  g_assert_cmpfloat (m->confidence, ==, 0.75);
  g_assert_cmpuint (m->words->len, ==, 2);
  g_assert_cmpuint (g_array_index (m->words, SpeechWord, 1).offset, ==, 4);
  g_assert_cmpint (g_array_index (m->words, SpeechWord, 1).end, ==, 300000000);
  assemblyai_message_free (m);
}

static void
test_a_turn_that_is_over (void)
{
  AssemblyaiMessage *m = parse ("{'type':'Turn','turn_order':-1,"
      "'turn_is_formatted':true,'end_of_turn':true,'transcript':' One, two. ',"
      "'language_code':'en','words':[{'text':'One,','start':0,'end':1}]}");

  g_assert_cmpstr (m->text, ==, "One, two.");
  g_assert_cmpuint (m->turn, ==, 0);
  g_assert_true (m->end_of_turn && m->formatted);
  g_assert_cmpfloat (m->confidence, <, 0);
  g_assert_cmpstr (m->language, ==, "en");
  assemblyai_message_free (m);
}

static void
test_other_messages (void)
{
  AssemblyaiMessage *m = parse ("{'type':'Begin','id':'s','expires_at':7}");

  g_assert_cmpint (m->type, ==, ASSEMBLYAI_BEGIN);
  g_assert_cmpstr (m->session, ==, "s");
  g_assert_cmpint (m->expires, ==, 7);
  assemblyai_message_free (m);
  m = parse ("{'error':'no'}");
  g_assert_cmpint (m->type, ==, ASSEMBLYAI_ERROR);
  g_assert_cmpstr (m->text, ==, "no");
  assemblyai_message_free (m);
  m = parse ("{'type':'Tomorrow','error':'no'}");
  g_assert_cmpint (m->type, ==, ASSEMBLYAI_OTHER);
  assemblyai_message_free (m);
  g_assert_null (assemblyai_message_parse ("[]", 2, NULL));
}

static void
test_close_codes (void)
{
  static const struct
  {
    guint code;
    const gchar *reason;
    GstVoiceError error;
  } rows[] = {
    {1008, "Unauthorized", GST_VOICE_ERROR_AUTH},
    {1008, NULL, GST_VOICE_ERROR_AUTH},
    {1008, "Insufficient balance", GST_VOICE_ERROR_QUOTA},
    {1008, "Too many concurrent sessions", GST_VOICE_ERROR_RATE_LIMITED},
    {1013, "", GST_VOICE_ERROR_SERVER},
    {3005, "", GST_VOICE_ERROR_SERVER},
    {3006, "", GST_VOICE_ERROR_BAD_REQUEST},
    {3007, "", GST_VOICE_ERROR_BAD_REQUEST},
    {3008, "", GST_VOICE_ERROR_DISCONNECTED},
    {3009, "", GST_VOICE_ERROR_RATE_LIMITED},
    {4001, "", GST_VOICE_ERROR_AUTH},
    {4002, "", GST_VOICE_ERROR_QUOTA},
  };
  GstVoiceError error;
  const gchar *what;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_assert_true (assemblyai_close_error (rows[i].code, rows[i].reason,
            &error, &what));
    g_assert_cmpint (error, ==, rows[i].error);
  }
  g_assert_false (assemblyai_close_error (0, NULL, &error, &what));
  g_assert_false (assemblyai_close_error (1011, NULL, &error, &what));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/assemblyai-wire/" #name, test_##name)
  ADD (the_model_follows_the_language);
  ADD (key_terms_have_limits);
  ADD (a_turn_that_goes_on);
  ADD (a_turn_that_is_over);
  ADD (other_messages);
  ADD (close_codes);
  return g_test_run ();
}
