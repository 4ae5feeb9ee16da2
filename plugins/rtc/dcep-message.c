/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The two messages by which data channels are opened (RFC 8832).
 *
 * Threads: any; there is no state. Locks: none.
 */
#include "dcep-message.h"

#include <string.h>

#define TYPE_ACK 0x02
#define TYPE_OPEN 0x03
#define UNORDERED 0x80          /* of the channel type */
#define OPEN_SIZE 12            /* before label and protocol */

static guint32
read_32 (const guint8 * p)
{
  return (guint32) p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

static gboolean
parse_open (DcepMessage * message, const guint8 * data, gsize size)
{
  gsize label, protocol;

  if (size < OPEN_SIZE || (data[1] & ~UNORDERED) > DCEP_LIFETIME)
    return FALSE;
  message->type = DCEP_OPEN;
  message->reliability.unordered = (data[1] & UNORDERED) != 0;
  message->reliability.kind = data[1] & ~UNORDERED;
  message->reliability.limit = read_32 (data + 4);
  label = data[8] << 8 | data[9];
  protocol = data[10] << 8 | data[11];
  if (label > DCEP_MAX_LABEL || size != OPEN_SIZE + label + protocol
      || !g_utf8_validate_len ((const gchar *) data + OPEN_SIZE, label, NULL))
    return FALSE;
  memcpy (message->label, data + OPEN_SIZE, label);
  return TRUE;
}

/**
 * dcep_message_parse:
 * @message: (out): what @data says; the protocol's name is left out
 * @data: a whole message
 * @size: of @data
 *
 * Returns: %FALSE if it is none, or its label is too long or no text
 */
gboolean
dcep_message_parse (DcepMessage * message, const guint8 * data, gsize size)
{
  memset (message, 0, sizeof *message);
  if (size > 0 && data[0] == TYPE_OPEN)
    return parse_open (message, data, size);
  message->type = DCEP_ACK;
  return size > 0 && data[0] == TYPE_ACK;
}

/**
 * dcep_message_write:
 * @message: what to say
 * @data: (out): where to
 * @capacity: of @data; %DCEP_MAX_SIZE is always enough
 *
 * Returns: the message's size, or 0 if there is no room
 */
gsize
dcep_message_write (const DcepMessage * message, guint8 * data, gsize capacity)
{
  gsize label = strlen (message->label);
  gsize size = message->type == DCEP_OPEN ? OPEN_SIZE + label : 1;
  guint32 limit = message->reliability.limit;

  if (size > capacity)
    return 0;
  memset (data, 0, size);
  data[0] = message->type == DCEP_OPEN ? TYPE_OPEN : TYPE_ACK;
  if (message->type != DCEP_OPEN)
    return size;
  data[1] = message->reliability.kind
      | (message->reliability.unordered ? UNORDERED : 0);
  for (guint i = 0; i < 4; i++)
    data[4 + i] = limit >> (24 - 8 * i);
  data[8] = label >> 8;
  data[9] = label;
  memcpy (data + OPEN_SIZE, message->label, label);
  return size;
}
