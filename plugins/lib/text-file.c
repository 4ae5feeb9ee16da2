/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reads a file that a person wrote, up to a size: neither a device nor a pipe
 * nor somebody's recording may stall or fill the process.
 *
 * Threads: any. Locks: none.
 */
#include "text-file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Returns: 0, or what errno says. */
static gint
read_fd (gint fd, GString * out, gsize max_size)
{
  gchar chunk[16384];
  gssize n;

  do {
    n = read (fd, chunk, sizeof chunk);
    if (n > 0)
      g_string_append_len (out, chunk, n);
  } while (out->len <= max_size && (n > 0 || (n < 0 && errno == EINTR)));
  return n < 0 ? errno : 0;
}

/* Returns: (transfer full) (nullable): what is in the file; messages begin with
 * the path. */
gchar *
text_file_read (const gchar * path, gsize max_size, gsize * length,
    GError ** error)
{
  gint fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  GString *out = g_string_new (NULL);
  struct stat status;
  gint failed = fd < 0 || fstat (fd, &status) < 0 ? errno : 0;
  const gchar *wrong = NULL;

  if (!failed && !S_ISREG (status.st_mode))
    wrong = "no file that could be read";
  else if (!failed)
    failed = read_fd (fd, out, max_size);
  if (failed)
    wrong = g_strerror (failed);
  else if (!wrong && out->len > max_size)
    wrong = "too large";
  if (fd >= 0)
    close (fd);
  *length = out->len;
  if (!wrong)
    return g_string_free (out, FALSE);
  g_string_free (out, TRUE);
  g_set_error (error, G_FILE_ERROR, failed ? g_file_error_from_errno (failed) :
      G_FILE_ERROR_FAILED, "%s: %s", path, wrong);
  return NULL;
}
