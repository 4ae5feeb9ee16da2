/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The element around the core: sentences with what they stand for, speeches,
 * interruptions, settings.
 */
#include "../doc-line.h"

#include <gst-voice/events.h>
#include <gst-voice/meta.h>
#include <gst/check/gstharness.h>
#include <string.h>

static GstHarness *
set_up (const gchar * launch)
{
  GstHarness *h = gst_harness_new_parse (launch);

  gst_harness_set_src_caps_str (h, "text/x-raw,format=utf8");
  return h;
}

static void
push_event (GstHarness * h, GstVoiceCarrier carrier, GstStructure * s)
{
  gst_harness_push_event (h, gst_voice_event_new (carrier, NULL, s));
}

static void
begin (GstHarness * h, guint speech, guint generation)
{
  push_event (h, GST_VOICE_ORDERED, gst_voice_structure_new ("speech",
          "speech", speech, "interruptible", TRUE, "generation", generation,
          NULL));
}

static void
end (GstHarness * h, guint speech, guint generation)
{
  push_event (h, GST_VOICE_ORDERED, gst_voice_structure_new ("speech-end",
          "speech", speech, "generation", generation, NULL));
}

static void
token (GstHarness * h, guint speech, guint generation, const gchar * text)
{
  GstBuffer *buffer = gst_voice_text_buffer_new (text);
  GstVoiceMeta *meta = gst_voice_meta_add (buffer);

  meta->speech = speech;
  meta->turn = speech;
  meta->generation = generation;
  g_assert_cmpint (gst_harness_push (h, buffer), ==, GST_FLOW_OK);
}

/* "text=written@offset" of all that has come out. */
static gchar *
sentences (GstHarness * h)
{
  GString *out = g_string_new (NULL);
  GstBuffer *buffer;

  while ((buffer = gst_harness_try_pull (h))) {
    const GstVoiceMeta *meta = gst_voice_meta_get (buffer);
    gchar *text = gst_voice_text_buffer_get (buffer);

    g_string_append_printf (out, "[%s=%s@%u]", text, meta->written,
        meta->offset);
    g_assert_cmpuint (meta->length, ==, g_utf8_strlen (meta->written, -1));
    g_free (text);
    gst_buffer_unref (buffer);
  }
  return g_string_free (out, FALSE);
}

#define assert_sentences(h, expected) G_STMT_START { \
  gchar *got = sentences (h); \
  g_assert_cmpstr (got, ==, expected); \
  g_free (got); \
} G_STMT_END

static void
sentences_of_a_speech (void)
{
  GstHarness *h = set_up ("speakable clause-words=0");

  begin (h, 1, 0);
  token (h, 1, 0, "It costs **$3");
  token (h, 1, 0, ".50**. ");
  token (h, 1, 0, "Come at 2:30 ");
  assert_sentences (h,
      "[It costs three dollars and fifty cents." "=It costs **$3.50**. @0]");
  token (h, 1, 0, "pm.");
  end (h, 1, 0);
  assert_sentences (h, "[Come at two thirty P M.=Come at 2:30 pm.@20]");
  gst_harness_teardown (h);
}

static void
words_and_marks (void)
{
  GstHarness *h = set_up ("speakable");
  const GstVoiceMeta *meta;
  GstBuffer *buffer;

  begin (h, 7, 3);
  token (h, 7, 3, "Room 5.");
  end (h, 7, 3);
  buffer = gst_harness_pull (h);
  meta = gst_voice_meta_get (buffer);
  g_assert_cmpuint (meta->speech, ==, 7);
  g_assert_cmpuint (meta->turn, ==, 7);
  g_assert_cmpuint (meta->generation, ==, 3);
  g_assert_cmpuint (meta->words->n, ==, 2);
  g_assert_cmpstr (meta->words->word[1].text, ==, "five.");
  g_assert_cmpuint (meta->words->word[1].offset, ==, 5);
  gst_buffer_unref (buffer);
  gst_harness_teardown (h);
}

/* What makes no sound is not lost: it belongs to the next sentence. */
static void
mute_text_is_kept (void)
{
  GstHarness *h = set_up ("speakable clause-words=0");

  begin (h, 1, 0);
  token (h, 1, 0, "```\ncode\n```\nDone. ");
  end (h, 1, 0);
  assert_sentences (h, "[Done.=```\ncode\n```\nDone. @0]");
  gst_harness_teardown (h);
}

static void
interrupted (void)
{
  GstHarness *h = set_up ("speakable clause-words=0");

  begin (h, 1, 0);
  token (h, 1, 0, "This will never be");
  push_event (h, GST_VOICE_OOB, gst_voice_structure_new ("interrupt",
          "generation", 1u, NULL));
  token (h, 1, 0, " heard. At all. ");
  end (h, 1, 0);
  assert_sentences (h, "");
  begin (h, 2, 1);
  token (h, 2, 1, "Yes?");
  end (h, 2, 1);
  assert_sentences (h, "[Yes?=Yes?@0]");
  gst_harness_teardown (h);
}

/* A speech that is not ended ends where the next begins. */
static void
speeches_do_not_mix (void)
{
  GstHarness *h = set_up ("speakable clause-words=0");

  begin (h, 1, 0);
  token (h, 1, 0, "One moment");
  begin (h, 2, 0);
  token (h, 2, 0, "Here");
  end (h, 2, 0);
  assert_sentences (h, "[One moment.=One moment@0][Here.=Here@0]");
  gst_harness_teardown (h);
}

static void
plain_text_until_eos (void)
{
  GstHarness *h = set_up ("speakable clause-words=0");

  gst_harness_push (h, gst_voice_text_buffer_new ("Hello there. How"));
  gst_harness_push (h, gst_voice_text_buffer_new (" are you"));
  gst_harness_push_event (h, gst_event_new_eos ());
  assert_sentences (h, "[Hello there.=Hello there. @0]"
      "[How are you.=How are you@13]");
  gst_harness_teardown (h);
}

static void
lexicon_and_language (void)
{
  GstHarness *h = set_up ("speakable clause-words=0 "
      "lexicon=\"Dr. Wei=doctor way|SQL=sequel\"");

  begin (h, 1, 0);
  token (h, 1, 0, "Ask Dr. Wei about SQL.");
  end (h, 1, 0);
  assert_sentences (h, "[Ask doctor way about sequel.=Ask Dr. Wei about SQL.@0"
      "]");
  gst_harness_teardown (h);

  h = set_up ("speakable clause-words=0 language=de-DE");
  begin (h, 1, 0);
  token (h, 1, 0, "Es sind 21.");
  end (h, 1, 0);
  assert_sentences (h, "[Es sind einundzwanzig.=Es sind 21.@0]");
  gst_harness_teardown (h);
}

static void
bad_lexicon_is_an_error (void)
{
  GstElement *speakable = gst_element_factory_make ("speakable", NULL);
  GstBus *bus = gst_bus_new ();
  gchar *entry = g_strnfill (1000, 'x');
  gchar *lexicon = g_strconcat (entry, "=y", NULL);
  GstMessage *message;

  gst_element_set_bus (speakable, bus);
  g_object_set (speakable, "lexicon", lexicon, NULL);
  g_assert_cmpint (gst_element_set_state (speakable, GST_STATE_PAUSED), ==,
      GST_STATE_CHANGE_FAILURE);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  g_assert_nonnull (message);
  gst_message_unref (message);
  gst_element_set_state (speakable, GST_STATE_NULL);
  gst_element_set_bus (speakable, NULL);
  gst_object_unref (bus);
  gst_object_unref (speakable);
  g_free (entry);
  g_free (lexicon);
}

static void
first_clause_early (void)
{
  GstHarness *h = set_up ("speakable");

  begin (h, 1, 0);
  token (h, 1, 0, "Well, let me see, ");
  token (h, 1, 0, "there is");
  assert_sentences (h, "[Well, let me see,=Well, let me see, @0]");
  gst_harness_teardown (h);
}

static void
launch_line (void)
{
  doc_line_run ("plugins/speech/gstspeakable.c");
}

int
main (int argc, char **argv)
{
  int result;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/speakable/sentences", sentences_of_a_speech);
  g_test_add_func ("/speakable/marks", words_and_marks);
  g_test_add_func ("/speakable/mute", mute_text_is_kept);
  g_test_add_func ("/speakable/interrupted", interrupted);
  g_test_add_func ("/speakable/speeches", speeches_do_not_mix);
  g_test_add_func ("/speakable/plain", plain_text_until_eos);
  g_test_add_func ("/speakable/lexicon", lexicon_and_language);
  g_test_add_func ("/speakable/bad-lexicon", bad_lexicon_is_an_error);
  g_test_add_func ("/speakable/clause", first_clause_early);
  g_test_add_func ("/speakable/launch", launch_line);
  result = g_test_run ();
  gst_deinit ();
  return result;
}
