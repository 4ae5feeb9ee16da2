/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The script of http-peer.h, parsed. */

#include <glib.h>

typedef enum
{
  STEP_DATA,
  STEP_FILL,
  STEP_RAW,
  STEP_GATE,
  STEP_DELAY,
  STEP_HANG,
  STEP_CLOSE,
  STEP_RESET,
} StepKind;

typedef struct
{
  StepKind kind;
  GBytes *bytes;
  gsize number;                 /* of bytes or milliseconds */
} Step;

typedef enum
{
  FRAMING_CHUNKED,
  FRAMING_LENGTH,
  FRAMING_CLOSE,
} Framing;

typedef struct
{
  guint status;
  gchar *headers;               /* as they are sent */
  gboolean hold;
  Framing framing;
  gint64 length;
  GArray *steps;
} Reply;

typedef struct
{
  GPtrArray *replies;
  guint next;
  guint open;                   /* gates opened and not yet passed */
} Path;

/* Returns: a path to its Path */
GHashTable *http_script_parse (const gchar * script, GError ** error);
