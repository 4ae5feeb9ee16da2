/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What `ps` shows of a process. It takes the place of the arguments, of which
 * nothing can be read afterwards, and is cut to their length.
 *
 * Threads: the main thread, before there are others. Locks: none.
 */
#include "process-title.h"

#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

/* Of proc(5), /proc/pid/stat; counted from the one behind the name, which may
 * have spaces and brackets in it. */
#define ARG_START (48 - 3)
#define ARG_END (49 - 3)

static gboolean
find_arguments (gchar ** begin, gchar ** end)
{
  gchar *text, **fields;
  const gchar *behind;
  gboolean ok = FALSE;

  if (!g_file_get_contents ("/proc/self/stat", &text, NULL, NULL))
    return FALSE;
  behind = strrchr (text, ')');
  fields = g_strsplit (behind ? behind + 2 : "", " ", -1);
  if (g_strv_length (fields) > ARG_END) {
    *begin = GSIZE_TO_POINTER (g_ascii_strtoull (fields[ARG_START], NULL, 10));
    *end = GSIZE_TO_POINTER (g_ascii_strtoull (fields[ARG_END], NULL, 10));
    ok = *begin && *begin < *end;
  }
  g_strfreev (fields);
  g_free (text);
  return ok;
}

/**
 * process_title_set:
 * @title: for people; no secrets
 *
 * Nothing may use the arguments of the process any more.
 */
void
process_title_set (const gchar * title)
{
  gchar *begin, *end;

  prctl (PR_SET_NAME, title, 0, 0, 0);
  if (!find_arguments (&begin, &end))
    return;
  memset (begin, 0, end - begin);
  /* The last byte stays 0, or the kernel takes what follows for more of it. */
  memcpy (begin, title, MIN (strlen (title), (gsize) (end - begin - 1)));
}
