/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Personas as people name them on a command line.
 *
 * Threads: the main thread. Locks: none.
 */
#include "persona-find.h"

#include <gio/gio.h>
#include <gst-voice/data.h>
#include <string.h>

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const gchar * const *) a, *(const gchar * const *) b);
}

/* What is installed, in words. */
static gchar *
installed_personas (void)
{
  gchar *folder = gst_voice_data_path ("pipelines");
  GDir *dir = g_dir_open (folder, 0, NULL);
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  const gchar *file;
  gchar *text;

  while (dir && (file = g_dir_read_name (dir))) {
    /* Scripts and schemas have two suffixes. */
    if (g_str_has_suffix (file, ".json")
        && strchr (file, '.') == strrchr (file, '.'))
      g_ptr_array_add (names, g_strndup (file, strlen (file) - 5));
  }
  if (dir)
    g_dir_close (dir);
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  text = g_strjoinv (", ", (gchar **) names->pdata);
  g_ptr_array_unref (names);
  g_free (folder);
  return text;
}

static gchar *
resolve (const gchar * name, const gchar * beside)
{
  gchar *folder, *path;

  if (!beside)
    return g_strdup (name);
  folder = g_path_get_dirname (beside);
  path = g_path_is_absolute (name) ? g_strdup (name) :
      g_build_filename (folder, name, NULL);
  g_free (folder);
  return path;
}

/**
 * persona_find:
 * @name: a file, or the name of an installed persona
 * @beside: (nullable): the file to whose folder @name is relative
 * @error: where to say that there is none
 *
 * Returns: (transfer full) (nullable): its file
 */
gchar *
persona_find (const gchar * name, const gchar * beside, GError ** error)
{
  gchar *path = resolve (name, beside);
  gchar *relative, *others;

  if (strchr (name, '/') || g_file_test (path, G_FILE_TEST_EXISTS))
    return path;
  g_free (path);
  relative = g_strconcat ("pipelines/", name,
      g_str_has_suffix (name, ".json") ? "" : ".json", NULL);
  path = gst_voice_data_path (relative);
  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR)) {
    others = installed_personas ();
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "there is no persona "
        "%s, neither a file nor an installed one (installed: %s)", name,
        *others ? others : "none");
    g_clear_pointer (&path, g_free);
    g_free (others);
  }
  g_free (relative);
  return path;
}

/**
 * persona_check_all:
 * @personas: files
 *
 * Checks them in a process of its own: models and threads that it takes to
 * build their pipelines would stay with us.
 *
 * Returns: whether they are good; if not, stderr says what is wrong
 */
gboolean
persona_check_all (gchar ** personas)
{
  gchar *program = g_file_read_link ("/proc/self/exe", NULL), *out = NULL;
  guint n = g_strv_length (personas);
  gchar **argv = g_new0 (gchar *, n + 3);
  GError *error = NULL;
  gint status = -1;
  gboolean ok;

  argv[0] = program;
  argv[1] = (gchar *) "check";
  memcpy (argv + 2, personas, n * sizeof *argv);
  ok = program && g_spawn_sync (NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL,
      &out, NULL, &status, &error);
  if (!ok)
    g_printerr ("%s: %s\n", g_get_prgname (), error ? error->message :
        "the personas cannot be checked");
  ok = ok && g_spawn_check_wait_status (status, NULL);
  if (!ok && out)
    g_printerr ("%s", out);
  g_clear_error (&error);
  g_free (out);
  g_free (argv);
  g_free (program);
  return ok;
}
