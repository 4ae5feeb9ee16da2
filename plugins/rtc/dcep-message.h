/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#define DCEP_PPID 50            /* RFC 8832, section 8.1 */
#define DCEP_MAX_LABEL 255
#define DCEP_MAX_SIZE (12 + 2 * DCEP_MAX_LABEL)

typedef enum
{
  DCEP_OPEN,
  DCEP_ACK,
} DcepType;

/* How messages of a channel travel. */
typedef struct
{
  gboolean unordered;
  enum
  {
    DCEP_RELIABLE,
    DCEP_RETRANSMITS,           /* `limit` times at most */
    DCEP_LIFETIME,              /* for `limit` milliseconds at most */
  } kind;
  guint32 limit;
} DcepReliability;

typedef struct
{
  DcepType type;
  /* With DCEP_OPEN: */
  DcepReliability reliability;
  gchar label[DCEP_MAX_LABEL + 1];      /* valid UTF-8 */
} DcepMessage;

gboolean dcep_message_parse (DcepMessage * message, const guint8 * data,
    gsize size);
gsize dcep_message_write (const DcepMessage * message, guint8 * data,
    gsize capacity);
