/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "speech-wire.h"

/* Deepgram's streaming protocol, as values: what is asked for, what comes. */

typedef struct
{
  const gchar *model;
  const gchar *language;        /* (nullable): BCP 47, or `multi` */
  guint rate;
  const gchar *key_terms;       /* (nullable): separated by `|` */
  gint endpointing;             /* ms, -1: off */
  guint utterance_end;          /* ms, 0: off */
  gboolean smart_format, numerals, profanity_filter, mip_opt_out;
  const gchar *redact;          /* (nullable): separated by `|` */
  const gchar *tag;             /* (nullable): likewise */
  const gchar *extra;           /* (nullable): more of the query, as it is */
} DeepgramSettings;

typedef struct
{
  const gchar *voice;           /* Deepgram's models */
  guint rate;
  gdouble speed;                /* 1: the voice's own */
  gboolean mip_opt_out;
  const gchar *extra;           /* (nullable): more of the query, as it is */
} DeepgramSpeakSettings;

typedef enum
{
  DEEPGRAM_OTHER,
  DEEPGRAM_RESULTS,
  DEEPGRAM_SPEECH_STARTED,
  DEEPGRAM_UTTERANCE_END,
  DEEPGRAM_METADATA,
  DEEPGRAM_FLUSHED,
  DEEPGRAM_CLEARED,
  DEEPGRAM_WARNING,
  DEEPGRAM_ERROR,
} DeepgramType;

typedef struct
{
  DeepgramType type;
  gchar *text;                  /* the transcript, or the error's; never NULL */
  gint64 start, end;            /* of the audio that it is about */
  gboolean is_final;            /* this audio is done with */
  gboolean speech_final;        /* and the caller has paused */
  gboolean from_finalize;
  gdouble confidence;           /* 0 to 1, or negative */
  gchar *language;              /* (nullable): where it is recognised */
  GArray *words;                /* of SpeechWord */
  gchar *request_id;            /* (nullable) */
  gchar *code;                  /* (nullable): of an error */
} DeepgramMessage;

gchar *deepgram_path (const DeepgramSettings * settings, guint * left_out);
gchar *deepgram_speak_path (const DeepgramSpeakSettings * settings);
gchar *deepgram_speak (const gchar ** text);
DeepgramMessage *deepgram_message_parse (const gchar * text, gsize size,
    GError ** error);
void deepgram_message_free (DeepgramMessage * message);
