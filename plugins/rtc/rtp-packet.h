/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#define RTP_HEADER_SIZE 12
#define RTP_MAX_CSRC 15
#define RTP_ONE_BYTE_EXTENSIONS 0xbede  /* RFC 8285, section 4.2 */
#define RTP_TWO_BYTE_EXTENSIONS 0x1000  /* RFC 8285, section 4.3 */

/* A packet as parsed or to be written (RFC 3550, section 5.1). The pointers
 * lead into what was parsed and are valid as long as that is. */
typedef struct
{
  gboolean marker;
  guint8 payload_type;          /* 0 to 127 */
  guint16 sequence;
  guint32 timestamp, ssrc;
  guint n_csrc;
  guint32 csrc[RTP_MAX_CSRC];
  guint16 extension_profile;    /* what `extensions` are, if any */
  const guint8 *extensions;     /* the header extension's content, or NULL */
  gsize extensions_size;
  const guint8 *payload;
  gsize payload_size;
  guint8 padding;               /* bytes after the payload, their count too */
} RtpPacket;

gboolean rtp_packet_parse (RtpPacket * packet, const guint8 * data, gsize size);
gsize rtp_packet_write (const RtpPacket * packet, guint8 * data,
    gsize capacity);

gboolean rtp_packet_get_extension (const RtpPacket * packet, guint id,
    const guint8 ** data, gsize * size);
gboolean rtp_packet_get_audio_level (const RtpPacket * packet, guint id,
    guint * level, gboolean * voice);
gboolean rtp_extension_add (guint16 profile, guint8 * block, gsize capacity,
    gsize * used, guint id, const guint8 * data, gsize size);
gboolean rtp_extension_add_audio_level (guint16 profile, guint8 * block,
    gsize capacity, gsize * used, guint id, guint level, gboolean voice);
