/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The plugin `voicertc`: a call by WebRTC, without a server between.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstvoicertcsink.h"
#include "gstvoicertcsrc.h"

static gboolean
plugin_init (GstPlugin * plugin)
{
  return GST_ELEMENT_REGISTER (voicertcsrc, plugin)
      && GST_ELEMENT_REGISTER (voicertcsink, plugin);
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, voicertc,
    "Calls by WebRTC", plugin_init, VERSION, GST_LICENSE,
    GST_PACKAGE_NAME, GST_PACKAGE_ORIGIN)
