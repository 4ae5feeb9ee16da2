/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * RTP packets, taken apart and put together: the header of RFC 3550 and the
 * extensions of RFC 8285 in both of their forms, with the audio level of
 * RFC 6464. Nothing is copied but numbers, nothing is allocated.
 *
 * Threads: any; there is no state. Locks: none.
 */
#include "rtp-packet.h"

#include <string.h>

#define VERSION 2
#define ONE_BYTE_STOP 15        /* RFC 8285, section 4.2: ignore the rest */

static guint16
read_16 (const guint8 * p)
{
  return p[0] << 8 | p[1];
}

static guint32
read_32 (const guint8 * p)
{
  return (guint32) read_16 (p) << 16 | read_16 (p + 2);
}

static void
write_16 (guint8 * p, guint16 v)
{
  p[0] = v >> 8;
  p[1] = v;
}

static void
write_32 (guint8 * p, guint32 v)
{
  write_16 (p, v >> 16);
  write_16 (p + 2, v);
}

static gboolean
is_two_byte (guint16 profile)
{
  return (profile & 0xfff0) == RTP_TWO_BYTE_EXTENSIONS;
}

/* The header extension at @at, which moves behind it. */
static gboolean
parse_extensions (RtpPacket * packet, const guint8 * data, gsize size,
    gsize * at)
{
  if (size - *at < 4)
    return FALSE;
  packet->extension_profile = read_16 (data + *at);
  packet->extensions_size = 4 * (gsize) read_16 (data + *at + 2);
  *at += 4;
  if (size - *at < packet->extensions_size)
    return FALSE;
  packet->extensions = data + *at;
  *at += packet->extensions_size;
  return TRUE;
}

/**
 * rtp_packet_parse:
 * @packet: (out): what is in @data, by pointers into it
 * @data: a whole packet, decrypted
 * @size: of @data
 *
 * Returns: %FALSE if this is no RTP packet; @packet is then undefined
 */
gboolean
rtp_packet_parse (RtpPacket * packet, const guint8 * data, gsize size)
{
  gsize at = RTP_HEADER_SIZE;

  if (size < RTP_HEADER_SIZE || data[0] >> 6 != VERSION)
    return FALSE;
  memset (packet, 0, sizeof *packet);
  packet->n_csrc = data[0] & 15;
  packet->marker = data[1] >> 7;
  packet->payload_type = data[1] & 127;
  packet->sequence = read_16 (data + 2);
  packet->timestamp = read_32 (data + 4);
  packet->ssrc = read_32 (data + 8);
  if (size - at < 4 * packet->n_csrc)
    return FALSE;
  for (guint i = 0; i < packet->n_csrc; i++, at += 4)
    packet->csrc[i] = read_32 (data + at);
  if (data[0] & 0x10 && !parse_extensions (packet, data, size, &at))
    return FALSE;
  if (data[0] & 0x20) {
    packet->padding = data[size - 1];
    if (packet->padding == 0 || packet->padding > size - at)
      return FALSE;
  }
  packet->payload = data + at;
  packet->payload_size = size - at - packet->padding;
  return TRUE;
}

static gsize
written_size (const RtpPacket * packet)
{
  gsize size = RTP_HEADER_SIZE + 4 * packet->n_csrc + packet->padding
      + packet->payload_size;

  return packet->extensions ? size + 4 + (packet->extensions_size + 3) / 4 * 4 :
      size;
}

static guint8 *
write_extensions (const RtpPacket * packet, guint8 * p)
{
  gsize words = (packet->extensions_size + 3) / 4;

  write_16 (p, packet->extension_profile);
  write_16 (p + 2, words);
  memset (p + 4, 0, 4 * words);
  if (packet->extensions_size > 0)
    memcpy (p + 4, packet->extensions, packet->extensions_size);
  return p + 4 + 4 * words;
}

/**
 * rtp_packet_write:
 * @packet: what to write; its extensions are padded to whole words
 * @data: (out): where to
 * @capacity: of @data
 *
 * The payload must not lie in @data.
 *
 * Returns: the packet's size, or 0 if it cannot be written or has no room
 */
gsize
rtp_packet_write (const RtpPacket * packet, guint8 * data, gsize capacity)
{
  guint8 *p = data + RTP_HEADER_SIZE;

  if (packet->n_csrc > RTP_MAX_CSRC || packet->payload_type > 127
      || packet->extensions_size > 4 * G_MAXUINT16
      || packet->payload_size > capacity || written_size (packet) > capacity)
    return 0;
  data[0] = VERSION << 6 | (packet->padding > 0) << 5
      | (packet->extensions != NULL) << 4 | packet->n_csrc;
  data[1] = (packet->marker != 0) << 7 | packet->payload_type;
  write_16 (data + 2, packet->sequence);
  write_32 (data + 4, packet->timestamp);
  write_32 (data + 8, packet->ssrc);
  for (guint i = 0; i < packet->n_csrc; i++, p += 4)
    write_32 (p, packet->csrc[i]);
  if (packet->extensions)
    p = write_extensions (packet, p);
  if (packet->payload_size > 0)
    memcpy (p, packet->payload, packet->payload_size);
  p += packet->payload_size;
  if (packet->padding > 0) {
    memset (p, 0, packet->padding - 1);
    p[packet->padding - 1] = packet->padding;
    p += packet->padding;
  }
  return p - data;
}

/* The element at @at: its id, where its data begins and how much there is.
 * FALSE: no more. */
static gboolean
next_element (const RtpPacket * packet, gsize * at, guint * id, gsize * size)
{
  const guint8 *p = packet->extensions;
  gsize end = packet->extensions_size;
  gboolean two = is_two_byte (packet->extension_profile);

  while (*at < end && p[*at] == 0)      /* padding between elements */
    (*at)++;
  if (end - *at < (two ? 2 : 1))
    return FALSE;
  *id = two ? p[*at] : p[*at] >> 4;
  *size = two ? p[*at + 1] : (p[*at] & 15) + 1;
  *at += two ? 2 : 1;
  return end - *at >= *size && (two || *id != ONE_BYTE_STOP);
}

/**
 * rtp_packet_get_extension:
 * @packet: a packet
 * @id: the identifier that the session description gave the extension
 * @data: (out): its data, in the packet
 * @size: (out): how much; may be 0 in the two-byte form
 *
 * Returns: whether the packet has it
 */
gboolean
rtp_packet_get_extension (const RtpPacket * packet, guint id,
    const guint8 ** data, gsize * size)
{
  gsize at = 0, n;
  guint found;

  if (!packet->extensions
      || (packet->extension_profile != RTP_ONE_BYTE_EXTENSIONS
          && !is_two_byte (packet->extension_profile)))
    return FALSE;
  for (; next_element (packet, &at, &found, &n); at += n) {
    if (found != id || id == 0)
      continue;
    *data = packet->extensions + at;
    *size = n;
    return TRUE;
  }
  return FALSE;
}

/**
 * rtp_packet_get_audio_level:
 * @packet: a packet
 * @id: the identifier of urn:ietf:params:rtp-hdrext:ssrc-audio-level
 * @level: (out): of the packet's sound, in dB below overload (127 = silence)
 * @voice: (out): whether the sender thinks it voice
 *
 * Returns: whether the packet tells it
 */
gboolean
rtp_packet_get_audio_level (const RtpPacket * packet, guint id, guint * level,
    gboolean * voice)
{
  const guint8 *data;
  gsize size;

  if (!rtp_packet_get_extension (packet, id, &data, &size) || size < 1)
    return FALSE;
  *level = data[0] & 127;
  *voice = data[0] >> 7;
  return TRUE;
}

/**
 * rtp_extension_add:
 * @profile: %RTP_ONE_BYTE_EXTENSIONS or %RTP_TWO_BYTE_EXTENSIONS
 * @block: what becomes the extensions of a packet
 * @capacity: of @block
 * @used: (inout): how much of @block is filled
 * @id: the extension's identifier
 * @data: (nullable): its data
 * @size: of @data
 *
 * Returns: %FALSE if the form cannot carry it or there is no room
 */
gboolean
rtp_extension_add (guint16 profile, guint8 * block, gsize capacity,
    gsize * used, guint id, const guint8 * data, gsize size)
{
  gboolean two = is_two_byte (profile);
  gsize header = two ? 2 : 1;
  guint8 *p = block + *used;

  if (id < 1 || id > (two ? 255 : 14) || size > (two ? 255 : 16)
      || (!two && size == 0) || capacity < *used
      || capacity - *used < header + size)
    return FALSE;
  if (two) {
    p[0] = id;
    p[1] = size;
  } else {
    p[0] = id << 4 | (size - 1);
  }
  if (size > 0)
    memcpy (p + header, data, size);
  *used += header + size;
  return TRUE;
}

/**
 * rtp_extension_add_audio_level:
 * @profile: as for rtp_extension_add()
 * @block: as for rtp_extension_add()
 * @capacity: as for rtp_extension_add()
 * @used: (inout): as for rtp_extension_add()
 * @id: the identifier of urn:ietf:params:rtp-hdrext:ssrc-audio-level
 * @level: in dB below overload; whatever is above 127 is 127
 * @voice: whether it is voice
 *
 * Returns: %FALSE if there is no room
 */
gboolean
rtp_extension_add_audio_level (guint16 profile, guint8 * block, gsize capacity,
    gsize * used, guint id, guint level, gboolean voice)
{
  guint8 data = (voice != 0) << 7 | MIN (level, 127);

  return rtp_extension_add (profile, block, capacity, used, id, &data, 1);
}
