/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * RTCP packets, taken apart and put together: sender and receiver reports,
 * names and goodbyes of RFC 3550. A compound packet is checked as a whole
 * before any of it is read; it may be of reduced size (RFC 5506). Feedback,
 * which an audio sender has no use for, and unknown kinds are walked over.
 *
 * Threads: any; there is no state but the caller's. Locks: none.
 */
#include "rtcp-packet.h"

#include <string.h>

#define VERSION 2
#define SENDER_INFO_SIZE 24     /* with the SSRC before it */
#define REPORT_SIZE 24
#define SDES_END 0
#define SDES_CNAME 1

static guint32
read_32 (const guint8 * p)
{
  return (guint32) p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

static guint8 *
write_32 (guint8 * p, guint32 v)
{
  p[0] = v >> 24;
  p[1] = v >> 16;
  p[2] = v >> 8;
  p[3] = v;
  return p + 4;
}

static gsize
packet_size (const guint8 * data)
{
  return 4 * ((gsize) (data[2] << 8 | data[3]) + 1);
}

/* Padding only at the very end, and not more than there is (A.2). */
static gboolean
is_padding_good (const guint8 * data, gsize size, gboolean last)
{
  guint8 padding = data[size - 1];

  if (!(data[0] & 0x20))
    return TRUE;
  return last && padding > 0 && padding % 4 == 0 && padding <= size - 4;
}

/**
 * rtcp_reader_init:
 * @reader: (out): reads from @data, which must stay
 * @data: a whole compound packet, decrypted
 * @size: of @data
 *
 * Returns: %FALSE if the versions, lengths or padding are wrong anywhere
 */
gboolean
rtcp_reader_init (RtcpReader * reader, const guint8 * data, gsize size)
{
  gsize at = 0;

  reader->data = data;
  reader->size = size;
  while (size - at >= 4) {
    const guint8 *p = data + at;
    gsize n = packet_size (p);

    if (p[0] >> 6 != VERSION || n > size - at
        || !is_padding_good (p, n, at + n == size))
      return FALSE;
    at += n;
  }
  return size > 0 && at == size;
}

/**
 * rtcp_reader_next:
 * @reader: a reader whose initialisation went well
 * @packet: (out): the next packet
 *
 * Returns: %FALSE at the end
 */
gboolean
rtcp_reader_next (RtcpReader * reader, RtcpPacket * packet)
{
  const guint8 *p = reader->data;
  gsize size;

  if (reader->size == 0)
    return FALSE;
  size = packet_size (p);
  packet->type = p[1];
  packet->count = p[0] & 31;
  packet->body = p + 4;
  packet->body_size = size - 4;
  if (p[0] & 0x20)
    packet->body_size -= p[size - 1];
  reader->data += size;
  reader->size -= size;
  return TRUE;
}

/**
 * rtcp_packet_get_ssrc:
 * @packet: a report or feedback
 * @ssrc: (out): who sent it
 *
 * Returns: whether the packet tells it
 */
gboolean
rtcp_packet_get_ssrc (const RtcpPacket * packet, guint32 * ssrc)
{
  if (packet->type == RTCP_SDES || packet->type == RTCP_BYE
      || packet->body_size < 4)
    return FALSE;
  *ssrc = read_32 (packet->body);
  return TRUE;
}

/**
 * rtcp_packet_get_sender_info:
 * @packet: any packet
 * @info: (out): what the sender says of itself
 *
 * Returns: whether this is a whole sender report
 */
gboolean
rtcp_packet_get_sender_info (const RtcpPacket * packet, RtcpSenderInfo * info)
{
  const guint8 *p = packet->body;

  if (packet->type != RTCP_SENDER_REPORT
      || packet->body_size < SENDER_INFO_SIZE)
    return FALSE;
  info->ssrc = read_32 (p);
  info->ntp = (guint64) read_32 (p + 4) << 32 | read_32 (p + 8);
  info->rtp_timestamp = read_32 (p + 12);
  info->packets = read_32 (p + 16);
  info->octets = read_32 (p + 20);
  return TRUE;
}

/* Sign-extends the 24 bits of section 6.4.1. */
static gint32
read_lost (const guint8 * p)
{
  gint32 lost = read_32 (p) & 0xffffff;

  return lost & 0x800000 ? lost - 0x1000000 : lost;
}

/**
 * rtcp_packet_get_report:
 * @packet: any packet
 * @i: which report of it, from 0
 * @report: (out): the report
 *
 * Returns: whether the packet has so many reports
 */
gboolean
rtcp_packet_get_report (const RtcpPacket * packet, guint i, RtcpReport * report)
{
  gsize at = packet->type == RTCP_SENDER_REPORT ? SENDER_INFO_SIZE : 4;
  const guint8 *p;

  if ((packet->type != RTCP_SENDER_REPORT
          && packet->type != RTCP_RECEIVER_REPORT) || i >= packet->count)
    return FALSE;
  at += (gsize) i *REPORT_SIZE;
  if (packet->body_size < at + REPORT_SIZE)
    return FALSE;
  p = packet->body + at;
  report->ssrc = read_32 (p);
  report->fraction_lost = p[4];
  report->lost = read_lost (p + 4);
  report->highest_sequence = read_32 (p + 8);
  report->jitter = read_32 (p + 12);
  report->last_report = read_32 (p + 16);
  report->delay = read_32 (p + 20);
  return TRUE;
}

/* Goes over the items of the chunk at @at to the next chunk; tells the name
 * on the way. FALSE: the chunk is cut short. */
static gboolean
read_chunk (const RtcpPacket * packet, gsize * at, const gchar ** name,
    gsize * size)
{
  const guint8 *p = packet->body;
  gsize end = packet->body_size;

  *name = NULL;
  *at += 4;
  while (*at < end && p[*at] != SDES_END) {
    if (end - *at < 2 || end - *at - 2 < p[*at + 1])
      return FALSE;
    if (p[*at] == SDES_CNAME) {
      *name = (const gchar *) p + *at + 2;
      *size = p[*at + 1];
    }
    *at += 2 + p[*at + 1];
  }
  *at = *at / 4 * 4 + 4;        /* at least one zero, then to a whole word */
  return *at <= end;
}

/**
 * rtcp_packet_get_cname:
 * @packet: any packet
 * @ssrc: a source
 * @name: (out): its canonical name, in the packet, not terminated; outside
 *   input, of any bytes
 * @size: (out): of @name
 *
 * Returns: whether the packet tells it
 */
gboolean
rtcp_packet_get_cname (const RtcpPacket * packet, guint32 ssrc,
    const gchar ** name, gsize * size)
{
  gsize at = 0;

  if (packet->type != RTCP_SDES)
    return FALSE;
  for (guint i = 0; i < packet->count; i++) {
    guint32 source;

    if (packet->body_size - at < 4)
      return FALSE;
    source = read_32 (packet->body + at);
    if (!read_chunk (packet, &at, name, size))
      return FALSE;
    if (source == ssrc && *name)
      return TRUE;
  }
  return FALSE;
}

/**
 * rtcp_packet_get_bye:
 * @packet: any packet
 * @i: which source of it, from 0
 * @ssrc: (out): a source that has left
 *
 * Returns: whether so many sources leave with this packet
 */
gboolean
rtcp_packet_get_bye (const RtcpPacket * packet, guint i, guint32 * ssrc)
{
  if (packet->type != RTCP_BYE || i >= packet->count
      || packet->body_size < 4 * ((gsize) i + 1))
    return FALSE;
  *ssrc = read_32 (packet->body + 4 * i);
  return TRUE;
}

/**
 * rtcp_writer_init:
 * @writer: (out): begins a compound packet
 * @data: where to; `writer->size` of it are filled
 * @capacity: of @data
 */
void
rtcp_writer_init (RtcpWriter * writer, guint8 * data, gsize capacity)
{
  writer->data = data;
  writer->size = 0;
  writer->capacity = capacity;
}

/* Room for a packet with so much of a body: where the body goes. */
static guint8 *
add_packet (RtcpWriter * writer, RtcpType type, guint count, gsize body)
{
  guint8 *p = writer->data + writer->size;

  if (writer->capacity - writer->size < 4 + body)
    return NULL;
  p[0] = VERSION << 6 | count;
  p[1] = type;
  p[2] = body / 4 >> 8;
  p[3] = body / 4;
  writer->size += 4 + body;
  return p + 4;
}

static void
write_reports (guint8 * p, const RtcpReport * reports, guint n)
{
  for (const RtcpReport * r = reports; r < reports + n; r++) {
    gint32 lost = CLAMP (r->lost, -0x800000, 0x7fffff);

    p = write_32 (p, r->ssrc);
    p = write_32 (p, (guint32) r->fraction_lost << 24 | (lost & 0xffffff));
    p = write_32 (p, r->highest_sequence);
    p = write_32 (p, r->jitter);
    p = write_32 (p, r->last_report);
    p = write_32 (p, r->delay);
  }
}

/**
 * rtcp_writer_add_sender_report:
 * @writer: a writer
 * @info: what we say of ourselves
 * @reports: (array length=n) (nullable): what we say of others
 * @n: at most %RTCP_MAX_REPORTS
 *
 * Returns: %FALSE if there is no room or @n is too much; nothing is written
 */
gboolean
rtcp_writer_add_sender_report (RtcpWriter * writer,
    const RtcpSenderInfo * info, const RtcpReport * reports, guint n)
{
  guint8 *p;

  if (n > RTCP_MAX_REPORTS)
    return FALSE;
  p = add_packet (writer, RTCP_SENDER_REPORT, n,
      SENDER_INFO_SIZE + (gsize) n * REPORT_SIZE);
  if (!p)
    return FALSE;
  p = write_32 (p, info->ssrc);
  p = write_32 (p, info->ntp >> 32);
  p = write_32 (p, info->ntp);
  p = write_32 (p, info->rtp_timestamp);
  p = write_32 (p, info->packets);
  p = write_32 (p, info->octets);
  write_reports (p, reports, n);
  return TRUE;
}

/**
 * rtcp_writer_add_receiver_report:
 * @writer: a writer
 * @ssrc: who we are
 * @reports: (array length=n) (nullable): what we say of others
 * @n: at most %RTCP_MAX_REPORTS
 *
 * Returns: %FALSE if there is no room or @n is too much; nothing is written
 */
gboolean
rtcp_writer_add_receiver_report (RtcpWriter * writer, guint32 ssrc,
    const RtcpReport * reports, guint n)
{
  guint8 *p;

  if (n > RTCP_MAX_REPORTS)
    return FALSE;
  p = add_packet (writer, RTCP_RECEIVER_REPORT, n, 4 + (gsize) n * REPORT_SIZE);
  if (!p)
    return FALSE;
  write_reports (write_32 (p, ssrc), reports, n);
  return TRUE;
}

/**
 * rtcp_writer_add_cname:
 * @writer: a writer
 * @ssrc: who we are
 * @name: our canonical name, of at most %RTCP_MAX_NAME bytes
 *
 * Returns: %FALSE if there is no room or the name is too long
 */
gboolean
rtcp_writer_add_cname (RtcpWriter * writer, guint32 ssrc, const gchar * name)
{
  gsize size = strlen (name), body = (4 + 2 + size) / 4 * 4 + 4;
  guint8 *p;

  if (size > RTCP_MAX_NAME)
    return FALSE;
  p = add_packet (writer, RTCP_SDES, 1, body);
  if (!p)
    return FALSE;
  memset (p, 0, body);
  p = write_32 (p, ssrc);
  p[0] = SDES_CNAME;
  p[1] = size;
  memcpy (p + 2, name, size);
  return TRUE;
}

/**
 * rtcp_writer_add_bye:
 * @writer: a writer
 * @ssrc: who leaves
 *
 * Returns: %FALSE if there is no room
 */
gboolean
rtcp_writer_add_bye (RtcpWriter * writer, guint32 ssrc)
{
  guint8 *p = add_packet (writer, RTCP_BYE, 1, 4);

  if (!p)
    return FALSE;
  write_32 (p, ssrc);
  return TRUE;
}
