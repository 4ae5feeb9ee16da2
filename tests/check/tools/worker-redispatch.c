/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * New agents are asked for at a server that does as the test says.
 */
#include "livekit-peer.h"

#include <gst-voice/io.h>
#include <gst/gst.h>
#include <string.h>
#include <worker-redispatch.h>

typedef struct
{
  LivekitPeer *peer;
  WorkerRedispatch *redispatch;
  GString *told;
} Scene;

static gboolean
give_up (gpointer what)
{
  g_error ("it does not come to this: %s", (const gchar *) what);
  return G_SOURCE_REMOVE;
}

static void
on_news (const gchar * call_id, WorkerRedispatchNews news, guint asked,
    const GError * error, gpointer data)
{
  static const gchar *const names[] = { "asked", "untaken", "trouble", "comes",
    "nobody", "withdrawn", "stopped", "given-up", "enough", "failed"
  };
  Scene *s = data;

  g_assert_cmpstr (call_id, ==, "call");
  g_string_append_printf (s->told, "%s%s%u%s", s->told->len > 0 ? " " : "",
      names[news], asked, error ? "!" : "");
}

static void
set_up (Scene * s, gconstpointer unused)
{
  static const RedispatchPace pace = { 1, 1, 60000 };

  gst_voice_io_ref ();
  s->told = g_string_new (NULL);
  s->peer = livekit_peer_new ();
  g_free (s->peer->participants);
  s->peer->participants = g_strdup ("{\"participants\":[{}]}");
  s->redispatch = worker_redispatch_new (s->peer->url, s->peer->key,
      s->peer->secret, "clinic", &pace, on_news, s);
}

static void
tear_down (Scene * s, gconstpointer unused)
{
  worker_redispatch_free (s->redispatch);
  livekit_peer_free (s->peer);
  /* What was cancelled comes back. */
  for (guint i = 0; i < 50; i++) {
    while (g_main_context_iteration (NULL, FALSE));
    g_usleep (1000);
  }
  g_string_free (s->told, TRUE);
  gst_voice_io_unref ();
}

static void
ask (Scene * s)
{
  WorkerCrash crash = {.call_id = "call",.room = "room",.sid = "RM_1",
    .metadata = ""
  };

  worker_redispatch_ask (s->redispatch, &crash);
}

static void
wait_for (Scene * s, const gchar * told)
{
  guint patience = g_timeout_add_seconds (30, give_up, (gpointer) told);

  while (!g_str_has_suffix (s->told->str, told))
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (patience);
}

static void
expect_over (Scene * s, const gchar * told, const gchar * asked)
{
  guint patience = g_timeout_add_seconds (30, give_up, (gpointer) told);

  while (worker_redispatch_pending (s->redispatch) > 0)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (patience);
  g_assert_cmpstr (s->told->str, ==, told);
  g_assert_cmpstr (s->peer->asked->str, ==, asked);
}

static void
taken_by_others (Scene * s, gconstpointer unused)
{
  ask (s);
  expect_over (s, "asked1 comes1", "look(AD_1)");
}

static void
taken_at_last (Scene * s, gconstpointer unused)
{
  s->peer->untaken = 2;
  ask (s);
  expect_over (s, "asked1 untaken1 asked2 untaken2 asked3 comes3",
      "look(AD_1) delete(AD_1) look(AD_2) delete(AD_2) look(AD_3)");
  g_assert_cmpuint (s->peer->dispatches->len, ==, 3);
  g_assert_cmpstr (g_ptr_array_index (s->peer->dispatches, 0), ==,
      g_ptr_array_index (s->peer->dispatches, 2));
}

static void
never_taken (Scene * s, gconstpointer unused)
{
  s->peer->untaken = G_MAXUINT;
  ask (s);
  wait_for (s, "given-up6");
  g_assert_cmpuint (worker_redispatch_pending (s->redispatch), ==, 0);
  g_assert_cmpuint (s->peer->dispatches->len, ==, REDISPATCH_MAX_TRIES);
  g_assert_true (g_str_has_suffix (s->peer->asked->str, "delete(AD_6)"));
}

/* It is the caller who has given up. */
static void
left_meanwhile (Scene * s, gconstpointer unused)
{
  s->peer->untaken = G_MAXUINT;
  ask (s);
  wait_for (s, "asked1");
  g_free (s->peer->participants);
  s->peer->participants = g_strdup ("{}");
  expect_over (s, "asked1 untaken1 nobody1", "look(AD_1) delete(AD_1)");
}

/* The job is given to this worker. */
static void
taken_by_us (Scene * s, gconstpointer unused)
{
  static const RedispatchPace slow = { 60000, 60000, 60000 };

  worker_redispatch_free (s->redispatch);
  s->redispatch = worker_redispatch_new (s->peer->url, s->peer->key,
      s->peer->secret, NULL, &slow, on_news, s);
  ask (s);
  worker_redispatch_taken (s->redispatch, "");
  wait_for (s, "asked1");
  worker_redispatch_taken (s->redispatch, "AD_2");
  g_assert_cmpuint (worker_redispatch_pending (s->redispatch), ==, 1);
  worker_redispatch_taken (s->redispatch, "AD_1");
  expect_over (s, "asked1 comes1", "");
}

static void
stopped_while_waiting (Scene * s, gconstpointer unused)
{
  s->peer->untaken = G_MAXUINT;
  ask (s);
  wait_for (s, "untaken1");
  worker_redispatch_stop (s->redispatch);
  expect_over (s, "asked1 untaken1 stopped1", "look(AD_1) delete(AD_1)");
}

static void
faults (Scene * s, gconstpointer unused)
{
  s->peer->fault = 503;
  ask (s);
  expect_over (s, "trouble0! asked1 comes1", "look(AD_1)");
}

static void
refused (Scene * s, gconstpointer unused)
{
  s->peer->fault = 403;
  ask (s);
  expect_over (s, "failed0!", "");
}

static void
room_is_gone (Scene * s, gconstpointer unused)
{
  s->peer->fault = 404;
  ask (s);
  expect_over (s, "nobody0!", "");
}

static void
stopped (Scene * s, gconstpointer unused)
{
  ask (s);
  worker_redispatch_stop (s->redispatch);
  expect_over (s, "stopped0", "");
}

/* While it waits, and while it asks. */
static void
freed (Scene * s, gconstpointer unused)
{
  ask (s);
  wait_for (s, "asked1");
  ask (s);
}

#define add(path, test) g_test_add (path, Scene, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  gint status;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  add ("/worker-redispatch/taken-by-others", taken_by_others);
  add ("/worker-redispatch/taken-at-last", taken_at_last);
  add ("/worker-redispatch/never-taken", never_taken);
  add ("/worker-redispatch/left-meanwhile", left_meanwhile);
  add ("/worker-redispatch/taken-by-us", taken_by_us);
  add ("/worker-redispatch/faults", faults);
  add ("/worker-redispatch/refused", refused);
  add ("/worker-redispatch/room-is-gone", room_is_gone);
  add ("/worker-redispatch/stopped", stopped);
  add ("/worker-redispatch/stopped-waiting", stopped_while_waiting);
  add ("/worker-redispatch/freed", freed);
  status = g_test_run ();
  gst_deinit ();
  return status;
}
