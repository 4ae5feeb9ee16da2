/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "speech-wire.h"

#include <gst-voice/error.h>

/* ElevenLabs' sockets with contexts, as values: what is asked for, what comes,
 * and the words that its characters make. */

typedef struct
{
  const gchar *voice;
  const gchar *model;
  const gchar *language;        /* (nullable): BCP 47, or empty */
  guint rate;
  gdouble stability, similarity_boost, style, speed;    /* < 0: the voice's */
  const gchar *extra;           /* (nullable): more of the query, as it is */
} ElevenlabsSettings;

/* A context that says nothing and keeps the connection from being idle. */
#define ELEVENLABS_KEEP "keep"
#define ELEVENLABS_KEEP_ALIVE \
    "{\"text\":\"\",\"context_id\":\"" ELEVENLABS_KEEP "\"}"
#define ELEVENLABS_GOODBYE "{\"close_socket\":true}"
/* At once, over one connection. */
#define ELEVENLABS_MAX_CONTEXTS 5

/* A character, or what the service takes for one. Times are nanoseconds since
 * the first sample of the message. */
typedef struct
{
  guint length;                 /* bytes */
  gint64 start, end;
} ElevenlabsLetter;

typedef struct
{
  gchar *context;               /* (nullable) */
  gboolean is_final;            /* the last of its context */
  GBytes *audio;                /* may be empty */
  GString *text;                /* the letters, or what an error says */
  GArray *letters;              /* of ElevenlabsLetter */
  gchar *error;                 /* (nullable): its name */
  GstVoiceError code;           /* of an error */
} ElevenlabsMessage;

/* The words of a sentence, message by message. */
typedef struct
{
  GArray *words;                /* of SpeechWord; to be taken out */
  GString *open;                /* the word that may go on */
  gint64 start, end;            /* of it */
  gint64 behind;                /* the end of the last */
} ElevenlabsWords;

gchar *elevenlabs_path (const ElevenlabsSettings * settings);
gchar *elevenlabs_open (const ElevenlabsSettings * settings,
    const gchar * context);
gchar *elevenlabs_say (const gchar * context, const gchar * text);
gchar *elevenlabs_close (const gchar * context);

ElevenlabsMessage *elevenlabs_message_parse (const gchar * text, gsize size,
    GError ** error);
void elevenlabs_message_free (ElevenlabsMessage * message);

void elevenlabs_words_init (ElevenlabsWords * words);
void elevenlabs_words_clear (ElevenlabsWords * words);
void elevenlabs_words_add (ElevenlabsWords * words,
    const ElevenlabsMessage * message, gint64 at);
void elevenlabs_words_end (ElevenlabsWords * words);
