/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What benchmarks measure of their own process, and how they print it: one row
 * of the table a figure.
 */
#include "figures.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

/**
 * figures_row:
 * @what: the figure
 * @budget: what it may be, or empty
 * @format: its value
 *
 * Prints a row of the table.
 */
void
figures_row (const gchar * what, const gchar * budget, const gchar * format,
    ...)
{
  gchar *value;
  va_list args;

  va_start (args, format);
  value = g_strdup_vprintf (format, args);
  va_end (args);
  printf ("| %-54s | %-25s | %-22s |\n", what, value, budget);
  fflush (stdout);
  g_free (value);
}

static gint
compare (gconstpointer a, gconstpointer b)
{
  const gdouble *x = a, *y = b;

  return (*x > *y) - (*x < *y);
}

/**
 * figures_percentile:
 * @values: of gdouble; sorted hereby
 *
 * Returns: it, or 0 if there are none
 */
gdouble
figures_percentile (GArray * values, guint percent)
{
  g_array_sort (values, compare);
  return values->len == 0 ? 0 : g_array_index (values, gdouble,
      MIN (values->len - 1, (guint64) values->len * percent / 100));
}

/**
 * figures_spread:
 * @what: the figure
 * @budget: what it may be, or empty
 * @values: of gdouble; sorted hereby
 *
 * Prints median and 99th percentile.
 */
void
figures_spread (const gchar * what, const gchar * budget, GArray * values)
{
  if (values->len == 0) {
    figures_row (what, budget, "none");
    return;
  }
  figures_row (what, budget, "%.1f / %.1f (n = %u)",
      figures_percentile (values, 50), figures_percentile (values, 99),
      values->len);
}

/**
 * figures_cpu_seconds:
 *
 * Returns: what all threads of the process have used
 */
gdouble
figures_cpu_seconds (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
      (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

/**
 * figures_pss_mb:
 *
 * Returns: proportional memory of the process, in MB (10^6), after what is free
 *   was given back
 */
gdouble
figures_pss_mb (void)
{
  gdouble kb = 0;
  const gchar *at;
  gchar *text;

  malloc_trim (0);
  if (!g_file_get_contents ("/proc/self/smaps_rollup", &text, NULL, NULL))
    return 0;
  at = strstr (text, "\nPss:");
  if (at)
    kb = g_ascii_strtod (at + strlen ("\nPss:"), NULL);
  g_free (text);
  return kb * 1024 / 1e6;
}

static guint
count_entries (const gchar * path)
{
  GDir *dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (dir && g_dir_read_name (dir))
    n++;
  g_clear_pointer (&dir, g_dir_close);
  return n;
}

/**
 * figures_threads:
 *
 * Returns: how many threads the process has, without those of GLib's pool that
 *   have nothing to do and would end by themselves in 15 s
 */
guint
figures_threads (void)
{
  guint least = G_MAXUINT;

  g_thread_pool_stop_unused_threads ();
  for (guint i = 0; i < 20; i++) {
    least = MIN (least, count_entries ("/proc/self/task"));
    g_usleep (10000);
  }
  return least;
}

/**
 * figures_descriptors:
 *
 * Returns: how many descriptors are open
 */
guint
figures_descriptors (void)
{
  return count_entries ("/proc/self/fd") - 1;
}

/**
 * figures_heap_kb:
 *
 * Returns: what is allocated, in kB (10^3)
 */
gdouble
figures_heap_kb (void)
{
  struct mallinfo2 info = mallinfo2 ();

  return (info.uordblks + info.hblkhd) / 1e3;
}
