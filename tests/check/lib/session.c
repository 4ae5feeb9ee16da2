/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The session: who shares it, when it is another one, what is reported where,
 * and that its journal and its messages tell the same.
 */
#include <gst-voice/clock.h>
#include <gst-voice/events.h>
#include <gst-voice/session.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/resource.h>

static GstElement *
two_in_a_pipeline (GstElement ** a, GstElement ** b)
{
  GstElement *pipeline = gst_pipeline_new ("p");

  *a = gst_element_factory_make ("identity", "a");
  *b = gst_element_factory_make ("identity", "b");
  gst_bin_add_many (GST_BIN (pipeline), *a, *b, NULL);
  return pipeline;
}

static void
shared_in_a_pipeline (void)
{
  GstElement *a, *b, *pipeline = two_in_a_pipeline (&a, &b);
  GstVoiceSession *x = gst_voice_session_obtain (a);
  GstVoiceSession *y = gst_voice_session_obtain (b);

  g_assert_true (x == y);
  g_object_unref (x);
  g_object_unref (y);
  gst_object_unref (pipeline);
}

typedef struct
{
  GstElement *element;
  GstVoiceSession *session;
} Obtainer;

static gpointer
obtain (gpointer data)
{
  Obtainer *self = data;

  self->session = gst_voice_session_obtain (self->element);
  return NULL;
}

static void
one_if_two_ask_at_once (void)
{
  for (guint i = 0; i < 50; i++) {
    GstElement *a, *b, *pipeline = two_in_a_pipeline (&a, &b);
    Obtainer x = { a, NULL }, y = { b, NULL };
    GThread *s = g_thread_new ("x", obtain, &x);
    GThread *t = g_thread_new ("y", obtain, &y);

    g_thread_join (s);
    g_thread_join (t);
    g_assert_true (x.session == y.session);
    g_object_unref (x.session);
    g_object_unref (y.session);
    gst_object_unref (pipeline);
  }
}

static void
another_one_after_null (void)
{
  GstElement *a, *b, *pipeline = two_in_a_pipeline (&a, &b);
  GstVoiceSession *first, *second;

  gst_element_set_state (pipeline, GST_STATE_READY);
  first = gst_voice_session_obtain (a);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_element_set_state (pipeline, GST_STATE_READY);
  second = gst_voice_session_obtain (a);
  g_assert_true (first != second);
  g_object_unref (first);
  g_object_unref (second);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}

static void
given_by_the_application (void)
{
  GstElement *a, *b, *pipeline = two_in_a_pipeline (&a, &b);
  GstVoiceSession *given = gst_voice_session_new ("call-1"), *seen;
  GstContext *context = gst_voice_session_to_context (given);

  gst_element_set_context (pipeline, context);
  gst_context_unref (context);
  seen = gst_voice_session_obtain (b);
  g_assert_true (seen == given);
  g_assert_cmpstr (gst_voice_session_call_id (seen), ==, "call-1");
  g_object_unref (seen);
  g_object_unref (given);
  gst_object_unref (pipeline);
}

static void
journal_and_messages_agree (void)
{
  gchar *dir = g_dir_make_tmp ("session-XXXXXX", NULL);
  gchar *path = g_build_filename (dir, "j.jsonl", NULL), *text, **lines;
  GstElement *a, *b, *pipeline = two_in_a_pipeline (&a, &b);
  GstVoiceSession *session = gst_voice_session_new ("call-2");
  GstBus *bus = gst_element_get_bus (pipeline);
  GstMessage *message;
  GstVoiceUsage usage;
  guint n = 0;

  g_assert_true (gst_voice_session_open_journal (session, path, NULL));
  gst_voice_session_set_variable (session, NULL, "caller", "+1555");
  gst_voice_session_report_at (session, a, gst_voice_structure_new ("turn",
          "turn", 1u, "text", "Hi.", NULL), GST_SECOND, TRUE);
  gst_voice_session_report_at (session, b, gst_voice_structure_new ("interim",
          "text", "not in the journal", NULL), GST_SECOND, FALSE);
  gst_voice_session_report_at (session, b, gst_voice_structure_new ("usage",
          "tokens-in", 10u, "tokens-out", 4u, "cost", 0.5, NULL),
      2 * GST_SECOND, FALSE);
  gst_voice_session_end (session, a, "completed");
  gst_voice_session_end (session, a, "again");
  gst_voice_session_report (session, a, gst_voice_structure_new ("variable",
          "name", "late", "value", "1", NULL));

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 5);
  g_assert_nonnull (strstr (lines[0], "\"type\":\"session-started\""));
  g_assert_nonnull (strstr (lines[0], "\"caller\":\"+1555\""));
  g_assert_nonnull (strstr (lines[1], "\"n\":2,\"at\":1.0,"));
  g_assert_nonnull (strstr (lines[2], "\"cost\":0.5"));
  g_assert_nonnull (strstr (lines[3], "\"reason\":\"completed\""));
  g_assert_nonnull (strstr (lines[3], "\"turns\":1,"));

  while ((message = gst_bus_pop_filtered (bus, GST_MESSAGE_ELEMENT))) {
    guint number = gst_voice_structure_uint (gst_message_get_structure
        (message), "n");

    if (number > 0)
      g_assert_cmpuint (number, ==, ++n);
    gst_message_unref (message);
  }
  g_assert_cmpuint (n, ==, 4);
  gst_voice_session_get_usage (session, &usage);
  g_assert_cmpuint (usage.tokens_in, ==, 10);
  g_assert_cmpuint (usage.turns, ==, 1);

  g_strfreev (lines);
  g_free (text);
  gst_object_unref (bus);
  g_object_unref (session);
  gst_object_unref (pipeline);
  g_unlink (path);
  g_rmdir (dir);
  g_free (path);
  g_free (dir);
}

/* The file may not grow: one WARNING, who reports is told, the call goes on. */
static void
journal_that_cannot_be_written (void)
{
  GstElement *a, *b, *pipeline = two_in_a_pipeline (&a, &b);
  GstVoiceSession *session = gst_voice_session_new (NULL);
  gchar *dir = g_dir_make_tmp ("session-XXXXXX", NULL);
  gchar *path = g_build_filename (dir, "full", NULL);
  GstBus *bus = gst_element_get_bus (pipeline);
  struct rlimit old, limit;
  guint warnings = 0;
  GstMessage *message;

  g_assert_true (gst_voice_session_open_journal (session, path, NULL));
  getrlimit (RLIMIT_FSIZE, &old);
  limit = old;
  limit.rlim_cur = 100;
  signal (SIGXFSZ, SIG_IGN);
  setrlimit (RLIMIT_FSIZE, &limit);
  for (guint i = 0; i < 3; i++)
    g_assert_false (gst_voice_session_report (session, a,
            gst_voice_structure_new ("note", "text", path, NULL)));
  setrlimit (RLIMIT_FSIZE, &old);
  while ((message = gst_bus_pop (bus))) {
    warnings += GST_MESSAGE_TYPE (message) == GST_MESSAGE_WARNING;
    gst_message_unref (message);
  }
  g_assert_cmpuint (warnings, ==, 1);
  gst_object_unref (bus);
  g_object_unref (session);
  gst_object_unref (pipeline);
  g_unlink (path);
  g_rmdir (dir);
  g_free (path);
  g_free (dir);
}

static void
report_note (GstVoiceSession * session, GstElement * element,
    const gchar * text)
{
  gst_voice_session_report (session, element, gst_voice_structure_new ("note",
          "text", text, NULL));
}

static gpointer
finish_later (gpointer data)
{
  Obtainer *self = data;

  report_note (self->session, self->element, "late");
  gst_voice_session_release (self->session);
  return NULL;
}

/* The call is over, what it has begun is not: the last line is the last. */
static void
journal_waits_for_what_runs (void)
{
  gchar *dir = g_dir_make_tmp ("session-XXXXXX", NULL);
  gchar *path = g_build_filename (dir, "j.jsonl", NULL), *text, **lines;
  GstElement *a, *b, *pipeline = two_in_a_pipeline (&a, &b);
  GstVoiceSession *session = gst_voice_session_new (NULL);
  Obtainer later = { a, session };
  GThread *thread;

  g_assert_true (gst_voice_session_open_journal (session, path, NULL));
  report_note (session, a, "begun");
  gst_voice_session_hold (session);
  gst_voice_session_hold (session);
  gst_voice_session_release (session);
  gst_voice_session_end (session, b, "completed");
  g_assert_false (gst_voice_session_wait (session, 0));
  thread = g_thread_new ("later", finish_later, &later);
  g_assert_true (gst_voice_session_wait (session, 30 * GST_SECOND));
  g_thread_join (thread);
  report_note (session, a, "too late");

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 5);
  g_assert_nonnull (strstr (lines[1], "\"begun\""));
  g_assert_nonnull (strstr (lines[2], "\"late\""));
  g_assert_nonnull (strstr (lines[3], "\"type\":\"session-ended\""));
  g_strfreev (lines);
  g_free (text);
  g_object_unref (session);
  gst_object_unref (pipeline);
  g_unlink (path);
  g_rmdir (dir);
  g_free (path);
  g_free (dir);
}

static void
variables_and_time_zone (void)
{
  GstElement *a, *b, *pipeline = two_in_a_pipeline (&a, &b);
  GstVoiceSession *session = gst_voice_session_new (NULL);
  GDateTime *here, *there;
  gchar *value;

  g_assert_null (gst_voice_session_get_variable (session, "x"));
  gst_voice_session_set_variable (session, a, "x", "1");
  value = gst_voice_session_get_variable (session, "x");
  g_assert_cmpstr (value, ==, "1");
  g_free (value);

  gst_voice_session_set_variable (session, a, "time_zone", "Asia/Tokyo");
  here = gst_voice_session_now (session, a);
  g_assert_cmpint (g_date_time_get_utc_offset (here), ==, 9 * G_TIME_SPAN_HOUR);
  gst_voice_session_set_variable (session, a, "time_zone", "UTC");
  there = gst_voice_session_now (session, a);
  g_assert_cmpint (g_date_time_get_utc_offset (there), ==, 0);
  g_date_time_unref (here);
  g_date_time_unref (there);
  g_object_unref (session);
  gst_object_unref (pipeline);
}

static void
numbers (void)
{
  GstVoiceSession *session = gst_voice_session_new (NULL);

  g_assert_cmpuint (gst_voice_session_generation (session), ==, 0);
  g_assert_cmpuint (gst_voice_session_interrupt (session), ==, 1);
  g_assert_cmpuint (gst_voice_session_generation (session), ==, 1);
  g_assert_cmpuint (gst_voice_session_next_speech (session), ==, 1);
  g_assert_cmpuint (gst_voice_session_next_speech (session), ==, 2);
  g_assert_nonnull (gst_voice_session_chat (session));
  g_object_unref (session);
}

int
main (int argc, char **argv)
{
  int result;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/shared", shared_in_a_pipeline);
  g_test_add_func ("/session/at-once", one_if_two_ask_at_once);
  g_test_add_func ("/session/after-null", another_one_after_null);
  g_test_add_func ("/session/given", given_by_the_application);
  g_test_add_func ("/session/journal", journal_and_messages_agree);
  g_test_add_func ("/session/unwritable", journal_that_cannot_be_written);
  g_test_add_func ("/session/hold", journal_waits_for_what_runs);
  g_test_add_func ("/session/variables", variables_and_time_zone);
  g_test_add_func ("/session/numbers", numbers);
  result = g_test_run ();
  gst_deinit ();
  return result;
}
