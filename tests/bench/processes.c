/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a process for each call costs: memory in proportion (PSS) of all
 * processes together, with and without calls, and the time from an order to a
 * pipeline that plays.
 */
#include "figures.h"

#include <glib/gstdio.h>
#include <string.h>
#include <zygote.h>

#define CALLS 8
#define DESCRIPTION "callersrc ! voiceagent ! fakesink sync=false " \
    "async=false enable-last-sample=false"

typedef struct
{
  Zygote *zygote;
  gchar *dir;
  GMainLoop *loop;
  GArray *pids;
  guint playing, ended;
  guint wanted;
  gboolean waiting;             /* none of them will play */
  GHashTable *ordered;          /* gint64 by id */
  gdouble ms[CALLS];
} Bench;

static void
on_started (gpointer data, const gchar * id, gint pid)
{
  Bench *bench = data;

  g_array_append_val (bench->pids, pid);
  if (bench->waiting && bench->pids->len == bench->wanted)
    g_main_loop_quit (bench->loop);
}

static void
on_report (gpointer data, const gchar * id, const gchar * type,
    JsonObject * report)
{
  Bench *bench = data;
  gint64 *ordered = g_hash_table_lookup (bench->ordered, id);

  if (strcmp (type, "fault") == 0)
    g_error ("%s: %s", id, json_object_get_string_member (report, "text"));
  if (strcmp (type, "playing") != 0)
    return;
  bench->ms[bench->playing++] = (g_get_monotonic_time () - *ordered) / 1e3;
  if (bench->playing == bench->wanted)
    g_main_loop_quit (bench->loop);
}

static void
on_ended (gpointer data, const gchar * id, const ZygoteEnd * end)
{
  Bench *bench = data;

  if (++bench->ended == bench->wanted)
    g_main_loop_quit (bench->loop);
}

static const ZygoteEvents events = {
  .started = on_started,.report = on_report,.ended = on_ended
};

static gdouble
pss_mb (gint pid)
{
  gchar *path = g_strdup_printf ("/proc/%d/smaps_rollup", pid), *text;
  const gchar *line;
  gdouble kb;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    g_error ("%s cannot be read", path);
  line = strstr (text, "\nPss:");
  kb = line ? g_ascii_strtod (line + strlen ("\nPss:"), NULL) : 0;
  g_free (text);
  g_free (path);
  return kb / 1024;
}

static gdouble
all_mb (Bench * bench)
{
  gdouble mb = pss_mb (zygote_get_pid (bench->zygote));

  for (guint i = 0; i < bench->pids->len; i++)
    mb += pss_mb (g_array_index (bench->pids, gint, i));
  return mb;
}

static void
order_call (Bench * bench, const gchar * id, const gchar * rules)
{
  CallOrder order = {.call_id = (gchar *) id,.journal_dir = bench->dir,
    .description = (gchar *) DESCRIPTION,.rules = (gchar *) rules,
    .persona = (gchar *) "pipelines/clinic.json"
  };
  gint64 *now = g_new (gint64, 1);
  GError *error = NULL;

  *now = g_get_monotonic_time ();
  g_hash_table_insert (bench->ordered, g_strdup (id), now);
  if (!zygote_call (bench->zygote, &order, &error))
    g_error ("%s", error->message);
}

static void
order_calls (Bench * bench, guint n, const gchar * rules)
{
  bench->wanted = n;
  bench->waiting = rules != NULL;
  bench->playing = bench->ended = 0;
  g_array_set_size (bench->pids, 0);
  for (guint i = 0; i < n; i++) {
    gchar *id = g_strdup_printf ("bench-%u", i);

    order_call (bench, id, rules);
    g_free (id);
  }
  g_main_loop_run (bench->loop);
}

static void
end_calls (Bench * bench)
{
  for (guint i = 0; i < bench->wanted; i++) {
    gchar *id = g_strdup_printf ("bench-%u", i);

    zygote_end (bench->zygote, id, 0);
    g_free (id);
  }
  g_main_loop_run (bench->loop);
  for (guint i = 0; i < bench->wanted; i++) {
    gchar *path = g_strdup_printf ("%s/bench-%u.jsonl", bench->dir, i);

    g_unlink (path);
    strcpy (strrchr (path, '.'), ".lock");
    g_unlink (path);
    g_free (path);
  }
}

static gboolean
quit (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static void
rest (Bench * bench, guint seconds)
{
  g_timeout_add_seconds (seconds, quit, bench->loop);
  g_main_loop_run (bench->loop);
}

static void
measure (Bench * bench)
{
  gchar *rules = g_build_filename (bench->dir, "rules.json", NULL);
  gdouble before, one;

  if (!g_file_set_contents (rules, "[{\"when\": {\"participant.kind\": "
          "\"sip\"}, \"persona\": \"x\"}]", -1, NULL))
    g_error ("%s cannot be written", rules);
  /* The first one shows that all is loaded. */
  order_calls (bench, 1, NULL);
  end_calls (bench);
  g_array_set_size (bench->pids, 0);
  before = all_mb (bench);
  figures_row ("zygote: MB", "", "%.1f", before);
  order_calls (bench, CALLS, rules);
  rest (bench, 2);
  figures_row ("a process that waits for its participant: MB", "< 2", "%.2f",
      (all_mb (bench) - before) / CALLS);
  end_calls (bench);
  order_calls (bench, 1, NULL);
  one = bench->ms[0];
  end_calls (bench);
  order_calls (bench, CALLS, NULL);
  figures_row ("order → playing, one / the last of 8: ms", "", "%.0f / %.0f",
      one, bench->ms[CALLS - 1]);
  rest (bench, 3);
  figures_row ("a call with embedded recogniser and voice: MB", "", "%.1f",
      (all_mb (bench) - before) / CALLS);
  end_calls (bench);
  g_unlink (rules);
  g_free (rules);
}

int
main (int argc, char **argv)
{
  const gchar *personas[] = { "pipelines/clinic.json", NULL };
  gchar *here = g_path_get_dirname (argv[0]);
  gchar *program = g_build_filename (here, "..", "..", "tools", "gst-voice",
      "gst-voice", NULL);
  ZygoteSettings settings = {.program = program,.personas = personas };
  GError *error = NULL;
  Bench bench = {
    .dir = g_dir_make_tmp ("bench-XXXXXX", NULL),
    .loop = g_main_loop_new (NULL, FALSE),
    .pids = g_array_new (FALSE, FALSE, sizeof (gint)),
    .ordered = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free),
  };

  bench.zygote = zygote_start (&settings, &error);
  if (!bench.zygote)
    g_error ("%s", error->message);
  zygote_attach (bench.zygote, NULL, &events, &bench);
  measure (&bench);
  zygote_stop (bench.zygote);
  g_rmdir (bench.dir);
  return 0;
}
