/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The plugin `voicellm`: language models and their tools.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstgeminillm.h"
#include "gstopenaillm.h"
#include "gstopenairealtime.h"
#include "gstscriptllm.h"
#include "gsttoolcall.h"

static gboolean
plugin_init (GstPlugin * plugin)
{
  return GST_ELEMENT_REGISTER (toolcall, plugin)
      && GST_ELEMENT_REGISTER (scriptllm, plugin)
      && GST_ELEMENT_REGISTER (geminillm, plugin)
      && GST_ELEMENT_REGISTER (openaillm, plugin)
      && GST_ELEMENT_REGISTER (openairealtime, plugin);
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, voicellm,
    "Language models and tools", plugin_init, VERSION, GST_LICENSE,
    GST_PACKAGE_NAME, GST_PACKAGE_ORIGIN)
