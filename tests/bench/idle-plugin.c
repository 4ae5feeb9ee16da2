/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The stages that do nothing as a plugin, for a worker's processes.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "idle-stages.h"

static gboolean
plugin_init (GstPlugin * plugin)
{
  return gst_element_register (plugin, "idlestt", GST_RANK_NONE, IDLE_TYPE_STT)
      && gst_element_register (plugin, "idlellm", GST_RANK_NONE, IDLE_TYPE_LLM)
      && gst_element_register (plugin, "idletts", GST_RANK_NONE, IDLE_TYPE_TTS);
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, voiceidle,
    "Stages that do nothing, to measure the rest", plugin_init, VERSION,
    GST_LICENSE, GST_PACKAGE_NAME, GST_PACKAGE_ORIGIN);
