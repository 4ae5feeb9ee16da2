/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "data.h"

/* A text that arrived in pieces: chat, a transcript. */
typedef struct
{
  gchar *id;
  gchar *topic;
  gchar *identity;              /* whose words they are */
  GHashTable *attributes;       /* of the header, then of the trailer */
  gchar *text;                  /* UTF-8 */
} LivekitText;

typedef struct _TextStreams TextStreams;

TextStreams *text_streams_new (void);
void text_streams_free (TextStreams * streams);
LivekitText *text_streams_take (TextStreams * streams,
    const LivekitData * data, gint64 now_ms);
void text_streams_left (TextStreams * streams, const gchar * sid);
guint text_streams_count (TextStreams * streams);
void livekit_text_free (LivekitText * text);
