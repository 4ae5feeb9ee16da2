/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The plugin `voiceagent`: whole agents, and what they are tried with.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstcallersrc.h"
#include "gstcallrecorder.h"
#include "gstfallback.h"
#include "gstvoiceagent.h"

static gboolean
plugin_init (GstPlugin * plugin)
{
  return GST_ELEMENT_REGISTER (callersrc, plugin)
      && GST_ELEMENT_REGISTER (callrecorder, plugin)
      && GST_ELEMENT_REGISTER (fallback, plugin)
      && GST_ELEMENT_REGISTER (voiceagent, plugin);
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, voiceagent,
    "Voice agents", plugin_init, VERSION, GST_LICENSE, GST_PACKAGE_NAME,
    GST_PACKAGE_ORIGIN)
