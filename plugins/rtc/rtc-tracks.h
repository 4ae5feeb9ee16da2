/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "rtc-description.h"
#include "rtc-peer.h"
#include "rtcp-stats.h"

/* The tracks of the other side. */
typedef struct _RtcTracks RtcTracks;

typedef struct
{
  RtcTrack track;               /* as described */
  gint opus;                    /* payload type */
  guint mid_id;                 /* header extension, or 0 */
  RtcpReceived received;        /* its `ssrc`: whom we listen to, or 0 */
} RtcSource;

RtcTracks *rtc_tracks_new (guint clock_rate);
void rtc_tracks_free (RtcTracks * self);
GPtrArray *rtc_tracks_update (RtcTracks * self, const RtcDescription * offer,
    GPtrArray ** come);
RtcSource *rtc_tracks_find (RtcTracks * self, const RtpPacket * packet);
guint rtc_tracks_list (RtcTracks * self, RtcpReceived ** list);
void rtc_source_unref (gpointer source);
