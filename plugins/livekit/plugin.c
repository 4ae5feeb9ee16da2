/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The plugin `voicelivekit`: a participant of a LiveKit room.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstlivekitsink.h"
#include "gstlivekitsrc.h"

static gboolean
plugin_init (GstPlugin * plugin)
{
  return GST_ELEMENT_REGISTER (livekitsrc, plugin)
      && GST_ELEMENT_REGISTER (livekitsink, plugin);
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, voicelivekit,
    "Participants of LiveKit rooms", plugin_init, VERSION, GST_LICENSE,
    GST_PACKAGE_NAME, GST_PACKAGE_ORIGIN)
