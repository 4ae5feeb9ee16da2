/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "speech-wire.h"

/* Cartesia's WebSocket, as values: what is asked for, what comes. */

typedef struct
{
  const gchar *model, *voice;
  const gchar *language;        /* (nullable): BCP 47 */
  guint rate;
  gdouble speed;                /* 1: the voice's own */
  JsonObject *extra;            /* (nullable): more members */
} CartesiaSettings;

typedef enum
{
  CARTESIA_OTHER,
  CARTESIA_CHUNK,
  CARTESIA_TIMESTAMPS,
  CARTESIA_DONE,
  CARTESIA_ERROR,
} CartesiaType;

typedef struct
{
  CartesiaType type;
  gchar *context;               /* (nullable) */
  GBytes *sound;                /* may be empty */
  GArray *words;                /* of SpeechWord */
  guint status;                 /* as of HTTP, 0 if it is not said */
  gchar *code;                  /* (nullable): of an error */
  gchar *request_id;            /* (nullable) */
} CartesiaMessage;

gchar *cartesia_request (const CartesiaSettings * settings,
    const gchar * context, const gchar * text);
gchar *cartesia_cancel (const gchar * context);
CartesiaMessage *cartesia_message_parse (const gchar * text, gsize size,
    GError ** error);
void cartesia_message_free (CartesiaMessage * message);
