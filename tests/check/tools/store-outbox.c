/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The outbox in the database: a document is there with its call, once, and
 * goes through its states.
 */
#include "fixture.h"

#include <conversation.h>
#include <gst-voice/json.h>
#include <outbox.h>
#include <spool.h>
#include <string.h>

#define CLINIC "7b1e09c2-4c9e-4f0d-9a53-0d6c2f7e1a44"
#define HOUR ((gint64) G_TIME_SPAN_HOUR)

typedef struct
{
  gchar *dir;
  Store *store;
} Scene;

static void
set_up (Scene * scene, gconstpointer unused)
{
  gchar *path;

  scene->dir = fixture_dir ();
  path = g_build_filename (scene->dir, "calls.db", NULL);
  scene->store = store_open (path, STORE_WRITE | STORE_CREATE, NULL);
  g_assert_nonnull (scene->store);
  g_free (path);
}

static void
tear_down (Scene * scene, gconstpointer unused)
{
  store_close (scene->store);
  fixture_remove (scene->dir);
}

static void
put (Scene * scene)
{
  gchar *path = fixture_path ("journals/clinic.jsonl");
  Delivery delivery = { (gchar *) "https://a.example/", (gchar *) "env:HOOK" };

  g_assert_true (store_put_journal (scene->store, path, &delivery, NULL, NULL));
  g_free (path);
}

static guint
count (Scene * scene, const gchar * state)
{
  GPtrArray *entries = outbox_list (scene->store, state, NULL);
  guint n = entries->len;

  g_ptr_array_unref (entries);
  return n;
}

static OutboxEntry *
the_entry (Scene * scene)
{
  OutboxEntry *entry = outbox_find (scene->store, "7b1e", NULL);

  g_assert_nonnull (entry);
  return entry;
}

static const gchar *
settle (Scene * scene, guint status, gint64 retry_after, gint64 now)
{
  OutboxOutcome outcome = { status, retry_after, status / 100 == 2 ? NULL :
        "it said no"
  };
  OutboxEntry *entry = the_entry (scene);
  const gchar *state = outbox_settle (scene->store, entry, &outcome, now, NULL);

  outbox_entry_free (entry);
  return state;
}

static void
with_its_call (Scene * scene, gconstpointer unused)
{
  OutboxEntry *entry;
  gchar *document;

  put (scene);
  put (scene);
  g_assert_cmpuint (count (scene, NULL), ==, 1);
  entry = the_entry (scene);
  g_assert_cmpuint (strlen (entry->id), ==, 32);
  g_assert_cmpstr (entry->call_id, ==, CLINIC);
  g_assert_cmpstr (entry->state, ==, OUTBOX_WAITING);
  g_assert_cmpstr (entry->url, ==, "https://a.example/");
  g_assert_cmpstr (entry->secret, ==, "env:HOOK");
  document = store_get_conversation (scene->store, CLINIC, NULL);
  g_assert_nonnull (strstr (document, entry->id));
  g_free (document);
  outbox_entry_free (entry);
  /* Neither the words of a deleted call nor what was to be sent of them. */
  g_assert_true (store_delete (scene->store, CLINIC, NULL));
  g_assert_cmpuint (count (scene, NULL), ==, 0);
}

static void
the_document (Scene * scene, gconstpointer unused)
{
  static const gchar *members[] = { "document_version", "id", "call_id",
    "reason", "statistics", "variables", "transcript", "tool_calls",
    "interruptions", "usage", "recordings"
  };
  gchar *document;
  JsonNode *node;
  JsonObject *object;

  put (scene);
  document = store_get_conversation (scene->store, CLINIC, NULL);
  node = gst_voice_json_parse (document, -1, GST_VOICE_JSON_MAX_SIZE,
      GST_VOICE_JSON_MAX_DEPTH, NULL);
  g_assert_nonnull (node);
  object = json_node_get_object (node);
  g_assert_cmpstr (json_object_get_string_member (object, "document"), ==,
      "conversation");
  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    g_assert_true (json_object_has_member (object, members[i]));
  g_assert_true (json_object_has_member (json_array_get_object_element
          (json_object_get_array_member (object, "recordings"), 0), "bytes"));
  json_node_unref (node);
  g_free (document);
}

static void
attempts (Scene * scene, gconstpointer unused)
{
  gint64 now;
  OutboxEntry *entry;
  GPtrArray *due;

  put (scene);
  now = g_get_real_time () + 1000;
  due = outbox_due (scene->store, now, 10, NULL);
  g_assert_cmpuint (due->len, ==, 1);
  g_ptr_array_unref (due);
  g_assert_cmpstr (settle (scene, 503, 60000, now), ==, OUTBOX_WAITING);
  g_assert_cmpint (outbox_next (scene->store, NULL), ==,
      (now + 60 * G_USEC_PER_SEC) / 1000 * 1000);
  due = outbox_due (scene->store, now + 59 * G_USEC_PER_SEC, 10, NULL);
  g_assert_cmpuint (due->len, ==, 0);
  g_ptr_array_unref (due);
  entry = the_entry (scene);
  g_assert_cmpuint (entry->attempts, ==, 1);
  g_assert_cmpuint (entry->status, ==, 503);
  g_assert_cmpstr (entry->last_error, ==, "it said no");
  outbox_entry_free (entry);
  g_assert_cmpstr (settle (scene, 0, -1, now + 23 * HOUR), ==, OUTBOX_WAITING);
  g_assert_cmpstr (settle (scene, 0, -1, now + 25 * HOUR), ==, OUTBOX_DEAD);
  g_assert_cmpint (outbox_next (scene->store, NULL), ==, -1);
  g_assert_cmpuint (count (scene, OUTBOX_DEAD), ==, 1);
}

static void
replay_and_drop (Scene * scene, gconstpointer unused)
{
  OutboxOutcome late = { 200, -1, NULL };
  OutboxEntry *before, *after;
  gint64 now = g_get_real_time () + HOUR;
  gchar *document;

  put (scene);
  g_assert_cmpstr (settle (scene, 400, -1, now), ==, OUTBOX_DEAD);
  before = the_entry (scene);
  g_assert_true (outbox_replay (scene->store, before->id, now, NULL));
  after = the_entry (scene);
  g_assert_cmpstr (after->state, ==, OUTBOX_WAITING);
  g_assert_cmpuint (after->attempts, ==, 0);
  outbox_entry_free (after);
  /* What was under way meanwhile does not count. */
  g_assert_nonnull (outbox_settle (scene->store, before, &late, now, NULL));
  g_assert_cmpuint (count (scene, OUTBOX_WAITING), ==, 1);
  g_assert_cmpstr (settle (scene, 200, -1, now), ==, OUTBOX_DELIVERED);
  after = the_entry (scene);
  g_assert_nonnull (after->delivered);
  g_assert_cmpstr (after->last_error, ==, "");
  g_assert_true (outbox_drop (scene->store, after->id, NULL));
  g_assert_cmpuint (count (scene, NULL), ==, 0);
  document = store_get_conversation (scene->store, CLINIC, NULL);
  g_assert_nonnull (document);
  g_free (document);
  outbox_entry_free (after);
  outbox_entry_free (before);
}

static void
wrong_names (Scene * scene, gconstpointer unused)
{
  static const gchar *names[] = { "", "nonsense", "' OR 1 --" };

  put (scene);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    GError *error = NULL;

    g_assert_null (outbox_find (scene->store, names[i], &error));
    g_assert_nonnull (error);
    g_error_free (error);
  }
}

/* What lies beside the journal goes with it, and not before. */
static void
notes (Scene * scene, gconstpointer unused)
{
  gchar *dir = g_build_filename (scene->dir, "spool", NULL);
  Spool *spool = spool_begin (dir, "one", NULL);
  Delivery delivery = { (gchar *) "https://a.example/", NULL };
  SpoolReport report;
  gchar *path;

  g_assert_true (spool_note (spool, &delivery, NULL));
  g_assert_true (store_deliver_pending (scene->store, dir, &report, NULL));
  g_assert_cmpuint (report.running, ==, 1);
  path = fixture_copy (dir, "clinic.jsonl", "one.jsonl");
  spool_end (spool);
  g_free (path);
  path = g_build_filename (dir, "one.delivery", NULL);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_true (store_deliver_pending (scene->store, dir, &report, NULL));
  g_assert_cmpuint (report.delivered, ==, 1);
  g_assert_cmpuint (count (scene, OUTBOX_WAITING), ==, 1);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  /* Of a call that has left nothing, or was put in just before a crash. */
  spool = spool_begin (dir, "one", NULL);
  g_assert_true (spool_note (spool, &delivery, NULL));
  spool_end (spool);
  g_assert_true (store_deliver_pending (scene->store, dir, &report, NULL));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_free (path);
  g_free (dir);
}

/* Nothing is taken for a call that goes nowhere because its note is damaged. */
static void
a_damaged_note (Scene * scene, gconstpointer unused)
{
  gchar *journal = fixture_copy (scene->dir, "clinic.jsonl", "one.jsonl");
  gchar *path = g_build_filename (scene->dir, "one.delivery", NULL);
  GError *error = NULL;
  SpoolReport report;

  g_assert_true (g_file_set_contents (path, "{", -1, NULL));
  g_assert_false (store_deliver_pending (scene->store, scene->dir, &report,
          &error));
  g_assert_nonnull (strstr (error->message, "one.delivery"));
  g_error_free (error);
  g_assert_true (g_file_test (journal, G_FILE_TEST_EXISTS));
  g_free (path);
  g_free (journal);
}

#define add(name, test) g_test_add ("/store-outbox/" name, Scene, NULL, \
    set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("with-its-call", with_its_call);
  add ("document", the_document);
  add ("attempts", attempts);
  add ("replay", replay_and_drop);
  add ("names", wrong_names);
  add ("notes", notes);
  add ("damaged-note", a_damaged_note);
  return g_test_run ();
}
