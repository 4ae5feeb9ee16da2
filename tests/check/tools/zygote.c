/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Processes of calls: real ones, of the built command.
 */
#include "fixture.h"
#include "zygote-scene.h"

#include <outbox.h>
#include <salvage.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static gchar *
read_proc (gint pid, const gchar * name)
{
  gchar *path = g_strdup_printf ("/proc/%d/%s", pid, name), *text;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_free (path);
  return text;
}

static guint
count_entries (gint pid, const gchar * name, gint highest)
{
  gchar *path = g_strdup_printf ("/proc/%d/%s", pid, name);
  GDir *dir = g_dir_open (path, 0, NULL);
  const gchar *entry;
  guint n = 0;

  g_assert_nonnull (dir);
  while ((entry = g_dir_read_name (dir))) {
    n++;
    if (highest >= 0)
      g_assert_cmpint (atoi (entry), <=, highest);
  }
  g_dir_close (dir);
  g_free (path);
  return n;
}

/* One thread; standard descriptors, the socket, and what tells of children. */
static void
the_zygote (Scene * scene, gconstpointer unused)
{
  gint pid = zygote_get_pid (scene->zygote);
  gchar *title;

  scene_call_simulated (scene, "one");
  scene_wait_end (scene, "one");
  g_assert_cmpuint (count_entries (pid, "task", -1), ==, 1);
  g_assert_cmpuint (count_entries (pid, "fd", 4), ==, 5);
  title = read_proc (pid, "cmdline");
  g_assert_cmpstr (title, ==, "gst-voice: zygote");
  g_free (title);
}

static void
a_whole_call (Scene * scene, gconstpointer unused)
{
  SceneCall *call = scene_call_simulated (scene, "whole");
  Record *record;

  scene_wait_end (scene, "whole");
  g_assert_cmpint (call->end.status, ==, 0);
  g_assert_true (call->end.clean);
  g_assert_null (call->end.killed);
  g_assert_cmpfloat (call->end.cpu, >, 0);
  g_assert_cmpuint (call->end.memory, >, 1000000);
  scene_assert_report (call, "\"type\": \"playing\", \"persona\": \"echo\"");
  scene_assert_report (call, "\"type\": \"metrics\", \"turns\": 1");
  scene_assert_report (call, "\"type\": \"ended\", \"reason\": \"");
  record = scene_salvage (scene, "whole");
  g_assert_true (record->ended);
  g_assert_cmpstr (record->call_id, ==, "whole");
  g_assert_cmpuint (record->turns_taken, ==, 1);
  record_free (record);
  /* It has been taken out of the folder. */
  g_assert_null (scene_salvage (scene, "whole"));
}

static void
commands (Scene * scene, gconstpointer unused)
{
  SceneCall *call = scene_call (scene, "told");
  gchar *title, *dump, *path;
  Record *record;

  scene_wait_report (scene, call, "\"playing\"");
  title = read_proc (call->pid, "cmdline");
  g_assert_cmpstr (title, ==, "gst-voice: call told");
  g_free (title);
  g_assert_true (zygote_tell (scene->zygote, "told", CALL_INTERRUPT, NULL));
  g_assert_true (zygote_tell (scene->zygote, "told", CALL_INJECT, "be brief"));
  g_assert_true (zygote_tell (scene->zygote, "told", CALL_SAY, "Nearly done."));
  /* It is told when it is done, not when it is asked for. */
  scene_wait_journal (scene, "told", "be brief");
  g_assert_true (zygote_tell (scene->zygote, "told", CALL_DUMP, NULL));
  g_assert_false (zygote_tell (scene->zygote, "other", CALL_DUMP, NULL));
  scene_wait_report (scene, call, "\"dumped\"");
  path = g_build_filename (scene->spool, "told.dump", NULL);
  g_assert_true (g_file_get_contents (path, &dump, NULL, NULL));
  g_assert_nonnull (strstr (dump, "digraph"));
  g_assert_nonnull (strstr (dump, "be brief"));
  g_free (dump);
  g_free (path);
  scene_wait_journal (scene, "told", "Nearly done.");
  zygote_end (scene->zygote, "told", ZYGOTE_GRACE);
  scene_wait_end (scene, "told");
  g_assert_true (call->end.clean);
  g_assert_null (call->end.killed);
  record = scene_salvage (scene, "told");
  g_assert_cmpstr (record->reason, ==, "application");
  record_free (record);
}

/* Where its conversation goes outlives a call that cannot say it any more. */
static void
a_killed_call (Scene * scene, gconstpointer unused)
{
  CallOrder order = scene_order (scene, "killed", SCENE_SILENCE);
  gchar *path = g_build_filename (scene->dir, "calls.db", NULL);
  SceneCall *call;
  OutboxEntry *entry;
  Store *store;

  order.webhook = g_strdup ("https://a.example/");
  order.webhook_secret = g_strdup ("env:HOOK");
  call = scene_begin (scene, &order);
  scene_wait_journal (scene, "killed", "\"session-started\"");
  kill (call->pid, SIGKILL);
  scene_wait_end (scene, "killed");
  record_free (scene_salvage (scene, "killed"));
  store = store_open (path, STORE_READ, NULL);
  entry = outbox_find (store, "killed", NULL);
  g_assert_nonnull (entry);
  g_assert_cmpstr (entry->url, ==, "https://a.example/");
  g_assert_cmpstr (entry->secret, ==, "env:HOOK");
  outbox_entry_free (entry);
  store_close (store);
  g_free (path);
}

static void
a_signal (Scene * scene, gconstpointer unused)
{
  SceneCall *call = scene_call (scene, "signal");
  Record *record;

  scene_wait_journal (scene, "signal", "\"playing\"");
  /* The zygote has other things to do. */
  kill (zygote_get_pid (scene->zygote), SIGTERM);
  kill (call->pid, SIGTERM);
  scene_wait_end (scene, "signal");
  g_assert_true (call->end.clean);
  g_assert_cmpuint (scene->deaths, ==, 0);
  record = scene_salvage (scene, "signal");
  g_assert_cmpstr (record->reason, ==, "application");
  record_free (record);
}

static void
write_rules (Scene * scene, const gchar * name, const gchar * rules)
{
  gchar *path = g_build_filename (scene->dir, name, NULL);
  gchar *echo = fixture_path ("../../pipelines/echo.json");
  gchar *text = g_strdup_printf (rules, echo);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_free (text);
  g_free (echo);
  g_free (path);
}

/* By the job, and by a participant who does not come. */
static void
rules (Scene * scene, gconstpointer unused)
{
  CallOrder order = scene_order (scene, "job", SCENE_SPOKEN);
  gchar *path = g_build_filename (scene->dir, "rules.json", NULL);
  SceneCall *call;

  write_rules (scene, "rules.json", "[{\"when\": {\"sip.phoneNumber\": \"*\", "
      "\"metadata.tenant\": \"y\"}, \"persona\": \"none.json\"}, "
      "{\"when\": {\"metadata.tenant\": \"x\"}, \"persona\": \"%s\"}]");
  order.rules = g_strdup (path);
  order.metadata = g_strdup ("{\"tenant\": \"x\", \"order\": {\"no\": 17}}");
  g_free (order.persona);
  order.persona = g_strdup ("missing.json");
  order.simulate = TRUE;
  scene_begin (scene, &order);
  call = scene_get (scene, "job");

  order = scene_order (scene, "late", SCENE_SPOKEN);
  order.rules = path;
  order.metadata = g_strdup ("{\"tenant\": \"y\"}");
  scene_begin (scene, &order);
  scene_wait_end (scene, "job");
  scene_assert_report (call, "\"persona\": \"echo\"");
  call = scene_get (scene, "late");
  /* The caller is heard, too. */
  scene_wait_journal (scene, "late", "\"type\":\"turn\"");
  scene_wait_report (scene, call, "\"playing\"");
  scene_assert_report (call, "\"persona\": \"echo\"");
  zygote_end (scene->zygote, "late", ZYGOTE_GRACE);
  scene_wait_end (scene, "late");
  g_assert_true (call->end.clean);
}

/* The caller is gone, or we are told to end, before the persona is known. */
static void
nobody_stays (Scene * scene, gconstpointer unused)
{
  static const gchar *const ids[] = { "left", "stopped" };
  static const gchar *const reasons[] = { "disconnected", "application" };
  gchar *path = g_build_filename (scene->dir, "later.json", NULL);
  Record *record;

  write_rules (scene, "later.json", "[{\"when\": {\"sip.phoneNumber\": "
      "\"*\"}, \"persona\": \"%s\"}]");
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++) {
    CallOrder order = scene_order (scene, ids[i], i == 0 ?
        "callersrc num-buffers=1" SCENE_END : SCENE_SILENCE);

    order.rules = g_strdup (path);
    scene_begin (scene, &order);
  }
  zygote_end (scene->zygote, "stopped", ZYGOTE_GRACE);
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++) {
    scene_wait_end (scene, ids[i]);
    g_assert_true (scene_get (scene, ids[i])->end.clean);
    record = scene_salvage (scene, ids[i]);
    g_assert_nonnull (record);
    g_assert_true (record->ended);
    g_assert_cmpstr (record->reason, ==, reasons[i]);
    record_free (record);
  }
  g_free (path);
}

static void
what_cannot_be (Scene * scene, gconstpointer unused)
{
  CallOrder order = scene_order (scene, "broken", "no-such-element");
  GError *error = NULL;
  SceneCall *call;

  scene_begin (scene, &order);
  call = scene_get (scene, "broken");
  order = scene_order (scene, "broken", SCENE_SILENCE);
  g_assert_false (zygote_call (scene->zygote, &order, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_clear_error (&error);
  g_free (order.metadata);
  order.metadata = g_strnfill (CALL_MESSAGE_MAX, 'm');
  g_assert_false (zygote_call (scene->zygote, &order, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE);
  g_clear_error (&error);
  call_order_clear (&order);
  scene_wait_end (scene, "broken");
  scene_assert_report (call, "\"type\": \"fault\"");
  scene_assert_report (call, "\"reason\": \"error\"");
  g_assert_cmpint (WEXITSTATUS (call->end.status), ==, 1);
  g_assert_false (call->end.clean);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  scene_environment ();
  scene_add ("/zygote/itself", the_zygote);
  scene_add ("/zygote/call", a_whole_call);
  scene_add ("/zygote/commands", commands);
  scene_add ("/zygote/delivery", a_killed_call);
  scene_add ("/zygote/signal", a_signal);
  scene_add ("/zygote/rules", rules);
  scene_add ("/zygote/nobody-stays", nobody_stays);
  scene_add ("/zygote/broken", what_cannot_be);
  return g_test_run ();
}
