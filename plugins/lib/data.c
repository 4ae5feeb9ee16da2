/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where the data files are: weights, word lists, schemas.
 *
 * Threads: any. Locks: none.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "data.h"

/**
 * gst_voice_data_path:
 * @relative: such as `vad/vad-weights.f32`
 *
 * Data files are installed below `share/gst-voice`; the environment variable
 * `GST_VOICE_DATADIR` names another folder (the build tree sets it to its own
 * `data`).
 *
 * Returns: (transfer full): the path, whether or not a file is there
 */
gchar *
gst_voice_data_path (const gchar * relative)
{
  const gchar *dir = g_getenv ("GST_VOICE_DATADIR");

  return g_build_filename (dir && *dir ? dir : GST_VOICE_DATADIR, relative,
      NULL);
}
