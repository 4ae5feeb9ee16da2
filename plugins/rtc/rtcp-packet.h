/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#define RTCP_MAX_REPORTS 31
#define RTCP_MAX_NAME 255

typedef enum
{
  RTCP_SENDER_REPORT = 200,
  RTCP_RECEIVER_REPORT = 201,
  RTCP_SDES = 202,
  RTCP_BYE = 203,
  RTCP_APP = 204,
  RTCP_TRANSPORT_FEEDBACK = 205,        /* RFC 4585: NACK and others */
  RTCP_PAYLOAD_FEEDBACK = 206,          /* PLI, REMB and others */
} RtcpType;

/* One packet of a compound packet (RFC 3550, section 6). */
typedef struct
{
  guint type;                   /* RtcpType or any other number */
  guint count;                  /* of reports or sources; feedback: its kind */
  const guint8 *body;           /* behind the first word, without padding */
  gsize body_size;
} RtcpPacket;

typedef struct
{
  const guint8 *data;
  gsize size;
} RtcpReader;

/* What a sender says of itself (section 6.4.1). */
typedef struct
{
  guint32 ssrc;
  guint64 ntp;                  /* 32.32 bits, seconds since 1900 */
  guint32 rtp_timestamp, packets, octets;
} RtcpSenderInfo;

/* What a receiver says of a sender. */
typedef struct
{
  guint32 ssrc;
  guint8 fraction_lost;         /* of 256, since the report before */
  gint32 lost;                  /* 24 bits; negative with duplicates */
  guint32 highest_sequence;     /* with its cycles in the upper half */
  guint32 jitter;               /* in ticks of the sender's RTP clock */
  guint32 last_report;          /* middle of the last sender report's `ntp` */
  guint32 delay;                /* since that came, in 1/65536 s */
} RtcpReport;

typedef struct
{
  guint8 *data;
  gsize size, capacity;
} RtcpWriter;

gboolean rtcp_reader_init (RtcpReader * reader, const guint8 * data,
    gsize size);
gboolean rtcp_reader_next (RtcpReader * reader, RtcpPacket * packet);
gboolean rtcp_packet_get_ssrc (const RtcpPacket * packet, guint32 * ssrc);
gboolean rtcp_packet_get_sender_info (const RtcpPacket * packet,
    RtcpSenderInfo * info);
gboolean rtcp_packet_get_report (const RtcpPacket * packet, guint i,
    RtcpReport * report);
gboolean rtcp_packet_get_cname (const RtcpPacket * packet, guint32 ssrc,
    const gchar ** name, gsize * size);
gboolean rtcp_packet_get_bye (const RtcpPacket * packet, guint i,
    guint32 * ssrc);

void rtcp_writer_init (RtcpWriter * writer, guint8 * data, gsize capacity);
gboolean rtcp_writer_add_sender_report (RtcpWriter * writer,
    const RtcpSenderInfo * info, const RtcpReport * reports, guint n);
gboolean rtcp_writer_add_receiver_report (RtcpWriter * writer, guint32 ssrc,
    const RtcpReport * reports, guint n);
gboolean rtcp_writer_add_cname (RtcpWriter * writer, guint32 ssrc,
    const gchar * name);
gboolean rtcp_writer_add_bye (RtcpWriter * writer, guint32 ssrc);
