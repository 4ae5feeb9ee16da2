/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Captions as LiveKit's agents send them: what the agent says is one stream a
 * segment, which grows; what the caller says is a new stream for each wording,
 * with all of it. Streams of one segment have one id. */
typedef struct _CaptionCore CaptionCore;

typedef enum
{
  CAPTION_SEND,                 /* a whole text, the caller's */
  CAPTION_OPEN,                 /* a stream of ours, without a text yet */
  CAPTION_WRITE,                /* to the stream that is open */
  CAPTION_CLOSE,                /* likewise; with the last attributes */
} CaptionType;

typedef struct
{
  CaptionType type;
  gchar *segment;               /* SEND, OPEN, CLOSE */
  gchar *text;                  /* SEND, WRITE */
  gboolean final;               /* SEND, CLOSE */
} CaptionAction;

CaptionCore *caption_core_new (const gchar * prefix);
void caption_core_free (CaptionCore * core);
void caption_core_user (CaptionCore * core, guint id, const gchar * text,
    gboolean final);
void caption_core_agent (CaptionCore * core, guint id, const gchar * text,
    gboolean final);
void caption_core_end (CaptionCore * core);
CaptionAction *caption_core_pop (CaptionCore * core);
void caption_action_free (CaptionAction * action);
