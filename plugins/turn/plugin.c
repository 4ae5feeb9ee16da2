/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The plugin voiceturn: what hears the caller and decides whose turn it is.
 *
 * Threads: the one that loads plugins. Locks: none.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "denoise-core.h"
#include "gstdenoise.h"
#include "gstinactivity.h"
#include "gstsessionlimit.h"
#include "gstturn.h"
#include "gstvad.h"

static gboolean
plugin_init (GstPlugin * plugin)
{
  gboolean ok = GST_ELEMENT_REGISTER (vad, plugin)
      && GST_ELEMENT_REGISTER (inactivity, plugin)
      && GST_ELEMENT_REGISTER (sessionlimit, plugin)
      && GST_ELEMENT_REGISTER (turn, plugin);

  if (denoise_core_has (DENOISE_RNNOISE) || denoise_core_has (DENOISE_SPEEXDSP))
    ok &= GST_ELEMENT_REGISTER (denoise, plugin);
  return ok;
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, voiceturn,
    "Voice activity, noise suppression and turn taking", plugin_init, VERSION,
    GST_LICENSE, GST_PACKAGE_NAME, GST_PACKAGE_ORIGIN)
