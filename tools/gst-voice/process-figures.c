/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What another process uses. Reading takes some ten microseconds, which the
 * exact figure (smaps_rollup) does not; pages that are shared with the zygote
 * count in full, some megabytes.
 *
 * Threads: any. Locks: none.
 */
#include "process-figures.h"

#include <string.h>
#include <unistd.h>

/* Of proc(5), /proc/pid/stat, counted from the one behind the name. */
#define UTIME (14 - 3)
#define STIME (15 - 3)

static gchar *
load (gint pid, const gchar * name)
{
  gchar *path = g_strdup_printf ("/proc/%d/%s", pid, name), *text = NULL;

  g_file_get_contents (path, &text, NULL, NULL);
  g_free (path);
  return text;
}

static guint64
kilobytes (const gchar * status, const gchar * name)
{
  const gchar *line = strstr (status, name);

  return line ? g_ascii_strtoull (line + strlen (name), NULL, 10) : 0;
}

static gboolean
read_cpu (gint pid, gdouble * cpu)
{
  gchar *text = load (pid, "stat"), **fields;
  const gchar *behind = text ? strrchr (text, ')') : NULL;
  gboolean ok;

  fields = g_strsplit (behind ? behind + 2 : "", " ", STIME + 2);
  ok = g_strv_length (fields) > STIME;
  if (ok)
    *cpu = (g_ascii_strtod (fields[UTIME], NULL)
        + g_ascii_strtod (fields[STIME], NULL)) / sysconf (_SC_CLK_TCK);
  g_strfreev (fields);
  g_free (text);
  return ok;
}

/**
 * process_figures_read:
 * @pid: a process
 * @figures: (out): what it uses
 *
 * Returns: %FALSE if there is no such process
 */
gboolean
process_figures_read (gint pid, ProcessFigures * figures)
{
  gchar *status = load (pid, "status");

  if (!status)
    return FALSE;
  figures->memory = 1024 * (kilobytes (status, "\nRssAnon:")
      + kilobytes (status, "\nRssShmem:"));
  g_free (status);
  return read_cpu (pid, &figures->cpu);
}
