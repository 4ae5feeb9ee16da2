/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What other processes use, by proc(5). A process that has gone uses nothing.
 *
 * Threads: any. Locks: none.
 */
#include "process-tree.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of /proc/pid/stat, counted from the one behind the name. */
#define PPID (4 - 3)
#define UTIME (14 - 3)
#define STIME (15 - 3)

static gchar *
load (gint pid, const gchar * name)
{
  gchar *path = g_strdup_printf ("/proc/%d/%s", pid, name), *text;
  gboolean good = g_file_get_contents (path, &text, NULL, NULL);

  g_free (path);
  return good ? text : NULL;
}

static gchar **
read_stat (gint pid)
{
  gchar *text = load (pid, "stat");
  const gchar *behind = text ? strrchr (text, ')') : NULL;
  gchar **fields = behind ? g_strsplit (behind + 2, " ", STIME + 2) : NULL;

  g_free (text);
  if (fields && g_strv_length (fields) <= STIME)
    g_clear_pointer (&fields, g_strfreev);
  return fields;
}

/**
 * process_tree_children:
 *
 * Returns: (transfer full): pids, as gint
 */
GArray *
process_tree_children (gint parent)
{
  GArray *children = g_array_new (FALSE, FALSE, sizeof (gint));
  GDir *dir = g_dir_open ("/proc", 0, NULL);
  const gchar *name;

  while ((name = g_dir_read_name (dir))) {
    gint pid = atoi (name);
    gchar **fields = pid > 0 ? read_stat (pid) : NULL;

    if (fields && atoi (fields[PPID]) == parent)
      g_array_append_val (children, pid);
    g_strfreev (fields);
  }
  g_dir_close (dir);
  return children;
}

/**
 * process_tree_title:
 *
 * Returns: (transfer full): what ps(1) shows, or ""
 */
gchar *
process_tree_title (gint pid)
{
  gchar *title = load (pid, "cmdline");

  return title ? title : g_strdup ("");
}

/**
 * process_tree_cpu:
 *
 * Returns: seconds of processor time
 */
gdouble
process_tree_cpu (gint pid)
{
  gchar **fields = read_stat (pid);
  gdouble cpu = fields ? g_ascii_strtod (fields[UTIME], NULL)
      + g_ascii_strtod (fields[STIME], NULL) : 0;

  g_strfreev (fields);
  return cpu / sysconf (_SC_CLK_TCK);
}

/**
 * process_tree_pss_mb:
 *
 * Returns: proportional memory, MB (10^6)
 */
gdouble
process_tree_pss_mb (gint pid)
{
  gchar *text = load (pid, "smaps_rollup");
  const gchar *at = text ? strstr (text, "\nPss:") : NULL;
  gdouble kb = at ? g_ascii_strtod (at + strlen ("\nPss:"), NULL) : 0;

  g_free (text);
  return kb * 1024 / 1e6;
}

static guint
count (gint pid, const gchar * name)
{
  gchar *path = g_strdup_printf ("/proc/%d/%s", pid, name);
  GDir *dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (dir && g_dir_read_name (dir))
    n++;
  g_clear_pointer (&dir, g_dir_close);
  g_free (path);
  return n;
}

guint
process_tree_threads (gint pid)
{
  return count (pid, "task");
}

guint
process_tree_files (gint pid)
{
  return count (pid, "fd");
}
