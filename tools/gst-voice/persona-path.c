/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which file is meant by the name of a persona.
 *
 * Threads: any. Locks: none.
 */
#include "persona-path.h"

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
 * persona_path_find:
 * @name: a file, or the name of an installed persona
 * @beside: (nullable): the file to whose folder @name is relative
 * @error: that there is none
 *
 * Returns: (transfer full) (nullable): the path
 */
gchar *
persona_path_find (const gchar * name, const gchar * beside, GError ** error)
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
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT, "there is no persona "
        "%s, neither a file nor an installed one (installed: %s)", name,
        *others ? others : "none");
    g_clear_pointer (&path, g_free);
    g_free (others);
  }
  g_free (relative);
  return path;
}
