/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The plugin `voicespeech`: recognisers, synthesisers, and what lies between
 * text and sound.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstplayout.h"
#include "gstspeakable.h"

static gboolean
plugin_init (GstPlugin * plugin)
{
  return GST_ELEMENT_REGISTER (playout, plugin)
      && GST_ELEMENT_REGISTER (speakable, plugin);
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, voicespeech,
    "Speech recognition, synthesis and playout", plugin_init, VERSION,
    GST_LICENSE, GST_PACKAGE_NAME, GST_PACKAGE_ORIGIN)
