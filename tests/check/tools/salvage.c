/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fixture.h"

#include <glib/gstdio.h>
#include <salvage.h>
#include <spool.h>
#include <string.h>

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

static Record *
salvage (Scene * scene, const gchar * id)
{
  GError *error = NULL;
  Record *record;

  g_assert_true (call_salvage (scene->store, scene->dir, id, &record, &error));
  g_assert_no_error (error);
  return record;
}

/* What was said stays, the last line is ours, and others are not touched. */
static void
a_crashed_call (Scene * scene, gconstpointer unused)
{
  gchar *path = fixture_copy (scene->dir, "crashed.jsonl", "one.jsonl");
  gchar *other = fixture_copy (scene->dir, "clinic.jsonl", "two.jsonl");
  Record *before = record_new_from_journal (path, NULL), *after, *kept;

  g_assert_false (before->ended);
  after = salvage (scene, "one");
  g_assert_true (after->ended);
  g_assert_cmpstr (after->reason, ==, "crashed");
  g_assert_cmpint (after->duration, ==, before->duration);
  g_assert_cmpuint (after->turns_taken, ==, before->turns_taken);
  g_assert_cmpuint (after->tokens_out, ==, before->tokens_out);
  g_assert_cmpuint (after->lines, ==, before->lines + 1);
  g_assert_cmpuint (after->damaged, ==, before->damaged + before->truncated);
  kept = store_get_record (scene->store, after->call_id, NULL);
  g_assert_cmpstr (kept->reason, ==, "crashed");
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (other, G_FILE_TEST_EXISTS));
  record_free (kept);
  record_free (after);
  record_free (before);
  g_free (other);
  g_free (path);
}

static void
a_whole_call (Scene * scene, gconstpointer unused)
{
  gchar *path = fixture_copy (scene->dir, "clinic.jsonl", "one.jsonl");
  Record *record = salvage (scene, "one");

  g_assert_cmpstr (record->reason, ==, "completed");
  g_assert_cmpuint (record->lines, ==, 78);
  record_free (record);
  g_assert_null (salvage (scene, "one"));
  g_free (path);
}

static void
nothing_was_written (Scene * scene, gconstpointer unused)
{
  gchar *path = g_build_filename (scene->dir, "one.jsonl", NULL);

  g_assert_null (salvage (scene, "one"));
  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  g_assert_null (salvage (scene, "one"));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_free (path);
}

/* The process is still there. */
static void
a_running_call (Scene * scene, gconstpointer unused)
{
  Spool *spool = spool_begin (scene->dir, "one", NULL);
  gchar *path = fixture_copy (scene->dir, "crashed.jsonl", "one.jsonl");
  gchar *before, *after;
  GError *error = NULL;
  Record *record;

  g_assert_true (g_file_get_contents (path, &before, NULL, NULL));
  g_assert_false (call_salvage (scene->store, scene->dir, "one", &record,
          &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_EXIST);
  g_assert_null (record);
  g_clear_error (&error);
  g_assert_true (g_file_get_contents (path, &after, NULL, NULL));
  g_assert_cmpstr (after, ==, before);
  spool_end (spool);
  g_free (before);
  g_free (after);
  g_free (path);
}

#define add(path, test) g_test_add (path, Scene, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/salvage/crashed", a_crashed_call);
  add ("/salvage/whole", a_whole_call);
  add ("/salvage/nothing", nothing_was_written);
  add ("/salvage/running", a_running_call);
  return g_test_run ();
}
