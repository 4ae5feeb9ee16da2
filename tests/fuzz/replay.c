/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Feeds every file of a corpus folder to a fuzz target, so that whatever the
 * fuzzer once found stays mended.
 */
#include <glib.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

int
main (int argc, char **argv)
{
  const gchar *name;
  GError *error = NULL;
  GDir *dir;
  guint n = 0;

  if (argc != 2)
    return 2;
  dir = g_dir_open (argv[1], 0, &error);
  if (!dir) {
    g_printerr ("%s\n", error->message);
    g_error_free (error);
    return 1;
  }
  while ((name = g_dir_read_name (dir))) {
    gchar *path = g_build_filename (argv[1], name, NULL);
    gchar *data;
    gsize size;

    if (g_file_get_contents (path, &data, &size, NULL)) {
      LLVMFuzzerTestOneInput ((const uint8_t *) data, size);
      g_free (data);
      n++;
    }
    g_free (path);
  }
  g_dir_close (dir);
  g_print ("%u inputs replayed\n", n);
  return n > 0 ? 0 : 1;
}
