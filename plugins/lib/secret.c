/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where a key or password comes from: `env:NAME`, `file:PATH` or the text
 * itself. What is found is never logged and stands in no error message; who
 * asked for it wipes it with gst_voice_secret_free ().
 *
 * Threads: any. Locks: none.
 */
#include "secret.h"
#include "error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_SIZE (64 * 1024)

static gboolean
is_variable_name (const gchar * name)
{
  if (!g_ascii_isalpha (*name) && *name != '_')
    return FALSE;
  while (g_ascii_isalnum (*name) || *name == '_')
    name++;
  return *name == '\0';
}

static gchar *
from_env (const gchar * name, GError ** error)
{
  const gchar *value;

  /* The name is not repeated here: it may be the key itself, misplaced. */
  if (!is_variable_name (name)) {
    g_set_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_AUTH,
        "what follows env: is not the name of an environment variable");
    return NULL;
  }
  value = g_getenv (name);
  if (!value || !*value) {
    g_set_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_AUTH,
        "the environment variable %s is %s: set it to the key", name,
        value ? "empty" : "not set");
    return NULL;
  }
  return g_strdup (value);
}

static gchar *
file_error (const gchar * path, const gchar * what, GError ** error)
{
  g_set_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_AUTH,
      "no key from the file %s: %s", path, what);
  return NULL;
}

/* Reads up to one byte more than is allowed, to see whether there is more. */
static gssize
read_all (int fd, gchar * buffer)
{
  gsize got = 0;
  ssize_t n;

  do {
    n = read (fd, buffer + got, MAX_SIZE + 1 - got);
    if (n > 0)
      got += n;
  } while ((n > 0 && got <= MAX_SIZE) || (n < 0 && errno == EINTR));
  return n < 0 ? -1 : (gssize) got;
}

static gchar *
from_descriptor (int fd, const gchar * path, GError ** error)
{
  struct stat st;
  gchar *buffer, *secret = NULL;
  gssize size;

  if (fstat (fd, &st) < 0 || !S_ISREG (st.st_mode))
    return file_error (path, "it is not a regular file", error);

  buffer = g_malloc (MAX_SIZE + 1);
  size = read_all (fd, buffer);
  if (size < 0) {
    file_error (path, g_strerror (errno), error);
  } else if (size > MAX_SIZE) {
    file_error (path, "it is larger than 64 KiB", error);
  } else {
    while (size > 0 && (buffer[size - 1] == '\n' || buffer[size - 1] == '\r'))
      size--;
    if (size == 0)
      file_error (path, "it is empty", error);
    else if (memchr (buffer, '\0', size))
      file_error (path, "it holds a zero byte, so it is not text", error);
    else
      secret = g_strndup (buffer, size);
  }
  explicit_bzero (buffer, MAX_SIZE + 1);
  g_free (buffer);
  return secret;
}

static gchar *
from_file (const gchar * path, GError ** error)
{
  gchar *secret;
  int fd;

  /* Not blocking, or a named pipe would hold us for ever. */
  fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0)
    return file_error (path, g_strerror (errno), error);
  secret = from_descriptor (fd, path, error);
  close (fd);
  return secret;
}

/**
 * gst_voice_secret_resolve:
 * @spec: `env:NAME`, `file:PATH` (a regular file of at most 64 KiB, line ends
 *   at its end are cut) or the secret itself
 * @error: in the domain %GST_VOICE_ERROR; says where the secret was sought,
 *   never what it is
 *
 * Returns: (transfer full) (nullable): the secret, to be freed with
 *   gst_voice_secret_free ()
 */
gchar *
gst_voice_secret_resolve (const gchar * spec, GError ** error)
{
  g_return_val_if_fail (spec != NULL, NULL);
  if (g_str_has_prefix (spec, "env:"))
    return from_env (spec + strlen ("env:"), error);
  if (g_str_has_prefix (spec, "file:"))
    return from_file (spec + strlen ("file:"), error);
  return g_strdup (spec);
}

/**
 * gst_voice_secret_free:
 * @secret: (transfer full) (nullable): a string
 *
 * Overwrites the string before it frees it.
 */
void
gst_voice_secret_free (gchar * secret)
{
  if (!secret)
    return;
  explicit_bzero (secret, strlen (secret));
  g_free (secret);
}
