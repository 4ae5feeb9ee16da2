/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The plugin `voicespeech`: what lies between text and sound. Recognisers and
 * synthesisers that need large libraries are plugins of their own, so that who
 * does not use them does not load them.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstassemblyaistt.h"
#include "gstcartesiatts.h"
#include "gstdeepgramstt.h"
#include "gstdeepgramtts.h"
#include "gstelevenlabstts.h"
#include "gstopenaistt.h"
#include "gstopenaitts.h"
#include "gstplayout.h"
#include "gstspeakable.h"

static gboolean
plugin_init (GstPlugin * plugin)
{
  return GST_ELEMENT_REGISTER (playout, plugin)
      && GST_ELEMENT_REGISTER (speakable, plugin)
      && GST_ELEMENT_REGISTER (assemblyaistt, plugin)
      && GST_ELEMENT_REGISTER (cartesiatts, plugin)
      && GST_ELEMENT_REGISTER (deepgramstt, plugin)
      && GST_ELEMENT_REGISTER (deepgramtts, plugin)
      && GST_ELEMENT_REGISTER (elevenlabstts, plugin)
      && GST_ELEMENT_REGISTER (openaistt, plugin)
      && GST_ELEMENT_REGISTER (openaitts, plugin);
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, voicespeech,
    "Text for the ear and playout", plugin_init, VERSION,
    GST_LICENSE, GST_PACKAGE_NAME, GST_PACKAGE_ORIGIN)
