/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What Deepgram is asked for, and how its messages are read.
 */
#include "deepgram-wire.h"

#include <string.h>

#define S(seconds) ((gint64) ((seconds) * 1000) * 1000000)

static void
assert_path (const DeepgramSettings * settings, const gchar * expected)
{
  guint left_out;
  gchar *path = deepgram_path (settings, &left_out);

  g_assert_cmpstr (path, ==, expected);
  g_assert_cmpuint (left_out, ==, 0);
  g_free (path);
}

static void
test_the_least_is_asked_for (void)
{
  DeepgramSettings settings = {.model = "nova-3",.rate = 16000,
    .endpointing = 25
  };

  assert_path (&settings, "/v1/listen?model=nova-3&encoding=linear16"
      "&sample_rate=16000&channels=1&interim_results=true&punctuate=true"
      "&vad_events=true&endpointing=25");
}

static void
test_everything_is_asked_for (void)
{
  DeepgramSettings settings = {
    .model = "nova-3-medical",.language = "en-gb",.rate = 8000,
    .key_terms = "Dr. Okafor| ibuprofen ||a&b=c",.endpointing = -1,
    .utterance_end = 1000,.smart_format = TRUE,.numerals = TRUE,
    .profanity_filter = TRUE,.mip_opt_out = TRUE,.redact = "pci|ssn",
    .tag = "night shift",.extra = "?version=latest&dictation=true"
  };

  assert_path (&settings, "/v1/listen?model=nova-3-medical&language=en-GB"
      "&encoding=linear16&sample_rate=8000&channels=1&interim_results=true"
      "&punctuate=true&vad_events=true&endpointing=false"
      "&utterance_end_ms=1000&smart_format=true&no_delay=true&numerals=true"
      "&profanity_filter=true&mip_opt_out=true&redact=pci&redact=ssn"
      "&tag=night%20shift&keyterm=Dr.%20Okafor&keyterm=ibuprofen"
      "&keyterm=a%26b%3Dc&version=latest&dictation=true");
}

static void
test_languages_are_those_it_knows (void)
{
  static const gchar *const rows[][2] = {
    {"de-DE", "de"}, {"de-ch", "de-CH"}, {"en_US", "en"}, {"multi", "multi"},
    {"pt-BR", "pt-BR"}, {"ja", "ja"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    DeepgramSettings settings = {.model = "nova-3",.language = rows[i][0] };
    gchar *query = g_strdup_printf ("&language=%s&", rows[i][1]);
    guint left_out;
    gchar *path = deepgram_path (&settings, &left_out);

    g_assert_nonnull (strstr (path, query));
    g_free (path);
    g_free (query);
  }
}

static void
test_older_models_have_keywords (void)
{
  static const gchar *const models[] = { "nova-2", "nova-2-phonecall",
    "enhanced", "base", "nova"
  };

  for (guint i = 0; i < G_N_ELEMENTS (models); i++) {
    DeepgramSettings settings = {.model = models[i],.key_terms = "a|b" };
    guint left_out;
    gchar *path = deepgram_path (&settings, &left_out);

    g_assert_true (g_str_has_suffix (path, "&keywords=a&keywords=b"));
    g_free (path);
  }
}

/* It falls silent if there are more than 500 tokens of them. */
static void
test_too_many_key_terms_are_left_out (void)
{
  GString *terms = g_string_new ("first");
  DeepgramSettings settings = {.model = "nova-3" };
  guint left_out;
  gchar *path;

  for (guint i = 0; i < 400; i++)
    g_string_append_printf (terms, "|term %u", i);
  settings.key_terms = terms->str;
  path = deepgram_path (&settings, &left_out);
  g_assert_cmpuint (left_out, >, 200);
  g_assert_cmpuint (left_out, <, 300);
  g_assert_nonnull (strstr (path, "&keyterm=first&keyterm=term%200&"));
  g_free (path);
  g_string_free (terms, TRUE);
}

static DeepgramMessage *
parse (const gchar * text)
{
  gchar *json = g_strdelimit (g_strdup (text), "'", '"');
  GError *error = NULL;
  DeepgramMessage *message = deepgram_message_parse (json, strlen (json),
      &error);

  g_assert_no_error (error);
  g_assert_nonnull (message);
  g_free (json);
  return message;
}

static void
assert_word (DeepgramMessage * message, guint i, const gchar * text,
    guint offset, gint64 start, gint64 end)
{
  SpeechWord *word = &g_array_index (message->words, SpeechWord, i);

  g_assert_cmpuint (i, <, message->words->len);
  g_assert_cmpstr (word->text, ==, text);
  g_assert_cmpuint (word->offset, ==, offset);
  g_assert_cmpuint (word->length, ==, g_utf8_strlen (text, -1));
  g_assert_cmpint (word->start, ==, start);
  g_assert_cmpint (word->end, ==, end);
}

static void
test_a_final_has_words_with_times (void)
{
  DeepgramMessage *m = parse ("{'type':'Results','start':1.5,'duration':1.2,"
      "'is_final':true,'speech_final':true,'new':{},'channel':{'alternatives':"
      "[{'transcript':' \u00dcber there. ','confidence':0.98,'words':["
      "{'word':'uber','punctuated_word':'\u00dcber','start':1.6,'end':2},"
      "{'word':'there','punctuated_word':'there.','start':2.1,'end':2.5}]},"
      "{'transcript':'worse'}]},'metadata':{'request_id':'r-1'}}");

  g_assert_cmpint (m->type, ==, DEEPGRAM_RESULTS);
  g_assert_cmpstr (m->text, ==, "\u00dcber there.");
  g_assert_true (m->is_final && m->speech_final && !m->from_finalize);
  g_assert_cmpint (m->start, ==, S (1.5));
  g_assert_cmpint (m->end, ==, S (2.7));
  g_assert_cmpfloat (m->confidence, ==, 0.98);
  g_assert_cmpstr (m->request_id, ==, "r-1");
  g_assert_null (m->language);
  g_assert_cmpuint (m->words->len, ==, 2);
  assert_word (m, 0, "\u00dcber", 0, S (1.6), S (2));
  assert_word (m, 1, "there.", 5, S (2.1), S (2.5));
  deepgram_message_free (m);
}

static void
test_an_interim_without_punctuation (void)
{
  DeepgramMessage *m = parse ("{'type':'Results','start':0,'duration':1,"
      "'is_final':false,'speech_final':true,'channel':{'alternatives':[{"
      "'transcript':'a a table','languages':['en'],'words':["
      "{'word':'a','start':0.1,'end':0.2},{'word':'a','start':0.2,'end':0.3},"
      "{'word':'Table','start':0.3,'end':0.9}]}]}}");

  g_assert_false (m->is_final || m->speech_final);
  g_assert_cmpfloat (m->confidence, <, 0);
  g_assert_cmpstr (m->language, ==, "en");
  g_assert_cmpuint (m->words->len, ==, 3);
  assert_word (m, 0, "a", 0, S (0.1), S (0.2));
  assert_word (m, 1, "a", 2, S (0.2), S (0.3));
  /* Not in the transcript as it is here. */
  g_assert_cmpuint (g_array_index (m->words, SpeechWord, 2).length, ==, 0);
  deepgram_message_free (m);
}

static void
test_what_makes_no_sense_is_missing (void)
{
  DeepgramMessage *m = parse ("{'type':'Results','start':-1,'duration':'1',"
      "'is_final':1,'channel':{'alternatives':[{'transcript':'x',"
      "'confidence':7,'words':[{'word':'x','start':2,'end':1},{'word':''},"
      "null,{'word':'x','start':1e99,'end':1e99}]}]},"
      "'metadata':{'request_id':'a b'}}");

  g_assert_cmpstr (m->text, ==, "x");
  g_assert_false (m->is_final);
  g_assert_cmpint (m->start, ==, SPEECH_NO_TIME);
  g_assert_cmpint (m->end, ==, SPEECH_NO_TIME);
  g_assert_cmpfloat (m->confidence, <, 0);
  g_assert_cmpuint (m->words->len, ==, 0);
  g_assert_null (m->request_id);
  deepgram_message_free (m);
}

static void
test_other_messages (void)
{
  DeepgramMessage *m = parse ("{'type':'SpeechStarted','timestamp':1.5}");

  g_assert_cmpint (m->type, ==, DEEPGRAM_SPEECH_STARTED);
  g_assert_cmpint (m->start, ==, S (1.5));
  deepgram_message_free (m);
  m = parse ("{'type':'UtteranceEnd','last_word_end':2.5}");
  g_assert_cmpint (m->type, ==, DEEPGRAM_UTTERANCE_END);
  g_assert_cmpint (m->end, ==, S (2.5));
  deepgram_message_free (m);
  m = parse ("{'type':'Metadata','request_id':'r-2'}");
  g_assert_cmpint (m->type, ==, DEEPGRAM_METADATA);
  g_assert_cmpstr (m->request_id, ==, "r-2");
  deepgram_message_free (m);
  m = parse ("{'type':'Error','variant':'NET-0001','description':'no audio'}");
  g_assert_cmpint (m->type, ==, DEEPGRAM_ERROR);
  g_assert_cmpstr (m->code, ==, "NET-0001");
  g_assert_cmpstr (m->text, ==, "no audio");
  deepgram_message_free (m);
  m = parse ("{'type':'Tomorrow'}");
  g_assert_cmpint (m->type, ==, DEEPGRAM_OTHER);
  deepgram_message_free (m);
}

static void
test_what_is_no_object_is_refused (void)
{
  static const gchar *const texts[] = { "", "[]", "7", "{\"type\":", "{}x" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    GError *error = NULL;

    g_assert_null (deepgram_message_parse (texts[i], strlen (texts[i]),
            &error));
    g_assert_nonnull (error);
    g_error_free (error);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/deepgram-wire/" #name, test_##name)
  ADD (the_least_is_asked_for);
  ADD (everything_is_asked_for);
  ADD (languages_are_those_it_knows);
  ADD (older_models_have_keywords);
  ADD (too_many_key_terms_are_left_out);
  ADD (a_final_has_words_with_times);
  ADD (an_interim_without_punctuation);
  ADD (what_makes_no_sense_is_missing);
  ADD (other_messages);
  ADD (what_is_no_object_is_refused);
  return g_test_run ();
}
