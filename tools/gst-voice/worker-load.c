/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The load that a worker tells the server: the larger of two shares over the
 * last 2.5 seconds, that of the machine's processors which was busy, and that
 * of the processor time which our control group (cgroup v2) may use, if it is
 * limited: in a container the machine may be idle while we are throttled.
 *
 * Threads: any. Locks: none.
 */
#include "worker-load.h"

#include <string.h>
#include <unistd.h>

/* What a call is believed to need while none has shown it, in processors, and
 * the most that is believed. */
#define CALL_LEAST 0.02
#define CALL_MOST 0.25
#define MAX_DEPTH 32            /* of control groups */

/**
 * worker_load_parse_stat:
 * @text: of /proc/stat
 * @busy: (out): ticks in which a processor did something
 * @total: (out): all ticks
 *
 * Returns: whether they could be read
 */
gboolean
worker_load_parse_stat (const gchar * text, guint64 * busy, guint64 * total)
{
  /* user nice system idle iowait irq softirq steal; guests are in user */
  guint64 ticks[8];
  gchar *end;

  if (!g_str_has_prefix (text, "cpu "))
    return FALSE;
  text += strlen ("cpu ");
  *total = 0;
  for (guint i = 0; i < G_N_ELEMENTS (ticks); i++) {
    ticks[i] = g_ascii_strtoull (text, &end, 10);
    if (end == text || ticks[i] > G_MAXUINT64 / 16)
      return FALSE;
    *total += ticks[i];
    text = end;
  }
  *busy = *total - ticks[3] - ticks[4];
  return TRUE;
}

/**
 * worker_load_parse_cpu_max:
 * @text: of a control group's cpu.max: `QUOTA PERIOD` or `max PERIOD`
 *
 * Returns: how many processors the group may use, or 0 if it is not limited
 */
gdouble
worker_load_parse_cpu_max (const gchar * text)
{
  gchar *end;
  guint64 quota = g_ascii_strtoull (text, &end, 10), period;

  if (end == text || *end != ' ')
    return 0;
  period = g_ascii_strtoull (end, NULL, 10);
  return period > 0 ? (gdouble) quota / period : 0;
}

/**
 * worker_load_parse_cpu_stat:
 * @text: of a control group's cpu.stat
 * @used: (out): microseconds of processor time
 *
 * Returns: whether it could be read
 */
gboolean
worker_load_parse_cpu_stat (const gchar * text, guint64 * used)
{
  const gchar *at = strstr (text, "usage_usec "), *begin;
  gchar *end;

  if (!at || (at > text && at[-1] != '\n'))
    return FALSE;
  begin = at + strlen ("usage_usec ");
  *used = g_ascii_strtoull (begin, &end, 10);
  return end > begin;
}

/**
 * worker_load_parse_group:
 * @text: of /proc/self/cgroup
 *
 * Returns: (transfer full) (nullable): the path of our group in version 2
 */
gchar *
worker_load_parse_group (const gchar * text)
{
  const gchar *at = text;

  while (at && !g_str_has_prefix (at, "0::/")) {
    at = strchr (at, '\n');
    at = at ? at + 1 : NULL;
  }
  if (!at)
    return NULL;
  at += strlen ("0::");
  return g_strndup (at, strcspn (at, "\n"));
}

/**
 * worker_load_add:
 * @load: what is known
 * @sample: the newest sample
 */
void
worker_load_add (WorkerLoad * load, const WorkerLoadSample * sample)
{
  load->samples[load->n++ % G_N_ELEMENTS (load->samples)] = *sample;
}

static const WorkerLoadSample *
newest (const WorkerLoad * load)
{
  return &load->samples[(load->n - 1) % G_N_ELEMENTS (load->samples)];
}

static const WorkerLoadSample *
oldest (const WorkerLoad * load)
{
  return &load->samples[load->n > G_N_ELEMENTS (load->samples) ?
      load->n % G_N_ELEMENTS (load->samples) : 0];
}

/**
 * worker_load_get:
 * @load: what is known
 *
 * Returns: 0 to 1; 0 as long as there are less than two samples
 */
gdouble
worker_load_get (const WorkerLoad * load)
{
  const WorkerLoadSample *a, *b;
  gdouble machine = 0, group = 0;

  if (load->n < 2)
    return 0;
  a = oldest (load);
  b = newest (load);
  /* Counters may go back a little when processors come and go. */
  if (b->total > a->total && b->busy > a->busy)
    machine = (gdouble) (b->busy - a->busy) / (b->total - a->total);
  if (b->cpus > 0 && b->at > a->at && b->used > a->used)
    group = (b->used - a->used) / ((b->at - a->at) * b->cpus);
  return CLAMP (MAX (machine, group), 0, 1);
}

/**
 * worker_load_cpus:
 * @load: what is known
 *
 * Returns: how many processors there are for us
 */
gdouble
worker_load_cpus (const WorkerLoad * load)
{
  gdouble cpus = g_get_num_processors ();

  return load->n > 0 && newest (load)->cpus > 0 ?
      MIN (newest (load)->cpus, cpus) : cpus;
}

/**
 * worker_load_of_call:
 * @load: as measured
 * @calls: that caused it
 * @cpus: worker_load_cpus ()
 *
 * Returns: what one more call is expected to add
 */
gdouble
worker_load_of_call (gdouble load, guint calls, gdouble cpus)
{
  return CLAMP (calls > 0 ? load / calls : 0, CALL_LEAST / cpus,
      CALL_MOST / cpus);
}

static gchar *
read_file (const gchar * root, const gchar * path, const gchar * name)
{
  gchar *file = g_build_filename (root, path, name, NULL), *text = NULL;

  g_file_get_contents (file, &text, NULL, NULL);
  g_free (file);
  return text;
}

static gboolean
read_limit (WorkerLoadSample * sample, const gchar * root, const gchar * group)
{
  gchar *max = read_file (root, group, "cpu.max");
  gdouble cpus = max ? worker_load_parse_cpu_max (max) : 0;
  gchar *stat = cpus > 0 && (sample->cpus == 0 || cpus < sample->cpus) ?
      read_file (root, group, "cpu.stat") : NULL;
  gboolean ok = stat && worker_load_parse_cpu_stat (stat, &sample->used);

  if (ok)
    sample->cpus = cpus;
  g_free (stat);
  g_free (max);
  return ok;
}

/* The limit of each group above us holds for us; the tightest counts. */
static void
read_limits (WorkerLoadSample * sample, const gchar * root)
{
  gchar *text = read_file (root, "proc/self", "cgroup");
  gchar *group = text ? worker_load_parse_group (text) : NULL;
  gchar *path = group ? g_build_filename ("sys/fs/cgroup", group, NULL) : NULL;

  for (guint i = 0; path && i < MAX_DEPTH; i++) {
    gchar *parent;

    read_limit (sample, root, path);
    if (g_str_has_suffix (path, "sys/fs/cgroup")
        || g_str_has_suffix (path, "sys/fs/cgroup/"))
      break;
    parent = g_path_get_dirname (path);
    g_free (path);
    path = parent;
  }
  g_free (path);
  g_free (group);
  g_free (text);
}

/**
 * worker_load_read:
 * @sample: (out): what the system says now
 * @root: `/`, or a folder that stands for it
 *
 * Returns: whether it says anything
 */
gboolean
worker_load_read (WorkerLoadSample * sample, const gchar * root)
{
  gchar *text = read_file (root, "proc", "stat");
  gboolean ok;

  memset (sample, 0, sizeof *sample);
  sample->at = g_get_monotonic_time ();
  ok = text && worker_load_parse_stat (text, &sample->busy, &sample->total);
  read_limits (sample, root);
  g_free (text);
  return ok || sample->cpus > 0;
}
