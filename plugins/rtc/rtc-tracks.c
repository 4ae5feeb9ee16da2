/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which tracks the other side has, and whose a packet is: by its source, as
 * described; else by the name that it carries; else that of the only track
 * there is (RFC 9143, section 9.2).
 *
 * Threads: one at a time. Locks: none.
 */
#include "rtc-tracks.h"

#include <string.h>

#define MAX_FORMER 256

struct _RtcTracks
{
  guint clock_rate;
  GPtrArray *sources;           /* of RtcSource */
  guint32 former[MAX_FORMER];   /* gone for good, however late they come */
  guint n_former;
};

static void
source_clear (gpointer data)
{
  RtcSource *source = data;

  g_free (source->track.mid);
  g_free (source->track.stream);
  g_free (source->track.id);
}

/**
 * rtc_source_unref:
 * @source: (transfer full): a source
 */
void
rtc_source_unref (gpointer source)
{
  g_rc_box_release_full (source, source_clear);
}

/**
 * rtc_tracks_new:
 * @clock_rate: of their timestamps
 *
 * Returns: (transfer full): no tracks
 */
RtcTracks *
rtc_tracks_new (guint clock_rate)
{
  RtcTracks *self = g_new0 (RtcTracks, 1);

  self->clock_rate = clock_rate;
  self->sources = g_ptr_array_new_with_free_func (rtc_source_unref);
  return self;
}

/**
 * rtc_tracks_free:
 * @self: (transfer full): tracks
 */
void
rtc_tracks_free (RtcTracks * self)
{
  g_ptr_array_unref (self->sources);
  g_free (self);
}

static gboolean
is_track (const RtcSource * source, const RtcSection * section)
{
  return source->track.ssrc == section->ssrc
      && g_str_equal (source->track.mid, section->mid)
      && g_str_equal (source->track.stream, section->stream)
      && g_str_equal (source->track.id, section->id);
}

static RtcSource *
source_new (const RtcSection * section, guint clock_rate)
{
  RtcSource *source = g_rc_box_new0 (RtcSource);

  source->track.mid = g_strdup (section->mid);
  source->track.stream = g_strdup (section->stream);
  source->track.id = g_strdup (section->id);
  source->track.ssrc = section->ssrc;
  rtcp_received_init (&source->received, section->ssrc, clock_rate);
  return source;
}

/* The one that goes on with @section; else a new one, put into @come, too. */
static RtcSource *
take_source (RtcTracks * self, GPtrArray * before, GPtrArray * come,
    const RtcSection * section)
{
  RtcSource *source;

  for (guint i = 0; i < before->len; i++)
    if (is_track (g_ptr_array_index (before, i), section))
      return g_ptr_array_steal_index (before, i);
  source = source_new (section, self->clock_rate);
  g_ptr_array_add (come, g_rc_box_acquire (source));
  return source;
}

/**
 * rtc_tracks_update:
 * @self: tracks
 * @offer: what the other side says now
 * @come: (out) (transfer full): sources that are new
 *
 * Returns: (transfer full): sources that are gone
 */
GPtrArray *
rtc_tracks_update (RtcTracks * self, const RtcDescription * offer,
    GPtrArray ** come)
{
  GPtrArray *gone = self->sources;

  *come = g_ptr_array_new_with_free_func (rtc_source_unref);
  self->sources = g_ptr_array_new_with_free_func (rtc_source_unref);
  for (guint i = 0; i < offer->sections->len; i++) {
    const RtcSection *section = g_ptr_array_index (offer->sections, i);
    RtcSource *source;

    if (!section->usable || section->kind != RTC_AUDIO || !section->sends)
      continue;
    source = take_source (self, gone, *come, section);
    source->opus = section->opus;
    source->mid_id = section->mid_id;
    g_ptr_array_add (self->sources, source);
  }
  for (guint i = 0; i < gone->len; i++) {
    const RtcSource *source = g_ptr_array_index (gone, i);

    self->former[self->n_former++ % MAX_FORMER] = source->received.ssrc;
  }
  return gone;
}

static gboolean
is_former (const RtcTracks * self, guint32 ssrc)
{
  for (guint i = 0; i < MIN (self->n_former, MAX_FORMER); i++)
    if (self->former[i] == ssrc)
      return TRUE;
  return FALSE;
}

static gboolean
is_named (const RtcSource * source, const RtpPacket * packet)
{
  const guint8 *mid;
  gsize size;

  return rtp_packet_get_extension (packet, source->mid_id, &mid, &size)
      && size == strlen (source->track.mid)
      && memcmp (mid, source->track.mid, size) == 0;
}

/**
 * rtc_tracks_find:
 * @self: tracks
 * @packet: one that has come, its source not 0
 *
 * Returns: (transfer full) (nullable): whose it is; from now on the packet's
 *   source is
 */
RtcSource *
rtc_tracks_find (RtcTracks * self, const RtpPacket * packet)
{
  RtcSource *source = NULL;

  for (guint i = 0; i < self->sources->len; i++) {
    source = g_ptr_array_index (self->sources, i);
    if (source->received.ssrc == packet->ssrc)
      return source->opus == packet->payload_type ?
          g_rc_box_acquire (source) : NULL;
  }
  if (is_former (self, packet->ssrc))
    return NULL;
  for (guint i = 0; i < self->sources->len; i++) {
    source = g_ptr_array_index (self->sources, i);
    if ((self->sources->len == 1 || is_named (source, packet))
        && source->opus == packet->payload_type) {
      rtcp_received_init (&source->received, packet->ssrc, self->clock_rate);
      return g_rc_box_acquire (source);
    }
  }
  return NULL;
}

/**
 * rtc_tracks_list:
 * @self: tracks
 * @list: (out): what we have received of each; room for %RTC_MAX_SECTIONS
 *
 * Returns: how many there are
 */
guint
rtc_tracks_list (RtcTracks * self, RtcpReceived ** list)
{
  for (guint i = 0; i < self->sources->len; i++)
    list[i] = &((RtcSource *) g_ptr_array_index (self->sources, i))->received;
  return self->sources->len;
}
