/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/* The data channels of one connection, by name. */
typedef struct _RtcChannels RtcChannels;

/* Called on the network thread; the channels may be freed in any of them. */
typedef struct
{
  void (*output) (gpointer data, const guint8 * packet, gsize size);
  void (*open) (gpointer data, const gchar * label);
  void (*message) (gpointer data, const gchar * label, gboolean binary,
      const guint8 * message, gsize size);
} RtcChannelsEvents;

RtcChannels *rtc_channels_new (const RtcChannelsEvents * events,
    gpointer data);
void rtc_channels_free (RtcChannels * self);
gboolean rtc_channels_add (RtcChannels * self, const gchar * label,
    gboolean reliable);
guint rtc_channels_count (const RtcChannels * self);
gboolean rtc_channels_start (RtcChannels * self, gboolean dtls_client,
    guint16 remote_port, gsize max_message, GError ** error);
void rtc_channels_receive (RtcChannels * self, const guint8 * packet,
    gsize size);
gboolean rtc_channels_send (RtcChannels * self, const gchar * label,
    gboolean binary, const guint8 * message, gsize size);
gboolean rtc_channels_is_open (const RtcChannels * self, const gchar * label);
