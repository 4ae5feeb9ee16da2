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
#ifdef HAVE_FLITE
#include "gstflitetts.h"
#endif
#ifdef HAVE_POCKETSPHINX
#include "gstpocketsphinxstt.h"
#endif

static gboolean
plugin_init (GstPlugin * plugin)
{
  gboolean ok = GST_ELEMENT_REGISTER (playout, plugin)
      && GST_ELEMENT_REGISTER (speakable, plugin);

#ifdef HAVE_FLITE
  ok = ok && GST_ELEMENT_REGISTER (flitetts, plugin);
#endif
#ifdef HAVE_POCKETSPHINX
  ok = ok && GST_ELEMENT_REGISTER (pocketsphinxstt, plugin);
#endif
  return ok;
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, voicespeech,
    "Speech recognition, synthesis and playout", plugin_init, VERSION,
    GST_LICENSE, GST_PACKAGE_NAME, GST_PACKAGE_ORIGIN)
